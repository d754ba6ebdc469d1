"""The book's printed figures: every verified number, at its own address, from data files beside this one."""

from __future__ import annotations

import re

import numpy as np
import pytest
from conftest import printed
from openpyxl import load_workbook

from sheetnn.address import cell_name, parse_range
from sheetnn.workbook import Workbook, build

# In 4-4 the printed initial values are themselves rounded to 3 digits, which moves what follows by up to 0.0025.
ROUNDED_START = 0.0025
EPOCHS = {"4-4": 50, "5-6": 2}  # of 5-6, what is printed beyond the first update is its cost table alone


def half_a_unit(figure):
    return 0.5 * 10 ** -int(figure["decimals"]) + 1e-9


def at_start(section: str) -> Workbook:
    """The workbook as Solver finds it: the kept initial values in the parameter cells."""
    model = build(section, pages=()).model
    start = model.graph.inputs()
    names = [name for name in start if f"{name}.initial" in start]
    return Workbook(model, {name: start[f"{name}.initial"] for name in names})


@pytest.fixture(scope="module")
def values():
    """Values by section, sheet and address; `-start` for a workbook before Solver ran."""
    books = {
        section: build(section, epochs=EPOCHS.get(section), pages=())
        for section in ("2-11", "3-5", "4-4", "5-4", "5-6")
    }
    books |= {f"{section}-start": at_start(section) for section in ("3-5", "5-4")}
    return {
        name: {(cell.sheet, cell_name(cell.row, cell.column)): cell.value for cell in book.cells()}
        for name, book in books.items()
    }


@pytest.mark.parametrize(("section", "count"), [("2-11", 36), ("3-5", 77), ("4-4", 279), ("5-4", 203), ("5-6", 291)])
def test_printed_figures(values, section, count):
    wrong, compared = [], 0
    for figure in printed(section):
        row = int(re.sub(r"\D", "", figure["cell"]) or 0)
        if not row or (section == "5-6" and row > 169):
            continue
        sheet = "测试" if figure["page"] == "test" else "学习" if section != "2-11" else "梯度下降法"
        before = section in ("3-5", "5-4") and figure["quantity"].endswith(("initial", "initial (before the solver)"))
        value = values[f"{section}-start" if before else section][sheet, figure["cell"]]
        bound = ROUNDED_START if section == "4-4" and figure["basis"] != "input" else half_a_unit(figure)
        compared += 1
        if not abs(value - float(figure["value"])) <= bound:
            wrong.append((figure["quantity"], figure["cell"], figure["value"], value))
    assert not wrong
    assert compared == count


def test_printed_figures_of_4_4_without_an_address(book: Workbook):
    """The test page, whose rows the book does not print."""
    names = {"z2": "hidden.z", "a2": "hidden.a", "a'(z2)": "hidden.slope", "z3": "output.z", "a3": "output.a"}
    compared = 0
    for figure in printed("4-4"):
        if match := re.match(r"test sheet: (\S+)_(\d) of test image 2", figure["quantity"]):
            value = book.values[f"test.{names[match[1]]}"][1, int(match[2]) - 1]
            assert value == pytest.approx(float(figure["value"]), abs=ROUNDED_START)
            compared += 1
    assert compared == 9
    assert book.values["test.verdict"].tolist() == [0, 1]


@pytest.mark.parametrize(("epoch", "cost"), [(1, 20.255), (2, 14.428), (3, 12.243), (10, 2.488), (50, 0.245)])
def test_cost_table_of_4_4(book: Workbook, epoch, cost):
    assert book.values["C_T"][epoch - 1] == pytest.approx(cost, abs=ROUNDED_START)


def test_cost_table_of_5_6_where_the_plain_rule_holds():
    """Epochs 1, 2 and 50; docs/differences.md says why the printed ones between differ."""
    cost = build("5-6", pages=()).values["C_T"]
    compared = 0
    for figure in printed("5-6"):
        if match := re.fullmatch(r"C_T iteration (1|2|50)", figure["quantity"]):
            assert cost[int(match[1]) - 1] == pytest.approx(float(figure["value"]), abs=half_a_unit(figure))
            compared += 1
    assert compared == 4
    assert cost[2] == pytest.approx(11.427, abs=0.0005)  # the book prints 11.280 here


