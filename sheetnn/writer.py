"""Writes the package: openpyxl makes everything around the cells, the cells are streamed in between.

openpyxl cannot store a formula's value and rounds numbers to 16 digits, so its sheets stay empty and the rows
are spliced into them as text: each formula with the engine's value, each number as `repr` writes it. Fixed
times make two builds identical, byte by byte.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import IO

from openpyxl import Workbook as Package

from .address import cell_name
from .cells import Rows
from .evaluation import Known
from .folding import fold
from .furniture import furnish, merges, style_id
from .graph import Graph
from .labels import runs
from .layout import Layout
from .look import FONT, Look
from .output import written
from .package import MADE, Stream, write_package
from .patterns import Row
from .sheet import Sheet

Progress = Callable[[int, int], None]
STORE = "_sheetnn"
"""Name of the hidden sheet that carries the recipe."""
_CHUNK = 30_000  # characters of the recipe in one cell; a cell takes 32,767
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_workbook(
    path: Path,
    graph: Graph,
    layout: Layout,
    values: Known,
    recipe: str,
    title: str,
    progress: Progress | None = None,
    force: bool = True,
    protect: bool = False,
) -> None:
    """Write `path` in one piece: to a temporary file beside it, then renamed.

    Raises FileError if the folder cannot be written or the disk is full; nothing is left behind then.
    """
    with written(path, force) as file:
        _write(file, graph, layout, values, recipe, title, progress, protect)


def _write(
    file: IO[bytes],
    graph: Graph,
    layout: Layout,
    values: Known,
    recipe: str,
    title: str,
    progress: Progress | None,
    protect: bool,
) -> None:
    package = Package()
    package.remove(package.worksheets[0])
    package.properties.title = _ILLEGAL.sub("", title)
    package.properties.creator = "sheetnn"
    package.properties.created = MADE
    streams: dict[str, Stream] = {}
    known: dict[tuple[Look, str], int] = {}  # styles by look: making one takes openpyxl a millisecond
    sheets = [Rows(graph, layout, sheet.id, values) for sheet in layout.sheets]
    total, done = sum(len(rows.numbers) for rows in sheets), 0

    def counted(rows: Iterable[str]) -> Iterator[str]:
        nonlocal done
        for text in rows:
            yield text
            done += 1
            if progress is not None and done % 32 == 0:
                progress(done, total)

    for number, (sheet, rows) in enumerate(zip(layout.sheets, sheets, strict=True), 1):
        page = package.create_sheet(sheet.name)
        furnish(page, layout, sheet.id, protect)
        for look in rows.looks:
            if (look, sheet.font) not in known:
                known[look, sheet.font] = style_id(page, len(known) + 1, look, sheet.font)
        styles = [known[look, sheet.font] for look in rows.looks]
        lines = _lines(rows, styles, sheet)
        streams[f"xl/worksheets/sheet{number}.xml"] = Stream(
            f"A1:{cell_name(*layout.extent(sheet.id))}", counted(lines), merges(layout, sheet.id)
        )
    store = package.create_sheet(STORE)
    store.sheet_state = "veryHidden"
    pieces = [recipe[i : i + _CHUNK] for i in range(0, len(recipe), _CHUNK)]
    stored = [f'<row r="{i}">{text_cell(f"A{i}", 0, piece, markup=False)}</row>' for i, piece in enumerate(pieces, 1)]
    streams[f"xl/worksheets/sheet{len(layout.sheets) + 1}.xml"] = Stream(f"A1:A{len(pieces)}", iter(stored), iter(()))
    write_package(package, file, streams)
    if progress is not None:
        progress(total, total)


def _lines(rows: Rows, styles: list[int], sheet: Sheet) -> Iterator[str]:
    """The rows of a sheet; rows without cells too, where they have a height or fold."""
    folded = fold(rows.layout, sheet.id)
    due = (number for number, _ in groupby(merge(sorted(sheet.heights), folded.rows() if folded else ())))

    def attributes(number: int) -> str:
        height = f' ht="{sheet.heights[number]}" customHeight="1"' if number in sheet.heights else ""
        return f'{height} outlineLevel="1"' if folded and number in folded else height

    waiting = next(due, None)
    for row in rows:
        while waiting is not None and waiting <= row.number:
            if waiting < row.number:
                yield f'<row r="{waiting}"{attributes(waiting)}/>'
            waiting = next(due, None)
        yield _row_xml(row, styles, attributes(row.number))
    while waiting is not None:
        yield f'<row r="{waiting}"{attributes(waiting)}/>'
        waiting = next(due, None)


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


def _row_xml(row: Row, styles: list[int], attributes: str) -> str:
    """One `<row>`: each formula with its value, each constant as typed."""
    n, plain = row.number, row.plain
    cells = "".join(
        [
            f'<c r="{column}{n}" s="{styles[look]}"><f>{formula}</f><v>{value!r}</v></c>'
            if plain and formula and value.__class__ is float
            else cell_xml(f"{column}{n}", styles[look], formula, value)
            for column, look, formula, value in zip(row.columns, row.looks, row.formulas, row.values, strict=True)
        ]
    )
    return f'<row r="{n}"{attributes}>{cells}</row>'


def cell_xml(cell: str, style: int, formula: str, value: object) -> str:
    if formula:
        kind = ' t="str"' if isinstance(value, str) else ""
        shown = _escape(value) if isinstance(value, str) else repr(value)
        array = ""
        if formula.startswith("{"):
            area, _, formula = formula[1:].partition("}")
            array = f' t="array" ref="{area}"'
        return f'<c r="{cell}" s="{style}"{kind}><f{array}>{_escape(formula)}</f><v>{shown}</v></c>'
    if value is None or value != value:  # NaN: a blank answer
        return f'<c r="{cell}" s="{style}"/>'
    if isinstance(value, str):
        return text_cell(cell, style, value)
    return f'<c r="{cell}" s="{style}"><v>{value!r}</v></c>'


def text_cell(cell: str, style: int, text: str, markup: bool = True) -> str:
    """A text, never a formula; with `markup`, `^{}` and `_{}` become super- and subscripts."""
    return f'<c r="{cell}" s="{style}" t="inlineStr"><is>{_text_xml(text, markup)}</is></c>'


@lru_cache(maxsize=4096)
def _text_xml(text: str, markup: bool) -> str:
    text = _ILLEGAL.sub("", text)
    pieces = runs(text) if markup else []
    if not any(position for _, position in pieces):
        return f'<t xml:space="preserve">{_escape(text)}</t>'
    return "".join(
        f'<r><rPr><rFont val="{FONT}"/><sz val="11"/><vertAlign val="{position or "baseline"}"/></rPr>'
        f'<t xml:space="preserve">{_escape(piece)}</t></r>'
        for piece, position in pieces
    )
