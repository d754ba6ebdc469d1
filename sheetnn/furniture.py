"""What stands around the cells of a sheet, made with openpyxl: styles, widths, panes, painted pixels, merges."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from openpyxl.formatting.rule import CellIsRule, ColorScaleRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from .address import cell_name, column_number, letters, parse_cell
from .charts import scatter
from .conduct import conduct
from .folding import fold
from .layout import Layout
from .look import Look
from .ops import EPOCH, IMAGE, Axes
from .sheet import Sheet, Solver


def style_id(page: Worksheet, scratch: int, look: Look, font: str) -> int:
    """openpyxl's number for a look, found by putting it on a scratch cell (one each: openpyxl shares them)."""
    cell = page.cell(1, scratch)
    underline: Literal["single"] | None = "single" if look.underline else None
    cell.font = Font(name=font, size=look.size, bold=look.bold, color=look.color or None, underline=underline)
    cell.fill = PatternFill("solid", start_color=look.fill) if look.fill else PatternFill()
    cell.number_format = look.format
    cell.alignment = Alignment(
        horizontal=look.horizontal or None,
        vertical="center",
        text_rotation=255 if look.rotate else 0,
        wrap_text=look.wrap or None,
    )
    cell.protection = Protection(locked=look.locked)
    edges = (look.left, look.right, look.top, look.bottom)
    left, right, top, bottom = (Side(style=edge or None) for edge in edges)  # type: ignore[arg-type]
    cell.border = Border(left=left, right=right, top=top, bottom=bottom)
    return int(cell.style_id)


def furnish(page: Worksheet, layout: Layout, sheet_id: str, protect: bool = False) -> None:
    """Widths, merged ranges, panes, painted pixels, and what `conduct` adds, of one sheet."""
    sheet = next(sheet for sheet in layout.sheets if sheet.id == sheet_id)
    for columns, width in sheet.widths.items():
        first, _, last = columns.partition(":")
        for number in range(column_number(first), column_number(last or first) + 1):
            page.column_dimensions[get_column_letter(number)].width = width
    if sheet.height:
        page.sheet_format.defaultRowHeight = sheet.height
        page.sheet_format.customHeight = True
    if sheet.freeze:
        page.freeze_panes = sheet.freeze
    for column in sheet.hidden:
        page.column_dimensions[column].hidden = True
    page.sheet_view.zoomScale = page.sheet_view.zoomScaleNormal = sheet.zoom
    page.sheet_view.showGridLines = sheet.grid
    folded = fold(layout, sheet_id)
    if folded is not None:
        page.sheet_format.outlineLevelRow = 1
        page.sheet_properties.outlinePr.summaryBelow = folded.below  # type: ignore[union-attr]
    _print(page, layout, sheet)
    conduct(page, layout, sheet_id, protect)
    _add(page, layout, sheet_id)
    if any(label.sheet == sheet_id and label.merged for label in layout.labels):
        page.merged_cells.add("A1:B1")  # holds the place of those that are spliced in
    for block, place in layout.placed():
        looked = block.role in ("pixel", "painted") and "feature" not in block.axes and block.size > 1
        if place.sheet == sheet_id and looked:
            scale = ColorScaleRule("num", 0, "FFFFFF", end_type="num", end_value=1, end_color="A6A6A6")
            ranges = _painted(block.axes, *place.cells(block.axes))
            page.conditional_formatting.add(ranges, scale)
            if block.role == "painted":  # a picture to look at: its digits take the colour of the paint
                for digit, color in (("1", "A6A6A6"), ("0", "FFFFFF")):
                    page.conditional_formatting.add(ranges, CellIsRule("equal", [digit], font=Font(color=color)))


_PRINTED = 26  # columns of images on paper
_ROW = 0.45  # cm: the lowest that a program makes a row


