"""Poison: every kind of damage that `verify` promises to find is planted and must be found, where it stands.

Each poison is the XML of one cell, so that formulas and stored values can go wrong apart from one another.
The file without poison passes in the same test; so a check that cries always, or never, fails here.
"""

from __future__ import annotations

import random
import re
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

import sheetnn.engines.base as base
from sheetnn.address import cell_name, parse_cell
from sheetnn.data import home
from sheetnn.engines import ENGINES, Engine
from sheetnn.errors import EngineError, FormulaError, LayoutError
from sheetnn.functions import ACTIVATIONS
from sheetnn.graph import Values
from sheetnn.grid import Grid, read_grids
from sheetnn.reader import Error
from sheetnn.report import Check, Report
from sheetnn.verifier import verify
from sheetnn.workbook import Workbook, build

ENGINE = "ironcalc"
PARTS = {
    "Data": "xl/worksheets/sheet1.xml",
    "学习": "xl/worksheets/sheet2.xml",
    "测试": "xl/worksheets/sheet3.xml",
}


def edited(source: Path, target: Path, part: str, cells: dict[str, str]) -> Path:
    """A copy of a workbook with other XML for some cells of one part; {f}, {v}, {cell}: what stands there."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            if name == part:
                text = _changed(text.decode(), cells).encode()
            new.writestr(name, text)
    return target


def _changed(text: str, cells: dict[str, str]) -> str:
    for address, xml in cells.items():
        (found,) = re.finditer(rf'<c r="{address}"[^>]*?(?:/>|>.*?</c>)', text)
        inner = {tag: re.search(f"<{tag}>(.*?)</{tag}>", found[0]) for tag in "fv"}
        parts = {tag: match[1] if match else "" for tag, match in inner.items()}
        new = xml.format(cell=found[0], **parts)
        assert new != found[0], f"the edit of {address} changes nothing"
        text = text[: found.start()] + new + text[found.end() :]
    return text


def check_of(report: Report, source: str) -> Check:
    (found,) = (check for check in report.checks if check.source == source)
    return found


def value_at(values: Values, where: str) -> Any:
    """`hidden.w[1,1,1]@2` among values, by a reading of the name of its own."""
    block, index, epoch = re.fullmatch(r"([\w.]+?)(?:\[(.*)\])?(?:@(\d+))?", where).groups()  # type: ignore[union-attr]
    spot = [int(epoch) - 1] if epoch else []
    return values[block][tuple(spot + [int(n) - 1 for n in index.split(",")] if index else spot)].item()


@pytest.fixture(scope="module")
def original() -> Workbook:
    """4-4 with 3 epochs, as `small_file` holds it."""
    return build("4-4", pages=(), epochs=3)


# -- one poisoned cell -------------------------------------------------------------------------------------

ANY = object()  # a value that depends on the engine
NOT_COMPUTED = Error("#NAME?")
NUMBER = "<v>{v}</v>"
FORMULA = "<f>{f}</f>"
# sheet, cell, new XML inside of it (and its type), where, what each source says it got; other sources agree
POISONS: dict[str, tuple[str, str, str, str, str, dict[str, Any]]] = {
    "stored: a wrong number": ("学习", "D42", "n", FORMULA + "<v>0.5</v>", "hidden.w[1,1,1]@2", {"stored": 0.5}),
    "stored: off by 1e-9": (
        "测试", "Q14", "n", FORMULA + "<v>-2.900000001</v>", "test.output.z[2,2]", {"stored": -2.900000001},
    ),
    "stored: a wrong count": ("Data", "S4", "n", FORMULA + "<v>4</v>", "data.number[2]", {"stored": 4.0}),
    "stored: no number": ("学习", "G71", "n", FORMULA, "C_T@2", {"stored": None}),
    "stored: text": ("学习", "G39", "str", FORMULA + "<v>poor</v>", "C_T@1", {"stored": "poor"}),
    "stored: text that reads like the number": (
        "学习", "P43", "str", FORMULA + NUMBER, "hidden.z[2,1]@2", {"stored": ANY},
    ),
    "stored: a truth value": ("测试", "P16", "b", FORMULA + "<v>1</v>", "test.verdict[2]", {"stored": True}),
    "stored: #NAME?": (
        "学习", "F36", "e", FORMULA + "<v>#NAME?</v>", "hidden.w.grad[3,4,3]@1", {"stored": NOT_COMPUTED},
    ),
    "stored: #NAME? in the control cell": (
        "测试", "G23", "e", FORMULA + "<v>#NAME?</v>", "test.output.b[2]", {"stored": NOT_COMPUTED},
    ),
    "formula: a wrong sign": (
        "学习", "D42", "n", "<f>D10+$G$6*D25</f>" + NUMBER, "hidden.w[1,1,1]@2",
        {"formula": "=D10+$G$6*D25", ENGINE: ANY},
    ),
    "formula: one image short": (
        "学习", "G39", "n", "<f>SUM($L17:$JC17)</f>" + NUMBER, "C_T@1", {"formula": "=SUM($L17:$JC17)", ENGINE: ANY},
    ),
    "formula: another of the same value": (
        "学习", "D42", "n", "<f>D10-$G$6*$D25</f>" + NUMBER, "hidden.w[1,1,1]@2", {"formula": "=D10-$G$6*$D25"},
    ),
    "formula: a number in its stead": ("学习", "G42", "n", NUMBER, "hidden.b[1]@2", {"formula": "no formula"}),
    "formula: erased": (
        "学习", "L12", "n", "", "hidden.a[1,1]@1", {"formula": "no formula", "stored": None, ENGINE: None},
    ),
    "formula: text in its stead": (
        "学习", "L12", "str", "<v>0.5</v>", "hidden.a[1,1]@1",
        {"formula": "no formula", "stored": "0.5", ENGINE: "0.5"},
    ),
    "formula: a function off the list": (
        "学习", "L12", "n", "<f>SINH(L11)</f>" + NUMBER, "hidden.a[1,1]@1", {"formula": "=SINH(L11)", ENGINE: ANY},
    ),
    "formula: a function that no program has": (
        "学习", "L12", "n", "<f>SIGMOID(L11)</f>" + NUMBER, "hidden.a[1,1]@1",
        {"formula": "=SIGMOID(L11)", ENGINE: NOT_COMPUTED},
    ),
    "input: a formula": ("学习", "G6", "n", "<f>0.1+0.1</f>" + NUMBER, "eta", {"formula": "=0.1+0.1"}),
    "input: erased": ("学习", "D10", "n", "", "hidden.w[1,1,1]@1", {"input": None}),
    "input: text that reads like the number": ("学习", "D10", "str", NUMBER, "hidden.w[1,1,1]@1", {"input": "0.49"}),
    "input: a pixel as text": ("Data", "L6", "str", "<v>x</v>", "data.image[1,2,2]", {"input": "x"}),
    "input: a truth value": ("Data", "N9", "b", "<v>0</v>", "data.label[1]", {"input": False}),
    "input: #N/A": ("测试", "L3", "e", "<v>#N/A</v>", "test.x[1,1,1]", {"input": Error("#N/A")}),
}  # fmt: skip


@pytest.mark.parametrize("name", POISONS)
def test_a_poisoned_cell_is_named(name: str, small_file: Path, original: Workbook, tmp_path: Path) -> None:
    sheet, cell, kind, body, where, got = POISONS[name]
    formula = {"D42": "D10-$G$6*D25", "G39": "SUM($L17:$JG17)", "G42": "G10-$G$6*G25"}.get(cell)
    formula = formula or {"L12": "1/(1+EXP(MIN(-L11,700)))"}.get(cell, "")
    xml = f'<c r="{cell}" t="{kind}">{body}</c>' if kind != "n" else f'<c r="{cell}">{body}</c>'
    report = verify(edited(small_file, tmp_path / "poisoned.xlsx", PARTS[sheet], {cell: xml}), [ENGINE])
    assert not report.ok
    found = {one.source: one for one in report.mismatches if (one.sheet, one.cell) == (sheet, cell)}
    assert set(found) == set(got)
    for source, one in found.items():
        assert one.where == where
        assert one.block == re.split(r"[\[@]", where)[0]
        if source == "formula":
            expected: Any = f"={formula}" if formula else "a typed number"
        else:
            expected = "a number" if source == "input" else value_at(original.values, where)
        assert one.expected == expected
        assert got[source] is ANY or (one.got.__class__, one.got) == (got[source].__class__, got[source])
    for check in report.checks:
        assert check.different >= (check.source in got)
        if check.source not in got or check.source in ("formula", "input", "stored"):
            assert check.different == (check.source in got), f"{check.source} blames other cells too"


def test_the_unpoisoned_file_is_ok(small_file: Path, tmp_path: Path) -> None:
    """Also after a copy that changes a cell no formula reads: a finding above is due to its poison alone."""
    note = {"J1": '<c r="J1" t="inlineStr"><is><t>my digits</t></is></c>'}
    for file in (small_file, edited(small_file, tmp_path / "noted.xlsx", PARTS["Data"], note)):
        report = verify(file, [ENGINE])
        assert report.ok
        assert not report.mismatches
        assert {check.source: check.compared for check in report.checks} == {
            "formula": 15352, "input": 907, "stored": 15352, ENGINE: 15352,
        }  # fmt: skip


def test_each_engine_finds_a_wrong_formula(engine: str, small_file: Path, original: Workbook, tmp_path: Path) -> None:
    cells = {"D42": '<c r="D42"><f>D10+$G$6*D25</f><v>{v}</v></c>'}
    report = verify(edited(small_file, tmp_path / "a.xlsx", PARTS["学习"], cells), [engine])
    (one,) = (one for one in report.mismatches if (one.source, one.cell) == (engine, "D42"))
    w, gradient = original.values["hidden.w"][0, 0, 0, 0], original.values["hidden.w.grad"][0, 0, 0, 0]
    assert one.expected == pytest.approx(w - 0.2 * gradient, rel=1e-12)
    assert one.got == pytest.approx(w + 0.2 * gradient, rel=1e-12)


@pytest.mark.parametrize(
    ("cells", "where", "change"),
    [
        ({"L10": '<c r="L10"><v>7</v></c>'}, "hidden.w.grad[1,1,1]@1", None),  # the key row that SUMIF reads
        ({"L17": '{cell}<c r="M17"><v>1</v></c>'}, "C_T@1", 1.0),  # a number within a range that is summed
    ],
)
def test_only_an_engine_finds_what_changes_beside_the_blocks(
    cells: dict[str, str], where: str, change: float | None, tmp_path: Path
) -> None:
    original = build("4-4", pages=(), epochs=1)
    file = original.save(tmp_path / "4-4.xlsx")
    report = verify(edited(file, tmp_path / "a.xlsx", PARTS["学习"], cells), [ENGINE])
    assert {one.source for one in report.mismatches} == {ENGINE}
    (one,) = (one for one in report.mismatches if one.where == where)
    if change is not None:
        assert one.got - one.expected == pytest.approx(change)
        assert one.expected == value_at(original.values, where)


def test_formulas_of_a_transposed_square_block_are_found(tmp_path: Path) -> None:
    """All dimensions fit, so no spreadsheet shows an error."""
    book = build(square_recipe(tmp_path), epochs=2)
    file = book.save(tmp_path / "square.xlsx")
    sheet = next(sheet for sheet in book.layout.sheets if sheet.id == "train")
    formulas = {
        (cell.index, cell_name(cell.row, cell.column)): cell.formula
        for cell in book.cells()
        if cell.block == "hidden.w" and cell.formula and cell.index[0] == 0
    }
    swapped = {
        address: f'<c r="{address}"><f>{formulas[other]}</f><v>{{v}}</v></c>'
        for (index, address) in formulas
        for other in formulas
        if other[0] == (index[0], index[2], index[1]) != index
    }
    assert len(swapped) == 6
    part = f"xl/worksheets/sheet{book.layout.sheets.index(sheet) + 1}.xml"
    report = verify(edited(file, tmp_path / "transposed.xlsx", part, swapped), [ENGINE])
    expected = {f"hidden.w[1,{i},{j}]@2" for i in (1, 2, 3) for j in (1, 2, 3) if i != j}
    assert {one.where for one in report.mismatches if one.source == "formula"} == expected
    assert expected & {one.where for one in report.mismatches if one.source == ENGINE}


# -- edited inputs are the reader's right -------------------------------------------------------------------

EDITS = [
    ("学习", "G6", "eta", (), 0.3),
    ("学习", "D10", "hidden.w", (0, 0, 0), -0.75),
    ("Data", "L6", "data.image", (0, 1, 1), 1.0),
]


def edit_id(edit: Any) -> str:
    return str(edit[2])


def replayed(original: Workbook, block: str, index: tuple[int, ...], value: float) -> Values:
    numbers = original.graph.inputs()[block].astype(float)
    numbers[index] = value
    return original.graph.evaluate({block: numbers})


@pytest.mark.parametrize("edit", EDITS, ids=edit_id)
def test_an_edited_input_makes_stored_values_stale_but_the_engine_agrees(
    edit: Any, small_file: Path, original: Workbook, tmp_path: Path
) -> None:
    sheet, cell, block, index, value = edit
    cells = {cell: f'<c r="{cell}"><v>{value}</v></c>'}
    report = verify(edited(small_file, tmp_path / "edited.xlsx", PARTS[sheet], cells), [ENGINE])
    assert {check.source: bool(check.different) for check in report.checks} == {
        "formula": False, "input": False, "stored": True, ENGINE: False,
    }  # fmt: skip
    (one,) = (one for one in report.mismatches if one.where == "hidden.w[1,1,1]@3")
    assert one.got == original.values["hidden.w"][2, 0, 0, 0]
    assert one.expected == replayed(original, block, index, value)["hidden.w"][2, 0, 0, 0]


@pytest.mark.parametrize("edit", EDITS, ids=edit_id)
def test_an_edited_file_without_stored_values_is_ok(
    edit: Any, small_file: Path, original: Workbook, tmp_path: Path
) -> None:
    """openpyxl saves formulas without values; expectation and engine then both start from the new number."""
    sheet, cell, block, index, value = edit
    book = openpyxl.load_workbook(small_file)
    assert book[sheet][cell].value != value
    book[sheet][cell].value = value
    file = tmp_path / "edited.xlsx"
    book.save(file)
    report = verify(file, [ENGINE])
    assert report.ok
    stored = check_of(report, "stored")
    assert stored.unstored == stored.compared == original.formulas
    grid = ENGINES[ENGINE].recalculate(file, {"学习": (110, 300)}, tmp_path)["学习"]
    costs = [grid.get(row, 7) for row in (39, 71, 103)]
    assert abs(costs[2] - original.values["C_T"][2]) > 1e-4
    assert costs == pytest.approx(replayed(original, block, index, value)["C_T"].tolist(), rel=1e-12)


# -- the engines themselves -----------------------------------------------------------------------------------


class Fake(Engine):
    """An engine that hands back what is stored in `path` (or in the copy it is given), after a change."""

    name = "fake"
    install = "install it with: apt install fake"

    def __init__(
        self, path: Path | None = None, change: Callable[[dict[str, Grid]], None] = lambda grids: None
    ) -> None:
        self.path, self.change = path, change

    def installed(self) -> bool:
        return True

    def recalculate(self, path: Path, extents: Any, scratch: Path) -> dict[str, Grid]:
        grids = read_grids(self.path or path, extents)
        self.change(grids)
        return grids


def test_an_engine_that_does_not_recalculate_is_refused(small_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, "fake", Fake())
    with pytest.raises(EngineError, match=r"fake did not recalculate 测试!G23: it returned the false value planted"):
        verify(small_file, ["fake"])


def test_a_missing_engine_says_how_to_install_it(small_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake()
    monkeypatch.setitem(ENGINES, "fake", fake)
    monkeypatch.setattr(fake, "installed", lambda: False)
    with pytest.raises(EngineError, match="fake is not installed; install it with: apt install fake"):
        verify(small_file, ["fake"])
    with pytest.raises(EngineError, match="did you mean 'fake'"):
        verify(small_file, ["fakes"])


def put(grids: dict[str, Grid], sheet: str, cell: str, change: Callable[[Any], Any]) -> None:
    row, column = parse_cell(cell)
    value = change(grids[sheet].get(row, column))
    grids[sheet].numbers[row - 1, column - 1] = np.nan
    grids[sheet].put(row, column, value)


@pytest.mark.parametrize(
    ("sheet", "cell", "where", "change"),
    [
        ("学习", "D42", "hidden.w[1,1,1]@2", lambda value: value + 1e-6),
        ("学习", "G103", "C_T@3", lambda value: value - 1e-6),
        ("Data", "O4", "data.number[1]", lambda value: value + 1e-6),
        ("测试", "P16", "test.verdict[2]", lambda value: value + 1e-6),
        ("学习", "O7", "t[1,1]", lambda value: None),
        ("学习", "P43", "hidden.z[2,1]@2", str),
        ("学习", "P43", "hidden.z[2,1]@2", lambda value: Error("#VALUE!")),
        ("学习", "O7", "t[1,1]", bool),
        ("学习", "D42", "hidden.w[1,1,1]@2", lambda value: float("inf")),
    ],
)
def test_an_engine_that_is_wrong_in_one_cell_fails_the_comparison(
    sheet: str,
    cell: str,
    where: str,
    change: Any,
    small_file: Path,
    original: Workbook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ENGINES, "fake", Fake(small_file))
    assert verify(small_file, ["fake"]).ok  # the same engine without the change
    monkeypatch.setitem(ENGINES, "fake", Fake(small_file, partial(put, sheet=sheet, cell=cell, change=change)))
    report = verify(small_file, ["fake"])
    assert check_of(report, "fake").different == 1
    (one,) = report.mismatches
    assert (one.source, one.sheet, one.cell, one.where) == ("fake", sheet, cell, where)
    assert one.expected == value_at(original.values, where)
    assert one.got == change(one.expected if where[0] != "t" else float(one.expected))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["no-such-program-here"], "cannot be started"),
        ([sys.executable, "-c", "print('boom'); raise SystemExit(3)"], "failed with code 3: boom"),
        ([sys.executable, "-c", "import time; time.sleep(60)"], "took more than 0.5 s"),
    ],
)
def test_an_engine_that_fails_is_an_error(
    command: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "TIME_LIMIT", 0.5)
    with pytest.raises(EngineError, match=message):
        base.run("fake", command, tmp_path)


# -- refused at the build --------------------------------------------------------------------------------------

ROWS_DOWN = "row = [1, 0], col = [0, 1]"
ROWS_ACROSS = "row = [0, 1], col = [1, 0]"


def square_recipe(folder: Path, turned: tuple[str, ...] | None = None) -> Path:
    """4-4 with pictures of 3x3, stacked; or on the page of 4-4 with the blocks in `turned` transposed."""
    start = {"hidden.w": 27, "hidden.b": 3, "output.w": 6, "output.b": 2}
    numbers = {name: [round(0.3 * (-1) ** i + 0.01 * i, 3) for i in range(count)] for name, count in start.items()}
    recipe = (home("templates") / "4-4.toml").read_text("utf-8").partition("[start]")[0]
    recipe = recipe.replace("appendix_a.csv", "square.csv")
    layout = "stacked" if turned is None else "square.toml"
    recipe = recipe.replace('layout = "4-4"', f'layout = "{layout}"')
    recipe += "[start]\n" + "".join(f'"{name}" = {value}\n' for name, value in numbers.items())
    recipe += '[test]\nimages = ["110/011/010", "111/101/111"]\n'
    (folder / "square.csv").write_text("label,pixels\n0,111/101/110\n1,010/110/001\n0,011/101/111\n", "utf-8")
    (folder / "square-recipe.toml").write_text(recipe, "utf-8")
    page = (home("templates") / "layouts" / "4-4.toml").read_text("utf-8")
    for name in turned or ():
        line = next(line for line in page.splitlines() if line.startswith(f'"{name}" = '))
        assert ROWS_DOWN in line
        page = page.replace(line, line.replace(ROWS_DOWN, ROWS_ACROSS))
    (folder / "square.toml").write_text(page, "utf-8")
    return folder / "square-recipe.toml"


@pytest.mark.parametrize("turned", [("hidden.w",), ("x",)])
def test_a_transposed_square_weight_block_is_refused(turned: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"hidden\.z: cannot multiply hidden\.w \(.*\) by x \(.*same way"):
        build(square_recipe(tmp_path, turned), epochs=2).save(tmp_path / "a.xlsx")
    assert not list(tmp_path.glob("*a.xlsx*"))


@pytest.mark.parametrize("turned", [(), ("hidden.w", "x")])
def test_square_blocks_that_lie_the_same_way_are_right(turned: tuple[str, ...], tmp_path: Path) -> None:
    assert verify(build(square_recipe(tmp_path, turned), epochs=2).save(tmp_path / "a.xlsx"), [ENGINE]).ok


@pytest.mark.parametrize("formula", ["SINH({z})", "1/(1+_xlfn.SIGMOID({z}))", "let({z})"])
def test_a_function_off_the_list_is_refused(formula: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sigmoid = ACTIVATIONS["sigmoid"]
    other = replace(sigmoid, formula=formula)
    monkeypatch.setitem(ACTIVATIONS, "sigmoid", other)
    name = re.search(r"[\w.]+(?=\(\{z)", formula)[0]  # type: ignore[index]
    with pytest.raises(FormulaError, match=rf"hidden\.a: {re.escape(name)} is not on the list"):
        build("4-4", pages=(), epochs=1).save(tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


# -- training that magnifies the last digit --------------------------------------------------------------------


def oscillating(folder: Path, epochs: int, seed: int, spread: float) -> Workbook:
    """Random labels and a large learning rate: the engines drift apart, as any two programs would."""
    dice = random.Random(seed)
    rows = [
        f"{dice.randrange(2)},{'/'.join(''.join(dice.choice('01') for _ in range(3)) for _ in range(3))}\n"
        for _ in range(16)
    ]
    recipe = square_recipe(folder)
    (folder / "square.csv").write_text("label,pixels\n" + "".join(rows), "utf-8")
    weights = [round(dice.uniform(-spread, spread), 3) for _ in range(27)]
    text = re.sub(r'("hidden.w" = ).*', rf"\g<1>{weights}", recipe.read_text("utf-8"))
    recipe.write_text(text, "utf-8")
    return build(recipe, epochs=epochs, eta=5, pages=())


def test_oscillating_training_is_ok_by_the_scaled_tolerance(tmp_path: Path) -> None:
    report = verify(oscillating(tmp_path, 60, 2, 1.0).save(tmp_path / "wild.xlsx"), [ENGINE])
    assert report.ok
    assert check_of(report, ENGINE).scaled > 0


def test_oscillating_training_hides_no_poison(tmp_path: Path) -> None:
    book = oscillating(tmp_path, 60, 5, 1.0)
    cell = [cell for cell in book.cells() if cell.block == "C_T"][-1]
    assert cell.value > 1
    address = cell_name(cell.row, cell.column)
    part = f"xl/worksheets/sheet{[sheet.name for sheet in book.layout.sheets].index(cell.sheet) + 1}.xml"
    poison = {address: f'<c r="{address}"><f>{{f}}</f><v>0</v></c>'}
    report = verify(edited(book.save(tmp_path / "wild.xlsx"), tmp_path / "a.xlsx", part, poison), [])
    assert [(one.source, one.cell) for one in report.mismatches] == [("stored", address)]
