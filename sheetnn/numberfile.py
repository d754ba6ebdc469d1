"""Files of numbers by block, as `sheetnn pull` writes them: .json, .npz, .csv."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np

from .errors import FileError
from .graph import Values

SUFFIXES = (".json", ".npz", ".csv")


def read_numbers(path: Path) -> Values:
    """Arrays by block. Raises FileError for what `sheetnn pull` cannot have written."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FileError(f"{path}: a file of parameters ends in {', '.join(SUFFIXES)}")
    try:
        if suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        text = path.read_text("utf-8")
        if suffix == ".json":
            return {str(name): np.array(value) for name, value in json.loads(text)["inputs"].items()}
        return _from_rows(list(csv.DictReader(io.StringIO(text))))
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, zipfile.BadZipFile, EOFError) as error:
        raise FileError(f"{path}: is no file of parameters ({error}); expected what `sheetnn pull` writes") from None


def _from_rows(rows: list[dict[str, str]]) -> Values:
    cells: dict[str, dict[tuple[int, ...], float]] = {}
    for row in rows:
        spot = tuple(int(part) - 1 for part in row["index"].split())
        cells.setdefault(row["block"], {})[spot] = float(row["value"])
    found: Values = {}
    for name, numbers in cells.items():
        shape = tuple(max(spot[axis] for spot in numbers) + 1 for axis in range(len(next(iter(numbers)))))
        if len(numbers) != np.prod(shape, dtype=int) or len(numbers) > 20_000_000:
            raise ValueError(f"{name} lacks some of its numbers")
        found[name] = np.empty(shape)
        for spot, number in numbers.items():
            found[name][spot] = number
    return found
