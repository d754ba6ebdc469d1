"""Cards: blocks of one image drawn side by side, each under its symbol, units of a layer in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..graph import ANSWER
from ..labels import plain
from ..ops import Axes
from ..sheet import Step
from .draft import Draft, fixed_name


@dataclass(frozen=True)
class Card:
    """A block of the page, the symbol above it, and the stage that reveals it."""

    name: str
    symbol: str
    stage: int
    gap: int = 1  # columns left free before it
    role: str | None = None


def spread(axes: Axes, unit: Mapping[str, int]) -> tuple[dict[str, Step], int, int]:
    """Steps, height and width of a block: units down, `unit` rows apart; pictures as pictures."""
    names, sizes = list(axes), list(axes.values())
    if not names:
        return {}, 1, 1
    down = unit.get(names[0], 1)
    steps: dict[str, Step] = {names[0]: (down, 0)}
    if len(names) == 1:
        return steps, down * (sizes[0] - 1) + 1, 1
    if len(names) == 2:
        steps[names[1]] = (0, 1)
        return steps, down * (sizes[0] - 1) + 1, sizes[1]
    steps[names[-2]], steps[names[-1]] = (1, 0), (0, 1)
    width = sizes[-1]
    for axis, size in zip(names[1:-2], sizes[1:-2], strict=True):
        steps[axis] = (0, width + 1)
        width = (width + 1) * size - 1
    return steps, down * (sizes[0] - 1) + sizes[-2], width


def pace(draft: Draft, cards: Iterable[Card]) -> dict[str, int]:
    """Rows from one unit to the next, by axis: as many as the tallest card of that axis needs."""
    unit: dict[str, int] = {}
    for card in cards:
        axes = draft.graph[card.name].axes
        if axes:
            tall = list(axes.values())[-2] if len(axes) > 2 else 1
            first = next(iter(axes))
            unit[first] = max(unit.get(first, 1), tall + 1 if tall > 1 else 1)
    return unit


def deal(draft: Draft, cards: list[Card], row: int, column: int, reveal: dict[int, list[str]]) -> tuple[int, int]:
    """Lay out cards from `column` to the right, their symbols in `row`; returns the next free row and column.

    The area of each is added to what its stage reveals.
    """
    unit, bottom = pace(draft, cards), row + 1
    for number, card in enumerate(cards):
        axes = draft.graph[card.name].axes
        steps, height, width = spread(axes, unit)
        column += card.gap if number else 0
        box = tuple(axes)[-2:] if len(axes) > 2 else () if any(step[0] > 1 for step in steps.values()) else None
        draft.put(card.name, row + 1, column, steps, box=box, role=card.role)
        if draft.graph[card.name].role == ANSWER:
            box = ()  # each cell outlined, as they are blank
        # plain: in LibreOffice a rule's colour does not reach text with markup
        draft.write(row, column, plain(card.symbol), "symbol", last=column + width - 1)
        area = f"{fixed_name(row, column)}:{fixed_name(row + height, column + width - 1)}"
        reveal.setdefault(card.stage, []).append(area)
        column += width
        bottom = max(bottom, row + 1 + height)
    return bottom, column
