"""`check`: every mistake of a recipe at once, each at its line, and nothing where there is none."""

from __future__ import annotations

import json
import random
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import RECIPES, sheetnn

from sheetnn.errors import RecipeError
from sheetnn.mistakes import Mistake
from sheetnn.model import from_recipe
from sheetnn.proofreading import check, mistakes_in
from sheetnn.recipe import changed, examine, load, parse
from sheetnn.rules import RULES
from sheetnn.rules.pages import NEEDS as NEEDS_OF_PAGES
from sheetnn.schema import Recipe

# In a comment after a line stand the mistakes that belong to it, `|` between them.
MANY = """\
id = "my recipe"  # id: expected a letter or digit, then letters, digits, _, - and . (found 'my recipe')
titel = "x"  # titel: unknown key; did you mean 'title'?
epochs = 3  # epochs: unknown key; 'epochs' stands in [training]
cost = "sqared"  # cost: expected 'squared'; did you mean 'squared'?
pages = ["step",
  "stp",  # pages[2]: expected 'contents'; did you mean 'step'?
  "check"]

[data]
images = "pictures.csv"
table = "b.csv"  # data.table: the samples are in 'images' already
features = ["a", "a"]  # data.features[2]: 'a' is named twice | data.features: goes with table or arrays
scale = [1, 0]  # data.scale: runs from 1 to 0

[[layers]]  # layers[1].filters: this key is missing
name = "conv"
kind = "convolution"
filter = 3  # layers[1].filter: unknown key; did you mean 'filters'?
size = [3, 0]  # layers[1].size[2]: expected greater than or equal to 1 (found '0')

[[layers]]
name = "hidden"
kind = "dens"  # layers[2].kind: kind 'dens' is not known; did you mean 'dense'?
units = 3

[[layers]]
name = "output"
units = "2"  # layers[3].units: expected a valid integer (found '2')
activaton = "relu"  # layers[3].activaton: unknown key; did you mean 'activation'?
filters = 2  # layers[3].filters: unknown key; 'filters' belongs to a layer of kind 'convolution'

[training]
etta = 0.5  # training.etta: unknown key; did you mean 'eta'?
epochs = 2.5  # training.epochs: expected a valid integer (found '2.5')
momentum = 0.9  # training.momentum: belongs to optimizer 'momentum'
unit_length = "yes"  # training.unit_length: expected a valid boolean
pages = ["step"]  # training.pages: unknown key; 'pages' stands at the top of the file

[random]  # random.seed: this key is missing
range = [  # random.range: runs from 1 to -1 | random.range: belongs to kind 'uniform'
  1, -1]

[test]
samples = [[1, 2], [
  true, "3"]]  # test.samples[2][1]: expected a valid number | test.samples[2][2]: expected a valid number
"""
CROSSED = """\
id = "a"
cost = "cross-entropy"  # cost: 'cross-entropy' needs outputs of sigmoid or softmax; layer 'p_row' has 'relu'
pages = ["step"]  # pages[1]: 'step' needs all samples in each step, so no batch; pictures of one channel; change
start = 5  # start: expected a table (found '5')

[data]
table = "b.csv"
channels = "gray"  # data.channels: goes with folder, not with table
outputs = ["y"]
label = "z"  # data.label: is of classes, and outputs are of a regression

[[layers]]
name = "row"  # layers[1].name: 'row' names an axis already
activation = "step"  # layers[1].activation: 'step' has no slope
units = 2

[[layers]]
kind = "pooling"  # layers[2].kind: a pooling layer needs pictures, and dense layer 'row'
name = "p"

[[layers]]
name = "p_row"  # layers[3].name: 'p_row' is an axis of layer 'p' already
units = 2
activation = "relu"

[training]  # training.eta: this key is missing | training.epochs: this key is missing
batch = 3

[test]
images = ["0/1"]  # test.images: goes with pictures, and data are a table
"""
GOOD: dict[str, Any] = {
    "id": "good",
    "data": {"images": "appendix_a.csv"},
    "layers": [{"name": "hidden", "units": 3}, {"name": "output", "units": 2}],
    "training": {"eta": 0.2, "epochs": 2},
    "random": {"seed": 1},
    "test": {"images": ["010/101/101/101"]},
}
DESCENT: dict[str, Any] = {
    "id": "good",
    "function": {"variables": ["x"], "value": "x^2", "gradient": ["2*x"]},
    "training": {"eta": 0.1, "epochs": 3},
    "start": {"x": 1},
}
BLOCKS: dict[str, Any] = {
    "id": "good",
    "blocks": [{"name": "x", "values": 1}, {"name": "y", "op": "copy", "args": ["x"]}],
}
TABLE = {"data": {"table": "t.csv"}, "test": {"samples": [[1, 2]]}}
PICTURES_LAST = [{"name": "hidden", "units": 3}, {"name": "pool", "kind": "pooling"}]
CONV = {"name": "c", "kind": "convolution", "filters": 1}
LAST = {"name": "output", "units": 2}
SOFT = {"name": "s", "units": 2, "activation": "softmax"}
TRAINING = {"eta": 0.2, "epochs": 2}
NEEDS = "needs a network with [training]"
# What is changed in a good recipe, and the mistake that it makes.
CROSS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (DESCENT, {"title": {"en": "a\u0007"}}, "title.en", "control character U+0007"),
    (DESCENT, {"data": {"images": "a.csv"}}, "data", "stands alone"),
    (DESCENT, {"layers": [LAST]}, "layers", "stands alone"),
    (DESCENT, {"blocks": BLOCKS["blocks"]}, "blocks", "stands alone"),
    ({"id": "a"}, {}, "", "describes nothing"),
    (GOOD, {"data": None}, "data", "missing"),
    (DESCENT, {"training": None}, "training", "eta and epochs"),
    (BLOCKS, {"training": TRAINING}, "training", "without [[layers]]"),
    (BLOCKS, {"random": {"seed": 1}}, "random", "without [[layers]]"),
    (BLOCKS, {"start": {"x": 1}}, "start", "without [[layers]]"),
    (DESCENT, {"test": {"images": ["1"]}}, "test", "without [[layers]]"),
    (DESCENT, {"cost": "squared"}, "cost", "without [[layers]]"),
    (GOOD, {"training": {"eta": [0.2, 0.1], "epochs": 1}}, "training.eta", "the last one has no effect"),
    (GOOD, {"pages": ["cost", "cost"]}, "pages[2]", "twice"),
    (GOOD, {"data": {"images": "appendix_a.csv", "classes": [0, 1, 0]}}, "data.classes[3]", "twice"),
    (DESCENT, {"function": {**DESCENT["function"], "variables": ["x", "x"]}}, "function.variables[2]", "twice"),
    (BLOCKS, {"blocks": [BLOCKS["blocks"][0]] * 2}, "blocks[2].name", "two blocks are named 'x'"),
    (BLOCKS, {"blocks": [{"name": "x", "values": 1, "op": "copy"}]}, "blocks[1].values", "beside op"),
    (BLOCKS, {"blocks": [{"name": "x", "values": 1, "args": ["y"]}]}, "blocks[1].args", "without op"),
    (GOOD, {**TABLE, "data": {"table": "t", "features": ["a", "b", "b"]}}, "data.features[3]", "twice"),
    (GOOD, {**TABLE, "data": {"table": "t", "outputs": ["a", "a"]}}, "data.outputs[2]", "twice"),
    (GOOD, {"solve": {"change": ["output.w", "output.w"]}}, "solve.change[2]", "twice"),
    (GOOD, {"data": {"classes": [0, 1]}}, "data", "names no samples"),
    (GOOD, {"data": {"images": "a.csv", "folder": "b"}}, "data.folder", "'images' already"),
    (GOOD, {"data": {"images": "a.csv", "label": "label"}}, "data.label", "goes with table"),
    (GOOD, {"data": {"images": "a.csv", "outputs": ["y"]}}, "data.outputs", "goes with table"),
    (GOOD, {"data": {"images": "a.csv", "channels": "gray"}}, "data.channels", "goes with folder"),
    (GOOD, {"data": {"images": "a.csv", "scale": [1, 1]}}, "data.scale", "lower end first"),
    (GOOD, {"data": {"images": "a.csv", "classes": [1, "two"]}}, "data.classes", "mixes numbers and names"),
    (GOOD, {**TABLE, "data": {"table": "t.csv", "outputs": ["y"], "classes": [1, 2]}}, "data.classes", "regression"),
    (GOOD, {**TABLE, "data": {"table": "t.csv", "outputs": ["y"], "label": "z"}}, "data.label", "regression"),
    (GOOD, {**TABLE, "data": {"table": "t.csv", "outputs": ["y"], "targets": "one-hot"}}, "data.targets", "one-hot"),
    (GOOD, {**TABLE, "data": {"table": "t", "outputs": ["y"], "features": ["y"]}}, "data.outputs[1]", "features too"),
    (GOOD, {"data": {"images": "a.csv", "test": 0.5}}, "test", "choose one"),
    (GOOD, {"test": {}}, "test", "expected images or samples"),
    (GOOD, {"test": {"images": ["1"], "samples": [[1]]}}, "test.samples", "beside images"),
    (GOOD, {"test": {"samples": [[1]]}}, "test.samples", "goes with tables"),
    (GOOD, {**TABLE, "test": {"images": ["1"]}}, "test.images", "goes with pictures"),
    (GOOD, {**TABLE, "data": {"table": "t", "features": ["a"]}}, "test.samples[1]", "expected 1, one for each"),
    (GOOD, {"layers": [LAST, LAST]}, "layers[2].name", "two layers are named 'output'"),
    (GOOD, {"layers": [{**LAST, "name": "epoch"}]}, "layers[1].name", "names an axis"),
    (GOOD, {"layers": [CONV, {**LAST, "name": "c_i"}]}, "layers[2].name", "axis of layer 'c'"),
    (GOOD, {"layers": PICTURES_LAST}, "layers[2].kind", "last layer of kind 'dense'"),
    (GOOD, {"layers": [*PICTURES_LAST, LAST]}, "layers[2].kind", "dense layer 'hidden' makes none"),
    (GOOD, {**TABLE, "layers": [CONV, LAST]}, "layers[1].kind", "data are a table"),
    (GOOD, {"layers": [SOFT, LAST]}, "layers[1].activation", "for the last layer"),
    (GOOD, {"layers": [{**LAST, "activation": "step"}]}, "layers[1].activation", "has no slope"),
    (GOOD, {"cost": "cross-entropy", "layers": [{**LAST, "activation": "tanh"}]}, "cost", "sigmoid or softmax"),
    (GOOD, {"cost": "categorical-cross-entropy"}, "cost", "needs outputs of softmax"),
    (GOOD, {"training": {"epochs": 2}}, "training.eta", "missing"),
    (GOOD, {"training": {"eta": 0.2}}, "training.epochs", "missing"),
    (GOOD, {"training": {"mode": "solver", "eta": 0.1}}, "training.eta", "mode 'solver'"),
    (GOOD, {"training": {"mode": "solver", "decay": 0.0}}, "training.decay", "mode 'solver'"),
    (DESCENT, {"training": {"mode": "solver"}}, "training.mode", "for networks"),
    (GOOD, {"training": {**TRAINING, "momentum": 0.9}}, "training.momentum", "optimizer 'momentum'"),
    (GOOD, {"training": {**TRAINING, "beta2": 0.9, "optimizer": "momentum"}}, "training.beta2", "optimizer 'adam'"),
    (DESCENT, {"training": {**TRAINING, "optimizer": "adam"}}, "training.optimizer", "takes 'gradient'"),
    (DESCENT, {"training": {**TRAINING, "eta": [0.1]}}, "training.eta", "one learning rate"),
    (DESCENT, {"training": {**TRAINING, "decay": 0.1}}, "training.decay", "for networks"),
    (DESCENT, {"training": {**TRAINING, "batch": 1}}, "training.batch", "for networks"),
    (DESCENT, {"function": {**DESCENT["function"], "gradient": []}}, "function.gradient", "0 derivatives for 1"),
    (GOOD, {"start": {"file": 5}}, "start.file", "name of a file"),
    (GOOD, {"random": None}, "start", "write [random]"),
    (GOOD, {"random": {"seed": 1, "kind": "uniform", "range": [2, 1]}}, "random.range", "lower end first"),
    (GOOD, {"random": {"seed": 1, "kind": "he", "sd": 1.0}}, "random.sd", "belongs to kind 'normal'"),
    (GOOD, {"random": {"seed": 1, "range": [0, 1]}}, "random.range", "belongs to kind 'uniform'"),
    (GOOD, {"training": None, "pages": ["step"]}, "pages[1]", NEEDS),
    (GOOD, {"training": {"mode": "solver"}, "pages": ["try"]}, "pages[1]", NEEDS),
    (GOOD, {"training": None, "pages": ["cost"]}, "pages[1]", "or a [function]"),
    (DESCENT, {"pages": ["contents", "check"]}, "pages[2]", NEEDS),
    (GOOD, {"training": {**TRAINING, "optimizer": "adam"}, "pages": ["step"]}, "pages[1]", "optimizer 'gradient'"),
    (GOOD, {"training": {**TRAINING, "eta": [0.1]}, "pages": ["step"]}, "pages[1]", "one learning rate"),
    (GOOD, {"training": {**TRAINING, "batch": 8}, "pages": ["check"]}, "pages[1]", "no batch"),
    (GOOD, {"training": {**TRAINING, "decay": 0.1}, "pages": ["step"]}, "pages[1]", "no weight decay"),
    (GOOD, {"training": {**TRAINING, "unit_length": True}, "pages": ["step"]}, "pages[1]", "no unit_length"),
    (GOOD, {"layout": "sheets", "pages": ["cost"]}, "pages[1]", "the epochs on one sheet"),
    (GOOD, {"data": {"arrays": "a.npz", "outputs": ["y", "z"]}, "pages": ["try"]}, "pages[1]", "classes to choose"),
    (GOOD, {"reduction": "mean", "pages": ["step"]}, "pages[1]", "reduction 'sum'"),
    (GOOD, {**TABLE, "pages": ["try"]}, "pages[1]", "pictures of one channel"),
    (GOOD, {"data": {"folder": "f", "channels": "rgb"}, "pages": ["step"]}, "pages[1]", "pictures of one channel"),
    (GOOD, {"layers": [SOFT], "pages": ["step"]}, "pages[1]", "no softmax"),
    (GOOD, {"layers": [{**CONV, "padding": [1, 0]}, LAST], "pages": ["step"]}, "pages[1]", "without padding"),
    (GOOD, {"layers": [{**CONV, "stride": [1, 2]}, LAST], "pages": ["step"]}, "pages[1]", "stride 1"),
]  # fmt: skip


