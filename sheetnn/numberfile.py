"""Files of numbers by block, as `sheetnn pull` writes them: .json, .npz, .csv."""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .console import short
from .errors import FileError, quoted
from .graph import Values

SUFFIXES = (".json", ".npz", ".csv")
_HEAD = ["block", "index", "value"]
_EXPECTED = {
    ".json": 'expected {"inputs": {"hidden.b": [0.1, 0.2]}}, numbers by block',
    ".npz": "expected an array for each block, as np.savez writes them",
    ".csv": "expected the head line block,index,value and a line for each number, as hidden.w,1 2,0.5",
}
_MOST = 20_000_000  # numbers of one block


class _UnfitError(ValueError):
    """What a file holds in place of numbers by block, in words."""


def read_numbers(path: Path) -> Values:
    """Arrays by block. Raises FileError for what `sheetnn pull` cannot have written."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FileError(f"{path}: a file of parameters ends in {', '.join(SUFFIXES)}")
    read = {".json": _json, ".npz": _npz, ".csv": _csv}[suffix]
    try:
        return read(path)
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror or short(error)})") from None
    except _UnfitError as error:
        said = str(error)
    except UnicodeDecodeError:
        said = "it is not UTF-8 text"
    except json.JSONDecodeError as error:
        said = f"not valid JSON: {error}"
    except RecursionError:
        said = "arrays in arrays without end"
    except csv.Error as error:
        said = f"not valid CSV: {error}"
    except ValueError:  # of thousands of digits
        said = "a number in it cannot be read"
    raise FileError(f"{path}: is no file of parameters ({said}); {_EXPECTED[suffix]}") from None


def _json(path: Path) -> Values:
    table = json.loads(path.read_text("utf-8-sig"))
    if not isinstance(table, dict) or not isinstance(table.get("inputs"), dict):
        raise _UnfitError("it has no table 'inputs'")
    return {name: _array(value, name) for name, value in table["inputs"].items()}


def _array(value: object, name: str) -> NDArray[np.generic]:
    try:
        return np.array(value)
    except (ValueError, OverflowError):
        raise _UnfitError(f"{quoted(name)} has rows of unequal length") from None


def _npz(path: Path) -> Values:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > 16 * _MOST:
                raise _UnfitError(f"it unpacks to more than {_MOST:,} numbers")
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except (zipfile.BadZipFile, EOFError, zlib.error):
        raise _UnfitError("it is not a whole .npz file") from None
    except _UnfitError:
        raise
    except (ValueError, KeyError, TypeError, SyntaxError, NotImplementedError):
        raise _UnfitError("an array in it is damaged, or holds Python objects") from None
    for name, array in found.items():
        if not isinstance(array, np.ndarray):
            raise _UnfitError(f"{quoted(name)} is a file of another kind")
    return found


def _csv(path: Path) -> Values:
    rows = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
    head = next(rows, [])
    if head != _HEAD:
        raise _UnfitError(f"its head line is {quoted(','.join(head))}" if head else "it is empty")
    cells: dict[str, dict[tuple[int, ...], float]] = {}
    for row in rows:
        if not row:
            continue
        spot, number = _row(row, f"line {rows.line_num}")
        block = cells.setdefault(row[0], {})
        if spot in block:
            raise _UnfitError(f"line {rows.line_num}: a second number for {quoted(f'{row[0]},{row[1]}')}")
        block[spot] = number
    return {name: _whole(numbers, name) for name, numbers in cells.items()}


def _row(row: list[str], where: str) -> tuple[tuple[int, ...], float]:
    if len(row) != len(_HEAD):
        raise _UnfitError(f"{where}: {len(row)} columns in place of {len(_HEAD)}")
    try:
        spot = tuple(int(part) - 1 for part in row[1].split())
    except ValueError:
        spot = (-1,)
    if any(part < 0 for part in spot):
        raise _UnfitError(f"{where}: index {quoted(row[1])}, whole numbers from 1 on are wanted")
    try:
        return spot, float(row[2])
    except ValueError:
        raise _UnfitError(f"{where}: value {quoted(row[2])} is not a number") from None


def _whole(numbers: dict[tuple[int, ...], float], name: str) -> NDArray[np.float64]:
    """The array of a block. Raises _UnfitError where a number is missing."""
    axes = {len(spot) for spot in numbers}
    shape = tuple(max(along) + 1 for along in zip(*numbers, strict=False))
    if len(axes) > 1 or len(numbers) != np.prod(shape, dtype=float) or len(numbers) > _MOST:
        raise _UnfitError(f"{quoted(name)} lacks some of its numbers")
    found = np.empty(shape)
    for spot, number in numbers.items():
        found[spot] = number
    return found
