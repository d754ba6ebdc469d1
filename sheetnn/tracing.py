"""`trace`: every number of one step, block by block, as a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .address import cell_name
from .errors import RecipeError
from .graph import Block, Values
from .model import Model, from_name
from .opened import own_model
from .ops import IMAGE
from .stored import read_inputs
from .unrolled import epoch_of, sheet_epochs

if TYPE_CHECKING:
    import pandas

SCHEMA = "sheetnn.trace/1"
COLUMNS = ("block", "index", "epoch", "sheet", "cell", "formula", "value", "role")
_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
Row = tuple[str, str, int | None, str, str, bool, Any, str]


def trace(
    source: str | Path, epoch: int | None = None, image: int | None = None, language: str = "zh"
) -> pandas.DataFrame:
    """All blocks of one step as a table: block, index (from 1), epoch, sheet, cell, formula (or not), value, role.

    `source` is a shipped id, a `.toml` file, or a workbook, of which the numbers follow from its input cells. `epoch`
    is the first one if it is not given; `image` leaves only that image's part of the blocks that have images. The
    test and the pages are no part of a step. Raises RecipeError for an epoch or image that there is not and for an
    exercise, FileError for a file that cannot be read.

    >>> trace("2-11").value[0]
    0.1
    """
    import pandas

    frame = pandas.DataFrame(rows(source, epoch, image, language)[1], columns=list(COLUMNS))
    return frame.astype({"epoch": "Int64"})


def rows(source: str | Path, epoch: int | None, image: int | None, language: str) -> tuple[Model, list[Row]]:
    """The model, and the rows of `trace`."""
    path = Path(source)
    if path.suffix.lower() == ".xlsx":
        model = own_model(path, "trace")
        inputs = read_inputs(path, model)
    else:
        model = from_name(source, language)
        inputs = model.graph.inputs()
    graph = model.graph
    blocks = [block for block in graph if ("/" not in block.name or epoch_of(block)) and block.group != "test"]
    epoch = _epoch(model, blocks, epoch)
    blocks = [block for block in blocks if epoch_of(block) in (None, epoch)]
    images = max((block.axes.get(IMAGE, 0) for block in blocks), default=0)
    if image is not None:
        if not images:
            raise RecipeError(f"{model.recipe.id}: has no images; leave out the image")
        if not 1 <= image <= images:
            raise RecipeError(f"{model.recipe.id}: has no image {image}; expected 1 to {images}")
        # numbers of the images after the first lack one: they belong to no image's step
        blocks = [block for block in blocks if block.axes.get(IMAGE, images) == images]
    values = graph.evaluate(inputs)
    return model, [row for block in blocks for row in _rows(model, values, block, epoch, image)]


def _epoch(model: Model, blocks: list[Block], epoch: int | None) -> int:
    """The epoch that is meant. Raises RecipeError."""
    first, sheets = model.graph.first_epoch, sheet_epochs(model.graph)
    last = sheets or first + model.graph.epochs - 1
    if epoch is None:
        return first
    if not sheets and not any(block.repeated for block in blocks):
        raise RecipeError(f"{model.recipe.id}: has no epochs; leave out the epoch")
    if not first <= epoch <= last:
        raise RecipeError(f"{model.recipe.id}: has no epoch {epoch}; expected {first} to {last}")
    return epoch


def _rows(model: Model, values: Values, block: Block, epoch: int, image: int | None) -> Iterator[Row]:
    place = model.layout.places.get(block.name)
    at = epoch - model.graph.first_epoch if block.repeated else 0
    value = values[block.name][at] if block.repeated else values[block.name]
    sheet = "" if place is None else model.layout.sheet_name(place.sheet)
    down, across = (None, None) if place is None else place.cells(block.axes, at)
    computed = block.op is not None and not (block.start is not None and at == 0)
    shown = epoch if block.repeated else epoch_of(block)
    name = block.name if shown is None else block.name.rpartition("/")[2]
    axis = list(block.axes).index(IMAGE) if IMAGE in block.axes else None
    for spot in np.ndindex(block.shape):
        if image is None or axis is None or spot[axis] == image - 1:
            cell = "" if down is None or across is None else cell_name(int(down[spot]), int(across[spot]))
            index = ",".join(str(n + 1) for n in spot)
            number = np.asarray(value)[spot].item()
            yield name, index, shown, sheet, cell, computed, number, block.role


def as_text(table: list[Row]) -> str:
    """Columns for reading."""
    lines = [("block", "index", "cell", "", "value")]
    for name, index, epoch, sheet, cell, computed, value, _ in table:
        label = name if epoch is None else f"{name}@{epoch}"
        where = f"{sheet}!{cell}" if cell else "-"
        lines.append((label, index, where, "=" if computed else "", _shown(value)))
    wide = [max(len(line[n]) for line in lines) for n in range(4)]
    return "".join("  ".join([*(f"{one:<{w}}" for one, w in zip(line, wide, strict=False)), line[4]]) + "\n"
                   for line in lines)  # fmt: skip


def as_csv(table: list[Row]) -> str:
    """Comma-separated, with a line of heads; no text of it is taken for a formula when a spreadsheet opens it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, index, epoch, sheet, cell, computed, value, role in table:
        number = repr(value) if isinstance(value, float) else value if isinstance(value, int) else harmless(value)
        shown = "" if epoch is None else epoch
        writer.writerow([harmless(name), index, shown, harmless(sheet), cell, computed, number, harmless(role)])
    return text.getvalue()


def as_json(model: Model, table: list[Row]) -> str:
    """With a schema, and a row as an object."""
    found = [dict(zip(COLUMNS, row, strict=True)) for row in table]
    whole = {"schema": SCHEMA, "recipe": model.recipe.id, "rows": found}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def harmless(text: Any) -> str:
    """A text that no spreadsheet reads as a formula: of one line, an apostrophe before what begins like one.

    >>> harmless("=1+1"), harmless("+z"), harmless("hidden.w")
    ("'=1+1", "'+z", 'hidden.w')
    """
    text = "".join(sign if sign.isprintable() else " " for sign in str(text))  # a line break would begin a new cell
    return f"'{text}" if text.lstrip()[:1] in _SIGNS else text


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, float) else str(value)
    return "".join(sign if sign.isprintable() else "?" for sign in text)
