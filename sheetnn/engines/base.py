"""What every engine does: recalculate a file and hand back its numbers; and the control that it really did."""

from __future__ import annotations

import contextlib
import copy
import os
import re
import shutil
import signal
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, Self

from ..errors import EngineError, FileError
from ..grid import Extents, Grid
from ..reader import Reader
from .sealed import environment_of, limit_memory, sealed

TIME_LIMIT = 600  # seconds one engine may take for one file
_PIECE = 1 << 20  # bytes of a part copied at once
_LONGEST = 1 << 18  # bytes of the XML of one cell; Excel's limits on formula and text allow for less


class Engine:
    """A spreadsheet program outside our process."""

    name = ""
    install = ""
    limit: float | None = None
    """Seconds for one file; TIME_LIMIT if none."""

    def within(self, seconds: float) -> Self:
        """The same engine with another time limit."""
        other = copy.copy(self)
        other.limit = seconds
        return other

    def installed(self) -> bool:
        raise NotImplementedError

    def version(self) -> str:
        """What the engine says of itself; empty if it says nothing."""
        return ""

    def recalculate(self, path: Path, extents: Extents, scratch: Path) -> dict[str, Grid]:
        """All cells after a full recalculation of `path`; `scratch` is an empty folder for its files.

        Raises EngineError if the engine fails or exceeds its time.
        """
        raise NotImplementedError


def run(
    name: str,
    command: list[str],
    scratch: Path,
    environment: dict[str, str] | None = None,
    limit: float | None = None,
) -> None:
    """Run an engine's program with its output kept out of ours, in `scratch` and without a network if that can be.

    `limit` is in seconds, TIME_LIMIT if none. Raises EngineError on failure or time-out.
    """
    log, seconds = scratch / "engine.log", TIME_LIMIT if limit is None else limit
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                [*sealed(), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=scratch,
                env={**environment_of(scratch), **(environment or {})},
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError(f"engine {name} cannot be started ({error.strerror})") from None
        try:
            limit_memory(process.pid)
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise EngineError(f"engine {name} took more than {seconds:g} s and was stopped") from None
        finally:
            with contextlib.suppress(ProcessLookupError):  # it may have children of its own, such as soffice.bin
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if code == 127 and sealed() and shutil.which(command[0]) is None:
        raise EngineError(f"engine {name} cannot be started (No such file or directory)")
    if code < 0 or code in (128 + signal.SIGKILL, 128 + signal.SIGSEGV):  # its own, or told by a script around it
        number = -code if code < 0 else code - 128
        raise EngineError(f"engine {name} was killed (signal {number}) before it had finished; run it again")
    if code != 0:
        said = log.read_text("utf-8", "replace").strip().splitlines()
        raise EngineError(f"engine {name} failed with code {code}: {_line(said[-1]) if said else 'it said nothing'}")


def said_version(command: list[str]) -> str:
    """The first line that a program prints; empty where it prints none or takes too long."""
    try:
        with tempfile.TemporaryDirectory(prefix="sheetnn-") as folder:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=60,
                stdin=subprocess.DEVNULL,
                env=environment_of(Path(folder)),
            )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return _line(next(iter((done.stdout or done.stderr).strip().splitlines()), ""))


def _line(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:200]


def plant(path: Path, target: Path, sheet: str, address: str, value: float) -> None:
    """Copy a workbook with one formula's stored value replaced by `value`.

    An engine that hands back `value` for that cell has not recalculated. Raises FileError.
    """
    cell = re.compile(rb'<((?:\w+:)?)c\b[^<>]*\br="' + address.encode() + rb'"[^<>]*>.*?</\1c>', re.DOTALL)
    try:
        with (
            Reader(path) as reader,
            zipfile.ZipFile(path) as source,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copies,
        ):
            for name in source.namelist():
                with source.open(name) as part, copies.open(name, "w", force_zip64=True) as written:
                    if name != reader.parts[sheet]:
                        shutil.copyfileobj(part, written, _PIECE)
                    elif not _falsify(part, written, cell, value):
                        raise FileError(f"{path}: {sheet}!{address} has no formula whose value could be falsified")
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise FileError(f"{path}: not a readable xlsx workbook (damaged: {error})") from None


def _falsify(part: IO[bytes], written: IO[bytes], cell: re.Pattern[bytes], value: float) -> bool:
    """Copy a part piece by piece, with another value in the first cell that the pattern finds; whether it did."""
    kept = b""
    while piece := part.read(_PIECE):
        kept += piece
        if match := cell.search(kept):
            written.write(kept[: match.start()] + _falsified(match[0], value) + kept[match.end() :])
            shutil.copyfileobj(part, written, _PIECE)
            return True
        written.write(kept[:-_LONGEST])
        kept = kept[-_LONGEST:]
    written.write(kept)
    return False


def _falsified(cell: bytes, value: float) -> bytes:
    """The XML of a formula cell with another stored number, whatever it stored before."""
    prefix = cell[1 : cell.index(b"c")]
    cell = re.sub(rb'\st="(?:str|e|b|n|s)"', b"", cell, count=1)
    cell = re.sub(rb"<(?:\w+:)?v>[^<]*</(?:\w+:)?v>|<(?:\w+:)?v\s*/>", b"", cell)
    end = cell.rindex(b"</")
    return cell[:end] + b"<%bv>%b</%bv>" % (prefix, repr(value).encode(), prefix) + cell[end:]
