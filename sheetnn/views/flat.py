"""A forward pass laid out flat: one row an image, the units of every layer side by side, parameters in a column."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..layers import forward
from ..ops import IMAGE, Axes
from ..scan import filter_axes
from ..schema import Convolution, Dense, PoolingLayer
from ..sheet import Step
from .draft import Draft

Sides = Mapping[str, int]
"""By axis of the inputs: 0 down, 1 across."""


def across(axes: Axes) -> dict[str, Step]:
    """Images down, all other axes one after the other to the right."""
    steps: dict[str, Step] = {IMAGE: (1, 0)} if IMAGE in axes else {}
    stride = 1
    for axis, size in reversed([(axis, size) for axis, size in axes.items() if axis != IMAGE]):
        steps[axis] = (0, stride)
        stride *= size
    return steps


def extent(axes: Axes, sides: Sides) -> tuple[int, int]:
    """Rows and columns of a parameter laid out by `stand`."""
    steps = stand(axes, sides)
    ends = [(size - 1) * np.array(steps[axis]) for axis, size in axes.items()]
    down, right = np.sum(ends, axis=0) if ends else (0, 0)
    return int(down) + 1, int(right) + 1


def sides_of(draft: Draft) -> Sides:
    """How the inputs of one sample lie on the training page: each axis down (0) or across (1)."""
    place = draft.layout.places["x"]
    return {axis: 0 if place.step(axis)[0] else 1 for axis in draft.graph["x"].axes if axis != IMAGE}


def with_filters(draft: Draft, sides: Sides) -> Sides:
    """The sides of samples and of filters: as the pictures; across where a window is one row of a flat map."""
    found, before = dict(sides), "x"
    for layer in draft.recipe.layers:
        if isinstance(layer, Convolution):
            width = list(draft.graph[before].axes.values())[-1]
            flat = before != "x" and layer.size[1] >= width
            row, col = filter_axes(layer.name)
            found |= {row: 1, col: 1} if flat else {row: sides["row"], col: sides["col"]}
        before = f"{layer.name}.a"
    return found


def stand(axes: Axes, sides: Sides) -> dict[str, Step]:
    """Steps of a parameter: units below one another, the weights of each as the inputs that they read stand.

    Inputs that are not samples lie across, as `run` lays them.
    """
    names = list(axes)
    if not names:
        return {}
    down, right = 1, 1
    steps: dict[str, Step] = {}
    for axis in reversed(names[1:]):
        if sides.get(axis, 1) == 0:
            steps[axis] = (down, 0)
            down *= axes[axis]
        else:
            steps[axis] = (0, right)
            right *= axes[axis]
    return {names[0]: (down, 0), **steps}


def run(draft: Draft, prefix: str, x: str, row: int, column: int) -> tuple[str, int]:
    """Add the forward pass from `x` with the parameters named with `prefix`, its outputs from `column` on.

    Weighted inputs get no cells of their own. Returns the block of the outputs and the next free column.
    """
    a = x
    for layer in draft.recipe.layers:
        a = forward(draft.graph, layer, a, prefix, draft.page)
        axes = draft.graph[a].axes
        mark = "a" if not isinstance(layer, PoolingLayer) else "P"
        draft.write(row - 1, column, f"{mark}: {layer.name}", "faint")
        draft.put(a, row, column, across(axes))
        column += int(np.prod([size for axis, size in axes.items() if axis != IMAGE])) + 1
    return a, column


def output_layer(draft: Draft) -> Dense:
    """The last layer, which is dense."""
    last = draft.recipe.layers[-1]
    assert isinstance(last, Dense)
    return last
