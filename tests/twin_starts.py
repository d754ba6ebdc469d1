"""A twin of the start values: those written in recipe and file, and whether random ones are of their kind."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

RARE = 1e-7
"""Of so many right draws one is refused."""


def shapes(layers: list[dict[str, Any]], sample: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Shapes of parameters for samples of shape `sample`: weights (unit, *inputs), filters (filter, *window)."""
    found: dict[str, tuple[int, ...]] = {}
    inputs = sample
    for layer in layers:
        kind = layer.get("kind", "dense")
        if kind == "dense":
            found[f"{layer['name']}.w"], found[f"{layer['name']}.b"] = (layer["units"], *inputs), (layer["units"],)
            inputs = (layer["units"],)
            continue
        size = layer.get("size", (3, 3) if kind == "convolution" else (2, 2))
        stride = layer.get("stride", (1, 1) if kind == "convolution" else size)
        padding = layer.get("padding", (0, 0))
        if kind == "convolution":
            found[f"{layer['name']}.w"] = (layer["filters"], *inputs[:-2], *size)
            found[f"{layer['name']}.b"] = (layer["filters"],)
            inputs = (layer["filters"], *inputs[-2:])
        steps = zip(inputs[-2:], size, stride, padding, strict=True)
        inputs = (*inputs[:-2], *((n + 2 * p - w) // s + 1 for n, w, s, p in steps))
    return found


def written(table: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The start values that recipe or file name, by parameter; the recipe's go before the file's."""
    given = dict(table.get("start", {}))
    name = given.pop("file", None)
    return {key: np.array(value, float) for key, value in {**(_file(folder / name) if name else {}), **given}.items()}


def _file(path: Path) -> dict[str, Any]:
    if path.suffix == ".json":
        return dict(json.loads(path.read_text("utf-8"))["inputs"])
    if path.suffix == ".npz":
        with np.load(path) as file:
            return {name: file[name] for name in file.files}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        name: [float(row["value"]) for row in rows if row["block"] == name] for name in {row["block"] for row in rows}
    }


def are_of_their_kind(random: dict[str, Any], found: dict[str, Any]) -> str:
    """What is wrong with random start values by parameter; empty if nothing is.

    Bounds of kind uniform, biases of xavier and he, and all numbers together, brought to the standard normal
    distribution: its shape (Kolmogorov and Smirnov), its mean, and its deviation (χ²).
    """
    kind, normal = random["kind"], []
    for name, numbers in found.items():
        values = np.asarray(numbers, float)
        if kind in ("xavier", "he") and name.endswith(".b"):
            if values.any():
                return f"{name}: a bias that is not 0"
            continue
        if kind == "uniform":
            low, high = random.get("range", (-1, 1))
            if values.min() < low or values.max() > high:
                return f"{name}: out of {low} to {high}"
            values = stats.norm.ppf((values - low) / (high - low))
        else:
            values = values / deviation(random, values.shape)
        normal += values.ravel().tolist()
    if len(set(normal)) < len(normal):
        return "the same number twice"
    many, squares = len(normal), float(np.square(normal).sum())
    if not many:
        return ""
    chances = {
        "shape": stats.kstest(normal, "norm").pvalue,
        "mean": 2 * stats.norm.sf(abs(sum(normal)) / math.sqrt(many)),
        "deviation": 2 * min(stats.chi2.cdf(squares, many), stats.chi2.sf(squares, many)),
    }
    return next((f"the {what} is not that of {kind}: p = {p:.1g}" for what, p in chances.items() if p < RARE), "")


def deviation(random: dict[str, Any], shape: tuple[int, ...]) -> float:
    """Of a normal distribution sd; xavier √(2/(in+out)), he √(2/in) (Glorot and Bengio 2010, He et al. 2015)."""
    if random["kind"] == "normal":
        return float(random.get("sd", 1.0))
    field = math.prod(shape[2:]) if len(shape) == 4 else 1  # of filters over channels
    inside = math.prod(shape[1:])
    return math.sqrt(2 / inside if random["kind"] == "he" else 2 / (inside + shape[0] * field))
