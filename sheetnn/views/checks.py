"""Ops of the pages that judge a workbook: hits, rising costs, directions in the space of all parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..ops import EPOCH, Axes, Elementwise, Index, Named, Op
from ..verdicts import HIT, MISS, one_area

if TYPE_CHECKING:
    from ..refs import Ref

PLUS = Elementwise("{0}+{1}*{2}", lambda w, eps, v: w + eps * v)
MINUS = Elementwise("{0}-{1}*{2}", lambda w, eps, v: w - eps * v)
LESS = Elementwise("{0}-{1}", lambda a, b: a - b)
UNIT = Elementwise(
    "IF({1}=0,0,{0}/{1})", lambda g, norm: np.where(norm == 0, 0.0, g / np.where(norm == 0, 1.0, norm))
)
CENTRAL = Elementwise("{0}/(2*{1})", lambda difference, eps: difference / (2 * eps))
APART = Elementwise("ABS({0}-{1})", lambda a, b: np.abs(a - b))
LARGER = Elementwise("MAX({0},{1})", np.maximum)
NEAR = Elementwise(
    f'IF({{0}}<=0.00001*(1+{{1}}),"{HIT}","{MISS}")', lambda e, norm: np.where(e <= 0.00001 * (1 + norm), HIT, MISS)
)
NONE_OF = Elementwise(f'IF({{0}}=0,"{HIT}","{MISS}")', lambda n: np.where(n == 0, HIT, MISS))


@dataclass(frozen=True)
class Hit(Op):
    """1 where the largest output and the largest target are of the same unit, else 0 (of equal ones the first)."""

    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        a, t = (one_area(ref, {axis: n for axis, n in index.items() if axis in ref.axes}).text for ref in refs)
        return f"IF(MATCH(MAX({a}),{a},0)=MATCH(MAX({t}),{t},0),1,0)"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        full = {**axes, self.axis: args[0].axes[self.axis]}
        best = [arg.along(full).argmax(axis=-1) for arg in args]
        return (best[0] == best[1]).astype(int)


class Share(Op):
    """The mean over the images: a hit rate."""

    def formula(self, index: Index, *refs: Ref) -> str:
        return f"AVERAGE({one_area(refs[0], index).text})"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return np.array(args[0].data.mean())


class Rises(Op):
    """In how many epochs a number did not fall."""

    def formula(self, index: Index, *refs: Ref) -> str:
        steps = refs[0].axes.get(EPOCH, 1) - 1
        if steps < 1:
            return f"0*{refs[0].cell({EPOCH: 0})}"
        earlier, later = (refs[0].area({}, {EPOCH: (start, steps, "t")}) for start in (0, 1))
        assert earlier is not None
        assert later is not None
        return f"SUMPRODUCT(({later.text}>={earlier.text})*1)"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        data = args[0].data
        return np.array(int((data[1:] >= data[:-1]).sum()) if data.ndim else 0)


@dataclass(frozen=True)
class Chosen(Op):
    """1 for the parameter whose number is chosen, else 0; this block's numbers start at `first`."""

    first: int
    shape: tuple[tuple[str, int], ...]

    def sizes(self) -> Axes:
        return dict(self.shape)

    def formula(self, index: Index, *refs: Ref) -> str:
        sizes = dict(self.shape)
        spot = int(np.ravel_multi_index([index[axis] for axis in sizes], tuple(sizes.values())))
        return f"IF({refs[0].cell({})}={self.first + spot},1,0)"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        numbers = self.first + np.arange(int(np.prod(list(axes.values()))))
        return (numbers == args[0].data).astype(int).reshape(tuple(axes.values()))


class Along(Op):
    """Σ v·g over pairs of blocks: the slope in direction v, where g is the gradient."""

    def formula(self, index: Index, *refs: Ref) -> str:
        pairs = zip(refs[::2], refs[1::2], strict=True)
        return "+".join(f"SUMPRODUCT({one_area(v, {}).text},{one_area(g, {}).text})" for v, g in pairs)

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        total = 0.0
        for direction, gradient in zip(args[::2], args[1::2], strict=True):
            total += float(
                (direction.data * gradient.data).sum()
            )  # sum() of floats rounds otherwise since Python 3.12
        return np.array(total)


class Norm(Along):
    """The length of a vector spread over blocks."""

    def formula(self, index: Index, *refs: Ref) -> str:
        return f"SQRT({super().formula(index, *(ref for one in refs for ref in (one, one)))})"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return np.sqrt(super().value(axes, *(arg for one in args for arg in (one, one))))
