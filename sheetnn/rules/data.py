"""Rules about data and test samples."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import counted
from ..mistakes import Mistake
from ..schema import Recipe
from .rule import Rule, given

SOURCES = ("images", "table", "folder", "arrays")
PICTURES = ("images", "folder", "arrays")  # what arrays hold is known when they are read
TABLES = ("table", "arrays")
_BELONGS = {"label": TABLES, "features": TABLES, "outputs": TABLES, "channels": ("folder",)}


def source(recipe: Recipe) -> str:
    """The key that names where the samples are; empty if none does."""
    return next((key for key in SOURCES if getattr(recipe.data, key, None) is not None), "")


def shows_pictures(recipe: Recipe) -> bool:
    """Whether samples are (or, of arrays, may be) pictures of one channel."""
    return source(recipe) in PICTURES and recipe.data is not None and recipe.data.channels == "gray"


def _one_source(recipe: Recipe) -> Iterator[Mistake]:
    if recipe.data is None:
        return
    named = [key for key in SOURCES if getattr(recipe.data, key) is not None]
    if not named:
        yield Mistake(("data",), f"names no samples; expected one of {', '.join(SOURCES)}")
    for key in named[1:]:
        yield Mistake(("data", key), f"the samples are in {named[0]!r} already; take one of them out")


def _belonging(recipe: Recipe) -> Iterator[Mistake]:
    kind = source(recipe)
    for key, kinds in _BELONGS.items():
        if kind and given(recipe.data, key) and kind not in kinds:
            yield Mistake(("data", key), f"goes with {' or '.join(kinds)}, not with {kind}; take it out")


def _regression(recipe: Recipe) -> Iterator[Mistake]:
    if recipe.data is None or not recipe.data.outputs:
        return
    for key in ("label", "classes"):
        if given(recipe.data, key) and getattr(recipe.data, key) is not None:
            said = f"is of classes, and outputs are of a regression; take {key} or outputs out"
            yield Mistake(("data", key), said)
    if recipe.data.targets == "one-hot":
        yield Mistake(("data", "targets"), "'one-hot' is of classes, and outputs are of a regression; take one out")
    for position, name in enumerate(recipe.data.outputs):
        if name in recipe.data.features:
            yield Mistake(("data", "outputs", position), f"{name!r} is among the features too; take one of them out")


def _kinds_of_classes(recipe: Recipe) -> Iterator[Mistake]:
    classes = (recipe.data and recipe.data.classes) or ()
    if len({isinstance(one, str) for one in classes}) > 1:
        yield Mistake(("data", "classes"), "mixes numbers and names; write all of them as numbers, or all as names")


def _range(recipe: Recipe) -> Iterator[Mistake]:
    if recipe.data is not None and recipe.data.scale is not None:
        low, high = recipe.data.scale
        if not low < high:
            yield Mistake(("data", "scale"), f"runs from {low:g} to {high:g}; expected the lower end first")


def _test(recipe: Recipe) -> Iterator[Mistake]:
    test, kind = recipe.test, source(recipe)
    if test is None:
        return
    if recipe.data is not None and recipe.data.test is not None:
        yield Mistake(("test",), "data.test keeps samples back for the test page already; choose one of them")
    if not test.images and not test.samples:
        yield Mistake(("test",), "names no samples; expected images or samples")
    if test.images and test.samples:
        yield Mistake(("test", "samples"), "stands beside images; choose one of them")
    if test.images and kind and kind not in PICTURES:
        yield Mistake(("test", "images"), f"goes with pictures, and data are a {kind}; write samples = [[...]]")
    if test.samples and kind and kind not in TABLES:
        yield Mistake(("test", "samples"), "goes with tables, and data are pictures; write images = [...]")
    width = len(recipe.data.features) if recipe.data else 0
    for position, sample in enumerate(test.samples):
        if width and len(sample) != width:
            said = f"holds {counted(len(sample), 'number')}; expected {width}, one for each feature"
            yield Mistake(("test", "samples", position), said)


RULES = (
    Rule(("data",), _one_source),
    Rule(("data",), _belonging),
    Rule(("data.label", "data.classes", "data.targets", "data.outputs", "data.features"), _regression),
    Rule(("data.classes",), _kinds_of_classes),
    Rule(("data.scale",), _range),
    Rule(("test", *(f"data.{key}" for key in SOURCES), "data.test", "data.features"), _test),
)
