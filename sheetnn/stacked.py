"""Generic layouts: any graph, computed. Samples run down ("stacked") or to the right ("right").

Stacked: blocks stand side by side. A sample is a band of rows, as many as its tallest block needs, and every block
has its numbers of that sample there; a block that is only summed over samples has one row for each, so that each sum
is one range. What stands once for all epochs stands to their left. Right: a sample is one column, blocks stand under
one another, parameters to their left.
"""

from __future__ import annotations

from dataclasses import replace

from .address import MAX_COLUMNS, cell_name, letters
from .graph import Block, Graph
from .heads import Heads
from .labels import Words
from .layout import Layout, Place
from .ops import EPOCH
from .packing import BETWEEN, Pack, Page, columns, of_samples, side_by_side, sums
from .sheet import Label, Sheet, Solver
from .unrolled import GROUP

_TITLE = 1
_TOP = 5  # first row of blocks: title, symbols, names of blocks, names of columns
_GAP = 4  # rows from the lowest block to the next ones under it
_MARGIN = 10.0

LAYOUTS: dict[str, Pack] = {"stacked": side_by_side, "right": columns, "sheets": side_by_side}
"""`sheets` is for a graph that was unrolled: each epoch is a group of its own."""


def computed(name: str, graph: Graph, words: Words, title: str, heads: Heads | None = None) -> Layout:
    """The layout for `graph` by the name of a row of LAYOUTS: pages data, train and test, epoch under epoch."""
    places: dict[str, Place] = {}
    labels: list[Label] = []
    sheets = []
    over, known = heads or Heads(), sums(graph)
    for group in dict.fromkeys(block.group for block in graph):
        page = Page(graph, group, over, known)
        first, height = _fill(page, name)
        if max(page.widths) > MAX_COLUMNS:
            page = Page(graph, group, over, known, broad=False)
            first, height = _fill(page, name)
        if height:
            each = {EPOCH: (graph.epochs, (height, 0))}
            labels.append(Label(group, first - 3, 1, first - 3, 1, words("epoch"), "epoch", each))
        labels += [Label(group, 1, 1, 1, 1, title, "title"), *page.labels]
        places |= page.places
        sheets.append(Sheet(group, _sheet_name(group, words), _runs(page.widths), freeze=_freeze(page, name)))
    return Layout(tuple(sheets), places, {}, tuple(labels), solvers=_solvers(graph, places), graph=graph)


def _fill(page: Page, name: str) -> tuple[int, int]:
    """Place all blocks of a page. Returns the first row of the first epoch, and how many rows an epoch takes."""
    pack, still, moving = LAYOUTS[name], page.blocks(False), page.blocks(True)
    if not moving:
        pack(page, still, _TOP, 2, (0, 0))
        return _TOP, 0
    column = 2
    moving.sort(key=_rank)
    if pack is side_by_side:  # once for all epochs: the samples to the left of the first, all else above
        samples = [block for block in still if of_samples(block)]
        single = [block for block in still if not block.axes and block not in samples]
        for first, block in enumerate(single, _TITLE + 2):
            page.line(block, first)
        first = _TITLE + 2 + len(single) + _GAP
        rest = [block for block in still if block not in samples and block not in single]
        if rest:
            first = pack(page, rest, first, 2, (0, 0))[0] + _GAP
        _, column = pack(page, samples, first, 2, (0, 0))
    else:
        first = pack(page, still, _TOP, 2, (0, 0))[0] + _GAP
    trial = replace(page, places={}, labels=[], widths={})
    height = pack(trial, moving, first, column, (0, 0))[0] - first + _GAP
    pack(page, moving, first, column, (height, 0))
    return first, height


def _rank(block: Block) -> int:
    """C_T first, beside the samples, where it is seen when epochs fold; what an optimiser keeps last."""
    return 0 if block.name == "C_T" else 2 if block.role == "update" or block.name.endswith(".power") else 1


def _freeze(page: Page, name: str) -> str:
    """The samples' numbers stay in sight."""
    numbers = next((place for block, place in page.places.items() if block.endswith("number.first")), None)
    if numbers is None:
        return "B2"
    return f"B{numbers.row + 1}" if LAYOUTS[name] is columns else f"{letters(numbers.column + 1)}2"


def _runs(widths: dict[int, float]) -> dict[str, float]:
    """Widths of columns, neighbours of one width together."""
    found: dict[str, float] = {"A": _MARGIN}
    start, last = 2, max(widths)
    for column in range(3, last + 2):
        before = widths.get(start, BETWEEN)
        if column > last or widths.get(column, BETWEEN) != before:
            found[f"{letters(start)}:{letters(column - 1)}"] = before
            start = column
    return found


def _sheet_name(group: str, words: Words) -> str:
    if group.startswith(GROUP):
        return words("epoch").replace("{epoch}", group.removeprefix(GROUP))
    return words.sheet(group)


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


__all__ = ["LAYOUTS", "computed"]
