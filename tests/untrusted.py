"""What the tests of untrusted files share: a small workbook, copies of it with other parts, and how it is read."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from test_errors import PICTURES, RECIPE

from sheetnn.reader import Reader
from sheetnn.workbook import build

Change = bytes | Callable[[bytes], bytes] | None
DATA, TRAIN, STORE = (f"xl/worksheets/sheet{number}.xml" for number in (1, 2, 3))
TYPES, LINKS, BOOK = "[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/workbook.xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def tiny(folder: Path) -> Path:
    """The workbook of the small recipe: 2 pictures, 2 layers, 2 epochs."""
    (folder / "small.toml").write_text(RECIPE, "utf-8")
    (folder / "pictures.csv").write_text(PICTURES, "utf-8")
    return build(folder / "small.toml").save(folder / "tiny.xlsx")


def copied(source: Path, target: Path, changes: Mapping[str, Change], packed: int = zipfile.ZIP_DEFLATED) -> Path:
    """A copy with parts changed, added, or (None) taken out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", packed) as new:
        for name in [*old.namelist(), *(name for name in changes if name not in old.namelist())]:
            data = old.read(name) if name in old.namelist() else b""
            change = changes.get(name, data)
            if callable(change):
                changed = change(data)
                assert changed != data, f"{name}: the change changes nothing"
                data = changed
            elif change is None:
                continue
            else:
                data = change
            new.writestr(name, data)
    return target


def put(old: str, new: str) -> Callable[[bytes], bytes]:
    """Text replaced once within a part."""
    return lambda data: data.replace(old.encode(), new.encode(), 1)


def told(change: Callable[[dict[str, Any]], Any]) -> Callable[[bytes], bytes]:
    """Another recipe in the hidden sheet."""

    def changed(data: bytes) -> bytes:
        head, text, tail = re.fullmatch(rb"(.*preserve\">)(\{.*\})(</t>.*)", data, re.DOTALL).groups()  # type: ignore[union-attr]
        table = json.loads(text)
        change(table)
        return head + json.dumps(table).replace("&", "&amp;").replace("<", "&lt;").encode() + tail

    return changed


def read_all(path: Path) -> int:
    """Cells of all sheets, read to the end."""
    with Reader(path) as reader:
        return sum(len(cells) for sheet in reader.sheets for _, cells in reader.rows(sheet))


@dataclass(frozen=True)
class Ended:
    """What a process left: exit code, both outputs, and its largest memory in bytes."""

    code: int
    out: str
    err: str
    memory: int
    seconds: float


# A process counts the memory of the one that started it before its own program begins: so a small one in between.
_BETWEEN = """
import json, os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
with open(sys.argv[1], "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), usage.ru_maxrss, usage.ru_utime + usage.ru_stime], file)
"""


def measured(folder: Path, *words: object) -> Ended:
    """The command line in a process of its own, with what it took."""
    told = folder / "measured.json"
    command = [sys.executable, "-c", _BETWEEN, str(told), sys.executable, "-m", "sheetnn", *map(str, words)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=folder, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    try:
        out, err = process.communicate(timeout=60)  # no measure, but the end of what hangs
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    code, memory, seconds = json.loads(told.read_text())
    told.unlink()
    return Ended(code, out, err, memory * (1 if sys.platform == "darwin" else 1024), seconds)
