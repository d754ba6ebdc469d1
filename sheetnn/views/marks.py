"""What a page hides until its stage, and what it marks: colours by conditions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..network import parameter_names
from ..ops import Axes
from ..pooling import Pool
from ..schema import PoolingLayer
from .draft import Draft


def hide(draft: Draft, reveal: Mapping[int, list[str]]) -> None:
    """Hide the areas of each stage until the reader has come to it."""
    stage = draft.cell("step/stage")
    for number in sorted(reveal):
        if number > 1:
            draft.rule(" ".join(reveal[number]), f"{stage}<{number}", "hidden")


def mark(draft: Draft, shown: Mapping[str, str]) -> None:
    """Mark the units that win their pooling window, and colour the parameters by sign and size."""
    for layer in draft.recipe.layers:
        if isinstance(layer, PoolingLayer) and layer.method == "max":
            _winners(draft, shown, layer)
    for name in parameter_names(draft.recipe):
        draft.paint(shown[name])


def _winners(draft: Draft, shown: Mapping[str, str], layer: PoolingLayer) -> None:
    """Mark the cells that equal their window's maximum."""
    op = draft.graph[f"{layer.name}.a"].op
    assert isinstance(op, Pool)
    units = shown[draft.graph[f"{layer.name}.a"].args[0].name]
    pooled = shown[f"{layer.name}.a"]
    axes: Axes = draft.graph[pooled].axes
    height, width = op.scan.size
    for spot in np.ndindex(*axes.values()):
        at = dict(zip(axes, (int(n) for n in spot), strict=True))
        row, column = (at.pop(axis) for axis in list(axes)[-2:])
        first = {**at, op.scan.over[0]: row * height, op.scan.over[1]: column * width}
        last = {**at, op.scan.over[0]: (row + 1) * height - 1, op.scan.over[1]: (column + 1) * width - 1}
        area = f"{draft.cell(units, first)}:{draft.cell(units, last)}"
        winner = draft.cell(pooled, dict(zip(axes, (int(n) for n in spot), strict=True)))
        draft.rule(area, f"{draft.cell(units, first).replace('$', '')}={winner}", "winner")
