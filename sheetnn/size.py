"""Size: how large a workbook will be, known from graph and layout before it is made."""

from __future__ import annotations

import time
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .address import column_number
from .graph import Graph, Values
from .layout import Layout
from .model import Model, from_json, from_name
from .ops import IMAGE
from .outlines import differs
from .recipe import changed
from .sample import sample, shortened
from .unrolled import sheet_epochs

if TYPE_CHECKING:
    from .networks import Network

# Measured over all shipped recipes, and over 5-6 with ten times the images; tests/test_size.py holds them to it.
_PACKAGE, _SHEET, _CHART, _NOTE, _RULE, _ROW, _WIDTH = 6000, 900, 1300, 80, 60, 3, 7  # bytes, packed
_PROGRAM = 70_000_000  # bytes in memory, of the program itself
_DISTINCT, _LINE, _NUMBER = 180, 1000, 24  # of a cell and of a row that epochs repeat, of a value
_COLUMN, _LABEL = 700, 800  # of a column with a width, of a label
_START, _MAKE, _WRITE, _DECK = 0.03, 8e-6, 2.8e-6, 0.7e-3  # seconds: of a build, a pattern, a cell, a note or rule
_SPEED = 0.006  # seconds that `_pace` takes on the machine of these figures


@dataclass(frozen=True)
class Extent:
    """The used range of one sheet."""

    sheet: str
    rows: int
    columns: int


@dataclass(frozen=True)
class Size:
    """What a workbook holds, exactly (`formulas`, `numbers` that are typed, `sheets`), and about what it takes."""

    id: str
    epochs: int
    images: int
    formulas: int
    numbers: int
    sheets: tuple[Extent, ...]
    bytes: int
    memory: int
    seconds: float

    @property
    def rows(self) -> int:
        """Rows of the longest sheet."""
        return max(sheet.rows for sheet in self.sheets)

    @property
    def columns(self) -> int:
        """Columns of the widest sheet."""
        return max(sheet.columns for sheet in self.sheets)

    def as_dict(self) -> dict[str, Any]:
        return {"schema": "sheetnn.info/1", **asdict(self), "rows": self.rows, "columns": self.columns}


def size_of(model: Model, inputs: Values | None = None) -> Size:
    """The size of a model's workbook; a sample of its cells is written and packed for it.

    Raises DivergedError if the first epochs diverge.
    """
    graph, layout = model.graph, model.layout
    sheets = extents(layout)
    found = sample(graph, layout, inputs)
    decks = len(layout.notes) + len(layout.rules)
    distinct, patterns = _patterns(layout)
    columns = sum(_columns(run) for sheet in layout.sheets for run in sheet.widths)
    around = (
        _PACKAGE
        + len(zlib.compress(model.to_json().encode()))
        + _SHEET * len(sheets)
        + _CHART * len(layout.charts)
        + _NOTE * len(layout.notes)
        + _RULE * len(layout.rules)
        + sum(_ROW * extent.rows for extent in sheets)
        + sum(_WIDTH * len(sheet.widths) for sheet in layout.sheets)
    )
    return Size(
        model.recipe.id,
        sheet_epochs(graph) or graph.epochs,
        images_of(graph),
        count_formulas(graph, layout),
        sum(block.size for block, _ in layout.placed() if block.start is not None),
        sheets,
        around + found.bytes,
        _PROGRAM
        + patterns
        + _COLUMN * columns
        + _LABEL * len(layout.labels)
        + _NUMBER * sum(block.size for block in shortened(graph)[0]),
        _pace() / _SPEED * (_START + _MAKE * distinct + _WRITE * found.cells + _DECK * decks),
    )


