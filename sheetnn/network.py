"""From a recipe to the graph of its network: data, forward pass, cost, back-propagation, update, test page."""

from __future__ import annotations

from typing import Any

import numpy as np

from .backprop import differentiate
from .catalog import add_blocks
from .data import Images, pictures
from .errors import RecipeError, nearest
from .graph import Graph
from .layers import forward, inner, outputs, parameters
from .ops import COPY, DESCEND, IMAGE, Axes, Contract, CostOf, Count, Slope, Total
from .schema import Dense, Recipe
from .verdicts import OneHot, Verdict


def network(recipe: Recipe, images: Images | None) -> Graph:
    """The graph of a recipe. Raises RecipeError where data and layers do not fit.

    With `training` the parameters are carried from epoch to epoch (book 4-4 and 5-6); without, they are typed
    numbers and there is only the forward pass and its cost (book 3-5 and 5-4).
    """
    graph = Graph(recipe.training.epochs if recipe.training else 1)
    if images is not None:
        classes = _classes(recipe, images)
        _data(graph, recipe, images, classes)
        if recipe.layers:
            _train(graph, recipe, classes)
    add_blocks(graph, recipe.blocks)
    for name in (recipe.solve.cost, *recipe.solve.change) if recipe.solve else ():
        if name not in graph.blocks:
            raise RecipeError(f"solve: block {name!r} does not exist{nearest(name, graph.blocks)}")
    return graph


def _train(graph: Graph, recipe: Recipe, classes: tuple[int, ...]) -> None:
    output = recipe.layers[-1].name
    count = graph["data.image"].axes[IMAGE]
    _numbers(graph, "", "train", count)
    x = graph.add("x", COPY, "data.image", axes=(IMAGE, "row", "col"), role="pixel")
    if "data.t" in graph.blocks:
        graph.add("t", COPY, "data.t", axes=(IMAGE, output), role="target")
    else:
        graph.add("t", OneHot(classes, output), "data.label", axes=(IMAGE, output), role="target")
    if recipe.training is not None:
        graph.constant("eta", {}, recipe.training.eta, "rate")
    names = _parameters(graph, recipe)
    a = x
    for layer in recipe.layers:
        a = forward(graph, layer, a, "", "train")
    graph.add("C", CostOf(recipe.cost, output), a, "t", axes=(IMAGE,), role="cost")
    graph.add("C_T", Total(), "C", axes=(), role="cost")
    if recipe.training is not None:
        differentiate(graph, "C")
    if recipe.test is not None:
        _test(graph, recipe, classes, names)


def parameter_names(recipe: Recipe) -> list[str]:
    """Weights and biases, layer by layer."""
    return [f"{layer.name}.{part}" for layer in recipe.layers if layer.kind != "pooling" for part in ("w", "b")]


def _classes(recipe: Recipe, images: Images) -> tuple[int, ...]:
    assert recipe.data is not None
    classes = recipe.data.classes or tuple(int(label) for label in np.unique(images.labels))
    unknown = sorted(set(images.labels.tolist()) - set(classes))
    if unknown:
        raise RecipeError(f"{recipe.data.images}: label {unknown[0]} is not among the classes {list(classes)}")
    if recipe.layers:
        last = recipe.layers[-1]
        assert isinstance(last, Dense)
        if last.units != len(classes):
            raise RecipeError(
                f"layer {last.name}: {last.units} units for {len(classes)} classes {list(classes)}; "
                f"the last layer needs units = {len(classes)}"
            )
    return classes


def _data(graph: Graph, recipe: Recipe, images: Images, classes: tuple[int, ...]) -> None:
    assert recipe.data is not None
    count, height, width = images.pixels.shape
    _numbers(graph, "data.", "data", count)
    axes = {IMAGE: count, "row": height, "col": width}
    graph.constant("data.image", axes, images.pixels, "pixel", "data")
    if recipe.data.targets == "one-hot":
        unit = recipe.layers[-1].name if recipe.layers else "class"
        hot = (images.labels[:, None] == np.array(classes)).astype(int)
        graph.constant("data.t", {IMAGE: count, unit: len(classes)}, hot, "target", "data")
    else:
        graph.constant("data.label", {IMAGE: count}, images.labels, "number", "data")


