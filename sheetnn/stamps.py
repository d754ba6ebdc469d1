"""Stamps of files: whether somebody wrote to one while it was read."""

from __future__ import annotations

from pathlib import Path

from .errors import FileError

Stamp = tuple[int, int, int]
"""Size, time of change and number of a file."""


def stamp(path: Path) -> Stamp:
    """What changes when somebody writes to a file."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def unchanged(path: Path, before: Stamp) -> None:
    """Raise FileError if a file is not as it was when it was opened."""
    try:
        now = stamp(path)
    except OSError:
        now = (0, 0, 0)
    if now != before:
        raise FileError(f"{path}: changed while it was read; wait until the other program has saved it and try again")
