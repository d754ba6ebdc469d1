"""Wiring: which cells a cell depends on and which depend on it, as the formula texts say.

Indices are tuples counted from 0; an epoch is the number that a reader sees (`graph.first_epoch` is the first),
None for a block that stands once. Blocks without a place have no cells: what they read, their consumers read.
A cell of a range that an INDEX might pick counts as read, whichever it picks now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .edges import STILL, Edge, edges, users
from .errors import SheetnnError, nearest
from .graph import Graph
from .layout import Layout

Spot = tuple[str, tuple[int, ...], int | None]
Masks = dict[str, NDArray[np.bool_]]


class Wiring:
    """The dependencies between the cells of a workbook; the matrices of a block are made when first needed."""

    def __init__(self, graph: Graph, layout: Layout) -> None:
        self.graph, self.layout = graph, layout
        self._edges: dict[str, list[Edge]] = {}

    @cached_property
    def _users(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, consumer in users(self.graph, self.layout):
            found.setdefault(name, []).append(consumer)
        return found

    def edges(self, consumer: str) -> list[Edge]:
        """The edges into a block."""
        if consumer not in self._edges:
            self._edges[consumer] = edges(self.graph, self.layout, self.graph[consumer])
        return self._edges[consumer]

    def needs(self, block: str, index: tuple[int, ...], epoch: int | None = None) -> list[Spot]:
        """The cells that a cell's formula reads, each once; none for a typed number. Raises SheetnnError."""
        position, at = self._flat(block, index, epoch)
        if self.graph[block].start is not None and not at:
            return []
        found = []
        for edge in self.edges(block):
            reads = edge.reads
            line = np.sort(reads.indices[reads.indptr[position] : reads.indptr[position + 1]])
            found += [self._spot(edge.name, int(flat), self._read(edge, at)) for flat in line]
        return list(dict.fromkeys(found))

    def used_by(self, block: str, index: tuple[int, ...], epoch: int | None = None) -> list[Spot]:
        """The cells whose formulas read a cell, each once, in the graph's order. Raises SheetnnError."""
        position, at = self._flat(block, index, epoch)
        found = []
        for consumer in self._users.get(block, []):
            for edge in self.edges(consumer):
                if edge.name == block:
                    column = position + (at or 0) * self.graph[block].size if edge.when == "all" else position
                    cells = edge.reads[:, [column]].nonzero()[0]
                    found += [self._spot(consumer, int(flat), e) for e in self._readers(edge, at) for flat in cells]
        return list(dict.fromkeys(found))

    def readers(self, block: str) -> list[str]:
        """The blocks whose formulas read a block, in the graph's order."""
        users = self._users.get(block, [])
        return [name for name in users if any(edge.name == block for edge in self.edges(name))]

    def following(self, block: str, index: tuple[int, ...], epoch: int | None = None) -> Masks:
        """Every cell that depends on a cell, directly or not; see `following_all`. Raises SheetnnError."""
        position, at = self._flat(block, index, epoch)
        mask = np.zeros(self._shape(block), bool)
        mask.reshape(-1, self.graph[block].size)[at or 0, position] = True
        return self.following_all({block: mask})

    def following_all(self, causes: Mapping[str, NDArray[Any]]) -> Masks:
        """Every cell that depends on one of the causes, which are masks by block (repeated: epochs first).

        The result has the blocks with at least one such cell; a cause is in it only if it follows from another.
        Raises SheetnnError for a mask of another shape than its block's.
        """
        state = _State(self)
        for name, mask in causes.items():
            if name not in self.layout.places or np.shape(mask) != self._shape(name):
                raise SheetnnError(f"{name}: expected a mask of shape {self._shape(name)}, got {np.shape(mask)}")
            state.seen[name] |= np.asarray(mask, bool).reshape(state.seen[name].shape)
        placed = [block for block, _ in self.layout.placed() if block.op is not None]
        once = [block for block in placed if not block.repeated]
        for block in once:
            state.follow(block.name, None)
        for epoch in range(self.graph.epochs):
            for block in placed:
                if block.repeated and (epoch or block.start is None):
                    state.follow(block.name, epoch)
        for block in once:  # again, for those that look at the epochs
            state.follow(block.name, None)
        return {name: mask.reshape(self._shape(name)) for name, mask in state.reached.items() if mask.any()}

    def preceding(self, block: str, index: tuple[int, ...], epoch: int | None = None) -> Masks:
        """Every cell that a cell depends on, directly or not, as `following` gives them. Raises SheetnnError."""
        position, at = self._flat(block, index, epoch)
        state = _State(self)
        state.seen[block][at or 0, position] = True
        placed = [block for block, _ in self.layout.placed() if block.op is not None][::-1]
        once = [block for block in placed if not block.repeated]
        for other in once:
            state.lead(other.name, None)
        for number in reversed(range(self.graph.epochs)):
            for other in placed:
                if other.repeated and (number or other.start is None):
                    state.lead(other.name, number)
        for other in once:  # again, for those that the epochs look at
            state.lead(other.name, None)
        return {name: mask.reshape(self._shape(name)) for name, mask in state.reached.items() if mask.any()}

    def _shape(self, name: str) -> tuple[int, ...]:
        block = self.graph[name]
        return (self.graph.epochs, *block.shape) if block.repeated else block.shape

    def _flat(self, name: str, index: tuple[int, ...], epoch: int | None) -> tuple[int, int | None]:
        """Flat position and epoch counted from 0. Raises SheetnnError for what does not exist."""
        if name not in self.layout.places:
            raise SheetnnError(f"no block {name!r} with cells{nearest(name, self.layout.places)}")
        block, first = self.graph[name], self.graph.first_epoch
        inside = len(index) == len(block.shape) and all(
            0 <= n < size for n, size in zip(index, block.shape, strict=True)
        )
        if not inside:
            raise SheetnnError(f"{name}: no cell at {index}; its shape is {block.shape}")
        if epoch is not None and not block.repeated:
            raise SheetnnError(f"{name}: has no epochs")
        if block.repeated and not (epoch is not None and 0 <= epoch - first < self.graph.epochs):
            raise SheetnnError(f"{name}: no epoch {epoch}; expected {first} to {first + self.graph.epochs - 1}")
        flat = int(np.ravel_multi_index(index, block.shape)) if index else 0
        return flat, None if epoch is None else epoch - first

    def _spot(self, name: str, flat: int, epoch: int | None) -> Spot:
        """A flat position, which may count through the epochs, and an epoch counted from 0."""
        block = self.graph[name]
        if block.repeated and epoch is None:
            epoch, flat = divmod(flat, block.size)
        index = tuple(int(n) for n in np.unravel_index(flat, block.shape)) if block.shape else ()
        return name, index, None if epoch is None else epoch + self.graph.first_epoch

    def _read(self, edge: Edge, epoch: int | None) -> int | None:
        """The epoch that a consumer of `epoch` reads, from 0; None for a block that stands once, and for all."""
        now = epoch or 0
        last = self.graph.epochs - 1
        return {"same": now, "previous": now - 1, "first": 0, "last": last, "all": None, STILL: None}[edge.when]

    def _readers(self, edge: Edge, epoch: int | None) -> Iterator[int | None]:
        """The epochs of a consumer's cells that read a cell of `epoch`."""
        block = self.graph[edge.consumer]
        for own in range(self.graph.epochs) if block.repeated else (None,):
            typed = own == 0 and block.start is not None
            if not typed and (edge.when in ("all", STILL) or self._read(edge, own) == epoch):
                yield own


