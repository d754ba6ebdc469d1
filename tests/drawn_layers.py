"""Random layers, start values and training by seed."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
from twin_starts import shapes

SLOPES = ("sigmoid", "tanh", "relu", "leaky-relu", "identity")


def draw_layers(rng: Any, shape: tuple[int, ...], outputs: int, pick: Any, chance: Any) -> list[dict[str, Any]]:
    """Layers that fit samples of `shape`, the last of them dense without an activation."""
    layers: list[dict[str, Any]] = []
    size = tuple(shape[-2:]) if len(shape) > 1 else None
    number = 0
    while size is not None and number < 3 and chance(0.7):
        number += 1
        kind = "convolution" if chance(0.6) else "pooling"
        window = [int(rng.integers(1, min(3, n) + 1)) for n in size]
        layer: dict[str, Any] = {"name": f"{kind[:4]}{number}", "kind": kind, "size": window}
        if kind == "convolution":
            padding = [int(rng.integers(0, w)) if chance(0.4) else 0 for w in window]
            stride = [int(rng.integers(1, 5)) if chance(0.4) else 1 for _ in window]
            layer |= {"filters": int(rng.integers(1, 4)), "padding": padding, "activation": pick(*SLOPES)}
        else:
            padding = [0, 0]
            stride = [
                int(pick(*[s for s in range(1, n + 1) if (n - w) % s == 0 and s <= 4]))
                for n, w in zip(size, window, strict=True)
            ]
            layer |= {"method": pick("max", "average", "l2")}
        unsaid = stride == (window if kind == "pooling" else [1, 1])
        layer |= {} if unsaid and chance(0.7) else {"stride": stride}
        layers.append(layer)
        size = tuple((n + 2 * p - w) // s + 1 for n, p, w, s in zip(size, padding, window, stride, strict=True))
    for _ in range(int(rng.integers(0, 3))):
        number += 1
        layers.append({"name": f"dense{number}", "units": int(rng.integers(1, 5)), "activation": pick(*SLOPES)})
        layers[-1] |= {"kind": "dense"} if chance(0.2) else {}
    return [*layers, {"name": "output", "units": outputs}]


def draw_starts(
    rng: Any, layers: list[dict[str, Any]], shape: tuple[int, ...], folder: Path, pick: Any, chance: Any
) -> dict[str, Any]:
    """The tables random, start and initial."""
    known = shapes(layers, shape)  # six decimals: of fewer, sums can tie that differ in their last bits
    table: dict[str, Any] = {
        "random": {"seed": int(rng.integers(1000)), "kind": pick("normal", "uniform", "xavier", "he")}
    }
    if table["random"]["kind"] == "normal":
        table["random"]["sd"] = 0.5
    if table["random"]["kind"] == "uniform":
        table["random"]["range"] = [-0.7, 0.6]
    if chance(0.4):
        everything = chance(0.4)
        names = list(known) if everything else [f"{layers[-1]['name']}.b", pick(*known)]
        numbers = {name: rng.normal(0, 0.3, known[name]).round(6).tolist() for name in names}
        if everything:
            del table["random"]
        if chance(0.4):
            table["start"] = numbers
        else:
            table["start"] = {"file": _numbers_file(folder / f"start{pick('.json', '.npz', '.csv')}", numbers)}
            if chance(0.3):  # what the recipe says goes before what the file says
                table["start"][names[0]] = rng.normal(0, 0.3, known[names[0]]).round(6).tolist()
    if chance(0.15):
        table["initial"] = {name: rng.normal(0, 1, size).round(6).tolist() for name, size in known.items()}
    return table


def _numbers_file(path: Path, numbers: dict[str, Any]) -> str:
    if path.suffix == ".json":
        path.write_text(json.dumps({"inputs": {**numbers, "another.w": [1]}}), "utf-8")
    elif path.suffix == ".npz":
        np.savez(path, **{name: np.array(value) for name, value in numbers.items()})  # type: ignore[arg-type]
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["block", "index", "value"])
            for name, value in numbers.items():
                for spot, number in np.ndenumerate(np.array(value)):
                    rows.writerow([name, " ".join(str(n + 1) for n in spot), repr(float(number))])
    return path.name


def draw_training(rng: Any, count: int, pick: Any, chance: Any) -> dict[str, Any]:
    """[training] of `count` samples to learn from."""
    training: dict[str, Any] = {
        "epochs": int(rng.integers(1, 5)),
        "eta": pick(0.05, 0.1, [0.1, 0.05], [0.05] * 7),
        "optimizer": pick("gradient", "momentum", "adam"),
    }
    if isinstance(training["eta"], list):  # rates beyond the last epoch are a mistake
        training["eta"] = training["eta"][: training["epochs"]]
    if training["optimizer"] == "momentum" and chance(0.5):
        training["momentum"] = 0.7
    if training["optimizer"] == "adam" and chance(0.5):
        training |= {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-6}
    if chance(0.3):
        training["decay"] = 0.01
    if chance(0.3):
        training["unit_length"] = True
    if chance(0.4):
        training["batch"] = pick(*[size for size in range(1, count + 1) if count % size == 0])
    if chance(0.2):
        training["mode"] = "descent"
    return training
