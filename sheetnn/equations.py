"""What a reader is told of a block: its symbol, its equation with the place in the book, and what it is.

Sources are sections of the book, with an equation's number where it is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from .convolution import Convolve, ConvolveBack, ConvolveSlope, SumOver
from .costs import CostOf, CostSlope
from .functions import ACTIVATIONS, COSTS
from .graph import Block, Graph
from .ops import DESCEND, Activate, Contract, Elementwise, Slope, Total
from .optimizers import ADAM, ADD, DECAYED, MEAN, MEAN_SQUARE, UNIT, VELOCITY, Length
from .pooling import POOLINGS, Pool, Share
from .schema import Convolution, Dense, PoolingLayer, Recipe
from .softmax import Exponentials, Normalise, SoftmaxBack


@dataclass(frozen=True)
class Equation:
    """`symbol = text` in markup (`_{}` and `^{}`); `source` is a section of the book, or empty."""

    symbol: str
    text: str
    source: str
    sign: str = "="

    @property
    def line(self) -> str:
        return f"{self.symbol} {self.sign} {self.text}" if self.text else self.symbol


def marks(recipe: Recipe) -> dict[str, str]:
    """The superscript of each layer: 2, 3, ... of a dense network (book 3-1), else F, P and O (book 5-3)."""
    if all(isinstance(layer, Dense) for layer in recipe.layers):
        return {layer.name: str(number) for number, layer in enumerate(recipe.layers, 2)}
    letters = {Convolution: "F", PoolingLayer: "P", Dense: "H"}
    kinds = [letters[type(layer)] for layer in recipe.layers[:-1]] + ["O"]
    found = {}
    for number, (layer, kind) in enumerate(zip(recipe.layers, kinds, strict=True)):
        found[layer.name] = kind if kinds.count(kind) == 1 else f"{kind}{kinds[: number + 1].count(kind)}"
    return found


def equation(graph: Graph, recipe: Recipe, name: str) -> Equation:
    """The equation of block `name`, as the book writes it."""
    block = graph[name]
    layer, _, part = name.partition(".")
    mark = marks(recipe)
    own = mark.get(layer, "")
    maps = any(not isinstance(one, Dense) for one in recipe.layers if one.name == layer)
    symbol = _symbol(name, own, part)
    op = block.op
    match op:
        case None:
            return Equation(symbol, "", "")
        case Activate():
            return Equation(symbol, ACTIVATIONS[op.name].text, "5-3" if maps else "3-2")
        case Slope():
            return Equation(symbol, ACTIVATIONS[op.name].slope_text, "2-6")
        case Pool():
            return Equation(symbol, POOLINGS[op.method].text, "5-3")
        case CostOf():
            last = _below(block, mark)
            return Equation("C", COSTS[op.name].text.replace("a_{k}", f"a_{{k}}^{{{last}}}"), "3-3 (1)")
        case CostSlope():
            text = COSTS[op.name].slope_text.replace("a_{k}", f"a_{{k}}^{{{own}}}")
            return Equation(symbol, text, "4-3")
        case Share():
            return Equation(symbol, POOLINGS[op.method].share_text, "5-5")
        case Convolve():
            below = _below(graph[block.args[1].name], mark, block.args[1].name)
            text = f"Σ_{{mn}} w_{{mn}}^{{{own}}} {below}_{{i+m−1, j+n−1}} + b^{{{own}}}"
            return Equation(symbol, text, "5-3")
        case ConvolveSlope():
            below = _below(graph[block.args[1].name], mark, block.args[1].name)
            return Equation(symbol, f"Σ_{{ij}} δ_{{ij}}^{{{own}}} {below}_{{i+m−1, j+n−1}}", "5-5")
        case ConvolveBack():
            above = mark.get(block.args[0].name.partition(".")[0], "")
            return Equation(symbol, f"Σ w^{{{above}}} δ^{{{above}}}", "5-5")
        case SumOver():
            return Equation(symbol, f"Σ_{{ij}} δ_{{ij}}^{{{own}}}", "5-5")
        case Total() if part or name == "C_T":  # of a recipe's own block there is nothing to say
            by = " / n" if op.mean else ""
            if name == "C_T":
                return Equation("C_{T}", f"Σ_{{n}} C_{{n}}{by}", "3-4")
            return Equation(symbol, f"Σ_{{n}} (∂C/∂{part[0]}^{{{own}}})_{{n}}{by}", "4-4")
        case Contract() if part == "z":
            below = _below(graph[block.args[1].name], mark, block.args[1].name)
            text = f"Σ_{{j}} w_{{ij}}^{{{own}}} {below}_{{j}} + b_{{i}}^{{{own}}}"
            return Equation(symbol, text, "3-2")
        case Contract():
            above = mark.get(block.args[0].name.partition(".")[0], "")
            return Equation(
                symbol, f"Σ_{{k}} w_{{ki}}^{{{above}}} δ_{{k}}^{{{above}}}", "5-5" if maps else "4-3 (15)"
            )
        case Elementwise() if part == "delta" and f"{layer}.da" not in graph.blocks:
            return Equation(symbol, f"a_{{k}}^{{{own}}} − t_{{k}}", "3-3")
        case Elementwise() if part == "delta":
            hidden = not isinstance(graph[f"{layer}.da"].op, CostSlope)
            source = "5-5" if maps else "4-3 (15)" if hidden else "4-3"
            return Equation(symbol, f"∂C/∂a^{{{own}}} · a′(z^{{{own}}})", source)
        case Elementwise() if part == "w.each":
            below = _below(graph[block.args[1].name], mark, block.args[1].name)
            return Equation(symbol, f"δ_{{i}}^{{{own}}} {below}_{{j}}", "5-5" if maps else "4-2")
        case Elementwise() if part == "b.each":
            return Equation(symbol, f"δ_{{i}}^{{{own}}}", "4-2")
        case Elementwise() if op is DESCEND and part in ("w", "b"):
            slope = {"unit": "g/|g|", "decayed": "g"}.get(block.args[2].name.rpartition(".")[2])
            return Equation(
                symbol,
                f"{part}^{{{own}}} − η {slope or f'∂C_{{T}}/∂{part}^{{{own}}}'}",
                "2-11" if slope else "4-4",
                "←",
            )
        case Elementwise() if op is ADD and part in ("w", "b"):
            return Equation(symbol, f"{part}^{{{own}}} + v", "", "←")
        case Elementwise() if op is VELOCITY:
            return Equation("v", "μv − ηg", "", "←")
        case Elementwise() if op is MEAN:
            return Equation("m", "β_{1} m + (1−β_{1}) g", "", "←")
        case Elementwise() if op is MEAN_SQUARE:
            return Equation("s", "β_{2} s + (1−β_{2}) g^{2}", "", "←")
        case Elementwise() if op is ADAM:
            text = f"{part}^{{{own}}} − η m/(1−β_{{1}}^{{t}}) / (√(s/(1−β_{{2}}^{{t}})) + ε)"
            return Equation(symbol, text, "", "←")
        case Elementwise() if op is DECAYED:
            return Equation("g", f"∂C_{{T}}/∂{part[0]}^{{{own}}} + λ{part[0]}^{{{own}}}", "")
        case Elementwise() if op is UNIT:
            return Equation("g", "g/|g|", "2-11")
        case Length():
            return Equation("|g|", "√(Σg^{2})", "2-11")
        case Exponentials():
            return Equation(f"e^{{{own}}}", f"exp(z_{{k}}^{{{own}}} − max z^{{{own}}})", "")
        case Normalise():
            return Equation(symbol, f"e_{{k}}^{{{own}}} / Σe^{{{own}}}", "")
        case SoftmaxBack():
            return Equation(symbol, f"a_{{k}}^{{{own}}} (∂C/∂a_{{k}}^{{{own}}} − Σ a^{{{own}}} ∂C/∂a^{{{own}}})", "")
    return Equation(symbol, "", "")


def _symbol(name: str, own: str, part: str) -> str:
    top = f"^{{{own}}}"
    return {
        "w": f"w{top}",
        "b": f"b{top}",
        "z": f"z{top}",
        "a": f"a{top}",
        "slope": f"a′(z{top})",
        "da": f"∂C/∂a{top}",
        "delta": f"δ{top}",
        "w.each": f"∂C/∂w{top}",
        "b.each": f"∂C/∂b{top}",
        "w.grad": f"∂C_{{T}}/∂w{top}",
        "b.grad": f"∂C_{{T}}/∂b{top}",
        "": {"C_T": "C_{T}", "eta": "η"}.get(name, name),
    }.get(part, name)


def _below(block: Block, mark: dict[str, str], name: str = "") -> str:
    """The symbol of a layer's inputs, or the mark of the layer that a block reads."""
    if name:
        layer = name.partition(".")[0]
        return f"a^{{{mark[layer]}}}" if layer in mark else name
    return mark.get(block.args[0].name.partition(".")[0], "")


_WHOLE = """x t eta C C_T image label verdict number number.first rate hit rises position value gradient displacement
length distance nearest share output target epoch stage unit from row col eps picture""".split()
_PARTS = "w b z a slope da delta w.each b.each w.grad b.grad".split()


def meaning(name: str) -> str:
    """The key, in the tables of labels, of what a block is; empty for one that the tables do not name."""
    bare = name.rpartition("/")[2].removeprefix("data.").removeprefix("test.")
    if bare in _WHOLE:
        return f"what.{bare}"
    _, _, part = bare.partition(".")
    return f"what.{part}" if part in _PARTS else ""


def shape(block: Block) -> str:
    """The sizes of a block's axes in words, such as `64 image × 3 hidden`."""
    return " × ".join(f"{size} {axis}" for axis, size in block.axes.items()) or "1"
