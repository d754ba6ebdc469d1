"""Pictures from a CSV file with columns `label` and `pixels`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from ..console import short
from ..data import readable
from ..errors import RecipeError
from ..faults import Faults
from ..schema import Data
from .lines import head_line, lines
from .source import Source, refuse_crowd


def read_images(data: Data, path: Path, name: str) -> Source:
    """Samples (row, col); rows of a picture apart by `/`; faults name file and line.

    Raises RecipeError where no picture can be read.
    """
    faults = Faults()
    found = lines(path, name, faults)
    head = next(found, (0, []))[1]
    rows = [(number, cells) for number, cells in islice(found, data.limit) if cells]
    if not rows:
        faults.refuse()
        raise RecipeError(f"{name}: holds no pictures; expected a head line 'label,pixels' and a line for each")
    columns = head_line(head, name)
    for column in ("label", "pixels"):
        if column not in columns:
            raise RecipeError(f"{name}: has no column {column!r}; found {short(', '.join(columns))}")
    label, pixels = columns.index("label"), columns.index("pixels")
    places = {number: f"{name}, line {number}" for number, _ in rows}
    good, x = readable({number: cells[pixels] for number, cells in rows}, places, faults)
    refuse_crowd(name, len(x), x[0].size)
    labels = {number: cells[label] for number, cells in rows}

    def place(sample: int) -> str:
        return places[good[sample]]

    return Source(name, x, place, tuple(labels[number] for number in good), lines=good, faults=faults)
