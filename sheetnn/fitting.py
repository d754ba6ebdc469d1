"""Fitting: what to make less of so that a workbook keeps to a budget or to its sheets; each answer is tried first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

from .lessening import Plan, Way

Fits = Callable[[Plan], bool]
MOST_CHANGES = 3
"""Changes named at once; who has to change more takes another recipe."""


def advice(plan: Plan, ways: Sequence[Way], fits: Fits) -> str:
    """The smallest change of `plan` that fits: every way that is enough alone, else the fewest together; or nothing.

    More of what is named does not fit. `fits` must be true for less of anything that it is true for.
    """
    alone = [(way, size) for way in ways if (size := _largest(way, lambda n, way=way: fits(way.make(plan, n))))]  # type: ignore[misc]
    if alone:
        alone.sort(key=lambda pair: pair[0].price(pair[1]))
        return " or ".join(way.words(size) for way, size in alone)
    for count in range(2, MOST_CHANGES + 1):
        several = [some for some in combinations(ways, count) if len({way.kind for way in some}) == count]
        found = [sizes for some in several if (sizes := _together(some, plan, fits))]
        if found:
            best = min(found, key=lambda pairs: sum(way.price(size) for way, size in pairs))
            *others, last = [way.words(size) for way, size in best]
            return f"{', '.join(others)} and {last} together"
    return ""


def least(plan: Plan, ways: Sequence[Way]) -> tuple[Plan, str]:
    """The plan with the least of everything, and that in words."""
    for way in ways:
        plan = way.make(plan, way.sizes[0])
    return plan, ", ".join(way.words(way.sizes[0]) for way in ways)


def _largest(way: Way, fits: Callable[[int], bool]) -> int:
    """The largest size of a way that fits; 0 if none does."""
    found = _count_of(len(way.sizes), lambda n: fits(way.sizes[n]))
    return way.sizes[found - 1] if found else 0


def _count_of(count: int, fits: Callable[[int], bool]) -> int:
    """How many of the positions 0, 1, 2, ... below `count` fit, if none does after one that does not."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if fits(middle) else (low, middle)
    return low


def _together(ways: Sequence[Way], plan: Plan, fits: Fits) -> list[tuple[Way, int]]:
    """A size of each way that fit together, of which none can be larger: as much of each as of the others first."""

    def fit(sizes: Sequence[int]) -> bool:
        made = plan
        for way, size in zip(ways, sizes, strict=True):
            made = way.make(made, size)
        return fits(made)

    steps = max(len(way.sizes) for way in ways)

    def alike(step: int) -> list[int]:
        return [way.sizes[step * (len(way.sizes) - 1) // max(1, steps - 1)] for way in ways]

    if not fit(alike(0)):
        return []
    sizes = alike(max(1, _count_of(steps, lambda step: fit(alike(step)))) - 1)
    for place, way in enumerate(ways):
        before, after = sizes[:place], sizes[place + 1 :]
        sizes[place] = _largest(way, lambda n, a=before, b=after: fit([*a, n, *b])) or sizes[place]  # type: ignore[misc]
    return list(zip(ways, sizes, strict=True))
