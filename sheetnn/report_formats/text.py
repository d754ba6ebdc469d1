"""The report on a terminal: one line a check, the two answers, then the cells that differ."""

from __future__ import annotations

from collections.abc import Iterator

from ..console import short
from ..judgement import judge, name, notes, verdict
from ..report import Report

_CELLS = 5  # differing cells printed for each block


def lines(report: Report) -> Iterator[str]:
    """The report line by line, without anything in it that a terminal would obey."""
    yield f"{clean(report.path)}: recipe {clean(report.recipe)}, {report.formulas:,} formulas"
    for check in report.checks:
        said = "; ".join([verdict(check), *notes(check)])
        yield f"  {name(check)}: {check.compared:,} cells, {said}"
    for part in judge(report):
        yield f"  {part.question} {part.answer}: {clean(part.said)}"
    for block, found in report.worst_first():
        yield f"  {clean(block)}: {len(found):,} cells"
        for one in found[:_CELLS]:
            formula = f" ={short(one.formula)}" if one.formula else ""
            follows = ", follows from others" if one.follows else ""
            yield (
                f"    {clean(one.sheet)}!{one.cell} {one.where} [{one.source}{follows}]{formula}: "
                f"expected {short(one.expected)}, got {short(one.got)}"
            )
        if len(found) > _CELLS:
            yield f"    ... and {len(found) - _CELLS:,} more"


def clean(text: str) -> str:
    """A text with its control characters made visible as question marks."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
