"""Layers: what each kind adds to the graph. A layer turns the block of its inputs into the block of its outputs."""

from __future__ import annotations

from .convolution import Convolve, Scan, filter_axes, map_axes
from .errors import RecipeError
from .graph import Graph
from .ops import IMAGE, Activate, Axes, Contract
from .pooling import Pool
from .schema import Convolution, Dense, Layer, PoolingLayer


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
    if min(layer.size) < 1 or layer.size[0] > height or layer.size[1] > width:
        raise RecipeError(
            f"layer {layer.name}: a window of {layer.size[0]}x{layer.size[1]} does not fit {height}x{width} pixels"
        )
    if isinstance(layer, Convolution):
        count = (height - layer.size[0] + 1, width - layer.size[1] + 1)
        return Scan(layer.name, (row, col), layer.size, (1, 1), count)
    if height % layer.size[0] or width % layer.size[1]:
        raise RecipeError(
            f"layer {layer.name}: windows of {layer.size[0]}x{layer.size[1]} do not divide maps of {height}x{width}; "
            "choose a size that does"
        )
    return Scan(layer.name, (row, col), layer.size, layer.size, (height // layer.size[0], width // layer.size[1]))


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
    return graph.add(f"{base}.a", Activate(layer.activation), z, axes=axes, role="forward", group=group)
