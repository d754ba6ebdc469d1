"""`pull` and `build --start`: numbers out of a workbook and into another, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import sheetnn
from openpyxl import load_workbook

from sheetnn.errors import FileError
from sheetnn.numberfile import read_numbers
from sheetnn.parameters import pull
from sheetnn.verifier import verify
from sheetnn.workbook import Workbook, build, exercise


@pytest.mark.parametrize("suffix", ["json", "npz", "csv"])
def test_round_trip_is_bit_for_bit(suffix: str, tmp_path: Path) -> None:
    path = build("5-6", epochs=3).save(tmp_path / "a.xlsx")
    target = pull(path).save(tmp_path / f"p.{suffix}")
    again = build("5-6", epochs=3, start=target).save(tmp_path / "b.xlsx")
    assert again.read_bytes() == path.read_bytes()


def test_training_goes_on_where_it_stopped(tmp_path: Path) -> None:
    whole = build("4-4", epochs=5, pages=())
    pull(whole.save(tmp_path / "a.xlsx"), epoch=3).save(tmp_path / "p.json")
    rest = build("4-4", epochs=3, pages=(), start=tmp_path / "p.json")
    for name in ("hidden.w", "output.b", "C_T", "hidden.w.grad"):
        np.testing.assert_array_equal(rest.values[name], whole.values[name][2:])
    assert verify(rest.save(tmp_path / "b.xlsx")).ok


def test_what_a_person_typed_comes_back(tmp_path: Path) -> None:
    path = build("4-4", epochs=2).save(tmp_path / "a.xlsx")
    workbook = load_workbook(path)
    workbook["学习"]["G6"] = 0.125
    workbook["学习"]["D10"] = 0.1 + 0.2
    workbook["Data"]["L6"] = 1
    workbook.save(path)
    done = sheetnn("pull", str(path), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["schema"] == "sheetnn.parameters/1"
    assert found["inputs"]["eta"] == 0.125
    assert found["inputs"]["hidden.w"][0][0][0] == pytest.approx(0.3, abs=1e-15)  # openpyxl writes 16 digits
    assert found["inputs"]["data.image"][0][1][1] == 1
    assert {name for name in found["inputs"] if "/" in name} <= {"try/x"}  # painted; no choices


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pull", "a.xlsx", "-o", "p.txt"), "ends in .json or .npz or .csv"),
        (("pull", "a.xlsx", "-o", "there.json"), "already exists"),
        (("pull", "a.xlsx", "--epoch", "9"), "has no epoch 9; expected 1 to 2"),
        (("pull", "no.xlsx"), "no.xlsx"),
        (("pull", "exercise.xlsx"), "is an exercise"),
        (("build", "4-4", "--start", "there.json"), "is no file of parameters"),
        (("build", "4-4", "--start", "nowhere.json"), "cannot be read"),
        (("build", "5-6", "--start", "p.json"), "5-6 has no input 'hidden.w'"),
        (("build", "4-4", "--start", "short.json"), "output.b is (1,), the recipe's is (2,)"),
        (("build", "4-4", "--start", "nan.json"), "not a finite number"),
        (("build", "4-4", "2-11", "--start", "p.json"), "one recipe"),
    ],
)
def test_what_cannot_be(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    path = build("4-4", epochs=2, pages=()).save(tmp_path / "a.xlsx")
    asked = exercise("4-4", "delta")[0].save(tmp_path / "exercise.xlsx")
    whole = pull(path).as_dict()
    whole["inputs"] = {name: whole["inputs"][name] for name in ("hidden.w", "output.b")}
    (tmp_path / "p.json").write_text(json.dumps(whole))
    (tmp_path / "short.json").write_text(json.dumps({**whole, "inputs": {"output.b": [1.0]}}))
    (tmp_path / "nan.json").write_text(json.dumps({**whole, "inputs": {"output.b": [1.0, float("nan")]}}))
    (tmp_path / "there.json").write_text("mine")
    before = sorted(tmp_path.iterdir())
    done = sheetnn(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path for path in sorted(tmp_path.rglob("*")) if path.suffix == ".xlsx"] == [path, asked]
    assert sorted(path for path in tmp_path.iterdir() if path.name != "output") == before


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("p.csv", "a,b\n1,2\n", "its head line is 'a,b'"),
        ("p.csv", "", "it is empty"),
        ("p.csv", "block,index,value\nhidden.b,1\n", "line 2: 2 columns in place of 3"),
        ("p.csv", "block,index,value\nhidden.b,1,x\n", "line 2: value 'x' is not a number"),
        ("p.csv", "block,index,value\nhidden.b,one,0\n", "line 2: index 'one'"),
        ("p.csv", "block,index,value\nhidden.b,0,0\n", "line 2: index '0', whole numbers from 1 on"),
        ("p.csv", "block,index,value\nhidden.b,1,0\nhidden.b,1,2\n", "line 3: a second number for 'hidden.b,1'"),
        ("p.csv", "block,index,value\nhidden.b,1,0\nhidden.b,3,2\n", "'hidden.b' lacks some of its numbers"),
        ("p.csv", "block,index,value\nhidden.b,1,0\nhidden.b,1 1,2\n", "'hidden.b' lacks some of its numbers"),
        ("p.json", "[1, 2]", "it has no table 'inputs'"),
        ("p.json", '{"inputs": [1]}', "it has no table 'inputs'"),
        ("p.json", '{"inputs": {"hidden.w": [[1], [1, 2]]}}', "'hidden.w' has rows of unequal length"),
        ("p.json", "[" * 100_000, "arrays in arrays without end"),
        ("p.json", f'{{"inputs": {{"hidden.b": {"9" * 5000}}}}}', "a number in it cannot be read"),
        ("p.json", "\xe9", "it is not UTF-8 text"),
        ("p.json", "mine", "not valid JSON: Expecting value: line 1"),
        ("p.npz", "mine", "it is not a whole .npz file"),
    ],
)
def test_what_a_file_of_parameters_lacks(name: str, text: str, said: str, tmp_path: Path) -> None:
    """What is wrong in words of the file, and what one looks like; nothing of the program's inside."""
    path = tmp_path / name
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(FileError) as told:
        read_numbers(path)
    message = str(told.value)
    assert message.startswith(f"{path}: is no file of parameters ({said}")
    assert "; expected " in message
    assert message.isprintable()


