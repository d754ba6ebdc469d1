"""Edges: which cells of an argument each cell of a block reads, as sparse matrices of one epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .address import letters
from .copies import MARK, formulas
from .graph import LATER, Block, Graph
from .layout import Layout
from .ops import EPOCH
from .references import Reference, references

STILL = "still"
"""The `when` of an argument that stands once, outside the epochs."""


@dataclass(frozen=True)
class Edge:
    """`reads[i, j]`: cell i of the consumer reads cell j of `name`, both counted flat.

    `when` says of which epoch, as `sheetnn.graph.Use` does; for `all` j counts through all epochs.
    """

    consumer: str
    name: str
    when: str
    reads: Any  # a scipy csr_array of 0 and 1


def arguments(graph: Graph, layout: Layout, consumer: Block) -> dict[tuple[str, str], None]:
    """(name, when) of the blocks whose cells can stand in a block's formulas, each once and in their order.

    What has no place is written inline, so its own arguments stand there; the block itself may, for rules that
    refer to the cell before.
    """
    found: dict[tuple[str, str], None] = {}
    for use in consumer.args:
        other = graph[use.name]
        if use.name not in layout.places:
            found |= arguments(graph, layout, other)
        elif not other.repeated:
            found[use.name, STILL] = None
        else:
            found[use.name, use.when if use.when in LATER or consumer.repeated else "first"] = None
    return found


def edges(graph: Graph, layout: Layout, consumer: Block) -> list[Edge]:
    """The edges into a block, read from its formulas of one epoch; none for a block of typed numbers.

    Each formula reads of an argument what its references hold of that argument's cells; of a SUMIF only the columns
    with its key. All cells of an array formula read all that it refers to.
    """
    from scipy.sparse import csr_array

    epoch = min(1, graph.epochs - 1) if consumer.repeated else 0
    if consumer.op is None or (consumer.start is not None and epoch == 0 and consumer.repeated):
        return []
    texts = [_filled(text, epoch) for text in formulas(graph, layout, consumer)]
    if consumer.op.whole:
        texts = texts[:1] * consumer.size
    home = layout.places[consumer.name].sheet
    ids = {sheet.name: sheet.id for sheet in layout.sheets} | {"": home}
    spots = [
        [(ids.get(one.sheet, ""), some) for one in references(text) for some in _keyed(layout, ids, one)]
        for text in texts
    ]
    own = (consumer.name, "same" if consumer.repeated else STILL)
    found = []
    for name, when in [*arguments(graph, layout, consumer), own]:
        finder = _Finder(graph, layout, graph[name], when, epoch)
        lines = [[finder.cells(sheet, one) for sheet, one in row] for row in spots]
        counts = [sum(map(len, line)) for line in lines]
        if any(counts):
            starts = np.concatenate([[0], np.cumsum(counts)])
            cells = np.concatenate([part for line in lines for part in line])
            matrix = csr_array((np.ones(len(cells), np.int32), cells, starts), shape=(consumer.size, finder.size))
            matrix.sum_duplicates()
            matrix.data[:] = 1
            found.append(Edge(consumer.name, name, when, matrix))
    return found


def _filled(text: str, epoch: int) -> str:
    def fill(match: Any) -> str:
        value = int(match[2]) + int(match[4]) * epoch
        return letters(value) if match[1] == "c" else str(value)

    return MARK.sub(fill, text)


def _keyed(layout: Layout, ids: dict[str, str], one: Reference) -> list[Reference]:
    """What a SUMIF sums: the columns of the band that have its key."""
    band = layout.bands.get(ids.get(one.sheet, "")) if one.key else None
    if band is None:
        return [one]
    offsets = [(band.column + n - one.column) % band.width for n, key in enumerate(band.keys) if str(key) == one.key]
    return [replace(one, across=(band.width, offset)) for offset in offsets]


class _Finder:
    """Turns references into flat positions of one argument's cells, as an epoch's formulas see them."""

    def __init__(self, graph: Graph, layout: Layout, block: Block, when: str, epoch: int) -> None:
        place = layout.places[block.name]
        axes = {EPOCH: graph.epochs, **block.axes} if when == "all" else block.axes
        at = {"same": epoch, "previous": epoch - 1, "last": graph.epochs - 1}.get(when, 0)
        rows, columns = (array.ravel() for array in place.cells(axes, at))
        self.sheet, self.size = place.sheet, len(rows)
        self._row, self._column = int(rows.min()), int(columns.min())
        self._grid = np.full((rows.max() - self._row + 1, columns.max() - self._column + 1), -1, np.int32)
        self._grid[rows - self._row, columns - self._column] = np.arange(self.size)
        self._known: dict[tuple[str, Any, Any], NDArray[Any]] = {}

    def cells(self, sheet: str, one: Reference) -> NDArray[Any]:
        if sheet != self.sheet:
            return _NONE
        key = (one.text, one.down, one.across)
        if key not in self._known:
            height, width = self._grid.shape
            down = _span(one.row - self._row, one.last_row - self._row, *one.down, height)
            across = _span(one.column - self._column, one.last_column - self._column, *one.across, width)
            inside = self._grid[down, across].ravel()
            self._known[key] = inside[inside >= 0]
        return self._known[key]


_NONE: NDArray[Any] = np.empty(0, np.int32)


def _span(first: int, last: int, step: int, offset: int, size: int) -> slice:
    """Positions first + offset, + step, ... up to `last`, within 0 to size - 1."""
    first += offset
    if step == 0:
        last, step = first, 1
    if first < 0:
        first += -(first // step) * step
    return slice(first, max(first, min(last + 1, size)), step)


def users(graph: Graph, layout: Layout) -> Iterator[tuple[str, str]]:
    """(argument, consumer) for all blocks with cells; the consumer itself is its own possible argument."""
    for block, _ in layout.placed():
        if block.op is not None:
            for name in dict.fromkeys([*(name for name, _ in arguments(graph, layout, block)), block.name]):
                yield name, block.name
