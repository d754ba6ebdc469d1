"""Evaluation: a graph read with NumPy, one epoch after another, keeping no more of the epochs than is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .course import WATCHED, began
from .errors import DivergedError, SheetnnError
from .graph import ANSWER, LATER, Block, Graph, Use, Values
from .ops import Named

Found = Callable[[Block, Use], NDArray[Any]]
"""The value of one argument of a block."""


class ByName(Protocol):
    """Values by the names of blocks."""

    def __getitem__(self, name: str, /) -> NDArray[Any]: ...


class Known(Protocol):
    """Values as rows are written from them: of what stands once, and of one epoch after another."""

    @property
    def still(self) -> ByName: ...

    def epochs(self, checked: bool = True) -> Iterator[Values]: ...


class Evaluation:
    """The values of `graph`, with some inputs replaced by `changed`; see `Graph.evaluate` for `given`.

    `still` are those of all static blocks; `epochs` computes those of the repeated ones, anew each time. Memory
    holds two epochs, what `still` needs of the others, and nothing else.
    """

    def __init__(
        self,
        graph: Graph,
        changed: Mapping[str, NDArray[Any]] | None = None,
        given: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        self.graph, self._given = graph, given or {}
        self._inputs = {**graph.inputs(), **(changed or {})}
        self.watched = next((name for name in WATCHED if name in graph.blocks and not graph[name].axes), "")
        self.course: list[float] = []
        """C_T (or the value of a descent) of each epoch, after a walk through them."""
        self._late: list[Block] = []  # static blocks that look at epochs
        self.early: Values = {}  # all other static ones
        late = set()
        for block in graph:
            if not block.repeated:
                if any(use.when in LATER or use.name in late for use in block.args):
                    late.add(block.name)
                    self._late.append(block)
                else:
                    self.early[block.name] = self._once(block, lambda _, use: self.early[use.name])

    def epochs(self, checked: bool = True) -> Iterator[Values]:
        """The values of the repeated blocks in the first epoch, the second, and so on.

        Raises DivergedError naming the first epoch and block with a value that is not finite, if `checked`.
        """
        loop = [block for block in self.graph if block.repeated]
        before: Values = {}
        for epoch in range(self.graph.epochs):
            now: Values = {}

            def found(_: Block, use: Use, epoch: int = epoch, now: Values = now, before: Values = before) -> Any:
                if use.name in self.early:
                    return self.early[use.name]
                if use.name in self._given:
                    return self._given[use.name][epoch - 1 if use.when == "previous" else epoch]
                return (before if use.when == "previous" else now)[use.name]

            for block in loop:
                typed = epoch == 0 and block.start is not None
                value = self._first(block) if typed else self._apply(block, found)
                if checked:
                    _finite(block, value, f" in epoch {epoch + self.graph.first_epoch}")
                now[block.name] = np.asarray(value, order="C")  # sums depend on the order in memory
            before = now
            yield now

    def check(self) -> Evaluation:
        """Itself, after one walk through the epochs. Raises DivergedError."""
        assert self.still is not None
        return self

    @cached_property
    def still(self) -> Values:
        """The values of all static blocks, after one walk through the epochs. Raises DivergedError."""
        looks = {(use.name, self._epoch(block, use)) for block in self._late for use in block.args}
        looks = {(name, epoch) for name, epoch in looks if self.graph[name].repeated}
        kept: dict[tuple[str, int | None], NDArray[Any]] = {}
        for epoch, now in enumerate(self._followed()):
            for name, wanted in looks:
                value = self._given[name][epoch] if name in self._given else now[name]
                if wanted is None:
                    if epoch == 0:
                        kept[name, None] = np.empty((self.graph.epochs, *value.shape), value.dtype)
                    kept[name, None][epoch] = value
                elif wanted == epoch:
                    kept[name, epoch] = value

        def found(block: Block, use: Use) -> NDArray[Any]:
            epoch = self._epoch(block, use)
            value = kept[use.name, epoch]
            if use.when == "all" and epoch is not None:  # no other epoch is looked at, so each may show this one
                return np.broadcast_to(value, (self.graph.epochs, *value.shape))
            return value

        return self._static(found)

    def _followed(self) -> Iterator[Values]:
        """The epochs, while `course` grows with them. Raises DivergedError that says from where on it went wrong."""
        self.course = []
        try:
            for now in self.epochs():
                if self.watched in now:
                    self.course.append(float(now[self.watched]))
                yield now
        except DivergedError as error:
            grown = began(self.watched, self.course, self.graph.first_epoch)
            raise DivergedError(f"{error}; {grown}" if grown else str(error)) from None

    def everything(self) -> Values:
        """All values; those of repeated blocks with a leading epoch axis. Raises DivergedError."""
        values: Values = {}
        for epoch, now in enumerate(self._followed()):
            for name, value in now.items():
                if epoch == 0:
                    values[name] = np.empty((self.graph.epochs, *value.shape), value.dtype)
                values[name][epoch] = value

        def found(_: Block, use: Use) -> NDArray[Any]:
            history = self._given[use.name] if use.name in self._given else values[use.name]
            return history if use.when == "all" else history[0 if use.when == "first" else -1]

        values |= self._static(found)
        return {block.name: values[block.name] for block in self.graph}

    def _static(self, found: Found) -> Values:
        """The values of all static blocks; `found` gives what they see of repeated ones."""
        values = dict(self.early)

        def known(block: Block, use: Use) -> NDArray[Any]:
            return found(block, use) if self.graph[use.name].repeated else values[use.name]

        for block in self._late:
            values[block.name] = self._once(block, known)
        return {block.name: values[block.name] for block in self.graph if not block.repeated}

    def _epoch(self, block: Block, use: Use) -> int | None:
        """Which epoch of an argument a late block looks at; None: all of them."""
        last = self.graph.epochs - 1
        if use.when in ("first", "last"):
            return 0 if use.when == "first" else last
        assert block.op is not None
        known = [
            Named(self.graph.axes_of(arg), self.early[arg.name]) if arg.name in self.early else None
            for arg in block.args
        ]
        epoch = block.op.epoch(known)
        return epoch if epoch is not None and 0 <= epoch <= last else None

    def _first(self, block: Block) -> NDArray[Any]:
        return np.broadcast_to(np.asarray(self._inputs[block.name], float), block.shape)

    def _once(self, block: Block, found: Found) -> NDArray[Any]:
        value = self._inputs[block.name] if block.op is None else self._apply(block, found)
        _finite(block, value, "")
        return value

    def _apply(self, block: Block, found: Found) -> NDArray[Any]:
        assert block.op is not None
        args = []
        for use in block.args:
            value = found(block, use)
            if self.graph[use.name].role == ANSWER and not block.op.sees_blanks:
                value = np.nan_to_num(value)
            args.append(Named(self.graph.axes_of(use), value))
        with np.errstate(all="ignore"):  # what is not finite is reported by name, not as a warning
            value = np.asarray(block.op.value(block.axes, *args))
        if value.shape != block.shape:
            given, wanted = ("x".join(map(str, shape)) or "1" for shape in (value.shape, block.shape))
            raise SheetnnError(
                f"{block.name}: its op gives {given} numbers, its axes {', '.join(block.axes)} ask for {wanted}"
            )
        return value


class Kept:
    """Values that somebody has in full, to be read as those of an `Evaluation` are."""

    def __init__(self, graph: Graph, values: Values) -> None:
        self.graph, self.still = graph, values

    def epochs(self, checked: bool = True) -> Iterator[Values]:
        repeated = [block.name for block in self.graph if block.repeated]
        for epoch in range(self.graph.epochs):
            yield {name: self.still[name][epoch] for name in repeated}


def _finite(block: Block, value: NDArray[Any], where: str) -> None:
    value = np.asarray(value)
    if value.dtype.kind == "f" and block.role != ANSWER and not np.isfinite(value).all():
        raise DivergedError(
            f"{block.name}: a value is not a finite number{where}; "
            "a smaller learning rate or smaller initial values keep it finite"
        )
