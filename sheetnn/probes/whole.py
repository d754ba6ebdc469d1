"""What pages and layout tell: a name that is not known, pages that need pictures, blocks without a place, limits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import SheetnnError
from ..mistakes import Mistake
from ..model import assemble
from ..page_mistakes import PageError, surveyed
from ..placing import check_places, lined, page_file, page_of
from ..views import check_page
from .layers import shapes
from .probe import Facts, Probe, refusals
from .sketch import SIZING


def _layout(facts: Facts) -> list[Mistake]:
    found: list[Mistake] = []
    with refusals(found, ("layout",), "layout: "):
        page = page_of(facts.recipe.layout, facts.folder)
    if found or page is None or facts.recipe.function is not None:
        return found
    mistakes = surveyed(page)[1]
    if mistakes:
        error = refusal(facts) if sized(facts) else None  # which tells those by the network's blocks too
        if not isinstance(error, PageError):
            error = PageError(mistakes).within(facts.recipe.layout, page_file(facts.recipe.layout, facts.folder))
        found += [Mistake(("layout",), said) for said in error.told()]
    return found


def _pages(facts: Facts) -> list[Mistake]:
    found: list[Mistake] = []
    for position, page in enumerate(facts.recipe.pages):
        if facts.axes is not None and facts.good(f"pages.{position}"):
            with refusals(found, ("pages", position), "pages: "):
                check_page(page, list(facts.axes))
    return found


def sized(facts: Facts) -> bool:
    """Whether all is right without which nothing can be said of places."""
    return facts.exact and facts.good("layout", "pages", "blocks", "test", "cost", *SIZING)


def refusal(facts: Facts) -> SheetnnError | None:
    """Why an exact network would not fit its layout and pages; start values and [solve] stand aside."""
    recipe, dataset = facts.recipe, facts.dataset
    zeros = {name: np.zeros(tuple(axes.values())).tolist() for name, axes in shapes(facts).items()}
    aside: dict[str, Any] = {"solve": None, "start": zeros, "initial": zeros if recipe.initial else {}}
    if recipe.training is not None:
        training = {"eta": recipe.training.eta or 0.1, "epochs": recipe.training.epochs or 1}
        aside["training"] = recipe.training.model_copy(update=training)
    shape = dataset.shape() if dataset else {}
    try:
        with lined(recipe.layout, facts.folder):
            page = page_of(recipe.layout, facts.folder)
            model = assemble(recipe.model_copy(update=aside), "en", dataset, shape, page)
            check_places(recipe.layout, model.graph, model.layout)
    except SheetnnError as error:
        return error
    return None


PROBES = (Probe(("layout",), _layout), Probe(("pages",), _pages))
