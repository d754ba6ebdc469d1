"""A sample of a workbook's cells: some of every block, written and packed, to tell how large all of it will be."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .address import cell_name
from .copies import formula_of
from .evaluation import Evaluation
from .graph import Graph, Use, Values
from .layout import Layout
from .ops import EPOCH, IMAGE
from .picking import Kind, chosen_of, twins_of
from .unrolled import GROUP, epoch_of
from .writer import cell_xml

_NUMBERS = 30_000  # computed for the sample, if the first two epochs have no more
_EPOCHS = 64  # of them at most
_SHEETS = 3  # sheets of epochs that are looked at, where each has its own
_MOST, _SOME, _FEW = (16, 8), (8, 6), (3, 1)  # cells side by side, and how often, by a block's share of all
_LARGE, _SHARE = 0.04, 0.002  # of all cells, from which on a block is looked at so
_LABELS = 200
_SIDE = 32  # copies of labels, and blanks


Cell = Callable[[], str]
"""The text of a cell, when it is wanted."""


@dataclass(frozen=True)
class Sample:
    """What the sample says of all cells: how many, and their bytes when packed."""

    cells: int
    bytes: int


def sample(graph: Graph, layout: Layout, inputs: Values | None = None) -> Sample:
    """Write and pack some cells of every block. Raises DivergedError if the first epochs diverge."""
    few, times = shortened(_few_epochs(graph))
    values = Evaluation(few, inputs).everything()
    kinds = list(_kinds(graph, layout, times))
    total = sum(kind.count for kind in kinds)
    packer = _Packer()

    def written(kind: Kind, numbers: Sequence[int]) -> list[Cell]:
        spots = [kind.spot(n) for n in numbers]
        formulas = ["" if kind.typed else formula_of(graph, layout, kind.block, *spot) for spot in spots]
        return [partial(_cell, kind, values, *spot, text) for spot, text in zip(spots, formulas, strict=True)]

    large = [kind for kind in kinds if kind.count >= _SHARE * total]
    small = [kind for kind in kinds if kind.count < _SHARE * total]
    size = 0.0
    for kind in large:
        run, runs = _MOST if kind.count >= _LARGE * total else _SOME
        chosen = chosen_of(kind, few.epochs, graph.epochs, run, runs)
        twins = twins_of(kind, values, chosen, layout.extent(kind.place.sheet)[1])
        size += packer.estimate(written(kind, chosen), kind.count, run, written(kind, twins))
    rest = [cell for kind in small for cell in written(kind, chosen_of(kind, few.epochs, graph.epochs, *_FEW))]
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

    def estimate(
        self, cells: Sequence[Cell], count: int, first: int | None = None, known: Sequence[Cell] = ()
    ) -> float:
        """Bytes of `count` cells, `cells` some of them: what the `first` (or half) take, all others as the rest.

        Cells that are `known` stand before them and do not count.
        """
        self._add(known)
        head = min(first or len(cells), (len(cells) + 1) // 2)
        if not head:
            return 0.0
        before, after = self._add(cells[:head]), self._add(cells[head:]) if head < len(cells) else 0
        return before + (after / (len(cells) - head) if head < len(cells) else 0) * (count - head)


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


def _kinds(graph: Graph, layout: Layout, sheets: Mapping[str, int]) -> Iterator[Kind]:
    """The cells of every block: typed ones, and those with a formula; of groups that are alike, of one."""
    for block, place in layout.placed():
        often = sheets.get(block.group, 1)
        if often and (block.op is None or block.start is not None):
            yield Kind(block, place, True, often)
        times = (graph.epochs if block.repeated else 1) - (1 if block.start is not None else 0)
        if block.op is not None and times and often:
            yield Kind(block, place, False, times * often)


def _cell(kind: Kind, values: Values, index: dict[str, int], epoch: int, formula: str) -> str:
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
    numbered = range(1, min(_SIDE, copies) + 1)
    yield [partial(cell_xml, cell_name(n, 5), 9, "", n) for n in numbered], copies
    yield [partial(cell_xml, cell_name(9, n), 9, "", None) for n in range(1, min(_SIDE, blanks) + 1)], blanks
