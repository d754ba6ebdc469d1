"""The file: stored values bit for bit, readable by others, the same bytes twice, proved by every engine."""

from __future__ import annotations

import hashlib
import subprocess

import numpy as np
import pandas
import pytest
from conftest import BOOK, RECIPES, demanded, sheetnn, short
from openpyxl import load_workbook
from openpyxl.worksheet.formula import ArrayFormula

import sheetnn as package
from sheetnn.address import cell_name
from sheetnn.portable import FUNCTIONS, check_formula
from sheetnn.verifier import verify
from sheetnn.workbook import build


@pytest.fixture(scope="module", params=RECIPES)
def saved(request, tmp_path_factory):
    book = short(request.param)
    return book, book.save(tmp_path_factory.mktemp("saved") / f"{request.param}.xlsx")


def test_openpyxl_reads_every_value_bit_for_bit(saved):
    book, path = saved
    values, formulas = load_workbook(path, data_only=True), load_workbook(path)
    count = 0
    for cell in book.cells():
        address = cell_name(cell.row, cell.column)
        assert values[cell.sheet][address].value == cell.value, address
        shown = formulas[cell.sheet][address].value
        if isinstance(shown, ArrayFormula):
            shown = f"{{{shown.ref}}}{shown.text[1:]}"
            assert shown == cell.formula
        else:
            assert shown == (f"={cell.formula}" if cell.formula else cell.value)
        count += 1
    assert count >= book.formulas


def test_pandas_reads_every_value_bit_for_bit(saved):
    book, path = saved
    frames = pandas.read_excel(path, sheet_name=None, header=None)
    for cell in book.cells():
        assert frames[cell.sheet].iat[cell.row - 1, cell.column - 1] == cell.value


@pytest.mark.parametrize("number", [0.30000000000000004, 1 / 3, -5e-324, 1.7976931348623157e308, 123456789.123456789])
def test_typed_numbers_come_back_bit_for_bit(tmp_path, number):
    (tmp_path / "r.toml").write_text(
        f'id = "r"\n[function]\nvariables = ["x"]\nvalue = "x"\ngradient = ["1"]\n'
        f"[training]\neta = 0.1\nepochs = 1\n[start]\nx = {number!r}\n"
    )
    path = build(tmp_path / "r.toml").save(tmp_path / "r.xlsx")
    assert load_workbook(path)["梯度下降法"]["C7"].value == number


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("recipe", BOOK)  # those of the gallery: tests/test_gallery.py
def test_every_recipe_verifies_on_every_engine(engine, recipe, language, tmp_path):
    book = short(recipe, language=language)
    report = verify(book.save(tmp_path / "w.xlsx"), [engine])
    assert report.ok, report.mismatches[:3]
    assert report.formulas == book.formulas
    assert report.checks[-1].compared >= book.formulas  # each cell of an array formula is compared
    assert report.checks[-1].source == engine
    assert report.checks[-1].control


def test_the_whole_of_4_4_verifies_on_every_engine(engine, book, book_file):
    report = verify(book_file, [engine])
    assert report.ok, report.mismatches[:3]
    assert report.formulas == book.formulas == 239_401


def test_two_builds_are_identical(tmp_path):
    def digest(name):
        return hashlib.sha256(build("4-4", epochs=2).save(tmp_path / name).read_bytes()).hexdigest()

    first = digest("a.xlsx")
    sheetnn("build", "4-4", "--epochs", "2", "-o", tmp_path / "b.xlsx")
    assert first == digest("c.xlsx") == hashlib.sha256((tmp_path / "b.xlsx").read_bytes()).hexdigest()


def test_formulas_keep_to_the_portable_list(book):
    for cell in book.cells():
        check_formula(cell.formula, cell.block)
    assert "SIN" not in FUNCTIONS


def test_errors_are_nowhere(book_file):
    workbook = load_workbook(book_file, data_only=True)
    for sheet in workbook.worksheets[:3]:
        for row in sheet.iter_rows():
            assert not any(cell.data_type == "e" for cell in row)


def test_the_library_has_the_same_verbs(tmp_path):
    path = package.build("2-11", pages=()).save(tmp_path / "a.xlsx")
    assert package.verify(path).ok
    assert package.diff(path, path).ok
    assert set(package.__all__) >= {"build", "verify", "diff"}


def test_frame(book):
    frame = book.frame("hidden.w")
    assert frame.index.names == ["epoch", "hidden", "row", "col"]
    assert frame.loc[(2, 1, 1, 1), "hidden.w"] == book.values["hidden.w"][1, 0, 0, 0]
    assert len(frame) == 50 * 36
    with pytest.raises(package.SheetnnError, match=r"did you mean 'hidden\.w'"):
        book.frame("hiden.w")


def test_replay_follows_a_changed_input(book):
    pixels = book.graph.inputs()["data.image"].copy()
    pixels[0, 0, 0] = 0
    again = book.graph.evaluate({"data.image": pixels})
    assert not np.array_equal(again["C_T"], book.values["C_T"])


def test_three_variables_and_another_function(engine, tmp_path):
    (tmp_path / "bowl.toml").write_text(
        'id = "bowl"\n[function]\nvariables = ["u", "v", "w"]\nvalue = "exp(u/3) + v^4/4 - v*w + w^2"\n'
        'gradient = ["exp(u/3)/3", "v^3-w", "2*w-v"]\n'
        "[training]\neta = 0.05\nepochs = 12\nunit_length = true\n[start]\nu = 1\nv = 2\nw = -1\n"
    )
    book = build(tmp_path / "bowl.toml")
    assert verify(book.save(tmp_path / "bowl.xlsx"), [engine]).ok
    steps = np.diff(book.values["position"], axis=0)
    np.testing.assert_allclose(np.sqrt((steps**2).sum(axis=1)), 0.05, rtol=1e-12)


def test_a_false_derivative_is_refused(tmp_path):
    (tmp_path / "r.toml").write_text(
        'id = "r"\n[function]\nvariables = ["x"]\nvalue = "x^2"\ngradient = ["3*x"]\n'
        "[training]\neta = 0.1\nepochs = 5\n[start]\nx = 3\n"
    )
    with pytest.raises(package.SheetnnError, match=r"3\*x.*slope"):
        build(tmp_path / "r.toml")


SAVERS = {
    "libreoffice": ["soffice", "-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx", "--outdir"],
    "gnumeric": ["ssconvert"],
}


@pytest.mark.parametrize("program", SAVERS)
@pytest.mark.parametrize("recipe", ["2-5", "3-5", "4-4", "5-4"])
def test_a_file_saved_by_another_program_is_judged_the_same(program, recipe, tmp_path):
    """Other styles, shared strings, formulas spelt anew: still every formula as generated, every value right."""
    demanded(program)
    book = short(recipe)
    source, target = book.save(tmp_path / "a.xlsx"), tmp_path / "out" / "a.xlsx"
    target.parent.mkdir()
    words = [word.format(profile=(tmp_path / "profile").as_uri()) for word in SAVERS[program]]
    ends = [target.parent, source] if program == "libreoffice" else [source, target]
    subprocess.run([*words, *ends], check=True, capture_output=True)
    report = verify(target)
    assert report.ok, report.mismatches[:3]
    assert report.formulas == book.formulas
