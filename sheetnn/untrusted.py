"""A workbook may come from anybody: what is refused before anything in it is read, and the limits while reading.

Only the directory of the archive, the head of each part and the small parts that link the others are looked at here;
formulas are looked at as they stream by, see `sheetnn.stream` and
`sheetnn.outside`. docs/safety.md says what is refused and why.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
from pathlib import Path

from lxml import etree

from .errors import FileError
from .markup import RefusedError, check_head, check_markup, shown
from .stamps import Stamp

MAX_PARTS = 5_000  # parts of a package; the largest workbook shipped has 46, one with 1,000 noted sheets 3,000
MAX_UNPACKED = 2_000_000_000  # bytes of all parts; the largest shipped is 118 MB, 12 million cells take 1.6 GB
MAX_SMALL = 16_000_000  # bytes of a part that is read as a whole, and of all relationships; 65,530 links fill 10 MB
MAX_RATIO = 100  # a part above MAX_SMALL is not packed tighter; sheets shipped reach 7, notes 38, deflate 1,030
_HEAD = 4096  # bytes of a part in which its first element has to begin


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# What a part must not be, by its content type or the last word of its relationship's type; all in lower case.
_CONTENT = {
    "macroenabled": "macros",
    "vbaproject": "macros",
    "macrosheet": "macros (a macro sheet)",
    "dialogsheet": "macros (a dialog sheet)",
    "activex": "ActiveX controls",
    "oleobject": "embedded objects",
    "externallink": "links to other files (an external link or DDE)",
    "connections": "connections to data outside of it",
    "querytable": "queries for data outside of it",
    "opendocument": "an OpenDocument file under another name",
}
_RELATION = {
    "vbaproject": "macros",
    "xlmacrosheet": "macros (a macro sheet)",
    "xlintlmacrosheet": "macros (a macro sheet)",
    "dialogsheet": "macros (a dialog sheet)",
    "control": "ActiveX controls",
    "activexcontrolbinary": "ActiveX controls",
    "oleobject": "embedded objects",
    "package": "embedded objects",
    "externallink": "links to other files (an external link or DDE)",
    "externallinkpath": "links to other files (an external link or DDE)",
    "ddelink": "links to other files (an external link or DDE)",
    "connections": "connections to data outside of it",
    "querytable": "queries for data outside of it",
    "attachedtoolbars": "macros",
}
_FOLDERS = {
    "xl/vbaproject": "macros",
    "xl/macrosheets/": "macros (a macro sheet)",
    "xl/dialogsheets/": "macros (a dialog sheet)",
    "xl/activex/": "ActiveX controls",
    "xl/embeddings/": "embedded objects",
    "xl/externallinks/": "links to other files (an external link or DDE)",
    "xl/connections.": "connections to data outside of it",
    "xl/querytables/": "queries for data outside of it",
}
_NESTED = re.compile(r"\.(zip|7z|rar|gz|bz2|xz|zst|tar|cab|jar|xls[xmb]?|ods|docx?|pptx?|exe|dll)$")
_CLICKABLE = re.compile(r"(https?|mailto|ftp):|(?![\\/]{2})[^:]*$", re.IGNORECASE)


def open_package(path: Path) -> tuple[zipfile.ZipFile, Stamp]:
    """The archive of a workbook, once nothing about it is refused, and its stamp.

    Raises FileError, and whatever reading a damaged archive raises.
    """
    before = _begins(path)
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise FileError(
            f"{path}: not a readable xlsx workbook ({error}; it is cut short, damaged or still being written)"
        ) from None
    try:
        _directory(archive, path, before[0])
        _heads(archive, path)
        _links(archive, path)
    except BaseException:
        archive.close()
        raise
    return archive, before


def _begins(path: Path) -> Stamp:
    """The stamp of an ordinary file that begins as an archive does; a pipe or device is not waited for."""
    if path.is_dir():
        raise FileError(f"{path}: is a folder; name a workbook")
    if not path.exists():
        raise FileError(f"{path}: no such file")
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise FileError(f"{path}: is no ordinary file but a pipe or device; name a workbook")
        if why := _unlike(file.read(8)):
            raise FileError(f"{path}: not a readable xlsx workbook ({why})")
    return found.st_size, found.st_mtime_ns, found.st_ino


def _unlike(head: bytes) -> str:
    """Why a file that begins like this is no xlsx workbook; empty if it may be one."""
    if not head:
        return "it is empty"
    if head == _OLE:
        return "it is encrypted or an old .xls; open it in its program and save it as .xlsx without a password"
    return "" if head.startswith(b"PK") else "it is not a zip archive, as every xlsx is"


def _directory(archive: zipfile.ZipFile, path: Path, size: int) -> None:
    """Refuse names, sizes and places of parts that no spreadsheet program writes."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise FileError(f"{path}: refused, it has {len(parts):,} parts; a workbook may have {MAX_PARTS:,}")
    total, end, seen = 0, 0, set()
    packed = sum(part.compress_size for part in parts)
    for part in sorted(parts, key=lambda one: one.header_offset):
        name = part.orig_filename
        if not name.isprintable() or "\\" in name or ":" in name or name.startswith("/") or ".." in name.split("/"):
            raise FileError(f"{path}: refused, a part of it has the unsafe name {shown(name)}")
        if name.lower() in seen:
            raise FileError(f"{path}: refused, it has two parts of the name {shown(name)}")
        seen.add(name.lower())
        if part.flag_bits & 0x1:
            raise FileError(f"{path}: its part {shown(name)} is encrypted; save the workbook without a password")
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileError(f"{path}: refused, its part {shown(name)} is packed in a way that no workbook uses")
        if part.header_offset < end:
            raise FileError(f"{path}: refused, its part {shown(name)} overlaps another one")
        end = part.header_offset + 30 + part.compress_size
        total += part.file_size
        bomb = part.file_size > MAX_SMALL and part.file_size > MAX_RATIO * part.compress_size
        bomb |= total > 4 * MAX_SMALL and total > MAX_RATIO * packed  # of many parts, each below the limit
        if end > size or bomb or total > MAX_UNPACKED:
            raise FileError(
                f"{path}: refused, its part {shown(name)} claims {part.file_size:,} bytes packed in "
                f"{part.compress_size:,}; a workbook unpacks to at most {MAX_UNPACKED:,} bytes and to {MAX_RATIO} "
                "times its size"
            )
        for folder, what in _FOLDERS.items():
            if name.lower().startswith(folder):
                raise _holds(path, what, name)
        if _NESTED.search(name.lower()):
            raise _holds(path, "a file within the file", name)
    if "mimetype" in seen and "[content_types].xml" not in seen:
        raise FileError(f"{path}: not a readable xlsx workbook (it is an .ods file; save it as .xlsx)")


