"""The waist: `graph` and `layout` meet, and cells come out, row by row.

Each cell's formula is written once for the first image and moved for the others; each sheet row is written
once for the first epoch and once for the second, and moved for the rest. `tests/test_cells.py` compares the
result with formulas written one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np

from .address import column_number, letters
from .errors import LayoutError
from .evaluation import ByName, Kept, Known
from .graph import Graph, Values
from .layout import Layout
from .ops import EPOCH
from .patterns import Pattern, Row
from .tenants import Tenants


@dataclass(frozen=True)
class Cell:
    """One cell: formula without '=' (empty for a constant or label), value, block and index within it."""

    sheet: str
    row: int
    column: int
    formula: str
    value: Any
    block: str
    index: tuple[int, ...]
    epoch: int | None


class Rows:
    """The rows of one sheet in order; `values` may be None when only formulas are wanted.

    They take the values of one epoch after another, and hold those of the epochs that share a row.
    """

    def __init__(self, graph: Graph, layout: Layout, sheet: str, values: Known | None = None) -> None:
        self.graph, self.layout, self.sheet, self.values = graph, layout, sheet, values
        self._tenants = Tenants(graph, layout, sheet)
        self.looks = self._tenants.looks
        self._blocks, self._labels = self._tenants.blocks, self._tenants.labels
        self._step = layout.epoch_step(sheet)
        still, moving = (self._tenants.rows(repeated) for repeated in (False, True))
        self._span = (moving[0], moving[-1]) if moving else (0, 0)
        every = [*still, *moving, *(row + self._step[0] * (graph.epochs - 1) for row in moving)]
        self.numbers = range(min(every), max(every) + 1) if every else range(0)
        """From the first row with cells to the last."""
        self._static: dict[int, Pattern] = {}
        self._first: dict[int, Pattern] = {}
        self._next: dict[int, Pattern] = {}

    def _values_of(self, epoch: int | None, values: ByName | None) -> list[Any]:
        """Values in the order of slots: blocks, then labels."""
        flat: list[Any] = []
        for block, _ in self._blocks:
            if block.repeated == (epoch is not None):
                flat.extend([None] * block.size if values is None else values[block.name].ravel().tolist())
        for label in self._labels:
            if (EPOCH in label.each) == (epoch is not None):
                text = label.text
                if epoch is not None and isinstance(text, str):
                    shown = epoch + self.graph.first_epoch
                    text = shown if text == "{epoch}" else text.replace("{epoch}", str(shown))
                flat.extend((text, None))
        return flat

    def _epochs(self) -> Iterator[list[Any]]:
        """The values of one epoch after another; computed only where this sheet shows some of them."""
        shown = any(block.repeated for block, _ in self._blocks)
        values = self.values if shown else None
        steps = repeat(None, self.graph.epochs) if values is None else values.epochs(checked=False)
        for epoch, now in enumerate(steps):
            yield self._values_of(epoch, now)

    def __iter__(self) -> Iterator[Row]:
        """Rows from top to bottom. Raises LayoutError where a label and a block share a cell."""
        self._static, self._first, self._next = self._tenants.patterns()
        try:
            yield from self._all()
        finally:  # they take more memory than all else; those of another sheet may come next
            self._static, self._first, self._next = {}, {}, {}

    def _all(self) -> Iterator[Row]:
        static_values = self._values_of(None, None if self.values is None else self.values.still)
        coming = enumerate(self._epochs())
        held: dict[int, list[Any]] = {}
        for number in self.numbers:
            parts = []
            if number in self._static:
                parts.append(self._row(number, self._static[number], None, static_values))
            epochs = self._epochs_at(number)
            while epochs and epochs[-1] not in held:
                held.update([next(coming)])
            if epochs and self._step[0] > 0:  # else later rows show earlier epochs too
                first = (number - max(self._span)) // self._step[0]  # those before it end above this row
                held = {epoch: kept for epoch, kept in held.items() if epoch >= first}
            for epoch in epochs:
                pattern = (self._next if epoch else self._first)[number - self._step[0] * epoch]
                parts.append(self._row(number, pattern, epoch, held[epoch]))
            if parts:
                yield parts[0] if len(parts) == 1 else self._merged(parts)

    def _epochs_at(self, number: int) -> list[int]:
        """The epochs that have cells in this row."""
        down, last = self._step[0], self.graph.epochs - 1
        if not self._first:
            return []
        low, high = sorted((number - row) // down for row in self._span) if down else (0, last)
        return [
            epoch
            for epoch in range(max(0, low), min(last, high) + 1)
            if number - down * epoch in (self._next if epoch else self._first)
        ]

    def _row(self, number: int, pattern: Pattern, epoch: int | None, values: list[Any]) -> Row:
        columns = pattern.columns
        if epoch and self._step[1]:
            columns = [letters(column + self._step[1] * epoch) for column in pattern.numbers]
        return Row(
            number,
            columns,
            pattern.looks,
            pattern.formulas(epoch or 0),
            [values[slot] for slot in pattern.slots],
            pattern.owners,
            [epoch] * len(columns),
            pattern.plain,
        )

    def _merged(self, parts: list[Row]) -> Row:
        order = sorted(
            ((part, i) for part in parts for i in range(len(part.columns))),
            key=lambda spot: (len(spot[0].columns[spot[1]]), spot[0].columns[spot[1]]),
        )
        row = parts[0].number
        columns = [part.columns[i] for part, i in order]
        if len(set(columns)) != len(columns):
            twice = next(column for column in columns if columns.count(column) > 1)
            raise LayoutError(f"sheet {self.layout.sheet_name(self.sheet)}: {twice}{row} is claimed twice")
        return Row(
            row,
            columns,
            [part.looks[i] for part, i in order],
            [part.formulas[i] for part, i in order],
            [part.values[i] for part, i in order],
            [part.owners[i] for part, i in order],
            [part.epochs[i] for part, i in order],
            all(part.plain for part in parts),
        )


def cells(graph: Graph, layout: Layout, values: Values) -> Iterator[Cell]:
    """Every cell that belongs to a block, sheet by sheet, row by row."""
    for sheet in layout.sheets:
        for row in Rows(graph, layout, sheet.id, Kept(graph, values)):
            for i, (name, position) in enumerate(row.owners):
                if name:
                    index = tuple(int(n) for n in np.unravel_index(position, graph[name].shape))
                    column = column_number(row.columns[i])
                    yield Cell(
                        sheet.name, row.number, column, row.formulas[i], row.values[i], name, index, row.epochs[i]
                    )
