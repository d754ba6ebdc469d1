"""Reads sheets as a stream of rows: formula and stored value together, in one pass, whoever wrote the file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree
from openpyxl.formula.translate import Translator

from .address import MAX_COLUMNS, MAX_ROWS, column_of, letters, parse_cell, parse_range
from .errors import FileError
from .markup import RefusedError, shown
from .outside import Outlook
from .parts import read_parts
from .stamps import unchanged
from .stream import LATER, MAIN, MAX_STRINGS, STRICT, Budget, Metered, area, forget, plain_text, sheet_data, stream
from .untrusted import open_package

_ASIDE = ("dimension", "mergeCell", "formula", "formula1", "formula2", LATER + "f")
"""What is looked at beside the rows: declared areas, formulas of rules and of lists to choose from."""
_CELL, _MORE = ((MAIN + tag, STRICT + tag) for tag in ("c", "extLst"))
_CONTENT = {space + tag: tag for tag in ("v", "f", "is") for space in (MAIN, STRICT)}
DAMAGE = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    etree.XMLSyntaxError,
    LookupError,
    ValueError,
    NotImplementedError,
)
"""What reading a damaged package raises, from the archive, the XML or the numbers in it."""


@dataclass(frozen=True)
class Error:
    """An error value such as #NAME?."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class StoredCell:
    """A cell of a file: formula without '=' (empty if none) and the stored value (None if none).

    An array formula reads `{A1:B2}formula`.
    """

    column: int
    formula: str
    value: Any


