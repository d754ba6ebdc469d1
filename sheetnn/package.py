"""The zip package: openpyxl's parts, with the rows of each sheet spliced in and all times fixed."""

from __future__ import annotations

import datetime
import io
import queue
import re
import threading
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

from lxml import etree
from openpyxl import Workbook as Package

from .address import cell_name, parse_cell

MADE = datetime.datetime(2020, 1, 1)
"""The time that every package carries, so that two builds are the same bytes."""
_ZIP_TIME = (2020, 1, 1, 0, 0, 0)
_NAMELESS = re.compile(rb'<(?:\w+:)?c(?:\s+(?!r=)[\w:]+="[^"]*")*\s*/?>')


@dataclass(frozen=True)
class Stream:
    """What is spliced into one sheet: its used range, its rows, its merged ranges (none: no element)."""

    dimension: str
    rows: Iterator[str]
    merges: Iterator[str]


def write_package(package: Package, file: IO[bytes], streams: dict[str, Stream]) -> None:
    """openpyxl's package with the rows put in and all times fixed."""
    buffer = io.BytesIO()
    package.save(buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            text = source.read(name)
            if name in streams:
                stream = streams[name]
                head, tail = _split(text.decode())
                head = re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="{stream.dimension}"', head)
                middle, *rest = re.split(r"<mergeCells .*?</mergeCells>", tail, maxsplit=1, flags=re.DOTALL)
                with target.open(info, "w", force_zip64=True) as part:
                    _pump(chain([head], stream.rows, [middle], stream.merges if rest else (), rest), part)
            else:
                if name == "docProps/core.xml":
                    stamp = MADE.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                    text = re.sub(rb"\d{4}-\d\d-\d\dT[0-9:.]+Z", stamp, text)
                if name.endswith(".rels") and name != "_rels/.rels":
                    text = text.replace(
                        b'Target="/xl/', b'Target="../' if "worksheets" in name or "drawings" in name else b'Target="'
                    )
                target.writestr(info, text)


def relative(name: str, text: bytes) -> bytes:
    """Relationships as Excel writes them, relative to their part: IronCalc does not find absolute ones."""
    depth = name.count("/") - 2  # xl/_rels/workbook.xml.rels: 0, xl/worksheets/_rels/sheet1.xml.rels: 1
    return text.replace(b'Target="/xl/', b'Target="' + b"../" * depth) if depth >= 0 else text


def addressed(path: Path, parts: Iterable[str], target: Path) -> Path:
    """A copy of a workbook with an address on every cell of its sheets' `parts`; `path` itself if it has them all.

    A program may leave out the address of a cell in the next column; not every engine reads that.
    """
    with zipfile.ZipFile(path) as source:
        sheets = {part for part in parts if _lacks_addresses(source, part)}
        if not sheets:
            return path
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
            for name in source.namelist():
                data = source.read(name)
                copy.writestr(name, _with_addresses(data) if name in sheets else data)
    return target


def _lacks_addresses(source: zipfile.ZipFile, part: str) -> bool:
    kept = b""
    with source.open(part) as file:
        while piece := file.read(1 << 20):
            if _NAMELESS.search(kept + piece):
                return True
            kept = piece[-1000:]  # an element may lie across two pieces
    return False


def _with_addresses(sheet: bytes) -> bytes:
    tree = etree.fromstring(sheet, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    number = 0
    for row in tree.iter("{*}row"):
        number, last = int(row.get("r") or number + 1), 0
        for cell in row.iterchildren("{*}c"):
            name = cell.get("r")
            if name is None:
                cell.set("r", cell_name(number, last + 1))
            last = last + 1 if name is None else parse_cell(name)[1]
    return etree.tostring(tree, encoding="UTF-8", xml_declaration=True, standalone=True)


def _split(text: str) -> tuple[str, str]:
    match = re.search(r"<sheetData>.*?</sheetData>|<sheetData\s*/>", text, re.DOTALL)
    assert match is not None, "openpyxl writes sheetData"
    return text[: match.start()] + "<sheetData>", "</sheetData>" + text[match.end() :]


def _pump(texts: Iterator[str], part: IO[bytes]) -> None:
    """Write the texts, packing in a second thread: deflate leaves the interpreter free meanwhile."""
    chunks: queue.Queue[bytes | None] = queue.Queue(maxsize=8)
    failed: list[BaseException] = []

    def pack() -> None:
        while (chunk := chunks.get()) is not None:
            if not failed:
                try:
                    part.write(chunk)
                except BaseException as error:
                    failed.append(error)

    thread = threading.Thread(target=pack, name="pack", daemon=True)
    try:  # a signal may strike while the thread starts: it must end then too, or the process never does
        thread.start()
        pending: list[str] = []
        size = 0
        for text in texts:
            pending.append(text)
            size += len(text)
            if size > 1 << 18:
                if failed:
                    break
                chunks.put("".join(pending).encode())
                pending, size = [], 0
        chunks.put("".join(pending).encode())
    finally:
        chunks.put(None)
        if thread.is_alive():
            thread.join()
    if failed:
        raise failed[0]
