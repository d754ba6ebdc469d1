"""The report on a terminal: one line a check, the two answers, then the cells that differ."""

from __future__ import annotations

from collections.abc import Iterator

from ..console import short
from ..judgement import judge, name, notes, verdict
from ..report import Mismatch, Report

_CELLS, _BLOCKS = 5, 10  # cells printed of each block with causes; blocks printed that only follow


def lines(report: Report) -> Iterator[str]:
    """The report line by line, without anything in it that a terminal would obey."""
    yield f"{clean(report.path)}: recipe {clean(report.recipe)}, {report.formulas:,} formulas"
    for check in report.checks:
        said = "; ".join([verdict(check), *notes(check)])
        yield f"  {name(check)}: {check.compared:,} cells, {said}"
    for part in judge(report):
        yield f"  {part.question} {part.answer}: {clean(part.said)}"
    causes, others = report.told_apart()
    for block, found in causes:
        yield f"  {clean(block)}: {len(found):,} cells"
        for one in found[:_CELLS]:
            yield f"    {told(one)}"
        if len(found) > _CELLS:
            yield f"    ... and {len(found) - _CELLS:,} more"
    if others:
        yield "  only following from others, the worst cell of each block:"
        for _, found in others[:_BLOCKS]:
            yield f"    {told(found[0])}"
        if len(others) > _BLOCKS:
            yield f"    ... and {len(others) - _BLOCKS:,} more blocks"


def told(one: Mismatch) -> str:
    """One cell: where it stands, which number it is, who found it, its formula, expected and got."""
    formula = f" ={short(one.formula)}" if one.formula else ""
    return (
        f"{clean(one.sheet)}!{one.cell} {one.where} [{one.source}]{formula}: "
        f"expected {short(one.expected)}, got {short(one.got)}"
    )


def clean(text: str) -> str:
    """A text with its control characters made visible as question marks."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
