"""Sums of products as formulas, as short as the cells' places allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from .errors import LayoutError

if TYPE_CHECKING:
    from .refs import Area, Ref

MANY_TERMS = 200


def sum_of_products(left: Ref, right: Ref, index: Mapping[str, int]) -> str:
    """The sum of left·right over all axes that `index` does not fix."""
    free = {axis: size for axis, size in left.axes.items() if axis not in index}
    spots = [dict(zip(free, spot, strict=True)) for spot in np.ndindex(*free.values())]

    def terms() -> list[str]:
        return [f"{left.cell({**index, **spot})}*{right.cell({**index, **spot})}" for spot in spots]

    return multiplied(left, right, left.area(index), right.area(index), len(spots), terms)


def multiplied(
    left: Ref, right: Ref, a: Area | None, b: Area | None, count: int, terms: Callable[[], list[str]]
) -> str:
    """A sum of `count` products, as short as the two areas allow; `terms` spells it out.

    Raises LayoutError where the areas lie differently and the sum is too long to be spelt.
    """
    alike = a is not None and b is not None and (a.down, a.across) == (b.down, b.across)
    blanks = left.blanks or right.blanks  # MMULT is an error where a cell is blank
    if a is None or b is None or ((count <= 2 or blanks) and not alike):
        if count > MANY_TERMS:
            raise LayoutError(
                f"{left.consumer}: {count} products of {left.name} and {right.name} need areas without gaps; "
                "place both as one rectangle"
            )
        return "+".join(terms())
    if alike:
        return f"{a.text}*{b.text}" if a.count == 1 else f"SUMPRODUCT({a.text},{b.text})"
    if not a.down and not b.across and a.across == b.down:
        return f"MMULT({a.text},{b.text})"
    if not b.down and not a.across and b.across == a.down:
        return f"MMULT({b.text},{a.text})"
    raise LayoutError(
        f"{left.consumer}: cannot multiply {left.name} ({a.shape}) by {right.name} ({b.shape}); "
        "place both the same way"
    )
