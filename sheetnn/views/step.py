"""The page that walks through one image of one epoch, forwards and back (book 4-4 and 5-6, stages ① to ⑧)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..address import letters
from ..equations import equation
from ..labels import plain
from ..layout import Layout
from ..lookups import Pick
from ..network import parameter_names
from ..ops import COPY, DESCEND, EPOCH, IMAGE, Axes, Elementwise
from ..pooling import Pool
from ..schema import PoolingLayer
from .cards import Card, deal
from .draft import Draft, fixed_name
from .spelling import Speller, selector

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
        self.shown: dict[str, str] = {}
        self.chosen: dict[str, str] = {}
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
        x = self._show("x")
        row = self._forward(x)
        row = self._lines(row + 1, self._forward_names())
        row = self._backward(row + 1)
        row = self._lines(row + 1, self._backward_names())
        row = self._gradients(row + 1)
        row = self._again(row + 1)
        self._helpers(row + 2)
        for band, key in self.bands:
            draft.say(band, 2, f"band.{key}", "band", last=self.right)
        self._conditions()
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

    # what is looked up, and what is not stored in the sheets and so computed here

    def _show(self, name: str) -> str:
        """The page's block for a block of the network: the chosen image and epoch of it."""
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
            self.graph.add(mine, block.op, *(self._show(use.name) for use in block.args), **look)
        self.shown[name] = mine
        return mine

    def _card(self, name: str, stage: int, gap: int = 1) -> Card:
        return Card(self._show(name), self._symbol(name), stage, gap)

    def _symbol(self, name: str) -> str:
        return {"t": "t", "x": "x"}.get(name) or equation(self.graph, self.recipe, name).symbol

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
                cards.append(self._card(f"{layer.name}.a", 3))
                continue
            cards += [self._card(f"{layer.name}.w", 2), self._card(f"{layer.name}.b", 2, 0)]
            parts = [f"{layer.name}.{part}" for part in ("z", "a", "slope")]
            cards += [self._card(name, 3) for name in parts if name in self.graph.blocks]
        cards += [self._card("t", 1), self._card("C", 3)]
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
        cards = [self._card(name, 4) for name in self._backward_names()]
        bottom, right = deal(self.draft, cards, row + 1, self.left, self.reveal)
        self.right = max(self.right, right)
        return bottom

    # ⑤ to ⑦: the gradients of this image, their sum, the new parameters

    def _gradients(self, row: int) -> int:
        self._band(row, "gradient")
        row += 1
        self._show("eta")
        for name in parameter_names(self.recipe):
            each, grad = self._show(f"{name}.each"), self._show(f"{name}.grad")
            axes = tuple(self.graph[name].axes)
            old = self.graph.add(
                f"step/{name}.old", COPY, self._show(name), axes=axes, role="parameter", group="step"
            )
            new = self.graph.add(
                f"step/{name}.new", DESCEND, old, "step/eta", grad, axes=axes, role="update", group="step"
            )
            symbol = self._symbol(name)
            cards = [
                Card(each, self._symbol(f"{name}.each"), 5),
                Card(grad, self._symbol(f"{name}.grad"), 6),
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
        cards = [Card(self._show("C_T"), "C_{T} (t)", 6), Card("step/next", "t+1", 8)]
        cards.append(Card("step/C_T.next", "C_{T} (t+1)", 8))
        eta = Card(self._show("eta"), "η", 2)
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
        op, args = Speller(self.graph, self.shown, self._selectors(name)).spell(name, plain(said.symbol), result)
        block = f"step/{name}.spelt"
        self.graph.add(block, op, *args, axes=(), role="spelt", group="step")
        draft.put(block, row, self.left + 6, outline="")
        area = f"{fixed_name(row, self.left)}:{fixed_name(row, self.left + 30)}"
        self.reveal.setdefault(stage, []).append(area)

    def _selectors(self, name: str) -> dict[str, str]:
        """Blocks with the reader's choice, no larger than the axis, for each axis that the equation may need."""
        used = [name, *(use.name for use in self.graph[name].args)]
        for axes in [self.graph[self.shown[other]].axes for other in used if other in self.shown]:
            for axis, size in axes.items():
                key = selector(axes, axis)
                if key not in self.chosen:
                    bound = Elementwise(f"MIN({{0}},{size})", lambda n, most=size: np.minimum(n, most))
                    source = f"step/{key.partition('.')[0]}"
                    block = f"step/at.{key}"
                    self.chosen[key] = self.graph.add(block, bound, source, axes=(), role="number", group="step")
        for layer in self.recipe.layers:
            if isinstance(layer, PoolingLayer) and name.startswith(self._source_of(layer.name)):
                self._windows(layer)
        return self.chosen

    def _source_of(self, pool: str) -> str:
        return self.graph[f"{pool}.a"].args[0].name.rpartition(".")[0] + ".da"

    def _windows(self, layer: PoolingLayer) -> None:
        """Which window the chosen row and column lie in: the nearest whole number, as INT is not needed for it."""
        op = self.graph[f"{layer.name}.a"].op
        assert isinstance(op, Pool)
        for over, axis, size in zip(
            op.scan.over, (f"{layer.name}_row", f"{layer.name}_col"), layer.size, strict=True
        ):
            key, by = f"window.{axis}", "row" if axis.endswith("row") else "col"
            if key not in self.chosen:
                shift = (size - 1) / (2 * size)
                rule = Elementwise(
                    f"ROUND(({{0}}-1)/{size}-{shift!r},0)+1",
                    lambda n, size=size, shift=shift: np.round((n - 1) / size - shift) + 1,
                )
                source = self.chosen[f"{by}.{over}"]
                self.chosen[key] = self.graph.add(
                    f"step/at.{key}", rule, source, axes=(), role="number", group="step"
                )

    def _helpers(self, row: int) -> None:
        """The chosen unit, row and column within each layer, which the equations read."""
        draft = self.draft
        draft.say(row, self.left, "helpers", "faint")
        for number, (key, block) in enumerate(self.chosen.items()):
            down, across = divmod(number, 6)
            draft.write(row + 1 + down, self.left + across * 5, key, "faint")
            draft.put(block, row + 1 + down, self.left + across * 5 + 3)

    def _band(self, row: int, key: str) -> None:
        self.bands.append((row, key))  # written last, as wide as the page

    # what stays hidden, and what is marked

    def _conditions(self) -> None:
        draft = self.draft
        stage = draft.cell("step/stage")
        for number in sorted(self.reveal):
            if number > 1:
                draft.rule(" ".join(self.reveal[number]), f"{stage}<{number}", "hidden")
        for layer in self.recipe.layers:
            if isinstance(layer, PoolingLayer) and layer.method == "max":
                self._winners(layer)
        for name in parameter_names(self.recipe):
            draft.paint(self.shown[name])

    def _winners(self, layer: PoolingLayer) -> None:
        """Mark the cells that equal their window's maximum."""
        draft, op = self.draft, self.graph[f"{layer.name}.a"].op
        assert isinstance(op, Pool)
        units = self.shown[self.graph[f"{layer.name}.a"].args[0].name]
        pooled = self.shown[f"{layer.name}.a"]
        axes: Axes = self.graph[pooled].axes
        height, width = op.scan.size
        for spot in np.ndindex(*axes.values()):
            at = dict(zip(axes, (int(n) for n in spot), strict=True))
            row, column = (at.pop(axis) for axis in list(axes)[-2:])
            first = {**at, op.scan.over[0]: row * height, op.scan.over[1]: column * width}
            last = {**at, op.scan.over[0]: (row + 1) * height - 1, op.scan.over[1]: (column + 1) * width - 1}
            area = f"{draft.cell(units, first)}:{draft.cell(units, last)}"
            winner = draft.cell(pooled, dict(zip(axes, (int(n) for n in spot), strict=True)))
            draft.rule(area, f"{draft.cell(units, first).replace('$', '')}={winner}", "winner")
