"""Rows of an epoch that fold away, leaving the row with its C_T."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .layout import Layout
from .ops import EPOCH

_LEAST = 4  # rows: fewer are not worth folding


@dataclass(frozen=True)
class Fold:
    """Rows `first` to `last` of the first epoch fold, `step` rows further down in each later one."""

    first: int
    last: int
    step: int
    epochs: int
    below: bool  # whether the row that stays is under the others

    def rows(self) -> Iterator[int]:
        """The rows that fold, from top to bottom."""
        for t in range(self.epochs):
            yield from range(self.first + self.step * t, self.last + self.step * t + 1)

    def __contains__(self, row: int) -> bool:
        t, offset = divmod(row - self.first, self.step)
        return 0 <= t < self.epochs and offset <= self.last - self.first


def fold(layout: Layout, sheet_id: str) -> Fold | None:
    """The fold of a sheet's epochs; None where they do not lie under each other or are too short."""
    assert layout.graph is not None
    graph = layout.graph
    rows: list[int] = []
    steps = set()
    for block, place in layout.placed():
        if place.sheet == sheet_id and block.repeated:
            at = place.cells(block.axes)[0]
            rows += [int(at.min()), int(at.max())]
            steps.add(place.step(EPOCH)[0])
    for label in layout.labels:
        if label.sheet == sheet_id and EPOCH in label.each:
            rows += [label.row, label.last_row]
    if not rows or len(steps) != 1 or graph.epochs < 2:
        return None
    top, bottom, step = min(rows), max(rows), steps.pop()
    if bottom - top < _LEAST or bottom - top >= step:
        return None
    total = layout.places.get("C_T")
    stays = total.row if total is not None and total.sheet == sheet_id else top
    if stays - top > bottom - stays:
        return Fold(top, stays - 1, step, graph.epochs, True)
    return Fold(stays + 1, bottom, step, graph.epochs, False)