def _heads(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse XML that declares a document type, or is in an encoding that hides what it says."""
    for part in archive.infolist():
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            with archive.open(part) as opened:
                head = opened.read(_HEAD)
            try:
                check_head(head)
            except RefusedError as error:
                raise FileError(f"{path}: refused, its part {shown(part.filename)} {error}") from None
            except ValueError as error:
                raise ValueError(f"its part {shown(part.filename)} {error}") from None


def _links(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse macros, objects, links and queries, by the types that parts and relationships have."""
    names = {name.lower(): name for name in archive.namelist()}
    total = 0
    for lower, name in names.items():
        types = lower == "[content_types].xml"
        if not types and not lower.endswith(".rels"):
            continue
        total += archive.getinfo(name).file_size
        if total > MAX_SMALL:
            raise FileError(f"{path}: refused, its relationships hold more than {MAX_SMALL:,} bytes")
        ids = set()
        for entry in small(archive, name).iterchildren("*"):
            if types:
                kind = entry.get("ContentType", "").lower()
                for word, what in _CONTENT.items():
                    if word in kind:
                        raise _holds(path, what, entry.get("PartName", entry.get("Extension", "")))
                continue
            kind = entry.get("Type", "").rstrip("/").rpartition("/")[2].lower()
            target, outside = entry.get("Target", ""), entry.get("TargetMode", "").lower() == "external"
            if entry.get("Id") in ids:
                raise FileError(f"{path}: refused, {shown(name)} has two relationships of one Id")
            ids.add(entry.get("Id"))
            if _RELATION.get(kind):
                raise _holds(path, _RELATION[kind], target)
            if kind == "hyperlink" and not _CLICKABLE.match(target):
                raise _holds(path, "a link to click that does not lead to the web", target)
            if outside and kind != "hyperlink":
                raise _holds(path, "a part that stands outside of it", target)


def small(archive: zipfile.ZipFile, name: str) -> etree._Element:
    """A part as a tree. Raises ValueError for one that is too large for that."""
    if archive.getinfo(name).file_size > MAX_SMALL:
        raise ValueError(f"its part {shown(name)} holds more than {MAX_SMALL:,} bytes")
    data = archive.read(name)
    check_head(data[:_HEAD])
    check_markup(data, first=True)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(data, parser)


def _holds(path: Path, what: str, where: str) -> FileError:
    return FileError(f"{path}: refused, it holds {what}: {shown(where)}; save it without as a plain .xlsx")
