"""Small ways to go wrong that once went unseen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import sheetnn

from sheetnn.data import home
from sheetnn.errors import RecipeError, SheetnnError
from sheetnn.expression import Expression
from sheetnn.model import from_recipe
from sheetnn.portable import check_formula
from sheetnn.recipe import parse, read_toml
from sheetnn.workbook import Workbook, build


def recipe(**changes):
    return parse({**build("4-4", epochs=1).recipe.model_dump(), **changes}, "test")


def model(tmp_path: Path, page: str | None = None, **changes):
    if page is not None:
        (tmp_path / "p.toml").write_text(page, "utf-8")
        changes["layout"] = "p.toml"
        for name in ("appendix_a.csv",):
            (tmp_path / name).write_bytes((home("data") / name).read_bytes())
    return from_recipe(recipe(**changes), tmp_path if page is not None else home("data"), "zh")


def test_a_transposed_start_is_refused(tmp_path):
    start = {**build("4-4").recipe.start, "output.w": [[1, 2], [3, 4], [5, 6]]}
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
        ("epoch = [32, 0]", "epoch = [32]", "cannot be read"),
        ("epoch = [32, 0]", "epoch = 5", "cannot be read"),
        ('freeze = "L9"', 'freze = "L9"', "unknown key 'freze'.*did you mean 'freeze'"),
        ('style = "title"', 'style = "titel"', "style 'titel' is not known.*did you mean 'title'"),
        ('"eta" = { at', '"etta" = { at', "places 'etta'.*did you mean 'eta'"),
        ('"eta" = { at = "G6"', '"eta" = { role = "rat", at = "G6"', "role 'rat'.*did you mean 'rate'"),
        ('"eta" = { at = "G6"', '"eta" = { outline = "thik", at = "G6"', "outline 'thik'"),
        ('text = "C"', "text = []", "neither a text nor a number"),
        ('{ at = "L10", width = 4, keys', '{ at = "L10", width = 0, keys', "band of width 0"),
        ('{ at = "B1",', '{ at = "B1048577",', "labels reach row 1,048,577"),
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
    import zipfile

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
    import json

    (report,) = json.loads(done.stdout)["reports"]
    assert "hidden.w.grad[1,1,1]@1" in {one["where"] for one in report["mismatches"]}
