"""A network described in Python instead of a recipe file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .errors import RecipeError
from .model import from_recipe
from .recipe import parse
from .workbook import Workbook

_FILE = "arrays.npz"


@dataclass(frozen=True)
class Network:
    """Samples, layers and the keys of a recipe, ready to be built.

    `x` has shape (sample, feature), (sample, row, col) or (sample, channel, row, col); `y` holds a label for each
    sample, or with `data={"outputs": [...]}` the targets of a regression, shape (sample, output). `layers` are
    tables as in a recipe; `data` and `keys` are further keys of a recipe's [data], and of the recipe itself (see the
    reference of recipes).

    >>> network = Network(x, y, [{"name": "hidden", "units": 3}, {"name": "output", "units": 2}])  # doctest: +SKIP
    >>> network.build().save("mine.xlsx")  # doctest: +SKIP
    """

    x: Any
    y: Any
    layers: Sequence[Mapping[str, Any]]
    name: str = "network"
    data: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)

    def build(self, language: str = "zh") -> Workbook:
        """The workbook. Parameters without a start are drawn: Xavier, seed 0. Raises RecipeError, LayoutError."""
        table = {"id": self.name, "random": {"seed": 0, "kind": "xavier"}, **self.keys}
        table["layers"] = [dict(layer) for layer in self.layers]
        table["data"] = {"arrays": _FILE, **self.data}
        with tempfile.TemporaryDirectory(prefix="sheetnn-") as folder:
            try:
                np.savez(Path(folder) / _FILE, x=np.asarray(self.x), y=np.asarray(self.y))
            except ValueError as error:
                raise RecipeError(
                    f"{self.name}: x or y is no array ({error}); expected rows of equal length"
                ) from None
            return Workbook(from_recipe(parse(table, self.name), Path(folder), language))
