"""A real LibreOffice with a workbook open: type into it, read what it shows, compare with NumPy."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
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
Steps = list[dict[str, Any]]
"""One thing to do each, by name: see the functions in `STEPS` of `office_driver`."""
ERRORS: dict[str, Any] = {"errors": True}
FORMULAS: dict[str, Any] = {"formulas": True}
RECALCULATE: dict[str, Any] = {"recalculate": True}


@lru_cache(maxsize=1)
def python() -> str | None:
    """A Python that has `uno` (Debian gives it to its own)."""
    for program in (sys.executable, "/usr/bin/python3", shutil.which("python3")):
        found = shutil.which(program or "")
        if found and subprocess.run([found, "-c", "import uno"], capture_output=True).returncode == 0:
            return found
    return None


def missing(what: str) -> None:
    """The rule of `conftest.demanded`: fail where engines are demanded, else skip by name."""
    if DEMANDED:
        pytest.fail(f"demanded and missing: {what}")
    pytest.skip(f"not installed: {what}")


def office(path: Path, steps: Steps, timeout: float = 300) -> list[Any]:
    """What LibreOffice answers to each step. Fails with what it said if it could not do one, or in `timeout` s."""
    program = python()
    if program is None or shutil.which("soffice") is None:
        missing("LibreOffice with its Python bridge; install it with: apt install libreoffice-calc python3-uno")
    with tempfile.TemporaryDirectory(prefix="sheetnn-office-") as folder:
        job, result = Path(folder) / "job.json", Path(folder) / "result.json"
        job.write_text(json.dumps({"path": str(path.resolve()), "steps": steps}), "utf-8")
        with subprocess.Popen(
            [str(program), DRIVER, job, result, folder], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as driver:
            try:
                _, said = driver.communicate(timeout=timeout)
            except BaseException:
                driver.terminate()  # not kill: it ends its LibreOffice first
                driver.communicate()
                raise
        assert driver.returncode == 0, said
        return list(json.loads(result.read_text("utf-8")))


def address(book: Workbook, name: str, index: tuple[int, ...] = ()) -> list[str]:
    """Sheet and cell of one number of a block (in the first epoch)."""
    place = book.layout.places[name]
    row, column = place.at(dict(zip(book.graph[name].axes, index, strict=True)))
    return [book.layout.sheet_name(place.sheet), cell_name(row, column)]


def typed(book: Workbook, changes: Changes) -> dict[str, Any]:
    """The step that types the changes into their cells."""
    return {
        "type": [
            [*address(book, name, index), float(number)]
            for name, numbers in changes.items()
            for index, number in numbers.items()
        ]
    }


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


def shown_in(book: Workbook, shown: list[Any], name: str) -> Any:
    """What an answer to `read` holds in the cells of a block."""
    block, place = book.graph[name], book.layout.places[name]
    number = [sheet.id for sheet in book.layout.sheets].index(place.sheet)
    rows, columns = spots(block, place, book.graph)
    return np.array(shown[number], object)[rows - 1, columns - 1]


def differences(book: Workbook, shown: list[Any], changed: Mapping[str, Any]) -> list[str]:
    """Cells whose shown number or text is not what NumPy computes from the changed inputs."""
    values = book.graph.evaluate(changed)
    pages = {sheet.id: np.array(rows, object) for sheet, rows in zip(book.layout.sheets, shown, strict=True)}
    wrong = []
    for block, place in book.layout.placed():
        rows, columns = spots(block, place, book.graph)
        expected = np.asarray(values[block.name])
        got = np.array(pages[place.sheet][rows - 1, columns - 1], object)
        assert got.shape == expected.shape, block.name
        good = _same(got.ravel(), expected.ravel()).reshape(expected.shape)
        for at in np.ndindex(expected.shape) if not good.all() else ():
            if not good[at]:
                wrong.append(f"{block.name}{list(at) or ''}: {got[at]!r}, expected {expected[at]!r}")
    return wrong


def _same(got: Any, expected: Any) -> Any:
    """Whether each is equal: numbers within the tolerance, texts exactly, NaN to a blank cell."""
    if expected.dtype.kind in "OU":
        return np.array([isinstance(a, str) and a == b for a, b in zip(got, expected.tolist(), strict=True)])
    expected = expected.astype(float)
    number = np.array([isinstance(a, float) for a in got])
    apart = np.abs(np.where(number, got, 0).astype(float) - expected)
    with np.errstate(invalid="ignore"):
        return np.where(np.isnan(expected), got == "", number & (apart <= 1e-11 + 1e-9 * np.abs(expected)))


def unjudged(book: Workbook, found: Iterable[list[Any]]) -> list[str]:
    """Of the formula cells that LibreOffice found, those that `differences` does not compare."""
    known = set()
    for block, place in book.layout.placed():
        name = book.layout.sheet_name(place.sheet)
        rows, columns = (array.ravel().tolist() for array in spots(block, place, book.graph))
        known |= {(name, row, column) for row, column in zip(rows, columns, strict=True)}
    cells = {
        (sheet, row + 1, column + 1)
        for sheet, left, top, right, bottom in found
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    assert cells
    return [f"{sheet}!{cell_name(row, column)}" for sheet, row, column in sorted(cells - known)]


def assert_follows(book: Workbook, path: Path, changes: Changes, also: Iterable[Changes] = ()) -> list[Any]:
    """Type the changes, then those of `also` on top, in one session; after each, all cells are as NumPy says.

    No cell has an error at any time, every formula cell is among the compared ones, and the comparison does fail
    against NumPy without the last change. At the end LibreOffice computes everything from nothing. Returns what was
    read after each change.
    """
    walk = [changes, *also]
    steps: Steps = [FORMULAS, ERRORS, read(book)]
    steps += [step for change in walk for step in (typed(book, change), ERRORS, read(book))]
    found, *answers = office(path, [*steps, RECALCULATE, ERRORS, read(book)])
    assert unjudged(book, found) == []
    before, states = inputs(book), answers[1::3]
    assert answers[0::3] == [[]] * len(states), "cells with errors"
    assert differences(book, states[0], before) == [], "as opened"
    for number, change in enumerate(walk, 1):
        after = inputs(book, *walk[:number])
        assert differences(book, states[number], after) == [], change
        moved = {line.split(":")[0].split("[")[0] for line in differences(book, states[number], before)}
        assert set(change) <= moved, change
        assert moved - set(change), f"nothing follows from {change}"
        before = after
    assert differences(book, states[-1], before) == [], "computed from nothing"
    return states[1:-1]
