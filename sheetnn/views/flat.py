"""A forward pass laid out flat: one row an image, the units of every layer side by side, parameters in a column."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..layers import forward
from ..ops import IMAGE, Axes
from ..schema import Dense, PoolingLayer
from ..sheet import Step
from .draft import Draft


def across(axes: Axes) -> dict[str, Step]:
    """Images down, all other axes one after the other to the right."""
    steps: dict[str, Step] = {IMAGE: (1, 0)} if IMAGE in axes else {}
    stride = 1
    for axis, size in reversed([(axis, size) for axis, size in axes.items() if axis != IMAGE]):
        steps[axis] = (0, stride)
        stride *= size
    return steps


def extent(axes: Axes, sample: Mapping[str, Step]) -> tuple[int, int]:
    """Rows and columns of a parameter laid out by `stand`."""
    steps = stand(axes, sample)
    ends = [(size - 1) * np.array(steps[axis]) for axis, size in axes.items()]
    down, right = np.sum(ends, axis=0) if ends else (0, 0)
    return int(down) + 1, int(right) + 1


def inside(draft: Draft) -> dict[str, Step]:
    """The layout's steps within one sample, which the weights that multiply it must share."""
    axes = draft.graph["x"].axes
    return {axis: draft.layout.places["x"].step(axis) for axis in axes if axis != IMAGE}


def stand(axes: Axes, sample: Mapping[str, Step]) -> dict[str, Step]:
    """Steps of a parameter: a unit a row, its weights to the right; weights of samples lie as one of these does."""
    names, sizes = list(axes), list(axes.values())
    rest = dict(zip(names[1:], sizes[1:], strict=True))
    if rest and rest.keys() <= sample.keys():
        height = 1 + sum((size - 1) * sample[axis][0] for axis, size in rest.items())
        return {names[0]: (height, 0), **{axis: sample[axis] for axis in rest}}
    if len(names) == 3 and names[1].endswith("_i"):  # a filter over pictures of one channel
        if sample["row"][0] == 0:
            return {names[0]: (sizes[2], 0), names[1]: (0, 1), names[2]: (1, 0)}
        return {names[0]: (sizes[1], 0), names[1]: (1, 0), names[2]: (0, 1)}
    return {names[0]: (1, 0), **across(rest)}


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
