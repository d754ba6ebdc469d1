"""What a workbook file holds: its model, inputs and stored values, and whether its formulas are as generated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .address import cell_name, column_number
from .cells import Rows
from .claims import check_extents, stored_recipe
from .errors import FileError
from .formulas import same_formula
from .graph import ANSWER, Block, Graph, Values
from .grid import Grid, read_grids
from .layout import Layout, Place
from .model import Model, from_json
from .ops import EPOCH
from .patterns import Row
from .reader import Reader, StoredCell
from .report import KEPT, Check, Mismatch, Report
from .strays import Strays, beyond
from .writer import STORE


def read_store(path: Path) -> tuple[str, int]:
    """The text of the model that a workbook carries, and the bytes of its sheets. Raises FileError if it has none."""
    with Reader(path) as reader:
        if STORE not in reader.sheets:
            raise FileError(f"{path}: was not built by sheetnn (it carries no recipe); verify needs one that was")
        pieces = (str(cell.value or "") for _, cells in reader.rows(STORE) for cell in cells if cell.column == 1)
        return stored_recipe(pieces, path, reader.unpacked), reader.unpacked


def read_model(path: Path) -> Model:
    """The model that a workbook carries. Raises FileError if it carries none."""
    text, unpacked = read_store(path)
    model = from_json(text, str(path))
    check_extents(extents(model.layout), path, unpacked)
    return model


def read_inputs(path: Path, model: Model) -> Values:
    """The numbers in the input cells of a workbook. Raises FileError for a cell that holds none."""
    report = Report(str(path), model.recipe.id, 0)
    inputs = inputs_of(model, read_grids(path, extents(model.layout)), report)
    if report.mismatches:
        first = report.mismatches[0]
        raise FileError(f"{path}: {first.sheet}!{first.cell} ({first.where}) holds {first.got!r}; expected a number")
    return inputs


def refuse_edited_formulas(path: Path, model: Model) -> None:
    """Raise FileError if a formula of the workbook is not the generated one."""
    report = Report(str(path), model.recipe.id, 0)
    read_stored(path, model, report)
    if report.mismatches:
        first = report.mismatches[0]
        raise FileError(
            f"{path}: {first.sheet}!{first.cell} ({first.where}) reads {first.got}, generated was {first.expected}; "
            "restore it (verify lists all)"
        )


def extents(layout: Layout) -> dict[str, tuple[int, int]]:
    return {sheet.name: layout.extent(sheet.id) for sheet in layout.sheets}


@dataclass(frozen=True)
class Control:
    """The formula cell whose stored value is falsified in the engines' copies."""

    sheet: str
    row: int
    column: int

    @property
    def cell(self) -> str:
        return cell_name(self.row, self.column)


def read_stored(path: Path, model: Model, report: Report) -> tuple[dict[str, Grid], Control | None]:
    """One pass over the file: compare formula texts, keep the stored values, choose the cell for the control."""
    check = Check("formula")
    report.checks.append(check)
    grids = {sheet: Grid.empty(*size) for sheet, size in extents(model.layout).items()}
    control: Control | None = None
    with Reader(path) as reader:
        for sheet in model.layout.sheets:
            grid = grids[sheet.name]
            strays = Strays(sheet.name, beyond(model, sheet.id))
            expected = iter(Rows(model.graph, model.layout, sheet.id))
            row = next(expected, None)
            for number, cells in reader.rows(sheet.name):
                formulas = {cell.column: cell for cell in cells if cell.formula}
                report.stored += sum(cell.value is not None for cell in formulas.values())
                for cell in cells:
                    grid.put(number, cell.column, cell.value)
                while row is not None and row.number < number:
                    _compare_row(report, check, model, sheet.name, row, {})
                    row = next(expected, None)
                if row is not None and row.number == number:
                    last = _compare_row(report, check, model, sheet.name, row, formulas)
                    control = Control(sheet.name, number, last) if last else control
                    row = next(expected, None)
                strays.judge(report, check, number, formulas.values())
            while row is not None:
                _compare_row(report, check, model, sheet.name, row, {})
                row = next(expected, None)
            strays.sum_up(report, check, model)
        ours = {sheet.name for sheet in model.layout.sheets} | {STORE}
        for name in reader.sheets:
            if name not in ours:
                strays = Strays(name)
                for number, cells in reader.rows(name):
                    strays.judge(report, check, number, [cell for cell in cells if cell.formula])
                strays.sum_up(report, check, model)
    report.formulas = check.compared
    return grids, control


