"""Pages that look at a workbook, added by a recipe's `pages`: one module a page, one row here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..errors import RecipeError
from ..graph import Graph
from ..labels import Words
from ..layout import Layout
from ..ops import IMAGE
from ..schema import Recipe
from .attempt import attempt
from .check import check
from .contents import contents
from .cost import cost
from .draft import Draft
from .step import step

PAGES: dict[str, Callable[[Draft], Layout]] = {
    "step": step,
    "cost": cost,
    "check": check,
    "try": attempt,
    "contents": contents,
}
"""In the order in which they are made: the contents last, as they name what the others have."""


def add_pages(
    pages: Iterable[str],
    graph: Graph,
    layout: Layout,
    recipe: Recipe,
    words: Words,
    span: tuple[float, float] | None = None,
) -> Layout:
    """The layout with the named pages; their blocks are added to `graph`. `span`: least and largest input."""
    wanted = set(pages)
    for name in sorted(wanted):
        check_page(name, [axis for axis in graph["x"].axes if axis != IMAGE] if "x" in graph.blocks else [])
    for name, make in PAGES.items():
        if name in wanted:
            layout = make(Draft(name, graph, layout, recipe, words, span))
    return layout


def check_page(name: str, inner: list[str]) -> None:
    """Refuse a page that needs pictures, for samples with the axes `inner`. Raises RecipeError."""
    if name in ("step", "try") and inner != ["row", "col"]:  # of arrays the recipe does not tell
        raise RecipeError(f"pages: {name!r} needs pictures of one channel; take {name!r} out")


__all__ = ["PAGES", "add_pages", "check_page"]
