"""A1 addresses and the limits of a sheet."""

from __future__ import annotations

import re
from functools import cache

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
_A1 = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_PLAIN_SHEET = re.compile(r"[A-Za-z_][A-Za-z_.]*")


@cache
def letters(column: int) -> str:
    """1 -> A, 27 -> AA. Excel's columns count from 1."""
    text = ""
    while column > 0:
        column, digit = divmod(column - 1, 26)
        text = chr(65 + digit) + text
    return text


@cache
def column_number(text: str) -> int:
    """A -> 1, AA -> 27."""
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - 64
    return number


@cache
def column_of(name: str) -> int:
    """A -> 1, AA -> 27, for letters that nobody has vouched for. Raises ValueError."""
    if not (name.isalpha() and name.isascii() and name.isupper() and len(name) <= 3):
        raise ValueError(f"{name[:20]!r} is no column")
    return column_number(name)


def parse_cell(text: str) -> tuple[int, int]:
    """`"B3"` -> `(3, 2)`: row and column, counted from 1. Raises ValueError."""
    match = _A1.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no cell address")
    return int(match[2]), column_number(match[1])


def parse_range(text: str) -> tuple[int, int, int, int]:
    """`"B3:C5"` or `"B3"` -> first row, first column, last row, last column. Raises ValueError."""
    first, _, last = text.partition(":")
    row, column = parse_cell(first)
    last_row, last_column = parse_cell(last) if last else (row, column)
    return row, column, last_row, last_column


def cell_name(row: int, column: int) -> str:
    """`(3, 2)` -> `"B3"`."""
    return f"{letters(column)}{row}"


def sheet_prefix(name: str) -> str:
    """`Data` -> `Data!`, `学习` -> `'学习'!`: quoted wherever a program might ask for it."""
    return f"{name}!" if _PLAIN_SHEET.fullmatch(name) else "'" + name.replace("'", "''") + "'!"
