"""Pictures from a CSV file with columns `label` and `pixels`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from ..console import short
from ..data import pictures
from ..errors import RecipeError
from ..schema import Data
from .lines import head_line, lines
from .source import Source, refuse_crowd


def read_images(data: Data, path: Path, name: str) -> Source:
    """Samples (row, col); rows of a picture apart by `/`. Raises RecipeError with file and line."""
    found = lines(path, name)
    head = next(found, (0, []))[1]
    rows = list(islice(found, data.limit))
    if not rows:
        raise RecipeError(f"{name}: holds no pictures; expected a head line 'label,pixels' and a line for each")
    columns = head_line(head, name)
    for column in ("label", "pixels"):
        if column not in columns:
            raise RecipeError(f"{name}: has no column {column!r}; found {short(', '.join(columns))}")
    label, pixels = columns.index("label"), columns.index("pixels")
    places = [f"{name}, line {number}" for number, _ in rows]
    x = pictures([cells[pixels] for _, cells in rows], places)
    refuse_crowd(name, len(x), x[0].size)
    return Source(name, x, places.__getitem__, tuple(cells[label] for _, cells in rows))
