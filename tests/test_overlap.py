"""Overlaps found by arithmetic, held against a list of all cells of all epochs."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest

from sheetnn.errors import LayoutError
from sheetnn.graph import Block, Graph
from sheetnn.layout import Layout, Place
from sheetnn.ops import EPOCH, IMAGE
from sheetnn.overlap import check_overlaps
from sheetnn.sheet import Label, Sheet, Step

SHEET = Sheet("s", "S")


def drawn(seed: int) -> Layout:
    """Some blocks and labels on a small part of a sheet, in steps that go any way."""
    random = np.random.default_rng(seed)

    def number(least: int, most: int) -> int:
        return int(random.integers(least, most + 1))

    def move(most: int) -> Step:
        return (number(-most, most), 0) if number(0, 1) else (0, number(-most, most))

    graph = Graph(epochs=number(1, 5))
    epoch = move(9)
    places, labels = {}, []
    for n in range(number(0, 4)):
        name, repeated = f"b{n}", bool(number(0, 1))
        axes = {axis: number(1, 3) for axis in (IMAGE, "unit")[: number(0, 2)]}
        graph.blocks[name] = Block(name, axes, None, (), "plain", "train", repeated)
        steps = {axis: move(3) for axis in axes} | ({EPOCH: epoch} if repeated else {})
        places[name] = Place("s", number(60, 80), number(60, 68), steps)
    for n in range(number(0, 3)):
        row, column = number(60, 80), number(60, 68)
        each = {IMAGE: (number(1, 3), move(4))} if number(0, 2) == 0 else {}
        each |= {EPOCH: (graph.epochs, epoch)} if number(0, 1) else {}
        cover = number(0, 3) == 0
        labels.append(
            Label("s", row, column, row + number(0, 2), column + number(0, 2), f"l{n}", "label", each, cover)
        )
    return Layout((SHEET,), places, labels=tuple(labels), graph=graph)


def claimed_twice(layout: Layout) -> set[tuple[int, int]]:
    """Cells that two claim, one by one; a label that covers leaves its first one to a block, not to another label."""
    assert layout.graph is not None
    cells: Counter[tuple[int, int]] = Counter()
    merged: Counter[tuple[int, int]] = Counter()
    for block, place in layout.placed():
        for epoch in range(layout.graph.epochs if block.repeated else 1):
            for spot in np.ndindex(*block.axes.values()):
                cells[place.at({**dict(zip(block.axes, spot, strict=True)), EPOCH: epoch})] += 1
    for label in layout.labels:
        rows, columns = range(label.row, label.last_row + 1), range(label.column, label.last_column + 1)
        moves = [[(n * down, n * right) for n in range(count)] for count, (down, right) in label.each.values()]
        for steps in product(*moves):
            for row, column in product(rows, columns):
                cell = row + sum(step[0] for step in steps), column + sum(step[1] for step in steps)
                cells[cell] += not (label.cover and (row, column) == (label.row, label.column))
                merged[cell] += label.merged
    return {cell for counted in (cells, merged) for cell, count in counted.items() if count > 1}


def refused(layout: Layout) -> bool:
    try:
        check_overlaps(layout, SHEET)
    except LayoutError:
        return True
    return False


@pytest.mark.parametrize("start", range(0, 2000, 200))
def test_overlaps_are_those_of_all_cells(start: int) -> None:
    layouts = {seed: drawn(seed) for seed in range(start, start + 200)}
    wanted = {seed for seed, layout in layouts.items() if claimed_twice(layout)}
    assert {seed for seed, layout in layouts.items() if refused(layout)} == wanted
    assert 20 < len(wanted) < 180  # both answers are tried
