"""What pages and layout tell: a name that is not known, pages that need pictures, blocks without a place, limits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import SheetnnError
from ..mistakes import Mistake
from ..model import assemble, page_of
from ..views import check_page
from .layers import shapes
from .probe import Facts, Probe, refusals


def _layout(facts: Facts) -> list[Mistake]:
    found: list[Mistake] = []
    with refusals(found, ("layout",), "layout: "):
        page_of(facts.recipe.layout, facts.folder)
    return found


def _pages(facts: Facts) -> list[Mistake]:
    found: list[Mistake] = []
    for position, page in enumerate(facts.recipe.pages):
        if facts.axes is not None and facts.good(f"pages.{position}"):
            with refusals(found, ("pages", position), "pages: "):
                check_page(page, list(facts.axes))
    return found


def refusal(facts: Facts) -> SheetnnError | None:
    """Why an exact network would not fit its layout and pages; start values and [solve] stand aside."""
    recipe, dataset = facts.recipe, facts.dataset
    zeros = {name: np.zeros(tuple(axes.values())).tolist() for name, axes in shapes(facts).items()}
    aside: dict[str, Any] = {"solve": None, "start": zeros, "initial": zeros if recipe.initial else {}}
    if recipe.training is not None:
        training = {"eta": recipe.training.eta or 0.1, "epochs": recipe.training.epochs or 1}
        aside["training"] = recipe.training.model_copy(update=training)
    if not facts.good("cost"):
        return None
    try:
        page = page_of(recipe.layout, facts.folder)
        assemble(recipe.model_copy(update=aside), "en", dataset, dataset.shape() if dataset else {}, page)
    except SheetnnError as error:
        return error
    return None


PROBES = (Probe(("layout",), _layout), Probe(("pages",), _pages))
