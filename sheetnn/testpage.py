"""The test page: the parameters of the last step, the forward pass of new samples, and their verdicts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .data import readable
from .errors import RecipeError
from .faults import Faults
from .graph import Graph
from .layers import add_cost, forward
from .ops import COPY, IMAGE, Contract, Slope
from .samples import AXES, Dataset, Samples
from .scaling import scaled
from .schema import Dense, Recipe, Test
from .supply import add_kept, add_numbers
from .verdicts import SAME, Lookup, NameOf, Rate, Verdict


def add_test(graph: Graph, recipe: Recipe, dataset: Dataset, names: list[str]) -> None:
    """Add the page for the recipe's own test samples, or for those kept back. Raises RecipeError for a wrong size."""
    kept = _own(recipe, dataset) if recipe.test is not None else dataset.test
    assert kept is not None
    add_numbers(graph, "test.", "test", len(kept))
    a = graph.constant("test.x", {IMAGE: len(kept), **kept.axes}, kept.x, "pixel", "test")
    when = "@last" if recipe.training is not None else ""
    for name in names:
        own = tuple(graph[name].axes)
        graph.add(f"test.{name}", COPY, f"{name}{when}", axes=own, role="parameter", group="test")
    for layer in recipe.layers:
        z = f"test.{layer.name}.z"
        a = forward(graph, layer, a, "test.", "test")
        first = layer is recipe.layers[0] and recipe.training is not None
        if first and isinstance(layer, Dense) and len(recipe.layers) > 1 and isinstance(graph[z].op, Contract):
            slope = Slope(layer.activation)  # the book's page of 4-4 shows it
            graph.add(f"test.{layer.name}.slope", slope, z, a, axes=(IMAGE, layer.name), role="forward", group="test")
    add_kept(graph, recipe, dataset, kept)
    if dataset.classes:
        _verdicts(graph, recipe, dataset, a)
    elif kept.targets is not None:
        add_cost(graph, recipe, a, "test.", "test")


def _own(recipe: Recipe, dataset: Dataset) -> Samples:
    """The samples that the recipe lists, in the units of its data, and so scaled as those are."""
    assert recipe.test is not None
    samples = typed(recipe.test, tuple(dataset.train.x.shape[1:]))
    if not dataset.ranges:
        return samples
    assert recipe.data is not None
    assert recipe.data.scale is not None
    return replace(samples, x=scaled(samples.x, dataset.ranges, *recipe.data.scale))


def typed(test: Test, expected: tuple[int, ...] | None) -> Samples:
    """The samples that the recipe itself lists; those of the data have the shape `expected` (None: not known).

    Raises RecipeError, and FaultsError with every picture that cannot be read.
    """
    if test.samples:
        rows = {len(row) for row in test.samples}
        expected = expected or (len(test.samples[0]),)
        if rows != {expected[0]} or len(expected) != 1:
            need = f"{expected[0]} numbers each" if len(expected) == 1 else "test.images, as the data are pictures"
            raise RecipeError(f"test.samples: {sorted(rows)} numbers in a sample; expected {need}")
        return Samples(np.array(test.samples))
    texts = dict(enumerate(test.images, 1))
    faults = Faults()
    _, pixels = readable(texts, {number: f"test picture {number}" for number in texts}, faults)
    faults.refuse()
    if expected and pixels.shape[1:] != expected:
        names = "x".join(map(str, expected)) + ("" if len(expected) == 2 else f" ({', '.join(AXES[len(expected)])})")
        raise RecipeError(
            f"test pictures have {pixels.shape[1]}x{pixels.shape[2]} pixels, "
            f"the training pictures {names}; all need one size"
        )
    return Samples(pixels)


def _verdicts(graph: Graph, recipe: Recipe, dataset: Dataset, a: str) -> None:
    """The class of each sample, its name, and whether it is the right one."""
    output = recipe.layers[-1].name
    look = {"group": "test"}
    if all(entry.name != "test.verdict" for entry in recipe.blocks):  # a recipe may write its own, as 5-4 does
        if "class.number" in graph.blocks:
            graph.add("test.verdict", Lookup(), a, "class.number", axes=(IMAGE,), role="verdict", **look)
        else:
            verdict = Verdict(dataset.numbers, output)
            graph.add("test.verdict", verdict, a, axes=(IMAGE,), role="verdict", **look)
        if "class.name" in graph.blocks:
            args = ("class.name", "test.verdict")
            graph.add("test.name", NameOf(output), *args, axes=(IMAGE,), role="verdict", **look)
    if "test.label" in graph.blocks:
        graph.add("test.hit", SAME, "test.verdict", "test.label", axes=(IMAGE,), role="number", **look)
        graph.add("test.rate", Rate(), "test.hit", axes=(), role="percent", **look)
