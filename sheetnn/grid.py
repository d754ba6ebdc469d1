"""The numbers of a sheet as one array, and everything else that stands in it beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .reader import Reader

Extents = Mapping[str, tuple[int, int]]  # sheet name -> rows, columns


@dataclass
class Grid:
    """Cells A1 to (rows, columns): `numbers` (NaN where there is none) and `others` (text, truth, error)."""

    numbers: NDArray[Any]
    others: dict[tuple[int, int], Any] = field(default_factory=dict)

    @staticmethod
    def empty(rows: int, columns: int) -> Grid:
        return Grid(np.full((rows, columns), np.nan))

    def put(self, row: int, column: int, value: Any) -> None:
        """Set a cell; outside the extents it is dropped."""
        if row <= self.numbers.shape[0] and column <= self.numbers.shape[1]:
            if isinstance(value, bool) or not isinstance(value, int | float):
                if value is not None:
                    self.others[row, column] = value
            else:
                self.numbers[row - 1, column - 1] = value

    def get(self, row: int, column: int) -> Any:
        """The value of a cell, None if it is empty."""
        if (row, column) in self.others:
            return self.others[row, column]
        number = float(self.numbers[row - 1, column - 1])
        return None if np.isnan(number) else number


def read_grids(path: Path, extents: Extents) -> dict[str, Grid]:
    """The stored values of an xlsx file within `extents`. Raises FileError."""
    grids = {sheet: Grid.empty(*size) for sheet, size in extents.items()}
    with Reader(path) as reader:
        for sheet in grids:
            put = grids[sheet].put
            for row, cells in reader.rows(sheet):
                for cell in cells:
                    put(row, cell.column, cell.value)
    return grids
