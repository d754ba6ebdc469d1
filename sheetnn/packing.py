"""Blocks of one sheet, packed side by side or under one another, with their heads and the widths of their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .graph import Block, Graph
from .heads import Heads
from .layout import Place
from .ops import EPOCH, IMAGE, Axes
from .sheet import Label, Step

BETWEEN = 2.5
"""Width of a column that no block has."""
_PIXEL, _NUMBER = 3.4, 8.0


@dataclass
class Page:
    """The blocks of one sheet while they are placed."""

    graph: Graph
    group: str
    heads: Heads
    sums: Mapping[str, list[bool]]
    places: dict[str, Place] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)
    widths: dict[int, float] = field(default_factory=dict)
    above: int = 0  # rows from a block up to its name; 0: symbol and name in one line
    broad: bool = True  # whether blocks that are only summed may be as wide as a sample has numbers

    def blocks(self, repeated: bool) -> list[Block]:
        return [block for block in self.graph if block.group == self.group and block.repeated == repeated]

    def put(self, block: Block, row: int, column: int, steps: dict[str, Step], epoch: Step) -> None:
        """Place a block; over it its symbol, its name, and names for the columns where only one axis runs across."""
        each = {EPOCH: (self.graph.epochs, epoch)} if epoch != (0, 0) else {}
        if each:
            steps = {**steps, EPOCH: epoch}
        apart = tuple(axis for axis in block.axes if axis != IMAGE) if steps.get(IMAGE, (1, 0))[0] > 1 else None
        self.places[block.name] = Place(
            self.group, row, column, steps, format=self.heads.formats.get(block.name), box=apart
        )

        def write(above: int, right: int, text: str | int, style: str) -> None:
            at = (row - above, column + right)
            self.labels.append(Label(self.group, *at, *at, text, style, each))

        named = self._named(block, steps) if self.above else ()
        for right, name in enumerate(named):
            write(1, right, name, "head")
        bare, shown = block.name.rpartition("/")[2], block.name.replace("number.first", "number")
        symbol = self.heads.symbols.get(bare, "")
        if symbol.replace("_{T}", "_T") == bare:
            shown, symbol = symbol, ""
        if not self.above:
            write(1, 0, f"{symbol}   {shown}".strip(), "block")
        else:
            write(self.above, 0, shown, "block")
            if symbol:
                write(self.above + 1, 0, symbol, "over")
        self._widen(block, column, extent(steps, block.axes)[1], [_letters(name) for name in named])

    def line(self, block: Block, row: int) -> None:
        """Place a single number in column B, its name in column A."""
        self.places[block.name] = Place(self.group, row, 2, {})
        self.labels.append(
            Label(
                self.group, row, 1, row, 1, f"{self.heads.symbols.get(block.name, '')} {block.name}".strip(), "block"
            )
        )

    def _named(self, block: Block, steps: Mapping[str, Step]) -> tuple[str | int, ...]:
        """Names for the columns of a block: of the only axis that runs across, if it has some."""
        across = [axis for axis, size in block.axes.items() if size > 1 and steps.get(axis, (0, 0))[1]]
        return self.heads.names.get(across[0], ()) if len(across) == 1 and across[0] != IMAGE else ()

    def align(self, blocks: list[Block], steps: Callable[[Block], dict[str, Step]]) -> None:
        """Names of blocks stand in one row, above the names of columns if any of these blocks has some."""
        self.above = 2 if any(self._named(block, steps(block)) for block in blocks) else 1

    def _widen(self, block: Block, column: int, width: int, named: list[int]) -> None:
        least = _PIXEL if block.role in ("pixel", "painted") and "col" in block.axes else _NUMBER
        for right in range(width):
            need = max(least, 1.1 * named[right]) if named else least
            if right == 0 and width < 4:
                need = max(need, 0.9 * len(block.name) - least * (width - 1) - BETWEEN)
            self.widths[column + right] = max(need, self.widths.get(column + right, 0.0))


Pack = Callable[[Page, list[Block], int, int, Step], tuple[int, int]]
"""Places blocks from a row and column on, an epoch so many rows apart; returns row below and column behind."""


def _letters(text: str | int) -> int:
    """Widths of a letter that a text takes: two for each sign that is not ASCII."""
    return sum(1 if sign.isascii() else 2 for sign in str(text))


def extent(steps: dict[str, Step], axes: Axes) -> tuple[int, int]:
    """Rows and columns that the cells of a block span."""
    down, right = (sum((size - 1) * steps.get(axis, (0, 0))[side] for axis, size in axes.items()) for side in (0, 1))
    return down + 1, right + 1


def of_samples(block: Block) -> bool:
    """Whether a block has a number of each sample, or is the first of their numbers."""
    return IMAGE in block.axes or block.name.endswith("number.first")


def sums(graph: Graph) -> dict[str, list[bool]]:
    """For each block that reads a block, by the name of that one: whether it makes one number of all samples."""
    found: dict[str, list[bool]] = {}
    for block in graph:
        for name in {use.name for use in block.args}:
            found.setdefault(name, []).append(IMAGE not in block.axes)
    return found


# samples down


def side_by_side(page: Page, blocks: list[Block], top: int, column: int, epoch: Step) -> tuple[int, int]:
    bottom = top
    own = [block for block in page.graph if _banded(page, block)]
    pitch = max((extent(_down(page, block, 0), block.axes)[0] for block in own), default=1)
    page.align(blocks, lambda block: _down(page, block, pitch))
    for block in blocks:
        steps = _down(page, block, pitch)
        height, width = extent(steps, block.axes)
        counted = page.places.get(f"{block.name}.first")
        if counted is not None:  # numbers that count on from the one above them
            page.put(block, counted.row + pitch, counted.column, steps, epoch)
            page.labels.pop()
            bottom = max(bottom, counted.row + pitch + height)
            continue
        page.put(block, top, column, steps, epoch)
        column += width + 1
        bottom = max(bottom, top + height)
    return bottom, column


def _banded(page: Page, block: Block) -> bool:
    """Whether a block has its numbers of a sample in the sample's band of rows."""
    return block.group == page.group and IMAGE in block.axes and not any(page.sums.get(block.name, ()))


