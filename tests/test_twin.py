"""The twins object: whatever a workbook's numbers are judged by, there is a fault here that they find."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import judged
import numpy as np
import pytest
import twin_starts
from drawn import draw
from PIL import Image
from recipe_toml import toml

from sheetnn import classes, datasets, functions, optimizers, pooling, starts, testpage, verdicts
from sheetnn.layers import add_cost
from sheetnn.ops import Contract, Elementwise
from sheetnn.sources import arrays, folder, table
from sheetnn.workbook import build

WORDS = ("狗", "cat", "ant")
OUTPUT = {"name": "output", "units": 3, "activation": "softmax"}
HIDDEN = {"name": "hidden", "units": 4, "activation": "tanh"}
TRAINED = {"cost": "cross-entropy", "training": {"eta": 0.1, "epochs": 3}, "random": {"seed": 1, "kind": "xavier"}}
FLOWERS = {
    "data": {"table": "t.csv", "label": "kind", "scale": [-1, 1], "test": 0.25, "seed": 3, "limit": 20},
    "layers": [HIDDEN, OUTPUT],
    **TRAINED,
}
SHAPES = {
    "data": {"folder": "shapes", "channels": "rgb", "scale": [0, 1], "targets": "one-hot"},
    "layers": [
        {"name": "conv", "kind": "convolution", "filters": 2, "size": [2, 2], "activation": "relu"},
        {"name": "pool", "kind": "pooling", "size": [1, 2], "stride": [1, 1]},
        OUTPUT,
    ],
    **TRAINED,
}
GRAY = {**SHAPES, "data": {"folder": "shapes", "scale": [0, 1]}, "test": {"images": ["123/456/789", "000/010/111"]}}
CURVE = {
    "data": {"arrays": "a.npz", "outputs": ["up", "down"], "test": 0.3},
    "layers": [HIDDEN, {"name": "output", "units": 2, "activation": "identity"}],
    **{**TRAINED, "cost": "squared", "reduction": "mean"},
}
POINTS = {
    "data": {"table": "t.csv", "label": "kind", "features": ["b", "a"], "classes": ["cat", "ant", "狗"]},
    "layers": [OUTPUT],
    "cost": "cross-entropy",
    "start": {"file": "start.json", "output.b": [0.1, 0.2, 0.3]},
    "initial": {"output.w": [[1, 2], [3, 4], [5, 6]], "output.b": [1, 2, 3]},
    "test": {"samples": [[0.5, -1], [2, 3]]},
    "blocks": [
        {"name": "largest", "op": "largest", "args": ["output.a"], "axes": ["image", "output"],
         "options": {"axis": "output"}},
        {"name": "hit", "op": "agree", "args": ["t", "largest"], "axes": ["image"], "options": {"axis": "output"}},
        {"name": "rate", "op": "rate", "args": ["hit"]},
    ],
}  # fmt: skip
RECIPES = {"flowers": FLOWERS, "shapes": SHAPES, "gray": GRAY, "curve": CURVE, "points": POINTS}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of all recipes."""
    place, rng = tmp_path_factory.mktemp("twin"), np.random.default_rng(8)
    with (place / "t.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["a", "b", "kind"], *([*rng.normal(size=2), WORDS[n % 3]] for n in range(24))])
    for number in range(9):
        (place / "shapes" / WORDS[number % 3]).mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (3, 3, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(place / "shapes" / WORDS[number % 3] / f"{number}.png")
    np.savez(place / "a.npz", x=rng.normal(size=(10, 2)), y=rng.normal(size=(10, 2)))
    (place / "start.json").write_text('{"inputs": {"output.w": [[0.3, -0.2], [0.1, 0.4], [-0.5, 0.6]]}}', "utf-8")
    return place


def numbers(name: str, files: Path) -> judged.Numbers:
    (files / f"{name}.toml").write_text(toml({"id": name, **RECIPES[name]}), "utf-8")
    return judged.numbers_of(build(files / f"{name}.toml"))


@pytest.mark.parametrize("name", RECIPES)
def test_right_numbers_pass(name: str, files: Path) -> None:
    judged.anything(RECIPES[name], files, numbers(name, files))


JUDGED = {
    "flowers": "data.image data.label class.name class.number hidden.w hidden.b output.w output.b hidden.w.grad "
    "hidden.b.grad output.w.grad output.b.grad output.a C_T test.x test.label test.hidden.w test.hidden.b "
    "test.output.w test.output.b test.output.a test.verdict test.name test.rate",
    "shapes": "data.image data.t conv.w conv.b conv.w.grad conv.b.grad output.w.grad output.a C_T",
    "gray": "data.image data.label test.x test.conv.w test.output.a test.verdict test.name",
    "curve": "data.image data.t output.a C_T test.x test.t test.output.a test.C_T",
    "points": "data.image data.label output.w output.b output.w.initial output.b.initial output.a C_T test.x "
    "test.output.w test.output.a test.verdict test.name largest hit rate",
}


@pytest.mark.parametrize(
    ("name", "block"), [(name, block) for name, some in JUDGED.items() for block in some.split()]
)
def test_another_number_is_seen(name: str, block: str, files: Path) -> None:
    """The last number of a block (its last sample, unit, epoch) a little larger, or another text."""
    found = numbers(name, files)
    for change in (lambda old: other(old), lambda old: np.concatenate([np.atleast_1d(old)] * 2), None):
        if change is None:
            changed = {key: value for key, value in found.items() if key != block}
        else:
            changed = {**found, block: change(found[block])}
        with pytest.raises(AssertionError, match=r"\w"):
            judged.anything(RECIPES[name], files, changed)


def other(old: Any) -> Any:
    new = np.array(old)
    new.flat[-1] = "?" if new.dtype.kind in "UO" else new.flat[-1] + (1 if new.dtype.kind == "i" else 1e-6)
    return new


def test_a_test_page_that_nobody_asked_for_is_seen(files: Path) -> None:
    with pytest.raises(AssertionError, match="nobody asked for"):
        judged.anything(SHAPES, files, {**numbers("shapes", files), "test.x": np.zeros(1)})


# faults in the program


def _first_kept(samples: Any, data: Any, where: str) -> Any:
    kept = round((data.test or 0) * len(samples))
    rows = np.arange(len(samples))
    return datasets._part(samples, rows[kept:]), datasets._part(samples, rows[:kept]) if kept else None


def _rolled(some: Any) -> Any:
    return np.roll(some[0], 1), some[1]


def _changed(module: Any, name: str, change: Callable[[Any], Any]) -> tuple[Any, str, Any]:
    right = getattr(module, name)
    return module, name, lambda *some, **more: change(right(*some, **more))


LEAKY = replace(functions.ACTIVATIONS["tanh"], slope_value=lambda z, a: 1 - a)
ONE_MORE = replace(
    pooling.POOLINGS["max"], share=lambda a, p, up, n: np.where(a >= p - 0.1, up, 0.0)
)  # of nearly equal units each gets all
MOVED = Elementwise("{0}-{1}*{2}", lambda old, eta, gradient: old - eta * gradient * (1 + 1e-6))
FAULTS: dict[str, tuple[str, tuple[Any, str, Any]]] = {
    "scaled by all samples' range": ("flowers", _changed(datasets, "scaled", lambda x: 0.999999 * x)),
    "the first samples kept back": ("flowers", (datasets, "_split", _first_kept)),
    "a line too few": ("flowers", (table, "islice", lambda lines, limit: islice(lines, limit and limit - 1))),
    "classes the other way round": ("flowers", _changed(classes, "_sorted", lambda some: some[::-1])),
    "labels of the sample before": ("flowers", _changed(datasets, "classify", _rolled)),
    "columns in the file's order": ("points", _changed(table, "_features", lambda some: (some[0][::-1], some[1]))),
    "channels the other way round": ("shapes", _changed(folder, "_numbers", lambda x: x[::-1])),
    "gray of seven bits": ("gray", _changed(folder, "_numbers", lambda x: x // 2)),
    "outputs the other way round": ("curve", _changed(arrays, "_targets", lambda t: t[:, ::-1])),
    "start rounded": ("points", _changed(starts, "numbers_of", lambda some: np.round(some, 0))),
    "test samples doubled": ("points", _changed(testpage, "_own", lambda some: replace(some, x=some.x * 2))),
    "test samples as they are typed": ("gray", (testpage, "scaled", lambda x, *_: np.asarray(x, float))),
    "test parameters of another step": ("gray", (testpage, "COPY", Elementwise("{0}", lambda a: a + 1e-6))),
    "the smallest output as verdict": ("flowers", (verdicts.Lookup, "value", lambda self, axes, a, n: n.data[
        a.along({**axes, **n.axes}).argmin(axis=-1)])),
    "the next name": ("flowers", _changed(verdicts.NameOf, "value", lambda some: np.roll(some, 1))),
    "misses counted": ("flowers", _changed(verdicts.Rate, "value", lambda rate: 1 - rate)),
    "the sum in place of the mean": ("curve", (testpage, "add_cost", lambda graph, recipe, *rest: add_cost(
        graph, recipe.model_copy(update={"reduction": "sum"}), *rest))),
    "weighted inputs without a bias": ("gray", (Contract, "value", lambda self, axes, *args: np.zeros(
        tuple(axes.values())))),
    "another step": ("flowers", (optimizers, "DESCEND", MOVED)),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_program_is_seen(fault: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, (where, what, wrong) = FAULTS[fault]
    monkeypatch.setattr(where, what, wrong)
    with pytest.raises(AssertionError):
        judged.anything(RECIPES[name], files, numbers(name, files))


@pytest.mark.parametrize(
    ("rows", "key", "wrong", "name"),
    [(functions.ACTIVATIONS, "tanh", LEAKY, "flowers"), (pooling.POOLINGS, "max", ONE_MORE, "shapes")],
)
def test_a_wrong_slope_is_seen(
    rows: dict[str, Any], key: str, wrong: Any, name: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(rows, key, wrong)
    with pytest.raises(AssertionError, match="grad"):
        judged.anything(RECIPES[name], files, numbers(name, files))


@pytest.mark.parametrize("seed", range(0, 400, 5))
def test_blocks_that_a_recipe_writes_are_judged(seed: int, tmp_path: Path) -> None:
    table = draw(seed, tmp_path)
    if not table.get("blocks") and "function" not in table:
        shutil.rmtree(tmp_path)
        return
    (tmp_path / "a.toml").write_text(toml(table), "utf-8")
    found = judged.numbers_of(build(tmp_path / "a.toml"))
    for name in [block["name"] for block in table.get("blocks", [])] or ["position", "value"]:
        with pytest.raises(AssertionError):
            judged.anything(table, tmp_path, {**found, name: other(found[name])})


# start values


def wide(kind: dict[str, Any]) -> dict[str, Any]:
    layers = [{"name": "hidden", "units": 200, "activation": "tanh"}, OUTPUT]
    return {**FLOWERS, "layers": layers, "random": {"seed": 4, **kind}, "training": {"eta": 0.1, "epochs": 1}}


KINDS = ({"kind": "normal", "sd": 0.3}, {"kind": "uniform", "range": [-0.2, 0.5]}, {"kind": "xavier"}, {"kind": "he"})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind["kind"]))
def test_many_start_values_are_of_their_kind(kind: dict[str, Any], files: Path) -> None:
    (files / "wide.toml").write_text(toml({"id": "wide", **wide(kind)}), "utf-8")
    found = judged.numbers_of(build(files / "wide.toml"))
    values = {name: found[name][0] for name in ("hidden.w", "hidden.b", "output.w", "output.b")}
    assert sum(value.size for value in values.values()) == 1203
    assert not twin_starts.are_of_their_kind(kind, values)
    for factor in (0.8, 1.2):
        assert twin_starts.are_of_their_kind(kind, {name: factor * value for name, value in values.items()})
    assert twin_starts.are_of_their_kind(kind, {**values, "output.b": np.repeat(values["output.b"][:1] + 0.1, 3)})
    others = [one for one in KINDS if one is not kind]
    assert all(twin_starts.are_of_their_kind(one, values) for one in others)


def test_deviations_by_hand() -> None:
    assert twin_starts.deviation({"kind": "he"}, (3, 8)) == 0.5
    assert twin_starts.deviation({"kind": "xavier"}, (3, 5)) == 0.5
    assert twin_starts.deviation({"kind": "he"}, (6, 2, 2, 2)) == 0.5
    assert twin_starts.deviation({"kind": "xavier"}, (6, 2, 2, 2)) == 0.25  # in 8, out 24
    assert twin_starts.deviation({"kind": "normal", "sd": 0.3}, (6, 2)) == 0.3


def test_shapes_by_hand() -> None:
    assert twin_starts.shapes(SHAPES["layers"], (3, 3, 3)) == {
        "conv.w": (2, 3, 2, 2), "conv.b": (2,), "output.w": (3, 2, 2, 1), "output.b": (3,)
    }  # fmt: skip
