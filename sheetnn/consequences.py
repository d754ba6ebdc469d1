"""What follows from what: causes traced through the wiring, and what no cause explains.

A changed number or formula is a cause. A formula whose text is the same and whose value is not is a consequence
if it depends on a cause, and unexplained if it does not: stale in one file, or calculated by another program.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .comparison import Cause, Difference
from .graph import Graph
from .model import Model
from .naming import Owner
from .stored import spots
from .wiring import Wiring

SINGLE = 20
"""So many causes are followed one by one; where there are more, those of a block are one."""
Masks = dict[str, NDArray[np.bool_]]
Positions = dict[str, "array[int]"]
"""By block the positions of cells, counted flat through the epochs."""


@dataclass(frozen=True)
class Judgement:
    """The causes in the graph's order, and by block the differing cells that follow from none of them."""

    causes: list[Cause]
    stale: Masks

    def is_stale(self, owner: Owner, graph: Graph) -> bool:
        return bool(self.stale[owner.block].ravel()[owner.flat(graph[owner.block].size)])

    def places(self, model: Model) -> Iterator[tuple[str, int, int]]:
        """Sheet, row and column of the cells that follow from no cause, in the graph's order."""
        for block, place in model.layout.placed():
            if block.name in self.stale and self.stale[block.name].any():
                sheet, mask = model.layout.sheet_name(place.sheet), self.stale[block.name]
                rows, columns = (numbers[mask].tolist() for numbers in spots(block, place, model.graph))
                yield from ((sheet, row, column) for row, column in zip(rows, columns, strict=True))


def judge(model: Model, found: Sequence[Difference], causes: Positions, follow: Positions) -> Judgement:
    """Follow the causes to the differing formula cells `follow`.

    `found` are the first causes, and the first of each block: all of them where there are no more than SINGLE.
    """
    graph, wiring = model.graph, Wiring(model.graph, model.layout)
    differing = {name: _mask(graph, name, places) for name, places in follow.items()}
    stale = {name: mask.copy() for name, mask in differing.items()}
    told = []
    for cause, seeds in _seeds(graph, found, causes):
        reached = wiring.following_all(seeds) if differing else {}
        dependents = 0
        for name in reached.keys() & differing.keys():
            hit = reached[name] & differing[name]
            dependents += int(hit.sum())
            stale[name] &= ~hit
        told.append(replace(cause, dependents=dependents))
    return Judgement(told, stale)


def _seeds(graph: Graph, found: Sequence[Difference], causes: Positions) -> Iterator[tuple[Cause, Masks]]:
    """Each cause, or those of a block together, with the cells that it is."""
    order = {name: number for number, name in enumerate(graph.blocks)}
    owned = [(order[one.block], one.owner.flat(graph[one.block].size), one) for one in found if one.owner]
    owned.sort(key=lambda key: key[:2])
    several = sum(map(len, causes.values())) > SINGLE
    done = set()
    for _, place, one in owned:
        places = causes[one.block]
        if several and one.block not in done:
            yield _cause(one, len(places)), {one.block: _mask(graph, one.block, places)}
        elif not several:
            yield _cause(one, 1), {one.block: _mask(graph, one.block, [place])}
        done.add(one.block)


def _cause(one: Difference, cells: int) -> Cause:
    typed = not any(cell.formula for cell in (one.left, one.right) if cell is not None)
    return Cause("input" if typed else "formula", one.name, one.a, one.b, one.block, one.where, cells)


def _mask(graph: Graph, name: str, places: Sequence[int]) -> NDArray[np.bool_]:
    block = graph[name]
    mask = np.zeros((graph.epochs, *block.shape) if block.repeated else block.shape, bool)
    mask.reshape(-1)[np.asarray(places)] = True
    return mask
