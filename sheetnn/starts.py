"""Initial values of parameters: typed in the recipe, read from a file, or drawn with a seed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import RecipeError, nearest
from .ops import Axes
from .schema import Random, Recipe

Numbers = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Starts:
    """`values` of every parameter, and `initial` ones that are kept beside them."""

    values: Numbers
    initial: Numbers


def starts(recipe: Recipe, shapes: dict[str, Axes]) -> Starts:
    """The numbers that training starts from. Raises RecipeError for one that is missing or does not fit."""
    for table, given in (("start", recipe.start), ("initial", recipe.initial)):
        for key in given:
            check_key(table, key, shapes)
    draw = np.random.default_rng(recipe.random.seed) if recipe.random else None
    values, initial = {}, {}
    for name, axes in shapes.items():
        if draw is not None and name not in recipe.start:
            assert recipe.random is not None
            values[name] = _drawn(draw, recipe.random, name, axes, shapes)
        else:
            values[name] = numbers_of(recipe.start, "start", name, axes)
        if recipe.initial:
            initial[name] = numbers_of(recipe.initial, "initial", name, axes)
    return Starts(values, initial)


def check_key(table: str, key: str, names: Iterable[str]) -> None:
    """Refuse numbers of what is no parameter. Raises RecipeError."""
    known = list(names)
    if key not in known:
        raise RecipeError(f"{table}: {key!r} is no parameter; expected {', '.join(known)}{nearest(key, known)}")


def _drawn(draw: np.random.Generator, random: Random, name: str, axes: Axes, shapes: dict[str, Axes]) -> NDArray[Any]:
    shape = tuple(axes.values())
    if random.kind == "normal":
        return draw.normal(0.0, random.sd, shape)
    if random.kind == "uniform":
        return draw.uniform(*random.range, shape)
    if not name.endswith(".w"):
        return np.zeros(shape)
    return draw.normal(0.0, spread(random.kind, shape), shape)


def spread(kind: str, shape: tuple[int, ...]) -> float:
    """Standard deviation of weights, units or filters first: √(2/(in+out)) (Glorot, Bengio 2010); √(2/in) (He 2015).

    Of a filter of i×j cells over c channels, in is c·i·j and out is (number of filters)·i·j.
    """
    inputs = int(np.prod(shape[1:], dtype=np.int64))
    outputs = shape[0] * (int(np.prod(shape[-2:], dtype=np.int64)) if len(shape) > 3 else 1)
    return float(np.sqrt(2 / (inputs + outputs if kind == "xavier" else inputs)))


def numbers_of(given: dict[str, Any], table: str, name: str, axes: Axes) -> NDArray[Any]:
    """The numbers `given` for a parameter in a table. Raises RecipeError where they are missing or do not fit."""
    expected = f"expected {'x'.join(map(str, axes.values()))} numbers"
    if name not in given:
        raise RecipeError(f"{table}: {name!r} is missing; {expected}")
    try:
        numbers = np.array(given[name])
    except ValueError:
        raise RecipeError(f"{table}: {name!r} has rows of unequal length; {expected}") from None
    if numbers.dtype.kind not in "if":
        raise RecipeError(f"{table}: {name!r} holds something that is not a number; {expected}")
    if not np.isfinite(numbers).all():
        raise RecipeError(f"{table}: {name!r} holds a number that is not finite; {expected}")
    shape = tuple(axes.values())
    if numbers.size != np.prod(shape):
        raise RecipeError(f"{table}: {name!r} holds {numbers.size} numbers; {expected}")
    if numbers.ndim > 1 and numbers.shape != shape and (numbers.ndim != 2 or numbers.shape[0] != shape[0]):
        raise RecipeError(f"{table}: {name!r} is {'x'.join(map(str, numbers.shape))}; {expected}, a row a unit")
    return numbers.reshape(tuple(axes.values()))
