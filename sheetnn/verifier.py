"""`verify`: are the formulas the generated ones, and do their values follow from the inputs in the file?

The graph is rebuilt from the recipe the workbook carries and the numbers in its input cells. Then three
things are held against it: the formula texts, the values stored in the file, and the values that each
engine computes from a copy in which one stored value was falsified.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .address import cell_name, column_number
from .cells import Row, Rows
from .copies import formula_of
from .engines import DEFAULT, engine
from .engines.base import Engine, plant
from .errors import DivergedError, EngineError, FileError
from .formulas import same_formula
from .graph import Block, Graph, Values
from .grid import Grid, read_grids
from .layout import Layout, Place
from .model import Model, from_json
from .reader import Reader
from .refs import EPOCH
from .report import KEPT, Check, Mismatch, Report
from .tolerance import Tolerance, tolerances
from .writer import STORE

Say = Callable[[str], None]


def verify(path: str | Path, engines: Iterable[str] = (DEFAULT,), say: Say = lambda _: None) -> Report:
    """Check every formula cell of a workbook built by sheetnn against NumPy and the given engines.

    Raises FileError for a file that cannot be read or was not built by sheetnn, EngineError for an engine
    that is missing, fails, or does not restore the falsified value.
    """
    found = [engine(name) for name in dict.fromkeys(engines)]
    path = Path(path)
    say("reading")
    model = read_model(path)
    report = Report(str(path), model.recipe.id, 0)
    stored, control = _read(path, model, report)
    inputs = _inputs(model, stored, report)
    if any(check.different for check in report.checks if check.source == "input") or control is None:
        return report  # what does not start from numbers, or has no formula left, need not be recalculated
    values = model.graph.evaluate(inputs)
    bounds = tolerances(model.graph, values, inputs)
    check = _compare("stored", model, values, bounds, stored, report)
    if check.unstored == check.compared:  # saved by a program that does not calculate
        check.different = 0
        report.mismatches = [one for one in report.mismatches if one.source != "stored"]
    report.checks.append(check)
    for one in found:
        say(one.name)
        grids = _recalculate(one, path, model, control)
        check = _compare(one.name, model, values, bounds, grids, report)
        check.control = f"{control.sheet}!{control.cell}"
        report.checks.append(check)
    return report


def read_model(path: Path) -> Model:
    """The model that a workbook carries. Raises FileError if it carries none."""
    with Reader(path) as reader:
        if STORE not in reader.sheets:
            raise FileError(f"{path}: was not built by sheetnn (it carries no recipe); verify needs one that was")
        text = "".join(str(cell.value or "") for _, cells in reader.rows(STORE) for cell in cells if cell.column == 1)
    return from_json(text, str(path))


def read_inputs(path: Path, model: Model) -> Values:
    """The numbers in the input cells of a workbook. Raises FileError for a cell that holds none."""
    report = Report(str(path), model.recipe.id, 0)
    inputs = _inputs(model, read_grids(path, _extents(model.layout)), report)
    if report.mismatches:
        first = report.mismatches[0]
        raise FileError(f"{path}: {first.sheet}!{first.cell} ({first.where}) holds {first.got!r}; expected a number")
    return inputs


def _extents(layout: Layout) -> dict[str, tuple[int, int]]:
    return {sheet.name: layout.extent(sheet.id) for sheet in layout.sheets}


@dataclass(frozen=True)
class _Control:
    """The formula cell whose stored value is falsified in the engines' copies."""

    sheet: str
    row: int
    column: int

    @property
    def cell(self) -> str:
        return cell_name(self.row, self.column)


def _read(path: Path, model: Model, report: Report) -> tuple[dict[str, Grid], _Control | None]:
    """One pass over the file: compare formula texts, keep the stored values, choose the cell for the control."""
    check = Check("formula")
    report.checks.append(check)
    grids = {sheet: Grid.empty(*size) for sheet, size in _extents(model.layout).items()}
    control: _Control | None = None
    with Reader(path) as reader:
        for sheet in model.layout.sheets:
            grid = grids[sheet.name]
            expected = iter(Rows(model.graph, model.layout, sheet.id))
            row = next(expected, None)
            for number, cells in reader.rows(sheet.name):
                formulas = {}
                for cell in cells:
                    grid.put(number, cell.column, cell.value)
                    if cell.formula:
                        formulas[cell.column] = cell.formula
                while row is not None and row.number < number:
                    _compare_row(report, check, model, sheet.name, row, {})
                    row = next(expected, None)
                if row is not None and row.number == number:
                    last = _compare_row(report, check, model, sheet.name, row, formulas)
                    control = _Control(sheet.name, number, last) if last else control
                    row = next(expected, None)
                report.extra += len(formulas)
            while row is not None:
                _compare_row(report, check, model, sheet.name, row, {})
                row = next(expected, None)
    report.formulas = check.compared
    return grids, control


def _compare_row(report: Report, check: Check, model: Model, sheet: str, row: Row, formulas: dict[int, str]) -> int:
    """Compare the formulas of one row, taking them out of `formulas`; the column of the last good number."""
    last = 0
    for i, letters in enumerate(row.columns):
        wanted = row.formulas[i]
        got = formulas.pop(column_number(letters), "")
        name, position = row.owners[i]
        if wanted:
            check.compared += 1
        if not name:
            report.extra += bool(got)
        elif wanted == got or same_formula(wanted, got):
            if wanted and not wanted.startswith("IF("):  # a formula that surely gives a number
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


def _spots(block: Block, place: Place, graph: Graph) -> tuple[NDArray[Any], NDArray[Any]]:
    """Rows and columns of a block, with a leading epoch axis if it is repeated."""
    return place.cells({EPOCH: graph.epochs, **block.axes} if block.repeated else block.axes)


