"""The XML of a part as a stream of elements, in bounded memory whatever the part holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from lxml import etree

from .markup import RefusedError, check_head, check_markup

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
LATER = "{http://schemas.microsoft.com/office/excel/2006/main}"
MAX_PENDING = 8_000_000  # bytes of XML between two rows, kept as a tree of 50 times its size; the largest is 140 kB
MAX_STRINGS = 64_000_000  # bytes of texts in a workbook; Python takes about three times as much for them
MAX_CELLS = 12_000_000  # cells of a workbook, empty ones too; ten times as many as the largest shipped has
MAX_AREA = 100_000_000  # cells of the used range of a sheet; 1,797 pictures of 8x8 pixels in three epochs: 64 million


class Metered:
    """The bytes of a part on their way to the parser, never more of them than it has room for at once."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part, self.pending, self._before = part, 0, b""

    def read(self, size: int = -1) -> bytes:
        data = self._part.read(size)
        if not data:
            return data
        if not self._before:
            check_head(data)
        check_markup(self._before + data, first=not self._before)
        self._before = data[-1:]
        self.pending += len(data)
        if self.pending > MAX_PENDING:
            raise RefusedError(f"refused, more than {MAX_PENDING:,} bytes without a row")
        return data


class Budget:
    """What one reading of a workbook may still take."""

    def __init__(self) -> None:
        self._cells, self._texts = MAX_CELLS, MAX_STRINGS

    def spend(self, cells: int = 0, texts: int = 0) -> None:
        """Raise RefusedError once there are more cells, or longer texts in them, than any workbook has."""
        self._cells -= cells
        self._texts -= texts
        if self._cells < 0:
            raise RefusedError(f"refused, the workbook has more than {MAX_CELLS:,} cells")
        if self._texts < 0:
            raise RefusedError(f"refused, the texts in its cells have more than {MAX_STRINGS:,} characters")


def area(row: int, column: int) -> None:
    """Raise RefusedError for a sheet so large that a program would not come to an end with it."""
    if row * column > MAX_AREA:
        raise RefusedError(
            f"refused, its cells reach row {row:,} and column {column:,}; at most {MAX_AREA:,} cells are read"
        )


def stream(part: Metered, *tags: str) -> Iterator[tuple[str, etree._Element]]:
    """Elements of these names as they end. libxml2 keeps its limits on depth and length of text."""
    names = [space + tag for tag in tags for space in ((MAIN, STRICT) if tag[0] != "{" else ("",))]
    return etree.iterparse(part, tag=names, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def sheet_data(row: etree._Element, home: etree._Element | None) -> etree._Element:
    """The element that the rows of a sheet stand in. Raises ValueError for a row that stands elsewhere.

    A spreadsheet program does not see those; it must not read one thing and we another.
    """
    parent = row.getparent()
    if home is None and parent is not None and parent.tag.endswith("}sheetData"):
        sheet = parent.getparent()
        if sheet is not None and sheet.getparent() is None:
            return parent
    if parent is None or parent is not home:
        raise ValueError("a row stands elsewhere than the others")
    return parent


def forget(done: etree._Element) -> None:
    """Let go of an element and of what stands before it."""
    done.clear()
    parent = done.getparent()
    while done.getprevious() is not None and parent is not None:
        del parent[0]


def plain_text(item: etree._Element) -> str:
    """The text of a string item, without its phonetic runs."""
    texts = []
    for element in item.iter(MAIN + "t", STRICT + "t"):
        parent = element.getparent()
        if parent is None or not str(parent.tag).endswith("rPh"):
            texts.append(element.text or "")
    return "".join(texts)
