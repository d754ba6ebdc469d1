"""From a recipe to the graph of its network: data, forward pass, cost, back-propagation, update, test page."""

from __future__ import annotations

import numpy as np

from .backprop import differentiate
from .data import Images, pictures
from .errors import RecipeError, nearest
from .graph import Graph
from .ops import COPY, DESCEND, IMAGE, Activate, Axes, Contract, CostOf, Count, OneHot, Slope, Total, Verdict
from .recipe import Recipe


def network(recipe: Recipe, images: Images) -> Graph:
    """The graph of a trained network (book 4-4). Raises RecipeError where data and layers do not fit."""
    classes = _classes(recipe, images)
    graph = Graph(recipe.training.epochs)
    _data(graph, images)
    output = recipe.layers[-1].name
    x = graph.add("x", COPY, "data.image", axes=(IMAGE, "row", "col"), role="pixel")
    graph.add("t", OneHot(classes, output), "data.label", axes=(IMAGE, output), role="target")
    graph.constant("eta", {}, recipe.training.eta, "rate")
    parameters = _parameters(graph, recipe)
    a = _forward(graph, recipe, x, "")
    graph.add("C", CostOf(recipe.cost, output), a, "t", axes=(IMAGE,), role="cost")
    graph.add("C_T", Total(), "C", axes=(), role="cost")
    differentiate(graph, "C")
    if recipe.test is not None:
        _test(graph, recipe, classes, parameters)
    return graph


def _classes(recipe: Recipe, images: Images) -> tuple[int, ...]:
    assert recipe.data is not None
    classes = recipe.data.classes or tuple(int(label) for label in np.unique(images.labels))
    unknown = sorted(set(images.labels.tolist()) - set(classes))
    if unknown:
        raise RecipeError(f"{recipe.data.images}: label {unknown[0]} is not among the classes {list(classes)}")
    last = recipe.layers[-1]
    if last.units != len(classes):
        raise RecipeError(
            f"layer {last.name}: {last.units} units for {len(classes)} classes {list(classes)}; "
            f"the last layer needs units = {len(classes)}"
        )
    return classes


def _data(graph: Graph, images: Images) -> None:
    count, height, width = images.pixels.shape
    for group, prefix in (("data", "data."), ("train", "")):
        _numbers(graph, prefix, group, count)
    axes = {IMAGE: count, "row": height, "col": width}
    graph.constant("data.image", axes, images.pixels, "pixel", "data")
    graph.constant("data.label", {IMAGE: count}, images.labels, "number", "data")


def _numbers(graph: Graph, prefix: str, group: str, count: int) -> None:
    """1, 2, 3, ... above the images: the first typed, the others counting on."""
    first = graph.constant(f"{prefix}number.first", {}, 1, "number", group)
    if count > 1:
        graph.add(f"{prefix}number", Count(count - 1), first, axes=(IMAGE,), role="number", group=group)


def _parameters(graph: Graph, recipe: Recipe) -> list[str]:
    """Weights and biases of every layer: start values, then w - η ∂C_T/∂w (book 4-4)."""
    inputs: Axes = {axis: size for axis, size in graph["x"].axes.items() if axis != IMAGE}
    names: list[str] = []
    wanted: list[str] = []
    for layer in recipe.layers:
        shapes = {"w": {layer.name: layer.units, **inputs}, "b": {layer.name: layer.units}}
        for part, axes in shapes.items():
            name = f"{layer.name}.{part}"
            wanted.append(name)
            start = _start(recipe, name, axes)
            graph.carry(
                name, axes, start, DESCEND, f"{name}@previous", "eta", f"{name}.grad@previous", role="parameter"
            )
            names.append(name)
        inputs = {layer.name: layer.units}
    for key in recipe.start:
        if key not in wanted:
            raise RecipeError(f"start: {key!r} is no parameter; expected {', '.join(wanted)}{nearest(key, wanted)}")
    return names


def _start(recipe: Recipe, name: str, axes: Axes) -> np.ndarray:
    shape = "x".join(map(str, axes.values()))
    if name not in recipe.start:
        raise RecipeError(f"start: {name!r} is missing; expected {shape} numbers")
    try:
        numbers = np.array(recipe.start[name], float)
    except (TypeError, ValueError):
        raise RecipeError(f"start: {name!r} holds something that is not a number; expected {shape} numbers") from None
    if not np.isfinite(numbers).all():
        raise RecipeError(f"start: {name!r} holds a number that is not finite; expected {shape} numbers")
    if numbers.size != np.prod(list(axes.values())):
        raise RecipeError(f"start: {name!r} holds {numbers.size} numbers; expected {shape}")
    return numbers.reshape(tuple(axes.values()))


def _forward(graph: Graph, recipe: Recipe, x: str, prefix: str, group: str = "train") -> str:
    """z and a of every layer (book 3-1); returns the name of the last layer's a."""
    for layer in recipe.layers:
        base = f"{prefix}{layer.name}"
        axes = (IMAGE, layer.name)
        args = (f"{base}.w", x, f"{base}.b")
        z = graph.add(f"{base}.z", Contract(), *args, axes=axes, role="forward", group=group)
        x = graph.add(f"{base}.a", Activate(layer.activation), z, axes=axes, role="forward", group=group)
    return x


def _test(graph: Graph, recipe: Recipe, classes: tuple[int, ...], parameters: list[str]) -> None:
    """The test page: the parameters of the last epoch, the forward pass of new pictures, and their verdicts."""
    assert recipe.test is not None
    texts = list(recipe.test.images)
    pixels = pictures(texts, [f"test picture {number}" for number in range(1, len(texts) + 1)])
    expected = tuple(graph["x"].shape[1:])
    if pixels.shape[1:] != expected:
        raise RecipeError(
            f"test pictures have {pixels.shape[1]}x{pixels.shape[2]} pixels, "
            f"the training pictures {expected[0]}x{expected[1]}; all need one size"
        )
    _numbers(graph, "test.", "test", len(pixels))
    axes = dict(zip((IMAGE, "row", "col"), pixels.shape, strict=True))
    x = graph.constant("test.x", axes, pixels, "pixel", "test")
    for name in parameters:
        own = tuple(graph[name].axes)
        graph.add(f"test.{name}", COPY, f"{name}@last", axes=own, role="parameter", group="test")
    a = _forward(graph, recipe, x, "test.", "test")
    first = recipe.layers[0]
    args = (f"test.{first.name}.z", f"test.{first.name}.a")
    slope = Slope(first.activation)
    graph.add(f"test.{first.name}.slope", slope, *args, axes=(IMAGE, first.name), role="forward", group="test")
    verdict = Verdict(classes, recipe.layers[-1].name)
    graph.add("test.verdict", verdict, a, axes=(IMAGE,), role="verdict", group="test")