def _inputs(model: Model, grids: dict[str, Grid], report: Report) -> Values:
    """The numbers of all input cells, whoever typed them; what is no number is a mismatch."""
    check = Check("input")
    inputs: Values = {}
    for block, place in model.layout.placed():
        if block.start is None:
            continue
        grid = grids[model.layout.sheet_name(place.sheet)]
        rows, columns = place.cells(block.axes)
        numbers = grid.numbers[rows - 1, columns - 1]
        check.compared += numbers.size
        for spot in np.argwhere(np.isnan(numbers)):
            at = tuple(spot)
            got = grid.get(int(rows[at]), int(columns[at]))
            check.different += 1
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


def _recalculate(one: Engine, path: Path, model: Model, control: _Control) -> dict[str, Grid]:
    """The engine's values of a copy with a falsified cell. Raises EngineError if it comes back falsified."""
    false = 987654.321
    try:
        with tempfile.TemporaryDirectory(prefix="sheetnn-") as folder:
            scratch = Path(folder)
            copy = scratch / "planted.xlsx"
            plant(path, copy, control.sheet, control.cell, false)
            (scratch / "engine").mkdir()
            grids = one.recalculate(copy, _extents(model.layout), scratch / "engine")
    except OSError as error:
        why = error.strerror or error
        raise EngineError(f"engine {one.name}: no room to work in ({why}); set TMPDIR to another folder") from None
    if grids[control.sheet].get(control.row, control.column) == false:
        raise EngineError(
            f"engine {one.name} did not recalculate {control.sheet}!{control.cell}: it returned the false value "
            "planted there, so its run proves nothing"
        )
    return grids


def _compare(
    source: str, model: Model, values: Values, bounds: Tolerance, grids: dict[str, Grid], report: Report
) -> Check:
    """Hold all formula cells of `grids` against the values."""
    check = Check(source)
    judged = [(block, place) for block, place in model.layout.placed() if block.op is not None]
    drifts = any((bounds.scaled[b.name] > bounds.base[b.name]).any() for b, _ in judged if b.name in bounds.base)
    followed = _follow(model, values, grids) if drifts else None
    for block, place in judged:
        sheet = model.layout.sheet_name(place.sheet)
        rows, columns = _spots(block, place, model.graph)
        expected = values[block.name]
        skip = 1 if block.start is not None else 0  # the first epoch of a carried block is typed
        got = grids[sheet].numbers[rows - 1, columns - 1]
        if expected.dtype.kind in "fi":
            apart = np.abs(got - expected)
            base, scaled = bounds.base[block.name], bounds.scaled[block.name]
            good = apart <= np.maximum(base, scaled)
            wide = good & (apart > base)
            if wide.any() and followed is not None:
                # the way may wander, but each epoch must follow from the one before within the fixed bounds
                good &= ~wide | (np.abs(got - followed[block.name]) <= base)
            check.scaled += int((good & wide).sum())
            if good.any():
                top = np.unravel_index(np.argmax(np.where(good, apart, -1.0)), apart.shape)
                if apart[top] > check.largest:
                    check.largest, check.largest_at = float(apart[top]), f"{sheet}!{_cell(rows, columns, top)}"
        else:
            texts = np.empty(expected.shape, object)
            for spot in np.ndindex(expected.shape):
                texts[spot] = grids[sheet].get(int(rows[spot]), int(columns[spot]))
            good = texts == expected
        if skip:
            good[0] = True
        check.compared += int(good.size - (block.size if skip else 0))
        for spot in map(tuple, np.argwhere(~good)):
            check.different += 1
            check.unstored += grids[sheet].get(int(rows[spot]), int(columns[spot])) is None
            if check.different <= KEPT:
                report.mismatches.append(_mismatch(source, model, block, sheet, rows, columns, spot, expected, grids))
    return check


def _follow(model: Model, values: Values, grids: dict[str, Grid]) -> Values | None:
    """Every epoch computed from the parameters that `grids` hold for it; None if some hold no number."""
    given = {}
    for block, place in model.layout.placed():
        if block.repeated and block.start is not None:
            rows, columns = _spots(block, place, model.graph)
            given[block.name] = grids[model.layout.sheet_name(place.sheet)].numbers[rows - 1, columns - 1]
    if not all(np.isfinite(numbers).all() for numbers in given.values()):
        return None
    inputs = {name: values[name] for name in model.graph.inputs() if name not in given}
    try:
        return model.graph.evaluate({**inputs, **{name: given[name][0] for name in given}}, given)
    except DivergedError:
        return None


def _cell(rows: NDArray[Any], columns: NDArray[Any], spot: Any) -> str:
    return cell_name(int(rows[spot]), int(columns[spot]))


def _mismatch(
    source: str,
    model: Model,
    block: Block,
    sheet: str,
    rows: NDArray[Any],
    columns: NDArray[Any],
    spot: tuple[int, ...],
    expected: NDArray[Any],
    grids: dict[str, Grid],
) -> Mismatch:
    epoch, index = (spot[0], spot[1:]) if block.repeated else (0, spot)
    return Mismatch(
        source,
        sheet,
        _cell(rows, columns, spot),
        block.name,
        tuple(int(n) + 1 for n in index),
        int(epoch) + model.graph.first_epoch if block.repeated else None,
        formula_of(model.graph, model.layout, block, dict(zip(block.axes, map(int, index), strict=True)), int(epoch)),
        expected[spot].item(),
        grids[sheet].get(int(rows[spot]), int(columns[spot])),
    )