def _down(page: Page, block: Block, pitch: int) -> dict[str, Step]:
    """Strides: last axis across, the others down, innermost last; samples `pitch` apart."""
    axes = [axis for axis in block.axes if axis != IMAGE]
    samples = [IMAGE] if IMAGE in block.axes else []
    summed = page.sums.get(block.name, []) if samples else []
    if summed and all(summed) and page.broad:
        return {IMAGE: (1, 0), **_one_after_another(block.axes, axes, across=True)}
    steps: dict[str, Step] = {axes.pop(): (0, 1)} if axes else {}
    if summed and all(summed):
        return {**steps, **_one_after_another(block.axes, [*axes, *samples])}
    steps |= _one_after_another(block.axes, [*samples, *axes])
    return {**steps, IMAGE: (pitch, 0)} if samples and not any(summed) else steps


def _one_after_another(sizes: Axes, axes: list[str], across: bool = False) -> dict[str, Step]:
    """Strides of `axes` down one column or across one row, the last of them innermost."""
    steps: dict[str, Step] = {}
    stride = 1
    for axis in reversed(axes):
        steps[axis] = (0, stride) if across else (stride, 0)
        stride *= sizes[axis]
    return steps


# samples to the right


def columns(page: Page, blocks: list[Block], top: int, column: int, epoch: Step) -> tuple[int, int]:
    """Blocks of samples to the right of all others, so that a sample keeps its column on the whole page."""
    own = [block for block in page.graph if block.group == page.group and not of_samples(block)]
    right = column + max((extent(_across(block), block.axes)[1] for block in own), default=-1) + 1
    bottom = top
    for samples in (False, True):
        row = top
        for block in (block for block in blocks if of_samples(block) == samples):
            steps = _across(block)
            counted = page.places.get(f"{block.name}.first")
            if counted is not None:
                page.put(block, counted.row, counted.column + 1, steps, epoch)
                page.labels.pop()
                continue
            page.put(block, row, right if samples else column, steps, epoch)
            row += extent(steps, block.axes)[0] + 2
            bottom = max(bottom, row - 2)
    return bottom, right


def _across(block: Block) -> dict[str, Step]:
    """Samples across; without them the units, each over the numbers that it reads."""
    axes = list(block.axes)
    side = IMAGE if IMAGE in axes else axes[0] if len(axes) > 1 else None
    steps: dict[str, Step] = {} if side is None else {side: (0, 1)}
    return {**steps, **_one_after_another(block.axes, [axis for axis in axes if axis != side])}