def _patterns(layout: Layout) -> tuple[int, int]:
    """How many cells are made anew, as later epochs repeat the rows of the first but for some; and their memory.

    Memory holds the patterns of one sheet at a time.
    """
    graph = layout.graph
    assert graph is not None
    cells = most = 0
    _, times = shortened(graph)
    for sheet in layout.sheets:
        often = times.get(sheet.id, 1)
        mine = [(block, place.cells(block.axes)[0], place) for block, place in layout.on(sheet.id) if often]
        moving = [(block, at, place) for block, at, place in mine if block.repeated and graph.epochs > 1]
        other = {row for block, at, place in moving if differs(block, place) for row in np.unique(at).tolist()}
        here = sum(block.size for block, _, _ in mine)
        here += sum(int(np.isin(at, list(other)).sum()) for _, at, _ in moving)
        rows = len({row for _, at, _ in mine for row in np.unique(at).tolist()}) + len(other)
        cells, most = cells + often * here, max(most, _DISTINCT * here + _LINE * rows)
    return cells, most


def _columns(run: str) -> int:
    """How many columns `A` or `D:G` names."""
    first, _, last = run.partition(":")
    return column_number(last or first) - column_number(first) + 1


def info(
    source: str | Path | Network,
    *,
    epochs: int | None = None,
    language: str = "zh",
    pages: tuple[str, ...] | None = None,
    max_formulas: int | None = None,
) -> Size:
    """The size of the workbook that a recipe (shipped id or `.toml`) or a Network would make, or that an `.xlsx` is.

    Raises LayoutError beyond Excel's limits and SheetnnError beyond `max_formulas`, naming what would fit.
    """
    built = isinstance(source, str | Path) and str(source).lower().endswith(".xlsx")
    if not isinstance(source, str | Path):
        model = source.model(language, epochs=epochs, pages=pages)
    else:
        model = _of_file(Path(source), epochs) if built else from_name(source, language, epochs, None, pages)
    if max_formulas is not None:
        from .budget import check_budget  # which counts with this module

        check_budget(model, max_formulas)
    if not built:
        return size_of(model)
    assert isinstance(source, str | Path)
    size = size_of(model, _stand_ins(model.graph))
    return replace(size, bytes=Path(source).stat().st_size) if epochs is None else size


def _of_file(path: Path, epochs: int | None) -> Model:
    """The model that a workbook carries, with other epochs if given."""
    from .stored import read_model

    model = read_model(path)
    if epochs is None:
        return model
    return from_json(replace(model, recipe=changed(model.recipe, epochs=epochs)).to_json(), str(path))


def _stand_ins(graph: Graph) -> Values:
    """Numbers for pictures that were left in the workbook: of blank ones all cells would hold the same."""
    draw = np.random.default_rng(0)
    pixels = [block for block in graph if block.op is None and block.role == "pixel" and IMAGE in block.axes]
    return {block.name: draw.integers(0, 2, block.shape) for block in pixels}


def extents(layout: Layout) -> tuple[Extent, ...]:
    """The used range of every sheet."""
    return tuple(Extent(sheet.name, *layout.extent(sheet.id)) for sheet in layout.sheets)


def images_of(graph: Graph) -> int:
    """How many images the network trains on (or reads, if it does not train); 0 for other recipes."""
    return graph["data.image"].axes.get(IMAGE, 0) if "data.image" in graph.blocks else 0


def count_formulas(graph: Graph, layout: Layout) -> int:
    """How many formula cells a workbook has: one for each element and epoch, but for what is typed in the first."""
    count = 0
    for block, _ in layout.placed():
        if block.op is not None:
            size = 1 if block.op.whole else block.size
            count += size * ((graph.epochs if block.repeated else 1) - (1 if block.start is not None else 0))
    return count


def _pace() -> float:
    """Seconds that this machine takes to write and pack some cells, at its best of several times."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        text = "".join(f'<c r="A{n}" s="9"><f>A{n}*B{n}</f><v>{n / 7!r}</v></c>' for n in range(1, 4001))
        zlib.compress(text.encode(), 6)
        times.append(time.perf_counter() - started)
    return min(times)
