"""Samples from a NumPy file of arrays `x` and `y`."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PrivateAttr

from ..console import short
from ..errors import RecipeError, counted, nearest, quoted
from ..names import check_name
from ..schema import Data
from .source import LIMIT, Source, refuse_crowd, whole

_WAY = "write it with np.savez(file, x=..., y=...)"
_DAMAGE = (ValueError, KeyError, TypeError, EOFError, MemoryError, NotImplementedError, SyntaxError, zlib.error)
_HELD = {"O": "Python objects", "U": "texts", "S": "bytes", "c": "complex numbers", "M": "dates", "m": "time spans"}
SHAPES = "(sample, feature), (sample, row, col) or (sample, channel, row, col)"


class Held(Data):
    """A recipe's [data] whose samples are at hand: `read` them where those of others are read from a file."""

    _read: Callable[[Data], Source] = PrivateAttr()

    @classmethod
    def of(cls, data: Data, read: Callable[[Data], Source]) -> Held:
        held = cls(**dict(data))
        held._read = read
        return held

    def read(self) -> Source:
        """The samples. Raises RecipeError."""
        return self._read(self)


def read_arrays(data: Data, path: Path, name: str) -> Source:
    """Samples `x` with labels `y`, or with targets `y` if `outputs` are named. Raises RecipeError."""
    x, y, others = _load(path, name)
    said = [f"{name}: passed over {short(', '.join(others))}; only x and y are read"] if others else []
    source = samples_of(x, y, data, name)
    return replace(source, warnings=(*said, *source.warnings))


def samples_of(x: NDArray[Any], y: NDArray[Any], data: Data, name: str) -> Source:
    """The same of arrays at hand. Raises RecipeError."""
    if x.ndim not in (2, 3, 4) or 0 in x.shape:
        raise RecipeError(f"{name}: x has shape {x.shape}; expected {SHAPES}, none of them 0")
    if y.ndim < 1 or len(y) != len(x):
        raise RecipeError(
            f"{name}: y has shape {y.shape} and x {x.shape}; expected a y for each of {counted(len(x), 'sample')}"
        )
    x, y = x[: data.limit], y[: data.limit]
    refuse_crowd(name, len(x), x[0].size)
    x = whole(_numbers(x, f"{name}: x"))
    labels, targets = ((), _targets(y, data.outputs, name)) if data.outputs else (_labels(y, name), None)
    said = []
    if x.ndim == 4 and x.shape[3] in (1, 3, 4) and x.shape[1] not in (1, 3, 4):
        said.append(
            f"{name}: x of shape {x.shape} is read as {x.shape[1]} channels; if they come last, "
            "take x.transpose(0, 3, 1, 2)"
        )

    def place(sample: int) -> str:
        return f"{name}, y[{sample}]"

    return Source(name, x, place, labels, targets, outputs=data.outputs, warnings=tuple(said))


def _load(path: Path, name: str) -> tuple[NDArray[Any], NDArray[Any], list[str]]:
    """Arrays x and y, and the names of all others. Raises RecipeError."""
    try:
        with zipfile.ZipFile(path) as archive:  # a small file can unpack to a large one
            unpacked = {part.filename: part.file_size for part in archive.infolist()}
        if max(unpacked.get("x.npy", 0), unpacked.get("y.npy", 0)) > 16 * LIMIT:
            raise RecipeError(f"{name}: x or y unpacks to more than {LIMIT:,} numbers; make it smaller")
        with np.load(path, allow_pickle=False) as file:
            found = {key: file[key] for key in ("x", "y") if key in file.files}
            others = [key for key in file.files if key not in found]
    except zipfile.BadZipFile:
        raise RecipeError(f"{name}: is not a whole .npz file; {_WAY}") from None
    except OSError as error:
        raise RecipeError(f"{name}: cannot be read ({error.strerror or short(error)})") from None
    except _DAMAGE as error:
        hint = "arrays of Python objects are not read" if "allow_pickle" in str(error) else short(error) or "damaged"
        raise RecipeError(f"{name}: cannot be read as arrays ({hint}); {_WAY}") from None
    for key in ("x", "y"):
        if key not in found:
            known = short(", ".join([*found, *others]) or "nothing")
            raise RecipeError(f"{name}: has no array {key!r}, found {known}{nearest(key, others)}; {_WAY}")
        if not isinstance(found[key], np.ndarray):
            raise RecipeError(f"{name}: {key} is a file of another kind, not an array; {_WAY}")
    return found["x"], found["y"], others


def _numbers(array: NDArray[Any], where: str, hint: str = "") -> NDArray[Any]:
    """The array if it holds finite numbers. Raises RecipeError naming the first element that is none."""
    if array.dtype.kind not in "biuf":
        raise RecipeError(f"{where} holds {_HELD.get(array.dtype.kind, short(array.dtype))}; expected numbers{hint}")
    wide = array.astype(np.float64) if array.dtype.kind in "uf" else array
    bad = np.argwhere(~np.isfinite(wide))
    if len(bad):
        spot = ", ".join(map(str, bad[0]))
        raise RecipeError(f"{where}[{spot}] is {wide[tuple(bad[0])]}; expected a finite number")
    return wide


def _labels(y: NDArray[Any], name: str) -> tuple[str, ...]:
    """Texts of the labels. Raises RecipeError for what is neither whole numbers nor texts, one for each sample."""
    if y.ndim != 1:
        hint = "; for one-hot rows, y.argmax(axis=1)" if y.ndim == 2 and y.shape[1] > 1 else ""
        raise RecipeError(f"{name}: y has shape {y.shape}; expected ({len(y)},), a label for each sample{hint}")
    if y.dtype.kind == "U":
        return tuple(y.tolist())
    if y.dtype.kind == "S":
        try:
            return tuple(text.decode() for text in y.tolist())
        except UnicodeDecodeError:
            raise RecipeError(f"{name}: y holds bytes that are not UTF-8; expected texts or whole numbers") from None
    numbers = _numbers(y, f"{name}: y", " or texts; for texts, y.astype(str)" if y.dtype.kind == "O" else "")
    broken = np.flatnonzero(numbers != np.rint(numbers))
    if len(broken):
        raise RecipeError(
            f"{name}: y[{broken[0]}] is {numbers[broken[0]]}; expected whole numbers or texts as labels; "
            "for a regression name its outputs"
        )
    return tuple(str(int(number)) for number in numbers.tolist())


def _targets(y: NDArray[Any], outputs: tuple[str, ...], name: str) -> NDArray[Any]:
    """Targets (sample, output). Raises RecipeError."""
    for number, output in enumerate(outputs):
        check_name(output, f"{name}: output {quoted(output)}")
        if output in outputs[:number]:
            raise RecipeError(f"{name}: outputs names {quoted(output)} twice; each needs a name of its own")
    targets = _numbers(y, f"{name}: y").astype(np.float64)
    if targets.ndim == 1:
        targets = targets[:, None]
    if targets.ndim != 2 or targets.shape[1] != len(outputs):
        raise RecipeError(
            f"{name}: y has shape {y.shape}; expected ({len(y)}, {len(outputs)}), a column for each of the outputs "
            f"{short(', '.join(outputs))}"
        )
    return targets
