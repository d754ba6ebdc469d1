"""Causes and consequences: what each cell's generated formula gives from the cells that it reads in a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import SheetnnError
from .graph import Block, Values
from .grid import Grid
from .layout import Place
from .model import Model
from .stored import spots

Grids = Mapping[str, Grid]
Spots = tuple[NDArray[Any], NDArray[Any]]


def each_from(model: Model, values: Values, grids: Grids) -> Values | None:
    """Every cell computed by its generated formula from what `grids` hold in the cells that it reads."""
    given, inputs = {}, {}
    for block, place in model.layout.placed():
        if block.op is None:
            inputs[block.name] = values[block.name]
            continue
        grid, where = grids[model.layout.sheet_name(place.sheet)], spots(block, place, model.graph)
        numeric = values[block.name].dtype.kind in "fi"
        given[block.name] = numbers_at(grid, where) if numeric else texts_at(grid, where)
        if block.start is not None:
            inputs[block.name] = values[block.name][0]
            given[block.name][0] = inputs[block.name]
    try:
        return model.graph.evaluate(inputs, given)
    except (SheetnnError, ArithmeticError, LookupError, TypeError, ValueError):
        return None  # a number to look something up by is not among them


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