def _numbers(graph: Graph, prefix: str, group: str, count: int) -> None:
    """1, 2, 3, ... above the images: the first typed, the others counting on."""
    first = graph.constant(f"{prefix}number.first", {}, 1, "number", group)
    if count > 1:
        graph.add(f"{prefix}number", Count(count - 1), first, axes=(IMAGE,), role="number", group=group)


def _parameters(graph: Graph, recipe: Recipe) -> list[str]:
    """Weights and biases of every layer: typed numbers, or start values and then w - η ∂C_T/∂w (book 4-4)."""
    inputs = inner(graph["x"].axes)
    shapes: dict[str, Axes] = {}
    for layer in recipe.layers:
        shapes |= {f"{layer.name}.{part}": axes for part, axes in parameters(layer, inputs).items()}
        inputs = outputs(layer, inputs)
    for table, given in (("start", recipe.start), ("initial", recipe.initial)):
        for key in given:
            if key not in shapes:
                raise RecipeError(
                    f"{table}: {key!r} is no parameter; expected {', '.join(shapes)}{nearest(key, shapes)}"
                )
    draw = np.random.default_rng(recipe.random.seed) if recipe.random else None
    for name, axes in shapes.items():
        if draw is not None and name not in recipe.start:
            assert recipe.random is not None
            start = draw.normal(0.0, recipe.random.sd, tuple(axes.values()))
        else:
            start = _numbers_of(recipe.start, "start", name, axes)
        if recipe.training is not None:
            args = (f"{name}@previous", "eta", f"{name}.grad@previous")
            graph.carry(name, axes, start, DESCEND, *args, role="parameter")
        else:
            graph.constant(name, axes, start, "parameter")
        if recipe.initial:
            initial = _numbers_of(recipe.initial, "initial", name, axes)
            graph.constant(f"{name}.initial", axes, initial, "initial")
    return list(shapes)


def _numbers_of(given: dict[str, Any], table: str, name: str, axes: Axes) -> np.ndarray:
    expected = f"expected {'x'.join(map(str, axes.values()))} numbers"
    if name not in given:
        raise RecipeError(f"{table}: {name!r} is missing; {expected}")
    try:
        numbers = np.array(given[name])
    except ValueError:
        raise RecipeError(f"{table}: {name!r} has rows of unequal length; {expected}") from None
    if numbers.dtype.kind not in "if":
        raise RecipeError(f"{table}: {name!r} holds something that is not a number; {expected}")
    if not np.isfinite(numbers).all():
        raise RecipeError(f"{table}: {name!r} holds a number that is not finite; {expected}")
    shape = tuple(axes.values())
    if numbers.size != np.prod(shape):
        raise RecipeError(f"{table}: {name!r} holds {numbers.size} numbers; {expected}")
    if numbers.ndim > 1 and numbers.shape != shape and (numbers.ndim != 2 or numbers.shape[0] != shape[0]):
        raise RecipeError(f"{table}: {name!r} is {'x'.join(map(str, numbers.shape))}; {expected}, a row a unit")
    return numbers.reshape(tuple(axes.values()))


def _test(graph: Graph, recipe: Recipe, classes: tuple[int, ...], names: list[str]) -> None:
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
    a = graph.constant("test.x", axes, pixels, "pixel", "test")
    when = "@last" if recipe.training is not None else ""
    for name in names:
        own = tuple(graph[name].axes)
        graph.add(f"test.{name}", COPY, f"{name}{when}", axes=own, role="parameter", group="test")
    for layer in recipe.layers:
        z = f"test.{layer.name}.z"
        a = forward(graph, layer, a, "test.", "test")
        if z in graph.blocks and isinstance(graph[z].op, Contract) and recipe.training and layer is recipe.layers[0]:
            assert isinstance(layer, Dense)
            slope = Slope(layer.activation)  # the book's page of 4-4 shows it
            graph.add(f"test.{layer.name}.slope", slope, z, a, axes=(IMAGE, layer.name), role="forward", group="test")
    if all(entry.name != "test.verdict" for entry in recipe.blocks):  # a recipe may write its own, as 5-4 does
        graph.add(
            "test.verdict", Verdict(classes, recipe.layers[-1].name), a, axes=(IMAGE,), role="verdict", group="test"
        )
