"""What the samples tell of layers: windows that do not fit, and units for every class."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import RecipeError
from ..layers import outputs, parameters
from ..mistakes import Mistake
from ..network import check_outputs
from ..ops import Axes
from ..schema import Dense, Layer
from ..training import batch_size
from .probe import Facts, Probe, refusals

_SHAPING = ("kind", "size", "stride", "padding")
_COUNTS = ("units", "filters")


def walked(facts: Facts) -> Iterator[tuple[int, Layer, Axes, RecipeError | None]]:
    """Position, layer and inputs of all layers up to the first one that does not fit, with its refusal."""
    inputs = facts.axes
    for position, layer in enumerate(facts.recipe.layers):
        spot = f"layers.{position}"
        if inputs is None or not facts.good(*(f"{spot}.{key}" for key in _SHAPING)):
            return
        try:
            made = outputs(layer, inputs)
        except RecipeError as error:
            yield position, layer, inputs, error
            return
        yield position, layer, inputs, None
        inputs = made


def _fit(facts: Facts) -> Iterator[Mistake]:
    for position, layer, inputs, error in walked(facts):
        if error is not None:
            key = ("size",) if len(inputs) > 1 else ()
            yield Mistake(("layers", position, *key), str(error).removeprefix(f"layer {layer.name}: "))


def shapes(facts: Facts) -> dict[str, Axes]:
    """The axes of all parameters that are certain."""
    found: dict[str, Axes] = {}
    for position, layer, inputs, error in walked(facts):
        if not facts.good(*(f"layers.{position}.{key}" for key in _COUNTS)):
            break
        if error is None:
            found |= {f"{layer.name}.{part}": axes for part, axes in parameters(layer, inputs).items()}
    return found


def _outputs(facts: Facts) -> list[Mistake]:
    found: list[Mistake] = []
    last = len(facts.recipe.layers) - 1
    spot = f"layers.{last}"
    if facts.dataset is None or last < 0 or not isinstance(facts.recipe.layers[-1], Dense):
        return found
    if facts.good(f"{spot}.kind", f"{spot}.units"):
        with refusals(found, ("layers", last, "units"), f"layer {facts.recipe.layers[-1].name}: "):
            check_outputs(facts.recipe, facts.dataset)
    return found


def _batch(facts: Facts) -> list[Mistake]:
    found: list[Mistake] = []
    if facts.dataset is not None:
        with refusals(found, ("training", "batch"), "training.batch: "):
            batch_size(facts.recipe, len(facts.dataset.train))
    return found


PROBES = (Probe(("layers.*.name",), _fit), Probe((), _outputs), Probe(("training.batch",), _batch))
