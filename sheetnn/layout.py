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

from .address import MAX_COLUMNS, MAX_ROWS
from .errors import FullError, LayoutError, quoted
from .graph import Block, Graph
from .names import folded
from .ops import EPOCH, IMAGE
from .overlap import check_overlaps
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

    def box_of(self, axes: Mapping[str, int], epoch: int = 0) -> tuple[tuple[int, int], tuple[int, int]]:
        """First and last row and column of all elements, without making a list of them."""
        first = last = self.at({EPOCH: epoch})
        for axis, size in axes.items():
            down, right = ((size - 1) * step for step in self.step(axis))
            first = first[0] + min(0, down), first[1] + min(0, right)
            last = last[0] + max(0, down), last[1] + max(0, right)
        return first, last

    def apart(self, axes: Mapping[str, int]) -> bool:
        """Whether all elements surely have cells of their own, as each axis steps over all that lies within it."""
        for side in (0, 1):
            moves = sorted((abs(self.step(axis)[side]), size) for axis, size in axes.items() if size > 1)
            reach = 0
            for step, size in moves:
                if 0 < step <= reach:
                    return False
                reach += step * (size - 1)
        return all((self.step(axis)[0] == 0) != (self.step(axis)[1] == 0) for axis, size in axes.items() if size > 1)


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

    @cached_property
    def _on(self) -> dict[str, list[tuple[Block, Place]]]:
        """The blocks that have cells, by sheet."""
        found: dict[str, list[tuple[Block, Place]]] = {}
        for block, place in self.placed():
            found.setdefault(place.sheet, []).append((block, place))
        return found

    def on(self, sheet_id: str) -> list[tuple[Block, Place]]:
        """The blocks that have cells on a sheet, in the graph's order."""
        return self._on.get(sheet_id, [])

    @cached_property
    def _labelled(self) -> dict[str, list[Label]]:
        """The labels, by sheet."""
        found: dict[str, list[Label]] = {}
        for label in self.labels:
            found.setdefault(label.sheet, []).append(label)
        return found

    def epoch_step(self, sheet_id: str) -> Step:
        """How far apart the epochs of a sheet are. Raises LayoutError where blocks or labels disagree."""
        steps = {place.step(EPOCH) for block, place in self.on(sheet_id) if block.repeated}
        steps |= {label.each[EPOCH][1] for label in self.labels_on(sheet_id) if EPOCH in label.each}
        if len(steps) > 1:
            name = self.sheet_name(sheet_id)
            raise LayoutError(f"sheet {name}: epochs are {sorted(steps)} apart; one step serves all blocks")
        return steps.pop() if steps else (0, 0)

    def labels_on(self, sheet_id: str) -> list[Label]:
        """The labels of a sheet."""
        return self._labelled.get(sheet_id, [])

    @cached_property
    def _ends(self) -> dict[str, tuple[int, int]]:
        """Last row and last column with a label, by sheet."""
        ends: dict[str, tuple[int, int]] = {}
        for label in self.labels:
            row = label.last_row + sum((count - 1) * step[0] for count, step in label.each.values())
            column = label.last_column + sum((count - 1) * step[1] for count, step in label.each.values())
            before = ends.get(label.sheet, (1, 1))
            ends[label.sheet] = max(row, before[0]), max(column, before[1])
        return ends

    def extent(self, sheet_id: str) -> tuple[int, int]:
        """Last row and last column that a block or label of the sheet uses."""
        assert self.graph is not None
        found = [self._ends.get(sheet_id, (1, 1))]
        for block, place in self.on(sheet_id):
            last = self.graph.epochs - 1 if block.repeated else 0
            found += [place.box_of(block.axes, epoch)[1] for epoch in {0, last}]
        return max(row for row, _ in found), max(column for _, column in found)

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
        """Raise LayoutError for blocks without a place and overlapping cells, FullError beyond Excel's limits."""
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
        self._check_labels()
        self._check_names()
        for sheet in self.sheets:
            row, column = self.extent(sheet.id)
            if row > MAX_ROWS or column > MAX_COLUMNS:
                raise FullError(
                    f"sheet {sheet.name}: its labels reach row {row:,} and column {column:,}; "
                    f"a sheet has {MAX_ROWS:,} and {MAX_COLUMNS:,}"
                )
            check_overlaps(self, sheet)

    def _check_limits(self, block: Block, place: Place, epochs: int) -> None:
        ends = {axis: size - 1 for axis, size in block.axes.items()}
        if block.repeated:
            ends[EPOCH] = epochs - 1
        row, column = place.row, place.column
        for axis, end in ends.items():
            down, right = place.step(axis)
            row, column = row + max(0, down * end), column + max(0, right * end)
        sheet = self.sheet_name(place.sheet)
        counts = ", ".join(f"{end + 1:,} {axis}s" for axis, end in ends.items() if axis in (EPOCH, IMAGE))
        for needed, limit, what in ((row, MAX_ROWS, "rows"), (column, MAX_COLUMNS, "columns")):
            if needed > limit:
                told = f" ({counts})" if counts else ""
                raise FullError(
                    f"{block.name}: sheet {sheet} would need {needed:,} {what}{told}; a sheet has {limit:,}"
                )
        if min(min(place.box_of(block.axes, epoch)[0]) for epoch in (0, ends.get(EPOCH, 0))) < 1:
            whose = "its steps" if min(place.box_of(block.axes)[0]) < 1 else "the step of the epochs"
            raise LayoutError(f"{block.name}: some of its cells lie above or left of sheet {sheet}; mend {whose}")

    def _check_labels(self) -> None:
        """No label above or left of its sheet, in any epoch."""
        for label in (label for label in self.labels if label.each):
            for side, first in enumerate((label.row, label.column)):
                if first + sum(min(0, (count - 1) * step[side]) for count, step in label.each.values()) < 1:
                    raise LayoutError(
                        f"label {quoted(str(label.text))}: some of its cells lie above or left of sheet "
                        f"{self.sheet_name(label.sheet)}; mend the steps along which it is repeated"
                    )

    def _check_names(self) -> None:
        """No two sheets that a spreadsheet would take for one."""
        names: set[str] = set()
        for sheet in self.sheets:
            if folded(sheet.name) in names:
                raise LayoutError(f"two sheets are named {sheet.name!r}; give one of them another name")
            names.add(folded(sheet.name))
