"""Back-propagation: the blocks of the gradient, derived from the forward blocks op by op (book 4-2 to 4-4).

Each rule receives the block that holds dC/d(output) of its op and adds the blocks for its arguments. Names
are the book's: `l.delta` is the unit error dC/dz of layer l, `l.da` is dC/da, `l.slope` is a'(z),
`l.w.each` is dC/dw of every image and `l.w.grad` its sum, dC_T/dw.
"""

from __future__ import annotations

from collections.abc import Callable

from .convolution import Convolve, ConvolveBack, ConvolveSlope, SumOver
from .costs import CostOf, CostSlope
from .errors import RecipeError, SheetnnError
from .functions import ACTIVATIONS, COSTS, SOFTMAX
from .graph import Block, Graph
from .ops import COPY, IMAGE, MULTIPLY, Activate, Contract, Elementwise, Op, Slope, Total
from .pooling import Pool, Share
from .scan import map_axes
from .softmax import Normalise, SoftmaxBack

Rule = Callable[[Graph, Block, str], None]
SHORT = Elementwise("{0}-{1}", lambda a, t: a - t)  # book 3-3, note: dC/dz of cross-entropy with the sigmoid


def differentiate(graph: Graph, cost: str) -> None:
    """Add the gradient of the total of block `cost` for every carried block it depends on.

    The total is the block whose only argument is `cost`: a sum or a mean over images, as the gradients then are.

    Raises SheetnnError for an op without a rule, naming its block.
    """
    needed = _depends_on_parameters(graph)
    for block in [graph[name] for name in reversed(list(graph.blocks))]:
        if block.name == cost or (block.name in needed and gradient_name(block.name) in graph.blocks):
            if block.op is None or block.start is not None or isinstance(block.op, Total):
                continue
            rule = RULES.get(type(block.op))
            if rule is None:
                raise SheetnnError(f"{block.name}: {type(block.op).__name__} has no rule for back-propagation")
            rule(graph, block, gradient_name(block.name))


def gradient_name(name: str) -> str:
    """The name of dC/d(block): the unit error of a weighted input, else `.da`, or `.each` for a parameter."""
    layer, _, part = name.rpartition(".")
    return {"z": f"{layer}.delta", "a": f"{layer}.da"}.get(part, f"{name}.each")


def _depends_on_parameters(graph: Graph) -> set[str]:
    found: set[str] = set()
    for block in graph:
        if (block.start is not None and block.role == "parameter") or any(use.name in found for use in block.args):
            found.add(block.name)
    return found


def _cost(graph: Graph, block: Block, up: str) -> None:
    assert isinstance(block.op, CostOf)
    outputs, targets = block.args[:2]  # its terms, if any, are only a way of writing it
    axes = tuple(graph[outputs.name].axes)
    made = graph[outputs.name].op
    short = COSTS[block.op.name].short
    if (isinstance(made, Activate) and made.name in short) or (isinstance(made, Normalise) and SOFTMAX in short):
        # dC/da · da/dz in one: exact where each by itself would overflow (book 3-3, note)
        inner = graph[outputs.name].args[0].name
        z = graph[inner].args[0].name if isinstance(made, Normalise) else inner
        graph.add(gradient_name(z), SHORT, outputs.name, targets.name, axes=axes, role="backward")
        return
    slope = CostSlope(block.op.name)
    graph.add(gradient_name(outputs.name), slope, outputs.name, targets.name, axes=axes, role="backward")


def _softmax(graph: Graph, block: Block, up: str) -> None:
    """Of the quotient as a whole: e and its sum need no rule of their own."""
    layer, axes = block.name.rpartition(".")[0], tuple(block.axes)
    mean = graph.add(f"{layer}.mean", Contract(), block.name, up, axes=axes[:-1], role="backward")
    graph.add(gradient_name(f"{layer}.z"), SoftmaxBack(), block.name, up, mean, axes=axes, role="backward")


def _activate(graph: Graph, block: Block, up: str) -> None:
    assert isinstance(block.op, Activate)
    if not ACTIVATIONS[block.op.name].slope_formula:
        raise RecipeError(f"{block.name}: activation {block.op.name} has no slope to train through")
    (z,) = block.args
    slope = f"{block.name.rpartition('.')[0]}.slope"
    axes = tuple(block.axes)
    if slope not in graph.blocks:
        graph.add(slope, Slope(block.op.name), z.name, block.name, axes=axes, role="forward")
    graph.add(gradient_name(z.name), MULTIPLY, up, slope, axes=axes, role="backward")


def _contract(graph: Graph, block: Block, up: str) -> None:
    weights, inputs, *biases = block.args
    _parameter(graph, weights.name, MULTIPLY, up, inputs.name)
    for bias in biases:
        _parameter(graph, bias.name, COPY, up)
    if inputs.name in _depends_on_parameters(graph):
        axes = tuple(graph[inputs.name].axes)
        graph.add(gradient_name(inputs.name), Contract(), weights.name, up, axes=axes, role="backward")


def _convolve(graph: Graph, block: Block, up: str) -> None:
    assert isinstance(block.op, Convolve)
    weights, inputs, *biases = block.args
    _parameter(graph, weights.name, ConvolveSlope(block.op.scan), up, inputs.name)
    for bias in biases:
        _parameter(graph, bias.name, SumOver(map_axes(block.op.scan.layer)), up)
    if inputs.name in _depends_on_parameters(graph):
        axes = tuple(graph[inputs.name].axes)
        back = ConvolveBack(block.op.scan)
        graph.add(gradient_name(inputs.name), back, weights.name, up, axes=axes, role="backward")


def _pool(graph: Graph, block: Block, up: str) -> None:
    assert isinstance(block.op, Pool)
    (units,) = block.args
    axes = tuple(graph[units.name].axes)
    share = Share(block.op.method, block.op.scan)
    graph.add(gradient_name(units.name), share, units.name, block.name, up, axes=axes, role="backward")


def _parameter(graph: Graph, name: str, op: Op, *args: str) -> None:
    """The gradient of a parameter for every image, and its sum (or mean, as the cost's) over them."""
    axes = tuple(graph[name].axes)
    each = graph.add(gradient_name(name), op, *args, axes=(IMAGE, *axes), role="backward")
    total = graph["C_T"].op
    assert total is not None
    graph.add(f"{name}.grad", total, each, axes=axes, role="gradient")


RULES: dict[type[Op], Rule] = {
    CostOf: _cost,
    Activate: _activate,
    Contract: _contract,
    Convolve: _convolve,
    Pool: _pool,
    Normalise: _softmax,
}
