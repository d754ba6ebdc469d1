"""What users' data and names do: refused in one line, or built with a warning on standard error, or simply right."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from conftest import sheetnn
from test_errors import files, refused

from sheetnn.errors import RecipeError
from sheetnn.verifier import verify
from sheetnn.workbook import build

LAYER = '[[layers]]\nname = "{name}"\nunits = {units}\nactivation = "{activation}"\n'


def recipe(
    folder: Path,
    classes: list[Any],
    *,
    each: int = 2,
    head: tuple[str, ...] = ("u", "v"),
    columns: Any = None,
    top: str = "",
    data: str = "",
    cost: str = "squared",
    activation: str = "sigmoid",
    eta: float | None = 0.1,
    epochs: int = 2,
    hidden: str = "hidden",
    ident: str = "mine",
) -> Path:
    """A table of two features with `each` samples a class, and a network of two hidden units for it."""
    rng = np.random.default_rng(1)
    rows = [[*np.round(rng.normal(size=2), 3).tolist(), one] for one in classes for _ in range(each)]
    if columns is not None:
        rows = [[columns(row[0]), row[1], row[2]] for row in rows]
    with (folder / "mine.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[*head, "label"], *rows])
    layers = LAYER.format(name=hidden, units=2, activation="tanh")
    layers += LAYER.format(name="output", units=len(classes), activation=activation)
    training = f"[training]\neta = {eta}\nepochs = {epochs}\n" if eta else ""
    (folder / "mine.toml").write_text(
        f'id = {json.dumps(ident)}\ncost = "{cost}"\n{top}\n[data]\ntable = "mine.csv"\n{data}\n{layers}{training}'
        "[random]\nseed = 1\n[test]\nsamples = [[0.1, 0.2], [1, -1]]\n",
        "utf-8",
    )
    return folder / "mine.toml"


def built(folder: Path) -> tuple[Path, list[str]]:
    """The file, which verify and every cell's type vouch for, and the warnings that were said."""
    done = sheetnn("build", "mine.toml", "-o", "mine.xlsx", "--lang", "en", cwd=folder)
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "formulas are coming" not in line]  # told of large ones
    assert all(re.match("sheetnn: warning: .", line) for line in said), done.stderr
    report = verify(folder / "mine.xlsx")
    assert report.ok
    assert [check.source for check in report.checks][-1] == "ironcalc"
    return folder / "mine.xlsx", [line.removeprefix("sheetnn: warning: ") for line in said]


def texts(path: Path) -> dict[str, str]:
    """By address every text of a cell that is no formula; none may be an error."""
    book = openpyxl.load_workbook(path)
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert not [cell.coordinate for cell in cells if cell.data_type == "e"]
    return {f"{cell.parent.title}!{cell.coordinate}": cell.value for cell in cells if cell.data_type == "s"}


# -- said, not refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("each", "warned"), [(5, True), (6, False)])
def test_fewer_samples_than_parameters(each: int, warned: bool, tmp_path: Path) -> None:
    """2·2+2 + 2·2+2 = 12 parameters: as many samples are enough, 10 are not (book 3-4)."""
    recipe(tmp_path, ["a", "b"], each=each)
    said = built(tmp_path)[1]
    assert bool(said) == warned
    if warned:
        assert said == [
            "mine: 10 samples to learn from and 12 parameters; with fewer samples than parameters many networks fit "
            "them alike (book 3-4), so add samples or take fewer units"
        ]


def test_one_sample_is_a_sample(tmp_path: Path) -> None:
    """Counts of one have no plural."""
    (tmp_path / "one.csv").write_text("u,y\n1,2\n", "utf-8")
    (tmp_path / "one.toml").write_text(
        'id = "one"\n[data]\ntable = "one.csv"\noutputs = ["y"]\nlimit = 5\n[random]\nseed = 1\n'
        + LAYER.format(name="output", units=1, activation="identity"),
        "utf-8",
    )
    said = " | ".join(build(tmp_path / "one.toml").warnings)
    assert "one.csv: limit is 5, but there is only 1 sample; all are used" in said
    assert "one: 1 sample to learn from and 2 parameters;" in said


