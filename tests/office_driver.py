"""Drives a LibreOffice as a user would: run by a Python that has `uno`, with a job as JSON.

    python3 office_driver.py JOB RESULT FOLDER

The job names a workbook and steps; the result has an answer to each. The file is not changed, and the LibreOffice,
whose profile stands in FOLDER, has ended when this program has.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

ERRORS, ALL = 4, 7  # com.sun.star.sheet.FormulaResult: ERROR; VALUE, STRING and ERROR
START_LIMIT = 120  # seconds


def named(name, value):
    entry = PropertyValue()
    entry.Name, entry.Value = name, value
    return entry


def connected(pipe, process, limit=START_LIMIT):
    """The desktop of the LibreOffice, as soon as it answers."""
    context = uno.getComponentContext()
    resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
    deadline = time.monotonic() + limit
    while True:
        try:
            office = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return office.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", office)
        except NoConnectException:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def opened(desktop, path):
    document = desktop.loadComponentFromURL(path.resolve().as_uri(), "_blank", 0, (named("Hidden", True),))
    if document is None:
        raise OSError(f"{path}: LibreOffice cannot open it")
    return document


def used(sheet):
    """All cells of a sheet, up to the last that is in use."""
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(True)
    return cursor


def formula_cells(document, kind):
    """(sheet, first column, first row, last column, last row), counted from 0, on all sheets, hidden ones too."""
    found = []
    for name in document.Sheets.ElementNames:
        for at in used(document.Sheets.getByName(name)).queryFormulaCells(kind).RangeAddresses:
            found.append([name, at.StartColumn, at.StartRow, at.EndColumn, at.EndRow])
    return found


def type_in(document, entries):
    """[[sheet, cell, number, text or "=formula"], ...]: what a user types."""
    for sheet, cell, value in entries:
        at = document.Sheets.getByName(sheet).getCellRangeByName(cell)
        if isinstance(value, str):
            at.setFormula(value)
        else:
            at.setValue(value)


def read(document, areas):
    """[[sheet, range], ...]: the numbers and texts of each, row by row."""
    return [document.Sheets.getByName(sheet).getCellRangeByName(area).getDataArray() for sheet, area in areas]


def errors(document, _):
    """true: every cell with an error."""
    return formula_cells(document, ERRORS)


def formulas(document, _):
    """true: every cell with a formula."""
    return formula_cells(document, ALL)


def recalculate(document, _):
    """true: forget all values and compute them again (Ctrl+Shift+F9)."""
    document.calculateAll()


def validation(document, cells):
    """[[sheet, cell], ...]: kind of rule, its list, and whether anything else is refused."""
    rules = [document.Sheets.getByName(sheet).getCellRangeByName(cell).Validation for sheet, cell in cells]
    return [
        [rule.Type.value, rule.getFormula1(), rule.ShowErrorMessage and rule.ErrorAlertStyle.value == "STOP"]
        for rule in rules
    ]


def pdf(document, order):
    """[path, sheet]: what this sheet looks like on paper."""
    path, sheet = order
    chosen = uno.Any(
        "[]com.sun.star.beans.PropertyValue", (named("Selection", used(document.Sheets.getByName(sheet))),)
    )
    document.storeToURL(Path(path).as_uri(), (named("FilterName", "calc_pdf_Export"), named("FilterData", chosen)))


STEPS = {
    "type": type_in,
    "read": read,
    "errors": errors,
    "formulas": formulas,
    "recalculate": recalculate,
    "validation": validation,
    "pdf": pdf,
}


def end(process, pipe):
    """End the LibreOffice and all that it started, and wait until they are gone.

    Even one that has not started fully is asked first: killed, it leaves its sockets in /tmp.
    """
    with contextlib.suppress(Exception):  # it breaks the connection as it ends
        connected(pipe, process, 20).terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(20)
    deadline = time.monotonic() + 5
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(process.pid, signal.SIGKILL)
            process.poll()
            time.sleep(0.02)


def main(job, result, folder):
    task = json.loads(Path(job).read_text("utf-8"))
    pipe = f"sheetnn-{Path(folder).name}-{os.getpid()}"
    command = ["soffice", f"-env:UserInstallation={(Path(folder).resolve() / 'profile').as_uri()}", "--headless"]
    command += ["--norestore", "--nolockcheck", "--nodefault", f"--accept=pipe,name={pipe};urp;"]
    process = subprocess.Popen(
        command,
        env={**os.environ, "TMPDIR": folder},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        copy = Path(folder) / Path(task["path"]).name  # so that nothing, not even a lock, appears beside the file
        shutil.copyfile(task["path"], copy)
        document = opened(connected(pipe, process), copy)
        answers = [STEPS[kind](document, order) for step in task["steps"] for kind, order in step.items()]
        document.close(True)
    finally:
        end(process, pipe)
    Path(result).write_text(json.dumps(answers), "utf-8")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that `finally` is reached
    main(*sys.argv[1:])
