"""Pooling: one number for each window of a feature map, and what goes back to its units (book 5-3 and 5-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .ops import Axes, Index, Named, Op
from .scan import Scan, filter_axes, map_axes

if TYPE_CHECKING:
    from .refs import Ref

Array = NDArray[Any]


@dataclass(frozen=True)
class Pooling:
    """How a window becomes one number, and each unit's share of dC/dP: formulas with {area}, {a}, {p}, {up}, {n}.

    `text` and `share_text` are what a reader sees beside them; `spelt` has numbers for {a} (all of the window).
    """

    formula: str
    value: Callable[[Array], Array]
    share_formula: str
    share: Callable[[Array, Array, Array, int], Array]  # a, p, up, n
    scattered: str  # the formula where the cells of a window are no rectangle: {cells} or their {squares}
    text: str
    share_text: str
    spelt: str
    share_spelt: str


def equal(a: Array, p: Array) -> Array:
    """Whether spreadsheets call two numbers equal: within 2⁻⁴⁸ of their size, so that 0.1+0.2 is 0.3."""
    return np.asarray(np.abs(a - p) <= 2.0**-48 * np.abs(p))


POOLINGS: dict[str, Pooling] = {
    # Book 5-3 and 5-6: every unit that equals the maximum receives dC/dP, tied ones too.
    "max": Pooling(
        "MAX({area})",
        lambda windows: windows.max(axis=(-2, -1)),
        "IF({a}={p},{up},0)",
        lambda a, p, up, n: np.where(equal(a, p), up, 0.0),
        "MAX({cells})",
        "max a",
        "[a = P] · ∂C/∂P",
        "max({a})",
        "[{a} = {p}]×{up}",
    ),
    "average": Pooling(
        "AVERAGE({area})",
        lambda windows: windows.mean(axis=(-2, -1)),
        "{up}/{n}",
        lambda a, p, up, n: up / n,
        "AVERAGE({cells})",
        "Σa / n",
        "∂C/∂P / n",
        "({a}) / n",
        "{up} / {n}",
    ),
    # Book 5-3, note: the root of the sum of squares.
    "l2": Pooling(
        "SQRT(SUMPRODUCT({area},{area}))",
        lambda windows: np.sqrt((windows * windows).sum(axis=(-2, -1))),
        "IF({p}=0,0,{up}*{a}/{p})",
        lambda a, p, up, n: np.where(p == 0, 0.0, up * a / np.where(p == 0, 1.0, p)),
        "SQRT({squares})",
        "√(Σa^{2})",
        "∂C/∂P · a / P",
        "‖{a}‖",
        "{up}×{a} / {p}",
    ),
}


@dataclass(frozen=True)
class Pool(Op):
    """One number for each window of a feature map (book 5-3)."""

    method: str
    scan: Scan

    def sizes(self) -> Axes:
        return self.scan.sizes()

    def formula(self, index: Index, *refs: Ref) -> str:
        area = self.scan.area(refs[0], index, filter_axes(self.scan.layer))
        pooling = POOLINGS[self.method]
        if area is not None:
            return pooling.formula.format(area=area.text)
        cells = self.scan.cells(refs[0], index)
        return pooling.scattered.format(cells=",".join(cells), squares="+".join(f"{cell}*{cell}" for cell in cells))

    def value(self, axes: Axes, *args: Named) -> Array:
        result = POOLINGS[self.method].value(self.scan.windows(args[0]))
        others = [axis for axis in args[0].axes if axis not in self.scan.over]
        got = Named({axis: axes[axis] for axis in [*others, *map_axes(self.scan.layer)]}, result)
        return got.along(axes)


@dataclass(frozen=True)
class Share(Op):
    """dC/da of a unit from a, P and dC/dP of every window that it lies in: one, unless windows overlap."""

    method: str
    scan: Scan

    def formula(self, index: Index, *refs: Ref) -> str:
        a, pooled, up = refs
        n = self.scan.size[0] * self.scan.size[1]
        shares = []
        for at, _ in self.scan.covering(index[self.scan.over[0]], index[self.scan.over[1]]):
            spot = {**index, **dict(zip(map_axes(self.scan.layer), at, strict=True))}
            shares.append(
                POOLINGS[self.method].share_formula.format(
                    a=a.cell(index), p=pooled.cell(spot), up=up.cell(spot), n=n
                )
            )
        return "+".join(shares) or "0"  # between windows that lie apart

    def value(self, axes: Axes, *args: Named) -> Array:
        a, pooled, up = args
        lead = [axis for axis in axes if axis not in self.scan.over]
        order = {axis: axes[axis] for axis in [*lead, *self.scan.over]}
        full = {**{axis: axes[axis] for axis in lead}, **self.scan.sizes()}
        units, p, u = self.scan.windows(Named(order, a.along(order))), pooled.along(full), up.along(full)
        n = self.scan.size[0] * self.scan.size[1]

        def part(i: int, j: int) -> Array:
            return POOLINGS[self.method].share(units[..., i, j], p, u, n)

        return Named(order, self.scan.scatter(part, np.zeros(tuple(order.values())))).along(axes)
