"""A graph whose epochs are blocks of their own, so that a layout can give each epoch a sheet.

The blocks of epoch 3 are named `3/hidden.z` and belong to the group `epoch 3`; the typed numbers of the first epoch
keep their plain names, as they are what a person changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import LayoutError
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


def history(values: Values, name: str) -> NDArray[Any] | None:
    """A block's values of all epochs, with a leading epoch axis; None where there are none."""
    found = {int(key.partition("/")[0]): value for key, value in values.items() if key.partition("/")[2] == name
             and key.partition("/")[0].isdigit()}  # fmt: skip
    if name in values:
        found[1] = values[name]
    return np.stack([found[epoch] for epoch in sorted(found)]) if found else None


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
