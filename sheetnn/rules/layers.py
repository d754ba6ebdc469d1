"""Rules about layers, their names, and the cost that fits the last one."""

from __future__ import annotations

from collections.abc import Iterator

from ..functions import ACTIVATIONS, COSTS, SOFTMAX, cost_of
from ..mistakes import Mistake
from ..ops import EPOCH, IMAGE
from ..samples import AXES
from ..scan import filter_axes, map_axes
from ..schema import Dense, Layer, Recipe
from .data import source
from .rule import Rule

RESERVED = (IMAGE, EPOCH, *dict.fromkeys(axis for axes in AXES.values() for axis in axes), "period", "class")
"""Names of axes that every network may have."""
OUTPUTS = (*ACTIVATIONS, SOFTMAX)


def activation(layer: Layer) -> str:
    """The activation of a layer; empty for pooling, which has none."""
    return str(getattr(layer, "activation", ""))


def _names(recipe: Recipe) -> Iterator[Mistake]:
    names = [layer.name for layer in recipe.layers]
    for position, name in enumerate(names):
        path = ("layers", position, "name")
        if name in names[:position]:
            yield Mistake(path, f"two layers are named {name!r}; give each its own name")
        if name in RESERVED:
            yield Mistake(path, f"{name!r} names an axis already; expected another name than {', '.join(RESERVED)}")
        for layer in recipe.layers:
            if not isinstance(layer, Dense) and name in (*map_axes(layer.name), *filter_axes(layer.name)):
                yield Mistake(path, f"{name!r} is an axis of layer {layer.name!r} already; choose another name")


def _order(recipe: Recipe) -> Iterator[Mistake]:
    dense = [position for position, layer in enumerate(recipe.layers) if isinstance(layer, Dense)]
    for position, layer in enumerate(recipe.layers):
        path = ("layers", position, "kind")
        if isinstance(layer, Dense):
            continue
        if dense and position > dense[0]:
            first = recipe.layers[dense[0]].name
            said = f"a {layer.kind} layer needs pictures, and dense layer {first!r} makes none; move it before that"
            yield Mistake(path, said)
        elif source(recipe) == "table":
            yield Mistake(path, f"a {layer.kind} layer needs pictures, and data are a table; use dense layers")
    if recipe.layers and not isinstance(recipe.layers[-1], Dense):
        last = len(recipe.layers) - 1
        yield Mistake(
            ("layers", last, "kind"), "a network needs a last layer of kind 'dense', with a unit for each output"
        )


def _softmax(recipe: Recipe) -> Iterator[Mistake]:
    for position, layer in enumerate(recipe.layers[:-1]):
        if activation(layer) == SOFTMAX:
            said = f"{SOFTMAX!r} is for the last layer; expected one of {', '.join(ACTIVATIONS)} here"
            yield Mistake(("layers", position, "activation"), said)


def _slope(recipe: Recipe) -> Iterator[Mistake]:
    if recipe.training is None or recipe.training.mode != "descent":
        return
    for position, layer in enumerate(recipe.layers):
        known = ACTIVATIONS.get(activation(layer))
        if known is not None and not known.slope_formula:
            said = (
                f"{activation(layer)!r} has no slope, so no gradient can train this layer; "
                "choose another activation, or take out [training]"
            )
            yield Mistake(("layers", position, "activation"), said)


def fitting(cost: str) -> list[str]:
    """Activations of the last layer that a cost is defined for."""
    rows = {output: COSTS[cost_of(cost, output)].outputs for output in OUTPUTS}
    return [output for output, allowed in rows.items() if not allowed or output in allowed]


def _cost(recipe: Recipe) -> Iterator[Mistake]:
    if not recipe.layers or not isinstance(recipe.layers[-1], Dense):
        return
    last, fits = recipe.layers[-1], fitting(recipe.cost)
    if last.activation not in fits:
        said = f"{recipe.cost!r} needs outputs of {' or '.join(fits)}; layer {last.name!r} has {last.activation!r}"
        yield Mistake(("cost",), said, "change the cost, or the activation of the last layer")


RULES = (
    Rule(("layers.*.name", "layers.*.kind"), _names),
    Rule(("layers.*.name", "layers.*.kind", "data"), _order),
    Rule(("layers.*.activation", "layers.*.kind"), _softmax),
    Rule(("layers.*.activation", "training.mode"), _slope),
    Rule(("layers.*.name", "layers.*.activation", "layers.*.kind", "cost"), _cost),
)
