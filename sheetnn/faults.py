"""Faults of a data file: all of them are counted, the first ones told, each with its line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .errors import RecipeError

MOST = 20
"""Faults that are told; of a wrong file all lines may be wrong."""


@dataclass
class Faults:
    """A list that is filled while a file is read; `told` are (line, message), the first MOST that were added."""

    told: list[tuple[int, str]] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, said: str) -> None:
        self.count += 1
        if len(self.told) < MOST:
            self.told.append((line, said))

    def refuse(self) -> None:
        """Raise FaultsError if there are any."""
        if self.count:
            raise FaultsError([self])


class FaultsError(RecipeError):
    """Data with faults; in one line the first of them, and how many others there are."""

    def __init__(self, lists: Iterable[Faults]) -> None:
        known = list(lists)
        self.count = sum(one.count for one in known)
        self.found = sorted((pair for one in known for pair in one.told), key=lambda pair: pair[0])[:MOST]
        more = self.count - 1
        others = f"; {more:,} more {'fault' if more == 1 else 'faults'}, which `sheetnn check` tells" if more else ""
        super().__init__(self.found[0][1] + others)

    def all_told(self, name: str) -> list[str]:
        """A message a fault, of many the first MOST and how many more there are in the file `name`."""
        more = self.count - len(self.found)
        return [*(said for _, said in self.found), *([f"{name}: and {more:,} more like these"] if more else [])]