def test_warnings_in_json(tmp_path: Path) -> None:
    recipe(tmp_path, ["a", "b"], each=10, columns=lambda number: 5)
    done = sheetnn("build", "mine.toml", "-o", "mine.xlsx", "--json", cwd=tmp_path)
    (one,) = json.loads(done.stdout)["workbooks"]
    (said,) = one["warnings"]
    assert said.startswith("mine.csv: feature 'u' is the same in every sample")
    assert done.stderr == f"sheetnn: warning: {said}\n"


def test_shipped_recipes_are_warned_about_where_it_is_true() -> None:
    """The book's networks have 47 parameters for 64 images and 69 for 96."""
    for name in ("3-5", "4-4", "5-4", "5-6"):
        book = build(name, pages=())
        count = sum(block.size for block in book.graph if block.role == "parameter" and "." in block.name[1:]
                    and not block.name.startswith("test.") and block.start is not None)  # fmt: skip
        assert count < book.graph["x"].shape[0]
        assert book.warnings == (), name


def test_a_constant_feature(tmp_path: Path) -> None:
    recipe(tmp_path, ["a", "b"], each=10, columns=lambda number: 5)
    assert [line.partition(" in ")[0] for line in built(tmp_path)[1]] == ["mine.csv: feature 'u' is the same"]
    recipe(tmp_path, ["a", "b"], each=10, columns=lambda number: 5, data="scale = [0, 1]")
    refused(tmp_path, ["build", "mine.toml", "-o", "b.xlsx"], "feature 'u' is 5.0 in every sample", "out of the")


# -- refused in one line ------------------------------------------------------------------------------------------

CNN = """
id = "cnn"
[data]
images = "appendix_b.csv"
[[layers]]
name = "conv"
kind = "convolution"
filters = 1
size = [3, 3]
[[layers]]
name = "pool"
kind = "pooling"
[[layers]]
name = "output"
units = 3
[training]
eta = 0.1
epochs = 1
[random]
seed = 1
"""
SIZES = {
    "a filter larger than its picture": (
        ("size = [3, 3]", "size = [7, 3]"), ["layer conv", "7x3 does not fit 6x6", "smaller size"],
    ),
    "a pooling that does not divide": (
        ("size = [3, 3]", "size = [2, 3]"), ["layer pool", "2x2 do not divide", "5x4", "1, 5 down", "1, 2, 4 across"],
    ),
    "a pooling larger than its maps": (
        ('kind = "pooling"', 'kind = "pooling"\nsize = [5, 4]'), ["layer pool", "5x4 does not fit 4x4"],
    ),
    "windows apart that do not divide": (
        ('kind = "pooling"', 'kind = "pooling"\nstride = [3, 2]'), ["layer pool", "3 and 2 apart", "4x4"],
    ),
    "two layers of one name": (('name = "pool"', 'name = "conv"'), ["two layers are named 'conv'"]),
    "a layer named as an axis": (('name = "pool"', 'name = "image"'), ["'image' names an axis already"]),
}  # fmt: skip


