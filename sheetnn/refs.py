"""Refs: an argument's cells as another block's formula sees them.

A coordinate that moves when the formula is copied to the next image or epoch is written as a *mark*;
`sheetnn.cells` writes one formula an index and moves the marks, instead of writing each cell anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .address import letters, sheet_prefix
from .errors import LayoutError
from .graph import ANSWER, LATER, Block, Graph, Use
from .ops import EPOCH, IMAGE, Axes, Index

if TYPE_CHECKING:
    from .layout import Layout
    from .sheet import Band

Windows = Mapping[str, tuple[int, int, str]]
"""By axis: first position, size, and the name of the axis within the window."""


def mark(kind: str, value: int, per_image: int, per_epoch: int) -> str:
    """A row (`r`) or column (`c`) number; with steps, a mark that `sheetnn.cells` fills in for each copy."""
    if per_image or per_epoch:
        return f"\x02{kind}{value},{per_image},{per_epoch}\x03"
    return letters(value) if kind == "c" else str(value)


@dataclass(frozen=True)
class Area:
    """A rectangle: its A1 text, and the axes with their sizes that run down and across it."""

    text: str
    corner: tuple[str, int, int]
    down: tuple[tuple[str, int], ...]
    across: tuple[tuple[str, int], ...]

    @property
    def count(self) -> int:
        count = 1
        for _, size in self.down + self.across:
            count *= size
        return count

    def left_of(self, other: Area) -> bool:
        """Whether both are columns of one height, side by side."""
        sheet, row, column = self.corner
        return (
            not self.across
            and not other.across
            and self.count == other.count
            and (other.corner == (sheet, row, column + 1))
        )

    @property
    def shape(self) -> str:
        down, across = ("·".join(f"{axis} {size}" for axis, size in some) or "1" for some in (self.down, self.across))
        return f"{self.text}: {down} down, {across} across"


class Ref:
    """The block of one argument, seen from `consumer`."""

    def __init__(self, graph: Graph, layout: Layout, consumer: Block, use: Use) -> None:
        self._graph, self._layout, self._consumer, self._use = graph, layout, consumer, use
        self._block = graph[use.name]
        self._place = layout.places.get(use.name)
        if self._place is None and self._block.op is None:
            raise LayoutError(f"{use.name}: the layout gives it no place, and {consumer.name} needs it")

    @property
    def name(self) -> str:
        return self._block.name

    @property
    def blanks(self) -> bool:
        """Whether some of the cells may still be blank."""
        return self._block.role == ANSWER

    @property
    def consumer(self) -> str:
        return self._consumer.name

    @property
    def axes(self) -> Axes:
        if self._use.when == "all" and self._block.repeated:
            return {EPOCH: self._graph.epochs, **self._block.axes}
        return self._block.axes

    def cell(self, index: Index) -> str:
        """The cell at `index` (other axes in it are passed over); a block without a place as (formula)."""
        mine = {axis: index[axis] for axis in self.axes}
        if self._place is None:
            assert self._block.op is not None
            refs = [Ref(self._graph, self._layout, self._consumer, use) for use in self._block.args]
            return f"({self._block.op.formula(mine, *refs)})"
        row, column = self._place.at(mine)
        return self._sheet() + self._corner(row, column, IMAGE in mine)

    def own(self, index: Index) -> str:
        """A cell of the consumer itself, for rules that refer to the cell before."""
        return self.result().cell(index)

    def result(self) -> Ref:
        """The consumer itself, as its own formula sees it."""
        return Ref(self._graph, self._layout, self._consumer, Use(self._consumer.name))

    def area(self, index: Index, windows: Windows | None = None) -> Area | None:
        """The cells over all axes that `index` does not fix; None where they are not one rectangle.

        `windows` narrows an axis to (first position, size) and gives it the name under which it is compared.
        """
        if self._place is None:
            return None
        windows = windows or {}
        fixed = {axis: index[axis] for axis in self.axes if axis in index and axis not in windows}
        free = {axis: size for axis, size in self.axes.items() if axis not in fixed and size > 1}
        free |= {axis: size for axis, (_, size, _) in windows.items()}
        free = {axis: size for axis, size in free.items() if size > 1}
        names = {axis: windows[axis][2] if axis in windows else axis for axis in free}
        sides: list[tuple[tuple[str, int], ...]] = []
        spans = []
        for side in (0, 1):
            steps = {axis: self._place.step(axis) for axis in free}
            mine = sorted(
                (a for a in free if steps[a][side] and not steps[a][1 - side]), key=lambda a: steps[a][side]
            )
            span = 1
            for axis in mine:
                if steps[axis][side] != span:
                    return None
                span *= free[axis]
            spans.append(span)
            sides.append(tuple((names[axis], free[axis]) for axis in reversed(mine)))
        if len(sides[0]) + len(sides[1]) != len(free):
            return None
        row, column = self._place.at({**fixed, **{axis: start for axis, (start, _, _) in windows.items()}})
        text = self._range(row, column, row + spans[0] - 1, column + spans[1] - 1, IMAGE in fixed)
        return Area(text, (self._place.sheet, row, column), *sides)

    def lookup(self, index: Index, chosen: Mapping[str, str]) -> str:
        """INDEX into the cells over the `chosen` axes: by axis the text of a position counted from 0.

        Raises LayoutError for a block without a place, or one whose steps go up or left.
        """
        place = self._place
        if place is None:
            raise LayoutError(f"{self.consumer}: {self.name} has no cells to look up; place it")
        steps = {axis: place.step(axis) for axis in chosen}
        if any(min(step) < 0 for step in steps.values()):
            raise LayoutError(
                f"{self.consumer}: the steps of {self.name} go up or left; place it the other way round"
            )
        row, column = place.at({axis: index.get(axis, 0) for axis in self.axes if axis not in chosen})
        bottom, right = place.at({axis: self.axes[axis] - 1 for axis in chosen})
        bottom, right = row + bottom - place.row, column + right - place.column
        corner, end = f"${letters(column)}${row}", f"${letters(right)}${bottom}"
        if corner == end:
            return f"{self._sheet()}{corner}"
        spots = []
        for side in (0, 1):
            terms = [_times(steps[axis][side], text) for axis, text in chosen.items() if steps[axis][side]]
            spots.append("+".join([*terms, "1"]).replace("-1+1", "") if terms else "1")
        return f"INDEX({self._sheet()}{corner}:{end},{spots[0]},{spots[1]})"

    def total(self, index: Index, axis: str) -> str:
        """The sum over `axis`: one rectangle, a row that holds nothing else, or SUMIF over the layout's key row."""
        line = self.line(index, axis)
        if line is not None:
            return f"SUM({line})"
        row, column, band, last = self._banded(index, axis)
        offset = (column - band.column) % band.width
        if offset >= len(band.keys):
            raise LayoutError(f"{self.consumer}: row {row} holds other blocks beside {self.name}; name a key row")
        key = band.keys[offset]
        criterion = f'"{key}"' if isinstance(key, str) else str(key)
        ruler = f"${letters(band.column)}${band.key_row}:${letters(last)}${band.key_row}"
        numbers = self._range(row, band.column, row, last, False, fixed_columns=True)
        return f"SUMIF({ruler},{criterion},{numbers})"

    def line(self, index: Index, axis: str) -> str | None:
        """The range of the cells along `axis`: one rectangle, or a band of columns that holds nothing else."""
        area = self.area(index)
        if area is not None:
            return area.text
        row, _, band, last = self._banded(index, axis)
        if not self._layout.alone(self.name, row):
            return None
        return self._range(row, band.column, row, last, False, fixed_columns=True)

    def _banded(self, index: Index, axis: str) -> tuple[int, int, Band, int]:
        """Row and first column of the cells along `axis`, their band of columns, and its last column."""
        if self._place is None:
            raise LayoutError(f"{self.consumer}: {self.name} needs a place to be summed over {axis}")
        row, column = self._place.at({**index, axis: 0})
        band = self._layout.bands.get(self._place.sheet)
        if band is None or self._place.step(axis) != (0, band.width):
            raise LayoutError(
                f"{self.consumer}: the {axis}s of {self.name} lie neither in one rectangle nor in a band of columns; "
                f"place them {band.width if band else 1} columns apart"
            )
        return row, column, band, band.column + band.width * self._block.axes[axis] - 1

    def _sheet(self) -> str:
        assert self._place is not None
        home = self._layout.places[self._consumer.name].sheet
        return "" if self._place.sheet == home else sheet_prefix(self._layout.sheet_name(self._place.sheet))

    def _range(
        self, row: int, column: int, last_row: int, last_column: int, follows: bool, fixed_columns: bool = False
    ) -> str:
        first = self._corner(row, column, follows, fixed_columns)
        if (row, column) == (last_row, last_column):
            return self._sheet() + first
        return f"{self._sheet()}{first}:{self._corner(last_row, last_column, follows, fixed_columns)}"

    def _corner(self, row: int, column: int, follows: bool, fixed_columns: bool = False) -> str:
        """One address: relative where it moves with the copies of the consumer, `$` where it does not."""
        assert self._place is not None
        consumer, block = self._consumer, self._block
        assert consumer.op is not None
        epoch = self._place.step(EPOCH) if block.repeated else (0, 0)
        back = {"same": 0, "previous": -1, "first": 0, "last": self._graph.epochs - 1, "all": 0}[self._use.when]
        row, column = row + back * epoch[0], column + back * epoch[1]
        moves = block.repeated and consumer.repeated and self._use.when not in LATER
        down, right = epoch if moves else (0, 0)
        copied = IMAGE in consumer.axes
        image = self._place.step(IMAGE) if follows and copied and consumer.op.uniform else (0, 0)
        stays = not block.axes or (copied and not follows)
        lock_column = "$" if stays or fixed_columns else ""
        lock_row = "$" if not moves and (consumer.repeated or stays) else ""
        return f"{lock_column}{mark('c', column, image[1], right)}{lock_row}{mark('r', row, image[0], down)}"


def _times(step: int, text: str) -> str:
    """`step` times a position counted from 0, such as `D4-1`."""
    return text if step == 1 else f"{step}*({text})"
