"""Generic layouts: any graph, computed. Samples run down ("stacked") or to the right ("right").

Stacked: blocks stand side by side, their last axis across, the others down. A block that is only summed over images
has them innermost, so that each sum is one range; any other keeps each image's cells together, so that each image is
one range. Right: an image is one column, blocks stand under one another, parameters to their left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .address import cell_name, letters
from .graph import Block, Graph
from .labels import Words
from .layout import Layout, Place
from .ops import EPOCH, IMAGE, Axes, Total
from .sheet import Label, Sheet, Solver, Step
from .unrolled import GROUP

_TOP = 4  # first row of blocks: title, block names, a spare line above


@dataclass
class _Page:
    """The blocks of one sheet while they are placed."""

    graph: Graph
    group: str
    places: dict[str, Place] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)
    last: int = 1

    def put(self, block: Block, row: int, column: int, steps: dict[str, Step], epoch: Step) -> None:
        each = {EPOCH: (self.graph.epochs, epoch)} if epoch != (0, 0) else {}
        if each:
            steps = {**steps, EPOCH: epoch}
        self.places[block.name] = Place(self.group, row, column, steps)
        self.labels.append(Label(self.group, row - 1, column, row - 1, column, block.name, "note", each))
        self.last = max(self.last, column + extent(steps, block.axes)[1] - 1)


Pack = Callable[[_Page, list[Block], int, Step], int]
"""Places blocks from a row on, an epoch so many rows apart; returns the row below the lowest."""


def extent(steps: dict[str, Step], axes: Axes) -> tuple[int, int]:
    """Rows and columns that the cells of a block span."""
    down, right = (sum((size - 1) * steps.get(axis, (0, 0))[side] for axis, size in axes.items()) for side in (0, 1))
    return down + 1, right + 1


def computed(name: str, graph: Graph, words: Words, title: str) -> Layout:
    """The layout for `graph` by the name of a row of LAYOUTS: pages data, train and test, epoch under epoch."""
    pack = LAYOUTS[name]
    places: dict[str, Place] = {}
    labels: list[Label] = []
    sheets = []
    for group in dict.fromkeys(block.group for block in graph):
        page = _Page(graph, group, places)
        still = [block for block in graph if block.group == group and not block.repeated]
        moving = [block for block in graph if block.group == group and block.repeated]
        first = pack(page, still, _TOP, (0, 0)) + 3
        if moving:
            height = pack(_Page(graph, group), moving, first, (0, 0)) - first + 3
            pack(page, moving, first, (height, 0))
            each = {EPOCH: (graph.epochs, (height, 0))}
            labels.append(Label(group, first - 2, 1, first - 2, 1, words("epoch"), "epoch", each))
        labels += [Label(group, 1, 1, 1, 1, title, "title"), *page.labels]
        widths = {"A": 6.0, f"B:{letters(page.last + 20)}": 9.0}
        sheets.append(Sheet(group, _sheet_name(group, words), widths, freeze="B4"))
    return Layout(tuple(sheets), places, {}, tuple(labels), solvers=_solvers(graph, places), graph=graph)


def _sheet_name(group: str, words: Words) -> str:
    if group.startswith(GROUP):
        return words("epoch").replace("{epoch}", group.removeprefix(GROUP))
    return words.table.get(f"sheet.{group}", group)


def _solvers(graph: Graph, places: dict[str, Place]) -> tuple[Solver, ...]:
    """Without training Excel's Solver opens filled in: minimise C_T over all parameters."""
    typed = [block for block in graph if block.role == "parameter" and block.op is None]
    if "C_T" not in graph.blocks or graph["C_T"].repeated or not typed:
        return ()
    areas = []
    for block in typed:
        rows, columns = places[block.name].cells(block.axes)
        areas.append(f"{cell_name(rows.min(), columns.min())}:{cell_name(rows.max(), columns.max())}")
    cost = places["C_T"]
    return (Solver(cost.sheet, cell_name(cost.row, cost.column), ",".join(areas)),)


# samples down


def _side_by_side(page: _Page, blocks: list[Block], top: int, epoch: Step) -> int:
    column, bottom = 2, top
    for block in blocks:
        steps = _down(page.graph, block)
        height, width = extent(steps, block.axes)
        page.put(block, top, column, steps, epoch)
        column += width + 1
        bottom = max(bottom, top + height)
    return bottom


def _down(graph: Graph, block: Block) -> dict[str, Step]:
    """Strides: last axis across unless it is the images', the others down, innermost last."""
    axes = list(block.axes)
    steps: dict[str, Step] = {}
    if axes and axes[-1] != IMAGE:
        steps[axes.pop()] = (0, 1)
    users = [other.op for other in graph if any(use.name == block.name for use in other.args)]
    if IMAGE in axes and users and all(isinstance(op, Total) for op in users):
        axes = [axis for axis in axes if axis != IMAGE] + [IMAGE]
    return {**steps, **_one_after_another(block.axes, axes)}


def _one_after_another(sizes: Axes, axes: list[str]) -> dict[str, Step]:
    """Strides of `axes` down one column, the last of them innermost."""
    steps: dict[str, Step] = {}
    stride = 1
    for axis in reversed(axes):
        steps[axis] = (stride, 0)
        stride *= sizes[axis]
    return steps


# samples to the right


def _columns(page: _Page, blocks: list[Block], top: int, epoch: Step) -> int:
    """Blocks of images to the right of all others, so that an image keeps its column on the whole page."""
    left, bottom = 1, top
    for images in (False, True):
        row, column = top, left + 1
        for block in blocks:
            if (IMAGE in block.axes) == images:
                steps = _across(block)
                height, width = extent(steps, block.axes)
                page.put(block, row, column, steps, epoch)
                row += height + 2
                left = max(left, column + width)
                bottom = max(bottom, row - 2)
        if not images:
            widths = [
                extent(_across(b), b.axes)[1] for b in page.graph if b.group == page.group and IMAGE not in b.axes
            ]
            left = 1 + max(widths, default=0) + 1
    return bottom


def _across(block: Block) -> dict[str, Step]:
    """Images across; without them the units, each over the numbers that it reads."""
    axes = list(block.axes)
    side = IMAGE if IMAGE in axes else axes[0] if len(axes) > 1 else None
    steps: dict[str, Step] = {} if side is None else {side: (0, 1)}
    return {**steps, **_one_after_another(block.axes, [axis for axis in axes if axis != side])}


LAYOUTS: dict[str, Pack] = {"stacked": _side_by_side, "right": _columns, "sheets": _side_by_side}
"""`sheets` is for a graph that was unrolled: each epoch is a group of its own."""

__all__ = ["LAYOUTS", "computed"]
