"""What a block and a cell are, in words: what it means, its layer, unit, image and epoch, and its equation."""

from __future__ import annotations

from .equations import Equation, equation, meaning
from .graph import Block
from .labels import Words
from .lookups import Pick, Spell
from .model import Model
from .ops import COPY, IMAGE, Count, Elementwise
from .schema import Convolution, Dense, PoolingLayer
from .wiring import Spot

_KINDS = {Dense: "contents.dense", Convolution: "contents.convolution", PoolingLayer: "contents.pooling"}


def bare(name: str) -> str:
    """The block of the network that a block of a page or of the test shows: `step/hidden.w.old` -> `hidden.w`."""
    name = name.rpartition("/")[2].removeprefix("test.").removeprefix("data.")
    return name.removesuffix(".old").removesuffix(".new")


def what(name: str, words: Words) -> str:
    """What a block is; empty for one that the tables do not name."""
    key = meaning(bare(name))
    return words(key) if key else ""


def layer_words(model: Model, name: str, words: Words) -> str:
    """`layer hidden (dense, sigmoid)`; empty for a block of no layer."""
    layer = {one.name: one for one in model.recipe.layers}.get(bare(name).partition(".")[0])
    if layer is None:
        return ""
    rule = layer.method if isinstance(layer, PoolingLayer) else layer.activation
    return words("explain.layer").format(layer=layer.name, kind=words(_KINDS[type(layer)]), rule=rule)


def where(model: Model, spot: Spot, words: Words) -> list[str]:
    """Layer, unit, image, epoch and whatever else tells a cell from the others of its block."""
    name, index, epoch = spot
    block = model.graph[name]
    found = [layer_words(model, name, words)]
    if "/" in name and name in model.layout.places:
        sheet = model.layout.sheet_name(model.layout.places[name].sheet)
        found.append(words("explain.page").format(sheet=sheet))
    elif block.group == "test":
        found.append(words("explain.test"))
    units = [axis for axis in block.axes if axis in {layer.name for layer in model.recipe.layers}]
    for axis, n in zip(block.axes, index, strict=True):
        after = axis == IMAGE and isinstance(block.op, Count)  # numbers of the images after the first
        found.append(_position(model, axis, n + 1 + after, axis in units[1:], words))
    if epoch is not None:
        key = "explain.at.step" if model.recipe.function else "explain.at.epoch"
        found.append(words(key).format(n=epoch))
    return [one for one in found if one]


def _position(model: Model, axis: str, n: int, source: bool, words: Words) -> str:
    layers = {layer.name: layer for layer in model.recipe.layers}
    if axis in layers:
        key = "filter" if isinstance(layers[axis], Convolution) else "unit"
        text = words(f"explain.at.{key}").format(n=n, layer=axis)
        return words("explain.at.from").format(unit=text) if source else text
    if axis in (IMAGE, "row", "col"):
        return words(f"explain.at.{axis}").format(n=n)
    layer, _, part = axis.rpartition("_")
    if layer in layers and part in ("i", "j", "row", "col"):
        return words(f"explain.at.map.{part}").format(n=n, layer=layer)
    if axis == "variable" and model.recipe.function:
        return words("explain.at.variable").format(name=model.recipe.function.variables[n - 1])
    return f"{axis} {n}"


def equation_of(model: Model, block: Block, index: tuple[int, ...] | None, words: Words) -> Equation:
    """The equation of a block, with its place in the book; its text is empty where there is none to tell."""
    graph, recipe, twin = model.rolled or model.graph, model.recipe, bare(block.name)
    names = ", ".join(use.name + ("" if use.when == "same" else f" ({_when(use.when, words)})") for use in block.args)
    if block.op == COPY:
        return Equation("", words("explain.copy").format(blocks=names), "")
    if isinstance(block.op, Pick):
        first, _, others = names.partition(", ")
        return Equation("", words("explain.pick").format(block=first, others=others), "")
    if isinstance(block.op, Spell):
        return Equation("", words("explain.spell"), "")
    if recipe.function is not None:
        return _descent(model, twin, index) if block.name == twin else Equation(twin, "", "")
    other = graph.blocks.get(twin)
    if other is None or not recipe.layers or type(other.op) is not type(block.op):
        return Equation(twin, "", "")
    if isinstance(block.op, Elementwise) and block.op != other.op:
        return Equation(twin, "", "")
    return equation(graph, recipe, twin)


def _when(when: str, words: Words) -> str:
    return words(f"explain.when.{when}")


def used_when(name: str, when: str, words: Words) -> str:
    """`hidden.w (the epoch before)`."""
    return name if when in ("same", "still") else f"{name} ({_when(when, words)})"


def _descent(model: Model, name: str, index: tuple[int, ...] | None) -> Equation:
    """The equations of a table of gradient descent (book 2-11)."""
    function, training, section = model.recipe.function, model.recipe.training, model.recipe.section
    assert function is not None
    v = function.variables[index[0]] if index else "x"
    slope = f"∂z/∂{v}"
    match name:
        case "value":
            return Equation("z", function.value, section)
        case "gradient":
            return Equation(slope, function.gradient[index[0]] if index else "", section)
        case "length":
            return Equation("|∇z|", f"√(Σ ({slope})^{{2}})", section)
        case "displacement":
            unit = " / |∇z|" if training is not None and training.unit_length else ""
            return Equation(f"Δ{v}", f"−η {slope}{unit}", section)
        case "position":
            return Equation(v, f"{v} + Δ{v}", section, "←")
    return Equation(name, "", "")
