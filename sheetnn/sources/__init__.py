"""Where samples come from: one reader for each kind of file, in a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..schema import Data
from .arrays import read_arrays
from .folder import read_folder
from .images import read_images
from .source import Source
from .table import read_table

Reader = Callable[[Data, Path, str], Source]
"""`read(data, path, name)` reads the first `data.limit` samples; `name` is the path as the recipe writes it."""


@dataclass(frozen=True)
class Kind:
    """A kind of data: its reader, the keys of [data] that only some kinds take, and whether it is a folder."""

    read: Reader
    takes: tuple[str, ...] = ()
    folder: bool = False


SOURCES: dict[str, Kind] = {
    "images": Kind(read_images),
    "table": Kind(read_table, ("label", "features", "outputs")),
    "folder": Kind(read_folder, ("channels",), folder=True),
    "arrays": Kind(read_arrays, ("outputs",)),
}
"""By the key of [data] that names the file."""

__all__ = ["SOURCES", "Kind", "Reader", "Source"]