def _compare_row(
    report: Report, check: Check, model: Model, sheet: str, row: Row, formulas: dict[int, StoredCell]
) -> int:
    """Compare the formulas of one row, taking them out of `formulas`; the column of the last good number."""
    last = 0
    for i, letters in enumerate(row.columns):
        wanted = row.formulas[i]
        name, position = row.owners[i]
        if not name:
            continue  # a label; a formula in its place is a stray one
        found = formulas.pop(column_number(letters), None)
        if model.graph[name].role == ANSWER:
            continue  # a learner may type a formula of one's own
        got = found.formula if found else ""
        if wanted:
            check.compared += 1
        if wanted == got or same_formula(wanted, got):
            if wanted and wanted.find('"') < 0:  # a formula that gives a number, not a mark
                last = column_number(letters)
        else:
            check.different += 1
            if check.different <= KEPT:
                report.mismatches.append(_respelled(model, sheet, row, i, position, wanted, got))
    return last


def _respelled(model: Model, sheet: str, row: Row, i: int, position: int, wanted: str, got: str) -> Mismatch:
    block, epoch = model.graph[row.owners[i][0]], row.epochs[i]
    return Mismatch(
        "formula",
        sheet,
        f"{row.columns[i]}{row.number}",
        block.name,
        tuple(int(n) + 1 for n in np.unravel_index(position, block.shape)),
        None if epoch is None else epoch + model.graph.first_epoch,
        wanted,
        f"={wanted}" if wanted else "a typed number",
        f"={got}" if got else "no formula",
    )


def spots(block: Block, place: Place, graph: Graph) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rows and columns of a block, with a leading epoch axis if it is repeated."""
    return place.cells({EPOCH: graph.epochs, **block.axes} if block.repeated else block.axes)


def _texts(grid: Grid, rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[Any]:
    """What stands in cells of names: text, or a number as typed."""
    texts = np.empty(rows.shape, object)
    for spot in np.ndindex(rows.shape):
        shown = grid.get(int(rows[spot]), int(columns[spot]))
        texts[spot] = "" if shown is None else shown
    return texts


def inputs_of(model: Model, grids: dict[str, Grid], report: Report) -> Values:
    """The numbers of all input cells, whoever typed them; what is no number is a mismatch."""
    check = Check("input")
    inputs: Values = {}
    for block, place in model.layout.placed():
        if block.start is None:
            continue
        grid = grids[model.layout.sheet_name(place.sheet)]
        rows, columns = place.cells(block.axes)
        if block.start.dtype.kind == "O":
            inputs[block.name] = _texts(grid, rows, columns)
            continue
        numbers = grid.numbers[rows - 1, columns - 1]
        check.compared += numbers.size
        for spot in np.argwhere(np.isnan(numbers)):
            at = tuple(spot)
            got = grid.get(int(rows[at]), int(columns[at]))
            if block.role == ANSWER and got is None:
                continue  # still blank
            check.different += 1
            if check.different > KEPT:
                continue
            epoch = model.graph.first_epoch if block.repeated else None
            report.mismatches.append(
                Mismatch(
                    "input",
                    model.layout.sheet_name(place.sheet),
                    cell_name(int(rows[at]), int(columns[at])),
                    block.name,
                    tuple(int(n) + 1 for n in at),
                    epoch,
                    "",
                    "a number",
                    got,
                )
            )
        inputs[block.name] = numbers
    report.checks.append(check)
    return inputs
