"""Random recipes over the whole schema, by seed: a table for the recipe and the data file beside it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

NAMES = ("cat", "狗", "été", "=1+1", "-5 x", "Ελλάδα", "<b>&", "'quoted'", 'say "no"')


def draw(seed: int, folder: Path) -> dict[str, Any]:
    """The table of a recipe; its data file is written to `folder`. The same seed gives the same recipe."""
    rng = np.random.default_rng(seed)
    pick = lambda *some: some[int(rng.integers(len(some)))]  # noqa: E731
    chance = lambda p: bool(rng.random() < p)  # noqa: E731
    table: dict[str, Any] = {"id": f"drawn-{seed}", "title": pick("", "Drawn", {"zh": "抽取", "en": "Drawn"})}
    if chance(0.08):
        return {**table, **_function(rng, pick, chance)}
    if chance(0.3):
        table["section"] = "9-9"
    source = pick("images", "table", "arrays", "arrays", "folder")
    plain = chance(0.15)  # what the page `step` can show
    source = "images" if plain else source
    regression = source in ("table", "arrays") and chance(0.3)
    classes = int(rng.integers(2, 5)) if not chance(0.1) else 11
    count = max(int(rng.integers(6, 13)), 4 * classes)  # of which some are kept back, and yet each class remains
    data, shape = _inputs(rng, source, count, folder, pick, chance)
    outputs = int(rng.integers(1, 4)) if regression else classes
    named = source in ("table", "arrays", "folder") and chance(0.5)
    _write(rng, source, data, shape, count, outputs, regression, named, folder)
    if chance(0.3):
        data["test"] = 0.25
        data["seed"] = int(rng.integers(5))
    elif chance(0.3):
        data["limit"] = count = count - 1
    if chance(0.4):
        data["scale"] = [float(rng.integers(-1, 1)), float(rng.integers(1, 3))]
    if not regression and chance(0.3):
        data["targets"] = "one-hot"
    if not regression and not named and chance(0.3):
        data["classes"] = [n + 3 for n in reversed(range(outputs))]
    table["data"] = data
    if source == "table" and shape[0] > 1 and chance(0.4):
        shape = (shape[0] - 1,)
        data["features"] = [f"x{n}" for n in reversed(range(shape[0]))]
    layers = table["layers"] = _layers(rng, shape, outputs, pick, chance)
    if plain:
        layers = table["layers"] = [{"name": "hidden", "units": 2, "activation": "tanh"}, layers[-1]]
        if min(shape) >= 3:
            layers.insert(0, {"name": "conv", "kind": "convolution", "filters": 2, "size": [2, 2]})
    last = layers[-1]
    table["cost"] = "squared"
    if not regression and not plain and chance(0.5):
        last["activation"] = pick("sigmoid", "softmax")
        table["cost"] = "cross-entropy"
        if last["activation"] == "softmax" and chance(0.3):
            table["cost"] = "categorical-cross-entropy"
    else:
        last["activation"] = pick(
            "sigmoid", "tanh", "identity", "leaky-relu", "relu", *["softmax"] * (outputs > 1 and not plain)
        )
    table["reduction"] = "sum" if plain else pick("sum", "mean")
    table["layout"] = pick("stacked", "right") if plain else pick("stacked", "stacked", "right", "right", "sheets")
    table["random"] = {"seed": int(rng.integers(1000)), "kind": pick("normal", "uniform", "xavier", "he")}
    if table["random"]["kind"] == "normal":
        table["random"]["sd"] = 0.5
    if table["random"]["kind"] == "uniform":
        table["random"]["range"] = [-0.7, 0.6]
    if chance(0.3):
        bias = [round(float(n), 2) for n in rng.normal(0, 0.3, outputs)]
        if chance(0.5):
            table["start"] = {f"{last['name']}.b": bias}
        else:
            numbers = {"inputs": {f"{last['name']}.b": bias}}
            (folder / "start.json").write_text(json.dumps(numbers), "utf-8")
            table["start"] = {"file": "start.json"}
    if "test" not in data and chance(0.4):
        if source == "table":
            table["test"] = {"samples": [[round(float(n), 2) for n in rng.normal(0, 1, shape[0])] for _ in range(2)]}
        elif len(shape) == 2 and source != "table":
            rows = ["/".join("".join(map(str, rng.integers(0, 2, shape[1]))) for _ in range(shape[0])) for _ in "12"]
            table["test"] = {"images": rows}
    if plain:
        table["training"] = {"epochs": 3, "eta": 0.05}
        table["pages"] = ["step", *(page for page in ("contents", "cost", "check", "try") if chance(0.5))]
    elif chance(0.85):
        _training(rng, table, count, pick, chance)
        _pages(table, shape, chance)
    else:
        if chance(0.5):
            table["training"] = {"mode": "solver"}
        elif chance(0.5):
            table["solve"] = {"cost": "C_T", "change": [f"{last['name']}.w", f"{last['name']}.b"]}
        if len(layers) > 1 and chance(0.4) and "activation" in layers[0]:
            layers[0]["activation"] = "step"
    if chance(0.15):
        values = [round(float(n), 2) for n in rng.normal(0, 1, 3)]
        table["blocks"] = [
            {"name": "own", "values": values, "axes": ["spot"], "group": "data", "role": "number"},
            {"name": "own.tanh", "op": "tanh", "args": ["own"], "axes": ["spot"], "group": "data"},
            {"name": "own.sum", "op": "sum", "args": ["own.tanh"], "options": {"over": ["spot"]}, "group": "data"},
        ]
    return table


def _function(rng: Any, pick: Any, chance: Any) -> dict[str, Any]:
    """A quadratic in one to three variables, whose gradient is written by hand here."""
    names = ["x", "y", "u"][: int(rng.integers(1, 4))]
    scales = [round(float(rng.uniform(0.5, 2)), 2) for _ in names]
    return {
        "function": {
            "variables": names,
            "value": "+".join(f"{scale}*({name}-1)^2" for name, scale in zip(names, scales, strict=True)),
            "gradient": [f"2*{scale}*({name}-1)" for name, scale in zip(names, scales, strict=True)],
        },
        "training": {"eta": pick(0.05, 0.1), "epochs": int(rng.integers(2, 8)), "unit_length": chance(0.3)},
        "start": {name: round(float(rng.normal(0, 2)), 2) for name in names},
        "pages": [page for page in ("contents", "cost") if chance(0.5)],
    }


def _pages(table: dict[str, Any], shape: tuple[int, ...], chance: Any) -> None:
    """Those that the recipe's features allow, by the table of rules."""
    from sheetnn.recipe import examine
    from sheetnn.schema import PAGES

    if table["layout"] == "sheets" or chance(0.5):
        return
    asked = [page for page in PAGES if chance(0.7)]
    if len(shape) != 2:  # what only the samples tell
        asked = [page for page in asked if page not in ("step", "try")]
    table["pages"] = [page for page in asked if examine({**table, "pages": [page]})[0] is not None]


