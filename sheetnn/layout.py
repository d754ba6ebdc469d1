"""Where blocks sit: places with strides, the sheets around them, and the check that all of it fits.

A layout never computes: the same graph works in the book's pages (`sheetnn.pages`) and in a generic
stacked one (`sheetnn.stacked`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .address import MAX_COLUMNS, MAX_ROWS, cell_name
from .errors import LayoutError
from .graph import Block, Graph
from .ops import EPOCH, IMAGE
from .sheet import Band, Chart, Choice, Label, Link, Note, Rule, Sheet, Solver, Step


@dataclass(frozen=True)
class Place:
    """Element 0 of a block, and how many (rows, columns) one step along each axis moves.

    `box` lists the axes that one outline encloses; `format` and `role` override what the role says.
    """

    sheet: str
    row: int
    column: int
    steps: Mapping[str, Step]
    format: str | tuple[str, ...] | None = None  # several: one for each position along the first axis
    role: str | None = None
    box: tuple[str, ...] | None = None
    outline: str = "thin"

    def step(self, axis: str) -> Step:
        return self.steps.get(axis, (0, 0))

    def at(self, index: Mapping[str, int]) -> tuple[int, int]:
        row, column = self.row, self.column
        for axis, position in index.items():
            down, right = self.step(axis)
            row, column = row + down * position, column + right * position
        return row, column

    def cells(self, axes: Mapping[str, int], epoch: int = 0) -> tuple[NDArray[Any], NDArray[Any]]:
        """Rows and columns of all elements, each as an array of the block's shape."""
        rows, columns = (np.array(x, np.int64) for x in self.at({EPOCH: epoch}))
        for axis, size in axes.items():
            down, right = self.step(axis)
            rows = np.add.outer(rows, down * np.arange(size))
            columns = np.add.outer(columns, right * np.arange(size))
        return rows, columns


