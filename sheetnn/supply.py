"""The data page, and the samples and targets that each step takes from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .graph import Graph
from .ops import COPY, IMAGE, Axes, Count, Elementwise, Index, Named, Op
from .samples import Dataset, Samples
from .schema import Recipe
from .training import batch_size
from .verdicts import NameOf, OneHot

if TYPE_CHECKING:
    from .refs import Ref


@dataclass(frozen=True)
class Taken(Op):
    """The samples of one step: so many in order, from the position in the second argument on."""

    size: int
    uniform = False
    resized = (IMAGE,)

    def sizes(self) -> Axes:
        return {IMAGE: self.size}

    def formula(self, index: Index, *refs: Ref) -> str:
        samples, first = refs
        others = {axis: n for axis, n in index.items() if axis != IMAGE}
        position = first.cell({}) + (f"+{index[IMAGE]}" if index[IMAGE] else "")
        return samples.lookup(others, {IMAGE: position})

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        samples, first = args
        full = {**axes, IMAGE: samples.axes[IMAGE]}
        data = samples.along(full)
        spot = list(axes).index(IMAGE)
        return np.take(data, int(first.data) + np.arange(self.size), axis=spot)


def add_data(graph: Graph, recipe: Recipe, dataset: Dataset) -> None:
    """The page of samples: inputs, and labels, one-hot targets or the targets of a regression."""
    assert recipe.data is not None
    samples = dataset.train
    add_numbers(graph, "data.", "data", len(samples))
    graph.constant("data.image", {IMAGE: len(samples), **samples.axes}, samples.x, "pixel", "data")
    unit = recipe.layers[-1].name if recipe.layers else "class"
    if samples.targets is not None:
        axes = {IMAGE: len(samples), unit: samples.targets.shape[1]}
        graph.constant("data.t", axes, samples.targets, "target", "data")
        return
    assert samples.labels is not None
    if recipe.data.targets == "one-hot":
        hot = (samples.labels[:, None] == np.array(dataset.numbers)).astype(int)
        graph.constant("data.t", {IMAGE: len(samples), unit: len(dataset.classes)}, hot, "target", "data")
    else:
        graph.constant("data.label", {IMAGE: len(samples)}, samples.labels, "number", "data")
    if recipe.layers:
        add_classes(graph, recipe, dataset)


MANY_CLASSES = 10
"""Above it a verdict is looked up in a table: nested IFs would grow with the square of the classes."""


def add_classes(graph: Graph, recipe: Recipe, dataset: Dataset) -> None:
    """The table of classes, where a verdict or a name is looked up in it."""
    unit = recipe.layers[-1].name
    if dataset.named or len(dataset.classes) > MANY_CLASSES:
        graph.constant("class.number", {unit: len(dataset.classes)}, dataset.numbers, "number", "data")
    if dataset.named:
        names = np.array([str(one) for one in dataset.classes], dtype=object)
        graph.constant("class.name", {unit: len(names)}, names, "number", "data")
        if "data.label" in graph.blocks:
            look = {"role": "number", "group": "data"}
            graph.add("data.name", NameOf(unit), "class.name", "data.label", axes=(IMAGE,), **look)


def add_samples(graph: Graph, recipe: Recipe, dataset: Dataset) -> None:
    """Blocks x and t of the training page: all samples, or in each step the next ones."""
    count, output = len(dataset.train), recipe.layers[-1].name
    batch = batch_size(recipe, count)
    if batch is not None:
        following = Elementwise(f"MOD({{0}}+{batch},{count})", lambda first: (first + batch) % count)
        graph.carry("batch.first", {}, 0, following, "batch.first@previous", role="number")
    else:
        add_numbers(graph, "", "train", count)

    def take(name: str, source: str, role: str) -> str:
        axes = tuple(graph[source].axes)
        if batch is None:
            return graph.add(name, COPY, source, axes=axes, role=role)
        return graph.add(name, Taken(batch), source, "batch.first", axes=axes, role=role)

    take("x", "data.image", "pixel")
    if "data.t" in graph.blocks:
        take("t", "data.t", "target")
    else:
        label = "data.label" if batch is None else take("label", "data.label", "number")
        graph.add("t", OneHot(dataset.numbers, output), label, axes=(IMAGE, output), role="target")


def add_numbers(graph: Graph, prefix: str, group: str, count: int) -> None:
    """1, 2, 3, ... above the samples: the first typed, the others counting on."""
    first = graph.constant(f"{prefix}number.first", {}, 1, "number", group)
    if count > 1:
        graph.add(f"{prefix}number", Count(count - 1), first, axes=(IMAGE,), role="number", group=group)


def add_kept(graph: Graph, recipe: Recipe, dataset: Dataset, kept: Samples) -> None:
    """Labels or targets of the samples on the test page."""
    unit = recipe.layers[-1].name
    if kept.targets is not None:
        graph.constant("test.t", {IMAGE: len(kept), unit: kept.targets.shape[1]}, kept.targets, "target", "test")
    elif kept.labels is not None:
        graph.constant("test.label", {IMAGE: len(kept)}, kept.labels, "number", "test")
