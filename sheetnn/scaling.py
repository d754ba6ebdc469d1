"""Scaling of inputs to a range."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import RecipeError, quoted

Ranges = tuple[tuple[float, float], ...]


def ranges(x: NDArray[Any], named: tuple[str, ...], name: str) -> Ranges:
    """Least and largest value of each feature of `x` (sample, feature), or of all pixels of pictures.

    Raises RecipeError for one that has no extent, with its name from `named`.
    """
    flat = x.astype(np.float64) if x.ndim == 2 else x.astype(np.float64).reshape(-1, 1)
    found = tuple(zip(flat.min(axis=0).tolist(), flat.max(axis=0).tolist(), strict=True))
    for spot, (least, most) in enumerate(found):
        what = feature(x, named, spot) if x.ndim == 2 else "every pixel"
        if least == most:
            mend = "take it out of the features" if x.ndim == 2 else "take scale out"
            raise RecipeError(
                f"{name}: {what} is {x.flat[spot]} in every sample to learn from and cannot be scaled; {mend}"
            )
        if not math.isfinite(most - least):
            raise RecipeError(f"{name}: {what} reaches from {least} to {most}, too far to be scaled; take scale out")
    return found


def scaled(x: ArrayLike, found: Ranges, low: float, high: float) -> NDArray[Any]:
    """low·(1−r) + high·r with r = (x − min)/(max − min): exactly low at min, and high at max.

    `x` has shape (sample, *axes); one range stands for all pixels.
    """
    least, most = np.array(found).T
    share = (np.asarray(x) - least) / (most - least)
    return np.asarray(low * (1 - share) + high * share, dtype=np.float64)


def feature(x: NDArray[Any], named: tuple[str, ...], spot: int) -> str:
    """What a message calls feature `spot` (from 0)."""
    return f"feature {quoted(named[spot])}" if named else f"feature {spot + 1} of x"
