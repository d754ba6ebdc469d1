"""A network described in Python instead of a recipe file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .console import short
from .errors import RecipeError
from .model import Model, from_recipe
from .recipe import changed, parse
from .schema import Data, Recipe
from .sources import SOURCES, Source
from .sources.arrays import SHAPES, Held, samples_of
from .workbook import Workbook

_FILE = "arrays.npz"  # what the recipe in the workbook calls them
_ARGUMENTS = {"id": "name", "data": "data", "layers": "layers"}
_LAYER = "{'name': 'output', 'units': 2}"


@dataclass(frozen=True)
class Network:
    """Samples, layers and the keys of a recipe, ready to be built.

    `x` has shape (sample, feature), (sample, row, col) or (sample, channel, row, col); `y` holds a label for each
    sample, or with `data={"outputs": [...]}` the targets of a regression, shape (sample, output). `layers` are
    tables as in a recipe; `data` and `keys` are further keys of a recipe's [data], and of the recipe itself (see the
    reference of recipes); files that they name stand in the current folder. `name` is the recipe's id.

    >>> network = Network(x, y, [{"name": "hidden", "units": 3}, {"name": "output", "units": 2}])  # doctest: +SKIP
    >>> network.build().save("mine.xlsx")  # doctest: +SKIP
    """

    x: Any
    y: Any
    layers: Sequence[Mapping[str, Any]]
    name: str = "network"
    data: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)

    def build(
        self,
        language: str = "zh",
        *,
        epochs: int | None = None,
        eta: float | None = None,
        pages: Sequence[str] | None = None,
    ) -> Workbook:
        """The workbook; `epochs`, `eta` and `pages` replace those of `keys`, as in `sheetnn.build`.

        Parameters without a start are drawn: Xavier, seed 0. Raises RecipeError, LayoutError.
        """
        return Workbook(self.model(language, epochs=epochs, eta=eta, pages=pages))

    def model(
        self,
        language: str = "zh",
        *,
        epochs: int | None = None,
        eta: float | None = None,
        pages: Sequence[str] | None = None,
    ) -> Model:
        """What the workbook is made of. Raises RecipeError, LayoutError."""
        table = self._table()
        if pages is not None:
            table["pages"] = list(pages)
        recipe = changed(parse(table, self.name, written=True), epochs=epochs, eta=eta)
        assert recipe.data is not None
        held: Recipe = recipe.model_copy(update={"data": Held.of(recipe.data, self._samples)})
        return from_recipe(held, Path(), language)

    def _table(self) -> dict[str, Any]:
        """The recipe as a table. Raises RecipeError for what is none, or says in `keys` what is an argument."""
        if not isinstance(self.name, str):
            raise RecipeError(f"name is {short(self.name)}; expected a text")
        for what, given in (("data", self.data), ("keys", self.keys)):
            if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
                raise RecipeError(f"{self.name}: {what} is {short(given)}; expected a dict with keys of a recipe")
        for key, argument in _ARGUMENTS.items():
            if key in self.keys:
                raise RecipeError(
                    f"{self.name}: keys holds {key!r}, which is the argument {argument!r}; give it there"
                )
        for key in SOURCES:
            if key in self.data:
                raise RecipeError(f"{self.name}: data holds {key!r}, but x and y are the samples; take it out")
        if not isinstance(self.layers, Sequence) or isinstance(self.layers, str):
            raise RecipeError(
                f"{self.name}: layers is {short(self.layers)}; expected a list of dicts, as in [{_LAYER}]"
            )
        if not self.layers:
            raise RecipeError(f"{self.name}: layers is empty; expected a dict for each layer, as in [{_LAYER}]")
        for number, layer in enumerate(self.layers, 1):  # from 1, as in all messages about recipes
            if not isinstance(layer, Mapping):
                raise RecipeError(
                    f"{self.name}: layers[{number}] is {short(repr(layer))}; expected a dict, as in {_LAYER}"
                )
        return {
            "id": self.name,
            "random": {"seed": 0, "kind": "xavier"},
            **self.keys,
            "layers": [dict(layer) for layer in self.layers],
            "data": {"arrays": _FILE, **self.data},
        }

    def _samples(self, data: Data) -> Source:
        """The samples. Raises RecipeError in terms of `x` and `y`."""
        x = _array(self.x, f"{self.name}: x", SHAPES)
        y = _array(self.y, f"{self.name}: y", "one for each sample")
        return samples_of(x, y, data, self.name)


def _array(given: Any, where: str, expected: str) -> NDArray[Any]:
    """An array of what was given. Raises RecipeError where it is none, as rows of different lengths are."""
    if given is None or np.ma.is_masked(given):
        found = "None" if given is None else "masked, and every number counts"
        raise RecipeError(f"{where} is {found}; expected an array: {expected}")
    try:
        array = np.asarray(given)
    except (ValueError, TypeError, RuntimeError) as error:  # of NumPy, or of another library's tensors
        hint = "rows of unequal length" if "inhomogeneous" in str(error) else short(error)
        raise RecipeError(f"{where} is no array ({hint}); expected rows of equal length: {expected}") from None
    if array.ndim == 0:
        raise RecipeError(f"{where} is a single {type(given).__name__}; expected an array: {expected}")
    return array
