"""What [function] and its start tell: expressions that cannot be read, derivatives that are none."""

from __future__ import annotations

from ..descent import check_slope, check_variable, start_of
from ..expression import Expression
from ..mistakes import Mistake
from ..toml_lines import Path as Spot
from .probe import Facts, Probe, refusals


def _expressions(facts: Facts) -> list[Mistake]:
    found: list[Mistake] = []
    function = facts.recipe.function
    if function is None:
        return found
    spots: list[tuple[Spot, str]] = [(("function", "value"), function.value)] if facts.good("function.value") else []
    if facts.good("function.gradient"):
        spots += [(("function", "gradient", n), text) for n, text in enumerate(function.gradient)]
    for path, text in spots:
        with refusals(found, path):
            Expression.parse(text, function.variables)
    return found


def _start(facts: Facts) -> list[Mistake]:
    found: list[Mistake] = []
    function = facts.recipe.function
    if function is None:
        return found
    for key in facts.recipe.start:
        with refusals(found, ("start", key), "start: "):
            check_variable(key, function.variables)
    for name in function.variables:
        with refusals(found, ("start", name), "start: "):
            start_of(facts.recipe, name)
    return found


def _slopes(facts: Facts) -> list[Mistake]:
    """Of the derivatives that can be read."""
    found: list[Mistake] = []
    function = facts.recipe.function
    unread = {one.path for one in _expressions(facts)}
    if function is None or ("function", "value") in unread or _start(facts):
        return found
    start = [start_of(facts.recipe, name) for name in function.variables]
    for position in range(len(function.variables)):
        path = ("function", "gradient", position)
        if path not in unread:
            with refusals(found, path, "function.gradient: "):
                check_slope(function, position, start)
    return found


PROBES = (
    Probe(("function.variables",), _expressions),
    Probe(("function.variables", "start"), _start),
    Probe(("function", "start"), _slopes),
)
