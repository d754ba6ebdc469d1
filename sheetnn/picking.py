"""Cells of a block that stand for all of them, and those before them that packing refers back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .address import MAX_COLUMNS
from .graph import Block, Values
from .layout import Place

_BACK, _SHORT = 500, 6  # cells in the 32 kB that packing looks back on; letters of a number that is short anyway
_GOLDEN = (5**0.5 - 1) / 2  # its multiples, less their whole part, lie evenly however many there are


@dataclass(frozen=True)
class Kind:
    """The cells of a block that are alike: typed in the first epoch (or once), or of a formula."""

    block: Block
    place: Place
    typed: bool
    times: int  # in how many epochs they stand

    @property
    def count(self) -> int:
        return self.block.size * self.times

    @property
    def first(self) -> int:
        """The first epoch with such cells."""
        return 0 if self.typed or self.block.start is None else 1

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        return self.place.cells(self.block.axes)[0].ravel()

    @cached_property
    def columns(self) -> NDArray[np.intp]:
        return self.place.cells(self.block.axes)[1].ravel()

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """Elements of the block as its cells come, row by row."""
        return np.argsort(self.rows * (MAX_COLUMNS + 1) + self.columns)

    def numbers(self, values: Values, epoch: int) -> NDArray[Any]:
        """All values of an epoch, counted from the first with such cells."""
        found = values[self.block.name]
        return (found[self.first + epoch] if self.block.repeated else found).ravel()

    def spot(self, n: int) -> tuple[dict[str, int], int]:
        """Index and epoch of a cell, by number: row by row, one epoch after another."""
        epoch, position = divmod(n, self.block.size)
        at = np.unravel_index(self.order[position], self.block.shape)
        return dict(zip(self.block.axes, map(int, at), strict=True)), self.first + epoch


def chosen_of(kind: Kind, epochs: int, all_epochs: int, run: int, runs: int) -> list[int]:
    """Some of the cells, by number: runs of neighbours here and there in the block.

    Training changes what numbers look like (saturated units are all 1, deltas of 0 stay), so the runs lie as far
    apart in all the epochs as those that are computed allow: the last of these stands for all later ones.
    """
    size, moves = kind.block.size, kind.block.repeated and not kind.typed
    held, times = (epochs - kind.first, all_epochs - kind.first) if moves else (1, 1)
    most = size * held
    if most <= run * runs:
        return list(range(most))
    starts = [
        min(int((number + 0.5) / runs * times), held - 1) * size + int((0.5 + number * _GOLDEN) % 1 * size)
        for number in range(runs)
    ]
    return list(dict.fromkeys(n + more for start in starts for n in [min(start, most - run)] for more in range(run)))


def twins_of(kind: Kind, values: Values, chosen: Sequence[int], width: int) -> list[int]:
    """Cells shortly before those chosen that hold the same long number: packing refers back to it.

    `width` is that of the sheet, whose other blocks lie between two rows of this one.
    """
    found: dict[int, None] = {}
    for n in chosen:
        epoch, position = divmod(n, kind.block.size)
        numbers = kind.numbers(values, epoch)[kind.order[max(0, position - _BACK) : position + 1]]
        if len(str(numbers[-1])) > _SHORT:
            same = np.flatnonzero(numbers[:-1] == numbers[-1])
            if len(same):
                back = len(numbers) - 1 - int(same[-1])
                here, there = kind.order[position], kind.order[position - back]
                apart = kind.rows[here] - kind.rows[there], kind.columns[here] - kind.columns[there]
                if apart[0] * width + apart[1] <= _BACK:
                    found[n - back] = None
    return [n for n in found if n not in set(chosen)]