def mended(good: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """A recipe with tables replaced, or taken out where the change says None."""
    return {key: value for key, value in {**good, **change}.items() if value is not None}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("text", [MANY, CROSSED], ids=["schema", "crossed"])
def test_all_mistakes_at_once(text: str, tmp_path: Path) -> None:
    """Each comment names the mistakes of its line; there are no others."""
    expected = commented(text)
    found = [(one.line, one.told()) for one in check(written(tmp_path, text))]
    assert sorted(line for line, _ in found) == [line for line, _ in expected]
    assert [line for line, _ in found] == sorted(line for line, _ in found)
    for line, mistake in expected:
        head, _, hint = mistake.partition("; did you mean")
        texts = [told for number, told in found if number == line and told.startswith(head)]
        assert len(texts) == 1, (line, mistake, found)
        assert hint in texts[0]


def test_good_recipes_have_no_mistake() -> None:
    for good in (GOOD, DESCENT, BLOCKS, mended(GOOD, TABLE)):
        assert examine(good)[1] == []
    for name in RECIPES:
        assert check(name) == []


@pytest.mark.parametrize(("good", "change", "key", "needle"), CROSS)
def test_a_rule_is_broken(good: dict[str, Any], change: dict[str, Any], key: str, needle: str) -> None:
    recipe, mistakes = examine(mended(good, change))
    assert recipe is None
    assert [one for one in mistakes if one.key == key and needle in one.told()], mistakes


def test_every_rule_is_broken_once() -> None:
    quiet = set(RULES)
    for good, change, _, _ in CROSS:
        table = mended(good, change)
        recipe = Recipe.model_validate(table)
        quiet -= {rule for rule in quiet if list(rule.find(recipe))}
    assert not quiet, [rule.reads for rule in quiet]


def test_every_need_of_a_page_is_unmet_once() -> None:
    said = [needle for _, change, _, needle in CROSS if "pages" in change]
    for need in NEEDS_OF_PAGES:
        assert any(needle in f"needs {need.said}" for needle in said), need.said


def test_no_rule_speaks_of_what_is_wrong_already() -> None:
    """A misspelt key is one mistake: that its meaning is missing, or that a page needs it, would be said twice."""
    for table, key in (("training", "eta"), ("data", "images")):
        spoilt = mended(GOOD, {table: {key + "s": 1, **{k: v for k, v in GOOD[table].items() if k != key}}})
        _, mistakes = examine({**spoilt, "pages": ["step"]})
        assert [one.key for one in mistakes] == [f"{table}.{key}s"]
    _, mistakes = examine(
        {"trainin" if key == "training" else key: one for key, one in GOOD.items()} | {"pages": ["step"]}
    )
    assert [one.key for one in mistakes] == ["trainin"]


def test_solver_is_a_recipe_without_training() -> None:
    recipe, mistakes = examine(mended(GOOD, {"training": {"mode": "solver"}}))
    assert recipe is not None
    assert (recipe.training, mistakes) == (None, [])
    assert recipe == parse(mended(GOOD, {"training": None}), "x")


def test_a_dumped_recipe_is_read_again() -> None:
    """It has every key, momentum too; that counts as given only where a person wrote it."""
    recipe = parse(GOOD, "good")
    table = json.loads(json.dumps(recipe.model_dump(mode="json")))
    assert parse(table, "good") == recipe
    assert examine(table)[0] is None
    assert changed(recipe, epochs=7).training.epochs == 7  # type: ignore[union-attr]
    with pytest.raises(RecipeError, match=r"^good: training\.epochs: expected greater than or equal to 1"):
        changed(recipe, epochs=0)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("units = 2.0", "layers[1].units"),
        ("units = true", "layers[1].units"),
        ('units = "2"', "layers[1].units"),
        ("units = 1979-05-27", "layers[1].units"),
        ("units = [2]", "layers[1].units"),
        ("units = {}", "layers[1].units"),
        ("units = 99999999999999999999999999", "layers[1].units"),
    ],
)
def test_a_number_is_a_number(line: str, key: str, tmp_path: Path) -> None:
    text = f'id = "a"\n[data]\nimages = "appendix_a.csv"\n[[layers]]\nname = "o"\n{line}\n[random]\nseed = 1\n'
    (mistake,) = check(written(tmp_path, text))
    assert (mistake.line, mistake.key) == (6, key)
    assert check(written(tmp_path, text.replace(line, "units = 2"))) == []


