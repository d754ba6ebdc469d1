"""Equations with the numbers put in: for the unit, row and column that a page's reader has chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product

import numpy as np

from ..backprop import SHORT
from ..convolution import Convolve, ConvolveSlope, SumOver
from ..functions import ACTIVATIONS, COSTS
from ..graph import Block, Graph
from ..lookups import Shown, Spell
from ..ops import Activate, Axes, Contract, CostOf, CostSlope, Elementwise, Slope, Total
from ..pooling import POOLINGS, Pool, Share
from ..scan import Scan, filter_axes, map_axes

MOST_TERMS = 16
"""A longer sum shows its first terms and its last."""
SELECTORS = ("unit", "from", "row", "col")
Pieces = list[str | Shown]


def selector(axes: Axes, axis: str) -> str:
    """Which of the reader's choices picks a position of `axis`."""
    if axis.endswith(("row", "_i")):
        return f"row.{axis}"
    if axis.endswith(("col", "_j")):
        return f"col.{axis}"
    return f"unit.{axis}" if next(iter(axes)) == axis else f"from.{axis}"


class Speller:
    """Writes the equation of a block of the base graph with the numbers that `page` shows for it.

    `shown` maps blocks of the base graph to those of the page, `chosen` the selectors to blocks that hold them.
    """

    def __init__(self, graph: Graph, shown: Mapping[str, str], chosen: Mapping[str, str]) -> None:
        self._graph, self._shown, self._chosen = graph, shown, chosen
        self._args: list[str] = []

    def spell(self, name: str, symbol: str, result: str = "") -> tuple[Spell, list[str]]:
        """The op and its arguments; `result` names the block that holds the outcome, if it is another."""
        self._args = []
        block = self._graph[name]
        axes = self._graph[self._shown[name]].axes
        picks = {axis: (selector(axes, axis), 1, 0) for axis in axes}
        head: Pieces = [symbol]
        if picks:
            numbers: Pieces = []
            for axis in axes:
                numbers += [",", self._number(self._chosen[selector(axes, axis)], digits=0)]
            head += ["[", *numbers[1:], "]"]
        outcome = self._at(result or self._shown[name], axes, picks)
        middle = self._pieces(block, axes)
        tail: Pieces = [" = ", *middle, " = ", outcome] if middle else [" = ", outcome]
        return Spell(tuple(_joined([*head, *tail]))), self._args

    def _number(
        self,
        name: str,
        index: Mapping[str, int] | None = None,
        chosen: Mapping[str, tuple[str, int, int]] | None = None,
        digits: int = 3,
        sign: str = "",
    ) -> Shown:
        chosen = {axis: (self._arg(self._chosen[by]), *move) for axis, (by, *move) in (chosen or {}).items()}  # type: ignore[misc]
        return Shown(self._arg(name), index or {}, chosen, digits, sign)  # type: ignore[arg-type]

    def _arg(self, name: str) -> int:
        if name not in self._args:
            self._args.append(name)
        return self._args.index(name)

    def _at(self, name: str, axes: Axes, picks: Mapping[str, tuple[str, int, int]], sign: str = "") -> Shown:
        """The number of `name` at the chosen unit, with as many digits as its role shows."""
        mine = self._graph[name].axes
        chosen = {axis: pick for axis, pick in picks.items() if axis in mine}
        return self._number(name, {axis: 0 for axis in mine if axis not in chosen}, chosen, self._digits(name), sign)

    def _digits(self, name: str) -> int:
        return 1 if self._graph[name].role in ("pixel", "painted") else 0 if self._graph[name].role == "target" else 3

    def _pieces(self, block: Block, axes: Axes) -> Pieces:
        """The right side of the equation; empty for an op whose terms are not spelt."""
        args = [self._shown[use.name] for use in block.args]
        picks = {axis: (selector(axes, axis), 1, 0) for axis in axes}

        def at(name: str, sign: str = "") -> Shown:
            return self._at(name, axes, picks, sign)

        match block.op:
            case Activate():
                return _filled(ACTIVATIONS[block.op.name].spelt, z=at(args[0], "()"))
            case Slope():
                return _filled(ACTIVATIONS[block.op.name].slope_spelt, z=at(args[0], "()"), a=at(args[1], "()"))
            case CostSlope():
                return _filled(COSTS[block.op.name].slope_spelt, a=at(args[0]), t=at(args[1]))
            case CostOf():
                return self._cost(block.op, args)
            case Contract():
                return self._products(args, axes, picks)
            case Convolve():
                return self._convolved(block.op.scan, args, axes, picks)
            case ConvolveSlope():
                return self._slid(block.op.scan, args, axes, picks)
            case Pool():
                return self._pooled(block.op, args[0], axes, picks)
            case Share():
                return self._shared(block.op, args, axes, picks)
            case SumOver():
                spots = _spots({axis: self._graph[args[0]].axes[axis] for axis in block.op.axes})
                return _sum([self._number(args[0], spot, picks, sign="+")] for spot in spots)
            case Total():
                return ["…", self._at(self._shown[block.args[0].name], axes, picks, "+"), " + …"]
            case Elementwise() if block.op is SHORT:
                return [at(args[0]), " − ", at(args[1])]
            case Elementwise() if len(args) == 2:
                return [at(args[0]), "×", at(args[1], "()")]
            case Elementwise() if len(args) == 3:
                return [at(args[0]), " − ", at(args[1]), "×", at(args[2], "()")]
        return []

    def _cost(self, op: CostOf, args: list[str]) -> Pieces:
        cost = COSTS[op.name]
        terms: Pieces = []
        for unit in range(self._graph[args[0]].axes[op.axis]):
            a, t = (self._number(name, {op.axis: unit}, digits=self._digits(name), sign="()") for name in args)
            terms += [" + ", *_filled(cost.spelt_term, a=a, t=t)]
        return _filled(cost.spelt, terms=terms[1:])

    def _products(self, args: list[str], axes: Axes, picks: Mapping[str, tuple[str, int, int]]) -> Pieces:
        """Σ of products over the axes that the result lacks, plus a bias."""
        weights, others = self._graph[args[0]].axes, self._graph[args[1]].axes
        terms: list[Pieces] = []
        for spot in _spots({axis: size for axis, size in weights.items() if axis not in axes}):
            one = self._number(args[0], spot, {a: p for a, p in picks.items() if a in weights}, sign="+")
            mine = {axis: n for axis, n in spot.items() if axis in others}
            chosen = {a: p for a, p in picks.items() if a in others and a not in mine}
            terms.append([one, "×", self._number(args[1], mine, chosen, self._digits(args[1]), "()")])
        biases: list[Pieces] = [[self._at(name, axes, picks, "+")] for name in args[2:]]
        return _sum([*terms, *biases])

    def _convolved(
        self, scan: Scan, args: list[str], axes: Axes, picks: Mapping[str, tuple[str, int, int]]
    ) -> Pieces:
        weights, picture = self._graph[args[0]].axes, self._graph[args[1]].axes
        names, maps = filter_axes(scan.layer), map_axes(scan.layer)
        terms: list[Pieces] = []
        for spot in _spots({axis: size for axis, size in weights.items() if axis not in axes}):
            one = self._number(args[0], spot, {scan.layer: picks[scan.layer]}, sign="+")
            moves = {
                over: (picks[at][0], stride, spot[name])
                for over, at, stride, name in zip(scan.over, maps, scan.stride, names, strict=True)
            }
            still = {axis: n for axis, n in spot.items() if axis in picture}
            terms.append([one, "×", self._number(args[1], still, moves, self._digits(args[1]), "()")])
        biases: list[Pieces] = [[self._at(name, axes, picks, "+")] for name in args[2:]]
        return _sum([*terms, *biases])

    def _slid(self, scan: Scan, args: list[str], axes: Axes, picks: Mapping[str, tuple[str, int, int]]) -> Pieces:
        """∂C/∂w of a filter: Σ δ · the picture shifted by the chosen cell of the filter."""
        names, maps = filter_axes(scan.layer), map_axes(scan.layer)
        picture = self._graph[args[1]].axes
        terms: list[Pieces] = []
        for spot in _spots(dict(zip(maps, scan.count, strict=True))):
            one = self._number(args[0], spot, {scan.layer: picks[scan.layer]}, sign="+")
            moves = {axis: pick for axis, pick in picks.items() if axis in picture}
            for over, name, at, stride in zip(scan.over, names, maps, scan.stride, strict=True):
                moves[over] = (picks[name][0], 1, spot[at] * stride)
            terms.append([one, "×", self._number(args[1], {}, moves, self._digits(args[1]), "()")])
        return _sum(terms)

    def _pooled(self, op: Pool, units: str, axes: Axes, picks: Mapping[str, tuple[str, int, int]]) -> Pieces:
        others = {axis: pick for axis, pick in picks.items() if axis not in map_axes(op.scan.layer)}
        cells: Pieces = []
        for i, j in np.ndindex(op.scan.size):
            moves = {
                over: (picks[at][0], stride, n)
                for over, at, stride, n in zip(
                    op.scan.over, map_axes(op.scan.layer), op.scan.stride, (i, j), strict=True
                )
            }
            cells += [", ", self._number(units, {}, {**others, **moves})]
        return _filled(POOLINGS[op.method].spelt, a=cells[1:])

    def _shared(self, op: Share, args: list[str], axes: Axes, picks: Mapping[str, tuple[str, int, int]]) -> Pieces:
        a, pooled, up = args
        windows = {axis: pick for axis, pick in picks.items() if axis not in op.scan.over}
        for axis in map_axes(op.scan.layer):
            windows[axis] = (f"window.{axis}", 1, 0)
        p, u = self._number(pooled, {}, windows), self._number(up, {}, windows, sign="()")
        pattern = POOLINGS[op.method].share_spelt
        return _filled(pattern, a=self._at(a, axes, picks), p=p, up=u, n=str(op.scan.size[0] * op.scan.size[1]))


def _spots(axes: Axes) -> list[dict[str, int]]:
    return [dict(zip(axes, spot, strict=True)) for spot in product(*map(range, axes.values()))]


def _sum(terms: Iterable[Pieces]) -> Pieces:
    """Terms that bring their own signs, the middle of a long sum left out."""
    every = list(terms)
    if len(every) > MOST_TERMS:
        every = [*every[: MOST_TERMS - 4], [" + …"], *every[-2:]]
    pieces = [piece for term in every for piece in term]
    if isinstance(pieces[0], Shown):
        pieces[0] = replace(pieces[0], sign="")
    return pieces


def _filled(pattern: str, **numbers: Shown | str | Pieces) -> Pieces:
    """A pattern such as `{a}×(1−{a})` as texts and numbers."""
    pieces: Pieces = []
    for part in pattern.replace("{", "\0{").replace("}", "}\0").split("\0"):
        if part.startswith("{"):
            given = numbers[part[1:-1]]
            pieces += given if isinstance(given, list) else [given]
        elif part:
            pieces.append(part)
    return pieces


def _joined(pieces: Pieces) -> Pieces:
    """Neighbouring texts made one."""
    found: Pieces = []
    for piece in pieces:
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    return found
