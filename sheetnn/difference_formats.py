"""The formats that a comparison is printed in: a table of writers."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from .comparison import Comparison, Difference
from .console import json_text, visible
from .difference_markdown import markdown
from .difference_text import cause_line, more_line, summary_line, text
from .reader import StoredCell

TO_READ, TO_COMPUTE = 50, 10_000


@dataclass(frozen=True)
class Format:
    """A writer, how many differences it tells if a person names no number, and whether it tells the counts."""

    write: Callable[[Comparison], str]
    kept: int
    counts: bool = True


def _json(result: Comparison) -> str:
    return json_text(result.as_dict())


COLUMNS = ("row", "part", "kind", "block", "name", "sheet", "cell", "a", "b", "formula", "count")


def _csv(result: Comparison) -> str:
    """A row for each cause, each block and each difference that is kept, as the first column tells.

    `count` is of a cause its dependents, of a block its differing cells.
    """
    rows: list[tuple[Any, ...]] = [COLUMNS]
    for cause in result.causes:
        sheet, _, cell = cause.where.rpartition("!")
        where = (cause.block, cause.name, sheet, cell)
        rows.append(("cause", "", cause.kind, *where, cause.a, cause.b, "", cause.dependents))
    for block in result.blocks:
        count = block.causes + block.consequences + block.unexplained + block.one_model
        rows.append(("block", "", "", block.block, *[""] * 6, count))
    for one in result.differences:
        place = (one.block, one.name or one.name_b, one.sheet, one.cell)
        formula = f"={one.formula}" if one.formula else ""
        rows.append(("difference", one.part, one.kind, *place, one.a, one.b, formula, ""))
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([field(value) for value in row] for row in rows)
    return out.getvalue().rstrip("\n")


def field(value: Any) -> str:
    """A field of CSV: numbers as they are, and no text that a spreadsheet would take for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return repr(value) if math.isfinite(value) else str(value)
    plain = visible(str(value))
    return f"'{plain}" if str(value)[:1] in _LEADING else plain


_LEADING = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def _unified(result: Comparison) -> str:
    """A unified diff without context of the sheets, written as one line for each compared cell."""
    lines = [f"# {cause_line(one)}" for one in result.causes]
    found = sorted(result.differences, key=lambda one: (one.order, one.row, one.column))
    for sheet, some in groupby(found, key=lambda one: one.sheet):
        cells = list(some)
        if cells[0].kind == "sheet":
            lines.append(f"Only in {visible(result.a if cells[0].line_a else result.b)}: {visible(sheet)}")
            continue
        lines += [f"--- {visible(result.a)}!{visible(sheet)}\t", f"+++ {visible(result.b)}!{visible(sheet)}\t"]
        for hunk in _hunks(cells):
            lines += _hunk(hunk, result)
    if result.different > len(result.differences):
        lines.append(f"# {more_line(result)}")
    return "\n".join([*lines, f"# {summary_line(result)}"])


def _hunks(cells: list[Difference]) -> list[list[Difference]]:
    """Cells whose lines follow each other in both files."""
    hunks: list[list[Difference]] = []
    for one in cells:
        last = hunks[-1][-1] if hunks else None
        follows = last and (one.line_a - last.line_a, one.line_b - last.line_b) == (
            int(one.left is not None),
            int(one.right is not None),
        )
        if follows:
            hunks[-1].append(one)
        else:
            hunks.append([one])
    return hunks


def _hunk(cells: list[Difference], result: Comparison) -> list[str]:
    olds = [(one, one.left) for one in cells if one.left is not None]
    news = [(one, one.right) for one in cells if one.right is not None]
    names = list(dict.fromkeys(one.name or one.name_b for one in (cells[0], cells[-1])))
    # of a side without lines, the line before stands in the head
    old = f"{olds[0][0].line_a if olds else cells[0].line_a},{len(olds)}"
    new = f"{news[0][0].line_b if news else cells[0].line_b},{len(news)}"
    head = f"@@ -{old} +{new} @@ {' to '.join(names)}".rstrip()
    return [
        head,
        *(f"-{cell_line(one.cell, cell, result)}" for one, cell in olds),
        *(f"+{cell_line(one.cell, cell, result)}" for one, cell in news),
    ]


def cell_line(name: str, cell: StoredCell, result: Comparison) -> str:
    """A cell as one line of text: `B2: =A1+1 | 2.0`, of which only what is compared."""
    value = cell.value
    if isinstance(value, str):
        value = f'"{visible(value)}"'
    elif isinstance(value, bool):
        value = str(value).upper()
    shown = [f"={visible(cell.formula)}"] if cell.formula and not result.values_only else []
    if not result.formulas_only and value is not None:
        shown.append(str(value))
    return f"{name}: {' | '.join(shown)}"


FORMATS = {
    "text": Format(text, TO_READ),
    "json": Format(_json, TO_COMPUTE),
    "markdown": Format(markdown, TO_READ),
    "unified": Format(_unified, TO_COMPUTE),
    "csv": Format(_csv, TO_COMPUTE, counts=False),
}
"""Format by the name a person gives."""
