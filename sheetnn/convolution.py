"""Convolution: filters scanned over pictures (book 5-2 to 5-6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .ops import IMAGE, Axes, Index, Named, Op
from .products import multiplied
from .scan import Scan, filter_axes, map_axes

if TYPE_CHECKING:
    from .refs import Ref

Array = NDArray[Any]


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
