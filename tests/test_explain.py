"""`explain`: every statement about a cell beside what openpyxl reads in the file."""

from __future__ import annotations

import json
import math
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import sheetnn, short
from openpyxl import load_workbook

from sheetnn.engines.base import plant
from sheetnn.errors import SheetnnError
from sheetnn.explanation import explain
from sheetnn.labels import words
from sheetnn.model import from_recipe
from sheetnn.overview import explain_block
from sheetnn.substitution import substituted
from sheetnn.telling import told
from sheetnn.workbook import Workbook, build, exercise

CELLS = {
    "4-4": ("hidden.z[5,2]@2", "hidden.w[1,2,3]@2", "hidden.w.grad[2,1,1]@1", "C_T@3", "C[7]@1", "hidden.da[9,3]@1",
            "output.a[1,2]@1", "test.output.z[2,1]", "number[5]"),
    "5-6": ("pool.a[5,2,1,2]@2", "conv.delta[3,2,1,4]@2", "conv.w.each[7,1,3,2]@1", "conv.w.grad[2,3,1]@1"),
    "2-11": ("position[1]@30", "gradient[2]@0", "displacement[1]@4", "value@7"),
    "3-5": ("hidden.z[64,3]", "output.z[3,2]", "C[1]", "C_T", "t[5,1]", "hit.rate", "hit.prediction[4]"),
    "stacked": ("hidden.z[5,2]@2", "output.w.grad[1,3]@1", "C_T@2", "output.w[2,2]@2"),
}  # fmt: skip


