"""Scatter charts, drawn with openpyxl."""

from __future__ import annotations

from openpyxl.chart import Reference, ScatterChart, Series
from openpyxl.chart.series import XYSeries
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.worksheet import Worksheet

from .look import LINES
from .sheet import Chart


def scatter(chart: Chart, page: Worksheet) -> ScatterChart:
    """openpyxl's chart for a chart of the layout; its ranges lie on `page`."""
    drawn = ScatterChart()
    drawn.title, drawn.x_axis.title, drawn.y_axis.title = chart.title, chart.x_title, chart.y_title
    drawn.x_axis.tickLblPos = drawn.y_axis.tickLblPos = "low"  # beside the plot, also where an axis crosses it
    drawn.x_axis.delete = drawn.y_axis.delete = False  # else Excel draws no axes
    drawn.width, drawn.height = chart.size  # type: ignore[assignment]
    drawn.display_blanks = "gap"
    if chart.y_min is not None:
        drawn.y_axis.scaling.min = chart.y_min
    if chart.logarithmic:
        drawn.y_axis.scaling.logBase = 10
    drawn.style = 2
    if len(chart.series) == 1:
        drawn.legend = None if chart.series[0][0] == "" else drawn.legend
    for title, x_area, y_area, style in chart.series:
        drawn.series.append(_series(page, title, x_area, y_area, style))
    return drawn


def _series(page: Worksheet, title: str, x_area: str, y_area: str, style: str) -> XYSeries:
    ranges = [Reference(range_string=f"{quote_sheetname(page.title)}!{area}") for area in (x_area, y_area)]
    series = Series(ranges[1], ranges[0], title=title or None)
    line, size, color, width = LINES[style]
    if size:
        series.marker.symbol, series.marker.size = "circle", size
        series.marker.graphicalProperties = GraphicalProperties(solidFill=color)
    else:
        series.marker.symbol = "none"
    if line:
        series.graphicalProperties.line.solidFill, series.graphicalProperties.line.width = color, width
    else:
        series.graphicalProperties.line.noFill = True
    series.smooth = False
    return series