@dataclass(frozen=True)
class Layout:
    """Places of blocks by name, with the sheets, bands and labels around them."""

    sheets: tuple[Sheet, ...]
    places: Mapping[str, Place]
    bands: Mapping[str, Band] = field(default_factory=dict)
    labels: tuple[Label, ...] = ()
    charts: tuple[Chart, ...] = ()
    solvers: tuple[Solver, ...] = ()
    rules: tuple[Rule, ...] = ()
    choices: tuple[Choice, ...] = ()
    links: tuple[Link, ...] = ()
    notes: tuple[Note, ...] = ()
    graph: Graph | None = field(default=None, repr=False)

    def sheet_name(self, sheet_id: str) -> str:
        return next(sheet.name for sheet in self.sheets if sheet.id == sheet_id)

    def placed(self) -> list[tuple[Block, Place]]:
        """The blocks that have cells, in the graph's order."""
        assert self.graph is not None
        return [(block, self.places[block.name]) for block in self.graph if block.name in self.places]

    def extent(self, sheet_id: str) -> tuple[int, int]:
        """Last row and last column that a block or label of the sheet uses."""
        assert self.graph is not None
        rows, columns = [1], [1]
        for block, place in self.placed():
            if place.sheet == sheet_id:
                for epoch in (0, self.graph.epochs - 1) if block.repeated else (0,):
                    at = place.cells(block.axes, epoch)
                    rows.append(int(at[0].max()))
                    columns.append(int(at[1].max()))
        for label in self.labels:
            if label.sheet == sheet_id:
                rows.append(label.last_row + sum((count - 1) * step[0] for count, step in label.each.values()))
                columns.append(label.last_column + sum((count - 1) * step[1] for count, step in label.each.values()))
        return max(rows), max(columns)

    @cached_property
    def _tenants(self) -> dict[tuple[str, int], set[tuple[str, int]]]:
        """Who has numbers in which columns of an image, by sheet and row (first epoch)."""
        tenants: dict[tuple[str, int], set[tuple[str, int]]] = {}
        for block, place in self.placed():
            band = self.bands.get(place.sheet)
            if band is not None:
                rows, columns = (array.ravel() for array in place.cells(block.axes))
                inside = columns >= band.column
                spots = set(
                    zip(rows[inside].tolist(), ((columns - band.column) % band.width)[inside].tolist(), strict=True)
                )
                for row, offset in spots:
                    tenants.setdefault((place.sheet, row), set()).add((block.name, offset))
        for label in self.labels:
            band = self.bands.get(label.sheet)
            if band is not None and label.last_column >= band.column and not isinstance(label.text, str):
                tenants.setdefault((label.sheet, label.row), set()).add(("", 0))
        return tenants

    def alone(self, name: str, row: int) -> bool:
        """Whether the images' columns of `row` hold one number each, of block `name`, and nothing else."""
        tenants = self._tenants.get((self.places[name].sheet, row), set())
        return len(tenants) == 1 and all(tenant == name for tenant, _ in tenants)

    def check(self) -> None:
        """Raise LayoutError for blocks without a place, overlapping cells, and sheets beyond Excel's limits."""
        assert self.graph is not None
        graph = self.graph
        lacking = [block.name for block in graph if block.name not in self.places and block.start is not None]
        if lacking:
            them, whose = ("it", "its") if len(lacking) == 1 else ("them", "their")
            raise LayoutError(f"{', '.join(lacking)}: the layout gives {them} no place; {whose} numbers need cells")
        for name in self.places:
            if name not in graph.blocks:
                raise LayoutError(f"{name}: the layout places a block that the network does not have")
        for block, place in self.placed():
            self._check_limits(block, place, graph.epochs)
        for sheet in self.sheets:
            row, column = self.extent(sheet.id)
            if row > MAX_ROWS or column > MAX_COLUMNS:
                raise LayoutError(
                    f"sheet {sheet.name}: its labels reach row {row:,} and column {column:,}; "
                    f"a sheet has {MAX_ROWS:,} and {MAX_COLUMNS:,}"
                )
            self._check_overlap(sheet, graph.epochs)

    def _check_limits(self, block: Block, place: Place, epochs: int) -> None:
        ends = {axis: size - 1 for axis, size in block.axes.items()}
        if block.repeated:
            ends[EPOCH] = epochs - 1
        row, column = place.row, place.column
        for axis, end in ends.items():
            down, right = place.step(axis)
            row, column = row + max(0, down * end), column + max(0, right * end)
        sheet = self.sheet_name(place.sheet)
        counts = ", ".join(f"{end + 1} {axis}s" for axis, end in ends.items() if axis in (EPOCH, IMAGE))
        if row > MAX_ROWS:
            raise LayoutError(
                f"{block.name}: sheet {sheet} would need {row:,} rows ({counts}); a sheet has {MAX_ROWS:,}; "
                f"use fewer epochs{self._at_most(EPOCH)} or images"
            )
        if column > MAX_COLUMNS:
            images = self._at_most(IMAGE) if place.sheet in self.bands else ""  # elsewhere they move other places
            raise LayoutError(
                f"{block.name}: sheet {sheet} would need {column:,} columns ({counts}); a sheet has "
                f"{MAX_COLUMNS:,}; use fewer images{images} or units"
            )
        rows, columns = place.cells(block.axes)
        if rows.min() < 1 or columns.min() < 1:
            raise LayoutError(f"{block.name}: some of its cells lie above or left of sheet {sheet}; mend its steps")

    def _at_most(self, axis: str) -> str:
        """` (at most 37)`: how many epochs or images every sheet has room for, all else unchanged."""
        assert self.graph is not None
        most: list[int] = []
        for block, place in self.placed():
            sizes = {**block.axes, EPOCH: self.graph.epochs} if block.repeated else block.axes
            if axis in sizes and (axis == EPOCH or block.group != "test"):  # test pictures are others
                others = [(place.step(other), size - 1) for other, size in sizes.items() if other != axis]
                most += _room((place.row, place.column), others, place.step(axis))
        for label in self.labels:
            if axis in label.each and (axis == EPOCH or label.sheet != "test"):
                others = [(step, count - 1) for other, (count, step) in label.each.items() if other != axis]
                most += _room((label.last_row, label.last_column), others, label.each[axis][1])
        fits = min(most, default=0)
        return f" (at most {fits:,})" if fits > 0 else ""

    def _check_overlap(self, sheet: Sheet, epochs: int) -> None:
        owners, keys = [], []
        for block, place in self.placed():
            if place.sheet == sheet.id:
                for epoch in sorted({0, min(1, epochs - 1), epochs - 1}) if block.repeated else (0,):
                    rows, columns = place.cells(block.axes, epoch)
                    keys.append((rows * (MAX_COLUMNS + 1) + columns).ravel())
                    owners.append(block.name)
        if not keys:
            return
        every, owner = np.concatenate(keys), np.repeat(np.arange(len(keys)), [len(some) for some in keys])
        order = np.argsort(every, kind="stable")
        twice = np.flatnonzero(every[order][1:] == every[order][:-1])
        if len(twice):
            one, other = order[twice[0]], order[twice[0] + 1]
            cell = cell_name(*divmod(int(every[one]), MAX_COLUMNS + 1))
            raise LayoutError(
                f"{owners[owner[one]]} and {owners[owner[other]]} both claim {sheet.name}!{cell}; move one of them"
            )


def _room(start: Step, others: list[tuple[Step, int]], step: Step) -> list[int]:
    """How many steps, the first included, end within a sheet: for rows and for columns, if they move."""
    room = []
    for side, limit in enumerate((MAX_ROWS, MAX_COLUMNS)):
        if step[side] > 0:
            last = start[side] + sum(max(0, other[side]) * count for other, count in others)
            room.append((limit - last) // step[side] + 1)
    return room
