"""`check`: all mistakes of a recipe's file, with their lines; nothing is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import SheetnnError
from .mistakes import Mistake, models_in, spelt
from .recipe import examine, find_recipe, read_table, read_text, with_lines
from .rules.data import source
from .schema import Recipe
from .toml_lines import Path as Spot


def check(name: str | Path) -> list[Mistake]:
    """All mistakes of a shipped recipe or a `.toml` file by their lines; none if it builds.

    Schema and rules come first; what only building can tell (data that are missing, a layer that does not fit) is
    looked for once they are content, and is one mistake at a time. Raises RecipeError for what is no TOML file.
    """
    path = find_recipe(name)
    text = read_text(path)
    table = read_table(text, path)
    return with_lines(mistakes_in(table, path.parent), text)


def mistakes_in(table: dict[str, Any], folder: Path | None) -> list[Mistake]:
    """All mistakes of a recipe's table whose data stand in `folder`."""
    recipe, mistakes = examine(table)
    return mistakes if recipe is None else _building(recipe, folder, table)


def _building(recipe: Recipe, folder: Path | None, table: dict[str, Any]) -> list[Mistake]:
    """The refusal of the builder, if it has one."""
    from .model import from_recipe

    try:
        from_recipe(recipe, folder, "en")
    except SheetnnError as error:
        path = _blamed(str(error), recipe, table)
        said = str(error).removeprefix(f"{spelt(path)}: ")
        return [Mistake(path, said.removeprefix(f"{path[0]}: ") if path else said)]
    return []


def _blamed(message: str, recipe: Recipe, table: dict[str, Any]) -> Spot:
    """The key or table that a refusal speaks of; of the whole file if it names none."""
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
