"""A window that moves over pictures: where it lies, what it sees, and which windows see a cell (book 5-2 and 5-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .ops import Axes, Index, Named

if TYPE_CHECKING:
    from .refs import Area, Ref

Array = NDArray[Any]


def filter_axes(layer: str) -> tuple[str, str]:
    """Rows and columns of the filters of a layer."""
    return f"{layer}_i", f"{layer}_j"


def map_axes(layer: str) -> tuple[str, str]:
    """Rows and columns of the feature maps (or pooled maps) of a layer."""
    return f"{layer}_row", f"{layer}_col"


@dataclass(frozen=True)
class Scan:
    """How a window moves: the layer's name, the axes it moves along, its size and stride.

    `extent` are rows and columns of what it moves over, `padding` those of zeros around that. Cells of a window that
    lie in the padding have no address; formulas leave them out.
    """

    layer: str
    over: tuple[str, str]
    size: tuple[int, int]
    stride: tuple[int, int]
    count: tuple[int, int]  # positions down and across
    extent: tuple[int, int]
    padding: tuple[int, int] = (0, 0)

    @staticmethod
    def of(
        layer: str,
        over: tuple[str, str],
        extent: tuple[int, int],
        size: tuple[int, int],
        stride: tuple[int, int],
        padding: tuple[int, int] = (0, 0),
    ) -> Scan:
        """With as many positions as fit."""
        down, across = (
            (length + 2 * rim - window) // step + 1
            for length, rim, window, step in zip(extent, padding, size, stride, strict=True)
        )
        return Scan(layer, over, size, stride, (down, across), extent, padding)

    def windows(self, picture: Named) -> Array:
        """A view with axes (others..., position row, position col, window row, window col)."""
        order = [axis for axis in picture.axes if axis not in self.over] + list(self.over)
        data = picture.data.transpose([list(picture.axes).index(axis) for axis in order])
        if any(self.padding):
            data = np.pad(data, [(0, 0)] * (data.ndim - 2) + [(rim, rim) for rim in self.padding])
        view = sliding_window_view(data, self.size, axis=(-2, -1))
        return view[..., :: self.stride[0], :: self.stride[1], :, :]

    def at(self, index: Index) -> tuple[int, int]:
        """First row and column of the window for a cell of the map; negative in the padding."""
        spot = [index[axis] * step - rim for axis, step, rim in
                zip(map_axes(self.layer), self.stride, self.padding, strict=True)]  # fmt: skip
        return spot[0], spot[1]

    def inside(self, index: Index) -> tuple[range, range]:
        """Rows and columns of the window that lie on the picture, counted from the window's first."""
        spans = [range(max(0, -first), min(size, length - first)) for first, size, length in
                 zip(self.at(index), self.size, self.extent, strict=True)]  # fmt: skip
        return spans[0], spans[1]

    def area(self, picture: Ref, index: Index, names: tuple[str, str]) -> Area | None:
        """The part of the window that lies on the picture."""
        windows = {over: (first + span.start, len(span), name) for over, first, span, name in
                   zip(self.over, self.at(index), self.inside(index), names, strict=True)}  # fmt: skip
        return picture.area({axis: n for axis, n in index.items() if axis in picture.axes}, windows)

    def cells(self, picture: Ref, index: Index) -> list[str]:
        row, column = self.at(index)
        rows, columns = self.inside(index)
        return [
            picture.cell({**index, self.over[0]: row + i, self.over[1]: column + j}) for i in rows for j in columns
        ]

    def sizes(self) -> Axes:
        return dict(zip(map_axes(self.layer), self.count, strict=True))

    def covering(self, row: int, column: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """The windows that a cell of the picture lies in: position of each, and the cell's place within it."""
        found = []
        for at in np.ndindex(self.count):
            place = tuple(
                cell + rim - position * step
                for cell, rim, position, step in zip((row, column), self.padding, at, self.stride, strict=True)
            )
            if all(0 <= inner < size for inner, size in zip(place, self.size, strict=True)):
                found.append(((at[0], at[1]), (place[0], place[1])))
        return found

    def scatter(self, parts: Callable[[int, int], Array], total: Array) -> Array:
        """Add `parts(i, j)`, one number for each position, to the cells at (i, j) of the windows of `total`.

        `total` has the picture's rows and columns as its last axes.
        """
        padded = np.zeros(
            (*total.shape[:-2], *(n + 2 * rim for n, rim in zip(self.extent, self.padding, strict=True)))
        )
        (rows, columns), (down, across) = self.count, self.stride
        for i, j in np.ndindex(self.size):
            spot = (slice(i, i + (rows - 1) * down + 1, down), slice(j, j + (columns - 1) * across + 1, across))
            padded[(..., *spot)] += parts(i, j)
        (height, width), (top, left) = self.extent, self.padding
        return total + padded[..., top : top + height, left : left + width]
