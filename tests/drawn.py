"""Random recipes over the whole schema, by seed: a table for the recipe and the data file beside it."""

from __future__ import annotations

import csv
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
    count = int(rng.integers(6, 13))
    source = pick("images", "table", "arrays", "arrays", "folder")
    regression = source in ("table", "arrays") and chance(0.3)
    classes = int(rng.integers(2, 5)) if not chance(0.1) else 11
    count = max(count, 4 * classes)  # of which some are kept back, and yet each class remains
    data, shape = _inputs(rng, source, count, folder, pick, chance)
    outputs = int(rng.integers(1, 4)) if regression else classes
    named = source in ("table", "arrays", "folder") and chance(0.5)
    _write(rng, source, data, shape, count, outputs, regression, named, folder)
    kept = 0.25 if chance(0.5) else None
    if kept is not None:
        data["test"] = kept
        data["seed"] = int(rng.integers(5))
        if not regression:
            data["classes"] = data.get("classes", None)
    if chance(0.4):
        data["scale"] = [float(rng.integers(-1, 1)), float(rng.integers(1, 3))]
    if not regression and not named and chance(0.3):
        data["targets"] = "one-hot"
    data = {key: value for key, value in data.items() if value is not None}
    table["data"] = data
    layers = _layers(rng, shape, outputs, pick, chance)
    table["layers"] = layers
    last = layers[-1]
    trained = chance(0.85)
    if not regression and chance(0.5):
        table["cost"] = "cross-entropy"
        last["activation"] = pick("sigmoid", "softmax")
    else:
        table["cost"] = "squared"
        choices = ("sigmoid", "tanh", "identity", "leaky-relu", "softmax")
        last["activation"] = pick(*choices) if outputs > 1 else pick(*choices[:-1])
    table["reduction"] = pick("sum", "mean")
    table["layout"] = pick("stacked", "right")
    table["random"] = {"seed": int(rng.integers(1000)), "kind": pick("normal", "uniform", "xavier", "he")}
    if table["random"]["kind"] == "normal":
        table["random"]["sd"] = 0.5
    if table["random"]["kind"] == "uniform":
        table["random"]["range"] = [-0.7, 0.6]
    if trained:
        _training(rng, table, count, pick, chance)
    else:
        if chance(0.5):
            table["training"] = {"mode": "solver"}
        if len(layers) > 1 and chance(0.4) and "activation" in layers[0]:
            layers[0]["activation"] = "step"
    return table


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
            return "{ " + ", ".join(f"{key} = {value(item)}" for key, item in one.items()) + " }"
        return repr(one)

    return "\n".join(f"{key} = {value(item)}" for key, item in table.items()) + "\n"
