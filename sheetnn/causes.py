"""Causes and consequences: what each cell's generated formula gives from the cells that it reads in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import SheetnnError
from .graph import ANSWER, LATER, Block, Graph, Values
from .grid import Grid
from .layout import Place
from .model import Model
from .ops import EPOCH, Named
from .stored import spots

Grids = Mapping[str, Grid]
Spots = tuple[NDArray[Any], NDArray[Any]]


Nudge = Callable[[NDArray[Any]], NDArray[Any]]


def each_from(model: Model, values: Values, grids: Grids, nudge: Nudge = np.asarray) -> Values | None:
    """Every cell computed by its generated formula from what `grids` hold in the cells that it reads.

    `nudge` moves the numbers that a formula reads. None where it cannot be computed: a number to look something up by
    is not among them.
    """
    graph, seen = model.graph, dict(values)  # what formulas see of a block; without cells, what comes out of it
    for block, place in judged(model):
        grid, where = grids[model.layout.sheet_name(place.sheet)], spots(block, place, graph)
        seen[block.name] = _held(grid, where, values[block.name])
        if block.start is not None:
            seen[block.name][0] = values[block.name][0]
    found: Values = {}
    try:
        for block in [block for block in graph if not block.repeated and not _late(graph, block)]:
            found[block.name] = values[block.name] if block.op is None else _applied(graph, block, seen, 0, nudge)
            _show(model, block, seen, found)
        repeated = [block for block in graph if block.repeated]
        found |= {block.name: values[block.name].copy() for block in repeated}
        for epoch in range(graph.epochs):
            for block in repeated:
                if epoch or block.start is None:
                    found[block.name][epoch] = _applied(graph, block, seen, epoch, nudge)
                _show(model, block, seen, found)
        for block in [block for block in graph if block.name not in found]:
            found[block.name] = _applied(graph, block, seen, 0, nudge)
            _show(model, block, seen, found)
    except (SheetnnError, ArithmeticError, LookupError, TypeError, ValueError):
        return None
    return found


def _show(model: Model, block: Block, seen: Values, found: Values) -> None:
    if block.name not in model.layout.places:
        seen[block.name] = found[block.name]


def _late(graph: Graph, block: Block) -> bool:
    """Whether a static block looks at epochs, itself or through another."""
    return any(
        use.when in LATER or (not graph[use.name].repeated and _late(graph, graph[use.name])) for use in block.args
    )


def _applied(graph: Graph, block: Block, seen: Values, epoch: int, nudge: Nudge) -> NDArray[Any]:
    assert block.op is not None
    epochs = {"same": epoch, "previous": epoch - 1, "first": 0, "last": graph.epochs - 1}
    args = []
    for use in block.args:
        other, value = graph[use.name], seen[use.name]
        axes = other.axes
        if other.repeated and use.when == "all":
            axes = {EPOCH: graph.epochs, **axes}
        elif other.repeated:
            value = value[epochs[use.when]]
        if other.role == ANSWER and not block.op.sees_blanks:
            value = np.nan_to_num(value)
        args.append(Named(axes, nudge(value)))
    with np.errstate(all="ignore"):
        return np.asarray(block.op.value(block.axes, *args))


def _held(grid: Grid, where: Spots, like: NDArray[Any]) -> NDArray[Any]:
    return numbers_at(grid, where) if like.dtype.kind in "fi" else texts_at(grid, where)


def without_numbers(model: Model, values: Values, grids: Grids) -> set[str]:
    """Blocks of which some cell holds no number; a formula that looks something up in them may be anything."""
    found = set()
    for block, place in model.layout.placed():
        if values[block.name].dtype.kind in "fi":
            numbers = numbers_at(grids[model.layout.sheet_name(place.sheet)], spots(block, place, model.graph))
            if not np.isfinite(numbers).all():
                found.add(block.name)
    return found


def judged(model: Model) -> list[tuple[Block, Place]]:
    return [(block, place) for block, place in model.layout.placed() if block.op is not None]


def numbers_at(grid: Grid, where: Spots) -> NDArray[Any]:
    return grid.numbers[where[0] - 1, where[1] - 1]


def texts_at(grid: Grid, where: Spots) -> NDArray[Any]:
    texts = np.empty(where[0].shape, object)
    for spot in np.ndindex(texts.shape):
        shown = grid.get(int(where[0][spot]), int(where[1][spot]))
        texts[spot] = "" if shown is None else shown  # an empty text shows nothing
    return texts


def same(got: NDArray[Any], other: NDArray[Any], base: NDArray[Any] | None) -> NDArray[Any]:
    """Whether each cell is what its formula gives; what cannot be computed follows from what is no number."""
    if base is None:
        return np.asarray(got == other, bool)
    with np.errstate(invalid="ignore"):
        return (np.abs(got - other) <= base) | (~np.isfinite(got) & ~np.isfinite(other))


def reads_input(model: Model, block: Block) -> NDArray[Any]:
    """Whether a block's formulas read typed numbers, epoch by epoch, shaped to go with its values."""
    graph = model.graph
    epochs = np.arange(graph.epochs if block.repeated else 1)
    reads = np.zeros(len(epochs), bool)
    for use in block.args:
        other = graph[use.name]
        if other.op is None:
            reads[:] = True
        elif other.start is not None:
            seen = {"same": epochs, "previous": epochs - 1, "last": 0 * epochs + graph.epochs - 1}
            reads |= seen.get(use.when, 0 * epochs) == 0
        elif use.name not in model.layout.places:  # its formula stands within this one
            inner = reads_input(model, other).ravel()
            reads |= inner if len(inner) == len(reads) else inner.any()
    return reads.reshape(-1, *[1] * len(block.shape)) if block.repeated else reads.reshape([1] * len(block.shape))