def test_arrays_of_python_objects_are_no_parameters(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    np.savez(path, w=np.array([None, 1], object))
    with pytest.raises(FileError, match=r"an array in it is damaged, or holds Python objects\); expected an array"):
        read_numbers(path)


def test_a_painted_digit_comes_back(tmp_path: Path) -> None:
    path = build("4-4", epochs=2, pages=("try",), language="en").save(tmp_path / "a.xlsx")
    book = load_workbook(path)
    before = [[cell.value for cell in row] for row in book["Try it"]["B7:D10"]]
    for row in book["Try it"]["B7:D10"]:
        for cell in row:
            cell.value = 1 - cell.value
    book.save(path)
    painted = pull(path)
    np.testing.assert_array_equal(painted.inputs["try/x"], 1 - np.array(before))
    target = painted.save(tmp_path / "p.json")
    again = build("4-4", epochs=2, pages=("try",), start=target)
    np.testing.assert_array_equal(again.values["try/x"], 1 - np.array(before))
    assert build("4-4", epochs=2, pages=(), start=target).values["C_T"].size == 2  # a workbook without that page


@pytest.mark.parametrize("layout", ["stacked", "right", "sheets"])
@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_training_goes_on_as_if_it_had_not_stopped(optimizer: str, layout: str, tmp_path: Path) -> None:
    """Bit for bit, with velocities, means, the place in the order of samples and in the table of rates."""
    recipe = f"""id = "long"
layout = "{layout}"
data = {{ table = "iris.csv", label = "species", limit = 120, classes = ["setosa", "versicolor", "virginica"] }}
layers = [{{ name = "output", units = 3, activation = "softmax" }}]
cost = "cross-entropy"
random = {{ seed = 3 }}
training = {{ epochs = 6, eta = [0.1, 0.1, 0.05, 0.02, 0.01], optimizer = "{optimizer}", batch = 30 }}
"""
    (tmp_path / "long.toml").write_text(recipe)
    whole = build(tmp_path / "long.toml")
    middle = pull(whole.save(tmp_path / "a.xlsx"), epoch=4).save(tmp_path / "p.npz")
    rest = build(tmp_path / "long.toml", epochs=3, start=middle)
    for name in ("output.w", "output.b", "C_T"):
        np.testing.assert_array_equal(_all(rest, name), _all(whole, name)[3:])


def _all(book: Workbook, name: str) -> np.ndarray:
    return book.values[name]
