"""Pictures from text, and the folders that templates and data are read from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import RecipeError, nearest, quoted
from .faults import Faults


def home(folder: str) -> Path:
    """The folder `templates` or `data`: inside an installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / folder
    return inside if inside.is_dir() else Path(__file__).parent.parent / folder


def find(name: str, beside: Path | None, folder: bool = False) -> Path:
    """The file (or `folder`) `name`: beside the recipe, or among the shipped data. Raises RecipeError."""
    places = [] if beside is None else [beside / name]
    places.append(home("data") / name)
    for path in places:
        try:
            if path.is_dir() if folder else path.is_file():
                return path
        except (OSError, ValueError):  # a name too long for the system, or with a zero byte in it
            continue
    what = "folder of pictures" if folder else "data file"
    for path in places:
        found = _otherwise(path)
        if found:
            raise RecipeError(f"{what} {quoted(name)} {found}")
    looked = " and ".join(str(p.parent) for p in places)
    raise RecipeError(f"{what} {quoted(name)} not found; looked in {looked}{nearest(name, _beside(beside))}")


def _otherwise(path: Path) -> str:
    """What stands at `path` instead of what is wanted; nothing if it is free."""
    try:
        if path.is_dir():
            return "is a folder, not a file; name a file (a folder of PNG pictures goes under the key folder)"
        if path.is_file():
            return "is a file, not a folder; name the folder that has a sub-folder for each class"
        if path.exists():
            return "is no ordinary file (a pipe or a device); name one that can be read again"
        return "is a link to what does not exist; mend the link" if path.is_symlink() else ""
    except (OSError, ValueError):
        return ""


def _beside(folder: Path | None) -> list[str]:
    """Names of what stands in a folder."""
    try:
        return sorted(path.name for path in folder.iterdir()) if folder else []
    except OSError:
        return []


def picture(text: str, where: str) -> list[list[int | float]]:
    """`"010/101"` -> [[0, 1, 0], [1, 0, 1]]: rows apart by `/`, pixels single digits or numbers apart by spaces.

    Raises RecipeError naming `where`, the row and the pixel that is not a number.
    """
    rows: list[list[int | float]] = []
    for number, line in enumerate(text.strip().split("/"), 1):
        pixels = line.split() if " " in line.strip() else list(line.strip())
        row: list[int | float] = []
        for column, pixel in enumerate(pixels, 1):
            try:
                value = float(pixel)
            except ValueError:
                value = float("nan")
            if not np.isfinite(value):
                raise RecipeError(f"{where}: pixel {column} of row {number} is {pixel!r}; expected a number")
            row.append(int(value) if abs(value) < 1e15 and value == int(value) else value)
        rows.append(row)
    widths = sorted({len(row) for row in rows})
    if len(widths) > 1 or widths == [0]:
        raise RecipeError(f"{where}: its rows have {widths} pixels; all rows need the same number, at least one")
    return rows


def readable(texts: Mapping[int, str], where: Mapping[int, str], faults: Faults) -> tuple[list[int], NDArray[Any]]:
    """The keys of all texts that are pictures of one size, and these as an array (image, row, col).

    All others are among the `faults`. Raises FaultsError where none is left.
    """
    good: dict[int, list[list[int | float]]] = {}
    size = (0, 0)
    for key, text in texts.items():
        try:
            grid = picture(text, where[key])
        except RecipeError as error:
            faults.add(key, str(error))
            continue
        size = size if good else (len(grid), len(grid[0]))
        if (len(grid), len(grid[0])) == size:
            good[key] = grid
        else:
            said = f"{len(grid)}x{len(grid[0])} pixels, but the first picture has {size[0]}x{size[1]}"
            faults.add(key, f"{where[key]}: {said}; all pictures need one size")
    if not good:
        faults.refuse()
    return list(good), np.array(list(good.values()))
