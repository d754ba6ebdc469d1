"""Rules of a layout table that its schema cannot tell: names, places, labels and charts held against the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .errors import RecipeError, nearest
from .graph import Block, Graph
from .labels import Words
from .mistakes import Mistake
from .names import check_sheet_name, folded
from .ops import EPOCH, IMAGE
from .page_schema import ChartEntry, LabelEntry, Page, PlaceEntry, SheetEntry
from .toml_lines import Path as Spot


@dataclass(frozen=True)
class Facts:
    """What a table is held against; `bad` are the paths that the schema refused, by which nothing is told."""

    page: Page
    graph: Graph
    words: Words
    images: Mapping[str, int]
    bad: frozenset[Spot] = frozenset()

    def good(self, *path: str | int) -> bool:
        """Whether nothing is wrong at `path`, in it or around it."""
        return not any(one[: len(path)] == path[: len(one)] for one in self.bad)

    def left_out(self, entry: SheetEntry) -> bool:
        """Whether it is a sheet of test samples, and there are none."""
        return self.images.get(entry.images, 1) == 0


def crossed(facts: Facts) -> Iterator[Mistake]:
    """All mistakes in what of a table its schema accepts."""
    yield from _epoch(facts)
    names: dict[str, int] = {}
    ids: dict[str, int] = {}
    homes: dict[str, int] = {}
    for number, entry in enumerate(facts.page.sheets):
        at: Spot = ("sheets", number)
        if facts.good(*at, "id"):
            if entry.id in ids:
                said = f"it is the id of sheets[{ids[entry.id] + 1}] too (found {entry.id[:40]!r})"
                yield Mistake((*at, "id"), said, "choose another")
            ids.setdefault(entry.id, number)
            yield from _name(facts, entry, at, names)
        yield from _band(facts, entry, at)
        if facts.left_out(entry):
            continue
        for name, place in entry.places.items():
            if name in homes:
                said = f"sheets[{homes[name] + 1}] places {name} too; a block stands once, so take one out"
                yield Mistake((*at, "places", name), said)
            homes.setdefault(name, number)
            yield from _place(facts, name, place, (*at, "places", name))
        for position, label in enumerate(entry.labels):
            yield from _label(facts, entry, label, (*at, "labels", position))
        for position, chart in enumerate(entry.charts):
            yield from _chart(facts, entry, chart, (*at, "charts", position))


def _epoch(facts: Facts) -> Iterator[Mistake]:
    """Blocks of several epochs in the same cells."""
    shown = [entry for entry in facts.page.sheets if not facts.left_out(entry)]
    placed = [name for entry in shown for name in entry.places if name in facts.graph.blocks]
    moving = [name for name in placed if facts.graph[name].repeated]
    labels = any(EPOCH in label.each for entry in shown for label in entry.labels)
    if facts.graph.epochs > 1 and (moving or labels) and facts.good("epoch") and not any(facts.page.epoch):
        what = f"{moving[0]} has other numbers" if moving else "a label stands"
        said = f"the step of the epochs is missing, as {what} in each of {facts.graph.epochs:,}"
        yield Mistake(("epoch",), said, "add epoch = [rows down, columns right] at the top")


def _name(facts: Facts, entry: SheetEntry, at: Spot, names: dict[str, int]) -> Iterator[Mistake]:
    if not facts.good(*at, "name"):
        return
    name = facts.words.sheet(entry.id) if entry.name is None else entry.name
    path = (*at, "id" if entry.name is None else "name")
    if entry.name is None:
        try:
            check_sheet_name(name, "it")
        except RecipeError as error:
            yield Mistake(path, f"{error} (found {name[:40]!r})", "give the sheet a name of its own")
    if folded(name) in names:
        yield Mistake(path, f"sheets[{names[folded(name)] + 1}] is named {name!r} too", "choose another name")
    names.setdefault(folded(name), int(at[1]))


def _band(facts: Facts, entry: SheetEntry, at: Spot) -> Iterator[Mistake]:
    widths, band = entry.band_widths, entry.band
    if not facts.good(*at, "band"):
        return
    if widths is not None and (band is None or len(widths) != band.width):
        wanted = "a band, which this sheet has not" if band is None else f"{band.width}, as the band is wide"
        yield Mistake((*at, "band_widths"), f"expected widths for the columns of {wanted} (found {len(widths)})")
    if band is not None and len({folded(str(key)) for key in band.keys}) < len(band.keys):
        yield Mistake((*at, "band", "keys"), "expected keys that differ, as SUMIF tells columns by them")
    if band is not None and len(band.keys) > band.width:
        said = f"expected at most {band.width}, one for each column of a sample (found {len(band.keys)})"
        yield Mistake((*at, "band", "keys"), said)


def _place(facts: Facts, name: str, place: PlaceEntry, at: Spot) -> Iterator[Mistake]:
    if name not in facts.graph.blocks:
        if not name.endswith("number"):  # a single picture has nothing to count on
            yield Mistake(at, f"the network has no block {name!r}{nearest(name, facts.graph.blocks)}")
        return
    block = facts.graph[name]
    known = (*block.axes, *PlaceEntry.model_fields)
    for axis in place.steps:
        if axis not in block.axes:
            yield Mistake((*at, axis), f"{name} {_strange(axis, known)}")
    strange = [axis for axis in place.steps if axis not in block.axes]
    for axis, size in block.axes.items():
        if size > 1 and not any(place.steps.get(axis, (0, 0))) and not strange:
            said = f"the step of axis {axis!r} is missing, along which {name} has {size:,} numbers"
            yield Mistake((*at, axis), said, f"write {axis} = [rows down, columns right]")
    for axis in place.box or ():
        if axis not in block.axes:
            yield Mistake((*at, "box"), f"{name} {_strange(axis, tuple(block.axes))}")
    yield from _formats(block, place, at)


def _strange(axis: str, known: tuple[str, ...]) -> str:
    return f"has no axis {axis[:40]!r}; expected {', '.join(known) or 'none'}{nearest(axis, known)}"


def _formats(block: Block, place: PlaceEntry, at: Spot) -> Iterator[Mistake]:
    if isinstance(place.format, list) and len(place.format) > 1:
        first = next(iter(block.axes.values()), 1)
        if len(place.format) < first:
            said = f"expected one, or one for each of {first:,} positions of the first axis"
            yield Mistake((*at, "format"), f"{said} (found {len(place.format)})")


def _label(facts: Facts, entry: SheetEntry, label: LabelEntry, at: Spot) -> Iterator[Mistake]:
    if label.text is None and label.key is None and not label.cover:
        yield Mistake(at, "a label without text", 'write text = "..."')
    if label.text is None and label.key is not None and not label.cover:
        yield from _word(facts, label.key, (*at, "key"))
    several = IMAGE in label.each and facts.images.get(entry.images, 0) > 1
    if several and entry.band is None and facts.good(*at[:2], "band"):
        said = "'image' needs a band on this sheet, whose width is the step from sample to sample"
        yield Mistake((*at, "each"), said, "add band = { at = ..., width = ... } to the sheet")


def _word(facts: Facts, key: str, path: Spot) -> Iterator[Mistake]:
    if key not in facts.words.table:
        said = f"no word of the language table {facts.words.language!r} (found {key[:40]!r})"
        yield Mistake(path, said, nearest(key, facts.words.table).removeprefix("; "))


def _chart(facts: Facts, entry: SheetEntry, chart: ChartEntry, at: Spot) -> Iterator[Mistake]:
    yield from _word(facts, chart.key, (*at, "key"))
    for position, one in enumerate(chart.series):
        path = (*at, "series", position)
        yield from _word(facts, one.key, (*path, "key"))
        for side, name in (("x", one.x), ("y", one.y)):
            here = name in entry.places and name in facts.graph.blocks
            if not here and facts.good(*at[:2], "places", name):
                known = [block for block in entry.places if block in facts.graph.blocks]
                said = f"expected a block that has a place on this sheet (found {name[:40]!r})"
                yield Mistake((*path, side), said, nearest(name, known).removeprefix("; "))
            elif here and sum(size > 1 for size in facts.graph[name].axes.values()) > 1:
                yield Mistake((*path, side), f"{name} is more than one row or column; take a block with one axis")
    first = chart.series[0].y
    if chart.fit and first in facts.graph.blocks and not _typed(facts.graph[first]):
        yield Mistake((*at, "fit"), f"{first} has no typed numbers to fit the axis to", "leave fit out")


def _typed(block: Block) -> bool:
    return block.start is not None and block.start.dtype.kind in "iuf"
