"""A forward pass laid out flat: one row an image, the units of every layer side by side, parameters in a column."""

from __future__ import annotations

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


def extent(axes: Axes, across_first: bool = False) -> tuple[int, int]:
    """Rows and columns of a parameter laid out by `stand`."""
    steps = stand(axes, across_first)
    ends = [(size - 1) * np.array(steps[axis]) for axis, size in axes.items()]
    down, right = np.sum(ends, axis=0) if ends else (0, 0)
    return int(down) + 1, int(right) + 1


def turned(draft: Draft) -> bool:
    """Whether the layout's pictures lie on their side, their rows across."""
    return draft.layout.places["x"].step("row")[0] == 0


def stand(axes: Axes, across_first: bool = False) -> dict[str, Step]:
    """Steps of a parameter: a unit a row, its weights to the right; weights of pictures stand as the pictures do."""
    names, sizes = list(axes), list(axes.values())
    pictures = len(names) == 3 and (
        names[1] == "row" or names[1].endswith("_i")
    )  # read from pictures, not from a row
    if pictures and across_first:
        return {names[0]: (sizes[2], 0), names[1]: (0, 1), names[2]: (1, 0)}
    if pictures:
        return {names[0]: (sizes[1], 0), names[1]: (1, 0), names[2]: (0, 1)}
    return {names[0]: (1, 0), **across(dict(zip(names[1:], sizes[1:], strict=True)))}


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
