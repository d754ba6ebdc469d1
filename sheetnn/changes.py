"""In what two models differ: keys of the recipe, and whether cells stand at the same places."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .comparison import Cause
from .model import Model


def recipe_changes(one: Model, other: Model) -> list[Cause]:
    """The keys in which the recipes differ, such as `training.eta`; those of layouts start with `page`."""
    tables = [json.loads(model.to_json()) for model in (one, other)]
    for table in tables:
        table.update(table.pop("recipe"))
    return [Cause("recipe", key, a, b) for key, a, b in _changes("", *tables)]


def _changes(key: str, a: Any, b: Any) -> Iterator[tuple[str, Any, Any]]:
    """Keys and both values wherever two tables differ; a list of numbers is one value."""
    if isinstance(a, dict) and isinstance(b, dict):
        for name in [*a, *(name for name in b if name not in a)]:
            yield from _changes(f"{key}.{name}" if key else name, a.get(name), b.get(name))
    elif _tables(a) and _tables(b) and len(a) == len(b):
        for number, (mine, theirs) in enumerate(zip(a, b, strict=True), 1):
            yield from _changes(f"{key}.{number}", mine, theirs)
    elif a != b:
        yield key, a, b


def _tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def same_places(one: Model, other: Model) -> bool:
    """Whether the same blocks stand at the same places of the same sheets, epochs included."""
    return _places(one) == _places(other)


def _places(model: Model) -> list[Any]:
    sheets = {sheet.id: sheet.name for sheet in model.layout.sheets}
    placed = [
        (block.name, block.axes, block.repeated, sheets[place.sheet], place.row, place.column, dict(place.steps))
        for block, place in model.layout.placed()
    ]
    return [model.graph.epochs, model.graph.first_epoch, placed]
