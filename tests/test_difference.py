"""`diff`: what makes two files different, and what does not, whoever wrote them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import sheetnn
from workbooks import Cells, workbook

from sheetnn.difference import KEPT, diff
from sheetnn.errors import SheetnnError
from sheetnn.formulas import same_formula
from sheetnn.reader import Error
from sheetnn.workbook import build

BASE: Cells = {"A1": 1.0, "B1": "text", "A2": True, "B2": "=A1+1", "C5": -2.5}


@pytest.fixture
def pair(tmp_path: Path) -> Any:
    """Two files with BASE, changed on either side; None takes a cell out."""

    def make(left: Cells | None = None, right: Cells | None = None) -> tuple[Path, Path]:
        made = []
        for name, change in (("a", left), ("b", right)):
            cells = {cell: value for cell, value in {**BASE, **(change or {})}.items() if value is not None}
            made.append(workbook(tmp_path / f"{name}.xlsx", Sheet=cells))
        return made[0], made[1]

    return make


def test_equal_files_of_another_program(pair: Any) -> None:
    result = diff(*pair())
    assert result.ok
    assert (result.compared, result.within, result.different, result.differences) == (5, 0, 0, [])


@pytest.mark.parametrize(
    ("left", "right", "kind", "cell", "shown"),
    [
        ({}, {"A1": 1.000000000000001}, "value", "A1", (1.0, 1.000000000000001)),
        ({}, {"C5": 2.5}, "value", "C5", (-2.5, 2.5)),
        ({}, {"B1": "Text"}, "value", "B1", ("text", "Text")),
        ({}, {"A2": False}, "value", "A2", (True, False)),
        ({}, {"A1": "1"}, "type", "A1", (1.0, "1")),
        ({"A1": "1"}, {}, "type", "A1", ("1", 1.0)),
        ({}, {"A2": 1}, "type", "A2", (True, 1.0)),
        ({}, {"B1": "#N/A"}, "type", "B1", ("text", Error("#N/A"))),
        ({}, {"B2": "=A1+2"}, "formula", "B2", ("=A1+1", "=A1+2")),
        ({}, {"B2": "=$A$1+1"}, "formula", "B2", ("=A1+1", "=$A$1+1")),
        ({}, {"B2": 2.0}, "formula", "B2", ("=A1+1", 2.0)),
        ({"A1": "=1"}, {}, "formula", "A1", ("=1", 1.0)),
        ({}, {"C5": None}, "missing", "C5", (-2.5, None)),
        ({"A1": None}, {}, "missing", "A1", (None, 1.0)),
        ({}, {"D9": 0}, "missing", "D9", (None, 0.0)),
        ({"B2": None}, {}, "missing", "B2", (None, "=A1+1")),
    ],
)
@pytest.mark.parametrize("tolerance", [{}, {"rtol": 1e-20, "atol": 1e-20}])
def test_one_cell_differs(
    left: Cells, right: Cells, kind: str, cell: str, shown: Any, tolerance: Any, pair: Any
) -> None:
    result = diff(*pair(left, right), **tolerance)
    assert not result.ok
    (one,) = result.differences
    assert result.different == 1
    assert (one.kind, one.sheet, one.cell) == (kind, "Sheet", cell)
    assert (str(one.a), str(one.b)) == (str(shown[0]), str(shown[1]))
    assert (one.a.__class__ is one.b.__class__) == (
        (kind in ("value", "formula") and shown[1] != 2.0 and cell != "A1") or kind == "value"
    )


@pytest.mark.parametrize(
    ("a", "b", "rtol", "atol", "equal"),
    [
        (1.0, 1.5, 0.0, 0.5, True),  # on the line
        (1.0, 1.5, 0.0, 0.4999999, False),
        (1.5, 1.0, 0.0, 0.4999999, False),
        (8.0, 10.0, 0.2, 0.0, True),  # 0.2 of 10
        (10.0, 8.0, 0.2, 0.0, False),  # 0.2 of 8: of the second file
        (-8.0, -10.0, 0.2, 0.0, True),
        (-1.0, 1.0, 1.0, 0.0, False),
        (8.0, 10.0, 0.1, 1.0, True),  # the sum of both
        (8.0, 10.0, 0.1, 0.9, False),
        (0.0, 1e-300, 0.0, 0.0, False),
        (1.0, 1.0 + 1e-9, 1e-8, 0.0, True),
        (1.0, 1.0 + 1e-9, 1e-10, 0.0, False),
    ],
)
def test_tolerance(a: float, b: float, rtol: float, atol: float, equal: bool, pair: Any) -> None:
    result = diff(*pair({"A1": a}, {"A1": b}), rtol=rtol, atol=atol)
    assert (result.ok, result.within, result.different) == (equal, int(equal), int(not equal))
    assert result.worst == pytest.approx(abs(a - b))
    assert result.worst_at == "Sheet!A1"
    if not equal:
        assert [(one.kind, one.a, one.b) for one in result.differences] == [("value", a, b)]


@pytest.mark.parametrize("right", [{"A1": "1"}, {"A1": True}, {"A1": None}, {"B2": "=A1+1.0001"}, {"B1": "texts"}])
def test_no_tolerance_covers_what_is_no_number(right: Cells, pair: Any) -> None:
    assert diff(*pair({}, right), rtol=1e9, atol=1e9).different == 1


def test_sheets(tmp_path: Path) -> None:
    a = workbook(tmp_path / "a.xlsx", One=BASE, Two=BASE)
    b = workbook(tmp_path / "b.xlsx", Three=BASE, One=BASE)
    result = diff(a, b, rtol=1e9, atol=1e9)
    found = {(one.kind, one.sheet, one.cell, one.a, one.b) for one in result.differences}
    assert found == {("sheet", "Two", "", "present", "missing"), ("sheet", "Three", "", "missing", "present")}
    assert (result.compared, result.different) == (5, 2)


def test_rows_that_only_one_file_has(pair: Any) -> None:
    left = {f"A{row}": row for row in (3, 7, 11, 12)}
    right = {f"A{row}": row for row in (4, 7, 10)}
    result = diff(*pair(left, right))
    assert [(one.cell, one.a, one.b) for one in result.differences] == [
        ("A3", 3, None), ("A4", None, 4), ("A10", None, 10), ("A11", 11, None), ("A12", 12, None),
    ]  # fmt: skip


def test_many_differences_are_all_counted(tmp_path: Path) -> None:
    numbers = {f"A{row}": 0 for row in range(1, KEPT + 8)}
    a = workbook(tmp_path / "a.xlsx", Sheet=numbers)
    b = workbook(tmp_path / "b.xlsx", Sheet=dict.fromkeys(numbers, 1))
    result = diff(a, b)
    assert (result.different, len(result.differences)) == (KEPT + 7, KEPT)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("SUM(A1:B2)", "sum( a1:b2 )", True),
        ("'学习'!D74", "学习!D74", True),
        ("_xlfn.CONCAT(A1)", "CONCAT(A1)", True),
        ("@A1+1", "A1+1", True),
        ("A1+1", "A1+2", False),
        ("A1", "$A$1", False),
        ('IF(A1="b",1,0)', 'IF(A1="B",1,0)', False),
        ('IF(A1="a b",1,0)', 'IF(A1="ab",1,0)', False),
        ("'a b'!A1", "'ab'!A1", False),
        ("", "A1", False),
        ("Data!K5", "'Data'!K5", True),
    ],
)  # fmt: skip
def test_respelled_formulas(one: str, other: str, same: bool) -> None:
    assert same_formula(one, other) == same_formula(other, one) == same


def test_a_file_saved_by_another_program_differs_in_stored_values_alone(small_file: Path, tmp_path: Path) -> None:
    """openpyxl drops the stored values and keeps everything else, in another spelling of the package."""
    openpyxl.load_workbook(small_file).save(tmp_path / "again.xlsx")
    result = diff(small_file, tmp_path / "again.xlsx")
    assert {(one.kind, one.b) for one in result.differences} == {("type", None)}
    assert result.different == build("4-4", pages=(), epochs=3).formulas


# -- the command line ------------------------------------------------------------------------------------------


def run(*words: Any) -> tuple[int, str, str]:
    done = sheetnn("diff", *map(str, words))
    return done.returncode, done.stdout, done.stderr


def test_identical_files(small_file: Path, tmp_path: Path) -> None:
    copy = shutil.copy(small_file, tmp_path / "copy.xlsx")
    code, out, err = run(small_file, copy)
    assert (code, err) == (0, "")
    assert " 0 different" in out


def test_one_changed_value_is_named(pair: Any) -> None:
    code, out, err = run(*pair({}, {"C5": -2.25}))
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "Sheet!C5: value: -2.5 | -2.25",
        "5 cells compared, 0 within tolerance, 1 different, largest difference 0.25 at Sheet!C5",
    ]


@pytest.mark.parametrize(
    ("right", "says"),
    [
        ("1", "Sheet!A1: type: 1.0 (number) | 1 (text)"),
        (True, "Sheet!A1: type: 1.0 (number) | True (logical)"),
        (2.0, "Sheet!A1: value: 1.0 | 2.0"),
    ],
)
@pytest.mark.parametrize("words", [[], ["--format", "markdown"]])
def test_types_are_named_where_they_differ(right: Any, says: str, words: list[str], pair: Any) -> None:
    code, out, _ = run(*pair(right={"A1": right}), *words)
    assert code == 1
    for part in says.partition(": ")[2].partition(": ")[2].split(" | ") if words else [says]:
        assert part in out
    assert ("(number)" in out) == ("(number)" in says)


def test_formula_and_sheet_are_named(tmp_path: Path) -> None:
    a = workbook(tmp_path / "a.xlsx", One=BASE, Two=BASE)
    b = workbook(tmp_path / "b.xlsx", One={**BASE, "B2": "=A1+2"})
    code, out, _ = run(a, b)
    assert code == 1
    assert out.splitlines()[:2] == ["One!B2: formula: =A1+1 | =A1+2", "Two: sheet: present | missing"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--atol", "0.25"], 0),
        (["--atol", "0.24"], 1),
        (["--rtol", "0.125"], 0),
        (["--rtol", "0.12"], 1),
        (["--rtol", "0.1", "--atol", "0.05"], 0),
    ],
)
def test_tolerance_on_the_command_line(words: list[str], code: int, pair: Any) -> None:
    found, out, err = run(*words, *pair({"A1": 1.75}, {"A1": 2.0}))
    assert (found, err) == (code, "")
    assert f"{1 - code} within tolerance, {code} different" in out


@pytest.mark.parametrize("name", ["rtol", "atol"])
@pytest.mark.parametrize("value", ["nan", "-1", "inf", "-1e-300"])
def test_a_bad_tolerance(name: str, value: str, pair: Any) -> None:
    files = pair()
    with pytest.raises(SheetnnError, match=f"{name} is .*expected a number of at least 0"):
        diff(*files, **{name: float(value)})
    code, out, err = run(f"--{name}", value, *files)
    assert (code, out) == (2, "")
    assert err == f"sheetnn: {name} is {float(value)}; expected a number of at least 0\n"


@pytest.mark.parametrize("tolerance", ["0", "1e-6"])
def test_json(tolerance: str, pair: Any) -> None:
    files = pair({}, {"A1": 1.0 + 1e-9, "B1": 3})
    code, out, err = run("--json", "--atol", tolerance, *files)
    assert (code, err) == (1, "")
    table = json.loads(out)
    differences = table.pop("differences")
    near = tolerance != "0"
    assert table == {
        "schema": "sheetnn.diff/1",
        "version": 1,
        "ok": False,
        "a": str(files[0]),
        "b": str(files[1]),
        "sheets": [],
        "ignore": [],
        "rtol": 0.0,
        "atol": float(tolerance),
        "values_only": False,
        "formulas_only": False,
        "compared": 5,
        "within": int(near),
        "different": 1 if near else 2,
        "worst": pytest.approx(1e-9, rel=1e-6),
        "worst_at": "Sheet!A1",
        "modelled": False,
        "unexplained": 0,
        "causes": [],
        "blocks": [],
    }
    rest = {"formula": "", "part": "", "block": "", "name": "", "name_b": ""}
    value = {"kind": "value", "sheet": "Sheet", "cell": "A1", "a": 1.0, "b": 1.0 + 1e-9, **rest}
    text = {"kind": "type", "sheet": "Sheet", "cell": "B1", "a": "text", "b": 3.0, **rest}
    assert differences == ([text] if near else [value, text])


def test_json_of_equal_files(pair: Any) -> None:
    code, out, err = run(*pair(), "--json")
    assert (code, err) == (0, "")
    table = json.loads(out)
    assert (table["schema"], table["ok"], table["compared"], table["different"]) == (
        "sheetnn.diff/1",
        True,
        5,
        0,
    )
    assert table["differences"] == []


def test_an_error_value_in_json_is_its_text(pair: Any) -> None:
    (one,) = json.loads(run("--json", *pair({}, {"B1": "#N/A"}))[1])["differences"]
    assert (one["a"], one["b"]) == ("text", "#N/A")