class Reader:
    """An open workbook.

    Raises FileError for anything that is not a readable xlsx file, that docs/safety.md says is refused, or that
    changes while it is read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self._zip, self._stamp = open_package(self.path)
        except FileError:
            raise
        except DAMAGE as error:
            raise FileError(f"{path}: not a readable xlsx workbook (damaged: {error})") from None
        try:
            self._strings: list[str] | None = None
            self._budget = Budget()
            parts = read_parts(self._zip)
            self.parts, self._texts, self._outlook = parts.sheets, parts.texts, Outlook(parts.sheets)
            self._outlook.look(parts.names)
            self.unpacked = sum(self._zip.getinfo(part).file_size for part in set(self.parts.values()))
        except DAMAGE as error:
            self._zip.close()
            said = (
                str(error) if isinstance(error, RefusedError) else f"not a readable xlsx workbook (damaged: {error})"
            )
            raise FileError(f"{path}: {said}") from None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._zip.close()
        if kind is None or (isinstance(kind, type) and issubclass(kind, FileError)):
            unchanged(self.path, self._stamp)

    @property
    def sheets(self) -> list[str]:
        """Names of the sheets, in order."""
        return list(self.parts)

    def strings(self) -> list[str]:
        """The table of shared strings."""
        if self._strings is None:
            self._strings = []
            if self._texts:
                if self._zip.getinfo(self._texts).file_size > MAX_STRINGS:
                    raise ValueError(f"its table of texts holds more than {MAX_STRINGS:,} bytes")
                with self._zip.open(self._texts) as part:
                    for _, item in stream(meter := Metered(part), "si"):
                        meter.pending = 0
                        self._strings.append(plain_text(item))
                        forget(item)
        return self._strings

    def rows(self, sheet: str) -> Iterator[tuple[int, list[StoredCell]]]:
        """The rows of a sheet from top to bottom. Raises FileError if the sheet is missing or damaged."""
        if sheet not in self.parts:
            found = ", ".join(map(shown, list(self.parts)[:30])) or "none"
            raise FileError(f"{self.path}: has no sheet {sheet!r}; found {found}")
        shared: dict[str, Translator] = {}
        number = last = 0
        home: etree._Element | None = None
        try:
            with self._zip.open(self.parts[sheet]) as part:
                for _, row in stream(meter := Metered(part), "row", *_ASIDE):
                    if not row.tag.endswith("}row"):
                        self._aside(row)
                        continue
                    meter.pending = 0
                    self._budget.spend(cells=len(row))
                    before, number = number, int(row.get("r") or number + 1)
                    if not before < number <= MAX_ROWS:
                        raise ValueError(f"row {number} follows row {before}")
                    home = sheet_data(row, home)
                    cells = self._cells(row, number, shared)
                    last = max(last, cells[-1].column if cells else 0)
                    area(number, last)
                    self._outlook.look([cell.formula for cell in cells if cell.formula])
                    yield number, cells
                    forget(row)
        except RefusedError as error:
            raise FileError(f"{self.path}: sheet {shown(sheet)} near row {number}: {error}") from None
        except DAMAGE as error:
            raise FileError(f"{self.path}: sheet {shown(sheet)} is damaged near row {number} ({error})") from None

    def _aside(self, found: etree._Element) -> None:
        """What stands beside the rows: areas and formulas that the rows do not tell of."""
        ref, text = found.get("ref"), found.text
        if len(found):
            raise ValueError(f"{shown(str(found.tag))} holds more than a text")
        if ref is not None:
            area(*parse_range(ref)[2:])
        if text:
            self._outlook.look([text])

    def _cells(self, row: etree._Element, number: int, shared: dict[str, Translator]) -> list[StoredCell]:
        found = []
        column, ending = 0, str(number)
        for cell in row.iterchildren("*"):
            if cell.tag not in _CELL:
                if cell.tag in _MORE:
                    continue
                raise ValueError(f"row {number} holds something that is no cell")
            address = cell.get("r")
            if address is None:
                column += 1
            else:
                name = address.removesuffix(ending)
                before, column = column, column_of(name)
                if column <= before or len(name) == len(address):
                    raise ValueError(f"cell {shown(address)} stands in row {number} behind {letters(before)}{number}")
            if column > MAX_COLUMNS:
                raise ValueError(f"a cell of row {number} stands behind the last column")
            formula, text, inline = "", None, None
            for child in cell.iterchildren("*"):
                tag = _CONTENT.get(child.tag)
                if (tag is None and child.tag not in _MORE) or (tag in ("v", "f") and len(child)):
                    raise ValueError(f"a cell of row {number} holds something that is no formula, value or text")
                if tag == "v" and text is None:
                    text = child.text or ""
                elif tag == "f" and not formula:
                    formula = child.text or ""
                    kind = child.get("t")
                    if kind is not None and child.get("ref"):
                        area(*parse_range(child.get("ref", ""))[2:])
                    if kind == "array" and formula:
                        formula = f"{{{child.get('ref', address)}}}{formula}"
                    elif kind == "shared":
                        formula = _expand(shared, child.get("si", ""), formula, f"{letters(column)}{number}")
                elif tag == "is" and inline is None:
                    inline = plain_text(child)
                elif tag is not None:
                    raise ValueError(f"cell {letters(column)}{number} holds two of one kind")
            kind = cell.get("t", "n")
            if inline:
                self._budget.spend(texts=len(inline))
            if formula or text is not None or inline is not None:
                found.append(StoredCell(column, formula, inline if kind == "inlineStr" else self._value(kind, text)))
        return found

    def _value(self, kind: str, text: str | None) -> Any:
        if text is None:
            return None
        if kind == "n":
            if not text:
                return None
            number = float(text)
            if number - number != 0.0 or "_" in text:  # nan, inf, or as only Python writes numbers
                raise ValueError(f"{text[:30]!r} is no number")
            return number
        self._budget.spend(texts=len(text))
        if kind == "s":
            return self.strings()[int(text)]
        if kind == "b":
            return text in ("1", "true")
        if kind == "e":
            return Error(text)
        return text


def _expand(shared: dict[str, Translator], key: str, formula: str, address: str) -> str:
    """A shared formula as it stands in this cell."""
    if formula:
        shared[key] = Translator("=" + formula, origin=address)
        return formula
    if key not in shared:
        raise ValueError(f"shared formula {key} in {address} has no master")
    parse_cell(address)
    return str(shared[key].translate_formula(address))[1:]
