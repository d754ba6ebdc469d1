"""The graph: named blocks of numbers in an order of evaluation, read here with NumPy.

A block is an array with named axes. Some blocks are *static* (pixels, eta, a test page), the others
*repeated*: they exist once an epoch and their values carry a leading epoch axis. A repeated block that
starts from typed numbers and then follows from the previous epoch (a weight) is *carried*.
No block knows an address; see `sheetnn.layout`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import SheetnnError, counted
from .ops import EPOCH, Axes, Op

Values = dict[str, NDArray[Any]]
LATER = ("first", "last", "all")
"""What only a block outside the epochs can ask for: it comes after all of them."""
ANSWER = "answer"
"""The role of numbers that a learner fills in: NaN where a cell is still blank."""


@dataclass(frozen=True)
class Use:
    """One argument of a block: `name`, `name@previous` (of the epoch before), `name@first`, `@last` or `@all`."""

    name: str
    when: str = "same"

    @staticmethod
    def parse(text: str) -> Use:
        name, _, when = text.partition("@")
        if when not in ("", "previous", *LATER):
            raise SheetnnError(f"{text}: after '@' stands 'previous', 'first', 'last' or 'all'")
        return Use(name, when or "same")


@dataclass(frozen=True)
class Block:
    """A named array: constants (`op` is None), or one op applied to other blocks.

    `start` holds the numbers of a constant block, or of the first epoch of a carried block.
    `role` says what the numbers mean (see `sheetnn.look.ROLES`), `group` on which page they belong.
    """

    name: str
    axes: Axes
    op: Op | None
    args: tuple[Use, ...]
    role: str
    group: str
    repeated: bool
    start: NDArray[Any] | None = field(default=None, repr=False, compare=False)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.axes.values())

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))


class Graph:
    """Blocks by name, in an order of evaluation, with `epochs` repetitions of the repeated ones."""

    def __init__(self, epochs: int = 1, first_epoch: int = 1) -> None:
        self.epochs = epochs
        self.first_epoch = first_epoch  # the number the reader sees: 1 for a network, 0 for a descent table
        self.blocks: dict[str, Block] = {}

    def __iter__(self) -> Iterator[Block]:
        return iter(self.blocks.values())

    def __getitem__(self, name: str) -> Block:
        return self.blocks[name]

    def constant(self, name: str, axes: Axes, start: Any, role: str, group: str = "train") -> str:
        """Add numbers that a person may change. Returns the name."""
        return self._put(Block(name, axes, None, (), role, group, False, _shaped(name, axes, start)))

    def add(self, name: str, op: Op, *args: str, axes: tuple[str, ...], role: str, group: str = "train") -> str:
        """Add `op` applied to earlier blocks; sizes of `axes` follow from the arguments. Returns the name."""
        uses = tuple(Use.parse(arg) for arg in args)
        for use in uses:
            if use.name not in self.blocks:
                raise SheetnnError(f"{name}: its argument {use.name} does not exist yet")
        sizes = dict(op.sizes())
        for use in uses:
            for axis, size in self.axes_of(use).items():
                if axis in op.resized:
                    continue
                if sizes.setdefault(axis, size) != size:
                    raise SheetnnError(f"{name}: axis {axis} has size {sizes[axis]} and {size} ({use.name})")
        repeated = any(self.blocks[use.name].repeated and use.when not in LATER for use in uses)
        return self._put(Block(name, {axis: sizes[axis] for axis in axes}, op, uses, role, group, repeated))

    def carry(self, name: str, axes: Axes, start: Any, op: Op, *args: str, role: str) -> str:
        """Add a block whose first epoch is `start` and whose next ones follow from `args`. Returns the name."""
        uses = tuple(Use.parse(arg) for arg in args)
        numbers = _shaped(name, axes, start).astype(float)
        return self._put(Block(name, axes, op, uses, role, "train", True, numbers))

    def axes_of(self, use: Use) -> Axes:
        """The axes of an argument: those of its block, and the epochs before them if all are asked for."""
        block = self.blocks[use.name]
        return {EPOCH: self.epochs, **block.axes} if use.when == "all" and block.repeated else block.axes

    def _put(self, block: Block) -> str:
        if block.name in self.blocks:
            raise SheetnnError(f"{block.name}: two blocks of this name")
        self.blocks[block.name] = block
        return block.name

    def copy(self) -> Graph:
        """A graph with the same blocks, to which others can be added."""
        other = Graph(self.epochs, self.first_epoch)
        other.blocks = dict(self.blocks)
        return other

    def inputs(self) -> dict[str, NDArray[Any]]:
        """The numbers a person may change: constants, and the first epoch of carried blocks."""
        return {block.name: block.start for block in self if block.start is not None}

    def evaluate(
        self, changed: Mapping[str, NDArray[Any]] | None = None, given: Mapping[str, NDArray[Any]] | None = None
    ) -> Values:
        """All values, with some inputs replaced: a static block as `shape`, a repeated one as `(epochs, *shape)`.

        Where `given` has the values of a carried block, each epoch follows from those instead of from ours: what
        comes out is one step from somebody else's numbers. Raises DivergedError naming the first epoch and
        block with a value that is not finite.
        """
        from .evaluation import Evaluation  # which reads graphs

        return Evaluation(self, changed, given).everything()


def _shaped(name: str, axes: Axes, start: Any) -> NDArray[Any]:
    array = np.asarray(start)
    if array.size != np.prod(list(axes.values()), dtype=np.int64):
        expected = "x".join(map(str, axes.values())) or "1"
        raise SheetnnError(f"{name}: {counted(array.size, 'number')} given, expected {expected}")
    return array.reshape(tuple(axes.values()))
