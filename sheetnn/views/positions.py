"""Which unit, row and column of each layer the reader of a page has chosen: no larger than its axis."""

from __future__ import annotations

import numpy as np

from ..ops import Elementwise
from ..pooling import Pool
from ..schema import PoolingLayer
from .draft import Draft
from .spelling import selector


class Positions:
    """Blocks `step/at.key` by key, each added to the graph when an equation first needs it."""

    def __init__(self, draft: Draft, shown: dict[str, str]) -> None:
        self.draft, self.graph, self.shown = draft, draft.graph, shown
        self.chosen: dict[str, str] = {}

    def of(self, name: str) -> dict[str, str]:
        """Blocks with the reader's choice, no larger than the axis, for each axis that the equation may need."""
        used = [name, *(use.name for use in self.graph[name].args)]
        for axes in [self.graph[self.shown[other]].axes for other in used if other in self.shown]:
            for axis, size in axes.items():
                key = selector(axes, axis)
                if key not in self.chosen:
                    bound = Elementwise(f"MIN({{0}},{size})", lambda n, most=size: np.minimum(n, most))
                    source = f"step/{key.partition('.')[0]}"
                    block = f"step/at.{key}"
                    self.chosen[key] = self.graph.add(block, bound, source, axes=(), role="number", group="step")
        for layer in self.draft.recipe.layers:
            if isinstance(layer, PoolingLayer) and name.startswith(self._source_of(layer.name)):
                self._windows(layer)
        return self.chosen

    def _source_of(self, pool: str) -> str:
        return self.graph[f"{pool}.a"].args[0].name.rpartition(".")[0] + ".da"

    def _windows(self, layer: PoolingLayer) -> None:
        """Which window the chosen row and column lie in: the nearest whole number, as INT is not needed for it."""
        op = self.graph[f"{layer.name}.a"].op
        assert isinstance(op, Pool)
        for over, axis, size in zip(
            op.scan.over, (f"{layer.name}_row", f"{layer.name}_col"), layer.size, strict=True
        ):
            key, by = f"window.{axis}", "row" if axis.endswith("row") else "col"
            if key not in self.chosen:
                shift = (size - 1) / (2 * size)
                rule = Elementwise(
                    f"ROUND(({{0}}-1)/{size}-{shift!r},0)+1",
                    lambda n, size=size, shift=shift: np.round((n - 1) / size - shift) + 1,
                )
                source = self.chosen[f"{by}.{over}"]
                self.chosen[key] = self.graph.add(
                    f"step/at.{key}", rule, source, axes=(), role="number", group="step"
                )

    def put(self, row: int, column: int) -> None:
        """The chosen unit, row and column within each layer, which the equations read."""
        draft = self.draft
        draft.say(row, column, "helpers", "faint")
        for number, (key, block) in enumerate(self.chosen.items()):
            down, across = divmod(number, 6)
            draft.write(row + 1 + down, column + across * 5, key, "faint")
            draft.put(block, row + 1 + down, column + across * 5 + 3)
