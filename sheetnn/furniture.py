"""What stands around the cells of a sheet, made with openpyxl: styles, widths, panes, painted pixels, merges."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from openpyxl.chart import Reference, ScatterChart, Series
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.formatting.rule import CellIsRule, ColorScaleRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from .address import cell_name, column_number
from .layout import Layout
from .look import Look
from .ops import IMAGE, Axes
from .refs import EPOCH
from .sheet import Chart, Solver


def style_id(page: Worksheet, scratch: int, look: Look, font: str) -> int:
    """openpyxl's number for a look, found by putting it on a scratch cell (one each: openpyxl shares them)."""
    cell = page.cell(1, scratch)
    cell.font = Font(name=font, size=look.size, bold=look.bold, color=look.color or None)
    cell.fill = PatternFill("solid", start_color=look.fill) if look.fill else PatternFill()
    cell.number_format = look.format
    cell.alignment = Alignment(
        horizontal=look.horizontal or None,
        vertical="center",
        text_rotation=255 if look.rotate else 0,
        wrap_text=look.wrap or None,
    )
    edges = (look.left, look.right, look.top, look.bottom)
    left, right, top, bottom = (Side(style=edge or None) for edge in edges)  # type: ignore[arg-type]
    cell.border = Border(left=left, right=right, top=top, bottom=bottom)
    return int(cell.style_id)


def furnish(page: Worksheet, layout: Layout, sheet_id: str) -> None:
    """Widths, merged ranges, panes and painted pixels of one sheet."""
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
    _add(page, layout, sheet_id)
    if any(label.sheet == sheet_id and label.merged for label in layout.labels):
        page.merged_cells.add("A1:B1")  # holds the place of those that are spliced in
    for block, place in layout.placed():
        if place.sheet == sheet_id and block.role in ("pixel", "painted") and block.size > 1:
            scale = ColorScaleRule("num", 0, "FFFFFF", end_type="num", end_value=1, end_color="8C8C8C")
            ranges = _painted(block.axes, *place.cells(block.axes))
            page.conditional_formatting.add(ranges, scale)
            if block.role == "painted":  # a picture to look at: its digits take the colour of the paint
                for digit, color in (("1", "8C8C8C"), ("0", "FFFFFF")):
                    page.conditional_formatting.add(ranges, CellIsRule("equal", [digit], font=Font(color=color)))


def _add(page: Worksheet, layout: Layout, sheet_id: str) -> None:
    """Charts, and what Solver opens with."""
    for chart in layout.charts:
        if chart.sheet == sheet_id:
            page.add_chart(_chart(chart, page), chart.at)
    for solver in layout.solvers:
        if solver.sheet == sheet_id:
            _solver(solver, page)


def _chart(chart: Chart, page: Worksheet) -> ScatterChart:
    drawn = ScatterChart()
    drawn.title, drawn.x_axis.title, drawn.y_axis.title = chart.title, chart.x_title, chart.y_title
    drawn.x_axis.tickLblPos = drawn.y_axis.tickLblPos = "low"  # beside the plot, also where an axis crosses it
    drawn.x_axis.delete = drawn.y_axis.delete = False  # else Excel draws no axes
    drawn.width, drawn.height = 14, 9
    if chart.y_min is not None:
        drawn.y_axis.scaling.min = chart.y_min
    drawn.style = 2
    for title, x, y, style in chart.series:
        ranges = [Reference(range_string=f"{quote_sheetname(page.title)}!{area}") for area in (x, y)]
        series = Series(ranges[1], ranges[0], title=title)
        if style == "line":
            series.marker.symbol = "none"
        else:
            series.marker.symbol, series.marker.size = "circle", 8
            series.marker.graphicalProperties = GraphicalProperties(solidFill="1F4E79")
            series.graphicalProperties.line.noFill = True
        drawn.series.append(series)
    return drawn


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


def merges(layout: Layout, sheet_id: str) -> str:
    """The merged ranges of a sheet. openpyxl compares each with all others, too slow for thousands."""
    ranges = []
    for label in layout.labels:
        if label.sheet == sheet_id and label.merged:
            copies, (down, right) = label.each.get(IMAGE, (1, (0, 0)))
            epochs, (lower, further) = label.each.get(EPOCH, (1, (0, 0)))
            for k in range(copies):
                for t in range(epochs):
                    row, column = down * k + lower * t, right * k + further * t
                    first = cell_name(label.row + row, label.column + column)
                    ranges.append(f"{first}:{cell_name(label.last_row + row, label.last_column + column)}")
    cells = "".join(f'<mergeCell ref="{area}"/>' for area in ranges)
    return f'<mergeCells count="{len(ranges)}">{cells}</mergeCells>'


def _painted(axes: Axes, rows: NDArray[Any], columns: NDArray[Any]) -> str:
    """The ranges of pixels: one for all, or one an image where other numbers stand between the images."""
    whole = (np.ptp(rows) + 1) * (np.ptp(columns) + 1) == rows.size
    images = 1 if whole else axes.get(IMAGE, 1)
    tiles = zip(rows.reshape(images, -1), columns.reshape(images, -1), strict=True)
    return " ".join(f"{cell_name(r.min(), c.min())}:{cell_name(r.max(), c.max())}" for r, c in tiles)
