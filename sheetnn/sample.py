"""A sample of a workbook's cells: some of every block, written and packed, to tell how large all of it will be."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .address import MAX_COLUMNS, cell_name
from .copies import formula_of
from .evaluation import Evaluation
from .graph import Block, Graph, Use, Values
from .layout import Layout, Place
from .ops import EPOCH, IMAGE
from .unrolled import GROUP, epoch_of
from .writer import cell_xml

_NUMBERS = 30_000  # computed for the sample, if the first two epochs have no more
_EPOCHS = 64  # of them at most
_SHEETS = 3  # sheets of epochs that are looked at, where each has its own
_RUN = 32  # cells of a block that holds a fair share of all, side by side
_FEW = 3  # cells of any other block
_SHARE = 0.002
_LABELS = 200


Cell = Callable[[], str]
"""The text of a cell, when it is wanted."""


@dataclass(frozen=True)
class Sample:
    """What the sample says of all cells: how many, and their bytes when packed."""

    cells: int
    bytes: int


@dataclass(frozen=True)
class _Kind:
    """The cells of a block that are alike: typed in the first epoch (or once), or of a formula."""

    block: Block
    place: Place
    typed: bool
    times: int  # in how many epochs they stand

    @property
    def count(self) -> int:
        return self.block.size * self.times


def sample(graph: Graph, layout: Layout, inputs: Values | None = None) -> Sample:
    """Write and pack some cells of every block. Raises DivergedError if the first epochs diverge."""
    few, times = shortened(_few_epochs(graph))
    values = Evaluation(few, inputs).everything()
    kinds = list(_kinds(graph, layout, times))
    total = sum(kind.count for kind in kinds)
    packer = _Packer()

    def some(kind: _Kind, most: int) -> list[Cell]:
        spots = _spots(kind, few.epochs, most)
        formulas = ["" if kind.typed else formula_of(graph, layout, kind.block, *spot) for spot in spots]
        return [partial(_cell, kind, values, *spot, text) for spot, text in zip(spots, formulas, strict=True)]

    large = [kind for kind in kinds if kind.count >= _SHARE * total]
    small = [kind for kind in kinds if kind.count < _SHARE * total]
    size = sum(packer.estimate(some(kind, _RUN), kind.count) for kind in large)
    rest = [cell for kind in small for cell in some(kind, _FEW)]
    size += packer.estimate(rest, sum(kind.count for kind in small))
    for texts, count in _labels(layout):
        size += packer.estimate(texts, count)
        total += count
    return Sample(total, int(size))


class _Packer:
    """One stream, packed as a sheet is; its length is asked for on the way."""

    def __init__(self) -> None:
        self._pack, self._done, self._length = zlib.compressobj(6), 0, 0

    def _add(self, cells: Sequence[Cell]) -> int:
        """How much longer the stream is with these cells, if it ended there: one table of codes serves all of it."""
        self._done += len(self._pack.compress("".join(cell() for cell in cells).encode()))
        before, self._length = self._length, self._done + len(self._pack.copy().flush())
        return self._length - before

    def estimate(self, cells: Sequence[Cell], count: int) -> float:
        """Bytes of `count` cells, `cells` some of them: what the first half takes, and all others as the second."""
        half = (len(cells) + 1) // 2
        if not half:
            return 0.0
        first, second = self._add(cells[:half]), self._add(cells[half:]) if half < len(cells) else 0
        return first + (second / (len(cells) - half) if half < len(cells) else 0) * (count - half)


def _few_epochs(graph: Graph) -> Graph:
    """The graph with as many epochs as are cheap to compute."""
    numbers = sum(block.size for block in graph if block.repeated)
    few = graph.copy()
    few.epochs = min(graph.epochs, max(2, min(_EPOCHS, _NUMBERS // max(1, numbers))))
    return few


def shortened(graph: Graph) -> tuple[Graph, dict[str, int]]:
    """A graph whose epochs are groups of their own with the first of them only, as all later ones are alike.

    Also how often each of its groups stands in the whole; 0 for those left out. Any other graph is returned as it is.
    """
    epochs = {block.group: epoch for block in graph if (epoch := epoch_of(block))}
    last = max(epochs.values(), default=0)
    times = {group: int(epoch <= _SHEETS) for group, epoch in epochs.items()}
    if last <= _SHEETS:
        return graph, times
    kept = f"{GROUP}{_SHEETS}"
    times[kept] = last - _SHEETS + 1
    few = Graph(graph.epochs, graph.first_epoch)
    for block in graph:
        if times.get(block.group, 1):
            few.blocks[block.name] = replace(block, args=tuple(map(_kept, block.args)))
    return few, times


def _kept(use: Use) -> Use:
    """The same of the last epoch that is kept, for what comes after all of them."""
    number, _, name = use.name.partition("/")
    return replace(use, name=f"{_SHEETS}/{name}") if number.isdigit() and int(number) > _SHEETS else use


def _kinds(graph: Graph, layout: Layout, sheets: Mapping[str, int]) -> Iterator[_Kind]:
    """The cells of every block: typed ones, and those with a formula; of groups that are alike, of one."""
    for block, place in layout.placed():
        often = sheets.get(block.group, 1)
        if often and (block.op is None or block.start is not None):
            yield _Kind(block, place, True, often)
        times = (graph.epochs if block.repeated else 1) - (1 if block.start is not None else 0)
        if block.op is not None and times and often:
            yield _Kind(block, place, False, times * often)


def _spots(kind: _Kind, epochs: int, most: int) -> list[tuple[dict[str, int], int]]:
    """Index and epoch of some of the cells, one beside the other: from the middle of an epoch, or of several."""
    rows, columns = (array.ravel() for array in kind.place.cells(kind.block.axes))
    order = np.argsort(rows * (MAX_COLUMNS + 1) + columns)
    first = 0 if kind.typed or kind.block.start is None else 1
    held = 1 if kind.typed or not kind.block.repeated else epochs - first
    start = (len(order) - most) // 2 if len(order) > most else 0
    spots = []
    for n in range(start, min(start + most, len(order) * held)):
        epoch, position = divmod(n, len(order))
        at = np.unravel_index(order[position], kind.block.shape)
        spots.append((dict(zip(kind.block.axes, map(int, at), strict=True)), first + epoch))
    return spots


def _cell(kind: _Kind, values: Values, index: dict[str, int], epoch: int, formula: str) -> str:
    row, column = kind.place.at({**index, EPOCH: epoch})
    value = values[kind.block.name]
    number = (value[epoch] if kind.block.repeated else value)[tuple(index.values())]
    return cell_xml(cell_name(row, column), 9, formula, number.item() if isinstance(number, np.generic) else number)


def _labels(layout: Layout) -> Iterator[tuple[list[Cell], int]]:
    """Cells of labels and how many there are: texts, copies of texts, blanks of merged ranges."""
    once = (1, (0, 0))
    texts: list[Cell] = []
    count = copies = blanks = 0
    for label in layout.labels:
        repeats = label.each.get(IMAGE, once)[0] * label.each.get(EPOCH, once)[0]
        covered = (label.last_row - label.row + 1) * (label.last_column - label.column + 1)
        blanks += (covered - 1) * repeats
        copies += repeats - 1
        count += 1
        if count % max(1, len(layout.labels) // _LABELS) == 0:
            name = cell_name(label.row, label.column)
            texts.append(partial(cell_xml, name, 9, "", label.text))
    yield texts, count
    numbered = range(1, min(_RUN, copies) + 1)
    yield [partial(cell_xml, cell_name(n, 5), 9, "", n) for n in numbered], copies
    yield [partial(cell_xml, cell_name(9, n), 9, "", None) for n in range(1, min(_RUN, blanks) + 1)], blanks
