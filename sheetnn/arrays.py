"""Array formulas: one formula for all cells of a block (book 2-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from .errors import LayoutError
from .ops import Axes, Index, Named, Op

if TYPE_CHECKING:
    from .refs import Ref


def whole_area(ref: Ref) -> str:
    area = ref.area({})
    if area is None:
        raise LayoutError(f"{ref.consumer}: {ref.name} is not one rectangle")
    return area.text


class Whole(Op):
    """One array formula for the whole block."""

    whole = True

    def array_formula(self, *refs: Ref) -> str:
        raise NotImplementedError

    def formula(self, index: Index, *refs: Ref) -> str:
        return self.array_formula(*refs)


class MatrixProduct(Whole):
    """AB (book 2-5), as MMULT."""

    def array_formula(self, *refs: Ref) -> str:
        return f"MMULT({whole_area(refs[0])},{whole_area(refs[1])})"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return args[0].data @ args[1].data


class Transpose(Whole):
    """The transpose (book 2-5), as TRANSPOSE."""

    def array_formula(self, *refs: Ref) -> str:
        return f"TRANSPOSE({whole_area(refs[0])})"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return args[0].data.T


@dataclass(frozen=True)
class ArrayArithmetic(Whole):
    """A sum, difference or Hadamard product (book 2-5), element by element in one array formula."""

    sign: str
    function: Callable[..., NDArray[Any]]

    def array_formula(self, *refs: Ref) -> str:
        return f"{whole_area(refs[0])}{self.sign}{whole_area(refs[1])}"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return self.function(args[0].data, args[1].data)
