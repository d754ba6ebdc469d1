"""References in a formula's text: cells and ranges, and which cells of a range an INDEX can pick."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from .address import column_number
from .errors import SheetnnError
from .expression import Expression

_CELL = r"\$?[A-Z]{1,3}\$?[0-9]{1,7}"
_TEXT_OR_REFERENCE = re.compile(
    rf'"(?:[^"]|"")*"|(?<![\w.$:])((?:\'((?:[^\']|\'\')*)\'|([A-Za-z_][A-Za-z_.]*))!)?({_CELL})(?::({_CELL}))?(?![\w(.!:])'
)
_PARTS = re.compile(r"\$?([A-Z]+)\$?([0-9]+)")
_SUMMED = re.compile(r'SUMIF\([^,()]+,("[^"]*"|[^,()"]+),\Z')
_FAR = 100  # characters before a reference, more than the beginning of any SUMIF
_COUNTED = re.compile(r"([0-9]+)\*\([^()]*\)")


@dataclass(frozen=True)
class Reference:
    """A cell or range at `start` to `end` of a formula; `sheet` is empty for the formula's own.

    `down` and `across` are (step, offset) of the rows and columns of the range that can be meant: (1, 0) for all,
    other steps where it stands in an INDEX that counts by them; a step of 0 is one row or column alone. `key` is the
    criterion of a SUMIF that sums it, without quotes.
    """

    text: str
    sheet: str
    row: int
    column: int
    last_row: int
    last_column: int
    start: int
    end: int
    down: tuple[int, int] = (1, 0)
    across: tuple[int, int] = (1, 0)
    key: str = ""

    @property
    def single(self) -> bool:
        return (self.row, self.column) == (self.last_row, self.last_column)


def references(formula: str) -> Iterator[Reference]:
    """The references of a formula without '=', from left to right; those in quoted texts are none."""
    body = (
        formula.index("}") + 1 if formula.startswith("{") else 0
    )  # {A1:B2} before an array formula is its own place
    for match in _TEXT_OR_REFERENCE.finditer(formula, body):
        if match[4]:
            inside = formula.endswith("INDEX(", 0, match.start())
            down, across = (_picked(formula, match.end()) if inside else None) or ((1, 0), (1, 0))
            summed = _SUMMED.search(formula, max(body, match.start() - _FAR), match.start())
            sheet = match[2].replace("''", "'") if match[2] is not None else match[3] or ""
            one = Reference(match[0], sheet, *_corners(match[4], match[5]), match.start(), match.end(), down, across)
            yield replace(one, key=summed[1].strip('"')) if summed else one


@lru_cache(maxsize=1 << 16)
def _corners(first: str, last: str | None) -> tuple[int, int, int, int]:
    row, column = _at(first)
    last_row, last_column = _at(last) if last else (row, column)
    return min(row, last_row), min(column, last_column), max(row, last_row), max(column, last_column)


def _at(cell: str) -> tuple[int, int]:
    match = _PARTS.fullmatch(cell)
    assert match is not None
    return int(match[2]), column_number(match[1])


def _picked(formula: str, start: int) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The steps of INDEX(range,row,column), whose range ends at `start`; None if they cannot be read."""
    depth, begin, parts = 0, start + 1, []
    for at in range(start, len(formula)):
        sign = formula[at]
        if depth == 0 and sign in ",)" and at > start:
            parts.append(formula[begin:at])
            begin = at + 1
            if sign == ")":
                break
        depth += (sign == "(") - (sign == ")")
    if len(parts) != 2:
        return None
    down, across = map(_steps, parts)
    return None if down is None or across is None else (down, across)


@lru_cache(maxsize=1 << 12)
def _steps(number: str) -> tuple[int, int] | None:
    """Which numbers `32*(D4-1)+1` can be: (step, first - 1), both from 0; None where it is not of that form.

    >>> _steps("32*($D$4-1)+1"), _steps("1"), _steps("$D$4"), _steps("5*($K$1-1)+$P$1")
    ((32, 0), (0, 0), (1, 0), (1, 0))
    """
    cells = [match for match in _TEXT_OR_REFERENCE.finditer(number) if match[4]]
    if any(match[5] or match[1] for match in cells):
        return None
    plain = _TEXT_OR_REFERENCE.sub("1", number)
    if not re.fullmatch(r"[0-9+*()-]+", plain):
        return None
    try:
        first = int(Expression.parse(plain, ()).value({})) - 1
    except (SheetnnError, ArithmeticError):
        return None
    counted = [match for match in _COUNTED.finditer(number) if _PARTS.search(match[0])]
    inside = sum(len(_PARTS.findall(match[0])) for match in counted)
    step = math.gcd(*(int(match[1]) for match in counted), *([1] if inside < len(cells) else []))
    return step, first % step if step else first
