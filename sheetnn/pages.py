"""Layouts read from a table: the pages of the book, at the book's addresses.

A page is TOML (see `templates/layouts/`): sheets with places (`at` and one step an axis), a band of image
columns, and labels. `each` repeats a label along `image` or `epoch`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .address import cell_name, letters, parse_cell, parse_range
from .errors import LayoutError
from .graph import Graph
from .labels import Words
from .layout import Band, Chart, Label, Layout, Place, Sheet, Solver, Step
from .ops import IMAGE
from .refs import EPOCH

_PLACE_KEYS = {"at", "format", "role", "box", "outline"}


def read_page(page: Mapping[str, Any], graph: Graph, words: Words, images: Mapping[str, int]) -> Layout:
    """The layout that table `page` describes for `graph`.

    `images` counts the images of each group of blocks (`train`, `test`), for labels that repeat with them.
    Raises LayoutError for an address that cannot be read or a missing entry.
    """
    epoch = _step(page.get("epoch", [0, 0]))
    sheets, places, bands, labels = [], {}, {}, []
    charts: list[Chart] = []
    solvers: list[Solver] = []
    for entry in page["sheets"]:
        try:
            sheet_id = entry["id"]
            sheets.append(
                Sheet(
                    sheet_id,
                    words(f"sheet.{sheet_id}"),
                    {**entry.get("widths", {}), **_band_widths(entry, images)},
                    {int(row): height for row, height in entry.get("heights", {}).items()},
                    entry.get("height"),
                    entry.get("freeze"),
                )
            )
            if "band" in entry:
                bands[sheet_id] = _band(entry["band"])
            count = images.get(entry.get("images", "train"), 0)
            for name, spot in entry.get("places", {}).items():
                places[name] = _place(sheet_id, spot, epoch if graph[name].repeated else (0, 0))
            width = (0, bands[sheet_id].width) if sheet_id in bands else (0, 0)
            repeats = {IMAGE: (count, width), EPOCH: (graph.epochs, epoch)}
            moving = any(graph[name].repeated for name in entry.get("places", {}))
            for spot in entry.get("labels", []):
                labels.append(_label(sheet_id, spot, words, repeats))
            if sheet_id in bands:
                labels.extend(_keys(sheet_id, bands[sheet_id], repeats if moving else {IMAGE: repeats[IMAGE]}))
            charts.extend(_chart(sheet_id, chart, words, graph, places) for chart in entry.get("charts", []))
            if "solver" in entry:
                solvers.append(Solver(sheet_id, entry["solver"]["cost"], entry["solver"]["changing"]))
        except (KeyError, ValueError, TypeError) as error:
            raise LayoutError(f"layout, sheet {entry.get('id', '?')}: {error}") from None
    return Layout(tuple(sheets), places, bands, tuple(labels), tuple(charts), tuple(solvers), graph)


def _step(pair: Any) -> Step:
    down, right = pair
    return int(down), int(right)


def _band(entry: Mapping[str, Any]) -> Band:
    row, column = parse_cell(entry["at"])
    return Band(column, int(entry["width"]), row, tuple(entry.get("keys", ())))


def _band_widths(entry: Mapping[str, Any], images: Mapping[str, int]) -> dict[str, float]:
    """Widths of the columns of every image."""
    if "band_widths" not in entry:
        return {}
    band, count = _band(entry["band"]), images.get(entry.get("images", "train"), 0)
    columns = range(band.column, band.column + band.width * count)
    return {letters(c): entry["band_widths"][(c - band.column) % band.width] for c in columns}


def _place(sheet: str, spot: Mapping[str, Any], epoch: Step) -> Place:
    row, column = parse_cell(spot["at"])
    steps = {axis: _step(step) for axis, step in spot.items() if axis not in _PLACE_KEYS}
    if epoch != (0, 0):
        steps[EPOCH] = epoch
    box = tuple(spot["box"]) if "box" in spot else None
    return Place(sheet, row, column, steps, spot.get("format"), spot.get("role"), box, spot.get("outline", "thin"))


def _label(sheet: str, spot: Mapping[str, Any], words: Words, repeats: Mapping[str, tuple[int, Step]]) -> Label:
    text = "" if spot.get("cover") else spot["text"] if "text" in spot else words(spot["key"])
    each = {axis: repeats[axis] for axis in spot.get("each", [])}
    return Label(sheet, *parse_range(spot["at"]), text, spot.get("style", "label"), each, bool(spot.get("cover")))


def _chart(sheet: str, entry: Mapping[str, Any], words: Words, graph: Graph, places: Mapping[str, Place]) -> Chart:
    """A chart whose series name blocks: one column or row each."""

    def area(name: str) -> str:
        rows, columns = places[name].cells(graph[name].axes)
        return f"{cell_name(rows.min(), columns.min())}:{cell_name(rows.max(), columns.max())}"

    series = tuple(
        (words(one["key"]), area(one["x"]), area(one["y"]), one.get("style", "markers")) for one in entry["series"]
    )
    titles = entry.get("x", ""), entry.get("y", "")
    return Chart(sheet, entry["at"], words(entry["key"]), series, *titles, entry.get("y_min"))


def _keys(sheet: str, band: Band, repeats: Mapping[str, tuple[int, Step]]) -> list[Label]:
    """The heads of each image's columns, which sums over images look at."""
    return [
        Label(sheet, band.key_row, band.column + offset, band.key_row, band.column + offset, key, "head", repeats)
        for offset, key in enumerate(band.keys)
    ]
