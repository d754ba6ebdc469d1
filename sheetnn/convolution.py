"""Convolution: filters scanned over pictures (book 5-2 to 5-6)."""

from __future__ import annotations

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
    """How a window moves: the layer's name, the axes it moves along, its size and stride."""

    layer: str
    over: tuple[str, str]
    size: tuple[int, int]
    stride: tuple[int, int]
    count: tuple[int, int]  # positions down and across

    def windows(self, picture: Named) -> Array:
        """A view with axes (others..., position row, position col, window row, window col)."""
        order = [axis for axis in picture.axes if axis not in self.over] + list(self.over)
        data = picture.data.transpose([list(picture.axes).index(axis) for axis in order])
        view = sliding_window_view(data, self.size, axis=(-2, -1))
        return view[..., :: self.stride[0], :: self.stride[1], :, :]

    def at(self, index: Index) -> tuple[int, int]:
        """First row and column of the window for a cell of the map."""
        row, column = (index[axis] for axis in map_axes(self.layer))
        return row * self.stride[0], column * self.stride[1]

    def area(self, picture: Ref, index: Index, names: tuple[str, str]) -> Area | None:
        row, column = self.at(index)
        windows = {self.over[0]: (row, self.size[0], names[0]), self.over[1]: (column, self.size[1], names[1])}
        return picture.area({axis: n for axis, n in index.items() if axis in picture.axes}, windows)

    def cells(self, picture: Ref, index: Index) -> list[str]:
        row, column = self.at(index)
        spots = [(row + i, column + j) for i, j in np.ndindex(self.size)]
        return [picture.cell({**index, self.over[0]: i, self.over[1]: j}) for i, j in spots]

    def sizes(self) -> Axes:
        return dict(zip(map_axes(self.layer), self.count, strict=True))


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
        a, b = weights.area(mine), self.scan.area(picture, index, names)

        channels = {axis: n for axis, n in picture.axes.items() if axis not in index and axis not in self.scan.over}

        def terms() -> list[str]:
            found = []
            for spot in np.ndindex(*channels.values()):
                channel = dict(zip(channels, spot, strict=True))
                filters = [{**mine, **channel, names[0]: i, names[1]: j} for i, j in np.ndindex(self.scan.size)]
                cells = self.scan.cells(picture, {**index, **channel})
                found += [f"{weights.cell(at)}*{cell}" for at, cell in zip(filters, cells, strict=True)]
            return found

        count = int(np.prod([*self.scan.size, *channels.values()]))
        text = multiplied(weights, picture, a, b, count, terms)
        return text + "".join(f"+{ref.cell(index)}" for ref in refs[2:])

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
        names, count = map_axes(self.scan.layer), self.scan.count
        b = None
        if self.scan.stride == (1, 1):
            windows = {axis: (start, size, name) for axis, start, size, name in
                       zip(self.scan.over, (i, j), count, names, strict=True)}  # fmt: skip
            b = picture.area({axis: n for axis, n in index.items() if axis in picture.axes}, windows)

        def terms() -> list[str]:
            found = []
            for r, c in np.ndindex(count):
                spot = {
                    self.scan.over[0]: r * self.scan.stride[0] + i,
                    self.scan.over[1]: c * self.scan.stride[1] + j,
                }
                found.append(f"{delta.cell({**mine, names[0]: r, names[1]: c})}*{picture.cell({**index, **spot})}")
            return found

        return multiplied(delta, picture, delta.area(mine), b, int(np.prod(count)), terms)

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
        ends = (count + size - 1 for count, size in zip(self.scan.count, self.scan.size, strict=True))
        return dict(zip(self.scan.over, ends, strict=True))

    def formula(self, index: Index, *refs: Ref) -> str:
        weights, delta = refs
        maps, cells = map_axes(self.scan.layer), filter_axes(self.scan.layer)
        mine = {axis: n for axis, n in index.items() if axis in weights.axes}
        terms = []
        for m in range(weights.axes[self.scan.layer]):
            for i, j in np.ndindex(self.scan.size):
                at = (index[self.scan.over[0]] - i, index[self.scan.over[1]] - j)
                if all(0 <= n < count for n, count in zip(at, self.scan.count, strict=True)):
                    w = weights.cell({**mine, self.scan.layer: m, cells[0]: i, cells[1]: j})
                    d = delta.cell({**index, self.scan.layer: m, maps[0]: at[0], maps[1]: at[1]})
                    terms.append(f"{w}*{d}")
        return "+".join(terms)

    def value(self, axes: Axes, *args: Named) -> Array:
        weights, delta = args
        cells = filter_axes(self.scan.layer)
        channels = [axis for axis in weights.axes if axis not in (self.scan.layer, *cells)]
        lead = [axis for axis in axes if axis == IMAGE]
        order = {axis: axes[axis] for axis in [*lead, *channels, *self.scan.over]}
        total = np.zeros(tuple(order.values()))
        rows, columns = self.scan.count
        w = weights.along({**{a: weights.axes[a] for a in (*cells, self.scan.layer, *channels)}})
        d_axes = [*lead, self.scan.layer, *map_axes(self.scan.layer)]
        d = delta.along({axis: delta.axes[axis] for axis in d_axes})
        for i, j in np.ndindex(self.scan.size):
            part = _einsum(
                w[i, j], [self.scan.layer, *channels], d, d_axes, [*lead, *channels, *map_axes(self.scan.layer)]
            )
            total[..., i : i + rows, j : j + columns] += part
        return Named(order, total).along(axes)


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
