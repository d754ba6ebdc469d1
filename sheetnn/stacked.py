"""The generic layout: any graph, computed. Blocks stand side by side, their last axis across, the others down.

Images run down. A block that is only summed over images has them innermost, so that each sum is one range;
any other keeps each image's cells together, so that each image is one range.
"""

from __future__ import annotations

import numpy as np

from .address import letters
from .graph import Block, Graph
from .labels import Words
from .layout import Layout, Place
from .ops import EPOCH, IMAGE, Total
from .sheet import Label, Sheet, Step

_TOP = 4  # first row of blocks: title, block names, a spare line above


def stacked(graph: Graph, words: Words, title: str) -> Layout:
    """A layout for `graph`: pages data, train and test; repeated blocks below the others, epoch under epoch."""
    places: dict[str, Place] = {}
    labels: list[Label] = []
    sheets = []
    for group in dict.fromkeys(block.group for block in graph):
        still = [block for block in graph if block.group == group and not block.repeated]
        moving = [block for block in graph if block.group == group and block.repeated]
        bottom = _line_up(graph, group, still, _TOP, (0, 0), places, labels)
        height = max((_extent(block)[0] for block in moving), default=0) + 3
        first = bottom + 3
        _line_up(graph, group, moving, first, (height, 0), places, labels)
        if moving:
            each = {EPOCH: (graph.epochs, (height, 0))}
            labels.append(Label(group, first - 2, 1, first - 2, 1, words("epoch"), "epoch", each))
        labels.append(Label(group, 1, 1, 1, 1, title, "title"))
        last = max(place.column + 1 for place in places.values() if place.sheet == group)
        widths = {"A": 6.0, f"B:{letters(last + 20)}": 9.0}
        sheets.append(Sheet(group, words.table.get(f"sheet.{group}", group), widths, freeze="B4"))
    return Layout(tuple(sheets), places, {}, tuple(labels), graph=graph)


def _line_up(
    graph: Graph,
    group: str,
    blocks: list[Block],
    top: int,
    epoch: Step,
    places: dict[str, Place],
    labels: list[Label],
) -> int:
    """Place `blocks` from left to right, each under its name; returns the row below the lowest."""
    column, bottom = 2, top
    for block in blocks:
        height, width = _extent(block)
        steps = _steps(graph, block)
        if epoch != (0, 0):
            steps[EPOCH] = epoch
        places[block.name] = Place(group, top, column, steps)
        each = {EPOCH: (graph.epochs, epoch)} if epoch != (0, 0) else {}
        labels.append(Label(group, top - 1, column, top - 1, column, block.name, "note", each))
        column += width + 1
        bottom = max(bottom, top + height)
    return bottom


def _extent(block: Block) -> tuple[int, int]:
    """Rows and columns a block takes."""
    across = 1 if list(block.axes)[-1:] in ([], [IMAGE]) else block.shape[-1]
    return int(np.prod(block.shape, dtype=np.int64)) // across, across


def _steps(graph: Graph, block: Block) -> dict[str, Step]:
    """Strides: last axis across unless it is the images', the others down, innermost last."""
    axes = list(block.axes)
    steps: dict[str, Step] = {}
    if axes and axes[-1] != IMAGE:
        steps[axes.pop()] = (0, 1)
    users = [other.op for other in graph if any(use.name == block.name for use in other.args)]
    if IMAGE in axes and users and all(isinstance(op, Total) for op in users):
        axes = [axis for axis in axes if axis != IMAGE] + [IMAGE]
    stride = 1
    for axis in reversed(axes):
        steps[axis] = (stride, 0)
        stride *= block.axes[axis]
    return steps
