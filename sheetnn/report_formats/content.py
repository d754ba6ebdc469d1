"""What a readable report says, before it is markdown or HTML: headings, lines and tables of plain text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..console import short
from ..judgement import ROUNDED, SCALED, TOLERANCE, judge, name, notes, tally, verdict
from ..report import Check, Mismatch, Proof, Report, Trouble
from .text import clean

_BLOCKS, _CELLS = 30, 10  # shown of each workbook, and of each block; JSON has them all
ANSWERS = {"yes": "yes", "no": "NO", "stale": "STALE", "not judged": "not judged"}


@dataclass(frozen=True)
class Heading:
    text: str
    level: int


@dataclass(frozen=True)
class Line:
    text: str


@dataclass(frozen=True)
class Table:
    """Rows of plain text; `code` are the columns whose text comes from a workbook."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    code: tuple[int, ...] = ()


Piece = Heading | Line | Table
TITLE = "Workbooks verified"
OUTCOME = {0: "All workbooks are right.", 1: "Some workbooks differ.", 2: "Some workbooks could not be judged."}


def content(proof: Proof) -> Iterator[Piece]:
    """The whole report, piece by piece."""
    yield Heading(TITLE, 1)
    yield Line(OUTCOME[proof.code])
    checks = list(dict.fromkeys(name(check) for report in proof.reports for check in report.checks))
    rows = [_summary(one, checks) for one in proof.results]
    yield Table(("workbook", "formulas as generated?", "values consistent?", *checks), tuple(rows), (0,))
    engines = {c.source: c.version for report in proof.reports for c in report.checks if c.control}
    if engines:
        yield Line(f"Engines: {'; '.join(clean(version or source) for source, version in engines.items())}.")
    yield Line(f"Tolerance: {TOLERANCE}.")
    scaled = sum(check.scaled for report in proof.reports for check in report.checks)
    if scaled:
        yield Line(f"The scaled tolerance was used for {scaled:,} cells: {SCALED}.")
    rounded = sum(check.rounded for report in proof.reports for check in report.checks)
    if rounded:
        yield Line(f"{rounded:,} cells differ by {ROUNDED}.")
    for report in proof.reports:
        yield from _workbook(report)
    for trouble in proof.troubles:
        yield Heading(clean(trouble.path), 2)
        yield Line(f"No verdict: {clean(trouble.said)}")


def _summary(one: Report | Trouble, checks: list[str]) -> tuple[str, ...]:
    if isinstance(one, Trouble):
        return (clean(one.path), *["no verdict"] * 2, *["–"] * len(checks))
    found = {name(check): check for check in one.checks}
    answers = [ANSWERS[part.answer] for part in judge(one)]
    return (clean(one.path), *answers, *(_cell(found.get(check)) for check in checks))


def _cell(check: Check | None) -> str:
    if check is None:
        return "not run"
    return tally(check) + (" (scaled tolerance)" if check.scaled else "") + (" (rounding)" if check.rounded else "")


def _workbook(report: Report) -> Iterator[Piece]:
    yield Heading(clean(report.path), 2)
    yield Line(f"Recipe {clean(report.recipe)}, {report.formulas:,} formulas.")
    answers = [(part.question, ANSWERS[part.answer], clean(part.said)) for part in judge(report)]
    yield Table(("question", "answer", "why"), tuple(answers))
    checks = [(name(c), f"{c.compared:,}", verdict(c), clean("; ".join(notes(c)))) for c in report.checks]
    yield Table(("check", "cells", "verdict", "notes"), tuple(checks))
    causes, others = report.told_apart()
    for block, found in causes[:_BLOCKS]:
        yield Heading(f"{clean(block)}: {len(found):,} cells", 3)
        yield _cells(found[:_CELLS])
        if len(found) > _CELLS:
            yield Line(f"... and {len(found) - _CELLS:,} more cells of this block.")
    if len(causes) > _BLOCKS:
        yield Line(f"... and {len(causes) - _BLOCKS:,} more blocks.")
    if others:
        yield Heading("Only following from others: the worst cell of each block", 3)
        yield _cells([found[0] for _, found in others])


def _cells(found: list[Mismatch]) -> Table:
    rows = [
        (
            f"{clean(one.sheet)}!{one.cell}",
            one.where,
            one.source,
            f"={short(one.formula)}" if one.formula else "",
            short(one.expected),
            short(one.got),
        )
        for one in found
    ]
    return Table(("cell", "number", "found by", "formula", "expected", "got"), tuple(rows), (0, 1, 3, 4, 5))
