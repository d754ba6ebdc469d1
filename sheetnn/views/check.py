"""The gradient check: back-propagated gradients beside central differences of C_T over all images (book 2-8, 4-1)."""

from __future__ import annotations

from ..address import letters
from ..equations import equation
from ..labels import plain
from ..layout import Layout
from ..lookups import Pick
from ..network import parameter_names
from ..ops import EPOCH
from ..schema import PoolingLayer
from . import flat
from .checks import APART, CENTRAL, LARGER, LESS, MINUS, NEAR, PLUS, UNIT, Along, Chosen, Norm
from .draft import Draft

_TOP, _LEFT = 17, 2
_WAYS = ("one", "all")  # the chosen parameter; all of them at once, along the gradient


def check(draft: Draft) -> Layout:
    """Add the page and return the layout with it. Needs a trained network."""
    graph, names = draft.graph, parameter_names(draft.recipe)
    draft.say(1, 2, "heading", "heading")
    draft.say(2, 2, "hint", "note")
    first = sum(graph[name].size for name in names) - sum(graph[name].size for name in names[-2:]) + 1
    for row, (key, start) in enumerate({"epoch": 1.0, "number": float(first), "eps": 0.001}.items(), 4):
        draft.say(row, 2, f"input.{key}", "prompt")
        draft.number(key, int(start) if start >= 1 else start, row, 6)
    if any(isinstance(layer, PoolingLayer) and layer.method == "max" for layer in draft.recipe.layers):
        draft.say(13, 2, "ties", "note")
    right = _parameters(draft, names)
    lists = _passes(draft, right + 2)
    _results(draft, names)
    total = sum(graph[name].size for name in names)
    draft.choose("check/epoch", graph.epochs, lists)
    draft.choose("check/number", total, lists + 1)
    _numbers(draft, names)
    widths = {"A": 1.5, f"B:{letters(lists + 1)}": 9.0}
    return draft.finish(
        widths=widths, zoom=90, grid=False, hidden=(letters(lists), letters(lists + 1)), freeze="A4", printed=16
    )


def _numbers(draft: Draft, names: list[str]) -> None:
    """Which numbers the parameters have."""
    draft.say(3, 14, "numbers", "prompt")
    number = 1
    for row, name in enumerate(names, 4):
        block = draft.graph[name]
        symbol = plain(equation(draft.graph, draft.recipe, name).symbol)
        sizes = ", ".join(f"{axis} {size}" for axis, size in block.axes.items())
        draft.write(row, 14, f"{number}–{number + block.size - 1}: {symbol} ({sizes})")
        number += block.size


def _parameters(draft: Draft, names: list[str]) -> int:
    """Parameters and gradients of the epoch, both directions, and the parameters moved along them."""
    graph, number = draft.graph, 1
    pick = Pick((EPOCH,), (graph.first_epoch,))
    column, heights, sides = _LEFT, 0, flat.with_filters(draft, flat.sides_of(draft))
    for name in names:
        axes = graph[name].axes
        keys = tuple(axes)
        own, grad = f"check/{name}", f"check/{name}.grad"
        graph.add(own, pick, f"{name}@all", "check/epoch", axes=keys, role="parameter", group="check")
        graph.add(grad, pick, f"{name}.grad@all", "check/epoch", axes=keys, role="gradient", group="check")
        chosen = Chosen(number, tuple(axes.items()))
        graph.add(f"check/one/{name}", chosen, "check/number", axes=keys, role="number", group="check")
        number += graph[name].size
        heights = max(heights, flat.extent(axes, sides)[0])
    grads = [f"check/{name}.grad" for name in names]
    graph.add("check/norm", Norm(), *grads, axes=(), role="gradient", group="check")
    for name in names:
        keys = tuple(graph[name].axes)
        for part, op, args in (
            ("all/", UNIT, (f"check/{name}.grad", "check/norm")),
            ("one+/", PLUS, (f"check/{name}", "check/eps", f"check/one/{name}")),
            ("one-/", MINUS, (f"check/{name}", "check/eps", f"check/one/{name}")),
            ("all+/", PLUS, (f"check/{name}", "check/eps", f"check/all/{name}")),
            ("all-/", MINUS, (f"check/{name}", "check/eps", f"check/all/{name}")),
        ):
            role = "gradient" if part == "all/" else "parameter"
            graph.add(f"check/{part}{name}", op, *args, axes=keys, role=role, group="check")
    kinds = ("{}", "{}.grad", "one/{}", "one+/{}", "one-/{}", "all/{}", "all+/{}", "all-/{}")
    heads = ("w", "grad", "one", "plus", "minus", "direction", "plus", "minus")
    for section, (kind, head) in enumerate(zip(kinds, heads, strict=True)):
        row, column = _TOP + section * (heights + 2), _LEFT
        draft.say(row - 1, _LEFT, f"section.{head}", "prompt")
        for name in names:
            axes = graph[name].axes
            draft.put(f"check/{kind.format(name)}", row, column, flat.stand(axes, sides))
            column += flat.extent(axes, sides)[1] + 1
    return column


