"""The options of `diff`: what is compared, what is left out, how much is told, and the exit code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from conftest import sheetnn
from workbooks import edited, workbook

from sheetnn.difference import diff
from sheetnn.errors import FileError, SheetnnError
from sheetnn.selection import Area, select

ROOT = Path(__file__).parent.parent


def run(*words: Any) -> tuple[int, str, str]:
    done = sheetnn("diff", *map(str, words))
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two files that differ in a value, a formula, a type, and a cell that one lacks, on two sheets."""
    a = workbook(
        tmp_path / "a.xlsx",
        One={"A1": 1.0, "B2": "=A1+1", "C3": "x", "D4": 4.0, "E5": 5.0},
        **{"My Sheet": {"A1": 1.0, "B9": 2.0, "C10": 3.0}},
    )
    b = workbook(
        tmp_path / "b.xlsx",
        One={"A1": 1.5, "B2": "=A1+2", "C3": 3.0, "D4": 4.0},
        **{"My Sheet": {"A1": 2.0, "B9": 2.0, "C10": 4.0}},
    )
    return a, b


def cells(result: Any) -> list[str]:
    return [one.where for one in result.differences]


ALL = ["One!A1", "One!B2", "One!C3", "One!E5", "My Sheet!A1", "My Sheet!C10"]


def test_everything_without_options(pair: Any) -> None:
    result = diff(*pair)
    assert cells(result) == ALL
    assert (result.compared, result.different, result.worst, result.worst_at) == (8, 6, 1.0, "My Sheet!A1")


def test_values_only(tmp_path: Path) -> None:
    a = workbook(tmp_path / "a.xlsx", S={"A1": 1.0, "B2": "=A1+1", "C3": "=A1", "D4": 3.0, "E5": 1.0})
    b = workbook(tmp_path / "b.xlsx", S={"A1": 2.0, "B2": "=A1+2", "C3": 5.0, "D4": 3.0})
    result = diff(a, b, values_only=True)
    # the formulas of openpyxl store no values: B2 has none in either file, C3 none in the first
    assert [(one.cell, one.kind, one.a, one.b) for one in result.differences] == [
        ("A1", "value", 1.0, 2.0), ("C3", "missing", None, 5.0), ("E5", "missing", 1.0, None),
    ]  # fmt: skip
    assert result.compared == 4


def test_a_typed_number_and_a_formula_of_the_same_value_are_the_same_value(small_file: Path, tmp_path: Path) -> None:
    b = edited(small_file, tmp_path / "b.xlsx", "学习", {"D42": ("1+1", None)})
    assert diff(small_file, b, values_only=True).ok
    assert cells(diff(small_file, b)) == ["学习!D42"]
    c = edited(small_file, tmp_path / "c.xlsx", "学习", {"D42": (None, "77")})
    assert cells(diff(small_file, c, values_only=True)) == ["学习!D42"]
    assert diff(small_file, c, formulas_only=True).ok


def test_formulas_only(pair: Any, tmp_path: Path) -> None:
    result = diff(*pair, formulas_only=True)
    assert [(one.where, one.kind, one.a, one.b) for one in result.differences] == [
        ("One!B2", "formula", "=A1+1", "=A1+2")
    ]
    assert result.compared == 1
    a = workbook(tmp_path / "a.xlsx", S={"A1": 1.0, "B2": "=A1+1"})
    b = workbook(tmp_path / "b.xlsx", S={"A1": "=1", "B2": 2.0})
    assert [(one.cell, one.kind, one.a, one.b) for one in diff(a, b, formulas_only=True).differences] == [
        ("A1", "missing", None, "=1"), ("B2", "missing", "=A1+1", None),
    ]  # fmt: skip


@pytest.mark.parametrize("option", ["--values-only", "--formulas-only"])
def test_either_alone_on_the_command_line(option: str, pair: Any) -> None:
    code, out, err = run(*pair, option)
    assert (code, err) == (1, "")
    assert ("One!A1" in out, "One!B2" in out) == ((True, False) if option == "--values-only" else (False, True))


def test_both_exclude_each_other(pair: Any) -> None:
    code, out, err = run(*pair, "--values-only", "--formulas-only")
    assert (code, out) == (2, "")
    assert err == "sheetnn: values only and formulas only exclude each other; leave one out\n"


@pytest.mark.parametrize(
    ("sheets", "left"), [(["One"], ALL[:4]), (["My Sheet"], ALL[4:]), (["My Sheet", "One"], ALL)]
)
def test_sheet(sheets: list[str], left: list[str], pair: Any) -> None:
    assert cells(diff(*pair, sheets=sheets)) == left
    code, out, _ = run(*pair, *(word for sheet in sheets for word in ("--sheet", sheet)))
    assert code == 1
    assert [line.split(":")[0] for line in out.splitlines()[:-1]] == left


