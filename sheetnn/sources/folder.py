"""Samples from a folder of PNG pictures, those of a class in a sub-folder of its name."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..console import short
from ..errors import RecipeError
from ..schema import Data
from .source import Source, refuse_crowd

if TYPE_CHECKING:
    from PIL.Image import Image

_PIXELS = 1_000_000  # of one picture: a small file can unpack to a large one
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)  # what Pillow raises


def read_folder(data: Data, path: Path, name: str) -> Source:
    """Samples (row, col), or (channel, row, col) for `channels = "rgb"`, of whole numbers 0 to 255, in order of name.

    Hidden files are passed over. Raises RecipeError with the path of the picture.
    """
    files, others = _pictures(path, name)
    if not files:
        raise RecipeError(f"{name}: holds no pictures; expected a sub-folder for each class, with PNG pictures in it")
    files = files[: data.limit]
    places = [short(f"{name}/{file.parent.name}/{file.name}") for file in files]
    read: list[NDArray[Any]] = []
    for file, place in zip(files, places, strict=True):
        read.append(_pixels(file, place, data.channels))
        refuse_crowd(name, len(files), read[0].size)
        if read[-1].shape != read[0].shape:
            (*_, height, width), (*_, rows, cols) = read[-1].shape, read[0].shape
            raise RecipeError(
                f"{place}: {height}x{width} pixels, but the first picture has {rows}x{cols}; all need one size"
            )
    labels = tuple(file.parent.name for file in files)
    said = [f"{name}: passed over {short(', '.join(others))}: no PNG pictures in a sub-folder"] if others else []
    return Source(name, np.array(read).astype(np.int64), places.__getitem__, labels, warnings=tuple(said))


def _pictures(path: Path, name: str) -> tuple[list[Path], list[str]]:
    """PNG files of all sub-folders in order of name, and the names of what is passed over. Raises RecipeError."""
    files: list[Path] = []
    others: list[str] = []
    try:
        for folder in _visible(path):
            inside = _visible(folder) if folder.is_dir() else []
            pictures = [file for file in inside if file.suffix.lower() == ".png" and file.is_file()]
            files += pictures
            others += [f"{folder.name}/{file.name}" for file in inside if file not in pictures]
            others += [] if inside else [folder.name]
    except OSError as error:
        raise RecipeError(f"{name}: cannot be read ({error.strerror or error})") from None
    return files, others


def _visible(folder: Path) -> list[Path]:
    return sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=lambda path: path.name)


def _pixels(file: Path, place: str, channels: str) -> NDArray[Any]:
    """The numbers of one picture. Raises RecipeError."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings(action="ignore"), Image.open(file, formats=["PNG"]) as picture:
            width, height = picture.size
            if width * height > _PIXELS:
                raise RecipeError(f"{place}: {height}x{width} pixels; expected at most {_PIXELS:,}, make it smaller")
            return _numbers(picture, channels)
    except UnidentifiedImageError:
        raise RecipeError(f"{place}: is not a PNG picture; save it as PNG or take it out") from None
    except Image.DecompressionBombError:
        raise RecipeError(f"{place}: expected at most {_PIXELS:,} pixels, make it smaller") from None
    except _DAMAGE as error:
        raise RecipeError(
            f"{place}: cannot be read as PNG ({short(getattr(error, 'strerror', None) or error)})"
        ) from None


def _numbers(picture: Image, channels: str) -> NDArray[Any]:
    """Luminance (row, col) as ITU-R BT.601 weighs it, (299 R + 587 G + 114 B)/1000, or (channel, row, col)."""
    from PIL import Image

    if picture.mode.startswith("I"):  # 16 bits of gray, which Pillow cuts off at 255 on the way to 8
        eight = (np.asarray(picture).astype(np.int64) + 128) // 257
        picture = Image.fromarray(eight.astype(np.uint8))
    if picture.has_transparency_data:
        front = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", front.size, "white"), front)  # ink on paper, as one sees it
    if channels == "gray":
        return np.asarray(picture.convert("L"))
    return np.asarray(picture.convert("RGB")).transpose(2, 0, 1)
