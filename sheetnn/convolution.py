"""Convolution: filters scanned over pictures (book 5-2 to 5-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .ops import IMAGE, Axes, Index, Named, Op, multiplied

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


@dataclass(frozen=True)
class Convolve(Op):
    """z = Σ filter · window + bias (book 5-2 and appendix C: similarity as a dot product)."""

    scan: Scan

    def sizes(self) -> Axes:
        return self.scan.sizes()

    def formula(self, index: Index, *refs: Ref) -> str:
        weights, picture = refs[:2]
        names = filter_axes(self.scan.layer)
        mine = {axis: n for axis, n in index.items() if axis in weights.axes}
        rows, columns = self.scan.inside(index)
        part = {name: (span.start, len(span), name) for name, span in zip(names, (rows, columns), strict=True)}
        channels = {axis: n for axis, n in picture.axes.items() if axis not in index and axis not in self.scan.over}
        sums = []
        for spot in np.ndindex(*channels.values()):
            channel = dict(zip(channels, map(int, spot), strict=True))
            filters = {**mine, **channel}

            def terms(filters: Index = filters, channel: Index = channel) -> list[str]:
                cells = self.scan.cells(picture, {**index, **channel})
                spots = [{**filters, names[0]: i, names[1]: j} for i in rows for j in columns]
                return [f"{weights.cell(at)}*{cell}" for at, cell in zip(spots, cells, strict=True)]

            a, b = weights.area(filters, part), self.scan.area(picture, {**index, **channel}, names)
            sums.append(multiplied(weights, picture, a, b, len(rows) * len(columns), terms))
        return "+".join([*sums, *(ref.cell(index) for ref in refs[2:])])

    def value(self, axes: Axes, *args: Named) -> Array:
        weights, picture = args[:2]
        view = self.scan.windows(picture)
        others = [axis for axis in picture.axes if axis not in self.scan.over]
        window = [*others, *map_axes(self.scan.layer), *filter_axes(self.scan.layer)]
        total = _einsum(weights.data, list(weights.axes), view, window, list(axes))
        for arg in args[2:]:
            total = total + arg.along(axes)
        return total


@dataclass(frozen=True)
class ConvolveSlope(Op):
    """dC/dw of a filter for one image: Σ δ · the picture shifted by the filter's cell (book 5-5)."""

    scan: Scan

    def formula(self, index: Index, *refs: Ref) -> str:
        delta, picture = refs
        i, j = (index[axis] for axis in filter_axes(self.scan.layer))
        mine = {axis: n for axis, n in index.items() if axis in delta.axes}
        names = map_axes(self.scan.layer)
        spans = self._seen((i, j))
        if not all(spans):
            return "0"  # this cell of the filter never lies on the picture
        first = [span.start * step + at - rim for span, step, at, rim in
                 zip(spans, self.scan.stride, (i, j), self.scan.padding, strict=True)]  # fmt: skip
        a = b = None
        if self.scan.stride == (1, 1):
            windows = {axis: (start, len(span), name) for axis, start, span, name in
                       zip(self.scan.over, first, spans, names, strict=True)}  # fmt: skip
            b = picture.area({axis: n for axis, n in index.items() if axis in picture.axes}, windows)
            part = {name: (span.start, len(span), name) for name, span in zip(names, spans, strict=True)}
            a = delta.area(mine, part)

        def terms() -> list[str]:
            found = []
            for r in spans[0]:
                for c in spans[1]:
                    at = [first[0] + (r - spans[0].start) * self.scan.stride[0],
                          first[1] + (c - spans[1].start) * self.scan.stride[1]]  # fmt: skip
                    spot = dict(zip(self.scan.over, at, strict=True))
                    found.append(
                        f"{delta.cell({**mine, names[0]: r, names[1]: c})}*{picture.cell({**index, **spot})}"
                    )
            return found

        return multiplied(delta, picture, a, b, len(spans[0]) * len(spans[1]), terms)

    def _seen(self, cell: tuple[int, int]) -> list[range]:
        """Positions at which a cell of the filter lies on the picture, down and across."""
        spans = []
        for at, count, step, rim, length in zip(
            cell, self.scan.count, self.scan.stride, self.scan.padding, self.scan.extent, strict=True
        ):
            low, high = -(-(rim - at) // step), (length - 1 + rim - at) // step
            spans.append(range(max(0, low), min(count - 1, high) + 1))
        return spans

    def value(self, axes: Axes, *args: Named) -> Array:
        delta, picture = args
        view = self.scan.windows(picture)
        others = [axis for axis in picture.axes if axis not in self.scan.over]
        window = [*others, *map_axes(self.scan.layer), *filter_axes(self.scan.layer)]
        return _einsum(delta.data, list(delta.axes), view, window, list(axes))

    def sizes(self) -> Axes:
        return dict(zip(filter_axes(self.scan.layer), self.scan.size, strict=True))


@dataclass(frozen=True)
class ConvolveBack(Op):
    """dC/dx of a convolution's inputs: every window that a cell lies in hands back filter · δ."""

    scan: Scan

    def sizes(self) -> Axes:
        return dict(zip(self.scan.over, self.scan.extent, strict=True))

    def formula(self, index: Index, *refs: Ref) -> str:
        weights, delta = refs
        maps, cells = map_axes(self.scan.layer), filter_axes(self.scan.layer)
        mine = {axis: n for axis, n in index.items() if axis in weights.axes}
        terms = []
        covering = self.scan.covering(index[self.scan.over[0]], index[self.scan.over[1]])
        for m in range(weights.axes[self.scan.layer]):
            for at, (i, j) in covering:
                w = weights.cell({**mine, self.scan.layer: m, cells[0]: i, cells[1]: j})
                d = delta.cell({**index, self.scan.layer: m, maps[0]: at[0], maps[1]: at[1]})
                terms.append(f"{w}*{d}")
        return "+".join(terms) or "0"

    def value(self, axes: Axes, *args: Named) -> Array:
        weights, delta = args
        cells = filter_axes(self.scan.layer)
        channels = [axis for axis in weights.axes if axis not in (self.scan.layer, *cells)]
        lead = [axis for axis in axes if axis == IMAGE]
        order = {axis: axes[axis] for axis in [*lead, *channels, *self.scan.over]}
        w = weights.along({**{a: weights.axes[a] for a in (*cells, self.scan.layer, *channels)}})
        d_axes = [*lead, self.scan.layer, *map_axes(self.scan.layer)]
        d = delta.along({axis: delta.axes[axis] for axis in d_axes})

        def part(i: int, j: int) -> Array:
            out = [*lead, *channels, *map_axes(self.scan.layer)]
            return _einsum(w[i, j], [self.scan.layer, *channels], d, d_axes, out)

        return Named(order, self.scan.scatter(part, np.zeros(tuple(order.values())))).along(axes)


@dataclass(frozen=True)
class SumOver(Op):
    """The sum over some axes: dC/db of a feature map is the sum of its unit errors (book 5-5)."""

    axes: tuple[str, ...]

    def formula(self, index: Index, *refs: Ref) -> str:
        area = refs[0].area({axis: n for axis, n in index.items() if axis in refs[0].axes})
        if area is not None:
            return f"SUM({area.text})"
        sizes = [refs[0].axes[axis] for axis in self.axes]
        spots = [dict(zip(self.axes, spot, strict=True)) for spot in np.ndindex(*sizes)]
        return "+".join(refs[0].cell({**index, **spot}) for spot in spots)

    def value(self, axes: Axes, *args: Named) -> Array:
        full = {**axes, **{axis: args[0].axes[axis] for axis in self.axes}}
        return args[0].along(full).sum(axis=tuple(range(len(axes), len(full))))


def _einsum(a: Array, a_axes: list[str], b: Array, b_axes: list[str], out: list[str]) -> Array:
    names = {axis: chr(97 + n) for n, axis in enumerate(dict.fromkeys([*a_axes, *b_axes]))}
    one, other, result = ("".join(names[axis] for axis in axes) for axes in (a_axes, b_axes, out))
    return np.einsum(f"{one},{other}->{result}", a, b)
