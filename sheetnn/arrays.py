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


def matrix(ref: Ref) -> tuple[str, bool | None]:
    """The address of a matrix, and whether it lies turned: its rows across, its columns down; None if it has neither.

    Raises LayoutError where rows and columns run along one side.
    """
    text, area = whole_area(ref), ref.area({})
    assert area is not None
    if len(ref.axes) > 2:
        return text, None
    down, across = ([list(ref.axes).index(axis) for axis, _ in side] for side in (area.down, area.across))
    if len(down) > 1 or len(across) > 1:
        side = "down" if down else "across"
        raise LayoutError(f"{ref.consumer}: rows and columns of {ref.name} both run {side}; place it as a matrix")
    return text, (0 in across or 1 in down) if down or across else None


def alike(ref: Ref, other: bool = False) -> str:
    """A matrix as its consumer lies, so that one array formula fits both; `other`: as its transpose does."""
    text, turned = matrix(ref)
    mine = matrix(ref.result())[1]
    if turned is None or mine is None or (turned != mine) == other:
        return text
    return f"TRANSPOSE({text})"


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
        a, b = (alike(ref) for ref in refs)
        return f"MMULT({b},{a})" if matrix(refs[0].result())[1] else f"MMULT({a},{b})"  # of transposes (AB)ᵀ = BᵀAᵀ

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return args[0].data @ args[1].data


class Transpose(Whole):
    """The transpose (book 2-5), as TRANSPOSE."""

    def array_formula(self, *refs: Ref) -> str:
        return alike(refs[0], other=True)

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return args[0].data.T


@dataclass(frozen=True)
class ArrayArithmetic(Whole):
    """A sum, difference or Hadamard product (book 2-5), element by element in one array formula."""

    sign: str
    function: Callable[..., NDArray[Any]]

    def array_formula(self, *refs: Ref) -> str:
        return f"{alike(refs[0])}{self.sign}{alike(refs[1])}"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return self.function(args[0].data, args[1].data)
