"""Ops: the text of one cell beside the value of all cells, and the rule for back-propagation.

`formula(index, *refs)` writes one cell: `index` maps the axes of the result to positions, a ref gives the
addresses of an argument (see `sheetnn.refs`). `value(axes, *args)` computes every cell with NumPy.
Arguments are cell references, which are atoms, so no formula needs a rule of precedence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .functions import ACTIVATIONS, COSTS
from .products import sum_of_products

if TYPE_CHECKING:
    from .refs import Ref

Axes = dict[str, int]
Index = Mapping[str, int]
IMAGE = "image"
"""The axis of samples: the one over which costs and gradients are summed."""
EPOCH = "epoch"
"""The axis of repetitions: the one along which repeated blocks are copied."""


@dataclass(frozen=True)
class Named:
    """An array with named axes."""

    axes: Axes
    data: NDArray[Any]

    def along(self, axes: Axes) -> NDArray[Any]:
        """The data with its axes in the order of `axes`, of length 1 where it lacks one: ready to broadcast."""
        mine = [axis for axis in axes if axis in self.axes]
        data = self.data.transpose([list(self.axes).index(axis) for axis in mine])
        return data.reshape([self.axes.get(axis, 1) for axis in axes])


class Op:
    """One rule for the cells of a block."""

    uniform = True
    """Whether the formula of image k is that of image 0 with its addresses moved."""

    whole = False
    """Whether one array formula fills all cells of the block."""

    sees_blanks = False
    """Whether a blank answer reaches the op as NaN, not as the 0 that spreadsheets take it for."""

    resized: tuple[str, ...] = ()
    """Axes of `sizes` that are shorter or longer than those of the arguments."""

    def sizes(self) -> Axes:
        """Axes that the op itself brings, with their sizes."""
        return {}

    def epoch(self, args: Sequence[Named | None]) -> int | None:
        """The one epoch, from 0, of its `@all` arguments that the value depends on; None: it may be any.

        Arguments whose values are not known before the epochs are None.
        """
        return None

    def formula(self, index: Index, *refs: Ref) -> str:
        raise NotImplementedError

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        raise NotImplementedError


@dataclass(frozen=True)
class Elementwise(Op):
    """One cell from the cells of the same index: `text` with {0}, {1}, ... and the same as a function."""

    text: str
    function: Callable[..., NDArray[Any]]

    def formula(self, index: Index, *refs: Ref) -> str:
        return self.text.format(*(ref.cell(index) for ref in refs))

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        result = self.function(*(arg.along(axes) for arg in args))
        return np.broadcast_to(result, tuple(axes.values()))


COPY = Elementwise("{0}", lambda a: a)
MULTIPLY = Elementwise("{0}*{1}", lambda a, b: a * b)
DESCEND = Elementwise("{0}-{1}*{2}", lambda old, eta, gradient: old - eta * gradient)  # book 4-4: w - eta dC_T/dw


@dataclass(frozen=True)
class Activate(Op):
    """a = f(z) (book 3-1)."""

    name: str

    def formula(self, index: Index, *refs: Ref) -> str:
        return ACTIVATIONS[self.name].formula.format(z=refs[0].cell(index))

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return ACTIVATIONS[self.name].value(args[0].along(axes))


@dataclass(frozen=True)
class Slope(Op):
    """a'(z), from z and a (book 4-2)."""

    name: str

    def formula(self, index: Index, *refs: Ref) -> str:
        z, a = refs
        return ACTIVATIONS[self.name].slope_formula.format(z=z.cell(index), a=a.cell(index))

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return ACTIVATIONS[self.name].slope_value(args[0].along(axes), args[1].along(axes))


class Contract(Op):
    """Sum of products over the axes that the result lacks, plus an optional third argument (book 3-1: Σwx + b)."""

    def formula(self, index: Index, *refs: Ref) -> str:
        text = sum_of_products(refs[0], refs[1], index)
        return text + "".join(f"+{ref.cell(index)}" for ref in refs[2:])

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        names = {axis: chr(97 + i) for i, axis in enumerate(args[0].axes | args[1].axes)}

        def spell(some: Axes) -> str:
            return "".join(names[axis] for axis in some)

        # einsum without a BLAS: the order of its sums depends on nothing but the shapes
        total = np.einsum(f"{spell(args[0].axes)},{spell(args[1].axes)}->{spell(axes)}", args[0].data, args[1].data)
        for arg in args[2:]:
            total = total + arg.along(axes)
        return total


@dataclass(frozen=True)
class CostOf(Op):
    """C of one image, from the outputs a and the targets t (book 3-3)."""

    name: str
    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        cost = COSTS[self.name]
        a, t = refs[0].area(index), refs[1].area(index)
        whole = a is not None and t is not None and (a.down, a.across) == (t.down, t.across)
        # SUMXMY2 is an error over blanks in Gnumeric, and over two sheets or of single cells in IronCalc
        if cost.area and a and t and whole and a.count > 1 and not refs[0].blanks and a.corner[0] == t.corner[0]:
            return cost.area.format(a=a.text, t=t.text) + cost.factor
        spots = [{**index, self.axis: unit} for unit in range(refs[0].axes[self.axis])]
        terms = "+".join(cost.term.format(a=refs[0].cell(spot), t=refs[1].cell(spot)) for spot in spots)
        return f"({terms}){cost.factor}"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        full = {**axes, self.axis: args[0].axes[self.axis]}
        return COSTS[self.name].value(args[0].along(full), args[1].along(full))


@dataclass(frozen=True)
class CostSlope(Op):
    """dC/da of one output unit of one image (book 4-1)."""

    name: str

    def formula(self, index: Index, *refs: Ref) -> str:
        return COSTS[self.name].slope_formula.format(a=refs[0].cell(index), t=refs[1].cell(index))

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return COSTS[self.name].slope_value(args[0].along(axes), args[1].along(axes))


@dataclass(frozen=True)
class Total(Op):
    """Sum over all images: C_T and its gradient (book 3-4 and 4-4); with `mean` divided by their number."""

    mean: bool = False

    def formula(self, index: Index, *refs: Ref) -> str:
        total = refs[0].total(index, IMAGE)
        return f"{total}/{refs[0].axes[IMAGE]}" if self.mean else total

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        full = {**axes, IMAGE: args[0].axes[IMAGE]}
        total = args[0].along(full).sum(axis=-1)
        return total / args[0].axes[IMAGE] if self.mean else total


class Count(Op):
    """Numbers of the images after the first: the number before plus 1. The argument is the first number."""

    uniform = False

    def __init__(self, size: int) -> None:
        self.size = size

    def sizes(self) -> Axes:
        return {IMAGE: self.size}

    def formula(self, index: Index, *refs: Ref) -> str:
        position = index[IMAGE]
        before = refs[0].cell({}) if position == 0 else refs[0].own({IMAGE: position - 1})
        return f"{before}+1"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return args[0].data + 1 + np.arange(self.size)
