"""A layout as a table to edit: what `sheetnn.pages` reads, written from a computed layout or a page of the book."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .address import cell_name
from .errors import LayoutError
from .labels import words
from .layout import Layout, Place
from .model import Model, from_name
from .ops import EPOCH
from .output import check_output, written
from .placing import page_file
from .recipe import load, read_text
from .sheet import Label, Sheet
from .stacked import LAYOUTS

_HEAD = """\
# Layout of {id}: where each block stands. Name this file in the recipe: layout = "{file}"
# A place is the cell of a block's first number (at), and for each axis the rows down and columns right of one step:
# image = [4, 0] puts the next image four rows lower. epoch moves everything that is there in each epoch.
"""


def write_layout(source: str, target: str | Path, language: str = "zh", force: bool = False) -> Path:
    """Write the layout of a recipe (shipped id or `.toml`) as a table to `target`, a `.toml` file.

    Raises RecipeError for a recipe that cannot be used, LayoutError for one whose layout no table can hold, FileError
    where `target` exists (without `force`) or cannot be written.
    """
    target = check_output(Path(target), force, "a layout", (".toml",))
    text = page_text(source, target.name, language)
    with written(target, force) as file:
        file.write(text.encode())
    return target


def page_text(source: str, name: str, language: str) -> str:
    """The text of the table; of a recipe that names a page, that page as it is."""
    recipe, folder = load(source)
    if recipe.layout not in LAYOUTS:
        return read_text(page_file(recipe.layout, folder))
    if recipe.function is not None:
        raise LayoutError(f"{recipe.id}: the table of a [function] has one layout, which no file replaces")
    model = from_name(source, language, pages=())
    if model.rolled is not None:
        raise LayoutError(
            f"{recipe.id}: layout sheets has a sheet for each epoch, which no table can say; "
            "begin with 'stacked' or 'right'"
        )
    return _HEAD.format(id=recipe.id, file=name) + "\n".join(_lines(model)) + "\n"


def _lines(model: Model) -> Iterator[str]:
    layout = model.layout
    moving = [place.step(EPOCH) for block, place in layout.placed() if block.repeated]
    if moving:
        yield f"epoch = {_value(list(moving[0]))}"
    for sheet in layout.sheets:
        yield "\n[[sheets]]"
        yield from (f"{key} = {_value(value)}" for key, value in _sheet(sheet, layout, model.language).items())
        labels = [_label(label) for label in layout.labels if label.sheet == sheet.id]
        yield from ("labels = [", *(f"    {_value(one)}," for one in labels), "]")
        yield "\n[sheets.places]"
        for block, place in layout.placed():
            if place.sheet == sheet.id:
                yield f"{json.dumps(block.name)} = {_value(_place(place))}"


def _sheet(sheet: Sheet, layout: Layout, language: str) -> dict[str, Any]:
    found: dict[str, Any] = {"id": sheet.id}
    if sheet.name != words(language).sheet(sheet.id):
        found["name"] = sheet.name
    if sheet.id == "test":
        found["images"] = "test"
    found |= {key: value for key, value in (("freeze", sheet.freeze), ("widths", _widths(sheet))) if value}
    solver = next((one for one in layout.solvers if one.sheet == sheet.id), None)
    return found | ({"solver": {"cost": solver.cost, "changing": solver.changing}} if solver else {})


def _widths(sheet: Sheet) -> dict[str, float]:
    """Widths by column, `B` for `B:B`."""
    return {key.partition(":")[0] if len(set(key.split(":"))) == 1 else key: w for key, w in sheet.widths.items()}


def _place(place: Place) -> dict[str, Any]:
    steps = {axis: list(step) for axis, step in place.steps.items() if axis != EPOCH}
    more = {"format": place.format, "role": place.role, "box": None if place.box is None else list(place.box)}
    found = {"at": cell_name(place.row, place.column), **steps}
    return found | {key: value for key, value in more.items() if value is not None}


def _label(label: Label) -> dict[str, Any]:
    first, last = cell_name(label.row, label.column), cell_name(label.last_row, label.last_column)
    found = {"at": first if first == last else f"{first}:{last}", "text": label.text, "style": label.style}
    return found | ({"each": list(label.each)} if label.each else {})


def _value(value: Any) -> str:
    """A value in TOML, on one line."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):  # TOML has JSON's escapes, but for those of two halves
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else json.dumps(key)
