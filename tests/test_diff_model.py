"""`diff` of workbooks that were built here: names, causes, what follows from them, and what nothing explains."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from conftest import sheetnn
from markdown_it import MarkdownIt
from workbooks import edited, stored

from sheetnn.data import home
from sheetnn.difference import diff
from sheetnn.model import from_recipe
from sheetnn.recipe import parse
from sheetnn.workbook import Workbook, build

SHEET = "学习"
WEIGHT = "hidden.w[1,3,2]@1"  # stands in E12: unit 1 fills D10:F13
Found = dict[tuple[str, str], tuple[Any, Any]]


@pytest.fixture(scope="module")
def book() -> Workbook:
    return build("4-4", pages=(), epochs=3)


@pytest.fixture(scope="module")
def a(book: Workbook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return book.save(tmp_path_factory.mktemp("model") / "a.xlsx")


def with_inputs(book: Workbook, path: Path, **changed: Any) -> Path:
    """The same workbook with other typed numbers, and all values that follow from them."""
    return Workbook(book.model, {name.replace("__", "."): value for name, value in changed.items()}).save(path)


@pytest.fixture(scope="module")
def b(book: Workbook, a: Path) -> Path:
    """One weight changed."""
    weights = book.graph["hidden.w"].start.copy()  # type: ignore[union-attr]
    weights[0, 2, 1] = 0.4
    return with_inputs(book, a.parent / "b.xlsx", hidden__w=weights)


def plus_one(formula: str, z: float) -> dict[str, tuple[str | None, str | None]]:
    """The weighted input of a unit on the test page one larger, and the activation that follows."""
    return {"Q14": (f"{formula[1:]}+1", repr(z + 1)), "Q15": (None, repr(1 / (1 + math.exp(-z - 1))))}


def changed_cells(one: Path, other: Path) -> Found:
    """Where two files differ in a formula or a value, as openpyxl reads them."""
    left, right = stored(one), stored(other)
    return {cell: right[cell] for cell in left if cell[0] != "_sheetnn" and left[cell] != right[cell]}


def test_one_weight(a: Path, b: Path, book: Workbook) -> None:
    found = changed_cells(a, b)
    old = float(book.graph["hidden.w"].start[0, 2, 1])  # type: ignore[index]
    result = diff(a, b)
    assert result.modelled
    (cause,) = result.causes
    assert (cause.kind, cause.name, cause.where, cause.a, cause.b) == ("input", WEIGHT, f"{SHEET}!E12", old, 0.4)
    assert cause.dependents == len(found) - 1 > 1000
    assert (result.different, result.unexplained) == (len(found), 0)
    assert result.differences[0].name == WEIGHT
    assert {one.part for one in result.differences[1:]} == {"consequence"}
    out = sheetnn("diff", str(a), str(b)).stdout.splitlines()
    follow = f"{len(found) - 1:,} dependent cells follow"
    assert out[:2] == ["causes:", f"  `{WEIGHT}` changed from {old!r} to 0.4; {follow} ({SHEET}!E12)"]
    assert out.index("blocks:") < out.index("consequences:")


def test_dependents_against_numpy(a: Path, b: Path, book: Workbook) -> None:
    """By block: as many cells as differ when the graph is evaluated with the other weight."""
    weights = book.graph["hidden.w"].start.copy()  # type: ignore[union-attr]
    weights[0, 2, 1] = 0.4
    before, after = book.graph.evaluate(), book.graph.evaluate({"hidden.w": weights})
    wanted = {block.name: int((before[block.name] != after[block.name]).sum()) for block, _ in book.layout.placed()}
    blocks = {one.block: one.causes + one.consequences for one in diff(a, b).blocks}
    assert blocks == {name: count for name, count in wanted.items() if count}
    assert blocks["hidden.w"] > 1


def test_weight_by_openpyxl(a: Path, tmp_path: Path) -> None:
    """openpyxl keeps no values: against a copy that it saved too, what was typed or written is all that differs."""
    pages = []
    for name, weight, formula in (("plain", None, None), ("changed", 0.4, "=D10-$G$6*D26")):
        package = openpyxl.load_workbook(a)
        if weight is not None:
            package[SHEET]["E12"] = weight
            package[SHEET]["D42"] = formula
        package.save(tmp_path / f"{name}.xlsx")
        pages.append(tmp_path / f"{name}.xlsx")
    result = diff(*pages)
    assert [(one.kind, one.name, one.b, one.dependents) for one in result.causes] == [
        ("input", WEIGHT, 0.4, 0),
        ("formula", "hidden.w[1,1,1]@2", "=D10-$G$6*D26", 0),
    ]
    assert (result.different, result.unexplained) == (2, 0)
    lost = diff(a, pages[1])  # here the values are lost: what depends on neither change is not explained by them
    assert [one.name for one in lost.causes] == [one.name for one in result.causes]
    formulas = sum(str(text).startswith("=") for text, _ in stored(a).values())
    assert lost.different == formulas + 1
    assert 0 < lost.unexplained < lost.different
    assert {one.name for one in diff(a, pages[1], values_only=True).causes} == {WEIGHT}


def test_weight_and_formula_and_a_stale_value(a: Path, b: Path, tmp_path: Path) -> None:
    """All three at once; the stale value stands behind many consequences, and its details are told all the same."""
    formula, z = stored(b)["测试", "Q14"]
    assert formula.endswith("+$G$23")  # the bias of unit 2
    c = edited(b, tmp_path / "c.xlsx", "测试", plus_one(formula, z))
    stale = "JE11"  # at the end of the row that holds z of all images in the first epoch
    assert "$D14:$F17" in stored(b)[SHEET, stale][0]  # of unit 2, so it does not depend on the weight of unit 1
    d = edited(c, tmp_path / "d.xlsx", SHEET, {stale: (None, "0.125")})
    plain, result = diff(a, c), diff(a, d, max_diffs=5)
    assert plain.unexplained == 0
    assert [one.name for one in result.causes] == [WEIGHT, "test.output.z[2,2]"]
    assert [one.dependents for one in result.causes] == [plain.causes[0].dependents, 1]
    assert result.causes[0].dependents == len(changed_cells(a, c)) - 2
    assert result.unexplained == 1
    assert [one.part for one in result.differences] == ["cause", "cause", "unexplained", "consequence", "consequence"]
    (lost,) = [one for one in result.differences if one.part == "unexplained"]
    assert (lost.where, lost.b, lost.name) == (f"{SHEET}!{stale}", 0.125, "hidden.z[64,2]@1")
    assert "(1 from no cause found)" in sheetnn("diff", str(a), str(d)).stdout


def test_a_changed_formula_alone(a: Path, tmp_path: Path) -> None:
    """Its own cell is the cause; the only cell that reads it follows."""
    found = stored(a)
    text, z = found["测试", "Q14"]
    b = edited(a, tmp_path / "b.xlsx", "测试", plus_one(text, z))
    (cause,) = diff(a, b).causes
    assert (cause.kind, cause.name, cause.a, cause.b, cause.dependents) == (
        "formula", "test.output.z[2,2]", text, f"{text}+1", 1,
    )  # fmt: skip
    (alone,) = diff(a, b, formulas_only=True).causes
    assert (alone.name, alone.dependents) == (cause.name, None)
    assert "follow" not in sheetnn("diff", str(a), str(b), "--formulas-only").stdout
    assert "1 dependent cell follows" in sheetnn("diff", str(a), str(b)).stdout


def test_many_causes_are_told_by_block(a: Path, book: Workbook, tmp_path: Path) -> None:
    weights, biases = (book.graph[name].start for name in ("hidden.w", "hidden.b"))
    b = with_inputs(book, tmp_path / "b.xlsx", hidden__w=weights + 0.125, hidden__b=biases + np.array([0, 0.5, 0]))
    result = diff(a, b, max_diffs=0)
    assert [(one.block, one.cells) for one in result.causes] == [("hidden.w", 36), ("hidden.b", 1)]
    assert result.causes[1].name == "hidden.b[2]@1"
    assert result.causes[0].dependents == len(changed_cells(a, b)) - 37
    assert (result.unexplained, result.differences) == (0, [])
    out = sheetnn("diff", str(a), str(b)).stdout
    assert "`hidden.w`: 36 cells changed; among them `hidden.w[1,1,1]@1` changed from" in out


def test_another_eta(a: Path, tmp_path: Path) -> None:
    b = build("4-4", pages=(), epochs=3, eta=0.1).save(tmp_path / "b.xlsx")
    result = diff(a, b)
    assert [(one.kind, one.name, one.a, one.b) for one in result.causes] == [
        ("recipe", "training.eta", 0.2, 0.1),
        ("input", "eta", 0.2, 0.1),
    ]
    assert result.causes[1].dependents == len(changed_cells(a, b)) - 1
    assert result.different == len(changed_cells(a, b)) + 1  # the recipe that the file carries
    assert result.unexplained == 0
    assert sheetnn("diff", str(a), str(b)).stdout.splitlines()[1] == "  training.eta: 0.2 -> 0.1"


def test_fewer_epochs(a: Path, tmp_path: Path) -> None:
    """Cells that one model alone has are told as such."""
    b = build("4-4", pages=(), epochs=2).save(tmp_path / "b.xlsx")
    left, right = stored(a), stored(b)
    for one, other, side in ((a, b, "A"), (b, a, "B")):
        result = diff(one, other)
        cause = result.causes[0]
        assert (cause.name, {cause.a, cause.b}) == ("training.epochs", {2, 3})
        alone = {row.block: row.one_model for row in result.blocks if row.only_in}
        assert {row.only_in for row in result.blocks} == {"", side}
        assert alone["C_T"] == 1
        assert alone["hidden.w"] == 36
        labels = sum(one.part == "outside" for one in result.differences)
        assert sum(alone.values()) + labels == len(left.keys() - right.keys())
        names = [row.name if side == "A" else row.name_b for row in result.differences if row.part == "one-model"]
        assert {name.rpartition("@")[2] for name in names} == {"3"}


def test_another_activation(a: Path, book: Workbook, tmp_path: Path) -> None:
    table = book.recipe.model_dump()
    table["layers"][0]["activation"] = "tanh"
    b = Workbook(from_recipe(parse(table, "test"), home("data"), "zh")).save(tmp_path / "b.xlsx")
    first = diff(a, b).causes[0]
    assert (first.name, first.a, first.b) == ("layers.1.activation", "sigmoid", "tanh")


def test_what_is_ignored_explains_nothing(a: Path, b: Path) -> None:
    result = diff(a, b, ignore=[f"{SHEET}!E12"])
    assert result.causes == []
    assert result.unexplained == result.different == len(changed_cells(a, b)) - 1
    assert {one.part for one in result.differences} == {"unexplained"}


def test_tolerance_and_equal_files(a: Path, b: Path) -> None:
    result = diff(a, b, atol=1e6)
    assert (result.ok, result.within, result.causes) == (True, len(changed_cells(a, b)), [])
    same = diff(a, a)
    assert (same.ok, same.modelled, same.blocks) == (True, True, [])


def test_a_number_typed_over_and_one_taken_out(a: Path, tmp_path: Path) -> None:
    package = openpyxl.load_workbook(a)
    package.save(tmp_path / "plain.xlsx")
    package[SHEET]["D42"] = 7
    package[SHEET]["E12"] = None
    package[SHEET]["A1"] = "mine"
    package.save(tmp_path / "changed.xlsx")
    result = diff(tmp_path / "plain.xlsx", tmp_path / "changed.xlsx")
    assert [(one.kind, one.name, one.b) for one in result.causes] == [
        ("input", WEIGHT, None),
        ("formula", "hidden.w[1,1,1]@2", 7.0),
    ]
    assert [one.part for one in result.differences] == ["cause", "cause", "outside"]
    assert f"`{WEIGHT}` was removed" in sheetnn(
        "diff", str(tmp_path / "plain.xlsx"), str(tmp_path / "changed.xlsx")
    ).stdout  # fmt: skip


@pytest.mark.parametrize("text", ["{", "{}", '{"schema": 99}', ""])
def test_a_damaged_recipe_makes_it_a_file_like_any_other(text: str, a: Path, b: Path, tmp_path: Path) -> None:
    package = openpyxl.load_workbook(a)
    package["_sheetnn"]["A1"] = text
    for row in range(2, 9):
        package["_sheetnn"][f"A{row}"] = None
    package.save(tmp_path / "damaged.xlsx")
    result = diff(b, tmp_path / "damaged.xlsx", formulas_only=True)
    assert (result.ok, result.modelled) == (True, False)
    result = diff(b, tmp_path / "damaged.xlsx", values_only=True, max_diffs=3)
    assert (result.modelled, result.causes, len(result.differences)) == (False, [], 3)


def test_a_model_of_another_version(a: Path, tmp_path: Path) -> None:
    """The recipe is the same and the hidden sheet is not: a difference, and told."""
    package = openpyxl.load_workbook(a)
    package.save(tmp_path / "plain.xlsx")
    for (cell,) in package["_sheetnn"].iter_rows():
        cell.value = cell.value.replace('"sheetnn": "', '"sheetnn": "9')
    package.save(tmp_path / "other.xlsx")
    result = diff(tmp_path / "plain.xlsx", tmp_path / "other.xlsx")
    assert (result.modelled, result.different, result.causes) == (True, 1, [])
    done = sheetnn("diff", str(tmp_path / "plain.xlsx"), str(tmp_path / "other.xlsx"))
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "the hidden sheet with the recipe:")


def test_a_huge_model_is_not_followed(a: Path, b: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sheetnn.difference.LARGEST", 1000)
    result = diff(a, b)
    assert (result.modelled, result.different) == (False, len(changed_cells(a, b)))


@pytest.mark.parametrize("form", ["text", "json", "markdown", "unified", "csv"])
def test_every_format_tells_the_cause(form: str, a: Path, b: Path) -> None:
    count = len(changed_cells(a, b)) - 1
    out = sheetnn("diff", str(a), str(b), "--format", form, "--max-diffs", "3").stdout
    if form == "json":
        table = json.loads(out)
        assert [(one["name"], one["dependents"]) for one in table["causes"]] == [(WEIGHT, count)]
        assert sum(one["consequences"] for one in table["blocks"]) == count
        assert [one["part"] for one in table["differences"]] == ["cause", "consequence", "consequence"]
    elif form == "csv":
        rows = list(csv.DictReader(io.StringIO(out)))
        assert (rows[0]["row"], rows[0]["name"], rows[0]["count"]) == ("cause", WEIGHT, str(count))
        assert sum(int(row["count"]) for row in rows if row["row"] == "block") == count + 1
    elif form == "markdown":
        html = MarkdownIt().enable("table").render(out)
        assert html.count("<table>") == 3
        assert f"<code>{WEIGHT}</code>" in html
        assert f"<td>{count}</td>" in html
    elif form == "unified":
        assert out.startswith(f"# `{WEIGHT}` changed from ")
        assert f"@@ {WEIGHT}\n-E12: " in out
    else:
        assert f"`{WEIGHT}` changed from " in out
        assert f"{count:,} dependent cells follow" in out
