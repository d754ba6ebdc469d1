"""What every engine does: recalculate a file and hand back its numbers; and the control that it really did."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import zipfile
from pathlib import Path

from ..errors import EngineError, FileError
from ..grid import Extents, Grid
from ..reader import Reader

TIME_LIMIT = 600  # seconds one engine may take for one file


class Engine:
    """A spreadsheet program outside our process."""

    name = ""
    install = ""

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


def run(name: str, command: list[str], scratch: Path, environment: dict[str, str] | None = None) -> None:
    """Run an engine's program with its output kept out of ours. Raises EngineError on failure or time-out."""
    log = scratch / "engine.log"
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=scratch,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError(f"engine {name} cannot be started ({error.strerror})") from None
        try:
            code = process.wait(TIME_LIMIT)
        except subprocess.TimeoutExpired:
            raise EngineError(f"engine {name} took more than {TIME_LIMIT} s and was stopped") from None
        finally:
            with contextlib.suppress(ProcessLookupError):  # it may have children of its own, such as soffice.bin
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if code != 0:
        said = log.read_text("utf-8", "replace").strip().splitlines()
        raise EngineError(f"engine {name} failed with code {code}: {said[-1][:200] if said else 'it said nothing'}")


def said_version(command: list[str]) -> str:
    """The first line that a program prints; empty where it prints none or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return next(iter((done.stdout or done.stderr).strip().splitlines()), "")


def plant(path: Path, target: Path, sheet: str, address: str, value: float) -> None:
    """Copy a workbook with one formula's stored value replaced by `value`.

    An engine that hands back `value` for that cell has not recalculated. Raises FileError.
    """
    with Reader(path) as reader:
        part = reader.parts[sheet]
    cell = re.compile(rb'<((?:\w+:)?)c\b(?=[^>]*\br="' + address.encode() + rb'")[^>]*>.*?</\1c>', re.DOTALL)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                match = cell.search(data)
                if match is None:
                    raise FileError(f"{path}: {sheet}!{address} has no formula whose value could be falsified")
                data = data[: match.start()] + _falsified(match[0], value) + data[match.end() :]
            copy.writestr(name, data)


def _falsified(cell: bytes, value: float) -> bytes:
    """The XML of a formula cell with another stored number, whatever it stored before."""
    prefix = cell[1 : cell.index(b"c")]
    cell = re.sub(rb'\st="(?:str|e|b|n|s)"', b"", cell, count=1)
    cell = re.sub(rb"<(?:\w+:)?v>[^<]*</(?:\w+:)?v>|<(?:\w+:)?v\s*/>", b"", cell)
    end = cell.rindex(b"</")
    return cell[:end] + b"<%bv>%b</%bv>" % (prefix, repr(value).encode(), prefix) + cell[end:]