@pytest.mark.parametrize(
    ("ignored", "gone"),
    [
        (["One!A1"], ["One!A1"]),
        (["One!$A$1"], ["One!A1"]),
        (["one!A1"], None),
        (["'One'!B2:C3"], ["One!B2", "One!C3"]),
        (["One!c3:b2"], ["One!B2", "One!C3"]),
        (["One!A:B"], ["One!A1", "One!B2"]),
        (["One!2:3"], ["One!B2", "One!C3"]),
        (["One!E:E", "One!1:1"], ["One!A1", "One!E5"]),
        (["One"], ALL[:4]),
        (["'My Sheet'!A1:B9"], ["My Sheet!A1"]),
        (["My Sheet!A1:B9"], ["My Sheet!A1"]),
        (["'My Sheet'!C:C"], ["My Sheet!C10"]),
        (["'My Sheet'"], ALL[4:]),
        (["One!A1:XFD1048576", "'My Sheet'!1:9", "'My Sheet'!C10"], ALL),
        (["One!D4", "One!B1", "'My Sheet'!A2:Z8"], []),
    ],
)
def test_ignore(ignored: list[str], gone: list[str] | None, pair: Any) -> None:
    if gone is None:
        with pytest.raises(SheetnnError, match=r"neither file has a sheet 'one'.*did you mean 'One'"):
            diff(*pair, ignore=ignored)
        return
    result = diff(*pair, ignore=ignored)
    assert cells(result) == [cell for cell in ALL if cell not in gone]
    assert result.ok == (gone == ALL)


def test_ignore_on_the_command_line(pair: Any) -> None:
    code, out, err = run(*pair, "--ignore", "'My Sheet'!A1:C10", "--ignore", "One!A1:C3")
    assert (code, err) == (1, "")
    assert out.splitlines()[0] == "One!E5: missing: 5.0 | nothing"
    code, out, _ = run(*pair, "--ignore", "My Sheet", "--ignore", "One!A1:E5")
    assert (code, out) == (0, "0 cells compared, 0 within tolerance, 0 different\n")


def test_a_sheet_that_one_file_lacks_can_be_ignored(tmp_path: Path) -> None:
    a = workbook(tmp_path / "a.xlsx", S={"A1": 1.0}, Notes={"A1": "mine"})
    b = workbook(tmp_path / "b.xlsx", S={"A1": 1.0})
    assert cells(diff(a, b)) == ["Notes"]
    assert cells(diff(a, b, ignore=["Notes!A1:B2"])) == ["Notes"]
    assert diff(a, b, ignore=["Notes"]).ok
    assert diff(a, b, sheets=["S"]).ok


def test_names_of_sheets_that_look_like_areas() -> None:
    assert select((), ["A!B"], ["A!B"]).ignored == {"A!B": (Area(),)}
    assert select((), ["A!B!C1"], ["A!B"]).ignored == {"A!B": (Area(1, 3, 1, 3),)}
    assert select((), ["'It''s'!A1"], ["It's"]).ignored == {"It's": (Area(1, 1, 1, 1),)}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sheet", "Onne"], "neither file has a sheet 'Onne'; found 'One', 'My Sheet'; did you mean 'One'?"),
        (["--ignore", "MySheet!A1"], "neither file has a sheet 'MySheet'; found 'One', 'My Sheet'; "
                                     "did you mean 'My Sheet'?"),
        (["--max-diffs", "-1"], "max_diffs is -1; expected a number of at least 0"),
        (["--format", "unifed"], "--format 'unifed' is not known; expected text, json, markdown, unified, csv; "
                                 "did you mean 'unified'?"),
        (["--json", "--format", "csv"], "--json and --format 'csv' exclude each other; leave one out"),
        (["--ignore", "One!A0"], "'One!A0': 'A0' is no area; expected A1, A1:B9, A:C or 3:5 after the sheet's name"),
    ],
)  # fmt: skip
def test_refusals(words: list[str], said: str, pair: Any) -> None:
    assert run(*pair, *words) == (2, "", f"sheetnn: {said}\n")


@pytest.mark.parametrize("span", ["A0", "A1:", "A:3", "A", "3", "XFE1", "A1048577", "A1:B", "A1:B2:C3", "x y", ":"])
def test_what_is_no_area(span: str, pair: Any) -> None:
    with pytest.raises(SheetnnError, match=r"is no area; expected A1, A1:B9, A:C or 3:5 after the sheet's name"):
        diff(*pair, ignore=[f"One!{span}"])