NETWORK = """\
id = "small"
layout = "stacked"
[data]
images = "appendix_a.csv"
[[layers]]
name = "conv"
kind = "convolution"
filters = 2
size = [3, 3]
[[layers]]
name = "output"
units = 2
[random]
seed = 1
[[blocks]]
name = "more"
values = 1
[test]
images = ["010/101/101/101"]
[solve]
change = ["conv.w"]
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "needle"),
    [
        ("appendix_a", "appendix_z", 4, "not found"),
        ("stacked", "stacker", 2, "did you mean 'stacked'"),
        ("size = [3, 3]", "size = [5, 3]", 9, "does not fit"),
        ("units = 2", "units = 3", 12, "units = 2"),
        ("values = 1", 'values = 1\nrole = "x"', 18, "role"),
        ("seed = 1", 'seed = 1\n[start]\n"conv.v" = 1', 16, "did you mean 'conv.w'"),
        ("010/101/101/101", "010", 19, "one size"),
        ('"conv.w"]', '"conv.v"]', 21, "did you mean 'conv.w'"),
    ],
)
def test_what_only_building_tells(old: str, new: str, line: int, needle: str, tmp_path: Path) -> None:
    assert check(written(tmp_path, NETWORK)) == []
    assert old in NETWORK
    (mistake,) = check(written(tmp_path, NETWORK.replace(old, new)))
    assert mistake.line == line, mistake
    assert needle in mistake.told()


# One mistake of each kind; what schema and rules tell must not hide what only data and building do.
ALL_KINDS = """\
id = "all"
layout = "stakced"  # layout: layout 'stakced' is not known; did you mean 'stacked'
pages = ["step", "cost"]  # pages[1]: 'step' needs optimizer 'gradient'; all samples in each step, so no batch; change

