"""A twin of the data readers that shares no code with them: samples and targets worked out from the file itself."""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Sampled:
    """Inputs `x` (sample, ...), targets `t` (sample, output) and labels; None where there are none."""

    x: Any
    t: Any = None
    labels: Any = None


@dataclass(frozen=True)
class Twins:
    """What is learnt from, what the test page shows, the label of each output unit, and names of classes."""

    train: Sampled
    test: Sampled | None
    numbers: list[int]
    names: list[str] | None


def samples(table: dict[str, Any], folder: Path) -> Twins:
    """As docs/data.md says: read, limited, labelled, split by the seed, scaled by what is learnt from."""
    data = table["data"]
    x, ends = _read(data, folder)
    x, ends = x[: data.get("limit")], ends[: data.get("limit")]
    numbers: list[int] = []
    names = None
    if data.get("outputs"):
        parts = Sampled(x, np.array(ends, float))
    else:
        order, names = _classes(ends, data.get("classes"))
        numbers = list(range(1, len(order) + 1)) if names else order
        labels = np.array([numbers[order.index(_plain(end) if names else int(end))] for end in ends])
        parts = Sampled(x, (labels[:, None] == np.array(numbers)).astype(float), labels)
    train, test = parts, None
    if "test" in data:
        drawn = np.random.default_rng(data.get("seed", 0)).permutation(len(x))
        kept = sorted(drawn[: round(data["test"] * len(x))].tolist())
        train, test = _some(parts, [n for n in range(len(x)) if n not in kept]), _some(parts, kept)
    if "test" in table:
        typed = table["test"].get("samples") or [_pixels(text) for text in table["test"]["images"]]
        test = Sampled(np.array(typed, float))
    if "scale" in data:
        low, high = data["scale"]
        sides = (0,) if x.ndim == 2 else None  # a feature by itself, all pixels alike
        least, most = train.x.min(axis=sides), train.x.max(axis=sides)
        train, test = (
            part and Sampled(low + (high - low) * (part.x - least) / (most - least), part.t, part.labels)
            for part in (train, test)
        )
    return Twins(train, test, numbers, names)


def _some(parts: Sampled, rows: list[int]) -> Sampled:
    return Sampled(parts.x[rows], parts.t[rows], None if parts.labels is None else parts.labels[rows])


def _read(data: dict[str, Any], folder: Path) -> tuple[Any, list[Any]]:
    """Inputs, and for each sample its label (a text) or its targets."""
    if "arrays" in data:
        with np.load(folder / data["arrays"]) as file:
            ends = file["y"] if data.get("outputs") else [str(one) for one in file["y"].tolist()]
            return file["x"].astype(float), list(ends)
    if "folder" in data:
        files = sorted((folder / data["folder"]).glob("*/*.png"), key=lambda file: (file.parent.name, file.name))
        return np.array([_png(file, data.get("channels", "gray")) for file in files], float), [
            file.parent.name for file in files
        ]
    with (folder / data.get("images", data.get("table"))).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    label = data.get("label", "label")
    if "images" in data:
        return np.array([_pixels(row["pixels"]) for row in rows], float), [row["label"] for row in rows]
    wanted = data.get("outputs") or [label]
    features = data.get("features") or [key for key in rows[0] if key not in (*wanted, label)]
    x = np.array([[float(row[key]) for key in features] for row in rows])
    if data.get("outputs"):
        return x, [[float(row[key]) for key in wanted] for row in rows]
    return x, [row[label] for row in rows]


def _pixels(text: str) -> list[list[float]]:
    return [[float(n) for n in (line.split() if " " in line else line)] for line in text.split("/")]


def _png(file: Path, channels: str) -> Any:
    """(row, col) of luminance by the weights of ITU-R BT.601 in 1/65536, or (channel, row, col)."""
    with Image.open(file) as picture:
        pixels = np.array(picture).astype(np.int64)
    if channels == "rgb":
        return np.array([pixels[..., n] if pixels.ndim == 3 else pixels for n in range(3)])
    if pixels.ndim == 2:
        return pixels
    return (pixels @ np.array([19595, 38470, 7471]) + 32768) // 65536


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())


def _classes(ends: list[str], given: list[Any] | None) -> tuple[list[Any], list[str] | None]:
    """Classes in the order of the output units; their names if they have some."""
    words = [_plain(end) for end in ends]
    if given is None:
        whole = all(word.removeprefix("-").isdecimal() for word in words)
        given = sorted({int(word) for word in words} if whole else set(words))
    named = isinstance(given[0], str)
    return list(given), [str(one) for one in given] if named else None
