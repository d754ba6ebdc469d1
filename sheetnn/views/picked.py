"""The network's blocks as a page shows them: of the image and the epoch that its reader has chosen."""

from __future__ import annotations

from typing import Any

from ..equations import equation
from ..lookups import Pick
from ..ops import COPY, EPOCH, IMAGE
from .cards import Card
from .draft import Draft


class Picked:
    """Blocks `step/name` by the network's `name`, each added to the graph when it is first asked for."""

    def __init__(self, draft: Draft) -> None:
        self.draft, self.graph = draft, draft.graph
        self.shown: dict[str, str] = {}

    def show(self, name: str) -> str:
        """The page's block for one of the network: looked up, or computed here where the sheets do not store it."""
        if name in self.shown:
            return self.shown[name]
        block, mine = self.graph[name], f"step/{name}"
        axes = {axis: size for axis, size in block.axes.items() if axis != IMAGE}
        look: dict[str, Any] = {"axes": tuple(axes), "role": block.role, "group": "step"}
        if name in self.draft.layout.places:
            chosen = ((EPOCH,) if block.repeated else ()) + ((IMAGE,) if IMAGE in block.axes else ())
            first = tuple(self.graph.first_epoch if axis == EPOCH else 1 for axis in chosen)
            source = f"{name}@all" if block.repeated else name
            self.graph.add(
                mine, Pick(chosen, first) if chosen else COPY, source, *(f"step/{a}" for a in chosen), **look
            )
        else:
            assert block.op is not None
            self.graph.add(mine, block.op, *(self.show(use.name) for use in block.args), **look)
        self.shown[name] = mine
        return mine

    def card(self, name: str, stage: int, gap: int = 1) -> Card:
        return Card(self.show(name), self.symbol(name), stage, gap)

    def symbol(self, name: str) -> str:
        return {"t": "t", "x": "x"}.get(name) or equation(self.graph, self.draft.recipe, name).symbol
