"""The cost of one image and its slope at one output, from a row of the table of costs (book 3-3 and 4-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from .functions import COSTS
from .ops import Axes, Index, Named, Op

if TYPE_CHECKING:
    from .refs import Ref

MANY_UNITS = 64
"""Output units above which the terms of a cost get cells of their own: a formula has at most 8,192 characters."""


@dataclass(frozen=True)
class CostTerm(Op):
    """The part of one output unit in C of one image, in a cell of its own where one cell cannot hold all of them."""

    name: str

    def formula(self, index: Index, *refs: Ref) -> str:
        cost = COSTS[self.name]
        return f"({cost.term.format(a=refs[0].cell(index), t=refs[1].cell(index))}){cost.factor}"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return COSTS[self.name].value(args[0].along(axes)[..., None], args[1].along(axes)[..., None])


@dataclass(frozen=True)
class CostOf(Op):
    """C of one image, from the outputs a and the targets t (book 3-3), or from its terms after them."""

    name: str
    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        cost = COSTS[self.name]
        written = refs[2].area(index) if len(refs) > 2 else None
        if written is not None:
            return f"SUM({written.text})"
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