def test_figures_would_notice_another_learning_rate():
    assert abs(build("4-4", pages=(), epochs=2, eta=0.21).values["C_T"][1] - 14.428) > ROUNDED_START


@pytest.mark.parametrize("section", ["3-5", "5-4"])
def test_solver_pages_recognise_every_image(section):
    values = build(section).values
    assert values["hit.rate"] == 1.0
    assert values["C_T"] == pytest.approx({"3-5": 1.0452109503695352e-07, "5-4": 0.00022501843836461873}[section])


def test_5_6_recognises_a_three_that_it_has_not_seen():
    book = build("5-6", pages=())
    assert book.values["test.verdict"].tolist() == [3]
    training, test = book.values["x"], book.values["test.x"][0]
    assert not (training == test).all(axis=(1, 2)).any()


def number(section, quantity):
    (figure,) = [one for one in printed(section) if one["quantity"] == quantity]
    return pytest.approx(float(figure["value"]), abs=half_a_unit(figure))


def test_1_2():
    values = build("1-2").values
    for case, (x1, x2) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        for text, block in (("weighted sum 5*x1+3*x2", "s"), ("output y (fires if sum>=4)", "y")):
            name = f"example 1: {text} for x=({x1},{x2})"
            if any(figure["quantity"] == name for figure in printed("1-2")):
                assert values[block][case] == number("1-2", name)
    np.testing.assert_array_equal(5 * values["border.x1"] + 3 * values["border.x2"], 4)


def test_1_3():
    values = build("1-3").values
    assert values["y.printed"][0] == number("1-3", "problem: sigmoid output y with e=2.7 for x=(0.2,0.1)")
    assert values["z"][1] == number("1-3", "problem: weighted input z for x=(0.6,0.5)")
    assert values["y.exact"][0] == pytest.approx(0.4256, abs=0.00005)


def test_2_5():
    names = {"A+B": "sum", "A-B": "difference", "3A": "multiple", "AB": "AB", "BA": "BA", "Hadamard A*B": "hadamard"}
    names |= {"transpose of A": "A.transpose", "transpose of B=(1;2)": "V.transpose"}
    problem = {"A+B": "P.plus.Q", "transpose(A) B": "PtQ", "Hadamard A*B": "P.hadamard.Q"}
    values, compared = build("2-5").values, 0
    for figure in printed("2-5"):
        if match := re.match(r"(example \d|problem \(\d\)): (.*) element \((\d),(\d)\)", figure["quantity"]):
            block = (problem if match[1].startswith("problem") else names)[match[2]]
            assert values[block][int(match[3]) - 1, int(match[4]) - 1] == float(figure["value"]), figure
            compared += 1
    assert compared == 34


@pytest.mark.parametrize(("section", "p", "q"), [("2-12", 0.41, -12.06), ("3-4", 1.0, -1 / 3)])
def test_regression(section, p, q):
    values = build(section).values
    assert (values["p"], values["q"]) == (pytest.approx(p, abs=0.005), pytest.approx(q, abs=0.005))
    slope, offset = np.polyfit(values["x"], values["y"], 1)
    assert (values["p"], values["q"]) == (pytest.approx(slope), pytest.approx(offset))
    names = {"sum of y": "sum.y", "sum of x^2": "sum.xx", "sum of x": "sum.x", "C_T at the optimum": "C_T"}
    compared = 0
    for figure in printed(section):
        pattern = r"regression:? (sum of x\^2|sum of x|sum of y|C_T at the optimum)"
        if match := re.match(pattern, figure["quantity"]):
            value = values[names[match[1]]]
            assert value == pytest.approx(float(figure["value"]), abs=half_a_unit(figure))
            compared += 1
    assert compared == 3


def test_5_2():
    values, compared = build("5-2").values, 0
    for figure in printed("5-2"):
        match = re.search(r'image "(\d)" with filter S, row (\d) col (\d)', figure["quantity"])
        assert match
        image, row, col = (int(text) - 1 for text in match.groups())
        assert values["similarity"][image, row, col] == float(figure["value"])
        compared += 1
    assert compared == 12
    assert values["dot"] == values["similarity"][1, 3, 1] == 3
    assert values["cosine"] == pytest.approx(3 / np.sqrt(15))
    a = values["a"][1]
    assert values["pool.max"][1, 0, 0] == a[:2, :2].max()
    assert values["pool.average"][1, 0, 0] == pytest.approx(a[:2, :2].mean())
    assert values["pool.l2"][1, 0, 0] == pytest.approx(np.linalg.norm(a[:2, :2]))


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
def test_addresses_of_4_4(addresses, cell, block, index, epoch):
    assert addresses["学习", cell] == (block, index, epoch)


