"""A graph whose epochs are blocks of their own, so that a layout can give each epoch a sheet.

The blocks of epoch 3 are named `3/hidden.z` and belong to the group `epoch 3`; the typed numbers of the first epoch
keep their plain names, as they are what a person changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import LayoutError
from .evaluation import Evaluation
from .graph import Block, Graph, Use, Values

GROUP = "epoch "
MOST = 100
"""Epochs that have a sheet each: more tabs nobody turns over."""


def unroll(graph: Graph) -> Graph:
    """The same mathematics without repeated blocks. Raises LayoutError for too many epochs."""
    if graph.epochs > MOST:
        raise LayoutError(
            f"layout sheets: {graph.epochs} epochs would be as many sheets; use epochs = {MOST} at most, or "
            'layout = "stacked"'
        )
    other = Graph(1, graph.first_epoch)
    later = [block for block in graph if not block.repeated and _waits(graph, block)]
    for block in graph:
        if not block.repeated and block not in later:
            other.blocks[block.name] = block
    for epoch in range(graph.epochs):
        for block in graph:
            if block.repeated:
                made = _copy(graph, block, epoch)
                other.blocks[made.name] = made
    for block in later:
        uses = tuple(_static(graph, use, graph.epochs - 1) for use in block.args)
        other.blocks[block.name] = replace(block, args=uses)
    return other


def name_of(graph: Graph, name: str, epoch: int) -> str:
    """The block of an epoch (counted from 0)."""
    block = graph[name]
    return name if not block.repeated or (epoch == 0 and block.start is not None) else f"{epoch + 1}/{name}"


def epoch_of(block: Block) -> int | None:
    """Which epoch, from 1, a block of an unrolled graph belongs to; None for one that is not of an epoch."""
    return int(block.group.removeprefix(GROUP)) if block.group.startswith(GROUP) else None


def sheet_epochs(graph: Graph) -> int:
    """How many epochs a graph was unrolled into; 0 for one that was not."""
    return max((epoch_of(block) or 0 for block in graph), default=0)


def found(graph: Graph, name: str, epoch: int) -> str | None:
    """The block that `name` is in an epoch, from 1, of an unrolled graph; None if there is none."""
    unrolled = f"{epoch}/{name}"
    if unrolled in graph.blocks:
        return unrolled
    return name if name in graph.blocks and epoch_of(graph[name]) == epoch else None


def history(graph: Graph, values: Values, name: str) -> NDArray[Any] | None:
    """A block's values of all epochs, with a leading epoch axis, also of an unrolled graph; None if it has none."""
    if name in graph.blocks and graph[name].repeated:
        return values[name]
    of_epochs = [found(graph, name, epoch) for epoch in range(1, sheet_epochs(graph) + 1)]
    known = [one for one in of_epochs if one is not None] or [name] * (name in graph.blocks)
    return np.stack([values[one] for one in known]) if known else None


class Unrolled:
    """The values of an unrolled graph, taken from those of the graph it was made of: one epoch at a time.

    Sheets come in the order of their epochs, so that each epoch is computed once; asking for an earlier one starts
    again from the first.
    """

    def __init__(self, values: Evaluation) -> None:
        self._values, self._now = values, {}  # type: tuple[Evaluation, Values]
        self._epoch, self._coming = -1, iter(())  # type: tuple[int, Iterator[Values]]

    @property
    def still(self) -> Unrolled:
        return self

    def epochs(self, checked: bool = True) -> Iterator[Values]:
        """Nothing: each block of an unrolled graph stands once."""
        yield {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        graph = self._values.graph
        number, _, rest = name.partition("/")
        if number.isdigit() and rest in graph.blocks and graph[rest].repeated:
            return self._of_epoch(int(number) - 1)[rest]
        return self._of_epoch(0)[name] if graph[name].repeated else self._values.still[name]

    def _of_epoch(self, epoch: int) -> Values:
        if epoch < self._epoch:
            self._epoch = -1
        if self._epoch < 0:
            self._coming = self._values.epochs(checked=False)
        while self._epoch < epoch:
            self._now, self._epoch = next(self._coming), self._epoch + 1
        return self._now


def _waits(graph: Graph, block: Block) -> bool:
    """Whether a block that stands once comes after the epochs."""
    return any(graph[use.name].repeated or _waits(graph, graph[use.name]) for use in block.args)


def _copy(graph: Graph, block: Block, epoch: int) -> Block:
    group = f"{GROUP}{epoch + 1}"
    if epoch == 0 and block.start is not None:
        return replace(block, op=None, args=(), repeated=False, group=group)
    uses = tuple(_static(graph, use, epoch) for use in block.args)
    name = name_of(graph, block.name, epoch)
    return replace(block, name=name, args=uses, repeated=False, group=group, start=None)


def _static(graph: Graph, use: Use, epoch: int) -> Use:
    """The same argument, as a block of its epoch."""
    if use.when == "all":
        raise LayoutError(f"layout sheets: {use.name} of all epochs does not lie on one sheet; leave out the pages")
    at = {"same": epoch, "previous": epoch - 1, "first": 0, "last": graph.epochs - 1}[use.when]
    return Use(name_of(graph, use.name, at))
