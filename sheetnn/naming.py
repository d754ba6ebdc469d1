"""The names of a workbook's cells: block, position in it and epoch, looked up row by row as a file is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .address import column_number
from .cells import Rows
from .graph import Graph
from .model import Model


class Owner(NamedTuple):
    """What a cell is: flat position in its block, and the epoch, both counted from 0 (None: it stands once)."""

    block: str
    position: int
    epoch: int | None

    def flat(self, size: int) -> int:
        """The position counted through the epochs, for a block of `size` cells."""
        return (self.epoch or 0) * size + self.position

    def spot(self, graph: Graph) -> tuple[int, ...]:
        """Counted from 1, as the book does."""
        return tuple(int(n) + 1 for n in np.unravel_index(self.position, graph[self.block].shape))

    def shown_epoch(self, graph: Graph) -> int | None:
        return None if self.epoch is None else self.epoch + graph.first_epoch

    def name(self, graph: Graph) -> str:
        """`hidden.w[1,3]@1`."""
        index = ",".join(map(str, self.spot(graph)))
        epoch = self.shown_epoch(graph)
        return f"{self.block}{f'[{index}]' if index else ''}{'' if epoch is None else f'@{epoch}'}"


class SheetNames:
    """The owners of the cells of one sheet, asked for by rows from top to bottom."""

    def __init__(self, model: Model, sheet: str) -> None:
        ids = [one.id for one in model.layout.sheets if one.name == sheet]
        self._rows = iter(Rows(model.graph, model.layout, ids[0])) if ids else iter(())
        self._row = next(self._rows, None)
        self._number = 0
        self._owners: dict[int, Owner] = {}

    def owners(self, number: int) -> Mapping[int, Owner]:
        """By column the owners of the cells in row `number`, which is not above one asked for before."""
        if number != self._number:
            while self._row is not None and self._row.number < number:
                self._row = next(self._rows, None)
            self._number, self._owners = number, {}
            if self._row is not None and self._row.number == number:
                cells = zip(self._row.columns, self._row.owners, self._row.epochs, strict=True)
                self._owners = {column_number(c): Owner(*owner, epoch) for c, owner, epoch in cells if owner[0]}
        return self._owners