[data]
images = "bad.csv"  # data.images: bad.csv, line 3: pixel 2 of row 1 is 'x' | data.images: bad.csv, line 5: has 1

[[layers]]
name = "fine"
kind = "convolution"
filters = 2
size = [2, 2]

[[layers]]
name = "conv"
kind = "convolution"
filters = 2
size = [5, 2]  # layers[2].size: a window of 5x2 does not fit 3x3 pixels

[[layers]]
name = "output"
units = 2
activaton = "relu"  # layers[3].activaton: unknown key; did you mean 'activation'?

[training]  # training.eta: this key is missing
epochs = 3
optimizer = "adam"
momentum = 0.9  # training.momentum: belongs to optimizer 'momentum'
batch = 2

[start]
file = "none.json"  # start.file: data file 'none.json' not found
"conv.v" = [1]  # start."conv.v": 'conv.v' is no parameter; did you mean 'conv.w'

[random]
seed = 1
sed = 2  # random.sed: unknown key; did you mean 'seed'?

[test]
images = ["0000/0000/0000/0000",
  "00z0/0000/0000/0000",  # test.images[2]: test picture 2: pixel 3 of row 1 is 'z'
  "000/0000/0000/0000"]  # test.images[3]: test picture 3: its rows have [3, 4] pixels

