"""Budget: refusal of a workbook with too many formulas or too full a sheet, with the smallest change that fits."""

from __future__ import annotations

from collections.abc import Callable

from .errors import SheetnnError
from .fitting import advice, least
from .lessening import Plan, all_ways, budgeted
from .model import Model, blank
from .recipe import parse
from .size import count_formulas


def check_budget(model: Model, most: int) -> None:
    """Raise SheetnnError if the workbook has more than `most` formulas, naming the smallest change that fits."""
    count = count_formulas(model.graph, model.layout)
    if count > most:
        said = f"{model.recipe.id}: {count:,} formulas, more than the {most:,} allowed; use "
        raise SheetnnError(said + (_in_budget(model, count, most) if model.exercise is None else "another part"))


def _in_budget(model: Model, count: int, most: int) -> str:
    plan = Plan(model.recipe, model.language, model.shape, model.page)
    bare = _formulas(plan.changed(pages=())) or count
    ways = budgeted(plan, 1 - bare / count)

    def fits(plan: Plan) -> bool:
        made = _formulas(plan)
        return made is not None and made <= most

    said = advice(plan, ways, fits) or advice(plan, all_ways(plan), fits)
    return said or _too_large(plan, lambda smallest: f"{_formulas(smallest) or count:,} formulas")


def fitting_sheets(plan: Plan) -> str:
    """What makes every sheet of a plan fit."""
    said = advice(plan, all_ways(plan), lambda plan: _formulas(plan) is not None)
    return said or _too_large(plan, lambda _: "too large a sheet")


def _too_large(plan: Plan, has: Callable[[Plan], str]) -> str:
    """What is said where the least of everything does not fit."""
    smallest, words = least(plan, budgeted(plan))
    return f"a smaller recipe: with {words} it still has {has(smallest)}" if words else "a smaller recipe"


def _formulas(plan: Plan) -> int | None:
    """How many formulas the workbook of a plan has; None if it cannot be made."""
    try:
        parse(plan.recipe.model_dump(), "")
        model = blank(plan.recipe, plan.language, plan.shape, plan.page)
    except (SheetnnError, ValueError):
        return None
    return count_formulas(model.graph, model.layout)
