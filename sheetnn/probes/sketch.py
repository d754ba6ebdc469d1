"""The network's blocks where a recipe has mistakes: what is wrong stands aside, so that the rest can be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import SheetnnError
from ..functions import ACTIVATIONS
from ..network import network
from ..samples import Dataset, Samples, class_numbers
from ..schema import Convolution, Dense, Layer, PoolingLayer, Random, Recipe
from .layers import PROBES as FITTING
from .probe import Facts

_NAMING = (
    "layers.*.name",
    "layers.*.kind",
    "data.targets",
    *(f"training.{key}" for key in ("mode", "optimizer", "decay", "unit_length", "batch")),
)
"""Keys that decide which blocks a network has."""


def sketched(facts: Facts) -> Facts:
    """The facts with a graph: with the sizes of all blocks if data and layers are right, else with their names.

    There is none where not even the names are certain.
    """
    if facts.recipe.function is not None or not facts.good(*_NAMING):
        return facts
    exact = facts.recipe.data is None or (
        facts.dataset is not None and facts.good("layers", "training") and not any(probe(facts) for probe in FITTING)
    )
    recipe, dataset = _plain(facts), facts.dataset
    if not exact:
        recipe, dataset = _tiny(recipe), _stand_in(facts)
    elif dataset is not None and recipe.test is not None:
        dataset = replace(dataset, test=_some(dataset.train, len(recipe.test.samples or recipe.test.images)))
    try:
        return replace(facts, graph=network(recipe.model_copy(update={"test": None}), dataset), exact=exact)
    except SheetnnError:
        return facts


def _plain(facts: Facts) -> Recipe:
    """Without what may be wrong and makes no blocks."""
    recipe = facts.recipe
    aside: dict[str, Any] = {
        "start": {},
        "initial": {},
        "random": Random.model_validate({"seed": 0}),
        "solve": None,
        "blocks": (),
    }
    if not facts.good("cost", "layers.*.activation"):
        aside["cost"] = "squared"
    if recipe.training is not None:
        aside["training"] = recipe.training.model_copy(update={"eta": recipe.training.eta or 0.1})
    return recipe.model_copy(update=aside)


def _tiny(recipe: Recipe) -> Recipe:
    """With windows of one cell, which fit any picture, slopes to train through, and one sample a step."""
    made: list[Layer] = []
    for layer in recipe.layers:
        change: dict[str, Any] = {}
        if isinstance(layer, Convolution | PoolingLayer):
            change = {"size": (1, 1), "stride": (1, 1)}
        if isinstance(layer, Convolution):
            change["padding"] = (0, 0)
        known = ACTIVATIONS.get(getattr(layer, "activation", ""))
        if known is not None and not known.slope_formula:
            change["activation"] = "sigmoid"
        made.append(layer.model_copy(update=change))
    training = recipe.training
    if training is not None and training.batch is not None:
        training = training.model_copy(update={"batch": 1})
    return recipe.model_copy(update={"layers": tuple(made), "training": training})


def _stand_in(facts: Facts) -> Dataset | None:
    """Two samples of the smallest kind, with a class for each unit."""
    recipe = facts.recipe
    if recipe.data is None or not recipe.layers or not isinstance(recipe.layers[-1], Dense):
        return None
    units = recipe.layers[-1].units
    kept = recipe.test is not None or recipe.data.test is not None
    pictures = any(layer.kind != "dense" for layer in recipe.layers)
    outputs = tuple(map(str, range(units))) if recipe.data.outputs else ()
    classes = () if outputs else tuple(range(units))
    x = np.zeros((2, 1, 1) if pictures else (2, 1), int)
    labels, targets = (None, np.zeros((2, units))) if outputs else (np.full(2, class_numbers(classes)[0]), None)
    train = Samples(x, labels, targets)
    return Dataset(train, train if kept else None, classes, outputs=outputs)


def _some(samples: Samples, count: int) -> Samples:
    """So many copies of the first sample."""
    labels, targets = samples.labels, samples.targets
    first = np.zeros(count, int)
    return Samples(
        samples.x[first], None if labels is None else labels[first], None if targets is None else targets[first]
    )
