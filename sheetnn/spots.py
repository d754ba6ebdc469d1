"""Spots: how a cell of the model is named (`hidden.w[1,3]@2`), and which cell of the workbook it is.

A spot is (block, index counted from 0, epoch as a reader counts or None), as in `sheetnn.wiring`; names count from 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .address import MAX_COLUMNS, MAX_ROWS, cell_name, column_number
from .errors import SheetnnError, nearest
from .graph import Block, Graph
from .model import Model
from .ops import EPOCH
from .sheet import Label
from .stored import spots
from .unrolled import found, sheet_epochs
from .wiring import Spot

_NAME = re.compile(r"([^\[\]@!\s]+)(?:\[\s*(\d{1,9}(?:\s*,\s*\d{1,9})*)\s*\])?(?:@(-?\d{1,9}))?")
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
MOST_BOXES = 12
"""How many ranges of one block are named; the rest are counted."""


@dataclass(frozen=True)
class Named:
    """Cells of one block: their number, and their ranges such as `hidden.w[1,1..4]@1`; `more` were left out."""

    block: str
    count: int
    ranges: tuple[str, ...]
    more: int = 0


def spot_name(spot: Spot) -> str:
    """`("hidden.w", (0, 2), 1)` -> `hidden.w[1,3]@1`."""
    name, index, epoch = spot
    inside = f"[{','.join(str(n + 1) for n in index)}]" if index else ""
    return f"{name}{inside}{'' if epoch is None else f'@{epoch}'}"


def parse_spot(text: str, graph: Graph) -> tuple[Block, tuple[int, ...] | None, int | None]:
    """Block, index (None if not given) and epoch of `hidden.w[1,3]@2`. Raises SheetnnError for what is not there."""
    match = _NAME.fullmatch(text.strip())
    unrolled = found(graph, match[1], int(match[3] or 1)) if match else None
    if match and unrolled:  # with a sheet an epoch each epoch is a block of its own
        text = f"{unrolled}{text.strip().partition('@')[0].removeprefix(match[1])}"
        match = _NAME.fullmatch(text)
    if not match or match[1] not in graph.blocks:
        name = match[1] if match else text
        if match and match[3] and found(graph, name, 1):
            raise SheetnnError(f"{text}: has no epoch {match[3]}; expected 1 to {sheet_epochs(graph)}")
        raise SheetnnError(f"no block {name!r} in this workbook{nearest(name, graph.blocks)}")
    block, first = graph[match[1]], graph.first_epoch
    index = None
    if match[2]:
        index = tuple(int(n) - 1 for n in match[2].split(","))
        shape = ",".join(map(str, block.shape))
        if len(index) != len(block.shape):
            sizes = f"{len(block.shape)} ({shape})" if shape else "none"
            raise SheetnnError(f"{text}: {len(index)} numbers in brackets; {block.name} takes {sizes}")
        if not all(0 <= n < size for n, size in zip(index, block.shape, strict=True)):
            raise SheetnnError(f"{text}: outside the block; {block.name} has the sizes {shape}, counted from 1")
    epoch = int(match[3]) if match[3] else None
    if epoch is not None and not block.repeated:
        raise SheetnnError(f"{text}: {block.name} stands once, for all epochs; leave out @{epoch}")
    if epoch is not None and not first <= epoch < first + graph.epochs:
        raise SheetnnError(f"{text}: has no epoch {epoch}; expected {first} to {first + graph.epochs - 1}")
    return block, index, epoch


def parse_address(text: str, sheets: list[str]) -> tuple[str, int, int]:
    """Sheet, row and column of `'学习'!$L$14` in either case. Raises SheetnnError with the nearest sheet."""
    name, _, cell = text.strip().rpartition("!")
    if name.startswith("'") and name.endswith("'") and len(name) > 1:
        name = name[1:-1].replace("''", "'")
    sheet = name if name in sheets else next((one for one in sheets if one.lower() == name.lower()), None)
    if sheet is None:
        raise SheetnnError(f"no sheet {name!r}; the workbook has {', '.join(sheets)}{nearest(name, sheets)}")
    match = _CELL.fullmatch(cell.strip())
    if not match:
        raise SheetnnError(f"{text}: {cell!r} is no address of one cell; expected for example {sheet}!B3")
    row, column = int(match[2]), column_number(match[1].upper())
    if not (1 <= row <= MAX_ROWS and column <= MAX_COLUMNS):
        raise SheetnnError(f"{text}: beyond the last cell of a sheet, XFD{MAX_ROWS}")
    return sheet, row, column


def cell_of(model: Model, spot: Spot) -> tuple[str, int, int]:
    """Sheet, row and column of a spot whose block has a place."""
    name, index, epoch = spot
    place, block = model.layout.places[name], model.graph[name]
    at = dict(zip(block.axes, index, strict=True))
    if epoch is not None:
        at[EPOCH] = epoch - model.graph.first_epoch
    return (model.layout.sheet_name(place.sheet), *place.at(at))


def owner(model: Model, sheet: str, row: int, column: int) -> Spot | None:
    """The spot whose cell this is; None for a cell of no block."""
    for block, place in model.layout.placed():
        if model.layout.sheet_name(place.sheet) == sheet:
            rows, columns = spots(block, place, model.graph)
            for found in np.argwhere((rows == row) & (columns == column)).tolist():
                return _spot(model.graph, block, found)
    return None


def neighbour(model: Model, sheet: str, row: int, column: int) -> Spot | None:
    """The spot whose cell is nearest on the same sheet."""
    best: tuple[int, Spot] | None = None
    for block, place in model.layout.placed():
        if model.layout.sheet_name(place.sheet) == sheet:
            rows, columns = spots(block, place, model.graph)
            apart = np.abs(rows - row) + np.abs(columns - column)
            at = np.unravel_index(int(apart.argmin()), apart.shape)
            if best is None or int(apart[at]) < best[0]:
                best = int(apart[at]), _spot(model.graph, block, [int(n) for n in at])
    return best[1] if best else None


def label_at(model: Model, sheet: str, row: int, column: int) -> str | None:
    """The text of the label that covers a cell; None where there is none."""
    for label in model.layout.labels:
        if model.layout.sheet_name(label.sheet) == sheet:
            epoch = _covers(label, row, column)
            if epoch is not None:
                return str(label.text).replace("{epoch}", str(epoch + model.graph.first_epoch))
    return None


def _covers(label: Label, row: int, column: int) -> int | None:
    """The epoch, from 0, of the copy of a label that covers a cell."""
    sizes = [count for count, _ in label.each.values()]
    for spot in np.ndindex(*sizes):
        moves = [(n * step[0], n * step[1]) for n, (_, step) in zip(spot, label.each.values(), strict=True)]
        down, right = sum(move[0] for move in moves), sum(move[1] for move in moves)
        inside = label.row + down <= row <= label.last_row + down
        if inside and label.column + right <= column <= label.last_column + right:
            return dict(zip(label.each, spot, strict=True)).get(EPOCH, 0)
    return None


def _spot(graph: Graph, block: Block, found: list[int]) -> Spot:
    if block.repeated:
        return block.name, tuple(found[1:]), found[0] + graph.first_epoch
    return block.name, tuple(found), None


def grouped(graph: Graph, cells: list[Spot]) -> list[Named]:
    """Cells by block, in the order in which the blocks come."""
    masks: dict[str, NDArray[Any]] = {}
    for name, index, epoch in cells:
        block = graph[name]
        shape = (graph.epochs, *block.shape) if block.repeated else block.shape
        spot = index if epoch is None else (epoch - graph.first_epoch, *index)
        masks.setdefault(name, np.zeros(shape, bool))[spot] = True
    return ranged(graph, masks)


def ranged(graph: Graph, masks: Mapping[str, NDArray[Any]]) -> list[Named]:
    """Masks as named ranges, block by block."""
    found = []
    for name, mask in masks.items():
        ranges: list[str] = []
        rest = mask.copy()
        while rest.any() and len(ranges) < MOST_BOXES:
            box = _box(rest)
            rest[tuple(slice(start, end) for start, end in box)] = False
            ranges.append(_range_name(graph, graph[name], box))
        found.append(Named(name, int(mask.sum()), tuple(ranges), int(rest.sum())))
    return found


def _box(mask: NDArray[Any]) -> list[tuple[int, int]]:
    """The largest box of marked cells that grows from the first one, along the last axis first."""
    first = np.unravel_index(int(mask.argmax()), mask.shape)
    box = [(int(n), int(n) + 1) for n in first]
    for axis in reversed(range(mask.ndim)):
        while box[axis][1] < mask.shape[axis]:
            wider = [(end, end + 1) if n == axis else span for n, span in enumerate(box) for end in [span[1]]]
            if not mask[tuple(slice(start, end) for start, end in wider)].all():
                break
            box[axis] = (box[axis][0], box[axis][1] + 1)
    return box


def _range_name(graph: Graph, block: Block, box: list[tuple[int, int]]) -> str:
    spans = [(start + 1, end) for start, end in box]
    epoch = ""
    if block.repeated:
        start, end = spans.pop(0)
        epoch = "@" + _span(start + graph.first_epoch - 1, end + graph.first_epoch - 1)
    return f"{block.name}{'[' + ','.join(_span(*span) for span in spans) + ']' if spans else ''}{epoch}"


def _span(start: int, end: int) -> str:
    return str(start) if start == end else f"{start}..{end}"


def address(cell: tuple[str, int, int]) -> str:
    """`学习!L14`, for reading."""
    return f"{cell[0]}!{cell_name(cell[1], cell[2])}"
