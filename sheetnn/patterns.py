"""One row of a sheet, and the pattern from which each epoch's copy of it is made."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from .address import letters
from .copies import MARK

# Signs that no formula contains stand for the numbers that move with the epoch, a few in each row.
_SIGNS = [chr(code) for code in chain(range(1, 9), range(14, 32), range(0x80, 0xA0), range(0xE000, 0xF8FF))]


class Owners(Sequence[tuple[str, int]]):
    """For each cell of a row the name of its block (empty for a label) and its flat position there, in few bytes."""

    def __init__(self, names: Sequence[str], which: Iterable[int], positions: Iterable[int]) -> None:
        self._names, self._which, self._positions = names, array("i", which), array("i", positions)

    def __len__(self) -> int:
        return len(self._which)

    def __getitem__(self, at: Any) -> Any:
        return self._names[self._which[at]], self._positions[at]


@dataclass(frozen=True)
class Row:
    """One row of a sheet, left to right: columns as letters, looks as indices into `Rows.looks`."""

    number: int
    columns: list[str]
    looks: list[int]
    formulas: list[str]
    values: list[Any]
    owners: Sequence[tuple[str, int]]  # block name (empty for a label) and flat position in it
    epochs: list[int | None]
    plain: bool  # no formula that XML must escape, and no array formula


class Pattern:
    """The cells of one row as they repeat, left to right: formulas in one text, signs where the epoch moves them."""

    def __init__(
        self, numbers: list[int], looks: list[int], texts: list[str], slots: list[int], owners: Owners
    ) -> None:
        self.numbers, self.slots = array("i", numbers), array("i", slots)
        self.columns = [letters(number) for number in numbers]
        self.looks, self.owners = looks, owners
        self.plain = not any(sign in text for text in texts for sign in "<>&{")
        self.signs: dict[tuple[str, int, int], str] = {}
        self.text = MARK.sub(self._sign, "\n".join(texts))

    def _sign(self, match: re.Match[str]) -> str:
        key = (match[1], int(match[2]), int(match[4]))
        return self.signs.setdefault(key, _SIGNS[len(self.signs)])

    def formulas(self, epoch: int) -> list[str]:
        text = self.text
        for (kind, value, step), sign in self.signs.items():
            number = value + step * epoch
            text = text.replace(sign, letters(number) if kind == "c" else str(number))
        return text.split("\n")
