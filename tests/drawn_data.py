"""Random data by seed: the table [data] of a recipe, and its file beside it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from twin_data import samples

NAMES = ("cat", "狗", "été", "=1+1", "-5 x", "Ελλάδα", "<b>&", "'quoted'", 'say "no"')


@dataclass(frozen=True)
class Drawn:
    """[data], where it comes from, the shape of a sample, how many are learnt from, outputs, and what they are."""

    data: dict[str, Any]
    source: str
    shape: tuple[int, ...]
    count: int
    outputs: int
    regression: bool
    named: bool


def draw_data(rng: Any, plain: bool, folder: Path, pick: Any, chance: Any) -> Drawn:
    """`plain`: pictures of one channel, from a CSV file."""
    source = "images" if plain else pick("images", "table", "arrays", "arrays", "folder")
    regression = source in ("table", "arrays") and chance(0.3)
    classes = int(rng.integers(2, 5)) if not chance(0.1) else 11
    count = max(int(rng.integers(6, 13)), 4 * classes)  # of which some are kept back, and yet each class remains
    data, shape = _inputs(rng, source, folder, pick, chance)
    outputs = int(rng.integers(1, 4)) if regression else classes
    named = source in ("table", "arrays", "folder") and chance(0.5)
    if source == "table" and chance(0.5):
        data["label"] = pick("label", "species", "classe d'été") if not regression else "label"
        if regression:
            del data["label"]
    _write(rng, source, data, shape, count, outputs, regression, named, folder)
    if chance(0.3):
        data["test"] = 0.25
        data["seed"] = int(rng.integers(5))
        count -= round(0.25 * count)
    elif chance(0.3):
        data["limit"] = count = count - 1
    if chance(0.4):
        data["scale"] = [float(rng.integers(-1, 1)), float(rng.integers(1, 3))]
    if not regression and chance(0.4):
        data["targets"] = pick("one-hot", "one-hot", "label")
    if not regression and not named and chance(0.3):
        data["classes"] = [n + 3 for n in reversed(range(outputs))]
    if not regression and named and chance(0.3):
        data["classes"] = list(reversed(_words(source, named, outputs)))
    if source == "table" and shape[0] > 1 and chance(0.4):
        shape = (shape[0] - 1,)
        data["features"] = [f"x{n}" for n in reversed(range(shape[0]))]
    while "test" in data and not regression and len(set(samples({"data": data}, folder).train.labels)) < outputs:
        data["seed"] += 1  # of the classes each needs a sample to learn from
    return Drawn(data, source, shape, count, outputs, regression, named)


def _inputs(rng: Any, source: str, folder: Path, pick: Any, chance: Any) -> tuple[dict[str, Any], tuple[int, ...]]:
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


def _words(source: str, named: bool, outputs: int) -> list[str]:
    """The class of each output as the file writes it."""
    if not named:
        return [str(n + 3) for n in range(outputs)]
    if source == "folder":
        return [f"c{n}" for n in range(outputs)]
    return [NAMES[n % len(NAMES)] + str(n // len(NAMES) or "") for n in range(outputs)]


def _write(
    rng: Any, source: str, data: dict[str, Any], shape: tuple[int, ...], count: int, outputs: int,
    regression: bool, named: bool, folder: Path,
) -> None:  # fmt: skip
    labels = np.concatenate([np.tile(np.arange(outputs), 3), rng.integers(0, outputs, count)])[:count]
    known = _words(source, named, outputs)
    words = [known[n] for n in labels]
    if source == "folder":
        from PIL import Image

        colour = (
            len(shape) == 3 if rng.random() < 0.6 else bool(rng.integers(2))
        )  # of the file; it may be read as gray
        for number, word in enumerate(words):
            place = folder / "pictures" / word
            place.mkdir(parents=True, exist_ok=True)
            pixels = rng.integers(0, 256, (*shape[-2:], 3) if colour else shape[-2:], dtype=np.uint8)
            Image.fromarray(pixels).save(place / f"{number:03}.png")
        data.setdefault("scale", [0.0, 1.0])
        return
    x = np.round(rng.normal(0, 1, (count, *shape)), 3)
    if source == "images":
        with (folder / "data.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["label", "pixels"])
            for sample, word in zip(x, words, strict=True):
                rows.writerow([word, pixels_text(sample)])
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
        rows.writerow(
            [*(f"x{n}" for n in range(shape[0])), *(wanted if regression else [data.get("label", "label")])]
        )
        for sample, target, word in zip(x, targets, words, strict=True):
            ends = [repr(float(n)) for n in target] if regression else [word]
            rows.writerow([*(repr(float(n)) for n in sample), *ends])


def pixels_text(picture: Any) -> str:
    """Rows apart by /, pixels by spaces."""
    lines = [" ".join(repr(float(n)) for n in line) + (" " if len(line) == 1 else "") for line in picture]
    return "/".join(lines)
