"""Recipes to begin with: one commented .toml and one small .csv a kind beside this file, and a row of the table.

A comment that begins with `#zh ` or `#en ` is written in that language only; `{name}` stands for the recipe's name.
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

from ..errors import RecipeError, nearest
from ..labels import languages, words
from ..output import check_output, written

KINDS = {
    "pictures": "digits drawn with 5x4 pixels, a dense network",
    "table": "coins by their measures, classes with names, softmax",
    "regression": "a curve of 25 points",
    "cnn": "strokes of 6x6 pixels, convolution and pooling",
}


def new(name: str | Path, kind: str = "pictures", language: str = "zh", force: bool = False) -> tuple[Path, Path]:
    """Write a commented recipe `name`.toml and its data `name`.csv; returns both.

    `name` may stand in a folder; its last part becomes the recipe's id. Raises RecipeError for a kind, language or
    name that cannot be, FileError where a file exists (without `force`) or cannot be written.
    """
    words(language)
    if kind not in KINDS:
        raise RecipeError(f"kind {kind!r} is not known; expected one of {', '.join(KINDS)}{nearest(kind, KINDS)}")
    own = Path(name).name.removesuffix(".toml")
    if not re.fullmatch(r"\w[\w.-]{0,79}", own):
        raise RecipeError(
            f"name {own!r} cannot be a recipe's; expected a letter or digit, then letters, digits, _, - and ., "
            "80 at most"
        )
    recipe, data = (
        check_output(Path(name).with_name(own + end), force, "a file", (end,)) for end in (".toml", ".csv")
    )
    with written(data, force) as table, written(recipe, force) as text:
        table.write(resources.files(__package__).joinpath(f"{kind}.csv").read_bytes())
        text.write(starter(kind, own, language).encode())
    return recipe, data


def starter(kind: str, name: str, language: str) -> str:
    """The text of a kind's recipe with the comments of one language."""
    lines = resources.files(__package__).joinpath(f"{kind}.toml").read_text("utf-8").splitlines()
    if not any(line.startswith(f"#{language} ") for line in lines):
        language = "en"  # a language may have labels and no starters
    others = tuple(f"#{one} " for one in languages() if one != language)
    kept = [line for line in lines if not line.startswith(others)]
    text = "\n".join(
        "# " + line.removeprefix(f"#{language} ") if line.startswith(f"#{language} ") else line for line in kept
    )
    return text.replace("{name}", name) + "\n"
