"""Small ways to go wrong that once went unseen."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import sheetnn

from sheetnn.data import home
from sheetnn.errors import RecipeError, SheetnnError
from sheetnn.expression import Expression
from sheetnn.model import from_recipe
from sheetnn.portable import check_formula
from sheetnn.recipe import parse, read_toml
from sheetnn.verifier import verify
from sheetnn.workbook import Workbook, build


def recipe(**changes):
    return parse({**build("4-4", pages=(), epochs=1).recipe.model_dump(), **changes}, "test")


def model(tmp_path: Path, page: str | None = None, **changes):
    if page is not None:
        (tmp_path / "p.toml").write_text(page, "utf-8")
        changes["layout"] = "p.toml"
        for name in ("appendix_a.csv",):
            (tmp_path / name).write_bytes((home("data") / name).read_bytes())
    return from_recipe(recipe(**changes), tmp_path if page is not None else home("data"), "zh")


def test_a_transposed_start_is_refused(tmp_path):
    start = {**build("4-4", pages=()).recipe.start, "output.w": [[1, 2], [3, 4], [5, 6]]}
    with pytest.raises(RecipeError, match=r"'output\.w' is 3x2; expected 2x3 numbers"):
        model(tmp_path, start=start)


@pytest.mark.parametrize("pixel", ["1e19", "1e308", "0.5"])
def test_a_large_pixel_is_a_number(tmp_path, pixel):
    from sheetnn.data import picture

    assert picture(f"{pixel} 1/0 1", "here")[0][0] == float(pixel)


PAGE = (home("templates") / "layouts" / "4-4.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("epoch = [32, 0]", "epoch = [32]", r"line \d+: epoch: expected \[rows down, columns right\]"),
        ("epoch = [32, 0]", "epoch = 5", r"epoch: expected \[rows down, columns right\].*found 5"),
        ('freeze = "L9"', 'freze = "L9"', r"sheets\[2\]\.freze: unknown key.*did you mean 'freeze'"),
        ('style = "title"', 'style = "titel"', "style: expected one of .*found 'titel'.*did you mean 'title'"),
        ('"eta" = { at', '"etta" = { at', "no block 'etta'.*did you mean 'eta'"),
        ('"eta" = { at = "G6"', '"eta" = { role = "rat", at = "G6"', "eta.role: .*found 'rat'.*did you mean 'rate'"),
        ('"eta" = { at = "G6"', '"eta" = { outline = "thik", at = "G6"', "outline: .*'thik'.*did you mean 'thick'"),
        ('text = "C"', "text = []", "expected a text or a number"),
        ('{ at = "L10", width = 4, keys', '{ at = "L10", width = 0, keys', "band.width: expected .*found 0"),
        ('{ at = "B1",', '{ at = "B1048577",', "labels.1..at: expected a cell .*found 'B1048577'"),
        ('"eta" = { at = "G6"', '"t" = { at = "O7", image = [0, 4], output = [-9, 0] }\n"eta" = { at = "G6"', "TOML"),
        ("output = [1, 0] }\n\"eta\"", "output = [-9, 0] }\n\"eta\"", "above or left"),
    ],
)  # fmt: skip
def test_a_page_of_ones_own_is_checked(tmp_path, old, new, says):
    assert old in PAGE
    with pytest.raises(SheetnnError, match=says):
        model(tmp_path, PAGE.replace(old, new, 1))


@pytest.mark.parametrize("images", [[], ["010/101/101/101"]])
def test_the_book_page_takes_any_number_of_test_pictures(tmp_path, images):
    changes = {"test": {"images": images}} if images else {"test": None}
    book = Workbook(model(tmp_path, **changes))
    assert [sheet.id for sheet in book.layout.sheets] == ["data", "train", "test"][: 3 if images else 2]
    assert list(book.cells())


def test_a_huge_number_in_an_expression_is_refused():
    with pytest.raises(RecipeError, match="cannot be read"):
        Expression.parse("x*" + "9" * 400, ("x",))


def test_output_that_cannot_be_written_is_trouble():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sheetnn", "list"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert "unexpected" not in done.stderr


def test_a_formula_too_long_for_a_cell_is_refused():
    check_formula("A1+" * 2000 + "1", "z")
    with pytest.raises(SheetnnError, match="8,192"):
        check_formula("A1+" * 3000 + "1", "z")


def test_every_layout_in_the_package_reads():
    for path in (home("templates") / "layouts").glob("*.toml"):
        assert read_toml(path)["sheets"]


def test_a_report_keeps_where_the_fault_began(small_file, tmp_path):
    """A false key in the row of heads moves thousands of cells; the first of them is still named."""
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(small_file) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet2.xml":
                head = b'<c r="L10" s="'
                at = data.index(head)
                end = data.index(b"</c>", at)
                data = data[:at] + data[at:end].replace(b"<v>1</v>", b"<v>7</v>") + data[end:]
            target.writestr(name, data)
    done = sheetnn("verify", bad, "--json")
    assert done.returncode == 1
    (report,) = json.loads(done.stdout)["reports"]
    assert "hidden.w.grad[1,1,1]@1" in {one["where"] for one in report["mismatches"]}


def page_of(tmp_path: Path, text: str) -> Workbook:
    (tmp_path / "r.toml").write_text('id = "r"\n' + text, "utf-8")
    return build(tmp_path / "r.toml")


def test_a_verdict_by_lookup_holds_in_any_layout(engine, tmp_path):
    table = build("5-4").recipe.model_dump(mode="json") | {"layout": "stacked"}
    table["test"] = {
        "images": ["001110/000100/000100/000100/000100/001110", "001100/010010/000010/000110/010010/001100"]
    }
    book = Workbook(from_recipe(parse(table, "test"), home("data"), "en"))
    assert book.values["test.verdict"].tolist() == [1, 3]
    report = verify(book.save(tmp_path / "a.xlsx"), [engine])
    assert report.ok, report.mismatches[:3]


IF_ONLY = """
[[blocks]]
name = "x"
values = [1, 2, 3]
axes = ["case"]