def _inputs(rng: Any, source: str, count: int, folder: Path, pick: Any, chance: Any) -> tuple[dict, tuple[int, ...]]:
    if source == "table":
        return {"table": "data.csv"}, (int(rng.integers(1, 5)),)
    height, width = int(rng.integers(3, 7)), int(rng.integers(3, 7))
    if source == "images":
        return {"images": "data.csv"}, (height, width)
    if source == "folder":
        colour = chance(0.4)
        return {"folder": "pictures", "channels": "rgb" if colour else "gray"}, (
            (3, height, width) if colour else (height, width)
        )
    shape = pick((int(rng.integers(1, 5)),), (height, width), (int(rng.integers(1, 4)), height, width))
    return {"arrays": "data.npz"}, shape


def _write(
    rng: Any, source: str, data: dict, shape: tuple[int, ...], count: int, outputs: int,
    regression: bool, named: bool, folder: Path,
) -> None:  # fmt: skip
    labels = np.concatenate([np.tile(np.arange(outputs), 3), rng.integers(0, outputs, count)])[:count]
    names = [str(NAMES[n % len(NAMES)]) + str(n // len(NAMES) or "") for n in range(outputs)]
    words = [names[n] for n in labels] if named else [str(n + 3) for n in labels]
    if source == "folder":
        from PIL import Image

        for number, (word, label) in enumerate(zip(words, labels, strict=True)):
            place = folder / "pictures" / (word if not named else f"c{label}")
            place.mkdir(parents=True, exist_ok=True)
            pixels = rng.integers(0, 256, (*shape[-2:], 3) if len(shape) == 3 else shape, dtype=np.uint8)
            Image.fromarray(pixels).save(place / f"{number:03}.png")
        data.setdefault("scale", [0.0, 1.0])
        return
    x = np.round(rng.normal(0, 1, (count, *shape)), 3)
    if source == "images":
        with (folder / "data.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["label", "pixels"])
            for sample, word in zip(x, words, strict=True):
                lines = [" ".join(repr(float(n)) for n in line) + (" " if len(line) == 1 else "") for line in sample]
                rows.writerow([word, "/".join(lines)])
        return
    targets = np.round(rng.normal(0, 1, (count, outputs)), 3)
    wanted = [f"t{n}" for n in range(outputs)]
    if regression:
        data["outputs"] = wanted
    if source == "arrays":
        np.savez(folder / "data.npz", x=x, y=targets if regression else np.array(words if named else labels + 3))
        return
    with (folder / "data.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([*(f"x{n}" for n in range(shape[0])), *(wanted if regression else ["label"])])
        for sample, target, word in zip(x, targets, words, strict=True):
            ends = [repr(float(n)) for n in target] if regression else [word]
            rows.writerow([*(repr(float(n)) for n in sample), *ends])


def _layers(rng: Any, shape: tuple[int, ...], outputs: int, pick: Any, chance: Any) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = []
    size = tuple(shape[-2:]) if len(shape) > 1 else None
    number = 0
    while size is not None and number < 3 and chance(0.7):
        number += 1
        if chance(0.6):
            window = [int(rng.integers(1, min(3, n) + 1)) for n in size]
            padding = [int(rng.integers(0, w)) if chance(0.4) else 0 for w in window]
            stride = [int(rng.integers(1, 3)) if chance(0.4) else 1 for _ in window]
            layers.append({
                "name": f"conv{number}", "kind": "convolution", "filters": int(rng.integers(1, 4)), "size": window,
                "padding": padding, "stride": stride,
                "activation": pick("sigmoid", "tanh", "relu", "leaky-relu", "identity"),
            })  # fmt: skip
            size = tuple((n + 2 * p - w) // s + 1 for n, p, w, s in zip(size, padding, window, stride, strict=True))
        else:
            window = [int(rng.integers(1, min(3, n) + 1)) for n in size]
            stride = [
                int(pick(*[s for s in range(1, n + 1) if (n - w) % s == 0 and s <= 3]))
                for n, w in zip(size, window, strict=True)
            ]
            layers.append({
                "name": f"pool{number}", "kind": "pooling", "method": pick("max", "average", "l2"), "size": window,
                "stride": stride,
            })  # fmt: skip
            size = tuple((n - w) // s + 1 for n, w, s in zip(size, window, stride, strict=True))
    for _ in range(int(rng.integers(0, 3))):
        number += 1
        activation = pick("sigmoid", "tanh", "relu", "leaky-relu", "identity")
        layers.append({"name": f"dense{number}", "units": int(rng.integers(1, 5)), "activation": activation})
    return [*layers, {"name": "output", "units": outputs}]


def _training(rng: Any, table: dict[str, Any], count: int, pick: Any, chance: Any) -> None:
    epochs = int(rng.integers(1, 5))
    eta = pick(0.05, 0.1, [0.1, 0.05], [0.05] * 7)
    training: dict[str, Any] = {"epochs": epochs, "eta": eta, "optimizer": pick("gradient", "momentum", "adam")}
    if training["optimizer"] == "momentum" and chance(0.5):
        training["momentum"] = 0.7
    if training["optimizer"] == "adam" and chance(0.5):
        training |= {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-6}
    if chance(0.3):
        training["decay"] = 0.01
    if chance(0.3):
        training["unit_length"] = True
    if "test" not in table["data"] and chance(0.4):  # the number of samples kept back is not for us to know
        training["batch"] = pick(*[size for size in range(1, count + 1) if count % size == 0])
    table["training"] = training


def toml(table: dict[str, Any]) -> str:
    """The table as TOML text."""

    def value(one: Any) -> str:
        if isinstance(one, bool):
            return "true" if one else "false"
        if isinstance(one, str):
            escaped = one.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        if isinstance(one, list | tuple):
            return "[" + ", ".join(map(value, one)) + "]"
        if isinstance(one, dict):
            return "{ " + ", ".join(f"{json.dumps(key)} = {value(item)}" for key, item in one.items()) + " }"
        return repr(one)

    return "\n".join(f"{key} = {value(item)}" for key, item in table.items()) + "\n"
