"""The waist: moved formulas equal formulas written one by one, and addresses fall where the layout says."""

from __future__ import annotations

import pytest
from conftest import RECIPES, short

from sheetnn.address import cell_name, column_number, letters, parse_cell, parse_range
from sheetnn.copies import formula_of


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_moved_formula_equals_the_one_written_for_its_cell(recipe):
    book = short(recipe, 3)
    count = 0
    for cell in book.cells():
        block = book.graph[cell.block]
        index = dict(zip(block.axes, cell.index, strict=True))
        assert cell.formula == formula_of(book.graph, book.layout, block, index, cell.epoch or 0), cell
        count += bool(cell.formula)
    assert count == book.formulas > 0


def test_cells_stand_once_and_in_order(book):
    last = {}
    for cell in book.cells():
        spot = (cell.row, cell.column)
        assert last.get(cell.sheet, (0, 0)) < spot
        last[cell.sheet] = spot


def test_values_belong_to_their_cells(book):
    for cell in book.cells():
        value = book.values[cell.block]
        if cell.epoch is not None:
            value = value[cell.epoch]
        assert cell.value == value[cell.index]


@pytest.mark.parametrize(("number", "text"), [(1, "A"), (26, "Z"), (27, "AA"), (268, "JH"), (16384, "XFD")])
def test_columns(number, text):
    assert letters(number) == text
    assert column_number(text) == number


def test_addresses():
    assert parse_cell("$B$3") == (3, 2)
    assert parse_range("B3:C5") == (3, 2, 5, 3)
    assert cell_name(3, 28) == "AB3"
    with pytest.raises(ValueError, match="no cell"):
        parse_cell("3B")
