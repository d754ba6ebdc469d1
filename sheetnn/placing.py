"""The table of a layout that a recipe names: its file, and refusals that name it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .copies import check_formulas
from .data import home
from .errors import FormulaError, LayoutError, RecipeError, nearest
from .graph import Graph
from .layout import Layout
from .page_mistakes import PageError
from .recipe import read_toml
from .stacked import LAYOUTS


def page_of(name: str, folder: Path | None) -> dict[str, Any] | None:
    """The table of a page layout: a shipped name, or a `.toml` beside the recipe; None for a computed one.

    Raises RecipeError.
    """
    return None if name in LAYOUTS else read_toml(page_file(name, folder))


def page_file(name: str, folder: Path | None) -> Path:
    """The file of a page layout. Raises RecipeError for a name that is none."""
    shipped = {path.stem: path for path in sorted((home("templates") / "layouts").glob("*.toml"))}
    if name in shipped:
        return shipped[name]
    if _own(name):
        return (folder or Path()) / name
    known = [*LAYOUTS, *shipped]
    raise RecipeError(f"layout {name!r} is not known; expected one of {', '.join(known)}{nearest(name, known)}")


def check_places(name: str, graph: Graph, layout: Layout) -> None:
    """Raise LayoutError or FormulaError where the places of layout `name` let a formula not be written."""
    if name not in LAYOUTS:
        with named(name):
            check_formulas(graph, layout)


@contextmanager
def named(name: str) -> Iterator[None]:
    """Refusals of a layout by a table of the user's own begin with its name."""
    try:
        yield
    except PageError:
        raise
    except (LayoutError, FormulaError) as error:
        if not _own(name):
            raise
        raise type(error)(f"{name}: {error}") from None


@contextmanager
def lined(name: str, folder: Path | None) -> Iterator[None]:
    """Mistakes of a layout's table come with the name and the lines of its file."""
    try:
        yield
    except PageError as error:
        raise error.within(name, page_file(name, folder)) from None


def _own(name: str) -> bool:
    return name.endswith(".toml")
