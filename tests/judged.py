"""The numbers of a workbook judged by the twins: data, start values, training, test page and blocks of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import twin_blocks
import twin_data
import twin_starts
from twin import cost, forward, train

from sheetnn.workbook import Workbook

Numbers = dict[str, Any]
EXACT = {"rtol": 0, "atol": 0}
CLOSE = {"rtol": 1e-12, "atol": 1e-13}
TRAINED = {"rtol": 1e-8, "atol": 1e-10}


def numbers_of(book: Workbook) -> Numbers:
    """Every block by its plain name; those of the epochs, on one sheet or on many, with an axis for them first."""
    found: Numbers = {}
    values = book.graph.evaluate(book.inputs)  # of layout sheets a block for each epoch
    sheets: dict[str, dict[int, Any]] = {}
    for block in book.graph:
        number, _, plain = block.name.partition("/")
        if number.isdigit():  # 3/hidden.z is of the sheet of epoch 3; step/epoch is of a page
            sheets.setdefault(plain, {})[int(number)] = values[block.name]
        elif block.group == "epoch 1":
            sheets.setdefault(block.name, {})[1] = values[block.name]
        else:
            found[block.name] = values[block.name]
    return found | {name: np.stack([parts[n] for n in sorted(parts)]) for name, parts in sheets.items()}


def same(found: Numbers, name: str, wanted: Any, bound: dict[str, float], at: Any = ()) -> None:
    """Object with the name of the block where its numbers are others than `wanted`."""
    assert name in found, f"{name}: is missing"
    wanted, got = np.asarray(wanted), np.asarray(found[name])[at]
    assert got.shape == wanted.shape, f"{name}: {got.shape} and not {wanted.shape}"
    if wanted.dtype.kind in "UO":
        assert got.tolist() == wanted.tolist(), name
    else:
        np.testing.assert_allclose(got, wanted, **bound, err_msg=name)


def network(table: dict[str, Any], folder: Path, found: Numbers) -> None:
    """Judge the numbers of a recipe whose files stand in `folder`."""
    data = twin_data.samples(table, folder)
    of_data(table, data, found)
    start = of_start(table, folder, data.train.x.shape[1:], found)
    last = table["layers"][-1]["name"]
    steps = train(table, start, data.train.x, data.train.t) if "eta" in table.get("training", {}) else []
    for name in steps[0] if steps else ():
        assert len(np.atleast_1d(found.get(name, ()))) == len(steps), f"{name}: is not there for {len(steps)} epochs"
    for step, expected in enumerate(steps):
        for name, wanted in expected.items():
            same(found, name, wanted, TRAINED, (step,))
    if not steps:
        outputs = forward(table["layers"], start, data.train.x)
        same(found, f"{last}.a", outputs, CLOSE)
        same(found, "C_T", cost(table, start, data.train.x, data.train.t), CLOSE)
    parameters = {name: steps[-1][name] for name in start} if steps else start
    of_test(table, data, parameters, found)
    known = known_of(data, last)
    if steps:
        known[f"{last}.a"] = (("epoch", "image", last), np.array([step[f"{last}.a"] for step in steps]))
    else:
        known[f"{last}.a"] = (("image", last), outputs)
    if data.test is not None:
        known[f"test.{last}.a"] = (("image", last), forward(table["layers"], parameters, data.test.x))
    of_blocks(table, known, found)


def of_data(table: dict[str, Any], data: twin_data.Twins, found: Numbers) -> None:
    """Inputs, labels or targets, and names of classes, of the data page."""
    same(found, "data.image", data.train.x, CLOSE)
    if data.train.labels is None or table["data"].get("targets") == "one-hot":
        same(found, "data.t", data.train.t, EXACT)
    else:
        same(found, "data.label", data.train.labels, EXACT)
    if data.names:
        same(found, "class.name", data.names, EXACT)
        same(found, "class.number", data.numbers, EXACT)


def of_start(table: dict[str, Any], folder: Path, sample: tuple[int, ...], found: Numbers) -> Numbers:
    """The start values: those written exactly, random ones (taken as they are found) of their kind."""
    given, random, start = twin_starts.written(table, folder), {}, {}
    at = (0,) if "eta" in table.get("training", {}) else ()
    for name, shape in twin_starts.shapes(table["layers"], sample).items():
        assert name in found, f"{name}: is missing"
        if name in given:
            start[name] = given[name].reshape(shape)
            same(found, name, start[name], EXACT, at)
        else:
            random[name] = start[name] = np.asarray(found[name])[at]
            assert start[name].shape == shape, f"{name}: {start[name].shape} and not {shape}"
        if "initial" in table:
            same(found, f"{name}.initial", np.reshape(table["initial"][name], shape), EXACT)
    if random:
        wrong = twin_starts.are_of_their_kind(table["random"], random)
        assert not wrong, f"start: {wrong}"
    return start


def of_test(table: dict[str, Any], data: twin_data.Twins, parameters: Numbers, found: Numbers) -> None:
    """The test page: samples, parameters of the last epoch, outputs, verdicts and their rate, or C_T."""
    if data.test is None:
        assert "test.x" not in found, "a test page that nobody asked for"
        return
    bound = TRAINED if "eta" in table.get("training", {}) else CLOSE
    same(found, "test.x", data.test.x, CLOSE)
    for name, wanted in parameters.items():
        same(found, f"test.{name}", wanted, bound)
    outputs = forward(table["layers"], parameters, data.test.x)
    same(found, f"test.{table['layers'][-1]['name']}.a", outputs, bound)
    if not data.numbers:
        if data.test.t is not None:
            same(found, "test.t", data.test.t, EXACT)
            same(found, "test.C_T", cost(table, parameters, data.test.x, data.test.t), bound)
        return
    for name in ("test.verdict", *(["test.name"] if data.names else [])):
        assert np.shape(found.get(name)) == (len(outputs),), f"{name}: is not there for {len(outputs)} samples"
    answers = np.array(data.numbers)[outputs.argmax(axis=1)]
    gaps = outputs.max(axis=1, keepdims=True) - outputs
    clear = ~((gaps > 0) & (gaps < 1e-9)).any(axis=1)  # else the last place of a sum decides
    same(found, "test.verdict", answers[clear], EXACT, clear)
    if data.names:
        same(found, "test.name", np.array(data.names)[outputs.argmax(axis=1)][clear], EXACT, clear)
    if data.test.labels is not None:
        same(found, "test.label", data.test.labels, EXACT)
        if clear.all():
            same(found, "test.rate", (answers == data.test.labels).mean(), CLOSE)


def known_of(data: twin_data.Twins, last: str) -> dict[str, twin_blocks.Named]:
    """Data and targets as blocks of a recipe may see them."""
    axes = {1: ("feature",), 2: ("row", "col"), 3: ("channel", "row", "col")}[data.train.x.ndim - 1]
    known = {"data.image": (("image", *axes), data.train.x), "t": (("image", last), data.train.t)}
    if data.train.labels is not None:
        known["data.label"] = (("image",), data.train.labels)
    if data.test is not None:
        known["test.x"] = (("image", *axes), data.test.x)
    return known


def of_blocks(table: dict[str, Any], known: dict[str, twin_blocks.Named], found: Numbers) -> None:
    """The blocks that the recipe writes out itself, which may see those that are `known`."""
    bound = TRAINED if "eta" in table.get("training", {}) else CLOSE
    for name, (_, wanted) in twin_blocks.evaluate(table.get("blocks", []), known).items():
        same(found, name, wanted, bound)


def anything(table: dict[str, Any], folder: Path, found: Numbers) -> None:
    """Judge the numbers of a recipe of any kind."""
    if table.get("layers"):
        network(table, folder, found)
    elif "function" in table:
        descent(table, found)
    else:
        known = known_of(twin_data.samples(table, folder), "class") if "data" in table else {}
        of_blocks(table, known, found)


def descent(table: dict[str, Any], found: Numbers) -> None:
    """A quadratic Σ s (x−1)²: each step worked out from the scales."""
    names, training = table["function"]["variables"], table["training"]
    scales = np.array([float(part.partition("*")[0]) for part in table["function"]["value"].split("+")])
    position = np.array([table["start"][name] for name in names])
    for epoch in range(training["epochs"]):
        same(found, "position", position, CLOSE, (epoch,))
        same(found, "value", (scales * (position - 1) ** 2).sum(), CLOSE, (epoch,))
        gradient = 2 * scales * (position - 1)
        length = np.sqrt((gradient**2).sum()) if training["unit_length"] else 1.0
        position = position - training["eta"] * gradient / length
