"""What both bare loops share: the parts of a package, the training images, and rows of cells as text."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Letters = list[list[str]]  # of the columns of each image
ROOT = Path(__file__).resolve().parent.parent

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="{TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    + "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in (1, 2, 3)
    )
    + f'<Relationship Id="r4" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    + "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(("Data", "学习", "测试"), 1)
    )
    + "</sheets></workbook>",
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="2">'
    '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf/></cellXfs></styleSheet>',
}


def write_book(path: Path, sheets: Iterable[Iterator[str]]) -> None:
    """Write the sheets Data, 学习 and 测试 from the texts of their rows, one after the other."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as book:
        for name, text in PARTS.items():
            book.writestr(name, XML + text)
        for n, rows in enumerate(sheets, 1):
            with book.open(f"xl/worksheets/sheet{n}.xml", "w") as part:
                part.write(f'{XML}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
                for text in rows:
                    part.write(text.encode())
                part.write(b"</sheetData></worksheet>")


def training_images(name: str) -> tuple[Array, list[int]]:
    """The pictures of a shipped CSV file, and their labels."""
    with (ROOT / "data" / name).open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    return pictures([line["pixels"] for line in lines]), [int(line["label"]) for line in lines]


def pictures(texts: list[str]) -> Array:
    return np.array([[list(map(int, line)) for line in text.split("/")] for text in texts])


def columns(first: int, images: int, width: int) -> Letters:
    """The `width` column letters of each image, counted from A = 0, up to ZZ."""
    end = first + width * images
    names = [(chr(64 + n // 26) if n > 25 else "") + chr(65 + n % 26) for n in range(first, end)]
    return [names[n : n + width] for n in range(0, len(names), width)]


def take(at: Letters, count: int) -> list[str]:
    return [c for image in at for c in image[:count]]


def flat(values: Array) -> list[Any]:
    return list(values.ravel().tolist())


def counting(at: Letters, r: int) -> str:
    """1, 2, 3, ... above the images: the first typed, the others counting on."""
    texts = [f"${at[0][0]}${r}+1", *(f"{c[0]}{r}+1" for c in at[1:])]
    return row(r, typed(r, at[0], [1]) + live(r, [c[0] for c in at[1:]], texts, range(2, len(at) + 1)))


def row(r: int, cells: str) -> str:
    return f'<row r="{r}">{cells}</row>'


def typed(r: int, at: Iterable[str], values: Iterable[Any]) -> str:
    return "".join([f'<c r="{c}{r}"><v>{v!r}</v></c>' for c, v in zip(at, values, strict=False)])


def live(r: int, at: Iterable[str], formulas: Iterable[str], values: Iterable[Any]) -> str:
    """Cells of row `r` with a formula and its value."""
    return "".join(
        [f'<c r="{c}{r}"><f>{f}</f><v>{v!r}</v></c>' for c, f, v in zip(at, formulas, values, strict=False)]
    )