def _passes(draft: Draft, column: int) -> int:
    """Four forward passes over all images: C at both sides, for both directions."""
    graph = draft.graph
    loss = graph["C"].op
    assert loss is not None
    for way in _WAYS:
        for side in "+-":
            draft.write(_TOP - 2, column, f"{draft.words(f'check.{way}')}, {side.replace('-', '−')}ε", "prompt")
            a, column = flat.run(draft, f"check/{way}{side}/", "x", _TOP, column)
            cost = f"check/{way}{side}/C"
            graph.add(cost, loss, a, "t", axes=("image",), role="cost", group="check")
            draft.write(_TOP - 1, column, "C", "faint")
            draft.put(cost, _TOP, column, {"image": (1, 0)})
            column += 2
        parts = (f"check/{way}+/C", f"check/{way}-/C")
        graph.add(f"check/{way}.dC", LESS, *parts, axes=("image",), role="cost", group="check")
        draft.write(_TOP - 1, column, "C(+) − C(−)", "faint")
        draft.put(f"check/{way}.dC", _TOP, column, {"image": (1, 0)}, format="0.0E+00")
        column += 2
    return column


def _results(draft: Draft, names: list[str]) -> None:
    graph = draft.graph

    def add(name: str, op: object, *args: str, role: str = "plain") -> str:
        return graph.add(f"check/{name}", op, *args, axes=(), role=role, group="check")  # type: ignore[arg-type]

    columns = {"plus": 6, "minus": 7, "central": 8, "back": 9, "error": 10, "ok": 11}
    for head, column in columns.items():
        draft.say(8, column, f"head.{head}", "symbol")
    for row, way in enumerate(_WAYS, 9):
        draft.say(row, 2, way, "prompt")
        plus = add(f"{way}.plus", graph["C_T"].op, f"check/{way}+/C", role="cost")
        minus = add(f"{way}.minus", graph["C_T"].op, f"check/{way}-/C", role="cost")
        total = add(f"{way}.sum", graph["C_T"].op, f"check/{way}.dC")
        central = add(f"{way}.central", CENTRAL, total, "check/eps", role="cost")
        pairs = [part for name in names for part in (f"check/{way}/{name}", f"check/{name}.grad")]
        back = add(f"{way}.back", Along(), *pairs, role="gradient")
        error = add(f"{way}.error", APART, central, back)
        ok = add(f"{way}.ok", NEAR, error, "check/norm", role="check")
        for head, block in zip(columns, (plus, minus, central, back, error, ok), strict=True):
            shown = {"error": "0.0E+00", "central": "0.000000", "back": "0.000000", "plus": "0.000000"}
            draft.put(block, row, columns[head], format=shown.get(head, shown["plus"]))
    add("error", LARGER, "check/one.error", "check/all.error")
    draft.say(11, 2, "largest", "prompt")
    draft.put("check/error", 11, 10, format="0.0E+00")
    draft.say(12, 2, "norm", "prompt")
    draft.put("check/norm", 12, 10, format="0.000000")
