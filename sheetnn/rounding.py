"""Rounding: differences that are nobody's fault, as each formula was computed rightly from the cells that it reads.

Where a formula cancels (1 − a² with a near 1) or the last digit decides (Adam divides a gradient of 1e-17 by its own
size), two right programs end far apart. Then every cell that differs must be what its formula gives from the numbers
that this source itself holds. A cell that holds anything else is a cause, and nothing is excused.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .causes import Grids, each_from, judged, numbers_at, texts_at
from .graph import Values
from .model import Model
from .stored import spots
from .tolerance import SAFETY, Tolerance

DRAWS = 3
_CHOSEN = ("verdict", "number", "percent")
"""Roles of what is chosen or counted: a move by one unit could turn it, and would excuse any other."""
_UNIT = 2.0**-52  # about one unit in the last place


def by_rounding(
    model: Model, values: Values, bounds: Tolerance, grids: Grids, good: Values, each: Values
) -> float | None:
    """How far the cells that are not `good` differ, if rounding alone explains all of them; None if it does not.

    `each` is what the formulas give from the numbers in `grids`. A cell may differ from it by its fixed bound, or by
    SAFETY times as much as it moves when the numbers that it reads move by one unit in the last place, up or down at
    random (Parker 1997, Monte Carlo arithmetic).
    """
    wrong = {name: ~some for name, some in good.items() if not some.all()}
    blocks = [(block, place) for block, place in judged(model) if block.name in wrong]
    widest, open_ = 0.0, {}
    for block, place in blocks:
        grid, where = grids[model.layout.sheet_name(place.sheet)], spots(block, place, model.graph)
        if values[block.name].dtype.kind not in "fi":
            if not (texts_at(grid, where) == each[block.name])[wrong[block.name]].all():
                return None
            continue
        got, spot = numbers_at(grid, where), wrong[block.name]
        off = np.abs(got - each[block.name])[spot]
        if not np.isfinite(off).all():
            return None
        widest = max(widest, float(np.abs(got - values[block.name])[spot].max()))
        if (off > bounds.base[block.name][spot]).any():
            open_[block.name] = off
    if open_:
        spread = {name: np.zeros_like(off) for name, off in open_.items()}
        draw = np.random.default_rng(0)
        for _ in range(DRAWS):
            moved = each_from(model, values, grids, partial(_nudged, draw))
            if moved is None:
                return None
            for name, most in spread.items():
                np.maximum(most, np.abs(moved[name] - each[name])[wrong[name]], out=most)
        for name, off in open_.items():
            if model.graph[name].role in _CHOSEN or not np.isfinite(spread[name]).all():
                return None
            if not (off <= np.maximum(bounds.base[name][wrong[name]], SAFETY * spread[name])).all():
                return None
    return widest


def _nudged(draw: np.random.Generator, numbers: NDArray[Any]) -> NDArray[Any]:
    """Each number one unit in the last place larger or smaller; whole numbers are exact, and stay."""
    if numbers.dtype.kind != "f":
        return numbers
    moved = numbers * (1 + draw.choice((-_UNIT, _UNIT), numbers.shape))
    return np.where(numbers == np.rint(numbers), numbers, moved)