def stacked() -> Workbook:
    recipe = build("4-4", epochs=2, pages=()).recipe
    return Workbook(from_recipe(recipe.model_copy(update={"layout": "stacked"}), None, "en"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("explain")
    books = {"4-4": short("4-4", 3), "5-6": short("5-6"), "2-11": build("2-11"), "3-5": build("3-5", language="en"),
             "2-5": build("2-5"), "stacked": stacked()}  # fmt: skip
    return {name: book.save(folder / f"{name}.xlsx") for name, book in books.items()}


def held(path: Path, at: str, data_only: bool) -> Any:
    sheet, _, cell = at.rpartition("!")
    return load_workbook(path, data_only=data_only)[sheet][cell].value


def array(text: str) -> np.ndarray:
    """`1,2;3,` as an object array, None for a blank."""

    def one(word: str) -> Any:
        return None if word == "" else word.strip('"') if word.startswith('"') else float(word)

    return np.array([[one(word) for word in row.split(",")] for row in text.split(";")], object)


def numbers(*areas: Any) -> list[np.ndarray]:
    """The numbers of areas, as SUM takes them: blanks and texts left out of all alike."""
    flat = [np.atleast_1d(np.asarray(area, object)).ravel() for area in areas]
    keep = np.all([[isinstance(one, float | int) for one in some] for some in flat], axis=0)
    return [np.array(some[keep], float) for some in flat]


FUNCTIONS = {
    "A": array,
    "SUM": lambda a: math.fsum(numbers(a)[0]),
    "SUMPRODUCT": lambda a, b: math.fsum(np.multiply(*numbers(a, b))),
    "SUMXMY2": lambda a, b: math.fsum(np.subtract(*numbers(a, b)) ** 2),
    "SUMIF": lambda keys, key, a: math.fsum(n for k, n in zip(keys.ravel(), a.ravel(), strict=True) if k == key),
    "MMULT": lambda a, b: (a.astype(float) @ b.astype(float)).item(),
    "COUNTIF": lambda a, key: int((a == key).sum()),
    "COUNTA": lambda a: sum(one is not None for one in a.ravel()),
    "MAX": lambda *some: max(n for one in some for n in numbers(one)[0]),
    "MIN": min,
    "EXP": math.exp,
    "IF": lambda test, yes, no: yes if test else no,
}


def evaluated(text: str) -> Any:
    """A formula with numbers as Python reads it, without any code of ours."""
    text = re.sub(r"\{([^{}]*)\}", lambda match: f"A({match[1]!r})", text)
    text = re.sub(r"(?<![<>=])=", "==", text).replace("^", "**")
    return eval(text, {"__builtins__": {}}, FUNCTIONS)


@pytest.mark.parametrize("name", CELLS)
def test_formula_and_value_are_the_files(name: str, files: dict[str, Path]) -> None:
    formulas, values = load_workbook(files[name]), load_workbook(files[name], data_only=True)
    for cell in CELLS[name]:
        found = explain(files[name], cell)
        sheet, _, at = found.at.rpartition("!")
        assert found.name == cell
        assert found.kind == "formula"
        assert found.formula is not None
        assert found.value is not None
        assert formulas[sheet][at].value == f"={found.formula.found}" == f"={found.formula.generated}"
        assert found.formula.same
        stored = values[sheet][at].value
        assert stored == found.value.stored == pytest.approx(found.value.engine, rel=1e-12)
        assert found.value.same
        assert evaluated(found.formula.numbers) == pytest.approx(stored, rel=1e-12, abs=1e-15), found.formula.numbers
        assert found.formula.numbers_from == "file"
    assert explain(files[name], found.at.lower()).as_dict() == found.as_dict()


def test_an_evaluator_that_could_not_fail_would_prove_nothing(files: dict[str, Path]) -> None:
    found = explain(files["4-4"], "hidden.w.grad[2,1,1]@1")
    assert found.formula is not None
    wrong = found.formula.numbers.replace(",1,{", ",2,{", 1)
    assert wrong != found.formula.numbers
    assert evaluated(wrong) != pytest.approx(found.value.stored, rel=1e-6)  # type: ignore[union-attr]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_words(language: str, files: dict[str, Path]) -> None:
    said = {
        "zh": ["层 hidden（全连接，sigmoid）", "第 1 张图像", "hidden 的第 3 个单元", "第 2 个 epoch"],
        "en": ["layer hidden (dense, sigmoid)", "image 1", "unit 3 of hidden", "epoch 2"],
    }
    found = explain(files["4-4"], "'学习'!$n$53", language)
    assert found.name == "hidden.delta[1,3]@2"
    assert found.where == said[language]
    assert found.what == words(language)("what.delta")
    assert (found.equation, found.source) == ("δ² = ∂C/∂a² · a′(z²)", "4-3 (15)")
    text = "\n".join(told(found, words(language)))
    for part in (*said[language], "=N52*N45", found.equation, repr(found.value.stored)):  # type: ignore[union-attr]
        assert part in text


@pytest.mark.parametrize(
    ("name", "cell", "where", "equation"),
    [
        ("5-6", "output.w[3,2,1,2]@2",
         ["layer output (dense, sigmoid)", "unit 3 of output", "from filter 2 of conv", "row 1 of the map of pool",
          "column 2 of the map of pool", "epoch 2"], "w^O ← w^O − η ∂C_T/∂w^O"),
        ("5-6", "conv.w[2,3,1]@1",
         ["layer conv (convolution, sigmoid)", "filter 2 of conv", "row 3 of the filter", "column 1 of the filter",
          "epoch 1"], "w^F ← w^F − η ∂C_T/∂w^F"),
        ("4-4", "number[5]", ["image 6"], ""),
        ("4-4", "test.hidden.z[2,1]", ["layer hidden (dense, sigmoid)", "test", "image 2", "unit 1 of hidden"],
         "z² = Σⱼ wᵢⱼ² xⱼ + bᵢ²"),
        ("4-4", "test.hidden.b[3]", ["layer hidden (dense, sigmoid)", "test", "unit 3 of hidden"],
         "the same number as hidden.b (last epoch)"),
        ("2-11", "position[2]@3", ["variable y", "step 3"], "y ← y + Δy"),
        ("2-11", "gradient[1]@3", ["variable x", "step 3"], "∂z/∂x = 2*x"),
        ("2-11", "value@0", ["step 0"], "z = x^2+y^2"),
        ("2-11", "cost/value@0", ["page 代价", "step 0"], "the same number as value"),
    ],
)  # fmt: skip
def test_where_and_equation(name: str, cell: str, where: list[str], equation: str, files: dict[str, Path]) -> None:
    found = explain(files[name], cell, "en")
    assert found.where == where
    assert found.equation == equation


def test_what_it_depends_on_is_named_and_counted(files: dict[str, Path]) -> None:
    found = explain(files["4-4"], "hidden.w[1,2,3]@2")
    assert found.needs is not None
    assert found.used_by is not None
    assert [one.ranges for one in found.needs.direct] == [
        ("hidden.w[1,2,3]@1",), ("eta",), ("hidden.w.grad[1,2,3]@1",)
    ]  # fmt: skip
    assert [one.ranges for one in found.used_by.direct] == [("hidden.w[1,2,3]@3",), ("hidden.z[1..64,1]@2",)]
    assert found.used_by.counts[0] == 65
    assert found.needs.total["hidden.w.grad"] == 1
    assert found.needs.total["x"] == 64 * 12
    table = found.as_dict()
    assert table["needs"]["direct_count"] == 3
    assert table["used_by"]["total_count"] == sum(found.used_by.total.values())
    pixels = explain(files["4-4"], "hidden.z[5,2]@1").needs
    assert pixels is not None
    assert [one.ranges for one in pixels.direct][:2] == [("hidden.w[2,1..4,1..3]@1",), ("x[5,1..4,1..3]",)]
    assert explain(files["4-4"], "eta").needs.counts == (0, 0)  # type: ignore[union-attr]


def test_an_input_says_what_it_is(files: dict[str, Path]) -> None:
    for cell in ("eta", "hidden.w[1,1,1]@1", "data.image[3,1,1]"):
        found = explain(files["4-4"], cell, "en")
        assert found.kind == "input"
        assert found.formula is None
        text = "\n".join(told(found, words("en")))
        assert "the file does not say whether it was" in text
    assert "(from the next epoch on)" in "\n".join(told(explain(files["4-4"], "hidden.w[1,1,1]@1"), words("en")))


@pytest.mark.parametrize(
    ("name", "cell", "kind", "text"),
    [
        ("4-4", "学习!L10", "label", "1"),
        ("4-4", "学习!K3", "label", "位模式"),
        ("4-4", "学习!A1048576", "empty", ""),
        ("4-4", "学习!XFD1", "empty", ""),
        ("4-4", "_sheetnn!A1", "recipe", ""),
    ],
)
def test_cells_of_no_block(name: str, cell: str, kind: str, text: str, files: dict[str, Path]) -> None:
    found = explain(files[name], cell, "en")
    assert (found.kind, found.text, found.name) == (kind, text, "")
    assert found.near or kind == "recipe"
    assert list(told(found, words("zh")))


def test_a_cell_that_somebody_added(files: dict[str, Path], tmp_path: Path) -> None:
    book = load_workbook(files["4-4"])
    book["学习"]["KK3"] = "=G6*2"
    book["学习"]["KK4"] = "mine\x1b]0;title"[:4]
    book.create_sheet("我的")["B2"] = 7
    path = tmp_path / "more.xlsx"
    book.save(path)
    assert explain(path, "学习!KK3").kind == "outside"
    assert explain(path, "学习!KK3").text.startswith("=G6*2")
    assert explain(path, "我的!B2").text == "7"
    assert explain(path, "我的!B3").kind == "empty"


def test_a_stale_value_is_said(files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "stale.xlsx"
    plant(files["4-4"], path, "学习", "N53", 0.5)
    found = explain(path, "学习!N53", "en")
    assert found.value is not None
    assert not found.value.same
    assert (found.value.stored, held(path, "学习!N53", True)) == (0.5, 0.5)
    assert found.value.engine == pytest.approx(held(files["4-4"], "学习!N53", True), rel=1e-12)
    text = "\n".join(told(found, words("en")))
    assert "THEY DIFFER by" in text
    assert "they agree" not in text
    good = "\n".join(told(explain(files["4-4"], "学习!N53", "en"), words("en")))
    assert "THEY DIFFER" not in good
    assert explain_block(path, "hidden.delta@2").numbers.different == 1
    assert explain_block(path, "hidden.delta@1").numbers.different == 0
    done = sheetnn("explain", path, "学习!N53", "--lang", "en")
    assert done.returncode == 0
    assert "THEY DIFFER by" in done.stdout


def test_an_edited_formula_is_said(files: dict[str, Path], tmp_path: Path) -> None:
    book = load_workbook(files["4-4"])
    book["学习"]["N53"] = "=N52*N45*2+ZZ9"
    book["学习"]["ZZ9"] = 40
    book["学习"]["G6"] = "=1/5"
    path = tmp_path / "edited.xlsx"
    book.save(path)
    found = explain(path, "学习!N53", "en")
    assert found.formula is not None
    assert (found.formula.same, found.formula.generated) == (False, "N52*N45")
    assert found.formula.found == "N52*N45*2+ZZ9"
    assert found.formula.numbers.endswith("*2+40")
    text = "\n".join(told(found, words("en")))
    assert "THE FORMULA WAS CHANGED" in text
    assert "Generated was: =N52*N45" in text
    assert "Formula: =N52*N45*2+ZZ9" in text
    where = explain_block(path, "hidden.delta@2")
    assert (where.numbers.edited, where.numbers.first_edited) == (1, "学习!N53")
    eta = explain(path, "eta", "en")
    assert "A FORMULA STANDS where a typed number is expected" in "\n".join(told(eta, words("en")))


def test_an_overwritten_formula_is_said(files: dict[str, Path], tmp_path: Path) -> None:
    book = load_workbook(files["4-4"])
    book["学习"]["N53"] = 3
    path = tmp_path / "over.xlsx"
    book.save(path)
    text = "\n".join(told(explain(path, "学习!N53", "en"), words("en")))
    assert "THE FORMULA WAS OVERWRITTEN" in text
    assert "THEY DIFFER" in text


def test_a_file_without_values_gets_the_engines(files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "blank.xlsx"
    load_workbook(files["4-4"]).save(path)  # openpyxl stores no values
    found = explain(path, "学习!N53", "en")
    assert found.formula is not None
    assert found.formula.numbers_from == "engine"
    assert found.formula.numbers == explain(files["4-4"], "学习!N53").formula.numbers  # type: ignore[union-attr]
    text = "\n".join(told(found, words("en")))
    assert "the file stores no value" in text
    assert "THEY DIFFER" not in text


def test_what_cannot_be_computed_is_said(files: dict[str, Path], tmp_path: Path) -> None:
    book = load_workbook(files["4-4"])
    book["学习"]["G6"] = "much"
    path = tmp_path / "text.xlsx"
    book.save(path)
    text = "\n".join(told(explain(path, "学习!N53", "en"), words("en")))
    assert "the engine cannot compute it: 学习!G6 (eta): 'much'" in text
    assert "the engine cannot compute it" in "\n".join(told(explain_block(path, "C_T", "en"), words("en")))


@pytest.mark.parametrize(
    ("formula", "exact", "brief"),
    [
        ("SUM(A1:XFD1048576)", None, "SUM({1,2,3,4,…})"),
        ("SUM(ZZ1:ZZ1048576)", None, "SUM({…})"),
        ("A1-B1*A2", "1-2*(-1.5)", "1-2*(-1.5)"),
        ("SUM(A1:C2)", 'SUM({1,2,3;-1.5,,"t""x"})', "SUM({1,2,3;-1.5,…})"),
        ("A9+1", "0+1", "0+1"),
        ('"A1"&A1', '"A1"&1', '"A1"&1'),
        ("SUM(C1:C2)", 'SUM({3;"t""x"})', 'SUM({3;"t""x"})'),
    ],
)
def test_numbers_in_a_formula(formula: str, exact: str | None, brief: str) -> None:
    cells = {(1, 1): 1.0, (1, 2): 2.0, (1, 3): 3.0, (1, 4): 4.0, (1, 5): 5.0, (2, 1): -1.5, (2, 3): 't"x'}

    def number(sheet: str, row: int, column: int) -> Any:
        assert sheet == ""
        return cells.get((row, column))

    assert substituted(formula, number, 4, 6) == brief
    whole = substituted(formula, number)
    assert whole == exact if exact else len(whole) < 30_000


@pytest.mark.parametrize(
    ("name", "block", "place", "cells"),
    [("4-4", "hidden.w@2", "学习!D42:F53", ("学习!D42", "学习!F53")),
     ("4-4", "hidden.delta@3", "学习!L85:JF85", ("学习!L85", "学习!JF85")),
     ("2-11", "position@4", "梯度下降法!C11:D11", ("梯度下降法!C11", "梯度下降法!D11"))],
)  # fmt: skip
def test_block(name: str, block: str, place: str, cells: tuple[str, str], files: dict[str, Path]) -> None:
    found = explain_block(files[name], block, "en")
    assert (found.place, tuple(found.cells)) == (place, cells)
    assert found.name == block
    assert f"={found.formula}" == held(files[name], cells[0], False)
    assert (found.numbers.edited, found.numbers.different) == (0, 0)
    sheet = load_workbook(files[name], data_only=True)[place.partition("!")[0]]
    area = [cell.value for row in sheet[place.partition("!")[2]] for cell in row]
    if found.rectangle:
        assert found.numbers.count == len(area)
        assert (found.numbers.low, found.numbers.high) == (min(area), max(area))
        assert found.numbers.mean == pytest.approx(sum(area) / len(area))
    else:
        assert found.numbers.count < len(area)
    assert found.needs
    assert "all formulas are as generated" in "\n".join(told(found, words("en")))


def test_block_table_and_neighbours(files: dict[str, Path]) -> None:
    found = explain_block(files["4-4"], "hidden.w@2", "en")
    sheet = load_workbook(files["4-4"], data_only=True)["学习"]
    assert found.numbers.table == [[cell.value for cell in row] for row in sheet["D42:F45"]]
    assert found.numbers.table_of == "hidden.w[1,*,*]"
    assert found.needs == ["hidden.w (the epoch before)", "eta", "hidden.w.grad (the epoch before)"]
    assert found.used_by == ["hidden.w", "hidden.z", "test.hidden.w"]
    inline = explain_block(files["5-6"], "conv.da@1", "en")
    assert (inline.kind, inline.cells, inline.used_by) == ("inline", [], ["conv.delta"])
    assert inline.needs == ["conv.a", "pool.a", "pool.da"]
    assert explain_block(files["4-4"], "hidden.w").kind == "input"
    with pytest.raises(SheetnnError, match="written into the formulas of conv"):
        explain(files["5-6"], "conv.da[1,1,1,1]@1")


def test_array_formula(files: dict[str, Path]) -> None:
    found = explain(files["2-5"], "AB[1,2]", "en")
    assert found.formula is not None
    assert (found.formula.found, found.formula.same) == ("{B8:C9}MMULT(B4:C5,E4:F5)", True)
    assert found.formula.numbers == "MMULT({2,7;1,8},{2,8;1,3})"
    assert found.value is not None
    assert found.value.stored == 2 * 8 + 7 * 3
    assert "{=MMULT(B4:C5,E4:F5)} B8:C9" in "\n".join(told(found, words("en")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (("hiden.delta[1,3]@2",), "did you mean 'hidden.delta'?"),
        (("hidden.delta[1,4]@2",), "hidden.delta has the sizes 64,3, counted from 1"),
        (("hidden.delta[1]@2",), "1 numbers in brackets; hidden.delta takes 2 (64,3)"),
        (("hidden.delta[0,1]@2",), "counted from 1"),
        (("hidden.delta[1,1]@4",), "has no epoch 4; expected 1 to 3"),
        (("hidden.delta[1,1]",), "name one of its cells, such as hidden.delta[1,1]@1"),
        (("hidden.delta@2",), "or use --block hidden.delta@2"),
        (("eta@2",), "stands once, for all epochs"),
        (("学刁!L14",), "no sheet '学刁'; the workbook has"),
        (("学习!L",), "'L' is no address of one cell"),
        (("学习!A1:B2",), "is no address of one cell"),
        (("学习!A0",), "beyond the last cell"),
        (("学习!XFE1",), "beyond the last cell"),
        (("!",), "no sheet ''"),
        (("--block", "hidden.deltas@2"), "did you mean 'hidden.delta'?"),
        (("--block", "hidden.delta@9"), "has no epoch 9; expected 1 to 3"),
        (("--block", "hidden.delta[1,1]@1"), "names one cell"),
        (("eta", "--block", "eta"), "name one cell"),
        ((), "name one cell"),
        (("eta", "--lang", "fr"), "language 'fr' is not known"),
    ],
)
def test_what_is_not_there(text: tuple[str, ...], said: str, files: dict[str, Path]) -> None:
    done = sheetnn("explain", files["4-4"], *text)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_files_that_are_refused(tmp_path: Path) -> None:
    asked = exercise("4-4", "delta")[0].save(tmp_path / "exercise.xlsx")
    (tmp_path / "text.xlsx").write_text("no workbook")
    (tmp_path / "empty.xlsx").write_bytes(b"")
    for name, said in (
        (asked.name, "is an exercise, and its answers would be told"),
        ("text.xlsx", "not a readable xlsx workbook"),
        ("empty.xlsx", "not a readable xlsx workbook"),
        ("none.xlsx", "no such file"),
    ):
        for words_ in (("eta",), ("--block", "eta")):
            done = sheetnn("explain", name, *words_, cwd=tmp_path)
            assert done.returncode == 2
            assert said in done.stderr
            assert "Traceback" not in done.stderr


def test_json(files: dict[str, Path]) -> None:
    done = sheetnn("explain", files["4-4"], "学习!N53", "--json", "--lang", "en")
    table = json.loads(done.stdout)
    assert table["schema"] == "sheetnn.explain/1"
    assert table["name"] == "hidden.delta[1,3]@2"
    assert table["value"]["stored"] == held(files["4-4"], "学习!N53", True)
    done = sheetnn("explain", files["4-4"], "--block", "hidden.delta@3", "--json")
    table = json.loads(done.stdout)
    assert (table["schema"], table["shape"]) == ("sheetnn.explain/1", "64 image × 3 hidden")


def test_a_text_in_the_file_reaches_no_terminal_raw(files: dict[str, Path], tmp_path: Path) -> None:
    book = load_workbook(files["4-4"])
    book["学习"]["KK4"] = "red\u009b31m\u202ered"
    book.save(tmp_path / "a.xlsx")
    done = sheetnn("explain", tmp_path / "a.xlsx", "学习!KK4")
    assert done.returncode == 0
    assert "\u009b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "red?31m?red" in done.stdout


def test_every_word_is_in_both_languages() -> None:
    tables = [{key for key in words(one).table if key.startswith("explain.")} for one in ("zh", "en")]
    assert tables[0] == tables[1]
    for key in tables[0]:
        names = [set(re.findall(r"\{(\w+)\}", words(one).table[key])) for one in ("zh", "en")]
        assert names[0] == names[1], key


DOCS = Path(__file__).parent.parent / "docs" / "explain.md"


def test_docs_show_what_is_printed(tmp_path: Path) -> None:
    """Every line as it stands there; one that ends with … goes on, and so does an output."""
    text = DOCS.read_text("utf-8")
    (made,) = re.findall(r"```sh\n(.*?)\n```", text, re.DOTALL)
    assert sheetnn(*shlex.split(made)[1:], cwd=tmp_path).returncode == 0
    shown = re.findall(r"```console\n\$ (.*?)\n(.*?)\n```", text, re.DOTALL)
    assert len(shown) == 4
    for command, output in shown:
        done = sheetnn(*shlex.split(command)[1:], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        printed = done.stdout.splitlines()
        lines = output.splitlines()
        if lines[-1] == "…":
            printed = [*printed[: len(lines) - 1], "…"]
        assert len(printed) == len(lines), command
        for line, real in zip(lines, printed, strict=True):
            assert real.startswith(line[:-1]) if line.endswith("…") else real == line


def test_docs_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    build("4-4", epochs=3, pages=()).save("mine.xlsx")
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    exec(compile(code, str(DOCS), "exec"), {})
    assert "output.a" in capsys.readouterr().out
