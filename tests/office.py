"""A real LibreOffice with a workbook open: type into it, read what it shows, compare with NumPy."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import DEMANDED

from sheetnn.address import cell_name
from sheetnn.stored import spots
from sheetnn.workbook import Workbook

DRIVER = Path(__file__).parent / "office_driver.py"
Changes = Mapping[str, Mapping[tuple[int, ...], float]]
"""New numbers by block and index (counted from 0, without the epoch)."""


@lru_cache(maxsize=1)
def python() -> str | None:
    """A Python that has `uno` (Debian gives it to its own)."""
    for program in (sys.executable, "/usr/bin/python3", shutil.which("python3")):
        if program and subprocess.run([program, "-c", "import uno"], capture_output=True).returncode == 0:
            return program
    return None


def office(path: Path, steps: list[dict[str, Any]], timeout: float = 300) -> list[Any]:
    """What LibreOffice answers to each step (see `office_driver`)."""
    program = python()
    if program is None or shutil.which("soffice") is None:
        said = (
            "LibreOffice with its Python bridge is missing; install it with: apt install libreoffice-calc python3-uno"
        )
        if DEMANDED:
            pytest.fail(said)
        pytest.skip(said)
    with tempfile.TemporaryDirectory() as folder:
        job, result = Path(folder) / "job.json", Path(folder) / "result.json"
        job.write_text(json.dumps({"path": str(path.resolve()), "steps": steps}), "utf-8")
        done = subprocess.run([program, DRIVER, job, result], capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, done.stderr
        return list(json.loads(result.read_text("utf-8")))


def typed(book: Workbook, changes: Changes) -> dict[str, Any]:
    """The step that types the changes into their cells."""
    entries = []
    for name, numbers in changes.items():
        place = book.layout.places[name]
        for index, number in numbers.items():
            row, column = place.at(dict(zip(book.graph[name].axes, index, strict=True)))
            entries.append([book.layout.sheet_name(place.sheet), cell_name(row, column), float(number)])
    return {"type": entries}


def read(book: Workbook) -> dict[str, Any]:
    """The step that reads every sheet."""
    return {"read": [[sheet.name, f"A1:{cell_name(*book.layout.extent(sheet.id))}"] for sheet in book.layout.sheets]}


def inputs(book: Workbook, *changes: Changes) -> dict[str, Any]:
    """The inputs of NumPy after the changes."""
    changed: dict[str, Any] = {}
    for change in changes:
        for name, numbers in change.items():
            array = changed.setdefault(name, np.array(book.graph.inputs()[name], float))
            for index, number in numbers.items():
                array[index] = number
    return changed


def differences(book: Workbook, shown: list[Any], changed: Mapping[str, Any]) -> list[str]:
    """Cells whose shown number or text is not what NumPy computes from the changed inputs."""
    values = book.graph.evaluate(changed)
    pages = {sheet.id: np.array(rows, object) for sheet, rows in zip(book.layout.sheets, shown, strict=True)}
    wrong = []
    for block, place in book.layout.placed():
        rows, columns = spots(block, place, book.graph)
        expected = np.asarray(values[block.name])
        got = np.array(pages[place.sheet][rows - 1, columns - 1], object).reshape(expected.shape)
        for at in np.ndindex(expected.shape):
            one, other = got[at], expected[at]
            if isinstance(other, str):
                good = one == other
            elif np.isnan(other):
                good = one == ""
            else:
                good = isinstance(one, float) and abs(one - other) <= 1e-11 + 1e-9 * abs(other)
            if not good:
                wrong.append(f"{block.name}{at}: {one!r}, expected {other!r}")
    return wrong
