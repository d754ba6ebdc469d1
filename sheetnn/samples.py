"""Samples: the numbers that a network learns from, whatever file they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

AXES = {1: ("feature",), 2: ("row", "col"), 3: ("channel", "row", "col")}
"""Names of the axes of one sample, by their number."""


@dataclass(frozen=True)
class Samples:
    """`x` has shape (sample, *axes); `labels` (sample,); of a regression `targets` (sample, output).

    Labels are whole numbers: the class itself, or for classes with names its position, counted from 1.
    """

    x: NDArray[Any]
    labels: NDArray[Any] | None = None
    targets: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.x)

    @property
    def axes(self) -> dict[str, int]:
        """Names and sizes of the axes of one sample."""
        shape = self.x.shape[1:]
        return dict(zip(AXES[len(shape)], map(int, shape), strict=True))


def class_numbers(classes: tuple[int | str, ...]) -> tuple[int, ...]:
    """The labels of classes: themselves, or the positions from 1 of those with names."""
    if any(isinstance(one, str) for one in classes):
        return tuple(range(1, len(classes) + 1))
    return tuple(int(one) for one in classes)


@dataclass(frozen=True)
class Dataset:
    """What a recipe's [data] names: samples to learn from, samples kept back, and the classes in order.

    `classes` are numbers or names (none for a regression), `features` the names of a table's inputs, `outputs` those
    of a regression's targets; `warnings` are said, not refused. `ranges` are least and largest value before
    scaling, of each feature of a table or of all pixels (none if nothing was scaled); see `sheetnn.scaling.scaled`.
    """

    train: Samples
    test: Samples | None = None
    classes: tuple[int | str, ...] = ()
    features: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    ranges: tuple[tuple[float, float], ...] = ()

    @property
    def named(self) -> bool:
        """Whether the classes have names."""
        return any(isinstance(one, str) for one in self.classes)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The labels of the classes, in order."""
        return class_numbers(self.classes)

    def shape(self) -> dict[str, Any]:
        """What `blank` needs to make samples of the same shape, and the least and largest of all inputs; for JSON."""
        return {
            "x": list(self.train.x.shape),
            "kept": 0 if self.test is None else len(self.test),
            "outputs": list(self.outputs),
            "features": list(self.features),
            "span": [float(self.train.x.min()), float(self.train.x.max())],
        }

    @staticmethod
    def blank(shape: Mapping[str, Any], classes: tuple[int | str, ...]) -> Dataset:
        """A stand-in where the numbers come from a workbook's cells. Raises ValueError, KeyError, TypeError."""
        count, *sizes = (int(n) for n in shape["x"])
        outputs = tuple(str(name) for name in shape["outputs"])
        if min(count, *sizes) < 1 or len(sizes) not in AXES or int(shape["kept"]) < 0:
            raise ValueError(f"samples of shape {shape['x']}")
        made = Dataset(Samples(np.zeros(1)), None, classes, tuple(map(str, shape["features"])), outputs)
        label = made.numbers[0] if classes else 0

        def samples(many: int) -> Samples:
            x = np.zeros((many, *sizes), int)
            return Samples(x, None, np.zeros((many, len(outputs)))) if outputs else Samples(x, np.full(many, label))

        kept = int(shape["kept"])
        return Dataset(samples(count), samples(kept) if kept else None, classes, made.features, outputs)
