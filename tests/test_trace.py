"""`trace`: the table of one step beside what openpyxl reads in the saved file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas
import pytest
from conftest import sheetnn, short
from openpyxl import load_workbook

from sheetnn.model import from_recipe
from sheetnn.tracing import COLUMNS, as_csv, trace
from sheetnn.workbook import Workbook, build, exercise


def compare(frame: pandas.DataFrame, path: Path) -> int:
    """Hold a table against a file: value of every cell, and whether it is a formula. Returns how many."""
    formulas, values = load_workbook(path), load_workbook(path, data_only=True)
    count = 0
    for row in frame.itertuples():
        if row.cell:
            held = formulas[row.sheet][row.cell].value
            is_formula = isinstance(held, str) and held.startswith("=")
            assert row.formula == is_formula, (row.block, row.cell)
            assert row.value == values[row.sheet][row.cell].value, (row.block, row.cell)
            count += 1
    assert count
    return count


def stacked() -> Workbook:
    recipe = build("4-4", epochs=2, pages=()).recipe
    return Workbook(from_recipe(recipe.model_copy(update={"layout": "stacked"}), None, "en"))


@pytest.mark.parametrize(
    ("make", "epoch"),
    [(lambda: short("4-4", 3), 1), (lambda: short("4-4", 3), 3), (lambda: short("5-6"), 2),
     (lambda: build("2-11"), 0), (lambda: build("2-11"), 30), (stacked, 2)],
    ids=["4-4@1", "4-4@3", "5-6@2", "2-11@0", "2-11@30", "stacked@2"],
)  # fmt: skip
def test_every_number_is_the_files(make, epoch: int, tmp_path: Path) -> None:
    book = make()
    path = book.save(tmp_path / "a.xlsx")
    frame = trace(path, epoch)
    assert tuple(frame.columns) == COLUMNS
    compare(frame, path)
    repeated = [block for block in book.graph if block.repeated and "/" not in block.name]
    counts = frame.block.value_counts()
    for block in repeated:
        assert counts[block.name] == block.size
        assert set(frame[frame.block == block.name].epoch) == {epoch}
    assert not any("/" in name or name.startswith("test.") for name in frame.block)


@pytest.mark.parametrize("recipe", ["3-5", "2-12", "1-2"])
def test_without_training(recipe: str, tmp_path: Path) -> None:
    path = build(recipe).save(tmp_path / "a.xlsx")
    frame = trace(path)
    assert compare(frame, path) == len(frame)
    assert frame.epoch.isna().all()
    assert frame.formula.any()


def test_a_workbook_of_pictures_only() -> None:
    frame = trace("A")
    assert len(frame) > 700
    assert not frame[frame.block.str.contains("image")].formula.any()


def test_recipe_and_file_are_the_same(tmp_path: Path) -> None:
    path = short("4-4", 3).save(tmp_path / "a.xlsx")
    pandas.testing.assert_frame_equal(trace("4-4", 2), trace(path, 2), check_dtype=False)
    assert set(trace("4-4", language="en").sheet) == {"Data", "Training"}


def test_the_first_epoch_is_the_default() -> None:
    pandas.testing.assert_frame_equal(trace("2-11"), trace("2-11", 0))
    pandas.testing.assert_frame_equal(trace("4-4", image=3), trace("4-4", 1, 3))


@pytest.mark.parametrize("recipe", ["4-4", "5-6"])
def test_one_image(recipe: str) -> None:
    every, one = trace(recipe, 2), trace(recipe, 2, 7)
    images = {block.name for block in build(recipe).graph if "image" in block.axes}
    for name in set(one.block):
        mine, all_ = one[one.block == name], every[every.block == name]
        if name in images:
            expected = all_[all_["index"].str.split(",").str[0] == "7"]
            assert list(mine.value) == list(expected.value)
            assert set(mine["index"].str.split(",").str[0]) == {"7"}
        else:
            assert list(mine.value) == list(all_.value)
    assert set(every.block) - set(one.block) == {"number", "data.number"}


def test_numbers_follow_from_the_inputs_in_the_file(tmp_path: Path) -> None:
    path = short("4-4", 3).save(tmp_path / "a.xlsx")
    before = trace(path, 3)
    book = load_workbook(path)
    book["学习"]["G6"] = 0.5
    book.save(path)
    after = trace(path, 3)
    expected = trace(build("4-4", epochs=3, eta=0.5, pages=()).save(tmp_path / "b.xlsx"), 3)
    assert list(after.value) == list(expected.value)
    assert list(after.value) != list(before.value)


def test_csv_holds_the_numbers_exactly(tmp_path: Path) -> None:
    done = sheetnn("trace", "2-11", "--epoch", "5", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    frame = trace("2-11", 5)
    assert [float(row["value"]) for row in rows] == list(frame.value)
    assert [row["cell"] for row in rows] == list(frame.cell)
    pandas.testing.assert_series_equal(pandas.read_csv(io.StringIO(done.stdout)).value, frame.value)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@SUM(A1)", "\t=1", "\r=1", "＝1", "=cmd|'/c calc'!A1"])
def test_csv_text_is_no_formula(text: str) -> None:
    written = as_csv([(text, "1", None, text, "A1", False, text, text), ("a", "", 1, "S", "A2", True, -1.5, "plain")])
    rows = list(csv.DictReader(io.StringIO(written, newline="")))
    for key in ("block", "sheet", "value", "role"):
        assert rows[0][key] == f"'{text}".replace("\t", " ").replace("\r", " ")
    assert len(rows) == 2
    assert as_csv([("a\n=1", "1", None, "S", "A1", False, 1.0, "r")]).count("\n") == 2
    assert rows[1]["value"] == "-1.5"


def test_text_and_json() -> None:
    text = sheetnn("trace", "2-11", "--epoch", "3").stdout.splitlines()
    assert text[0].split() == ["block", "index", "cell", "value"]
    assert text[1].split() == ["eta", "梯度下降法!C3", "0.1"]
    assert text[2].split() == ["position@3", "1", "梯度下降法!C10", "=", "1.536"]
    assert len(text) == len(trace("2-11", 3)) + 1
    for words in (("--json",), ("--format", "json")):
        table = json.loads(sheetnn("trace", "2-11", "--epoch", "3", *words).stdout)
        assert table["schema"] == "sheetnn.trace/1"
        assert [row["value"] for row in table["rows"]] == list(trace("2-11", 3).value)


def test_a_block_without_cells_is_in_it() -> None:
    frame = trace("5-6", 1, 2)
    inline = frame[frame.block == "conv.da"]
    assert len(inline) == 48
    assert set(inline.cell) == {""}
    np.testing.assert_array_equal(inline.value, build("5-6", epochs=2).values["conv.da"][0, 1].ravel())


def test_output_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    for suffix in ("csv", "json", "txt"):
        done = sheetnn("trace", "2-11", "-o", f"t.{suffix}", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "numbers of 2-11" in done.stdout
    assert (tmp_path / "t.csv").read_text("utf-8").startswith("block,index,")
    assert json.loads((tmp_path / "t.json").read_text("utf-8"))["recipe"] == "2-11"
    before = (tmp_path / "t.csv").read_bytes()
    done = sheetnn("trace", "2-11", "--epoch", "9", "-o", "t.csv", cwd=tmp_path)
    assert (done.returncode, (tmp_path / "t.csv").read_bytes()) == (2, before)
    assert "already exists" in done.stderr
    done = sheetnn("trace", "2-11", "--epoch", "99", "-o", "t.csv", "--force", cwd=tmp_path)
    assert (done.returncode, (tmp_path / "t.csv").read_bytes()) == (2, before)
    assert sheetnn("trace", "2-11", "--epoch", "9", "-o", "t.csv", "--force", cwd=tmp_path).returncode == 0
    assert (tmp_path / "t.csv").read_bytes() != before
    assert {path.name for path in tmp_path.iterdir()} == {"t.csv", "t.json", "t.txt"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2-11", "--epoch", "31"), "has no epoch 31; expected 0 to 30"),
        (("2-11", "--epoch", "-1"), "has no epoch -1"),
        (("4-4", "--epoch", "0"), "has no epoch 0; expected 1 to 50"),
        (("4-4", "--image", "65"), "has no image 65; expected 1 to 64"),
        (("4-4", "--image", "0"), "has no image 0"),
        (("2-11", "--image", "1"), "has no images"),
        (("3-5", "--epoch", "1"), "has no epochs"),
        (("4-5",), "did you mean '4-4'?"),
        (("none.xlsx",), "no such file"),
        (("text.xlsx",), "not a readable xlsx workbook"),
        (("exercise.xlsx",), "is an exercise"),
        (("typed.xlsx",), "学习!G6 (eta) holds 'much'; expected a number"),
        (("2-11", "--format", "xml"), "format 'xml' is not known; expected one of text, csv, json"),
        (("2-11", "--json", "--format", "csv"), "not both"),
        (("2-11", "-o", "t.xlsx"), "ends in .txt or .csv or .json"),
        (("2-11", "-o", "no/t.csv"), "its folder does not exist"),
        (("2-11", "--lang", "fr"), "language 'fr' is not known"),
    ],
)
def test_what_cannot_be(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("no workbook")
    if words[0] == "exercise.xlsx":
        exercise("4-4", "delta")[0].save(tmp_path / "exercise.xlsx")
    if words[0] == "typed.xlsx":
        book = load_workbook(short("4-4").save(tmp_path / "typed.xlsx"))
        book["学习"]["G6"] = "much"
        book.save(tmp_path / "typed.xlsx")
    before = sorted(tmp_path.iterdir())
    done = sheetnn("trace", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert sorted(tmp_path.iterdir()) == before
