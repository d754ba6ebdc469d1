"""Workbooks for the tests of `diff`: made by a library that knows nothing of us, or edited in their XML."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
from lxml import etree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Cells = dict[str, Any]


def workbook(path: Path, **sheets: Cells) -> Path:
    """A file of openpyxl."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets.items():
        page = book.create_sheet(name)
        for cell, value in cells.items():
            page[cell] = value
    book.save(path)
    return path


def edited(source: Path, target: Path, sheet: str, cells: dict[str, tuple[str | None, str | None]]) -> Path:
    """A copy with other formulas and stored values, as (formula, value) by cell; None leaves what is there."""
    names = openpyxl.load_workbook(source, read_only=True).sheetnames
    part = f"xl/worksheets/sheet{names.index(sheet) + 1}.xml"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == part:
                page = etree.fromstring(data)
                found = {cell.get("r"): cell for cell in page.iter(MAIN + "c")}
                for address, (formula, value) in cells.items():
                    for tag, text in (("f", formula), ("v", value)):
                        if text is not None:
                            found[address].find(MAIN + tag).text = text
                data = etree.tostring(page)
            new.writestr(name, data)
    return target


def stored(path: Path) -> dict[tuple[str, str], tuple[Any, Any]]:
    """Formula or number, and stored value, of every cell that has any, as openpyxl reads them."""
    texts, values = (openpyxl.load_workbook(path, data_only=flag) for flag in (False, True))
    found = {}
    for page in texts:
        for row in page.iter_rows():
            for cell in row:
                if cell.value is not None:
                    found[page.title, cell.coordinate] = (cell.value, values[page.title][cell.coordinate].value)
    return found
