"""Differences that are rounding alone pass, told as such; a cell that its formula does not give never does."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from conftest import demanded
from test_poison import edited

import sheetnn
from sheetnn.address import cell_name
from sheetnn.agreement import compare
from sheetnn.engines import engine
from sheetnn.grid import Grid
from sheetnn.report import Check, Report
from sheetnn.stored import extents, spots
from sheetnn.tolerance import tolerances
from sheetnn.verifier import verify
from sheetnn.workbook import Workbook

ENGINES = ("ironcalc", "libreoffice", "gnumeric")
LAYERS = [
    {"name": "hidden", "units": 4, "activation": "tanh"},
    {"name": "output", "units": 1, "activation": "identity"},
]


def house() -> Workbook:
    """Prices by size: tanh is 1 but for the last digits, and its slope 1 − a² meets errors of a billion."""
    draw = np.random.default_rng(1)
    x = np.round(draw.uniform(40, 200, (20, 2)), 0)
    y = (2500 * x[:, 0] + 900 * x[:, 1]).reshape(-1, 1)
    data = {"outputs": ["price"], "scale": [0, 1]}
    keys = {"reduction": "mean", "random": {"seed": 0, "kind": "xavier"}, "training": {"eta": 0.001, "epochs": 20}}
    return sheetnn.Network(x, y, LAYERS, name="house", data=data, keys=keys).build()


def sine() -> Workbook:
    """A curve as odd as tanh: gradients of biases are 0 but for rounding, and Adam divides them by their own size."""
    x = np.linspace(-1, 1, 21)[:, None]
    keys = {"training": {"eta": 0.02, "epochs": 20, "optimizer": "adam"}}
    return sheetnn.Network(x, np.sin(np.pi * x), LAYERS, name="sine", data={"outputs": ["y"]}, keys=keys).build()


BOOKS = {"house": house, "sine": sine}


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize("name", BOOKS)
def test_rounding_is_no_difference(name: str, engine_name: str, tmp_path: Path) -> None:
    path = BOOKS[name]().save(tmp_path / "a.xlsx")
    report = verify(path, [demanded(engine_name) if engine_name != "ironcalc" else engine_name])
    assert report.ok
    check = next(check for check in report.checks if check.source == engine_name)
    assert check.rounded > 100
    assert check.widest > 1e-9
    assert next(check for check in report.checks if check.source == "stored").rounded == 0


def tie() -> Workbook:
    """All parameters 0, so both outputs are a half: the last digit of either would turn the verdict."""
    x, y = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([0, 1])
    start = {"output.w": [[0, 0], [0, 0]], "output.b": [0, 0]}
    keys = {"start": start, "training": {"eta": 0.1, "epochs": 1}, "test": {"samples": [[1, 1], [2, 1], [1, 3]]}}
    return sheetnn.Network(x, y, [{"name": "output", "units": 2}], name="tie", keys=keys).build()


def test_a_false_verdict_is_never_rounding() -> None:
    book = tie()
    with TemporaryDirectory() as folder:
        grids = engine("ironcalc").recalculate(book.save(Path(folder) / "a.xlsx"), extents(book.layout), Path(folder))
    assert judged(book, grids)[0].different == 0
    place = book.layout.places["test.verdict"]
    row, column = (int(one.flat[0]) for one in spots(book.graph["test.verdict"], place, book.graph))
    numbers = grids[book.layout.sheet_name(place.sheet)].numbers
    numbers[row - 1, column - 1] = 1 - numbers[row - 1, column - 1]
    check, report = judged(book, grids)
    assert check.rounded == 0
    assert "test.verdict" in {one.block for one in report.mismatches if not one.follows}


@cache
def recalculated(name: str) -> tuple[Workbook, dict[str, Grid]]:
    book = BOOKS[name]()
    with TemporaryDirectory() as folder:
        path = book.save(Path(folder) / "a.xlsx")
        (Path(folder) / "scratch").mkdir()
        return book, engine("ironcalc").recalculate(path, extents(book.layout), Path(folder) / "scratch")


def judged(book: Workbook, grids: dict[str, Grid]) -> tuple[Check, Report]:
    report = Report("a.xlsx", "a", 0)
    inputs = book.graph.inputs()
    return compare(
        "ironcalc", book.model, book.values, tolerances(book.graph, book.values, inputs), grids, report
    ), report


@pytest.mark.parametrize("block", ["hidden.a", "hidden.slope", "hidden.delta", "hidden.w", "C_T", "hidden.b.grad"])
@pytest.mark.parametrize("name", BOOKS)
def test_one_cell_that_its_formula_does_not_give_excuses_nothing(name: str, block: str) -> None:
    """A relative error of a millionth in one cell of the last epoch but one."""
    book, grids = recalculated(name)
    check, _ = judged(book, grids)
    assert check.rounded > 0
    assert check.different == 0
    place = book.layout.places[block]
    rows, columns = spots(book.graph[block], place, book.graph)
    at = np.unravel_index(np.argmax(np.abs(book.values[block][-2])), book.graph[block].shape)
    row, column = int(rows[(-2, *at)]), int(columns[(-2, *at)])
    grid = grids[book.layout.sheet_name(place.sheet)]
    kept = grid.numbers[row - 1, column - 1]
    try:
        grid.numbers[row - 1, column - 1] = kept * (1 + 1e-6) + 1e-9
        check, report = judged(book, grids)
    finally:
        grid.numbers[row - 1, column - 1] = kept
    assert check.rounded == 0
    assert check.different > 0
    causes = [one for one in report.mismatches if not one.follows]
    assert (block, book.graph.epochs - 1) in {(one.block, one.epoch) for one in causes}


def test_a_false_stored_value_is_found(tmp_path: Path) -> None:
    book = house()
    cell = [cell for cell in book.cells() if cell.block == "C_T"][-1]
    address = cell_name(cell.row, cell.column)
    part = f"xl/worksheets/sheet{[sheet.name for sheet in book.layout.sheets].index(cell.sheet) + 1}.xml"
    poison = {address: f'<c r="{address}"><f>{{f}}</f><v>{cell.value * 1.001!r}</v></c>'}
    report = verify(edited(book.save(tmp_path / "a.xlsx"), tmp_path / "b.xlsx", part, poison), [])
    assert [(one.source, one.cell) for one in report.mismatches] == [("stored", address)]
