"""Softmax: exponentials of the outputs, each divided by their sum (Goodfellow, Bengio, Courville 2016, 6.2.2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .ops import Axes, Index, Named, Op

if TYPE_CHECKING:
    from .refs import Ref


@dataclass(frozen=True)
class Exponentials(Op):
    """e^(z − max z) of the units of one image: the largest is 1, so no EXP overflows. The softmax stays the same."""

    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        others = {axis: n for axis, n in index.items() if axis != self.axis}
        area = refs[0].area(others)
        if area is not None:
            units = area.text
        else:
            units = ",".join(refs[0].cell({**others, self.axis: unit}) for unit in range(refs[0].axes[self.axis]))
        return f"EXP({refs[0].cell(index)}-MAX({units}))"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        z = args[0].along(axes)
        return np.exp(z - z.max(axis=list(axes).index(self.axis), keepdims=True))


@dataclass(frozen=True)
class Normalise(Op):
    """a = e / Σe, from the exponentials and their sum."""

    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        e, total = (ref.cell(index) for ref in refs)
        return f"IF({total}=0,0,{e}/{total})" if refs[1].blanks else f"{e}/{total}"  # a learner's sum may be blank

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        e, total = (arg.along(axes) for arg in args)
        return np.where(total == 0, 0.0, e / np.where(total == 0, 1.0, total))


@dataclass(frozen=True)
class SoftmaxBack(Op):
    """dC/dz = a (dC/da − Σ a dC/da), from a, dC/da and that sum."""

    def formula(self, index: Index, *refs: Ref) -> str:
        a, up, mean = (ref.cell(index) for ref in refs)
        return f"{a}*({up}-{mean})"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        a, up, mean = (arg.along(axes) for arg in args)
        return a * (up - mean)
