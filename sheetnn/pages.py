"""Layouts read from a table: the pages of the book, at the book's addresses.

A page is TOML (see `templates/layouts/`): sheets with places (`at` and one step an axis), a band of image
columns, and labels. `each` repeats a label along `image` or `epoch`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .address import cell_name, letters, parse_cell, parse_range
from .graph import Block, Graph
from .labels import Words
from .layout import Layout, Place
from .ops import EPOCH, IMAGE
from .page_mistakes import PageError, surveyed
from .page_rules import Facts, crossed
from .page_schema import BandEntry, ChartEntry, LabelEntry, PlaceEntry, SheetEntry
from .sheet import Band, Chart, Label, Sheet, Solver, Step


def read_page(page: Mapping[str, Any], graph: Graph, words: Words, images: Mapping[str, int]) -> Layout:
    """The layout that table `page` describes for `graph`.

    `images` counts the images of each group of blocks (`train`, `test`), for labels that repeat with them.
    Raises PageError with all mistakes of the table.
    """
    table, mistakes = surveyed(page)
    if table is not None:
        bad = frozenset(one.path for one in mistakes)
        mistakes += crossed(Facts(table, graph, words, images, bad))
    if table is None or mistakes:
        raise PageError(mistakes)
    epoch = _step(table.epoch)
    sheets, places, bands, labels = [], {}, {}, []
    charts: list[Chart] = []
    solvers: list[Solver] = []
    for entry in table.sheets:
        if images.get(entry.images, 1) == 0:
            continue  # a test page, and no test pictures
        count = images.get(entry.images, 0)
        sheets.append(_sheet(entry, words, count))
        if entry.band is not None:
            bands[entry.id] = _band(entry.band)
        for name, spot in entry.places.items():
            if name in graph.blocks:  # a single picture has nothing to count on
                places[name] = _place(entry.id, spot, graph[name], epoch)
        width = (0, bands[entry.id].width) if entry.id in bands else (0, 0)
        repeats = {IMAGE: (count, width), EPOCH: (graph.epochs, epoch)}
        moving = any(name in graph.blocks and graph[name].repeated for name in entry.places)
        labels += [_label(entry.id, spot, words, repeats) for spot in entry.labels]
        if entry.id in bands:
            labels += _keys(entry.id, bands[entry.id], repeats if moving else {IMAGE: repeats[IMAGE]})
        charts += [_chart(entry.id, chart, words, graph, places) for chart in entry.charts]
        if entry.solver is not None:
            solvers.append(Solver(entry.id, entry.solver.cost, entry.solver.changing))
    return Layout(tuple(sheets), places, bands, tuple(labels), tuple(charts), tuple(solvers), graph=graph)


def _step(pair: list[int]) -> Step:
    down, right = pair
    return down, right


def _sheet(entry: SheetEntry, words: Words, count: int) -> Sheet:
    return Sheet(
        entry.id,
        words.sheet(entry.id) if entry.name is None else entry.name,
        {**_band_widths(entry, count), **entry.widths},
        {int(row): height for row, height in entry.heights.items()},
        entry.height,
        None if entry.freeze is None else entry.freeze.replace("$", ""),
        entry.font,
    )


def _band(entry: BandEntry) -> Band:
    row, column = parse_cell(entry.at)
    return Band(column, entry.width, row, tuple(entry.keys))


def _band_widths(entry: SheetEntry, count: int) -> dict[str, float]:
    """Widths of the columns of every image."""
    if entry.band_widths is None or entry.band is None:
        return {}
    band = _band(entry.band)
    columns = range(band.column, band.column + band.width * count)
    return {letters(c): entry.band_widths[(c - band.column) % band.width] for c in columns}


def _place(sheet: str, spot: PlaceEntry, block: Block, epoch: Step) -> Place:
    row, column = parse_cell(spot.at)
    steps = {axis: _step(pair) for axis, pair in spot.steps.items()}
    if epoch != (0, 0) and block.repeated:
        steps[EPOCH] = epoch
    box = None if spot.box is None else tuple(spot.box)
    shown = tuple(spot.format) if isinstance(spot.format, list) else spot.format
    return Place(sheet, row, column, steps, shown, spot.role, box, spot.outline)


def _label(sheet: str, spot: LabelEntry, words: Words, repeats: Mapping[str, tuple[int, Step]]) -> Label:
    text = "" if spot.cover else words(spot.key or "") if spot.text is None else spot.text
    each = {axis: repeats[axis] for axis in spot.each}
    return Label(sheet, *parse_range(spot.at), text, spot.style, each, spot.cover)


def _chart(sheet: str, entry: ChartEntry, words: Words, graph: Graph, places: Mapping[str, Place]) -> Chart:
    """A chart whose series name blocks: one column or row each."""

    def area(name: str) -> str:
        rows, columns = places[name].cells(graph[name].axes)
        return f"{cell_name(rows.min(), columns.min())}:{cell_name(rows.max(), columns.max())}"

    series = tuple((words(one.key), area(one.x), area(one.y), one.style) for one in entry.series)
    lowest = None
    if entry.fit:  # else a program may draw the axis from 0, far below the points
        numbers = graph[entry.series[0].y].start
        assert numbers is not None
        lowest = float(np.floor(numbers.min() - 0.2 * np.ptp(numbers)))
    return Chart(sheet, entry.at.replace("$", ""), words(entry.key), series, entry.x, entry.y, lowest)


def _keys(sheet: str, band: Band, repeats: Mapping[str, tuple[int, Step]]) -> list[Label]:
    """The heads of each image's columns, which sums over images look at."""
    return [
        Label(sheet, band.key_row, band.column + offset, band.key_row, band.column + offset, key, "head", repeats)
        for offset, key in enumerate(band.keys)
    ]
