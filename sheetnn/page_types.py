"""Types of the values in a layout table, each with its bounds and what is expected in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from .address import MAX_COLUMNS, MAX_ROWS, column_of, parse_cell, parse_range
from .errors import RecipeError, nearest
from .look import LABELS, LINES, ROLES
from .names import check_name, check_sheet_name

_MOST = 10**15
"""The largest whole number of which a cell holds every digit."""


def _wrong(message: str, hint: str = "") -> PydanticCustomError:
    return PydanticCustomError("page", message, {"hint": hint})


def _inside(row: int, column: int) -> bool:
    return 1 <= row <= MAX_ROWS and 1 <= column <= MAX_COLUMNS


def _cell(text: str) -> str:
    try:
        fits = _inside(*parse_cell(text))
    except ValueError:
        fits = False
    if not fits:
        raise _wrong("expected a cell such as B3, at most XFD1048576")
    return text


def _range(text: str) -> str:
    try:
        row, column, last_row, last_column = parse_range(text)
        fits = _inside(row, column) and _inside(last_row, last_column) and row <= last_row and column <= last_column
    except ValueError:
        fits = False
    if not fits:
        raise _wrong("expected a cell such as B3, or a range from its upper left to its lower right such as B3:C5")
    return text


def _columns(text: str) -> str:
    first, colon, last = text.partition(":")
    try:
        fits = 1 <= column_of(first) <= column_of(last if colon else first) <= MAX_COLUMNS
    except ValueError:
        fits = False
    if not fits:
        raise _wrong('expected a column such as A or several such as "B:R", at most XFD')
    return text


def _row(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= MAX_ROWS):
        raise _wrong(f"expected the number of a row, 1 to {MAX_ROWS}")
    return text


def _step(pair: Any) -> Any:
    whole = isinstance(pair, list) and len(pair) == 2 and all(type(one) is int for one in pair)
    if not whole or abs(pair[0]) >= MAX_ROWS or abs(pair[1]) >= MAX_COLUMNS:
        raise _wrong("expected [rows down, columns right], two whole numbers that stay on a sheet")
    return pair


def _measure(most: int, what: str) -> Callable[[Any], Any]:
    def validator(given: Any) -> Any:
        if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= most:
            raise _wrong(f"expected {what}, 0 to {most}")
        return given

    return validator


def _named(check: Callable[[str, str], None]) -> Callable[[str], str]:
    """A validator that refuses what `check` refuses, in its words."""

    def validator(text: str) -> str:
        try:
            check(text, "it")
        except RecipeError as error:
            raise _wrong(str(error)) from None
        return text

    return validator


def _one_of(words: dict[str, Any]) -> Callable[[str], str]:
    def validator(word: str) -> str:
        if word not in words:
            raise _wrong(f"expected one of {', '.join(words)}", nearest(word, words).removeprefix("; "))
        return word

    return validator


def _shown(text: Any) -> Any:
    """What a label says: a text, which may be empty, or a number."""
    if isinstance(text, str):
        return text and _named(check_name)(text)
    if isinstance(text, bool) or not isinstance(text, int | float) or not abs(text) <= _MOST:
        raise _wrong("expected a text or a number of at most 15 digits")
    return text


def _key(key: Any) -> Any:
    """What SUMIF looks for: neither a comparison nor a pattern, and nothing that would end its quotes."""
    if isinstance(key, str) and key.isidentifier():
        return _named(check_name)(key)
    if type(key) is not int or abs(key) > _MOST:
        raise _wrong("expected a whole number, or a word of letters, digits and _ that begins with a letter")
    return key


def _format(given: Any) -> Any:
    several = given if isinstance(given, list) and given else [given]
    for one in several:
        if not isinstance(one, str):
            raise _wrong("expected a number format such as 0.00, or an array of them")
        _named(check_name)(one)
    return given


def _changing(given: Any) -> Any:
    """The areas that Solver changes, as an array or in one text with commas."""
    areas = given.split(",") if isinstance(given, str) else given
    if not isinstance(areas, list) or not areas:
        raise _wrong("expected areas such as A6:B7, with commas or as an array")
    for area in areas:
        if not isinstance(area, str):
            raise _wrong("expected areas such as A6:B7, with commas or as an array")
        _range(area.strip())
    return ",".join(area.strip() for area in areas)


Cell = Annotated[str, AfterValidator(_cell)]
Range = Annotated[str, AfterValidator(_range)]
Columns = Annotated[str, AfterValidator(_columns)]
Row = Annotated[str, AfterValidator(_row)]
Step = Annotated[list[int], BeforeValidator(_step)]
Text = Annotated[str, AfterValidator(_named(check_name))]
Tab = Annotated[str, AfterValidator(_named(check_sheet_name))]
Role = Annotated[str, AfterValidator(_one_of(ROLES))]
Style = Annotated[str, AfterValidator(_one_of(LABELS))]
Line = Annotated[str, AfterValidator(_one_of(LINES))]
Shown = Annotated[Any, AfterValidator(_shown)]
Key = Annotated[Any, AfterValidator(_key)]
Format = Annotated[Any, AfterValidator(_format)]
Areas = Annotated[Any, AfterValidator(_changing)]
Width = Annotated[Any, AfterValidator(_measure(255, "a width in characters"))]
Height = Annotated[Any, AfterValidator(_measure(409, "a height in points"))]
