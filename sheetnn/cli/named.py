"""Messages about what a recipe says name the recipe's file, where they do not name a file already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import LayoutError, RecipeError


@contextmanager
def of_recipe(name: str) -> Iterator[None]:
    """Put the path of a `.toml` recipe in front of what is wrong in it.

    Messages begin with a layer, a block or a key of the recipe; those that begin with a file (of data, of numbers to
    start from), with the recipe's id or with a word of the command line stay as they are.
    """
    try:
        yield
    except (RecipeError, LayoutError) as error:
        if Path(name).suffix != ".toml" or str(error).startswith((name, "language ")) or _elsewhere(str(error), name):
            raise
        error.args = (f"{name}: {error}",)  # whatever else an error of its kind holds
        raise


def _elsewhere(said: str, name: str) -> bool:
    """Whether a message begins with the recipe's id, or the file of its data or layout. Raises RecipeError."""
    from ..console import short
    from ..recipe import load
    from ..sources import SOURCES

    recipe, _ = load(name)
    files = [getattr(recipe.data, key) for key in SOURCES] if recipe.data else []
    files += [recipe.layout] if recipe.layout.endswith(".toml") else []
    return said.startswith((f"{recipe.id}: ", *(short(file) for file in files if file)))
