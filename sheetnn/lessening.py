"""Ways to make a workbook smaller: fewer epochs, images, units or features, no pages, another layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .schema import Convolution, Dense, Recipe
from .stacked import LAYOUTS


@dataclass(frozen=True)
class Plan:
    """What a model is made of: recipe, language, shape of its samples, table of its page layout."""

    recipe: Recipe
    language: str
    shape: Mapping[str, Any]
    page: Mapping[str, Any] | None

    def changed(self, **recipe: Any) -> Plan:
        """With other keys of the recipe."""
        return replace(self, recipe=self.recipe.model_copy(update=recipe))

    def training(self, **keys: Any) -> Plan:
        """With other keys of [training]."""
        assert self.recipe.training is not None
        return self.changed(training=self.recipe.training.model_copy(update=keys))


@dataclass(frozen=True)
class Way:
    """One thing of which there can be less: `sizes` that it can have, the least first, below the one it has.

    `words` names a size, `make` changes a plan to it, `price` is the share that is given up (from 1 on: what is not
    to be had by measure). Of two ways of one `kind` only one can be taken.
    """

    kind: str
    sizes: Sequence[int]
    words: Callable[[int], str]
    make: Callable[[Plan, int], Plan]
    price: Callable[[int], float]


def budgeted(plan: Plan, bare: float = 1.0) -> list[Way]:
    """What can be had less of without making the network another one; `bare` is the share of formulas in pages."""
    found = [*_pages(plan, bare), *_epochs(plan), *_samples(plan), *_batch(plan)]
    return [way for way in found if way.sizes]


def all_ways(plan: Plan) -> list[Way]:
    """Those, and what makes another network or another layout."""
    return budgeted(plan) + [way for way in (*_units(plan), *_inputs(plan), *_layouts(plan)) if way.sizes]


def _share(asked: int) -> Callable[[int], float]:
    return lambda size: 1 - size / asked


def _pages(plan: Plan, bare: float) -> Iterator[Way]:
    if plan.recipe.pages:
        yield Way(
            "pages", (1,), lambda _: "no pages (--no-pages)", lambda plan, _: plan.changed(pages=()), lambda _: bare
        )


def _epochs(plan: Plan) -> Iterator[Way]:
    training = plan.recipe.training
    if training is not None and training.epochs is not None:
        asked = training.epochs
        yield Way(
            "epochs",
            range(1, asked),
            lambda n: f"epochs = {n:,} ({asked:,} asked)",
            lambda plan, n: plan.training(epochs=n),
            _share(asked),
        )


def _samples(plan: Plan) -> Iterator[Way]:
    """Never fewer than there are classes, and as many as a batch divides."""
    if not plan.shape:
        return
    given, data, training = plan.shape["x"][0], plan.recipe.data, plan.recipe.training
    step = (training.batch or 1) if training else 1
    classes = len(data.classes or ()) if data else 0
    lowest = step * -(-max(classes, 1) // step)
    noun = "sample" if len(plan.shape["x"]) == 2 else "image"
    yield Way(
        "samples",
        range(lowest, given, step),
        lambda n: f"{n:,} {noun}{'s' * (n > 1)} ({given:,} given)",
        lambda plan, n: _shaped(plan, n, *plan.shape["x"][1:]),
        _share(given),
    )


def _batch(plan: Plan) -> Iterator[Way]:
    """A smaller one must divide the samples too."""
    batch = plan.recipe.training.batch if plan.recipe.training else None
    if batch is not None and plan.shape:
        asked, count = batch, plan.shape["x"][0]
        yield Way(
            "samples",
            [n for n in range(1, asked) if count % n == 0],
            lambda n: f"batch = {n:,} ({asked:,} asked)",
            lambda plan, n: plan.training(batch=n),
            _share(asked),
        )


def _units(plan: Plan) -> Iterator[Way]:
    """Of each layer but the last, which has one for each class."""
    for number, layer in enumerate(plan.recipe.layers[:-1]):
        key = "units" if isinstance(layer, Dense) else "filters" if isinstance(layer, Convolution) else ""
        if key:
            yield _of_layer(number, layer.name, key, getattr(layer, key))


def _of_layer(number: int, name: str, key: str, asked: int) -> Way:
    def make(plan: Plan, n: int) -> Plan:
        layers = list(plan.recipe.layers)
        layers[number] = layers[number].model_copy(update={key: n})
        return plan.changed(layers=tuple(layers))

    words = f"in layer {name} ({asked:,} asked)"
    return Way(name, range(1, asked), lambda n: f"{key} = {n:,} {words}", make, _share(asked))


def _inputs(plan: Plan) -> Iterator[Way]:
    """Features of a table, rows and columns of pictures."""
    if not plan.shape:
        return
    *_, last = sizes = plan.shape["x"][1:]
    if len(sizes) == 1:
        yield Way(
            "inputs",
            range(1, last),
            lambda n: f"{n:,} feature{'s' * (n > 1)} ({last:,} given)",
            lambda plan, n: _shaped(plan, plan.shape["x"][0], n),
            _share(last),
        )
        return
    *outer, rows, _ = sizes
    yield Way(
        "inputs",
        range(1, rows),
        lambda n: f"pictures of {n:,}×{max(1, last * n // rows):,} pixels ({rows:,}×{last:,} given)",
        lambda plan, n: _shaped(plan, plan.shape["x"][0], *outer, n, max(1, last * n // rows)),
        _share(rows),
    )


def _shaped(plan: Plan, *x: int) -> Plan:
    """With samples of another number or size."""
    shape = {**plan.shape, "x": list(x)}
    if len(x) == 2:
        shape["features"] = list(plan.shape["features"])[: x[1]]
    return replace(plan, shape=shape)


def _layouts(plan: Plan) -> Iterator[Way]:
    for name in LAYOUTS:
        if name != plan.recipe.layout and plan.recipe.layers:
            yield Way(
                "layout",
                (1,),
                lambda _, name=name: f'layout = "{name}"',  # type: ignore[misc]
                lambda plan, _, name=name: replace(plan.changed(layout=name), page=None),  # type: ignore[misc]
                lambda _: 2.0,
            )
