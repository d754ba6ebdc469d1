"""A comparison as markdown: tables for a page on a code host."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .comparison import BlockChanges, Cause, Comparison, Difference
from .console import short, visible
from .difference_text import more_line, sides, summary_line, title

MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$@-])")


def markdown(result: Comparison) -> str:
    """A heading, the counts, and tables of causes, blocks and differing cells."""
    parts = [f"### {code(result.a)} and {code(result.b)}", f"{plain(summary_line(result))}."]
    if result.causes:
        causes = [
            (code(one.name), one.kind, code(short(one.where)), *_both(one), one.cells, _count(one.dependents))
            for one in result.causes
        ]
        parts.append(table(("cause", "kind", "cell", "A", "B", "cells", "dependent cells"), causes))
    if result.blocks:
        head = ("block", "changed", "follow", "no cause found", "in one model", "largest difference", "at")
        parts.append(table(head, [_block(one) for one in result.blocks]))
    if result.differences:
        cells = [
            (code(short(one.where)), one.kind, one.part, code(title(one)), *_both(one)) for one in result.differences
        ]
        parts.append(table(("cell", "kind", "part", "name", "A", "B"), cells))
    if result.different > len(result.differences):
        parts.append(plain(more_line(result)))
    return "\n\n".join(parts)


def _both(one: Cause | Difference) -> tuple[str, str]:
    a, b = sides(one)
    return code(a), code(b)


def _count(number: int | None) -> str:
    return "" if number is None else str(number)


def _block(one: BlockChanges) -> tuple[Any, ...]:
    name = code(one.block) + (f" only in {one.only_in}" if one.only_in else "")
    worst = f"{one.worst:.3g}" if one.worst_at else ""
    return name, one.causes, one.consequences, one.unexplained, one.one_model, worst, code(short(one.worst_at))


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def code(text: str) -> str:
    """A code span, in which only the bar of a table and backticks mean anything; nothing for an empty text."""
    text = visible(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def plain(text: str) -> str:
    return MARKUP.sub(r"\\\1", text)
