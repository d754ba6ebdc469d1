"""Exercises: one image of the first epoch on a page, a part of its cells left blank for the learner to fill in.

Beside every answer stand, in hidden columns, the value that follows from the learner's own earlier cells and
whether the answer agrees with it; so one mistake does not make all that comes after it wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .address import letters
from .equations import equation
from .errors import RecipeError, nearest
from .graph import ANSWER, Graph, Values
from .labels import Words, plain
from .layout import Layout, Place
from .network import parameter_names
from .ops import DESCEND, IMAGE, Axes, Index, Named, Op
from .schema import Recipe
from .views.cards import Card, deal
from .views.draft import Draft

if TYPE_CHECKING:
    from .refs import Ref

PARTS = ("forward", "delta", "gradient", "update")
TOLERANCE = 0.0006  # so that an answer with three decimals, as the book prints them, is right


class Right(Op):
    """1 where an answer is a number within the tolerance of the key, else 0; a blank is not right."""

    sees_blanks = True

    def formula(self, index: Index, *refs: Ref) -> str:
        answer, key, tolerance = (ref.cell(index) for ref in refs)
        return f"IF(ISNUMBER({answer}),IF(ABS({answer}-{key})<={tolerance},1,0),0)"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        answer, key, tolerance = (arg.along(axes) for arg in args)
        with np.errstate(invalid="ignore"):
            near = np.broadcast_to(np.abs(answer - key) <= tolerance, tuple(axes.values()))
        return near.astype(int)


@dataclass(frozen=True)
class Score(Op):
    """The share of right answers."""

    def formula(self, index: Index, *refs: Ref) -> str:
        cells = [
            ref.cell(dict(zip(ref.axes, spot, strict=True)))
            for ref in refs
            for spot in np.ndindex(*ref.axes.values())
        ]
        parts = [f"SUM({','.join(cells[i : i + 200])})" for i in range(0, len(cells), 200)]
        return f"({'+'.join(parts)})/{len(cells)}"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return np.array(sum(int(arg.data.sum()) for arg in args) / sum(arg.data.size for arg in args))


@dataclass(frozen=True)
class Exercise:
    """Which part is blank, for which image; `solved` is the workbook with the answers."""

    part: str
    image: int
    solved: bool

    @staticmethod
    def of(part: str, image: int, solved: bool, recipe: Recipe, images: int) -> Exercise:
        """Raises RecipeError for a part or image that does not exist."""
        if part not in PARTS:
            raise RecipeError(f"exercise {part!r} is not known; expected {', '.join(PARTS)}{nearest(part, PARTS)}")
        training = recipe.training
        if training is not None and training.batch is not None:
            raise RecipeError(f"{recipe.id}: an exercise needs all samples in each step; take out training.batch")
        plain = training is None or (
            training.optimizer == "gradient" and not training.decay and not training.unit_length
        )
        if part == "update" and not plain:
            raise RecipeError(
                f"{recipe.id}: part 'update' asks for w - η ∂C_T/∂w; use optimizer 'gradient' without decay and "
                "unit_length, or another part"
            )
        if not 1 <= image <= images:
            raise RecipeError(f"{recipe.id}: image {image} does not exist; expected 1 to {images}")
        return Exercise(part, image, solved)


def quantities(recipe: Recipe, graph: Graph) -> dict[str, list[str]]:
    """The blocks of each part, in the order in which they are worked out."""
    forward, delta = [], []
    for layer in recipe.layers:
        forward += [f"{layer.name}.{part}" for part in ("z", "e", "sum", "a", "slope")]
    for layer in reversed(recipe.layers):
        delta += [f"{layer.name}.{part}" for part in ("da", "mean", "delta")]
    forward, delta = ([name for name in names if name in graph.blocks] for names in (forward, delta))
    parameters = parameter_names(recipe)
    return {
        "forward": [*forward, "C"],
        "delta": delta,
        "gradient": [f"{name}.each" for name in parameters],
        "update": [f"{name}.new" for name in parameters],
    }


def exercise_graph(base: Graph, recipe: Recipe, exercise: Exercise, values: Values | None) -> Graph:
    """The numbers of one image: what is given, what is worked out, and what is asked."""
    graph = Graph()

    def given(name: str, role: str) -> None:
        block = base[name]
        axes = {axis: size for axis, size in block.axes.items() if axis != IMAGE}
        start: Any = np.zeros(tuple(axes.values()))
        if values is not None:
            start = values[name][0] if block.repeated else values[name]
            start = start[exercise.image - 1] if IMAGE in block.axes else start
        graph.constant(name, axes, start, role, "exercise")

    given("x", "pixel")
    given("t", "target")
    given("eta", "rate")
    for name in parameter_names(recipe):
        given(name, "parameter")
    given_gradients = [f"{name}.grad" for name in parameter_names(recipe)]
    tolerance = graph.constant("tolerance", {}, TOLERANCE, "choice", "exercise")
    marks = []
    for part, names in quantities(recipe, base).items():
        if part == "update":
            for name in given_gradients:
                given(name, "gradient")
        for name in names:
            op, args, axes, role = _rule(base, name)
            if part != exercise.part or exercise.solved:
                graph.add(name, op, *args, axes=tuple(axes), role=role, group="exercise")
            else:
                graph.constant(name, axes, np.full(tuple(axes.values()), np.nan), ANSWER, "exercise")
            if part == exercise.part:
                key = graph.add(f"key/{name}", op, *args, axes=tuple(axes), role="plain", group="exercise")
                right = (name, key, tolerance)
                marks.append(
                    graph.add(f"mark/{name}", Right(), *right, axes=tuple(axes), role="number", group="exercise")
                )
    graph.add("score", Score(), *marks, axes=(), role="percent", group="exercise")
    return graph


def _rule(base: Graph, name: str) -> tuple[Op, tuple[str, ...], Axes, str]:
    """Op, arguments, axes and role of a quantity of one image."""
    if name.endswith(".new"):
        parameter = name.removesuffix(".new")
        return DESCEND, (parameter, "eta", f"{parameter}.grad"), base[parameter].axes, "update"
    block = base[name]
    assert block.op is not None
    axes = {axis: size for axis, size in block.axes.items() if axis != IMAGE}
    return block.op, tuple(use.name for use in block.args), axes, block.role


def exercise_layout(graph: Graph, base: Graph, recipe: Recipe, exercise: Exercise, words: Words) -> Layout:
    """One sheet: the given numbers, then part by part the numbers to be worked out, each with its equation."""
    draft = Draft("exercise", graph, Layout((), {}, graph=graph), recipe, words)
    kind = "solution" if exercise.solved else "exercise"
    draft.write(1, 2, plain(f"{recipe.titled(words.language)} – {words(f'exercise.{kind}')}"), "heading")
    draft.say(2, 2, f"ask.{exercise.part}")
    draft.say(3, 2, "hint", "note")
    draft.say(4, 2, "score", "prompt")
    draft.put("score", 4, 8, outline="medium")
    draft.say(5, 2, "tolerance", "prompt")
    draft.put("tolerance", 5, 8, format="General")
    row, right = _given(draft, recipe)
    for part, names in quantities(recipe, base).items():
        draft.say(row, 2, f"band.{part}", "band", last=20)
        cards = [Card(name, _symbol(base, recipe, name), 1) for name in names]
        if part == "update":
            cards = [
                card
                for name in parameter_names(recipe)
                for card in (Card(f"{name}.grad", _symbol(base, recipe, f"{name}.grad"), 1), cards.pop(0))
            ]
        row, edge = deal(draft, cards, row + 1, 2, {})
        right = max(right, edge)
        row += 1
        for name in names:
            said = equation(base, recipe, name.removesuffix(".new"))
            draft.write(row, 2, said.line)
            draft.write(row, 10, said.source, "faint")
            row += 1
        row += 1
    hidden = _marks(draft, quantities(recipe, base)[exercise.part], right + 1)
    widths = {"A": 1.5, f"B:{letters(right)}": 7.0}
    columns = tuple(letters(column) for column in range(right + 1, hidden + 1))
    return draft.finish(widths=widths, grid=False, freeze="A6", hidden=columns, printed=max(20, right))


def _symbol(base: Graph, recipe: Recipe, name: str) -> str:
    if name in ("x", "t"):
        return name
    said = equation(base, recipe, name.removesuffix(".new")).symbol
    return f"{said} (t+1)" if name.endswith(".new") else said


def _given(draft: Draft, recipe: Recipe) -> tuple[int, int]:
    draft.say(7, 2, "band.given", "band", last=20)
    cards = [Card(name, _symbol(draft.graph, recipe, name), 1) for name in ("x", "t", "eta")]
    for name in parameter_names(recipe):
        cards.append(Card(name, _symbol(draft.graph, recipe, name), 1, 0 if name.endswith(".b") else 1))
    row, right = deal(draft, cards, 8, 2, {})
    return row + 1, right


def _marks(draft: Draft, names: list[str], offset: int) -> int:
    """Marks and keys, `offset` and twice as many columns to the right of the answers; colours by them."""
    last = 0
    for name in names:
        place = draft.places[name]
        for times, kind in ((1, "mark"), (2, "key")):
            moved = Place(place.sheet, place.row, place.column + times * offset, place.steps, outline="")
            draft.places[f"{kind}/{name}"] = moved
            last = max(last, int(moved.cells(draft.graph[name].axes)[1].max()))
        answer, mark = draft.cell(name).replace("$", ""), draft.cell(f"mark/{name}").replace("$", "")
        draft.rule(draft.area(name), f"AND(ISNUMBER({answer}),{mark}=1)", "right")
        draft.rule(draft.area(name), f'AND({answer}<>"",{mark}=0)', "wrong")
    return last
