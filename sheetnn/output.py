"""Files that are written: a target that may be refused, and one that appears whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .errors import FileError

OUTPUT = Path("output")
"""The folder that files go to if a person names none."""


def check_output(path: Path, force: bool, what: str, suffixes: tuple[str, ...]) -> Path:
    """Refuse a target that exists (without `force`), is a folder, has another suffix or no folder to stand in.

    `what` says what is written, such as "a workbook". Raises FileError.
    """
    endings = " or ".join(suffixes)
    try:
        path.exists()
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror}); choose another name") from None
    if path.is_dir():
        raise FileError(f"{path}: is a folder; name a file ending in {endings}")
    if path.suffix.lower() not in suffixes:
        raise FileError(f"{path}: {what}'s name ends in {endings}; name it so")
    if path.exists() and not path.is_file():
        raise FileError(f"{path}: is no ordinary file; name another")
    if path.exists() and not force:
        raise _exists(path)
    if not path.parent.is_dir():
        raise FileError(f"{path}: its folder does not exist; create {path.parent} first or choose another place")
    return path


@contextmanager
def written(path: Path, force: bool) -> Iterator[IO[bytes]]:
    """A file to write to, under another name beside `path`; it takes the name once all is written.

    Raises FileError if the folder cannot be written, the disk is full, or (without `force`) somebody else has made
    `path` meanwhile; nothing is left behind then.
    """
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        if force:
            os.replace(temporary, path)
            temporary = None
        else:
            os.link(temporary, path)  # fails where there is a file by now
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        said = error.strerror or error
        raise FileError(f"{path}: cannot be written ({said}); choose another place with -o") from error
    finally:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)


def make_folder(folder: Path) -> None:
    """A folder and those above it. Raises FileError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: the folder cannot be made ({error.strerror}); choose another place") from None


def _exists(path: Path) -> FileError:
    return FileError(f"{path}: already exists; choose another name, or replace it with force (--force)")
