"""Tenants: who lives on a sheet (its blocks and labels), how they look, and the patterns of the rows they share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .copies import formulas
from .graph import Graph
from .layout import Layout
from .look import Look, style
from .ops import EPOCH, IMAGE
from .outlines import differs, looks_of
from .patterns import Owners, Pattern
from .sheet import Label

Patterns = dict[int, Pattern]
"""By row of the first epoch."""


class Tenants:
    """The blocks (with their places) and labels of one sheet; `looks` are all that their cells may have."""

    def __init__(self, graph: Graph, layout: Layout, sheet: str) -> None:
        self.graph, self.layout = graph, layout
        self.blocks = [(block, place) for block, place in layout.placed() if place.sheet == sheet]
        self.labels = [label for label in layout.labels if label.sheet == sheet]
        self._texts: dict[str, list[str]] = {}  # the first epoch and the others have the same formulas
        met: dict[Look, None] = {}
        for first in (True, False) if graph.epochs > 1 else (True,):
            for block, place in self.blocks:
                if first or block.repeated:
                    met |= dict.fromkeys(looks_of(block, place, first)[0])
        met |= dict.fromkeys(style(label.style) for label in self.labels)
        self.looks = list(met)
        self._look_ids = {look: number for number, look in enumerate(self.looks)}

    def rows(self, repeated: bool) -> list[int]:
        """The rows with cells that stand once, or with those of the first epoch, from top to bottom."""
        found: set[int] = set()
        for block, place in self.blocks:
            if block.repeated == repeated:
                found.update(np.unique(place.cells(block.axes)[0]).tolist())
        for label in self.labels:
            if (EPOCH in label.each) == repeated:
                found.update(row for row, *_ in self._label_cells(label))
        return sorted(found)

    def patterns(self) -> tuple[Patterns, Patterns, Patterns]:
        """Of what stands once, of the first epoch, and of all later ones. Raises LayoutError, FormulaError."""
        still, first = self._patterns(False), self._patterns(True)
        later = self._patterns(True, first) if self.graph.epochs > 1 else {}
        self._texts.clear()
        return still, first, later

    def _patterns(self, repeated: bool, before: Patterns | None = None) -> Patterns:
        """Patterns of what stands once, or in each epoch; `before` are those of the first epoch.

        Later epochs share them where all cells are alike.
        """
        first = before is None
        again = None if before is None else self._other_rows()
        names, gathered, texts = [""], [], [""]
        slot = 0
        for block, place in self.blocks:
            if block.repeated != repeated:
                continue
            rows, columns = (array.ravel() for array in place.cells(block.axes))
            kept = np.arange(block.size) if again is None else np.flatnonzero(np.isin(rows, again))
            if len(kept):
                typed = block.op is None or (block.start is not None and first)
                if not typed and block.name not in self._texts:
                    self._texts[block.name] = formulas(self.graph, self.layout, block)
                known, which = looks_of(block, place, first)
                looks = np.array([self._look_ids[look] for look in known])[which]
                own = np.zeros(len(kept), int) if typed else len(texts) + kept
                gathered.append((rows[kept], columns[kept], looks[kept], slot + kept, own, len(names), kept))
                names.append(block.name)
                texts += [] if typed else self._texts[block.name]
            slot += block.size
        for label in self.labels:
            if (EPOCH in label.each) == repeated:
                cells = np.array(list(self._label_cells(label))).reshape(-1, 4)
                cells = cells if again is None else cells[np.isin(cells[:, 0], again)]
                gathered.append((*cells[:, :3].T, slot + cells[:, 3], 0, 0, 0))
                slot += 2
        shared = dict(before or {})
        for row in () if again is None else again.tolist():
            shared.pop(row, None)
        return shared | self._by_row(gathered, names, texts)

    def _by_row(self, gathered: list[tuple[Any, ...]], names: list[str], texts: list[str]) -> Patterns:
        """Patterns of cells, given as arrays: row, column, look, slot, number of text, of owner, position in it."""
        if not any(len(part[0]) for part in gathered):
            return {}
        fields = np.concatenate([np.stack(np.broadcast_arrays(*part)).astype(np.int32) for part in gathered], axis=1)
        fields = fields[:, np.lexsort((fields[1], fields[0]))]
        starts = [0, *(np.flatnonzero(np.diff(fields[0])) + 1).tolist(), fields.shape[1]]
        patterns: Patterns = {}
        for start, end in pairwise(starts):
            row = int(fields[0, start])
            numbers, looks, slots, own, which, positions = fields[1:, start:end].tolist()
            owners = Owners(names, which, positions)
            patterns[row] = Pattern(numbers, looks, [texts[n] for n in own], slots, owners)
        return patterns

    def _other_rows(self) -> NDArray[Any]:
        """Rows of the first epoch with cells that are typed there, or look otherwise, than in later ones."""
        other = [
            place.cells(block.axes)[0].ravel()
            for block, place in self.blocks
            if block.repeated and differs(block, place)
        ]
        return np.unique(np.concatenate(other)) if other else np.empty(0, int)

    def _label_cells(self, label: Label) -> Iterator[tuple[int, int, int, bool]]:
        """Row, column, look, and whether the cell is a blank one of a merged range."""
        look = self._look_ids[style(label.style)]
        count, (down, right) = label.each.get(IMAGE, (1, (0, 0)))
        for k in range(count):
            for row in range(label.row, label.last_row + 1):
                for column in range(label.column, label.last_column + 1):
                    blank = (row, column) != (label.row, label.column)
                    if blank or not label.cover:
                        yield row + down * k, column + right * k, look, blank
