"""The book's printed figures: every verified number of 2-11 and 4-4, at its own address."""

from __future__ import annotations

import re

import pytest
from conftest import printed
from openpyxl import load_workbook

from sheetnn.workbook import Workbook, build

# Half a unit of the last digit for 2-11. In 4-4 the printed initial values are themselves rounded to 3 digits,
# which moves what follows by up to 0.0025.
ROUNDED_START = 0.0025


@pytest.fixture(scope="module")
def sheets(book_file, tmp_path_factory):
    path = build("2-11").save(tmp_path_factory.mktemp("descent") / "2-11.xlsx")
    return {
        "2-11": load_workbook(path, data_only=True)["梯度下降法"],
        "4-4": load_workbook(book_file, data_only=True)["学习"],
    }


@pytest.mark.parametrize("section", ["2-11", "4-4"])
def test_printed_figures(sheets, section):
    wrong = []
    compared = 0
    for figure in printed(section):
        if not figure["cell"]:
            continue
        value, expected = sheets[section][figure["cell"]].value, float(figure["value"])
        bound = 0.5 * 10 ** -int(figure["decimals"]) + 1e-12
        if section == "4-4" and figure["basis"] != "input":
            bound = ROUNDED_START
        compared += 1
        if abs(value - expected) > bound:
            wrong.append((figure["quantity"], figure["cell"], expected, value))
    assert not wrong
    assert compared == {"2-11": 36, "4-4": 279}[section]


def test_printed_figures_without_an_address(book: Workbook):
    """The test page, whose rows the book does not print."""
    values = book.values
    found = {
        "z2": values["test.hidden.z"],
        "a2": values["test.hidden.a"],
        "a'(z2)": values["test.hidden.slope"],
        "z3": values["test.output.z"],
        "a3": values["test.output.a"],
    }
    compared = 0
    for figure in printed("4-4"):
        if match := re.match(r"test sheet: (\S+)_(\d) of test image 2", figure["quantity"]):
            assert found[match[1]][1, int(match[2]) - 1] == pytest.approx(float(figure["value"]), abs=ROUNDED_START)
            compared += 1
    assert compared == 9
    assert values["test.verdict"].tolist() == [0, 1]


@pytest.mark.parametrize(("epoch", "cost"), [(1, 20.255), (2, 14.428), (3, 12.243), (10, 2.488), (50, 0.245)])
def test_cost_table(book: Workbook, epoch, cost):
    assert book.values["C_T"][epoch - 1] == pytest.approx(cost, abs=ROUNDED_START)


def test_figures_would_notice_another_learning_rate():
    book = build("4-4", epochs=2, eta=0.21)
    assert abs(book.values["C_T"][1] - 14.428) > ROUNDED_START


@pytest.mark.parametrize(
    ("cell", "block", "index", "epoch"),
    [
        ("L3", "x", (0, 0, 0), None),
        ("JD3", "x", (63, 0, 0), None),
        ("O8", "t", (0, 1), None),
        ("D10", "hidden.w", (0, 0, 0), 0),
        ("G18", "hidden.b", (2,), 0),
        ("F1591", "output.w", (1, 2), 49),
        ("L17", "C", (0,), 0),
        ("N53", "hidden.delta", (0, 2), 1),
        ("L25", "hidden.w.each", (0, 0, 0, 0), 0),
        ("JG38", "output.b.each", (63, 1), 0),
        ("D37", "output.w.grad", (0, 0), 0),
        ("G1607", "C_T", (), 49),
    ],
)
def test_addresses_of_the_book(addresses, cell, block, index, epoch):
    assert addresses["学习", cell] == (block, index, epoch)


@pytest.fixture(scope="module")
def addresses(book: Workbook):
    from sheetnn.address import cell_name

    return {(c.sheet, cell_name(c.row, c.column)): (c.block, c.index, c.epoch) for c in book.cells()}


def test_formula_of_the_cost_is_the_printed_one(book_file):
    sheet = load_workbook(book_file)["学习"]
    assert sheet["L17"].value == "=((O$7-L15)^2+(O$8-M15)^2)/2"
    assert sheet["C8"].value is None
    assert load_workbook(book_file).sheetnames[:3] == ["Data", "学习", "测试"]