class _State:
    """What has been reached so far: by block an array (epochs or 1, cells); `seen` holds the causes too."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring, graph = wiring, wiring.graph
        shapes = {b.name: (graph.epochs if b.repeated else 1, b.size) for b, _ in wiring.layout.placed()}
        self.reached: Masks = {name: np.zeros(shape, bool) for name, shape in shapes.items()}
        self.seen: Masks = {name: np.zeros(shape, bool) for name, shape in shapes.items()}

    def follow(self, name: str, epoch: int | None) -> None:
        """Mark the cells of one block and epoch that read a marked cell, through themselves too."""
        at, changed = epoch or 0, True
        reached, seen = self.reached[name][at], self.seen[name][at]
        while changed:
            before = int(reached.sum())
            for edge in self._wiring.edges(name):
                now = self.seen[edge.name]
                marked = now.ravel() if edge.when == "all" else now[self._wiring._read(edge, epoch) or 0]
                if marked.any():
                    reached |= (edge.reads @ marked.astype(np.int32)) > 0
            seen |= reached
            own = any(edge.name == name and edge.when in ("same", STILL) for edge in self._wiring.edges(name))
            changed = own and int(reached.sum()) > before

    def lead(self, name: str, epoch: int | None) -> None:
        """Mark the cells that the marked cells of one block and epoch read, through themselves too."""
        at, before = epoch or 0, -1
        while (marked := self.seen[name][at]).any() and int(marked.sum()) > before:
            before = int(marked.sum())
            for edge in self._wiring.edges(name):
                read = (edge.reads.T @ marked.astype(np.int32)) > 0
                if edge.when == "all":
                    self.reached[edge.name] |= read.reshape(self.reached[edge.name].shape)
                else:
                    self.reached[edge.name][self._wiring._read(edge, epoch) or 0] |= read
                self.seen[edge.name] |= self.reached[edge.name]
