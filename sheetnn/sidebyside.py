"""Two workbooks read side by side, a row of each in memory at a time, and every cell in which they differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .comparison import Comparison, Difference
from .formulas import same_formula
from .reader import Reader, StoredCell
from .selection import Selection

Cells = list[StoredCell]
Numbered = Iterator[tuple[int, Cells]]


@dataclass(frozen=True)
class Terms:
    """What makes two cells equal: numbers where |a-b| <= atol + rtol*|b|, everything else exactly."""

    rtol: float = 0.0
    atol: float = 0.0
    values: bool = True
    formulas: bool = True

    @property
    def counts(self) -> Callable[[StoredCell], bool]:
        """Whether a cell holds anything that is compared."""
        if not self.values:
            return lambda cell: bool(cell.formula)
        if not self.formulas:
            return lambda cell: cell.value is not None
        return lambda cell: cell.value is not None or bool(cell.formula)

    def verdict(self, a: StoredCell, b: StoredCell) -> str:
        """equal, within (the tolerance), or the kind of difference."""
        if self.formulas and a.formula != b.formula and not same_formula(a.formula, b.formula):
            return "formula"
        one, other = a.value, b.value
        if not self.values:
            return "equal"
        if one.__class__ is not other.__class__:
            return "type"
        if one == other:
            return "equal"
        if isinstance(one, float):
            if math.isnan(one) and math.isnan(other):
                return "equal"
            finite = math.isfinite(one) and math.isfinite(other)
            if finite and abs(one - other) <= self.atol + self.rtol * abs(other):
                return "within"
        return "value"


def differences(
    one: Reader, other: Reader, chosen: Selection, terms: Terms, tally: Comparison
) -> Iterator[Difference]:
    """All differences: the first file's sheets in order, rows and columns in order, then sheets of the second alone.

    What was compared, what is within the tolerance and the largest difference are counted in `tally`.
    """
    both = list(dict.fromkeys([*one.sheets, *other.sheets]))
    for order, sheet in enumerate(both):
        if chosen.has(sheet):
            if sheet in one.parts and sheet in other.parts:
                yield from _in_sheet(sheet, order, one, other, chosen, terms, tally)
            else:
                yield Difference("sheet", sheet, 0, 0, None, None, sheet in one.parts, sheet in other.parts, order)


def _in_sheet(
    sheet: str, order: int, one: Reader, other: Reader, chosen: Selection, terms: Terms, tally: Comparison
) -> Iterator[Difference]:
    counts = terms.counts
    line_a = line_b = 0
    for number, *sides in _side_by_side(one.rows(sheet), other.rows(sheet)):
        left, right = (
            chosen.of_row(sheet, number, [cell for cell in cells if counts(cell)]) if cells else cells
            for cells in sides
        )
        for a, b in _paired(left, right):
            tally.compared += 1
            line_a += a is not None
            line_b += b is not None
            if a is None or b is None:
                column = a.column if a else b.column if b else 0
                yield Difference("missing", sheet, number, column, a, b, line_a, line_b, order)
                continue
            verdict = terms.verdict(a, b)
            if verdict == "equal":
                continue
            found = Difference(verdict, sheet, number, a.column, a, b, line_a, line_b, order)
            if verdict in ("value", "within") and tally.worst < found.apart < math.inf:
                tally.worst, tally.worst_at = found.apart, found.where
            if verdict == "within":
                tally.within += 1
            else:
                yield found


def _side_by_side(left: Numbered, right: Numbered) -> Iterator[tuple[int, Cells, Cells]]:
    """Rows of equal number together, in order."""
    end: tuple[int, Cells] = (1 << 62, [])
    a, b = next(left, end), next(right, end)
    while a is not end or b is not end:
        number = min(a[0], b[0])
        yield number, a[1] if a[0] == number else [], b[1] if b[0] == number else []
        a, b = next(left, end) if a[0] == number else a, next(right, end) if b[0] == number else b


def _paired(left: Cells, right: Cells) -> Iterator[tuple[StoredCell | None, StoredCell | None]]:
    """The cells of two rows by column, from left to right."""
    ones, others = {cell.column: cell for cell in left}, {cell.column: cell for cell in right}
    columns = ones.keys() if ones.keys() == others.keys() else sorted(ones.keys() | others.keys())
    for column in columns:
        yield ones.get(column), others.get(column)
