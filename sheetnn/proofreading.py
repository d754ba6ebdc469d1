"""`check`: all mistakes of a recipe's file, with their lines; nothing is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import LayoutError, SheetnnError
from .mistakes import Mistake, models_in, spelt
from .page_mistakes import PageError
from .probes import probed
from .recipe import find_recipe, read_table, read_text, survey, with_lines
from .rules.data import source
from .schema import Recipe
from .toml_lines import Path as Spot


def check(name: str | Path) -> list[Mistake]:
    """All mistakes of a shipped recipe or a `.toml` file by their lines; none if it builds.

    What schema and rules tell, and what the data and the builder do, comes in one round; only what depends on a
    wrong key waits until that is mended. Raises RecipeError for what is no TOML file.
    """
    path = find_recipe(name)
    text = read_text(path)
    table = read_table(text, path)
    return with_lines(mistakes_in(table, path.parent), text)


def mistakes_in(table: dict[str, Any], folder: Path | None) -> list[Mistake]:
    """All mistakes of a recipe's table whose data stand in `folder`."""
    found = survey(table)
    if found.recipe is None:
        return list(found.mistakes)
    refusal = None if found.mistakes else _refusal(found.recipe, folder)
    if not found.mistakes and refusal is None:
        return []
    probes, beside = probed(found.recipe, folder, found.bad)
    mistakes = [*found.mistakes, *probes]
    refusal = beside or (refusal if not mistakes else None)
    if isinstance(refusal, PageError):
        mistakes += [Mistake(("layout",), said) for said in refusal.told()]
    elif refusal is not None:
        path = _blamed(refusal, found.recipe, table)
        said = str(refusal).removeprefix(f"{spelt(path)}: ")
        mistakes.append(Mistake(path, said.removeprefix(f"{path[0]}: ") if path else said))
    return mistakes


def _refusal(recipe: Recipe, folder: Path | None) -> SheetnnError | None:
    """What the builder refuses, if it does."""
    from .model import from_recipe
    from .placing import check_places

    try:
        model = from_recipe(recipe, folder, "en")
        check_places(recipe.layout, model.graph, model.layout)
    except SheetnnError as error:
        return error
    return None


def _blamed(refusal: SheetnnError, recipe: Recipe, table: dict[str, Any]) -> Spot:
    """The key or table that a refusal speaks of; of the whole file if it names none."""
    message = str(refusal)
    placed = isinstance(refusal, LayoutError) or message.startswith(f"{recipe.layout}: ")
    if placed and "layout" in table:
        return ("layout",)
    for pattern, find in _SPEAKERS:
        if said := pattern.match(message):
            return find(recipe, said[1])
    key = source(recipe)
    named = str(table["data"][key]) if key else ""
    if named and (named in message or Path(named).name in message):
        return ("data", key)
    return ()


def _named(array: str) -> Callable[[Recipe, str], Spot]:
    """The element of an array of tables that has a name."""

    def find(recipe: Recipe, name: str) -> Spot:
        names = [one.name for one in getattr(recipe, array)]
        return (array, names.index(name)) if name in names else (array,)

    return find


def _expression(recipe: Recipe, text: str) -> Spot:
    gradient = recipe.function.gradient if recipe.function else ()
    return ("function", "gradient", gradient.index(text)) if text in gradient else ("function", "value")


def _key(recipe: Recipe, text: str) -> Spot:
    return tuple(text.split("."))


_TABLES = "|".join(name for name, field in Recipe.model_fields.items() if any(models_in(field.annotation)))
_SPEAKERS: tuple[tuple[re.Pattern[str], Callable[[Recipe, str], Spot]], ...] = (
    (re.compile(r"layer '?(\w+)'?:"), _named("layers")),
    (re.compile(r"block '?([\w.]+)'?:"), _named("blocks")),
    (re.compile(r"start: '([^']+)'"), lambda recipe, name: ("start", name)),
    (re.compile(r"initial: '([^']+)'"), lambda recipe, name: ("initial", name)),
    (re.compile(r"(data) file '"), lambda recipe, name: (name, source(recipe))),
    (re.compile(r"expression '([^']*)'"), _expression),
    (re.compile(rf"((?:{_TABLES}|start|initial)(?:\.\w+)*)\b"), _key),
    (re.compile(r"(layout|pages)\b"), _key),
)
"""How refusals begin, and the place of each."""