@pytest.mark.parametrize("fault", SIZES)
def test_sizes_and_names_of_layers(fault: str, tmp_path: Path) -> None:
    (old, new), needles = SIZES[fault]
    (tmp_path / "cnn.toml").write_text(CNN, "utf-8")
    assert sheetnn("check", "cnn.toml", cwd=tmp_path).returncode == 0
    (tmp_path / "cnn.toml").write_text(CNN.replace(old, new, 1), "utf-8")
    refused(tmp_path, ["build", "cnn.toml", "-o", "a.xlsx"], *needles)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("size = [3, 3]", "size = [2, 3]", "layer pool: windows of 2x2 do not divide"),
        (
            "[random]\nseed = 1\n",
            '[random]\nseed = 1\n[start]\n"conv.b" = [1, 2, 3, 4, 5, 6, 7]\n',
            "start: 'conv.b' holds",
        ),
        ('name = "output"\nunits = 3', 'name = "output"\nunits = 6', "layer output: 6 units for 3 classes"),
        ("eta = 0.1", "eta = 0.1\nbatch = 7", "training.batch: 7 does not divide"),
        ('id = "cnn"', 'id = "cnn"\nlayout = "nowhere"', "layout 'nowhere' is not known"),
    ],
)
@pytest.mark.parametrize("verb", ["build", "info"])
def test_what_only_building_finds_names_the_recipe(verb: str, old: str, new: str, said: str, tmp_path: Path) -> None:
    """The file is named once: also where the message names it, or the file of the data, by itself."""
    assert old in CNN
    (tmp_path / "cnn.toml").write_text(CNN.replace(old, new, 1), "utf-8")
    done = sheetnn(verb, "cnn.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"sheetnn: cnn.toml: {said}")
    assert done.stderr.count("cnn.toml") == done.stderr.count("\n") == 1


def test_messages_that_name_a_file_stay_as_they_are(tmp_path: Path) -> None:
    path = recipe(tmp_path, ["a", "b"])
    text = path.read_text("utf-8")
    (tmp_path / "p.json").write_text("{}")
    path.write_text(text.replace("eta = 0.1", "eta = -1"), "utf-8")
    refused(tmp_path, ["build", "mine.toml"], "sheetnn: mine.toml: line ")
    path.write_text(text, "utf-8")
    for words, said in (
        (["--start", "p.json"], "sheetnn: p.json: "),
        (["--lang", "xx"], "sheetnn: language 'xx'"),
        (["--max-formulas", "1"], "sheetnn: mine: "),
    ):
        done = sheetnn("build", "mine.toml", *words, cwd=tmp_path)
        assert done.returncode == 2
        assert done.stderr.startswith(said)
    (tmp_path / "mine.csv").write_text("u,v,label\n1,x,a\n2,3,b\n")
    done = sheetnn("build", "mine.toml", cwd=tmp_path)
    assert done.stderr.startswith("sheetnn: mine.csv, line 2")


def test_rates_that_no_epoch_uses(tmp_path: Path) -> None:
    """More rates than epochs are a mistake in a recipe; fewer epochs, asked for at hand, take the first of them."""
    path = recipe(tmp_path, ["a", "b"], each=6)
    text = path.read_text("utf-8").replace("eta = 0.1", "eta = [0.4, 0.3, 0.2, 0.1]")
    path.write_text(text, "utf-8")
    for verb in ("build", "check"):
        done = sheetnn(verb, "mine.toml", cwd=tmp_path)
        assert done.returncode == (1 if verb == "check" else 2)
        told = "holds 4 rates for 2 epochs; the last 2 have no effect, take them out"
        assert f"training.eta: {told}" in done.stdout + done.stderr
    path.write_text(text.replace("epochs = 2", "epochs = 3"), "utf-8")
    assert "the last one has no effect, take it out" in sheetnn("build", "mine.toml", cwd=tmp_path).stderr
    path.write_text(text.replace("epochs = 2", "epochs = 4"), "utf-8")
    for epochs, rates in ((5, [0.4, 0.3, 0.2, 0.1, 0.1]), (4, [0.4, 0.3, 0.2, 0.1]), (3, [0.4, 0.3, 0.2])):
        assert build(path, epochs=epochs).values["eta"].tolist() == rates
    assert build(path, epochs=3, eta=0.5).values["eta"] == 0.5
    assert sheetnn("build", "mine.toml", "--exercise", "delta", cwd=tmp_path).returncode == 0
    with pytest.raises(RecipeError, match=r"training\.epochs: expected greater than or equal to 1"):
        build(path, epochs=0)


def test_diverging_training_names_block_and_epoch(tmp_path: Path) -> None:
    """Identity outputs and a huge η: x grows by a factor of about η a step, past 1e308 in the epoch told."""
    path = recipe(tmp_path, ["a", "b"], each=8, activation="identity", eta=1e60, epochs=30)
    refused(tmp_path, ["build", "mine.toml", "-o", "a.xlsx"], "not a finite number in epoch", "smaller learning rate")
    done = sheetnn("build", "mine.toml", "-o", "a.xlsx", cwd=tmp_path)
    found = re.search(r"sheetnn: mine: ([\w.]+): a value is not a finite number in epoch (\d+)", done.stderr)
    assert found is not None
    epoch = int(found[2])
    assert 2 <= epoch < 30
    before = build(path, epochs=epoch - 1).values  # all before it is finite
    assert all(np.isfinite(value).all() for value in before.values() if value.dtype.kind == "f")


CLASSES = {
    "256 classes": ([f"n{number}" for number in range(256)], {"each": 1}, ["256 different", "at most 255"]),
    "40,000 characters": (["a", "b" * 40_000], {}, ["line 4", "40,000 characters", "at most 255"]),
    "a class that never occurs": (["a", "b"], {"data": 'classes = ["a", "b", "c"]'}, ["class 'c' never occurs"]),
    "named twice": (["a", "b"], {"data": 'classes = ["a", "b", "a"]'}, ["'a' is named twice"]),
    "in two cases": (["a", "A"], {}, ["'a'", "'A'", "case of letters"]),
    "steering the terminal": (["a", "b\x1b[2J"], {}, ["U+001B"]),
    "an escape of workbooks": (["a", "_x0041_"], {}, ["'_x0041_'", "write it otherwise"]),
    "long column": (["a", "b"], {"head": ("u" * 40_000, "v")}, ["40,000 characters", "at most 255"]),
    "column twice": (["a", "b"], {"head": ("u", "u")}, ["two columns are named 'u'"]),
    "long title": (
        ["a", "b"],
        {"top": f'title = "{"x" * 40_000}"'},
        ["line 3: title", "40,000 characters", "at most 255"],
    ),
    "long title of a language": (["a", "b"], {"top": f'title = {{ en = "{"x" * 256}" }}'}, ["title.en", "256"]),
    "title with a bell": (["a", "b"], {"top": 'title = "a\\u0007"'}, ["title", "U+0007"]),
    "section of two lines": (["a", "b"], {"top": 'section = "4-4\\n"'}, ["section", "U+000A"]),
    "layer named as a formula": (["a", "b"], {"hidden": "=1+1"}, ["layers[1].name", "'=1+1'", "letter"]),
    "layer with a long name": (["a", "b"], {"hidden": "h" * 40_000}, ["layers[1].name", "at most 40"]),
    "id that is a formula": (["a", "b"], {"ident": "=1+1"}, ["id", "'=1+1'"]),
    "id that is a path": (["a", "b"], {"ident": "../../a"}, ["id"]),
    "long id": (["a", "b"], {"ident": "a" * 40_000}, ["id", "at most 80"]),
}


@pytest.mark.parametrize("fault", CLASSES)
def test_classes_titles_and_names(fault: str, tmp_path: Path) -> None:
    classes, options, needles = CLASSES[fault]
    recipe(tmp_path, classes, **options)
    refused(tmp_path, ["build", "mine.toml", "-o", "a.xlsx"], *needles)
    assert all(len(line) < 1000 for line in sheetnn("build", "mine.toml", cwd=tmp_path).stderr.splitlines())
    assert set(files(tmp_path)) <= {"mine.toml", "mine.csv"} | {str(tmp_path / n) for n in ("mine.toml", "mine.csv")}


# -- simply right -------------------------------------------------------------------------------------------------

WILD = ["a*", "a?", "a~", "a", "*", "?", "~", "~*", '"', "''", "=1+1", "-5", "+3 x", "@SUM(A1)", "<b>&amp;", "TRUE",
        "#N/A", "1e5", "1/2", "100%", "'quoted", "\U0001f600", "狗"]  # fmt: skip


def test_wild_names_of_classes(tmp_path: Path) -> None:
    """Each sample's name is its own, in the file and by the engine: `*` and `?` are looked up by number."""
    recipe(tmp_path, WILD, each=2)
    path, _ = built(tmp_path)
    assert set(WILD) <= set(texts(path).values())
    book = build(tmp_path / "mine.toml")
    assert [str(name) for name in book.values["data.name"]] == [name for name in WILD for _ in (1, 2)]
    names = [str(name) for name in book.values["class.name"]]
    largest = book.values["test.output.a"].argmax(axis=1)
    assert [str(name) for name in book.values["test.name"]] == [names[unit] for unit in largest]


def test_titles_and_columns_that_look_like_formulas(tmp_path: Path) -> None:
    for title in ("=1+1", "-5", "+A1", "@x"):
        recipe(tmp_path, ["a", "b"], each=8, head=("=1+1", "-5"), top=f'title = "{title}"\npages = ["contents"]')
        path, _ = built(tmp_path)
        found = texts(path)
        there = {address for address, text in found.items() if text == title}
        assert there >= {"Contents!B1", "Data!A1", "Training!A1", "Test!A1"}  # and over columns of that name
        path.unlink()


def test_pictures_with_such_labels(tmp_path: Path) -> None:
    for label in ("=1+1", "-5 x", "*"):
        (tmp_path / "p.csv").write_text(f"label,pixels\n{label},11/01\na,01/10\n" * 1, "utf-8")
        text = CNN[: CNN.index("[[layers]]")].replace("appendix_b", "p").replace('"cnn"', '"mine"')
        text += LAYER.format(name="output", units=2, activation="sigmoid") + CNN[CNN.index("[training]") :]
        (tmp_path / "mine.toml").write_text(text, "utf-8")
        path, _ = built(tmp_path)
        assert label in texts(path).values()
        path.unlink()


@pytest.mark.parametrize(
    ("count", "cost", "activation", "eta"),
    [
        (11, "squared", "sigmoid", 0.1),
        (65, "cross-entropy", "sigmoid", 0.1),
        (65, "cross-entropy", "softmax", 0.1),
        (255, "cross-entropy", "softmax", None),
    ],
)
def test_many_classes(count: int, cost: str, activation: str, eta: float | None, tmp_path: Path) -> None:
    """Verdicts are looked up; the terms of a cost have cells of their own, where one would be too long."""
    path = recipe(tmp_path, list(range(count)), each=1, cost=cost, activation=activation, eta=eta, epochs=1)
    built(tmp_path)
    values = build(path).values
    a, c = (values[name][0] if eta else values[name] for name in ("output.a", "C"))
    own = a[np.arange(count), np.arange(count)]
    if cost == "squared":
        expected = ((a - np.eye(count)) ** 2).sum(axis=1) / 2
    elif activation == "softmax":
        expected = -np.log(own)
    else:
        expected = -np.log(own) - np.log1p(-a).sum(axis=1) + np.log1p(-own)
    np.testing.assert_allclose(c, expected, rtol=1e-11)
    assert values["test.verdict"].tolist() == values["test.output.a"].argmax(axis=1).tolist()


def test_diverging_training_is_said_though_every_number_is_finite(tmp_path: Path) -> None:
    """From the epoch on in which C_T begins to grow for good; training that learns is not warned of."""
    path = recipe(tmp_path, ["a", "b"], each=8, activation="identity", eta=5, epochs=20)
    book = build(path)
    course = book.values["C_T"]
    assert course[-1] > 1e6 * course[0]
    least = int(course.argmin())
    assert (np.diff(course[least:]) > 0).all()
    said = [one for one in book.warnings if "diverges" in one]
    assert len(said) == 1
    assert f"C_T grows from epoch {least + 2} on ({course[least]:.3g} before it" in said[0]
    done = sheetnn("build", "mine.toml", "-o", "a.xlsx", cwd=tmp_path)
    assert done.returncode == 0
    assert said[0] in done.stderr
    calm = build(recipe(tmp_path, ["a", "b"], each=8, activation="identity", eta=0.01, epochs=20))
    assert not [one for one in calm.warnings if "diverges" in one]


def test_where_it_began_is_said_where_a_number_overflows(tmp_path: Path) -> None:
    recipe(tmp_path, ["a", "b"], each=8, activation="identity", eta=50, epochs=300)
    said = ("not a finite number in epoch", "C_T grows from epoch 2 on")
    refused(tmp_path, ["build", "mine.toml", "-o", "a.xlsx"], *said)