def test_a_name_cannot_steer_the_terminal(tmp_path: Path) -> None:
    a = workbook(tmp_path / "a.xlsx", **{"S\x9b31m": {"A1": "\x9b2Jx"}})
    b = workbook(tmp_path / "b.xlsx", **{"S\x9b31m": {"A1": "y\u202e"}})
    for form in ("text", "json", "markdown", "unified", "csv"):
        code, out, err = run(a, b, "--format", form)
        assert code == 1
        assert not set("\x9b\u202e") & set(out + err)
    assert "\x9b" not in run(a, b, "--sheet", "T")[2]


def test_max_diffs(pair: Any) -> None:
    for most in (0, 1, 5, 6, 7):
        result = diff(*pair, max_diffs=most)
        assert cells(result) == ALL[:most]
        assert (result.different, result.compared) == (6, 8)
    code, out, _ = run(*pair, "--max-diffs", "2")
    assert code == 1
    assert [line.split(":")[0] for line in out.splitlines()[:2]] == ALL[:2]
    assert out.splitlines()[2:] == [
        "... and 4 more",
        "8 cells compared, 0 within tolerance, 6 different, largest difference 1 at My Sheet!A1",
    ]


def test_quiet_and_exit_zero(pair: Any, tmp_path: Path) -> None:
    assert run(*pair, "-q") == (1, "", "")
    assert run(pair[0], pair[0], "-q") == (0, "", "")
    code, out, err = run(*pair, "--exit-zero")
    assert (code, err) == (0, "")
    assert "6 different" in out
    assert run(*pair, "-q", "--exit-zero") == (0, "", "")
    code, out, err = run(pair[0], tmp_path / "none.xlsx", "-q", "--exit-zero")
    assert (code, out) == (2, "")
    assert "no such file" in err


@pytest.mark.parametrize(("a", "b", "rtol", "within"), [("1e308", "1", 1.0, False), ("1", "1e308", 1.0, True)])
def test_large_numbers(a: str, b: str, rtol: float, within: bool, small_file: Path, tmp_path: Path) -> None:
    one = edited(small_file, tmp_path / "a.xlsx", "学习", {"G71": (None, a)})
    other = edited(small_file, tmp_path / "b.xlsx", "学习", {"G71": (None, b)})
    result = diff(one, other, rtol=rtol, sheets=["学习"])
    assert (result.within, result.different) == (int(within), int(not within))


@pytest.mark.parametrize("value", ["NaN", "INF", "-INF"])
def test_what_is_no_number_is_refused(value: str, small_file: Path, tmp_path: Path) -> None:
    """No spreadsheet writes it: nothing is near it, and a file that holds it is damaged."""
    path = edited(small_file, tmp_path / "a.xlsx", "学习", {"G71": (None, value)})
    for pair in ((path, small_file), (small_file, path), (path, path)):
        with pytest.raises(FileError, match="is no number"):
            diff(*pair, rtol=1.0)


def test_text_and_errors_are_never_near_a_number(tmp_path: Path) -> None:
    odd = ["nan", "inf", "1", True, "#N/A", "#REF!"]
    a = workbook(tmp_path / "a.xlsx", S={f"A{row}": 1.0 for row in range(1, 7)})
    b = workbook(tmp_path / "b.xlsx", S={f"A{row}": value for row, value in enumerate(odd, 1)})
    c = workbook(tmp_path / "c.xlsx", S={f"A{row}": value for row, value in enumerate(odd[1:] + odd[:1], 1)})
    for one, other in ((a, b), (b, a), (b, c)):
        assert diff(one, other, rtol=1e300, atol=1e300).different == 6
    assert diff(b, b).ok


def test_order_is_that_of_the_sheet(tmp_path: Path) -> None:
    spots = ["B2", "A1", "C1", "AA1", "B10", "A2", "Z1", "D3"]
    a = workbook(tmp_path / "a.xlsx", S=dict.fromkeys(spots[::2], 1), T={"A1": 1})
    b = workbook(tmp_path / "b.xlsx", T={"A1": 2}, S=dict.fromkeys(spots[1::2], 2))
    wanted = ["S!A1", "S!C1", "S!Z1", "S!AA1", "S!A2", "S!B2", "S!D3", "S!B10", "T!A1"]
    assert cells(diff(a, b)) == wanted
    assert cells(diff(b, a)) == wanted[-1:] + wanted[:-1]


def test_the_page_of_documentation_names_every_option() -> None:
    page = (ROOT / "docs" / "diff.md").read_text("utf-8")
    offered = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", sheetnn("diff", "-h").stdout))
    assert {"--rtol", "--atol", "--values-only", "--formulas-only", "--sheet", "--ignore", "--max-diffs", "-q",
            "--format", "--exit-zero", "--json"} <= offered  # fmt: skip
    for option in offered:
        assert f"`{option}" in page, option
    from sheetnn.difference_formats import FORMATS

    for name in FORMATS:
        assert f"`{name}`" in page, name
