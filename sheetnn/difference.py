"""`diff`: two workbooks, cell by cell, formulas and values. Works on any xlsx files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .address import cell_name
from .errors import SheetnnError
from .formulas import same_formula
from .reader import Reader, StoredCell

KEPT = 10_000
"""How many differences are kept with all details; the rest are counted."""


@dataclass(frozen=True)
class Difference:
    """One thing in which the files differ: `kind` is sheet, formula, type, missing or value."""

    kind: str
    sheet: str
    cell: str
    a: Any
    b: Any


@dataclass
class Comparison:
    """The result: cells compared, equal within tolerance but not exactly, and different."""

    a: str
    b: str
    compared: int = 0
    within: int = 0
    different: int = 0
    worst: float = 0.0
    worst_at: str = ""
    differences: list[Difference] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.different == 0

    def note(self, difference: Difference) -> None:
        self.different += 1
        if len(self.differences) < KEPT:
            self.differences.append(difference)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        table = {key: value for key, value in vars(self).items() if key != "differences"}
        found = [{**vars(one), "a": _plain(one.a), "b": _plain(one.b)} for one in self.differences]
        return {"schema": "sheetnn.diff/1", "ok": self.ok, **table, "differences": found}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def diff(a: str | Path, b: str | Path, *, rtol: float = 0.0, atol: float = 0.0) -> Comparison:
    """Compare two workbooks; numbers are equal where |a-b| <= atol + rtol*|b|, everything else exactly.

    Raises FileError for a file that cannot be read, SheetnnError for a tolerance that is no number >= 0.
    """
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if not 0 <= tolerance < float("inf"):
            raise SheetnnError(f"{name} is {tolerance}; expected a number of at least 0")
    result = Comparison(str(a), str(b))
    with Reader(a) as one, Reader(b) as other:
        for sheet in one.sheets:
            if sheet in other.parts:
                _compare_sheet(result, sheet, one, other, rtol, atol)
            else:
                result.note(Difference("sheet", sheet, "", "present", "missing"))
        for sheet in other.sheets:
            if sheet not in one.parts:
                result.note(Difference("sheet", sheet, "", "missing", "present"))
    return result


def _compare_sheet(result: Comparison, sheet: str, one: Reader, other: Reader, rtol: float, atol: float) -> None:
    for number, left, right in _side_by_side(one.rows(sheet), other.rows(sheet)):
        cells = {cell.column: cell for cell in right}
        for cell in left:
            _compare_cell(result, sheet, number, cell, cells.pop(cell.column, None), rtol, atol)
        for column in sorted(cells):
            _compare_cell(result, sheet, number, None, cells[column], rtol, atol)


Rows = Iterator[tuple[int, list[StoredCell]]]


def _side_by_side(left: Rows, right: Rows) -> Iterator[tuple[int, list[StoredCell], list[StoredCell]]]:
    """Rows of equal number together, in order."""
    end: tuple[int, list[StoredCell]] = (1 << 62, [])
    a, b = next(left, end), next(right, end)
    while a is not end or b is not end:
        if a[0] == b[0]:
            yield a[0], a[1], b[1]
            a, b = next(left, end), next(right, end)
        elif a[0] < b[0]:
            yield a[0], a[1], []
            a = next(left, end)
        else:
            yield b[0], [], b[1]
            b = next(right, end)


def _compare_cell(
    result: Comparison, sheet: str, row: int, a: StoredCell | None, b: StoredCell | None, rtol: float, atol: float
) -> None:
    result.compared += 1
    if a is None or b is None:
        here = a or b
        assert here is not None
        cell = cell_name(row, here.column)
        result.note(Difference("missing", sheet, cell, _shown(a), _shown(b)))
        return
    if a.formula != b.formula and not same_formula(a.formula, b.formula):
        cell = cell_name(row, a.column)
        result.note(Difference("formula", sheet, cell, _shown(a), _shown(b)))
    elif a.value.__class__ is not b.value.__class__:
        result.note(Difference("type", sheet, cell_name(row, a.column), a.value, b.value))
    elif a.value != b.value:
        apart = abs(a.value - b.value) if isinstance(a.value, float) else float("inf")
        cell = cell_name(row, a.column)
        if apart <= atol + (rtol * abs(b.value) if isinstance(b.value, float) else 0.0):
            result.within += 1
        else:
            result.note(Difference("value", sheet, cell, a.value, b.value))
        if result.worst < apart < float("inf"):
            result.worst, result.worst_at = apart, f"{sheet}!{cell}"


def _shown(cell: StoredCell | None) -> Any:
    if cell is None:
        return None
    return f"={cell.formula}" if cell.formula else cell.value
