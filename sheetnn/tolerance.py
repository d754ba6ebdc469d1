"""How close is equal: fixed bounds, and a scaled one where training itself magnifies the last digit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .graph import Graph, Values
from .unrolled import epoch_of

FIRST_EPOCHS = 3
FIRST_ABSOLUTE, FIRST_RELATIVE = 1e-12, 1e-12  # one pass of sums and EXP: some units in the last place
ABSOLUTE, RELATIVE = 1e-11, 1e-9  # fifty epochs of well-behaved descent; measured: 3.4e-14 and 5.8e-11
SAFETY = 64  # an engine rounds differently in every operation, the perturbation only once


@dataclass(frozen=True)
class Tolerance:
    """|got - expected| allowed for each cell: `base` always, `scaled` where it is wider."""

    base: Values
    scaled: Values


def tolerances(graph: Graph, values: Values, inputs: Values) -> Tolerance:
    """Bounds for every numeric block.

    The scaled bound follows how far the values move when the initial parameters move by one unit in the last
    place, up and down: where training oscillates, every engine drifts from every other by that much.
    """
    spread: dict[str, NDArray[Any]] = {}
    # a position in a table or a mean that starts from 0 has no last place to move
    carried = [
        block.name
        for block in graph
        if block.start is not None and block.role == "parameter" and (block.repeated or epoch_of(block) is not None)
    ]
    for direction in (np.inf, -np.inf):
        moved = {**inputs, **{name: np.nextafter(inputs[name].astype(float), direction) for name in carried}}
        other = graph.evaluate(moved)
        for name, value in values.items():
            if value.dtype.kind in "fi":
                spread[name] = np.maximum(spread.get(name, 0.0), np.abs(other[name] - value))
    base: Values = {}
    scaled: Values = {}
    for block in graph:
        name = block.name
        if name not in spread:
            continue
        size = np.abs(values[name].astype(float))
        late = ABSOLUTE + RELATIVE * size
        early = FIRST_ABSOLUTE + FIRST_RELATIVE * size
        widest = spread[name]
        if block.repeated:
            epochs = np.arange(graph.epochs).reshape(-1, *([1] * len(block.shape)))
            base[name] = np.where(epochs < FIRST_EPOCHS, early, late)
            # the widest of its block up to this epoch: a single cell can be right by chance
            widest = np.maximum.accumulate(widest.reshape(graph.epochs, -1).max(axis=1)).reshape(epochs.shape)
            widest = np.where(epochs < FIRST_EPOCHS, 0.0, widest)
        else:
            after = bool(np.any(widest > 0))
            young = (epoch_of(block) or math.inf) <= FIRST_EPOCHS
            base[name] = late if after and not young else early
            widest = np.array(0.0 if young else np.max(widest, initial=0.0))
        scaled[name] = np.broadcast_to(SAFETY * widest, values[name].shape)
    return Tolerance(base, scaled)
