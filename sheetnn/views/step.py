"""The page that walks through one image of one epoch, forwards and back (book 4-4 and 5-6, stages ① to ⑧)."""

from __future__ import annotations

import numpy as np

from ..address import letters
from ..equations import equation
from ..labels import plain
from ..layout import Layout
from ..lookups import Pick
from ..network import parameter_names
from ..ops import COPY, DESCEND, EPOCH, IMAGE, Elementwise
from ..schema import PoolingLayer
from .cards import Card, deal
from .draft import Draft, fixed_name
from .marks import hide, mark
from .picked import Picked
from .positions import Positions
from .spelling import Speller

STAGES = 8
_NARROW = 6  # columns for the picture, at least
_TOP = 13  # row of the first band


def step(draft: Draft) -> Layout:
    """Add the page to `draft` and return the layout with it. Needs a trained network."""
    return _Step(draft).make()


class _Step:
    """What the parts of the page share while it is made."""

    def __init__(self, draft: Draft) -> None:
        self.draft, self.graph, self.recipe = draft, draft.graph, draft.recipe
        self.picked = Picked(draft)
        self.positions = Positions(draft, self.picked.shown)
        self.reveal: dict[int, list[str]] = {}
        self.narrow = max(_NARROW, self.graph["x"].axes["col"] + 1)
        self.left = self.narrow + 2  # first wide column
        self.right = self.left
        self.bands: list[tuple[int, str]] = []

    def make(self) -> Layout:
        draft = self.draft
        draft.say(1, 2, "heading", "heading")
        draft.say(2, 2, "hint", "note")
        self._inputs()
        x = self.picked.show("x")
        row = self._forward(x)
        row = self._lines(row + 1, self._forward_names())
        row = self._backward(row + 1)
        row = self._lines(row + 1, self._backward_names())
        row = self._gradients(row + 1)
        row = self._again(row + 1)
        self.positions.put(row + 2, self.left)
        for band, key in self.bands:
            draft.say(band, 2, f"band.{key}", "band", last=self.right)
        hide(draft, self.reveal)
        mark(draft, self.picked.shown)
        lists = self.right + 2
        draft.choose("step/epoch", self.graph.epochs, lists)
        draft.choose("step/image", self.graph["x"].axes[IMAGE], lists + 1)
        draft.choose("step/stage", STAGES, lists + 2)
        widths = {"A": 1.5, f"B:{letters(self.narrow + 1)}": 3.2, f"{letters(self.left)}:{letters(lists)}": 6.5}
        hidden = tuple(letters(lists + n) for n in range(3))
        return draft.finish(widths=widths, zoom=90, grid=False, hidden=hidden, freeze=f"A{_TOP - 1}", wide=True)

    # inputs and the list of stages

    def _inputs(self) -> None:
        draft = self.draft
        for row, (name, start) in enumerate(
            {"epoch": 1, "image": 1, "stage": 1, "unit": 1, "from": 1, "row": 1, "col": 1}.items(), 4
        ):
            draft.say(row, 2, f"input.{name}", "prompt")
            draft.number(name, start, row, self.left)
        for number in range(1, STAGES + 1):
            draft.write(3 + number, self.left + 2, plain(self.draft.words(f"step.stage.{number}")))
            at = fixed_name(3 + number, self.left + 2)
            wide = f"{at}:{fixed_name(3 + number, self.left + 9)}"
            draft.rule(wide, f"{draft.cell('step/stage')}={number}", "current")
            draft.rule(wide, f"{draft.cell('step/stage')}<{number}", "later")

    # ① to ③: from left to right

    def _forward_names(self) -> list[str]:
        names = []
        for layer in self.recipe.layers:
            names += [name for part in ("z", "a", "slope") if (name := f"{layer.name}.{part}") in self.graph.blocks]
        return [*names, "C"]

    def _forward(self, x: str) -> int:
        draft = self.draft
        cards = []
        for layer in self.recipe.layers:
            if isinstance(layer, PoolingLayer):
                cards.append(self.picked.card(f"{layer.name}.a", 3))
                continue
            cards += [self.picked.card(f"{layer.name}.w", 2), self.picked.card(f"{layer.name}.b", 2, 0)]
            parts = [f"{layer.name}.{part}" for part in ("z", "a", "slope")]
            cards += [self.picked.card(name, 3) for name in parts if name in self.graph.blocks]
        cards += [self.picked.card("t", 1), self.picked.card("C", 3)]
        self._band(_TOP, "forward")
        draft.put(x, _TOP + 2, 2, {"row": (1, 0), "col": (0, 1)}, outline="medium")
        draft.write(_TOP + 1, 2, "x", "symbol", last=1 + self.graph["x"].axes["col"])
        bottom, self.right = deal(draft, cards, _TOP + 1, self.left, self.reveal)
        return max(bottom, _TOP + 2 + self.graph["x"].axes["row"])

    # ④: back

    def _backward_names(self) -> list[str]:
        names = []
        for layer in reversed(self.recipe.layers):
            names += [name for name in (f"{layer.name}.da", f"{layer.name}.delta") if name in self.graph.blocks]
        return names

    def _backward(self, row: int) -> int:
        self._band(row, "backward")
        cards = [self.picked.card(name, 4) for name in self._backward_names()]
        bottom, right = deal(self.draft, cards, row + 1, self.left, self.reveal)
        self.right = max(self.right, right)
        return bottom

    # ⑤ to ⑦: the gradients of this image, their sum, the new parameters

    def _gradients(self, row: int) -> int:
        self._band(row, "gradient")
        row += 1
        self.picked.show("eta")
        for name in parameter_names(self.recipe):
            each, grad = self.picked.show(f"{name}.each"), self.picked.show(f"{name}.grad")
            axes = tuple(self.graph[name].axes)
            old = self.graph.add(
                f"step/{name}.old", COPY, self.picked.show(name), axes=axes, role="parameter", group="step"
            )
            new = self.graph.add(
                f"step/{name}.new", DESCEND, old, "step/eta", grad, axes=axes, role="update", group="step"
            )
            symbol = self.picked.symbol(name)
            cards = [
                Card(each, self.picked.symbol(f"{name}.each"), 5),
                Card(grad, self.picked.symbol(f"{name}.grad"), 6),
                Card(old, f"{symbol} (t)", 7),
                Card(new, f"{symbol} (t+1)", 7),
            ]
            row, right = deal(self.draft, cards, row, self.left, self.reveal)
            self.right, row = max(self.right, right), row + 1
            for part, stage in ((f"{name}.each", 5), (f"{name}.grad", 6)):
                self._line(row, part, stage)
                row += 1
            self._line(row, name, 7, f"step/{name}.new")
            row += 2
        return row

    # ⑧: again

    def _again(self, row: int) -> int:
        draft, graph = self.draft, self.graph
        self._band(row, "again")
        last = graph.first_epoch + graph.epochs - 1
        following = Elementwise(f"MIN({{0}}+1,{last})", lambda t: np.minimum(t + 1, last))
        graph.add("step/next", following, "step/epoch", axes=(), role="number", group="step")
        pick = Pick((EPOCH,), (graph.first_epoch,))
        graph.add("step/C_T.next", pick, "C_T@all", "step/next", axes=(), role="cost", group="step")
        cards = [Card(self.picked.show("C_T"), "C_{T} (t)", 6), Card("step/next", "t+1", 8)]
        cards.append(Card("step/C_T.next", "C_{T} (t+1)", 8))
        eta = Card(self.picked.show("eta"), "η", 2)
        bottom, _ = deal(draft, [eta, *cards], row + 1, self.left, self.reveal)
        self._line(bottom + 1, "C_T", 6)
        draft.say(bottom + 2, self.left, "again.hint", "note")
        self.reveal.setdefault(8, []).append(fixed_name(bottom + 2, self.left))
        return bottom + 3

    # equations

    def _lines(self, row: int, names: list[str]) -> int:
        """An equation a row: symbol and text, the place in the book, the same with numbers."""
        for name in names:
            self._line(row, name, 3 if name in self._forward_names() else 4)
            row += 1
        return row

    def _line(self, row: int, name: str, stage: int, result: str = "") -> None:
        draft = self.draft
        said = equation(self.graph, self.recipe, name)
        draft.write(row, self.left, plain(said.line))
        draft.write(row, self.left + 5, said.source, "faint")
        op, args = Speller(self.graph, self.picked.shown, self.positions.of(name)).spell(
            name, plain(said.symbol), result
        )
        block = f"step/{name}.spelt"
        self.graph.add(block, op, *args, axes=(), role="spelt", group="step")
        draft.put(block, row, self.left + 6, outline="")
        area = f"{fixed_name(row, self.left)}:{fixed_name(row, self.left + 30)}"
        self.reveal.setdefault(stage, []).append(area)

    def _band(self, row: int, key: str) -> None:
        self.bands.append((row, key))  # written last, as wide as the page
