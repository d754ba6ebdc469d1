"""Optimisers: how a parameter follows from the one of the step before and its gradient. One row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .ops import DESCEND, Axes, Elementwise, Index, Named, Op

if TYPE_CHECKING:
    from .graph import Graph
    from .refs import Ref

ADD = Elementwise("{0}+{1}", lambda a, b: a + b)
NEXT = Elementwise("{0}+1", lambda n: n + 1)
TIMES = Elementwise("{0}*{1}", lambda a, b: a * b)
DECAYED = Elementwise("{0}+{1}*{2}", lambda g, decay, w: g + decay * w)
UNIT = Elementwise(
    "IF({1}=0,0,{0}/{1})", lambda g, norm: np.where(norm == 0, 0.0, g / np.where(norm == 0, 1.0, norm))
)
# v <- mu v - eta g (Polyak 1964)
VELOCITY = Elementwise("{0}*{1}-{2}*{3}", lambda mu, v, eta, g: mu * v - eta * g)
# Kingma and Ba 2015, algorithm 1
MEAN = Elementwise("{0}*{1}+(1-{0})*{2}", lambda beta, m, g: beta * m + (1 - beta) * g)
MEAN_SQUARE = Elementwise("{0}*{1}+(1-{0})*{2}*{2}", lambda beta, v, g: beta * v + (1 - beta) * g * g)
ADAM = Elementwise(
    "{0}-{1}*({2}/(1-{3}))/(SQRT({4}/(1-{5}))+{6})",
    lambda w, eta, m, p1, v, p2, epsilon: w - eta * (m / (1 - p1)) / (np.sqrt(v / (1 - p2)) + epsilon),
)


@dataclass(frozen=True)
class Length(Op):
    """The length of the vector of all numbers of all arguments: the square root of the sum of their squares."""

    def formula(self, index: Index, *refs: Ref) -> str:
        terms = []
        for ref in refs:
            area = ref.area({})
            if area is not None:
                terms.append(f"SUMPRODUCT({area.text},{area.text})")
            else:
                spots = (dict(zip(ref.axes, spot, strict=True)) for spot in np.ndindex(*ref.axes.values()))
                terms += [f"{cell}*{cell}" for cell in map(ref.cell, spots)]
        return f"SQRT({'+'.join(terms)})"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return np.sqrt(np.array(sum(float((arg.data * arg.data).sum()) for arg in args)))


@dataclass(frozen=True)
class Scheduled(Op):
    """The learning rate of a step: the number of a table at its position, the last one from there on."""

    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        table, position = refs
        last = table.axes[self.axis] - 1
        return table.lookup(index, {self.axis: f"MIN({position.cell(index)},{last})"})

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        table, position = args
        return np.asarray(table.data[min(int(position.data), len(table.data) - 1)])


@dataclass(frozen=True)
class Optimizer:
    """`shared` adds what all parameters need, for given settings; `move` carries one parameter.

    `move` receives the graph, the parameter's name, axes, start, the learning rate and the block to descend along.
    """

    settings: tuple[str, ...]  # keys of the recipe's [training], each a live cell
    shared: Callable[[Graph], None]
    move: Callable[[Graph, str, Axes, Any, str, str], None]


def _gradient(graph: Graph, name: str, axes: Axes, start: Any, eta: str, along: str) -> None:
    graph.carry(name, axes, start, DESCEND, f"{name}@previous", eta, f"{along}@previous", role="parameter")


def _momentum(graph: Graph, name: str, axes: Axes, start: Any, eta: str, along: str) -> None:
    velocity = f"{name}.velocity"
    args = ("momentum", f"{velocity}@previous", eta, f"{along}@previous")
    graph.carry(velocity, axes, _zeros(axes), VELOCITY, *args, role="update")
    graph.carry(name, axes, start, ADD, f"{name}@previous", velocity, role="parameter")


def _powers(graph: Graph) -> None:
    """beta^t, which the mean gradients of the first steps are corrected by."""
    for beta in ("beta1", "beta2"):
        graph.carry(f"{beta}.power", {}, 1.0, TIMES, f"{beta}.power@previous", beta, role="number")


def _adam(graph: Graph, name: str, axes: Axes, start: Any, eta: str, along: str) -> None:
    means = []
    for part, beta, op in (("mean", "beta1", MEAN), ("square", "beta2", MEAN_SQUARE)):
        block = f"{name}.{part}"
        means.append(block)
        args = (beta, f"{block}@previous", f"{along}@previous")
        graph.carry(block, axes, _zeros(axes), op, *args, role="update")
    needs = (f"{name}@previous", eta, means[0], "beta1.power", means[1], "beta2.power", "epsilon")
    graph.carry(name, axes, start, ADAM, *needs, role="parameter")


def _zeros(axes: Axes) -> NDArray[Any]:
    return np.zeros(tuple(axes.values()))


OPTIMIZERS: dict[str, Optimizer] = {
    "gradient": Optimizer((), lambda graph: None, _gradient),
    "momentum": Optimizer(("momentum",), lambda graph: None, _momentum),
    "adam": Optimizer(("beta1", "beta2", "epsilon"), _powers, _adam),
}
