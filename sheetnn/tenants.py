"""Tenants: who lives on a sheet (its blocks and labels), how they look, and the patterns of the rows they share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .copies import formulas
from .errors import LayoutError
from .graph import Graph
from .layout import Layout
from .look import Look, style
from .ops import EPOCH, IMAGE
from .outlines import differs, looks_of
from .patterns import Pattern
from .sheet import Label

Patterns = dict[int, Pattern]
"""By row of the first epoch."""


class Tenants:
    """The blocks (with their places) and labels of one sheet; `looks` are all that their cells may have."""

    def __init__(self, graph: Graph, layout: Layout, sheet: str) -> None:
        self.graph, self.layout, self.sheet = graph, layout, sheet
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
        again = None if first else self._other_rows()
        rows: dict[int, list[tuple[int, int, str, int, tuple[str, int]]]] = {}
        slot = 0
        for block, place in self.blocks:
            if block.repeated != repeated:
                continue
            at_rows, at_columns = (array.ravel().tolist() for array in place.cells(block.axes))
            if again is not None and again.isdisjoint(at_rows):
                slot += block.size
                continue
            typed = block.op is None or (block.start is not None and first)
            if not typed and block.name not in self._texts:
                self._texts[block.name] = formulas(self.graph, self.layout, block)
            texts = [""] * block.size if typed else self._texts[block.name]
            known, which = looks_of(block, place, first)
            ids = [self._look_ids[look] for look in known]
            looks = [ids[number] for number in which]
            for position, (row, column) in enumerate(zip(at_rows, at_columns, strict=True)):
                if again is None or row in again:
                    rows.setdefault(row, []).append(
                        (column, looks[position], texts[position], slot + position, (block.name, position))
                    )
            slot += block.size
        for label in self.labels:
            if (EPOCH in label.each) == repeated:
                for row, column, look, blank in self._label_cells(label):
                    if again is not None and row not in again:
                        continue
                    rows.setdefault(row, []).append((column, look, "", slot + blank, ("", 0)))
                slot += 2
        patterns = {} if before is None or again is None else {r: p for r, p in before.items() if r not in again}
        while rows:  # one at a time: both for all rows at once would take twice the memory
            row, cells = rows.popitem()
            patterns[row] = Pattern(cells)
            if len(set(patterns[row].numbers)) < len(cells):
                raise self._twice(row, patterns[row])
        return patterns

    def _twice(self, row: int, pattern: Pattern) -> LayoutError:
        at = next(n for n in range(1, len(pattern.numbers)) if pattern.numbers[n] == pattern.numbers[n - 1])
        owners = " and by ".join(pattern.owners[n][0] or "a label" for n in (at - 1, at))
        sheet = self.layout.sheet_name(self.sheet)
        return LayoutError(f"sheet {sheet}: {pattern.columns[at]}{row} is claimed by {owners}; move one of them")

    def _other_rows(self) -> set[int]:
        """Rows of the first epoch with cells that are typed there, or look otherwise, than in later ones."""
        other = [
            place.cells(block.axes)[0] for block, place in self.blocks if block.repeated and differs(block, place)
        ]
        return {int(row) for rows in other for row in rows.ravel()}

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
