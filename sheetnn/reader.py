"""Reads sheets as a stream of rows: formula and stored value together, in one pass, whoever wrote the file."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree
from openpyxl.formula.translate import Translator

from .address import MAX_ROWS, column_number, letters, parse_cell
from .errors import FileError

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_LINK = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


DAMAGE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, etree.XMLSyntaxError, LookupError, ValueError)
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
    """An open workbook. Raises FileError for anything that is not a readable xlsx file."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            if not self.path.is_file():
                raise FileError(f"{path}: no such file")
            self._zip = zipfile.ZipFile(self.path)
            self.parts = self._parts()
            self._strings: list[str] | None = None
        except FileError:
            raise
        except DAMAGE as error:
            raise FileError(f"{path}: not a readable xlsx workbook ({error})") from None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @property
    def sheets(self) -> list[str]:
        """Names of the sheets, in order."""
        return list(self.parts)

    def _xml(self, name: str) -> etree._Element:
        return etree.fromstring(self._zip.read(name), _parser())

    def _parts(self) -> dict[str, str]:
        """Sheet name -> name of its part in the package."""
        top = self._xml("_rels/.rels")
        books = [r.get("Target", "") for r in top if r.get("Type", "").endswith("/officeDocument")]
        if not books:
            raise ValueError("it names no workbook")
        book = books[0].lstrip("/")
        folder, file = posixpath.split(book)
        links = self._xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        targets = {r.get("Id"): r.get("Target", "") for r in links if r.get("Type", "").endswith("/worksheet")}
        self._shared = next((r.get("Target", "") for r in links if r.get("Type", "").endswith("/sharedStrings")), "")
        self._folder = folder
        parts = {}
        for sheet in self._xml(book).iter(MAIN + "sheet", _STRICT + "sheet"):
            target = targets.get(sheet.get(_LINK) or sheet.get(_STRICT_LINK))
            if target is not None:
                parts[sheet.get("name", "")] = self._resolve(target)
        return parts

    def _resolve(self, target: str) -> str:
        return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{self._folder}/{target}")

    def strings(self) -> list[str]:
        """The table of shared strings."""
        if self._strings is None:
            self._strings = []
            if self._shared:
                for item in self._xml(self._resolve(self._shared)):
                    self._strings.append(_plain(item))
        return self._strings

    def rows(self, sheet: str) -> Iterator[tuple[int, list[StoredCell]]]:
        """The rows of a sheet from top to bottom. Raises FileError if the sheet is missing or damaged."""
        if sheet not in self.parts:
            raise FileError(f"{self.path}: has no sheet {sheet!r}; found {', '.join(self.parts) or 'none'}")
        shared: dict[str, Translator] = {}
        number = 0
        try:
            with self._zip.open(self.parts[sheet]) as part:
                for _, row in etree.iterparse(
                    part, tag=(MAIN + "row", _STRICT + "row"), resolve_entities=False, no_network=True
                ):
                    before, number = number, int(row.get("r") or number + 1)
                    if not before < number <= MAX_ROWS:
                        raise ValueError(f"row {number} follows row {before}")
                    yield number, self._cells(row, number, shared)
                    row.clear()
                    while row.getprevious() is not None:
                        del row.getparent()[0]
        except DAMAGE as error:
            raise FileError(f"{self.path}: sheet {sheet!r} is damaged near row {number} ({error})") from None

    def _cells(self, row: etree._Element, number: int, shared: dict[str, Translator]) -> list[StoredCell]:
        found = []
        column, ending = 0, str(number)
        for cell in row.iterchildren(MAIN + "c", _STRICT + "c"):
            address = cell.get("r")
            if address is None:
                column += 1
            else:
                name = address.removesuffix(ending)
                if not (name.isalpha() and name.isascii() and len(name) < len(address)):
                    raise ValueError(f"cell {address} stands in row {number}")
                before, column = column, column_number(name)
                if column <= before:
                    raise ValueError(f"cell {address} stands behind {letters(before)}{number}")
            formula, text, inline = "", None, None
            for child in cell.iterchildren("*"):  # elements, not comments
                tag = child.tag.rpartition("}")[2]
                if tag == "v":
                    text = child.text or ""
                elif tag == "f":
                    formula = child.text or ""
                    if child.get("t") == "array" and formula:
                        formula = f"{{{child.get('ref', address)}}}{formula}"
                    elif child.get("t") == "shared":
                        formula = _expand(shared, child.get("si", ""), formula, f"{letters(column)}{number}")
                elif tag == "is":
                    inline = _plain(child)
            kind = cell.get("t", "n")
            if formula or text is not None or inline is not None:
                found.append(StoredCell(column, formula, inline if kind == "inlineStr" else self._value(kind, text)))
        return found

    def _value(self, kind: str, text: str | None) -> Any:
        if text is None:
            return None
        if kind == "n":
            return float(text) if text else None
        if kind == "s":
            return self.strings()[int(text)]
        if kind == "b":
            return text in ("1", "true")
        if kind == "e":
            return Error(text)
        return text


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _plain(item: etree._Element) -> str:
    """The text of a string item, without its phonetic runs."""
    texts = []
    for element in item.iter(MAIN + "t", _STRICT + "t"):
        parent = element.getparent()
        if parent is None or not str(parent.tag).endswith("rPh"):
            texts.append(element.text or "")
    return "".join(texts)


def _expand(shared: dict[str, Translator], key: str, formula: str, address: str) -> str:
    """A shared formula as it stands in this cell."""
    if formula:
        shared[key] = Translator("=" + formula, origin=address)
        return formula
    if key not in shared:
        raise ValueError(f"shared formula {key} in {address} has no master")
    parse_cell(address)
    return str(shared[key].translate_formula(address))[1:]
