"""Recipes from files: read, checked against the schema, and every mistake told in one line."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .data import home
from .errors import RecipeError, nearest
from .schema import (
    KINDS,
    BlockEntry,
    Convolution,
    Data,
    Dense,
    Function,
    PoolingLayer,
    Random,
    Recipe,
    Solve,
    Test,
    Training,
)


def shipped() -> dict[str, Path]:
    """Files of the recipes that come with the package, by id."""
    return dict(sorted((path.stem, path) for path in home("templates").glob("*.toml")))


def load(name: str | Path) -> tuple[Recipe, Path]:
    """The recipe of a shipped id or a `.toml` path, and the folder its data files stand in.

    Raises RecipeError for an unknown name, an unreadable file, or anything the schema refuses.
    """
    known = shipped()
    if str(name) in known:
        path = known[str(name)]
    else:
        path = Path(name)
        if path.suffix != ".toml":
            raise RecipeError(
                f"recipe {str(name)!r} is not known; expected one of {', '.join(known)} or the path of a .toml file"
                + nearest(str(name), known)
            )
    return parse(read_toml(path), str(path)), path.parent


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a table. Raises RecipeError."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise RecipeError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}: not valid TOML: {error}") from None


def parse(table: dict[str, Any], where: str) -> Recipe:
    """A table checked against the schema. Raises RecipeError with all its mistakes in one line."""
    try:
        recipe = Recipe.model_validate(table)
    except ValidationError as error:
        raise RecipeError(f"{where}: " + "; ".join(_mistake(one) for one in error.errors())) from None
    if recipe.function is not None and (recipe.data is not None or recipe.blocks):
        raise RecipeError(f"{where}: [function] stands alone; expected either it or [data] and [[blocks]]")
    if recipe.function is None and recipe.data is None and not recipe.blocks:
        raise RecipeError(f"{where}: describes nothing; expected [data] with [[layers]], [function] or [[blocks]]")
    if recipe.layers and (recipe.data is None or not isinstance(recipe.layers[-1], Dense)):
        raise RecipeError(f"{where}: a network needs [data], and a last layer of kind 'dense'")
    if recipe.function is not None and recipe.training is None:
        raise RecipeError(f"{where}: training: this key is missing; a descent needs eta and epochs")
    if recipe.training is not None:
        if recipe.training.mode == "solver":
            return recipe.model_copy(update={"training": None})
        for key in ("eta", "epochs"):
            if getattr(recipe.training, key) is None:
                raise RecipeError(f"{where}: training.{key}: this key is missing")
    network = bool(recipe.layers) and recipe.training is not None
    for page in recipe.pages:
        if not network and (recipe.function is None or page not in ("contents", "cost")):
            need = "a network with [training]" + (" or a [function]" if page in ("contents", "cost") else "")
            raise RecipeError(f"{where}: pages: {page!r} needs {need}; take it out")
    names = [layer.name for layer in recipe.layers]
    for name in names:
        if names.count(name) > 1:
            raise RecipeError(f"{where}: two layers are named {name!r}; give each its own name")
    return recipe


def changed(recipe: Recipe, **training: float | int | None) -> Recipe:
    """The recipe with another number of epochs or learning rate (None leaves it). Raises RecipeError."""
    given = {key: value for key, value in training.items() if value is not None}
    table = recipe.model_dump()
    if recipe.training is None:
        if given:
            raise RecipeError(f"{recipe.id}: has no training, so it takes no {' or '.join(given)}")
        return recipe
    return parse({**table, "training": {**table["training"], **given}}, recipe.id)


def _mistake(error: Any) -> str:
    """One mistake: the key, what was found, what was expected, the nearest valid name."""
    path = [part for part in error["loc"] if part not in ("float", "int", "str", *KINDS)]
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
    if error["type"] == "extra_forbidden":
        return f"unknown key {key!r}{nearest(str(path[-1]), _keys_at(list(error['loc'][:-1])))}"
    if error["type"] == "union_tag_invalid":
        return f"{key}: kind {error['ctx']['tag']!r} is not known; expected {', '.join(KINDS)}" + nearest(
            error["ctx"]["tag"], KINDS
        )
    message = error["msg"].replace("Input should be", "expected").replace("Field required", "this key is missing")
    found = "" if error["type"] == "missing" else f" (found {str(error['input'])[:60]!r})"
    hint = ""
    if error["type"] == "literal_error":
        choices = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        hint = nearest(str(error["input"]), choices)
    return f"{key}: {message[0].lower()}{message[1:]}{found}{hint}"


def _keys_at(path: list[Any]) -> list[str]:
    """Valid keys of the table at `path`."""
    tables: dict[str, Any] = {
        "data": Data,
        "training": Training,
        "function": Function,
        "test": Test,
        "blocks": BlockEntry,
        "random": Random,
        "solve": Solve,
    }
    table = tables.get(str(path[0]), Recipe) if path else Recipe
    if len(path) == 3 and path[0] == "layers":
        table = {"dense": Dense, "convolution": Convolution, "pooling": PoolingLayer}[path[2]]
    return list(table.model_fields)