@pytest.fixture(scope="module")
def addresses(book: Workbook):
    return {(c.sheet, cell_name(c.row, c.column)): (c.block, c.index, c.epoch) for c in book.cells()}


def test_formulas_that_the_book_prints(book_file, tmp_path):
    sheet = load_workbook(book_file)["学习"]
    assert sheet["L17"].value == "=((O$7-L15)^2+(O$8-M15)^2)/2"
    assert load_workbook(book_file).sheetnames[:3] == ["Data", "学习", "测试"]
    sheet = load_workbook(build("3-5").save(tmp_path / "3-5.xlsx"))["学习"]
    assert sheet["O11"].value == "=SUMPRODUCT($D$5:$F$8,L5:N8)+$G$5"
    assert sheet["O17"].value == "=MMULT($D$17:$F$17,O14:O16)+$G$17"
    assert sheet["G21"].value == "=SUM($L21:$JG21)"
    assert sheet["O21"].value == "=SUMXMY2(O9:O10,O19:O20)/2"
    assert sheet["O30"].value == '=IF(O28=O29,"○","×")'
    assert sheet["G30"].value == '=COUNTIF($L30:$JG30,"○")/COUNTA($L30:$JG30)'
    workbook = load_workbook(build("5-4").save(tmp_path / "5-4.xlsx"))
    assert workbook["测试"]["M47"].value == "=VLOOKUP(MAX(M43:M45),M43:N45,2,0)"
    assert workbook["学习"]["L51"].value == "=IF(MAX(M43:M45)=M43,1,0)"


@pytest.mark.parametrize(
    ("recipe", "cost", "changing"),
    [
        ("3-5", "$G$21", "$D$5:$F$16,$G$5,$G$9,$G$13,$D$17:$G$18"),
        ("5-4", "$G$46", "$E$12:$G$21,$E$22:$F$39,$E$40:$G$40"),
        ("2-12", "$H$9", "$H$7:$H$8"),
    ],
)
def test_solver_opens_filled_in(tmp_path, recipe, cost, changing):
    book = build(recipe, pages=())
    workbook = load_workbook(book.save(tmp_path / "s.xlsx"))
    sheet = next(page for page in workbook.worksheets if page.defined_names)
    names = {
        name: defined.attr_text.replace(f"'{sheet.title}'!", "") for name, defined in sheet.defined_names.items()
    }
    assert all(defined.hidden for defined in sheet.defined_names.values())
    assert (names["solver_opt"], names["solver_adj"]) == (cost, changing)
    assert {key: names[f"solver_{key}"] for key in ("typ", "neg", "eng", "num", "ver", "pre")} == {
        "typ": "2", "neg": "2", "eng": "1", "num": "0", "ver": "3", "pre": "0.000001",
    }  # fmt: skip
    changes = book.recipe.solve.change if book.recipe.solve else [b.name for b in book.graph if b.role == "parameter"]
    cells = set()
    for block in [book.graph[name] for name in changes if book.graph[name].group == "train"]:
        rows, columns = (array.ravel().tolist() for array in book.layout.places[block.name].cells(block.axes))
        cells |= set(zip(rows, columns, strict=True))
    listed = set()
    for area in changing.split(","):
        row, column, last_row, last_column = parse_range(area.replace("$", ""))
        listed |= {(r, c) for r in range(row, last_row + 1) for c in range(column, last_column + 1)}
    assert cells == listed


def test_5_3():
    """The printed maps are those of image 2 of 5-2 with bias -3."""
    book = build("5-2")
    values, compared = book.graph.evaluate({"bias": np.array(-3)}), 0
    for figure in printed("5-3"):
        if match := re.search(r"(convolution output|max pooling).* row (\d) col (\d)", figure["quantity"]):
            block = {"convolution output": "a", "max pooling": "pool.max"}[match[1]]
            value = values[block][1, int(match[2]) - 1, int(match[3]) - 1]
            assert value == pytest.approx(float(figure["value"]), abs=half_a_unit(figure)), figure
            compared += 1
    assert compared == 10
