"""What can go wrong, each a one-line message: what, where, expected, how to mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SheetnnError(Exception):
    """A refusal that the user can mend; the command line prints it in one line and exits with 2."""


class RecipeError(SheetnnError):
    """The recipe, or data that it names, cannot be used."""


class LayoutError(SheetnnError):
    """A block has no place, or its cells do not form what a formula needs."""


class FormulaError(SheetnnError):
    """A formula would leave the portable subset of spreadsheet functions."""


class FullError(LayoutError):
    """A sheet would need more rows or columns than there are."""


class DivergedError(SheetnnError):
    """A value is not a finite number, so no cell can hold it."""


class FileError(SheetnnError):
    """A workbook cannot be read or written."""


class EngineError(SheetnnError):
    """A spreadsheet engine is missing, failed, or did not prove that it recalculates."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to `word`, or None if none is near."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)), None)


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the known word nearest to `word`, or an empty string."""
    close = closest(word, known)
    return f"; did you mean {close!r}?" if close else ""


def counted(count: int, noun: str) -> str:
    """`1 sample`, `2 samples`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def quoted(text: str) -> str:
    """A text from a user's file for a message: in quotes, of bounded length, what cannot be printed escaped."""
    return repr(text if len(text) <= 40 else text[:37] + "...")
