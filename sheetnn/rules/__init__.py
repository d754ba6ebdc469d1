"""Rules between keys of a recipe, which no single key's type can tell. A new one is one row of a table."""

from __future__ import annotations

from collections.abc import Iterable

from ..mistakes import Mistake
from ..schema import Recipe
from ..toml_lines import Path
from . import data, layers, pages, training, whole
from .rule import Rule

RULES: tuple[Rule, ...] = (*whole.RULES, *data.RULES, *layers.RULES, *training.RULES, *pages.RULES)


def broken(recipe: Recipe, bad: Iterable[Path] = (), written: bool = True) -> list[Mistake]:
    """All mistakes of a recipe by the rules that read none of the paths `bad`, where something else is wrong.

    One that is not as it was `written` is held against rules for any recipe only.
    """
    spoilt = list(bad)
    rules = [rule for rule in RULES if written or not rule.written]
    readable = [rule for rule in rules if not any(rule.reads_from(path) for path in spoilt)]
    return pages.joined([mistake for rule in readable for mistake in rule.find(recipe)])
