"""What a generic layout writes over its blocks: symbols, names of features and classes, formats of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .equations import equation
from .graph import Graph
from .look import THREE
from .samples import Dataset
from .schema import Dense, Recipe

_MOST = 24  # letters of a name


@dataclass(frozen=True)
class Heads:
    """Symbols by block, names (or numbers) of the positions along an axis, and number formats by block."""

    symbols: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)


def heads(graph: Graph, recipe: Recipe, dataset: Dataset | None) -> Heads:
    """The heads of a network's blocks; `graph` has not been unrolled."""
    if dataset is None or not recipe.layers:
        return Heads()
    symbols = {}
    for block in graph:
        bare = block.name.removeprefix("test.")
        symbol = equation(graph, recipe, bare).symbol if bare in graph.blocks else bare
        if symbol != bare:
            symbols[block.name] = symbol
    names: dict[str, tuple[str | int, ...]] = {
        layer.name: tuple(range(1, layer.units + 1)) for layer in recipe.layers if isinstance(layer, Dense)
    }
    names[recipe.layers[-1].name] = tuple(map(_clipped, dataset.classes or dataset.outputs))
    if dataset.features:
        names["feature"] = tuple(map(_clipped, dataset.features))
    scaled = recipe.data is not None and recipe.data.scale is not None and "feature" in graph["x"].axes
    formats = dict.fromkeys(("data.image", "x", "test.x"), THREE) if scaled else {}
    return Heads(symbols, names, formats)


def _clipped(name: str | int) -> str | int:
    return name if isinstance(name, int) or len(name) <= _MOST else name[: _MOST - 1] + "…"