[[blocks]]
name = "limit"
values = 2

[[blocks]]
name = "y"
op = "step"
args = ["x", "limit"]
axes = ["case"]
"""


def test_a_page_of_nothing_but_verdicts_is_proved_too(tmp_path):
    path = page_of(tmp_path, IF_ONLY).save(tmp_path / "a.xlsx")
    good = verify(path)
    assert [check.source for check in good.checks] == ["formula", "input", "stored", "ironcalc"]
    assert good.ok
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"</f><v>1</v>", b"</f><v>42</v>"))
    assert not verify(bad).ok


BLOCK = '[[blocks]]\nname = "m"\nvalues = [[1, 2], [3, 4], [5, 6]]\naxes = ["i", "j"]\n[[blocks]]\nname = "b"\n'


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('op = "transpose"\nargs = ["m"]\naxes = ["i", "j"]', r"gives \(2, 3\), its axes ask for \(3, 2\)"),
        ('op = "matrix-product"\nargs = ["m", "m"]\naxes = ["i", "j"]', "block b"),
        ('op = "add"\nargs = ["m"]\naxes = ["i", "j"]', "has 1 argument; expected 2"),
        ('op = "sigmoid"\nargs = ["m"]\naxes = ["i", "j"]\noptions = { strid = 1 }', "option 'strid' is not known"),
        ('op = "sigmoidd"\nargs = ["m"]', "did you mean 'sigmoid'"),
        ('op = "copy"\nargs = ["mm"]', "did you mean 'm'"),
        ('op = "copy"\nargs = ["m"]\naxes = ["i", "j"]\nrole = "zzz"', "role 'zzz' is not known"),
        ('op = "sum"\nargs = ["m"]\naxes = ["i"]\noptions = { over = ["k"] }', "axis 'k' is not known"),
        (
            'op = "pool"\nargs = ["m"]\noptions = { method = "max", layer = "p", over = ["i", "j"], size = [2, 2] }',
            "do not divide 3x2",
        ),
        (
            'op = "pool"\nargs = ["m"]\noptions = { method = "min", layer = "p", over = ["i", "j"], size = [3, 2] }',
            "method 'min' is not known; expected max, average, l2",
        ),
        (
            'op = "verdict"\nargs = ["m"]\naxes = ["i"]\noptions = { classes = [1, 2, 3], axis = "j" }',
            "3 classes for 2 outputs",
        ),
        (
            'op = "expression"\nargs = ["m"]\naxes = ["i", "j"]\n'
            'options = { expression = "x+y", variables = ["x", "y"] }',
            "2 variables for 1 argument",
        ),
        ("role = \"plain\"", "neither op nor values"),
    ],
)  # fmt: skip
def test_a_block_that_does_not_fit_is_refused(tmp_path, entry, says):
    with pytest.raises(RecipeError, match=says):
        page_of(tmp_path, BLOCK + entry)


@pytest.mark.parametrize(
    ("solve", "says"),
    [
        ({"cost": "C", "change": ["hidden.w"]}, "not one computed number"),
        ({"cost": "C_T", "change": ["hidden.z"]}, "it is computed"),
        ({"cost": "C_TT", "change": ["hidden.w"]}, "did you mean 'C_T'"),
    ],
)
def test_solve_names_what_it_cannot_do(tmp_path, solve, says):
    from sheetnn.solver import solve as find

    (tmp_path / "r.toml").write_text((home("templates") / "3-5.toml").read_text("utf-8"), "utf-8")
    text = (tmp_path / "r.toml").read_text("utf-8")
    names = ", ".join(f'"{name}"' for name in solve["change"])
    (tmp_path / "r.toml").write_text(text + f'\n[solve]\ncost = "{solve["cost"]}"\nchange = [{names}]\n', "utf-8")
    with pytest.raises(RecipeError, match=says):
        find(tmp_path / "r.toml")


def test_solve_refuses_a_workbook_whose_formulas_were_changed(tmp_path):
    from openpyxl import load_workbook

    path = build("3-4").save(tmp_path / "a.xlsx")
    workbook = load_workbook(path)
    workbook.worksheets[0]["D12"] = "=B12*2"
    workbook.save(path)
    done = sheetnn("solve", path, "-o", tmp_path / "b.xlsx")
    assert done.returncode == 2
    assert "D12" in done.stderr
    assert done.stdout == ""


def test_formulas_that_are_not_of_the_model_are_counted(tmp_path):
    from openpyxl import load_workbook

    path = build("2-11", pages=()).save(tmp_path / "a.xlsx")
    workbook = load_workbook(path)
    workbook.worksheets[0]["K3"] = "=1+1"
    workbook.create_sheet("mine")["A1"] = "=2+2"
    workbook.save(path)
    report = verify(path)
    assert (report.ok, report.extra) == (True, 2)
    workbook["mine"]["A2"] = "=NOSUCH(1)"
    workbook.worksheets[0]["B1"] = "=SINH(1)"  # in the place of a label
    workbook.save(path)
    report = verify(path)
    assert (report.ok, report.extra) == (False, 4)
    assert {(one.sheet, one.cell) for one in report.mismatches} == {("mine", "A2"), ("梯度下降法", "B1")}


def test_a_power_of_zero_is_refused():
    with pytest.raises(RecipeError, match="write 1"):
        Expression.parse("x^0+x", ("x",))


def test_a_right_derivative_of_a_large_function_is_taken(tmp_path):
    text = '[function]\nvariables = ["x"]\nvalue = "x^2+1e10"\ngradient = ["2*x"]\n'
    assert page_of(tmp_path, text + "[training]\neta = 0.1\nepochs = 2\n[start]\nx = 3\n").formulas == 7


def test_two_stacked_convolutions_have_the_right_gradient(engine, tmp_path):
    """Against central differences; pixels that are not 0 and 1, so that nothing ties."""
    table = build("5-6", pages=(), epochs=2).recipe.model_dump(mode="json")
    second = {"name": "deep", "kind": "convolution", "filters": 2, "size": [2, 2], "activation": "tanh"}
    pool = {"name": "pool", "kind": "pooling", "method": "average", "size": [3, 3]}
    table["layers"] = [table["layers"][0], second, pool, table["layers"][2]]
    table |= {"layout": "stacked", "blocks": [], "start": {}, "random": {"seed": 3, "sd": 0.5}, "test": None}
    book = Workbook(from_recipe(parse(table, "test"), home("data"), "en"))
    values = book.values
    for name in ("conv.w", "conv.b", "deep.w", "deep.b", "output.w"):
        start = book.graph.inputs()[name]
        for index in list(np.ndindex(start.shape))[::4]:
            cost = []
            for sign in (1, -1):
                moved = start.copy()
                moved[index] += sign * 1e-6
                cost.append(float(book.graph.evaluate({name: moved})["C_T"][0]))
            assert values[f"{name}.grad"][0][index] == pytest.approx((cost[0] - cost[1]) / 2e-6, rel=1e-4, abs=1e-6)
    assert verify(book.save(tmp_path / "deep.xlsx"), [engine]).ok


def test_all_takes_epochs_where_there_are_any(tmp_path):
    done = sheetnn("build", "--all", "--epochs", "2", "--no-pages", cwd=tmp_path)
    assert done.returncode == 0
    assert "4-4.xlsx: 10,585 formulas" in done.stdout


def test_a_type_checker_sees_the_public_names_alone():
    import sheetnn as package

    assert {"build", "verify", "diff", "solve"} <= set(dir(package))
    with pytest.raises(AttributeError):
        package.biuld  # noqa: B018


def test_three_classes_have_a_verdict_without_a_block_for_it(engine, tmp_path):
    table = build("5-6", pages=(), epochs=2).recipe.model_dump(mode="json") | {"blocks": [], "layout": "stacked"}
    book = Workbook(from_recipe(parse(table, "test"), home("data"), "en"))
    outputs = book.values["test.output.a"]
    assert book.values["test.verdict"].tolist() == [1 + int(outputs[0].argmax())]
    assert verify(book.save(tmp_path / "a.xlsx"), [engine]).ok
