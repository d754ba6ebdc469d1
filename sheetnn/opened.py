"""A workbook as it is explained: what its cells hold beside what follows from its inputs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from .errors import RecipeError, SheetnnError
from .graph import Block, Values
from .grid import Grid
from .model import Model
from .reader import Reader, StoredCell
from .report import Report
from .stored import extents, inputs_of, read_model, spots
from .tolerance import Tolerance, tolerances
from .writer import STORE

At = tuple[str, int, int]
"""Sheet, row, column."""


def own_model(path: Path, verb: str) -> Model:
    """The model of a workbook that may be explained. Raises FileError, and RecipeError for an exercise."""
    model = read_model(path)
    if model.exercise is not None:
        raise RecipeError(f"{path}: is an exercise, and its answers would be told; {verb} takes a whole workbook")
    return model


@dataclass(frozen=True)
class Opened:
    """The stored values of the model's sheets, and the cells that were asked for with their formulas."""

    path: Path
    model: Model
    grids: dict[str, Grid]
    cells: dict[At, StoredCell]

    @cached_property
    def _computed(self) -> tuple[Values, Tolerance | None, str]:
        """Values that follow from the inputs, their bounds, and why there are none."""
        report = Report(str(self.path), self.model.recipe.id, 0)
        inputs = inputs_of(self.model, self.grids, report)
        if report.mismatches:
            first = report.mismatches[0]
            return {}, None, f"{first.sheet}!{first.cell} ({first.where}): {first.got!r}"
        try:
            values = self.model.graph.evaluate(inputs)
            return values, tolerances(self.model.graph, values, inputs), ""
        except SheetnnError as error:
            return {}, None, str(error)

    @property
    def values(self) -> Values:
        return self._computed[0]

    @property
    def trouble(self) -> str:
        """Why nothing follows from the inputs; empty if it does."""
        return self._computed[2]

    def bounds(self, name: str) -> Any:
        """|stored - computed| that `verify` allows, an array of the block's values; None for texts."""
        found = self._computed[1]
        if found is None or name not in found.base:
            return None
        return np.maximum(found.base[name], found.scaled[name])

    @cached_property
    def engine(self) -> dict[str, Grid]:
        """The computed values at their cells."""
        grids = {sheet: Grid.empty(*size) for sheet, size in extents(self.model.layout).items()}
        for block, place in self.model.layout.placed():
            if block.name in self.values:
                _fill(grids[self.model.layout.sheet_name(place.sheet)], self.model, block, self.values[block.name])
        return grids

    def stored(self, at: At) -> Any:
        """What a cell holds in the file, within the model's sheets or among those asked for."""
        if at in self.cells:
            return self.cells[at].value
        return self.grids[at[0]].get(at[1], at[2]) if self.inside(at) else None

    def inside(self, at: At) -> bool:
        """Whether the grids hold this cell, be it blank."""
        grid = self.grids.get(at[0])
        return grid is not None and at[1] <= grid.numbers.shape[0] and at[2] <= grid.numbers.shape[1]


def _fill(grid: Grid, model: Model, block: Block, values: Any) -> None:
    rows, columns = spots(block, model.layout.places[block.name], model.graph)
    if values.dtype.kind in "fi":
        grid.numbers[rows - 1, columns - 1] = values
    else:
        for spot in np.ndindex(values.shape):
            grid.put(int(rows[spot]), int(columns[spot]), np.asarray(values[spot]).item())


def open_book(path: Path, model: Model, wanted: Collection[At]) -> Opened:
    """Read a workbook once, with the formulas of the `wanted` cells. Raises FileError."""
    ours = extents(model.layout)
    grids = {sheet: Grid.empty(*size) for sheet, size in ours.items()}
    cells: dict[At, StoredCell] = {}
    keep = {(sheet, row) for sheet, row, _ in wanted}
    with Reader(path) as reader:
        for sheet in dict.fromkeys([*ours, *(sheet for sheet, _, _ in wanted if sheet != STORE)]):
            grid = grids.get(sheet)
            for number, row in reader.rows(sheet):
                if grid is not None:
                    for cell in row:
                        grid.put(number, cell.column, cell.value)
                if (sheet, number) in keep:
                    cells |= {(sheet, number, cell.column): cell for cell in row}
    asked = set(wanted)
    return Opened(path, model, grids, {at: cell for at, cell in cells.items() if at in asked})


def with_cells(book: Opened, wanted: Collection[At]) -> Opened:
    """The same with cells beside the model's sheets, for a formula that looks there."""
    found = dict(book.cells)
    with Reader(book.path) as reader:
        for sheet in {sheet for sheet, _, _ in wanted} & set(reader.sheets):
            rows = {row for name, row, _ in wanted if name == sheet}
            for number, row in reader.rows(sheet):
                if number in rows:
                    found |= {at: cell for cell in row if (at := (sheet, number, cell.column)) in wanted}
    return replace(book, cells=found)


def sheets_of(path: Path) -> list[str]:
    """The names of a workbook's sheets. Raises FileError."""
    with Reader(path) as reader:
        return reader.sheets
