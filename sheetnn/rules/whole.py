"""Rules about which tables a recipe has, and about names that must differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import RecipeError
from ..mistakes import MISSING, Mistake
from ..names import check_name
from ..schema import Recipe
from .rule import Rule, given


def _alone(recipe: Recipe) -> Iterator[Mistake]:
    for key in ("data", "layers", "blocks"):
        if recipe.function is not None and getattr(recipe, key):
            yield Mistake((key,), "[function] stands alone; expected either it or [data], [[layers]] and [[blocks]]")


def _something(recipe: Recipe) -> Iterator[Mistake]:
    if recipe.function is None and recipe.data is None and not recipe.blocks and not recipe.layers:
        yield Mistake((), "describes nothing; expected [data] with [[layers]], [function] or [[blocks]]")


def _with_data(recipe: Recipe) -> Iterator[Mistake]:
    if recipe.layers and recipe.data is None and recipe.function is None:
        yield Mistake(("data",), f"{MISSING}; a network needs [data] to learn from")


_OF_NETWORKS = ("initial", "random", "test", "cost", "reduction")
_OF_NUMBERS = ("training", "start")


def _idle(recipe: Recipe) -> Iterator[Mistake]:
    """Tables that would have no effect."""
    if recipe.layers or (recipe.data is None and recipe.function is None and not recipe.blocks):
        return
    for key in (*_OF_NETWORKS, *(_OF_NUMBERS if recipe.function is None else ())):
        if given(recipe, key):
            yield Mistake((key,), "has no effect without [[layers]]; add layers, or take it out")


_DISTINCT = ("pages", "function.variables", "data.features", "data.outputs", "data.classes", "solve.change")


def _distinct(key: str) -> Rule:
    """The rule that a list of names names each once."""

    def find(recipe: Recipe) -> Iterator[Mistake]:
        names: Any = recipe
        for part in key.split("."):
            names = getattr(names, part, None) or ()
        for position, name in enumerate(names):
            if name in names[:position]:
                yield Mistake((*key.split("."), position), f"{name!r} is named twice; take one out")

    return Rule((key,), find)


def _texts(recipe: Recipe) -> Iterator[Mistake]:
    """A title stands in cells and in the file's properties, the section in a cell."""
    titles = {"": recipe.title} if isinstance(recipe.title, str) else recipe.title
    paths = [(("title", language) if language else ("title",), text) for language, text in titles.items()]
    for path, text in [*paths, (("section",), recipe.section)]:
        try:
            check_name(text or "none", "")
        except RecipeError as error:
            yield Mistake(path, str(error).strip())


def _blocks(recipe: Recipe) -> Iterator[Mistake]:
    names = [block.name for block in recipe.blocks]
    for position, name in enumerate(names):
        if name in names[:position]:
            yield Mistake(("blocks", position, "name"), f"two blocks are named {name!r}; give each its own name")


def _either(recipe: Recipe) -> Iterator[Mistake]:
    """A block is constants or the result of an op."""
    for position, block in enumerate(recipe.blocks):
        if block.op is not None and block.values is not None:
            yield Mistake(("blocks", position, "values"), "stands beside op; choose one of them")
        for key in ("args", "options"):
            if block.op is None and getattr(block, key):
                yield Mistake(("blocks", position, key), "has no effect without op; name an op, or take it out")


RULES = (
    Rule(("function", "data", "layers", "blocks"), _alone),
    Rule(("function", "data", "layers", "blocks"), _something),
    Rule(("function", "data", "layers"), _with_data),
    Rule(("function", "data", "layers", "blocks", *_OF_NETWORKS, *_OF_NUMBERS), _idle),
    Rule(("title", "section"), _texts),
    Rule(("blocks.*.name",), _blocks),
    Rule(("blocks.*.op", "blocks.*.values", "blocks.*.args", "blocks.*.options"), _either),
    *map(_distinct, _DISTINCT),
)
