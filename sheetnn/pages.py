"""Layouts read from a table: the pages of the book, at the book's addresses.

A page is TOML (see `templates/layouts/`): sheets with places (`at` and one step an axis), a band of image
columns, and labels. `each` repeats a label along `image` or `epoch`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .address import cell_name, letters, parse_cell, parse_range
from .errors import LayoutError, nearest
from .graph import Block, Graph
from .labels import Words
from .layout import Layout, Place
from .look import FONT, LABELS, ROLES
from .ops import EPOCH, IMAGE
from .sheet import Band, Chart, Label, Sheet, Solver, Step

_SHEET_KEYS = (
    "id", "name", "images", "band", "band_widths", "widths", "heights", "height", "freeze", "font", "solver",
    "labels", "places", "charts",
)  # fmt: skip
_PLACE_KEYS = {"at", "format", "role", "box", "outline"}


def read_page(page: Mapping[str, Any], graph: Graph, words: Words, images: Mapping[str, int]) -> Layout:
    """The layout that table `page` describes for `graph`.

    `images` counts the images of each group of blocks (`train`, `test`), for labels that repeat with them.
    Raises LayoutError for an address that cannot be read or a missing entry.
    """
    _known(page, ("epoch", "sheets"), "layout")
    epoch = _step(page.get("epoch", [0, 0]))
    sheets, places, bands, labels = [], {}, {}, []
    charts: list[Chart] = []
    solvers: list[Solver] = []
    for entry in page["sheets"]:
        try:
            _known(entry, _SHEET_KEYS, f"layout, sheet {entry.get('id', '?')}")
            if images.get(entry.get("images", "train"), 1) == 0:
                continue  # a test page, and no test pictures
            sheet_id = entry["id"]
            sheets.append(
                Sheet(
                    sheet_id,
                    str(entry.get("name", words.sheet(sheet_id))),
                    {**_band_widths(entry, images), **entry.get("widths", {})},
                    {int(row): height for row, height in entry.get("heights", {}).items()},
                    entry.get("height"),
                    entry.get("freeze"),
                    entry.get("font", FONT),
                )
            )
            if "band" in entry:
                bands[sheet_id] = _band(entry["band"])
            count = images.get(entry.get("images", "train"), 0)
            for name, spot in entry.get("places", {}).items():
                if name not in graph.blocks:
                    if name.endswith("number"):
                        continue  # a single picture has nothing to count on
                    raise ValueError(f"places {name!r}, which the network does not have{nearest(name, graph.blocks)}")
                places[name] = _place(sheet_id, spot, graph[name], epoch)
            width = (0, bands[sheet_id].width) if sheet_id in bands else (0, 0)
            repeats = {IMAGE: (count, width), EPOCH: (graph.epochs, epoch)}
            moving = any(name in graph.blocks and graph[name].repeated for name in entry.get("places", {}))
            for spot in entry.get("labels", []):
                labels.append(_label(sheet_id, spot, words, repeats))
            if sheet_id in bands:
                labels.extend(_keys(sheet_id, bands[sheet_id], repeats if moving else {IMAGE: repeats[IMAGE]}))
            charts.extend(_chart(sheet_id, chart, words, graph, places) for chart in entry.get("charts", []))
            if "solver" in entry:
                solvers.append(Solver(sheet_id, entry["solver"]["cost"], entry["solver"]["changing"]))
        except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
            said = f"{error} is missing" if isinstance(error, KeyError) else error
            raise LayoutError(f"layout, sheet {entry.get('id', '?')}: {said}") from None
    return Layout(tuple(sheets), places, bands, tuple(labels), tuple(charts), tuple(solvers), graph=graph)


def _known(entry: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """Refuse an unknown key, with the nearest known one."""
    for key in entry:
        if key not in keys:
            raise LayoutError(f"{where}: unknown key {key!r}; expected {', '.join(keys)}{nearest(key, keys)}")


def _one_of(word: str, words: Iterable[str], what: str) -> str:
    if word not in words:
        raise ValueError(f"{what} {word!r} is not known; expected {', '.join(words)}{nearest(word, words)}")
    return word


def _step(pair: Any) -> Step:
    down, right = pair
    return int(down), int(right)


def _band(entry: Mapping[str, Any]) -> Band:
    row, column = parse_cell(entry["at"])
    if int(entry["width"]) < 1:
        raise ValueError(f"a band of width {entry['width']}; expected the columns of one image")
    return Band(column, int(entry["width"]), row, tuple(entry.get("keys", ())))


def _band_widths(entry: Mapping[str, Any], images: Mapping[str, int]) -> dict[str, float]:
    """Widths of the columns of every image."""
    if "band_widths" not in entry:
        return {}
    band, count = _band(entry["band"]), images.get(entry.get("images", "train"), 0)
    columns = range(band.column, band.column + band.width * count)
    return {letters(c): entry["band_widths"][(c - band.column) % band.width] for c in columns}


def _place(sheet: str, spot: Mapping[str, Any], block: Block, epoch: Step) -> Place:
    row, column = parse_cell(spot["at"])
    axes = [key for key in spot if key not in _PLACE_KEYS]
    for axis in axes:
        if axis not in block.axes:
            known = (*block.axes, *sorted(_PLACE_KEYS))
            raise ValueError(f"{block.name} has no axis {axis!r}; expected {', '.join(known)}{nearest(axis, known)}")
    steps = {axis: _step(spot[axis]) for axis in axes}
    if epoch != (0, 0) and block.repeated:
        steps[EPOCH] = epoch
    if "role" in spot:
        _one_of(spot["role"], ROLES, "role")
    _one_of(spot.get("outline", "thin"), ("thin", "medium", "thick", ""), "outline")
    box = tuple(spot["box"]) if "box" in spot else None
    return Place(
        sheet, row, column, steps, _format(spot.get("format")), spot.get("role"), box, spot.get("outline", "thin")
    )


def _format(given: Any) -> str | tuple[str, ...] | None:
    if given is None or isinstance(given, str):
        return given
    return tuple(str(one) for one in given)


def _label(sheet: str, spot: Mapping[str, Any], words: Words, repeats: Mapping[str, tuple[int, Step]]) -> Label:
    text = "" if spot.get("cover") else spot["text"] if "text" in spot else words(spot["key"])
    _known(spot, ("at", "text", "key", "style", "each", "cover"), f"label at {spot['at']}")
    _one_of(spot.get("style", "label"), LABELS, "style")
    if not isinstance(text, str | int | float):
        raise ValueError(f"label at {spot['at']}: {text!r} is neither a text nor a number")
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
    lowest = None
    if entry.get("fit"):  # else a program may draw the axis from 0, far below the points
        numbers = graph[entry["series"][0]["y"]].start
        assert numbers is not None
        lowest = float(np.floor(numbers.min() - 0.2 * np.ptp(numbers)))
    return Chart(sheet, entry["at"], words(entry["key"]), series, *titles, lowest)


def _keys(sheet: str, band: Band, repeats: Mapping[str, tuple[int, Step]]) -> list[Label]:
    """The heads of each image's columns, which sums over images look at."""
    return [
        Label(sheet, band.key_row, band.column + offset, band.key_row, band.column + offset, key, "head", repeats)
        for offset, key in enumerate(band.keys)
    ]
