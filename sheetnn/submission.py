"""A learner's workbook: what stands in the cells that were to be filled in, and in those that were given."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .address import cell_name, column_number
from .answerkey import Key
from .cells import Rows
from .engines import DEFAULT, ENGINES
from .errors import EngineError
from .formulas import same_formula
from .graph import Values
from .reader import Reader, StoredCell

LARGEST = 1e50
"""A larger number is an answer, but nothing is worked out from it."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_REFERENCE = re.compile(r"(?<![A-Z])\$?([A-Z]{1,3})(?=\$?\d{1,7}\b|:\$?[A-Z]{1,3}\b)", re.ASCII)
_QUOTED = re.compile(r"\"[^\"]*\"")
Spot = tuple[int, int]


@dataclass(frozen=True)
class Changed:
    """A given number that is not as it was given."""

    where: str
    cell: str
    given: float
    got: Any


@dataclass(frozen=True)
class Submission:
    """Answers by block: as they stand, and as numbers (NaN for none); given numbers that were changed; remarks."""

    stand: Values
    numbers: Values
    changed: tuple[Changed, ...]
    remarks: tuple[str, ...]


def read_submission(path: Path, key: Key) -> Submission:
    """The answers in a workbook. Raises FileError."""
    last, _ = key.model.layout.extent(key.model.layout.sheets[0].id)
    with Reader(path) as reader:
        rows = takewhile(lambda row: row[0] <= last, reader.rows(key.sheet))
        found = {(row, cell.column): cell for row, cells in rows for cell in cells}
    remarks = []
    values, failed = _values(path, key, found)
    if failed:
        remarks.append(failed)
    stand, numbers, texts, peeks = {}, {}, 0, 0
    hidden = min(place.column for name, place in key.model.layout.places.items() if name.startswith("mark/"))
    for name in key.asked:
        spots = _spots(key, name)
        stand[name], numbers[name] = np.empty(spots.shape, object), np.empty(spots.shape)
        for index, spot in np.ndenumerate(spots):
            value = values.get(spot)
            stand[name][index], numbers[name][index] = value, number(value)
            texts += isinstance(value, str) and not np.isnan(number(value))
            peeks += spot in found and _reads_beyond(found[spot].formula, hidden)
    if texts:
        remarks.append(f"{texts} numbers typed as text were taken as numbers")
    if peeks:
        remarks.append(f"{peeks} answers are formulas that read the hidden key")
    edited = _edited(key, found)
    if edited:
        remarks.append(f"{edited} formulas of the page were edited (not used)")
    return Submission(stand, numbers, tuple(_changed(key, values)), tuple(remarks))


def number(value: Any) -> float:
    """A cell's value as a number, NaN for none; text counts that reads as one number, with a point or a comma."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if np.isfinite(value) else np.nan
    if not isinstance(value, str) or len(value) > 60:
        return np.nan
    text = unicodedata.normalize("NFKC", value).strip().replace("−", "-")
    if "." not in text and text.count(",") == 1:
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        return np.nan
    return float(text) if np.isfinite(float(text)) else np.nan


def _spots(key: Key, name: str) -> NDArray[Any]:
    """Row and column of every cell of a block."""
    rows, columns = key.model.layout.places[name].cells(key.model.graph[name].axes)
    spots = np.empty(rows.shape, object)
    for index in np.ndindex(rows.shape):
        spots[index] = (int(rows[index]), int(columns[index]))
    return spots


def _values(path: Path, key: Key, found: dict[Spot, StoredCell]) -> tuple[dict[Spot, Any], str]:
    """The values of all cells; formulas without a stored one are recalculated, and why if they could not be."""
    values = {spot: cell.value for spot, cell in found.items() if not _empty(cell.value)}
    names = [*key.asked, *key.givens]
    wanted = [spot for name in names for spot in _spots(key, name).ravel() if spot in found and found[spot].formula]
    lacking = [spot for spot in wanted if found[spot].value is None]
    if not lacking:
        return values, ""
    values |= {spot: f"={found[spot].formula}" for spot in lacking}
    engine = ENGINES[DEFAULT]
    try:
        if not engine.installed():
            raise EngineError(f"engine {engine.name} is not installed; {engine.install}")
        with tempfile.TemporaryDirectory(prefix="sheetnn-") as folder:
            extents = {key.sheet: key.model.layout.extent(key.model.layout.sheets[0].id)}
            grid = engine.recalculate(path, extents, Path(folder))[key.sheet]
    except (EngineError, OSError) as error:
        return values, f"{len(lacking)} formulas have no value, and could not be recalculated ({error})"
    return values | {spot: value for spot in lacking if (value := grid.get(*spot)) is not None}, ""


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _reads_beyond(formula: str, column: int) -> bool:
    """Whether a formula names a cell in `column` or to the right of it."""
    names = _REFERENCE.findall(_QUOTED.sub("", formula).upper())
    return any(column_number(name) >= column for name in names)


def _edited(key: Key, found: dict[Spot, StoredCell]) -> int:
    """How many formulas of the page are not the generated ones."""
    count = 0
    for row in Rows(key.model.graph, key.model.layout, key.model.layout.sheets[0].id):
        for letters, wanted in zip(row.columns, row.formulas, strict=True):
            cell = found.get((row.number, column_number(letters)))
            count += bool(wanted) and not same_formula(wanted, cell.formula if cell else "")
    return count


def _changed(key: Key, values: dict[Spot, Any]) -> list[Changed]:
    changed = []
    for name, given in key.givens.items():
        spots = _spots(key, name)
        for index, spot in np.ndenumerate(spots):
            value = values.get(spot)
            if not np.isclose(number(value), given[index], rtol=1e-9, atol=1e-12):
                where = name + (f"[{','.join(str(n + 1) for n in index)}]" if index else "")
                changed.append(Changed(where, cell_name(*spot), float(given[index]), value))
    return changed
