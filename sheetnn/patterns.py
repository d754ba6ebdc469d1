"""One row of a sheet, and the pattern from which each epoch's copy of it is made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import Any

from .address import letters
from .copies import MARK

# Signs that no formula contains stand for the numbers that move with the epoch, a few in each row.
_SIGNS = [chr(code) for code in chain(range(1, 9), range(14, 32), range(0x80, 0xA0), range(0xE000, 0xF8FF))]


@dataclass(frozen=True)
class Row:
    """One row of a sheet, left to right: columns as letters, looks as indices into `Rows.looks`."""

    number: int
    columns: list[str]
    looks: list[int]
    formulas: list[str]
    values: list[Any]
    owners: list[tuple[str, int]]  # block name (empty for a label) and flat position in it
    epochs: list[int | None]
    plain: bool  # no formula that XML must escape, and no array formula


class Pattern:
    """The cells of one row as they repeat: formulas joined in one text, with signs where the epoch moves them."""

    def __init__(self, cells: list[tuple[int, int, str, int, tuple[str, int]]]) -> None:
        cells.sort(key=lambda cell: cell[0])
        self.numbers = [cell[0] for cell in cells]
        self.columns = [letters(number) for number in self.numbers]
        self.looks = [cell[1] for cell in cells]
        self.slots = [cell[3] for cell in cells]
        self.owners = [cell[4] for cell in cells]
        self.plain = not any(sign in cell[2] for cell in cells for sign in "<>&{")
        self.signs: dict[tuple[str, int, int], str] = {}
        self.text = MARK.sub(self._sign, "\n".join(cell[2] for cell in cells))

    def _sign(self, match: re.Match[str]) -> str:
        key = (match[1], int(match[2]), int(match[4]))
        return self.signs.setdefault(key, _SIGNS[len(self.signs)])

    def formulas(self, epoch: int) -> list[str]:
        text = self.text
        for (kind, value, step), sign in self.signs.items():
            number = value + step * epoch
            text = text.replace(sign, letters(number) if kind == "c" else str(number))
        return text.split("\n")
