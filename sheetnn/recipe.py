"""Recipes from files: read, checked against the schema and the rules, and all mistakes told at once."""

from __future__ import annotations

import json
import tomllib
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .data import home
from .errors import RecipeError, nearest
from .mistakes import UNKNOWN, Mistake, meant, of_schema
from .schema import Recipe
from .toml_lines import Path as Spot
from .toml_lines import line_of, locate


def shipped() -> dict[str, Path]:
    """Files of the recipes that come with the package, by id."""
    return dict(sorted((path.stem, path) for path in home("templates").glob("*.toml")))


def find_recipe(name: str | Path) -> Path:
    """The file of a shipped id or a `.toml` path. Raises RecipeError for a name that is neither."""
    known = shipped()
    if str(name) in known:
        return known[str(name)]
    path = Path(name)
    if path.suffix != ".toml":
        raise RecipeError(
            f"recipe {str(name)!r} is not known; expected one of {', '.join(known)} or the path of a .toml file"
            + nearest(str(name), known)
        )
    return path


def load(name: str | Path) -> tuple[Recipe, Path]:
    """The recipe of a shipped id or a `.toml` path, and the folder its data files stand in.

    Raises RecipeError for an unknown name or an unreadable file, or with all mistakes in it and their lines.
    """
    path = find_recipe(name)
    text = read_text(path)
    recipe, mistakes = examine(read_table(text, path))
    if recipe is None:
        raise _refusal(with_lines(mistakes, text), str(path))
    return recipe, path.parent


def read_text(path: Path) -> str:
    """The text of a TOML file. Raises RecipeError."""
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise RecipeError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read ({error})") from None


def read_table(text: str, path: Path) -> dict[str, Any]:
    """The table that a TOML text holds. Raises RecipeError with line and column of what is not TOML."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # of TOML, or of a number of 5,000 digits
        raise RecipeError(f"{path}: not valid TOML: {error}") from None


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a table. Raises RecipeError."""
    return read_table(read_text(path), path)


def parse(table: dict[str, Any], where: str, written: bool = False) -> Recipe:
    """A table checked against the schema and the rules. Raises RecipeError with all its mistakes in one line.

    A key that says no more than its default counts as not given, unless a person has `written` it: tables from here
    hold all of them.
    """
    recipe, mistakes = examine(table, written)
    if recipe is None:
        raise _refusal(mistakes, where)
    return recipe


def examine(table: dict[str, Any], written: bool = True) -> tuple[Recipe | None, list[Mistake]]:
    """The recipe in a table, or None and all mistakes against schema and rules; for `written` see `survey`."""
    found = survey(table, written)
    return (None if found.mistakes else found.recipe), list(found.mistakes)


@dataclass(frozen=True)
class Survey:
    """What of a table can be read (None if nothing), its mistakes, and the keys that nothing can be told by."""

    recipe: Recipe | None
    mistakes: tuple[Mistake, ...]
    bad: tuple[Spot, ...] = ()


def survey(table: dict[str, Any], written: bool = True) -> Survey:
    """A table held against schema and rules; `written` says that each key was typed by a person.

    `mode = "solver"` has done its work then: such a recipe has no training, only a forward pass.
    """
    from .rules import broken  # they read tables of ops, which listing recipes does without

    mistakes: list[Mistake] = []
    bad: list[Spot] = []
    try:
        recipe = _validated(table)
    except ValidationError as error:
        mistakes = of_schema(error.errors(), table)
        if any(not one.path for one in mistakes):
            return Survey(None, tuple(mistakes))
        recipe, bad = _sound(table, mistakes)
    if not written:
        recipe = Recipe.model_validate(recipe.model_dump(exclude_defaults=True))
    crossed = broken(recipe, bad, written)
    if recipe.training is not None and recipe.training.mode == "solver":
        recipe = recipe.model_copy(update={"training": None})
    return Survey(recipe, (*mistakes, *crossed), (*bad, *(one.path for one in crossed)))


def with_lines(mistakes: list[Mistake], text: str) -> list[Mistake]:
    """The mistakes in the order of the file, elements by number; one of the whole file has no line, and is first."""
    lines = locate(text)
    placed = [replace(one, line=line_of(one.path, lines)) if one.path else one for one in mistakes]
    order = {path: number for number, path in enumerate(lines)}
    return sorted(placed, key=lambda one: (one.line or 0, line_of(one.path, order) if one.path else 0))


def _refusal(mistakes: list[Mistake], where: str) -> RecipeError:
    return RecipeError(f"{where}: " + "; ".join(one.sentence() for one in mistakes))


_STAND_INS = {"id": "x", "name": "x", "units": 1, "filters": 1, "seed": 0, "change": ["x"], "variables": ["x"]}
"""Values for keys that a table cannot do without, while the rules look at its other keys."""


def _sound(table: dict[str, Any], mistakes: list[Mistake]) -> tuple[Recipe, list[Spot]]:
    """A recipe of what the schema accepts, for the rules to go on with, and the keys they must not look at."""
    kept = deepcopy(table)
    bad: list[Spot] = []
    gone: list[Spot] = []
    for one in mistakes:
        path = one.path
        while isinstance(path[-1], int):  # without one element the others would move up
            path = path[:-1]
        if any(path[: len(around)] == around for around in gone):
            continue
        gone.append(path)
        bad += [path, *(meant(one.path, table) if one.message == UNKNOWN else [])]
        here: Any = kept
        for part in path[:-1]:
            here = here[part] if isinstance(part, int) else here.get(part, {})
        here.pop(path[-1], None)
        if one.message != UNKNOWN and path[-1] in _STAND_INS:
            here[path[-1]] = _STAND_INS[str(path[-1])]
    while True:
        try:
            return _validated(kept), bad
        except ValidationError as error:
            for one in of_schema(error.errors(), kept):
                bad.append(one.path[:1])
                kept.pop(str(one.path[0]), None)
                kept.setdefault("id", "x")


def _validated(table: dict[str, Any]) -> Recipe:
    """Read as JSON, in which an array is an array and yet 2.0, true and "2" are no whole number 2."""
    return Recipe.model_validate_json(json.dumps(table, default=_plain), strict=True)


def _plain(value: Any) -> Any:
    """What JSON has no word for: numbers of NumPy, and the dates of TOML."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def changed(recipe: Recipe, **training: float | int | None) -> Recipe:
    """The recipe with another number of epochs or learning rate (None leaves it). Raises RecipeError."""
    given = {key: value for key, value in training.items() if value is not None}
    table = recipe.model_dump()
    if recipe.training is None:
        if given:
            raise RecipeError(f"{recipe.id}: has no training, so it takes no {' or '.join(given)}")
        return recipe
    return parse({**table, "training": {**table["training"], **given}}, recipe.id)