[solve]
change = ["conv.w",
  "conv.u"]  # solve.change[2]: block 'conv.u' does not exist; did you mean 'conv.w'

[[blocks]]
name = "one"
values = 1

[[blocks]]
name = "two"
op = "coppy"  # blocks[2].op: op 'coppy' is not known; did you mean 'copy'
args = ["one"]

[[blocks]]
name = "three"
op = "copy"
args = ["on"]  # blocks[3].args[1]: argument 'on' is not known; did you mean 'one'
role = "pixle"  # blocks[3].role: role 'pixle' is not known; did you mean 'pixel'
"""


def commented(text: str) -> list[tuple[int, str]]:
    """The mistakes that stand in comments, with their lines."""
    return [
        (number, mistake)
        for number, line in enumerate(text.splitlines(), 1)
        for mistake in (line.partition("  # ")[2].split(" | ") if "  # " in line else [])
    ]


def test_one_round_tells_all_kinds(tmp_path: Path) -> None:
    pixels = "0000/0000/0000/0000"
    (tmp_path / "bad.csv").write_text(
        f"label,pixels\n0,{pixels}\n0,0x00/0000/0000/0000\n1,{pixels}\n1\n1,{pixels}\n", "utf-8"
    )
    found = [(one.line, one.told()) for one in check(written(tmp_path, ALL_KINDS))]
    expected = commented(ALL_KINDS)
    assert [line for line, _ in found] == [line for line, _ in expected], found
    for (line, told), (_, mistake) in zip(found, expected, strict=True):
        head, _, hint = mistake.partition("; did you mean")
        assert told.startswith(head), (line, told)
        assert hint in told
    done = sheetnn("check", "mine.toml", cwd=tmp_path)
    assert (done.returncode, len(done.stdout.splitlines())) == (1, len(expected))


def wrong_lines(folder: Path, data: str, text: str, rows: list[str]) -> list[str]:
    """What `check` says of the data of a recipe."""
    (folder / "t.csv").write_text("\n".join(rows) + "\n", "utf-8")
    found = check(written(folder, f'id = "a"\n[data]\n{data} = "t.csv"\n{text}'))
    assert {one.path for one in found} <= {("data", data)}, found
    return [one.message for one in found]


OUTPUT = '[[layers]]\nname = "output"\nunits = 2\n[random]\nseed = 1\n'


def test_all_wrong_lines_of_a_table(tmp_path: Path) -> None:
    rows = ["u,v,label", "1,2,a", "x,2,b", "1,y,a", "1,2", "z,,b", '1,"2,5",a', "1,1e999,a", "1,2,b", "1,2,b,4"]
    told = wrong_lines(tmp_path, "table", OUTPUT, rows)
    assert [one.partition("t.csv, line ")[2][0] for one in told] == [*"3456678", "1"]
    needles = ["'u': 'x'", "'v': 'y'", "has 2 columns", "'u': 'z'", "'v': the cell is empty", "decimal comma"]
    for one, needle in zip(told, [*needles, "larger than any number", "line 10: has 4 columns"], strict=True):
        assert needle in one
    assert wrong_lines(tmp_path, "table", OUTPUT, [rows[0], rows[1], rows[8]]) == []


def test_labels_and_numbers_in_the_order_of_the_file(tmp_path: Path) -> None:
    rows = ["u,label", "1,a", "1,c", "x,a", "1,b", "1,", "y,b"]
    told = wrong_lines(tmp_path, "table", f'classes = ["a", "b"]\n{OUTPUT}', rows)
    assert [one[: len("t.csv, line 3")] for one in told] == [f"t.csv, line {line}" for line in (3, 4, 6, 7)]
    assert "label 'c' is not among the classes" in told[0]
    assert "label is empty" in told[2]


@pytest.mark.parametrize(("count", "more"), [(20, ""), (21, "1"), (1234, "1,214")])
def test_of_many_wrong_lines_the_first_and_how_many_more(count: int, more: str, tmp_path: Path) -> None:
    rows = ["label,pixels", "0,11/01", "1,01/10", *["0,1x/01"] * count]
    told = wrong_lines(tmp_path, "images", OUTPUT, rows)
    assert told[:20] == [f"t.csv, line {line}: pixel 2 of row 1 is 'x'; expected a number" for line in range(4, 24)]
    assert told[20:] == ([f"t.csv: and {more} more like these"] if more else [])
    done = sheetnn("build", "mine.toml", cwd=tmp_path)
    assert done.returncode == 2
    others = f"{count - 1:,} more faults, which `sheetnn check` tells\n"
    assert done.stderr.endswith(f"line 4: pixel 2 of row 1 is 'x'; expected a number; {others}")


def test_a_limit_leaves_wrong_lines_out(tmp_path: Path) -> None:
    rows = ["label,pixels", "0,11/01", "1,01/10", "1", "1,xx/xx"]
    assert wrong_lines(tmp_path, "images", f"limit = 2\n{OUTPUT}", rows) == []
    assert len(wrong_lines(tmp_path, "images", f"limit = 3\n{OUTPUT}", rows)) == 1


@pytest.mark.parametrize("row", range(8))
@pytest.mark.parametrize("beside", ['titel = "x"\n', 'pages = ["step"]\n', 'section = "a\\n"\n'])
def test_what_only_building_tells_beside_a_mistake(row: int, beside: str, tmp_path: Path) -> None:
    """The same message at its line, whether schema and rules are content or not."""
    old, new = list(test_what_only_building_tells.pytestmark[0].args[1])[row][:2]  # type: ignore[attr-defined]
    (alone,) = check(written(tmp_path, NETWORK.replace(old, new)))
    (other,) = check(written(tmp_path, beside + NETWORK))
    found = check(written(tmp_path, beside + NETWORK.replace(old, new)))
    assert [one.told() for one in found] == [other.told(), alone.told()]
    assert found[1].line == (alone.line or 0) + 1


LAST_HEAD = '[[layers]]\nname = "output"'
FUNCTION = """\
id = "f"
[function]
variables = ["x", "y"]
value = "x^2 + y^2"
gradient = ["2*x", "2*y"]
[training]
eta = 0.1
epochs = 3
[start]
x = 1
y = 1
"""


def test_a_function_in_one_round(tmp_path: Path) -> None:
    assert check(written(tmp_path, FUNCTION)) == []
    changes = [('value = "x^2 + y^2"', 'value = "x^2 + z"', 4), ("2*x", "2*w", 5), ("x = 1", "a = 1", 10)]
    text = FUNCTION
    for old, new, _ in changes:
        text = text.replace(old, new)
    found = [(one.line, one.key) for one in check(written(tmp_path, text.replace("eta", "etta")))]
    assert found == [
        (4, "function.value"),
        (5, "function.gradient[1]"),
        (7, "training.etta"),
        (9, "start.x"),
        (10, "start.a"),
    ]
    found = [
        (one.line, one.key) for one in check(written(tmp_path, FUNCTION.replace("2*y", "3*y").replace("et", "t")))
    ]
    assert found == [(5, "function.gradient[2]"), (7, "training.ta")]


def test_what_hangs_on_a_mistake_waits(tmp_path: Path) -> None:
    """A layer after one of unknown size, blocks of a wrong one, numbers for a layer whose units are wrong."""
    text = NETWORK.replace("size = [3, 3]", "size = [5, 3]").replace("units = 2", 'units = "2"')
    text = text.replace("values = 1", 'op = "cpy"\n[[blocks]]\nname = "next"\nop = "copy"\nargs = ["more", "more"]')
    text = text.replace(LAST_HEAD, f'[[layers]]\nname = "pool"\nkind = "pooling"\nsize = [9, 9]\n{LAST_HEAD}')
    found = [one.key for one in check(written(tmp_path, text))]
    assert found == ["layers[1].size", "layers[3].units", "blocks[1].op"]


def test_blocks_without_a_place_beside_a_mistake(tmp_path: Path) -> None:
    """All that the layout lacks, though a start value is wrong too."""
    (tmp_path / "mine-layout.toml").write_text('[[sheets]]\nid = "data"\nplaces = { x = { at = "B2" } }\n', "utf-8")
    text = 'id = "a"\nlayout = "mine-layout.toml"\n[[blocks]]\nname = "x"\nvalues = 1\n'
    more = "".join(f'[[blocks]]\nname = "{name}"\nvalues = 1\n' for name in ("y", "z"))
    assert check(written(tmp_path, text)) == []
    found = check(written(tmp_path, f'{text}{more}[solve]\ncost = "x"\nchange = ["w"]\n'))
    assert [(one.line, one.key) for one in found] == [(2, "layout"), (14, "solve.change[1]")]
    assert found[0].message.startswith("mine-layout.toml: y, z: the layout gives them no place")


def test_any_two_values_are_mistakes_or_none() -> None:
    """Whatever stands at two keys: no crash, and no mistakes at all only if it builds."""
    good = {**tomllib.loads(NETWORK), "training": TRAINING, "pages": ["cost"]}
    assert mistakes_in(good, None) == []
    values = [1, 0, 2.5, "", "x", [], {}, ["x"], [5, 5], [{}], {"a": 1}]
    spots: list[tuple[Any, ...]] = [(key,) for key in good]
    spots += [(key, inner) for key, table in good.items() if isinstance(table, dict) for inner in table]
    spots += [(key, n) for key in ("layers", "blocks") for n in range(len(good[key]))]
    spots += [(key, n, inner) for key in ("layers", "blocks") for n, one in enumerate(good[key]) for inner in one]
    draw = random.Random(1)
    clean = 0
    for _ in range(400):
        table = json.loads(json.dumps(good))
        for spot in sorted(draw.sample(spots, 2), key=len, reverse=True):
            here = table
            for part in spot[:-1]:
                here = here[part]
            here[spot[-1]] = draw.choice(values)
        found = mistakes_in(table, None)
        assert all(one.told() for one in found)
        if not found:
            clean += 1
            from_recipe(parse(table, "x"), None, "en")
    assert 0 < clean < 100


def test_elements_in_order(tmp_path: Path) -> None:
    """A rule finds the third, a probe the first two."""
    text = NETWORK.replace('["conv.w"]', '["conv.u", "conv.v", "conv.u"]')
    found = [one.key for one in check(written(tmp_path, text))]
    assert found == ["solve.change[1]", "solve.change[2]", "solve.change[3]"]


def test_build_says_the_lines_too(tmp_path: Path) -> None:
    path = written(tmp_path, NETWORK.replace("units = 2", "unit = 2").replace("seed", "sed"))
    with pytest.raises(RecipeError) as refusal:
        load(path)
    assert str(refusal.value) == (
        f"{path}: line 10: layers[2].units: this key is missing; "
        "line 12: unknown key 'layers[2].unit'; did you mean 'units'?; "
        "line 13: random.seed: this key is missing; line 14: unknown key 'random.sed'; did you mean 'seed'?"
    )


def test_command_line(tmp_path: Path) -> None:
    written(tmp_path, NETWORK)
    done = sheetnn("check", "mine.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "mine.toml: no mistakes\n", "")
    written(tmp_path, NETWORK.replace("name", "nam", 1))
    done = sheetnn("check", "mine.toml", cwd=tmp_path)
    lines = [
        "mine.toml:5: layers[1].name: this key is missing",
        "mine.toml:6: layers[1].nam: unknown key; did you mean 'name'?",
    ]
    assert (done.returncode, done.stdout.splitlines(), done.stderr) == (1, lines, "")
    done = sheetnn("check", "mine.toml", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["schema"] == "sheetnn.check/1"
    missing = {"line": 5, "key": "layers[1].name", "message": "this key is missing", "hint": None}
    unknown = {"line": 6, "key": "layers[1].nam", "message": "unknown key", "hint": "did you mean 'name'?"}
    assert found["mistakes"] == [missing, unknown]
    assert json.loads(sheetnn("check", "4-4", "--json").stdout)["mistakes"] == []


@pytest.mark.parametrize(
    ("words", "text", "needle"),
    [
        (["none.toml"], "", "no such file"),
        (["mine.toml"], "a = 1\nb = [\nc = ", "line 3"),
        (["mine.toml"], "a = 1\na = 2\nb = 3", "line 2"),
        (["mine.toml"], "a = " + "[" * 5000, "not valid TOML"),
        (["mine.toml"], "a = " + "1" * 5000, "not valid TOML"),
        (["4_4"], "", "did you mean '4-4'"),
        ([], "", "either a FILE to check or --schema"),
        (["mine.toml", "--schema"], "", "either a FILE to check or --schema"),
    ],
)
def test_trouble(words: list[str], text: str, needle: str, tmp_path: Path) -> None:
    written(tmp_path, text)
    done = sheetnn("check", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"sheetnn: [^\n]+\n", done.stderr)
    assert needle in done.stderr


def test_nothing_of_a_file_reaches_the_terminal_raw(tmp_path: Path) -> None:
    text = 'id = "a\\u001b[31m"\n"k\\u001b]0;x\\u0007" = 1\n[data]\nimages = "\\u001b[2Jx.csv"\n"\\u202e" = 2\n'
    written(tmp_path, text)
    for verb in ("check", "build"):
        done = sheetnn(verb, "mine.toml", cwd=tmp_path)
        assert len(done.stdout + done.stderr) > 100
        assert all(letter.isprintable() or letter == "\n" for letter in done.stdout + done.stderr)


def test_whatever_stands_in_a_key_is_a_mistake_or_none() -> None:
    """Any value at any key: never a crash, and what is refused is refused at that key or around it."""
    values = tomllib.loads(
        'v = [1, 0, -1, 2.5, nan, true, "", "x", [], [[]], {}, [{}], {a = {b = [1]}}, 1979-05-27, "=1+1"]'
    )["v"]
    spots: list[tuple[str | int, ...]] = [
        (table, key) for table in GOOD for key in GOOD[table] if isinstance(GOOD[table], dict)
    ]
    spots += [("layers", 0, key) for key in ("name", "units", "kind", "activation")] + [(key,) for key in GOOD]
    for spot in spots:
        for value in values:
            table = json.loads(json.dumps(GOOD))
            here = table
            for part in spot[:-1]:
                here = here[part]
            here[spot[-1]] = value
            recipe, mistakes = examine(table)
            assert (recipe is None) == bool(mistakes)
            assert all(isinstance(one, Mistake) and one.told() for one in mistakes)
