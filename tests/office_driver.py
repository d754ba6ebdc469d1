"""Drives a LibreOffice as a user would: run by a Python that has `uno`, with a job as JSON.

    python3 office_driver.py JOB RESULT

The job names a workbook and steps: {"type": [[sheet, cell, value], ...]} types numbers, texts or formulas,
{"read": [[sheet, range], ...]} tells what is shown, {"errors": true} names every cell with an error,
{"choices": [[sheet, cell], ...]} the lists that cells offer, {"pdf": path} prints. The file is not changed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

ERRORS = 4  # com.sun.star.sheet.FormulaResult.ERROR
START_LIMIT = 120  # seconds


def named(name, value):
    entry = PropertyValue()
    entry.Name, entry.Value = name, value
    return entry


def connected(pipe):
    context = uno.getComponentContext()
    resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
    deadline = time.monotonic() + START_LIMIT
    while True:
        try:
            office = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return office.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", office)
        except NoConnectException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def done(document, step):
    sheets = document.Sheets
    if "type" in step:
        for sheet, cell, value in step["type"]:
            at = sheets.getByName(sheet).getCellRangeByName(cell)
            if isinstance(value, str):
                at.setFormula(value)
            else:
                at.setValue(value)
        return None
    if "read" in step:
        return [sheets.getByName(sheet).getCellRangeByName(area).getDataArray() for sheet, area in step["read"]]
    if "errors" in step:
        found = []
        for name in sheets.ElementNames:
            cursor = sheets.getByName(name).createCursor()
            cursor.gotoEndOfUsedArea(True)
            found += [area.AbsoluteName for area in cursor.queryFormulaCells(ERRORS)]
        return found
    if "choices" in step:
        rules = [sheets.getByName(sheet).getCellRangeByName(cell).Validation for sheet, cell in step["choices"]]
        return [[rule.Type.value, rule.getFormula1()] for rule in rules]
    target = Path(step["pdf"]).as_uri()
    document.storeToURL(target, (named("FilterName", "calc_pdf_Export"),))
    return None


def main(job, result):
    task = json.loads(Path(job).read_text("utf-8"))
    with tempfile.TemporaryDirectory(prefix="sheetnn-office-") as folder:
        pipe = f"sheetnn{os.getpid()}"
        command = ["soffice", f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}", "--headless"]
        command += ["--norestore", "--nolockcheck", f"--accept=pipe,name={pipe};urp;"]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            desktop = connected(pipe)
            document = desktop.loadComponentFromURL(
                Path(task["path"]).as_uri(), "_blank", 0, (named("Hidden", True), named("ReadOnly", False))
            )
            results = [done(document, step) for step in task["steps"]]
            document.close(True)
            with contextlib.suppress(Exception):  # it breaks the connection as it ends
                desktop.terminate()
            Path(result).write_text(json.dumps(results), "utf-8")
        finally:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
