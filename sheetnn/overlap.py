"""Overlaps: two blocks, labels or epochs that claim one cell of a sheet, found before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .address import MAX_COLUMNS, cell_name
from .errors import LayoutError, quoted
from .graph import Block
from .ops import EPOCH, IMAGE
from .sheet import Label, Sheet, Step

if TYPE_CHECKING:
    from .layout import Layout, Place

_ROW = MAX_COLUMNS + 1
"""What a cell's number grows by from row to row."""
MOST = 4_000_000
"""Cells that the labels of a sheet may cover; shipped ones cover some thousands."""
Cells = NDArray[np.int64]
_Owner = str | Label
"""The name of a block, or a label."""
_Part = tuple[_Owner, Cells]
"""With its cells in the first epoch."""
_Found = tuple[_Owner, _Owner, int] | None
"""Two owners of one cell, and its number."""


@dataclass(frozen=True)
class _Claims:
    """Who claims which cells: numbers of cells in order, and for each that of its owner."""

    cells: Cells
    owners: NDArray[np.intp]
    names: Sequence[_Owner]

    @staticmethod
    def of(parts: Sequence[_Part]) -> _Claims:
        cells = np.concatenate([np.empty(0, np.int64), *(cells for _, cells in parts)])
        owners = np.repeat(np.arange(len(parts)), [len(cells) for _, cells in parts])
        order = np.argsort(cells, kind="stable")
        return _Claims(cells[order], owners[order], [name for name, _ in parts])

    def twice(self) -> _Found:
        """Two owners of one cell."""
        at = np.flatnonzero(self.cells[1:] == self.cells[:-1])
        if not len(at):
            return None
        return self.names[self.owners[at[0]]], self.names[self.owners[at[0] + 1]], int(self.cells[at[0]])

    def meets(self, other: _Claims, shift: int) -> _Found:
        """An owner here and one of `other`, moved by `shift`, of one cell."""
        if not len(self.cells) or not len(other.cells):
            return None
        low, high = np.searchsorted(self.cells, (other.cells[0] + shift, other.cells[-1] + shift + 1))
        if low == high:
            return None
        mine = self.cells[low:high]
        at = np.minimum(np.searchsorted(other.cells, mine - shift), len(other.cells) - 1)
        hit = np.flatnonzero(other.cells[at] == mine - shift)
        if not len(hit):
            return None
        one = int(hit[0])
        return self.names[self.owners[low + one]], other.names[other.owners[at[one]]], int(mine[one])


def check_overlaps(layout: Layout, sheet: Sheet) -> None:
    """Raise LayoutError where two blocks, labels or merged ranges of a sheet, of any epochs, share a cell."""
    assert layout.graph is not None
    epochs = layout.graph.epochs
    blocks, labels = layout.on(sheet.id), layout.labels_on(sheet.id)
    if sum(_area(label) * _count(label) for label in labels) > MOST:
        raise LayoutError(f"sheet {sheet.name}: its labels cover more than {MOST:,} cells; make their ranges smaller")
    step = layout.epoch_step(sheet.id)
    near = _near(blocks, labels, step, epochs)
    still: list[_Part] = []
    moving: list[_Part] = []
    for block, place in near:
        rows, columns = place.cells(block.axes)
        (moving if block.repeated else still).append((block.name, (rows * _ROW + columns).ravel()))
    for label in labels:
        (moving if EPOCH in label.each else still).append((label, _cells(label)))
    _check(sheet, still, moving, step, epochs)
    still, moving = [], []
    for label in labels:
        if label.merged:
            (moving if EPOCH in label.each else still).append((label, _cells(label, whole=True)))
    _check(sheet, still, moving, step, epochs)


def _check(sheet: Sheet, still: Sequence[_Part], moving: Sequence[_Part], step: Step, epochs: int) -> None:
    """Refuse what claims a cell twice, of those that stand once and those that stand in each epoch."""
    _refuse(sheet, _Claims.of([*still, *moving]).twice())
    first, once = _Claims.of(moving), _Claims.of(still)
    for epoch in _meeting(first, first, step, epochs):
        _refuse(sheet, first.meets(first, epoch * (step[0] * _ROW + step[1])), (1, epoch + 1))
    for epoch in _meeting(once, first, step, epochs):
        _refuse(sheet, once.meets(first, epoch * (step[0] * _ROW + step[1])), (0, epoch + 1))


