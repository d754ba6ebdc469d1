"""Mistakes in a layout table: the schema's put in words, all of them at once, each with its line where a file is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .errors import LayoutError, SheetnnError
from .mistakes import MISSING, Mistake, close, said
from .page_schema import TABLES, Page
from .recipe import read_text, with_lines
from .toml_lines import Path as Spot

MOST = 20
"""Mistakes that are told; of a wrong file all entries may be wrong."""


class PageError(LayoutError):
    """A layout table with mistakes: `found` are all of them, `name` is what the recipe calls the table."""

    def __init__(self, found: Iterable[Mistake], name: str = "layout") -> None:
        self.found, self.name = tuple(found), name
        super().__init__(f"{name}: " + "; ".join(self._sentences()))

    def _sentences(self) -> list[str]:
        more = len(self.found) - MOST
        return [
            *(one.sentence() for one in self.found[:MOST]), *([f"and {more:,} more like these"] if more > 0 else []),
        ]  # fmt: skip

    def told(self) -> list[str]:
        """A message for each mistake, with the name of the table."""
        return [f"{self.name}: {sentence}" for sentence in self._sentences()]

    def within(self, name: str, path: Path) -> PageError:
        """The same with the lines of the file at `path`."""
        try:
            return PageError(with_lines(list(self.found), read_text(path)), name)
        except (SheetnnError, ValueError):  # gone since it was read
            return PageError(self.found, name)


def surveyed(table: Any) -> tuple[Page | None, list[Mistake]]:
    """What of a layout table can be read (None if nothing), and the schema's mistakes in it."""
    try:
        return Page.model_validate(table), []
    except ValidationError as error:
        mistakes = [_mistake(one) for one in error.errors()]
    try:
        return Page.model_validate(_sound(table, [one.path for one in mistakes])), mistakes
    except (ValidationError, LookupError, TypeError, AttributeError):
        return None, mistakes


def _sound(table: Any, bad: Iterable[Spot]) -> Any:
    """The table without what is wrong in it, or with something harmless there; elements keep their numbers."""
    kept = deepcopy(table)
    for path in bad:
        if path[0] != "sheets" or len(path) < 3:
            kept.pop(path[0], None)
            continue
        _, number, key, *inner = path
        sheet = kept["sheets"][number]
        if key == "id":
            sheet["id"] = f"sheet {number}"
        elif key == "labels" and inner:
            sheet["labels"][inner[0]] = {"at": "A1", "text": ""}
        elif key == "places" and inner:
            sheet["places"].pop(inner[0], None)
        else:
            sheet.pop(key, None)
    return kept


def _mistake(error: Any) -> Mistake:
    path: Spot = tuple(part for part in error["loc"] if part != "[key]")
    keys = tuple(str(part) for part in path[:-1] if not isinstance(part, int))
    if error["type"] == "extra_forbidden":
        known = list(TABLES[keys].model_fields)
        return Mistake(path, f"unknown key; expected {', '.join(known)}", close(str(path[-1]), known))
    message = said(error)
    if message == MISSING:
        return Mistake(path, message)
    hint = str(error.get("ctx", {}).get("hint", ""))
    if error["type"] == "literal_error":
        hint = close(str(error["input"]), re.findall("'([^']*)'", error["ctx"]["expected"]))
    return Mistake(path, f"{message} (found {found(error['input'])})", hint)


def found(value: Any) -> str:
    """A value in few characters, as TOML has it."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