def _print(page: Worksheet, layout: Layout, sheet: Sheet) -> None:
    """A4, one page wide; of a long training page the first epoch and the first images."""
    row, column = layout.extent(sheet.id)
    if sheet.printed:
        column = sheet.printed
    elif not sheet.wide:
        band = layout.bands.get(sheet.id)
        images = max(1, _PRINTED // band.width) * band.width if band else 2 * _PRINTED
        column = min(column, (band.column if band else 1) + images - 1)
        epoch = [
            int(place.cells(block.axes)[0].max())
            for block, place in layout.placed()
            if place.sheet == sheet.id and block.repeated and place.step(EPOCH)[0] > 1
        ]
        row = max(epoch, default=row)
    for chart in layout.charts:
        if chart.sheet == sheet.id:
            row = max(row, parse_cell(chart.at)[0] + ceil(chart.size[1] / _ROW))
    page.print_area = f"A1:{letters(column)}{row}"
    page.page_setup.paperSize = 9
    page.page_setup.orientation = "landscape" if column > row // 3 else "portrait"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.page_margins = PageMargins(0.4, 0.4, 0.5, 0.5, 0.25, 0.25)
    page.oddFooter.center.text = "&A  &P/&N"  # type: ignore[union-attr]


def _add(page: Worksheet, layout: Layout, sheet_id: str) -> None:
    """Charts, and what Solver opens with."""
    for chart in layout.charts:
        if chart.sheet == sheet_id:
            page.add_chart(scatter(chart, page), chart.at)
    for solver in layout.solvers:
        if solver.sheet == sheet_id:
            _solver(solver, page)


SOLVER = {
    "typ": "2", "val": "0", "num": "0", "neg": "2", "eng": "1", "cvg": "0.0001", "drv": "1", "est": "1",
    "itr": "2147483647", "tim": "2147483647", "mip": "2147483647", "nod": "2147483647", "mni": "30",
    "mrt": "0.075", "msl": "2", "nwt": "1", "pre": "0.000001", "rbv": "1", "rlx": "2", "rsd": "0", "scl": "1",
    "sho": "2", "ssz": "100", "tol": "0.01", "ver": "3",
}  # fmt: skip
"""Excel's Solver keeps its model in hidden names of the sheet: minimise, no constraints, GRG, any sign."""


def _solver(solver: Solver, page: Worksheet) -> None:
    sheet = quote_sheetname(page.title)
    changing = ",".join(f"{sheet}!{area}" for area in solver.changing.split(","))
    for name, text in {"opt": f"{sheet}!{solver.cost}", "adj": changing, **SOLVER}.items():
        page.defined_names.add(DefinedName(f"solver_{name}", attr_text=text, hidden=True))


def merges(layout: Layout, sheet_id: str) -> Iterator[str]:
    """The merged ranges of a sheet, a piece a label and epoch. openpyxl compares each with all others: too slow."""
    merged = [label for label in layout.labels if label.sheet == sheet_id and label.merged]
    if not merged:
        return
    once = (1, (0, 0))
    count = sum(label.each.get(IMAGE, once)[0] * label.each.get(EPOCH, once)[0] for label in merged)
    yield f'<mergeCells count="{count}">'
    for label in merged:
        copies, (down, right) = label.each.get(IMAGE, once)
        epochs, (lower, further) = label.each.get(EPOCH, once)
        for k in range(copies):
            for t in range(epochs):
                row, column = down * k + lower * t, right * k + further * t
                first = cell_name(label.row + row, label.column + column)
                last = cell_name(label.last_row + row, label.last_column + column)
                yield f'<mergeCell ref="{first}:{last}"/>'
    yield "</mergeCells>"


def _painted(axes: Axes, rows: NDArray[Any], columns: NDArray[Any]) -> str:
    """The ranges of pixels: one for all, or one an image where other numbers stand between the images."""
    whole = (np.ptp(rows) + 1) * (np.ptp(columns) + 1) == rows.size
    images = 1 if whole else axes.get(IMAGE, 1)
    tiles = zip(rows.reshape(images, -1), columns.reshape(images, -1), strict=True)
    return " ".join(f"{cell_name(r.min(), c.min())}:{cell_name(r.max(), c.max())}" for r, c in tiles)