def _meeting(one: _Claims, other: _Claims, step: Step, epochs: int) -> Iterator[int]:
    """The epochs after the first in which the rows and columns of `other` may meet those of `one`."""
    if epochs < 2 or not len(one.cells) or not len(other.cells):
        return
    spans = []
    for side in (0, 1):
        mine, its = (np.divmod(claims.cells, _ROW)[side] for claims in (one, other))
        spans.append((int(mine.min() - its.max()), int(mine.max() - its.min())))
    low, high = 1, epochs - 1
    for (least, most), move in zip(spans, step, strict=True):
        if move == 0:
            high = high if least <= 0 <= most else 0
        else:
            least, most = sorted((least * move, most * move))  # of move², so that signs fall away
            low, high = max(low, -(-least // move**2)), min(high, most // move**2)
    yield from range(low, high + 1)


def _refuse(sheet: Sheet, found: _Found, epochs: tuple[int, int] = (0, 0)) -> None:
    if found is None:
        return
    (one, other), number = (_told(owner) for owner in found[:2]), found[2]
    cell = f"{sheet.name}!{cell_name(*divmod(number, _ROW))}"
    if one == other and not epochs[1]:
        raise LayoutError(f"{one} claims {cell} twice; mend its steps")
    if epochs[1]:
        one, other = one + (f" of epoch {epochs[0]}" if epochs[0] else ""), f"{other} of epoch {epochs[1]}"
    raise LayoutError(f"{one} and {other} both claim {cell}; move one of them")


def _told(owner: _Owner) -> str:
    """A block or a label in a message, the latter with its cells."""
    if isinstance(owner, str):
        return owner
    label = owner
    first, last = cell_name(label.row, label.column), cell_name(label.last_row, label.last_column)
    return f"label {quoted(str(label.text))} at {first if first == last else f'{first}:{last}'}"


def _area(label: Label) -> int:
    return (label.last_row - label.row + 1) * (label.last_column - label.column + 1)


def _count(label: Label) -> int:
    return label.each[IMAGE][0] if IMAGE in label.each else 1


def _cells(label: Label, whole: bool = False) -> Cells:
    """The numbers of a label's cells in the first epoch; of one that covers, without the block's unless `whole`."""
    if _area(label) == 1 and IMAGE not in label.each:
        return np.array([] if label.cover and not whole else [label.row * _ROW + label.column], np.int64)
    count, (down, right) = label.each.get(IMAGE, (1, (0, 0)))
    rows, columns = np.arange(label.row, label.last_row + 1), np.arange(label.column, label.last_column + 1)
    one = np.add.outer(rows * _ROW, columns).ravel()[0 if whole or not label.cover else 1 :]
    return np.add.outer(np.arange(count) * (down * _ROW + right), one).ravel()


def _near(
    blocks: Sequence[tuple[Block, Place]], labels: Sequence[Label], step: Step, epochs: int
) -> list[tuple[Block, Place]]:
    """The blocks that could share a cell with another block, with a label or with themselves, in any epoch."""
    if not blocks:
        return []
    last = np.array([epochs - 1 if block.repeated else 0 for block, _ in blocks])
    boxes = np.array([sum(place.box_of(block.axes), ()) for block, place in blocks])
    meets = _reach(boxes, last, boxes, last, step)
    np.fill_diagonal(meets, False)
    near = meets.any(axis=1)
    near |= (last > 0) & (abs(step[0]) <= boxes[:, 2] - boxes[:, 0]) & (abs(step[1]) <= boxes[:, 3] - boxes[:, 1])
    if labels:
        around = np.array([_box(label) for label in labels])
        far = np.array([epochs - 1 if EPOCH in label.each else 0 for label in labels])
        near |= _reach(boxes, last, around, far, step).any(axis=1)
    return [one for one, met in zip(blocks, near.tolist(), strict=True) if met or not one[1].apart(one[0].axes)]


def _box(label: Label) -> tuple[int, int, int, int]:
    count, (down, right) = label.each.get(IMAGE, (1, (0, 0)))
    down, right = down * (count - 1), right * (count - 1)
    ends = label.row + min(0, down), label.column + min(0, right)
    return (*ends, label.last_row + max(0, down), label.last_column + max(0, right))


def _reach(one: Any, last: Any, other: Any, far: Any, step: Step) -> NDArray[np.bool_]:
    """Whether boxes (top, left, bottom, right) of `one` meet those of `other`, each in any epoch up to its last."""
    low = np.broadcast_to(-last[:, None], (len(one), len(other))).astype(float)
    high = np.broadcast_to(far[None, :], (len(one), len(other))).astype(float)
    for side, move in enumerate(step):
        least = one[:, None, side] - other[None, :, side + 2]
        most = one[:, None, side + 2] - other[None, :, side]
        if move == 0:
            high = np.where((least <= 0) & (most >= 0), high, -np.inf)
        else:
            ends = np.stack((least / move, most / move))
            low, high = np.maximum(low, np.ceil(ends.min(axis=0))), np.minimum(high, np.floor(ends.max(axis=0)))
    return np.asarray(low <= high)
