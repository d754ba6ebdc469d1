"""How large a recipe out of a file would become, estimated before anything is built of it.

The hidden sheet of a workbook may ask for anything. A workbook cannot have more cells than its sheets have bytes to
hold them, so what is built stays in proportion to the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from math import prod
from typing import Any

from .address import MAX_COLUMNS, MAX_ROWS, parse_range
from .errors import FileError
from .stream import MAX_CELLS

MAX_RECIPE = 4_000_000  # characters; the longest shipped has 22,000, and the numbers stand in cells
_CELL_BYTES = 8  # `<c r="A1"/>` has 12, a number 25 and more
_SPARE = 100_000  # cells that any file may ask for, however small
_BYTES_AN_AREA_CELL = 2  # sheets have empty cells too: the largest shipped has 49 bytes a cell of its used range


def stored_recipe(pieces: Iterable[str], path: object, sheet_bytes: int) -> str:
    """The recipe that a workbook's sheets of so many bytes carry, in pieces. Raises FileError for an absurd one."""
    text, length = [], 0
    for piece in pieces:
        length += len(piece)
        if length > MAX_RECIPE:
            raise FileError(f"{path}: refused, the recipe in it has more than {MAX_RECIPE:,} characters")
        text.append(piece)
    joined = "".join(text)
    try:
        table = json.loads(joined)
    except (ValueError, RecursionError):
        return joined  # whoever reads it says so
    check_sizes(table, path, min(MAX_CELLS, _SPARE + sheet_bytes // _CELL_BYTES))
    return joined


def check_sizes(table: Any, where: object, most: int = MAX_CELLS) -> None:
    """Raise FileError for a recipe (as JSON) that would become more than `most` cells, or wider than a sheet.

    What is not of the right type is left to those who read the recipe.
    """
    try:
        recipe, shape = table["recipe"], table.get("shape") or {}
        cells = _network(recipe, shape) + _blocks(recipe, shape)
        classes = (recipe.get("data") or {}).get("classes") or ()
        huge = any(isinstance(one, int) and abs(one) > 1 << 53 for one in classes)
        wide = "asks for a label beyond counting" if huge else ""
        wide = wide or _page(table.get("page") or {}, int(shape.get("x", (1,))[0]))
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError):
        return
    if cells > most:
        raise FileError(
            f"{where}: refused, the recipe in it asks for {min(cells, 10**15):,} cells; "
            f"this file can hold {most:,} at most"
        )
    if wide:
        raise FileError(f"{where}: refused, the recipe in it {wide}")


def check_extents(extents: Mapping[str, tuple[int, int]], where: object, sheet_bytes: int) -> None:
    """Raise FileError where the used ranges are out of proportion to the bytes of the sheets."""
    cells = sum(rows * columns for rows, columns in extents.values())
    most = 10 * _SPARE + sheet_bytes // _BYTES_AN_AREA_CELL
    if cells > most:
        raise FileError(
            f"{where}: refused, the layout in it spreads over {cells:,} cells; sheets of {sheet_bytes:,} bytes "
            f"take {most:,} at most"
        )


def _epochs(recipe: Mapping[str, Any]) -> int:
    return max(1, int((recipe.get("training") or {}).get("epochs", 1)))


def _network(recipe: Mapping[str, Any], shape: Mapping[str, Any]) -> int:
    """Cells of the layers or of the descent: no more than there will be."""
    epochs = _epochs(recipe)
    if recipe.get("function"):
        return epochs * (3 * len(recipe["function"]["variables"]) + 1)
    count, *inner = (int(n) for n in shape.get("x", (0, 0)))
    height, width = inner[-2:] if len(inner) > 1 else (1, inner[0])
    channels = inner[0] if len(inner) == 3 else 1
    cells = 2 * count * channels * height * width
    count = int((recipe.get("training") or {}).get("batch") or count)
    for layer in recipe.get("layers", ()):
        kind, seen = layer.get("kind", "dense"), channels * height * width
        if kind == "dense":
            channels, height, width = int(layer["units"]), 1, 1
        elif kind in ("convolution", "pooling"):
            size = [int(n) for n in layer.get("size") or (2, 2)]
            stride = [int(n) for n in layer.get("stride") or (size if kind == "pooling" else (1, 1))]
            padding = [int(n) for n in layer.get("padding") or (0, 0)]
            if kind == "convolution":
                seen, channels = channels * prod(size), int(layer["filters"])
            else:
                seen = 0
            height, width = (
                max(0, length + 2 * rim - window) // max(1, step) + 1
                for length, rim, window, step in zip((height, width), padding, size, stride, strict=True)
            )
        else:
            continue
        cells += epochs * (channels * seen + count * channels * height * width)
    return cells


def _blocks(recipe: Mapping[str, Any], shape: Mapping[str, Any]) -> int:
    """Cells of the blocks that a recipe writes out: at most so many."""
    known = {
        "image": int(shape.get("x", (1,))[0]),
        **dict(zip(("col", "row"), (int(n) for n in reversed(shape.get("x", (1,))[1:])), strict=False)),
    }
    for layer in recipe.get("layers", ()):
        known[str(layer["name"])] = int(layer.get("units") or layer.get("filters") or 1)
    layers = set(known) - {"image", "row", "col"} | {"C", "C_T"}
    repeated: set[str] = set()
    cells = 0
    for block in recipe.get("blocks", ()):
        options, values = block.get("options") or {}, block.get("values")
        axes = [str(axis) for axis in block.get("axes", ())]
        sizes = dict.fromkeys(axes, 1) | {axis: known[axis] for axis in axes if axis in known}
        if isinstance(values, list):
            sizes |= dict(zip(axes, _lengths(values), strict=False))
        if block.get("op") == "count":
            sizes |= dict.fromkeys(axes, int(options.get("size", 1)))
        known |= sizes
        args = {str(arg) for arg in block.get("args", ()) if "@" not in str(arg)}
        if args & repeated or {arg.partition(".")[0] for arg in args} & layers:
            repeated.add(str(block.get("name")))
            cells += prod(sizes.values()) * _epochs(recipe)
        else:
            cells += prod(sizes.values())
    return cells


def _lengths(values: Any) -> Iterator[int]:
    while isinstance(values, list) and values:
        yield len(values)
        values = values[0]


def _page(page: Mapping[str, Any], images: int) -> str:
    """What is wider or longer in a page layout than any sheet; empty if nothing is."""
    for sheet in page.get("sheets", ()):
        band = sheet.get("band")
        if band and int(band["width"]) * images > MAX_COLUMNS:
            return f"repeats {int(band['width']):,} columns for {images:,} images; a sheet has {MAX_COLUMNS:,}"
        for label in sheet.get("labels", ()):
            row, column, last_row, last_column = parse_range(label["at"])
            if (last_row - row + 1) * (last_column - column + 1) > _SPARE:
                return f"writes a label over {label['at'][:40]}"
    if any(abs(number) > MAX_ROWS for number in _numbers(page)):
        return f"moves by more cells than the {MAX_ROWS:,} rows of a sheet"
    return ""


def _numbers(table: Any) -> Iterator[float]:
    if isinstance(table, Mapping):
        table = list(table.values())
    if isinstance(table, list):
        for one in table:
            yield from _numbers(one)
    elif isinstance(table, int | float):
        yield table
