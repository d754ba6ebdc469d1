"""Layers: what each kind adds to the graph. A layer turns the block of its inputs into the block of its outputs."""

from __future__ import annotations

from .convolution import Convolve, SumOver
from .errors import RecipeError
from .functions import SOFTMAX
from .graph import Graph
from .ops import IMAGE, Activate, Axes, Contract
from .pooling import Pool
from .scan import Scan, filter_axes, map_axes
from .schema import Convolution, Dense, Layer, PoolingLayer
from .softmax import Exponentials, Normalise


def inner(axes: Axes) -> Axes:
    """The axes of one image's part of a block."""
    return {axis: size for axis, size in axes.items() if axis != IMAGE}


def parameters(layer: Layer, inputs: Axes) -> dict[str, Axes]:
    """Names and axes of a layer's parameters, for inputs with the given axes."""
    match layer:
        case Dense():
            return {"w": {layer.name: layer.units, **inputs}, "b": {layer.name: layer.units}}
        case Convolution():
            channels = dict(list(inputs.items())[:-2])
            window = dict(zip(filter_axes(layer.name), layer.size, strict=True))
            return {"w": {layer.name: layer.filters, **channels, **window}, "b": {layer.name: layer.filters}}
        case PoolingLayer():
            return {}


def outputs(layer: Layer, inputs: Axes) -> Axes:
    """The axes of one image's outputs. Raises RecipeError where the layer does not fit its inputs."""
    if isinstance(layer, Dense):
        return {layer.name: layer.units}
    count = scan(layer, inputs).count
    channels: Axes = (
        {layer.name: layer.filters} if isinstance(layer, Convolution) else dict(list(inputs.items())[:-2])
    )
    return {**channels, **dict(zip(map_axes(layer.name), count, strict=True))}


def scan(layer: Convolution | PoolingLayer, inputs: Axes) -> Scan:
    """How the layer's window moves over its inputs. Raises RecipeError where it does not fit."""
    if len(inputs) < 2:
        raise RecipeError(f"layer {layer.name}: its inputs are no pictures; place it before the dense layers")
    (row, height), (col, width) = list(inputs.items())[-2:]
    padding = layer.padding if isinstance(layer, Convolution) else (0, 0)
    stride = layer.stride or layer.size
    seen = (height + 2 * padding[0], width + 2 * padding[1])
    if layer.size[0] > seen[0] or layer.size[1] > seen[1]:
        rim = f" with {padding[0]} and {padding[1]} of padding" if any(padding) else ""
        raise RecipeError(
            f"layer {layer.name}: a window of {layer.size[0]}x{layer.size[1]} does not fit "
            f"{height}x{width} pixels{rim}; choose a smaller size, or padding around the picture"
        )
    if any(rim >= window for rim, window in zip(padding, layer.size, strict=True)):
        raise RecipeError(
            f"layer {layer.name}: padding {list(padding)} is as wide as its window of "
            f"{layer.size[0]}x{layer.size[1]}; at most one less, or a window would see nothing but zeros"
        )
    rest = [(length - window) % step for length, window, step in zip(seen, layer.size, stride, strict=True)]
    if isinstance(layer, PoolingLayer) and any(rest):
        apart = "" if stride == layer.size else f", {stride[0]} and {stride[1]} apart,"
        fits = [_fitting(length) for length in (height, width)]
        raise RecipeError(
            f"layer {layer.name}: windows of {layer.size[0]}x{layer.size[1]}{apart} do not divide maps of "
            f"{height}x{width}; sizes {fits[0]} down and {fits[1]} across do"
        )
    return Scan.of(layer.name, (row, col), (height, width), layer.size, stride, padding)


def _fitting(length: int) -> str:
    return ", ".join(str(size) for size in range(1, length + 1) if length % size == 0)


def forward(graph: Graph, layer: Layer, x: str, prefix: str, group: str) -> str:
    """Add the layer's blocks for inputs `x`; returns the name of its outputs."""
    base = f"{prefix}{layer.name}"
    inputs = inner(graph[x].axes)
    axes = (*(axis for axis in graph[x].axes if axis == IMAGE), *outputs(layer, inputs))
    if isinstance(layer, PoolingLayer):
        op = Pool(layer.method, scan(layer, inputs))
        return graph.add(f"{base}.a", op, x, axes=axes, role="forward", group=group)
    rule = Contract() if isinstance(layer, Dense) else Convolve(scan(layer, inputs))
    args = (f"{base}.w", x, f"{base}.b")
    z = graph.add(f"{base}.z", rule, *args, axes=axes, role="forward", group=group)
    look = {"role": "forward", "group": group}
    if layer.activation != SOFTMAX:
        return graph.add(f"{base}.a", Activate(layer.activation), z, axes=axes, **look)
    e = graph.add(f"{base}.e", Exponentials(layer.name), z, axes=axes, **look)
    total = graph.add(f"{base}.sum", SumOver((layer.name,)), e, axes=axes[:-1], **look)
    return graph.add(f"{base}.a", Normalise(layer.name), e, total, axes=axes, **look)
