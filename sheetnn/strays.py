"""Formulas in a workbook that are not of its model: nothing vouches for them, so they are counted and located."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .address import MAX_COLUMNS, MAX_ROWS, cell_name
from .errors import FormulaError
from .model import Model
from .ops import EPOCH
from .portable import check_formula
from .reader import Error, StoredCell
from .report import KEPT, Check, Mismatch, Outside, Report

STRAY = "outside the model"
EPOCHS = "epochs"


@dataclass
class Strays:
    """Those of one sheet; `beyond`: where the formulas of a further epoch would stand."""

    sheet: str
    beyond: set[tuple[int, int]] = field(default_factory=set)
    count: int = 0
    reached: list[tuple[int, int]] = field(default_factory=list)
    box: tuple[int, int, int, int] = (MAX_ROWS, MAX_COLUMNS, 0, 0)

    def judge(self, report: Report, check: Check, number: int, cells: Iterable[StoredCell]) -> None:
        """Count formulas of one row; one that is an error or not portable is a difference."""
        for cell in cells:
            self._add(number, cell.column)
            got = str(cell.value) if isinstance(cell.value, Error) else ""
            try:
                check_formula(cell.formula, "it")
            except FormulaError as error:
                got = got or str(error)
            if got:
                check.different += 1
                where = cell_name(number, cell.column)
                wanted = "a portable formula without an error"
                found = Mismatch("formula", self.sheet, where, STRAY, (), None, cell.formula, wanted, got)
                if check.different <= KEPT:
                    report.mismatches.append(found)

    def _add(self, row: int, column: int) -> None:
        top, left, bottom, right = self.box
        self.count += 1
        self.box = min(top, row), min(left, column), max(bottom, row), max(right, column)
        if (row, column) in self.beyond:
            self.reached.append((row, column))

    def sum_up(self, report: Report, check: Check, model: Model) -> None:
        """Say where they stand; if they go on with the epochs, the recipe in the file is not that of the sheet."""
        if not self.count:
            return
        first, last = cell_name(*self.box[:2]), cell_name(*self.box[2:])
        report.extra += self.count
        report.outside.append(Outside(self.sheet, first if first == last else f"{first}:{last}", self.count))
        if 2 * len(self.reached) > len(self.beyond) > 0:
            check.different += 1
            ends = model.graph.first_epoch + model.graph.epochs - 1
            wanted = f"nothing after epoch {ends}, the last one of the recipe in the file"
            got = f"formulas where epoch {ends + 1} would stand: they go on, and nothing vouches for them"
            where = cell_name(*self.reached[0])
            report.mismatches.append(Mismatch("formula", self.sheet, where, EPOCHS, (), ends + 1, "", wanted, got))


def beyond(model: Model, sheet_id: str) -> set[tuple[int, int]]:
    """The cells that the formulas of one more epoch would have."""
    cells: set[tuple[int, int]] = set()
    for block, place in model.layout.placed():
        if place.sheet == sheet_id and block.repeated and place.step(EPOCH) != (0, 0):
            rows, columns = place.cells(block.axes, model.graph.epochs)
            cells.update(zip(rows.ravel().tolist(), columns.ravel().tolist(), strict=True))
    return cells
