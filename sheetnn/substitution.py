"""A formula with the numbers put in: each reference replaced by what its cells hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .reader import Error
from .references import Reference, references

MOST = 20_000
"""Of a range with more cells only the first are read, whatever is asked for."""
Held = Callable[[str, int, int], Any]
"""What a cell holds: sheet (empty for the formula's own), row, column."""


def substituted(formula: str, held: Held, terms: int | None = None, digits: int | None = None) -> str:
    """A formula without '=', its references as numbers; ranges as `{1,2;3,4}`, rows apart by a semicolon.

    A range shows no more than `terms` numbers, then `…`, and leaves out its blanks then; without `terms` all are
    there, a blank as nothing between its commas. `digits` are significant ones; without it each number is exact.
    """
    body = formula.index("}") + 1 if formula.startswith("{") else 0
    pieces, at = [], body
    for one in references(formula):
        text = (
            _single(held(one.sheet, one.row, one.column), digits) if one.single else _many(one, held, terms, digits)
        )
        pieces += [formula[at : one.start], text]
        at = one.end
    return "".join([*pieces, formula[at:]])


def spelled(value: Any, digits: int | None = None) -> str:
    """A value as a formula would hold it; a blank as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        number = float(value)
        if number.is_integer() and abs(number) < 1e15:
            return str(int(number))
        return repr(number) if digits is None else f"{number:.{digits}g}"
    if isinstance(value, Error):
        return value.text
    return '"' + str(value).replace('"', '""') + '"'


def _single(value: Any, digits: int | None) -> str:
    text = spelled(value, digits) or "0"  # a blank counts as 0
    return f"({text})" if text.startswith("-") else text


def _many(one: Reference, held: Held, terms: int | None, digits: int | None) -> str:
    text, shown, read = "", 0, 0
    for row in range(one.row, one.last_row + 1):
        for column in range(one.column, one.last_column + 1):
            value = held(one.sheet, row, column)
            read += 1
            if read > MOST or (shown == terms and value is not None):
                return f"{{{text}…}}"
            if terms is not None and value is None:
                continue
            shown += 1
            text += spelled(value, digits) + ("," if column < one.last_column else ";")
    return f"{{{text[:-1] if text.endswith((',', ';')) else text}}}"
