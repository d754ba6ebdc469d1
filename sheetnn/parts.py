"""Where a workbook keeps its sheets and texts, read so that no other program can read it otherwise."""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass

from .markup import RefusedError, shown
from .stream import MAIN, STRICT
from .untrusted import small

_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_LINK = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass(frozen=True)
class Parts:
    """Sheets with their parts, in order; the part of the shared texts (empty if none); what names stand for."""

    sheets: dict[str, str]
    texts: str
    names: list[str]


def read_parts(archive: zipfile.ZipFile) -> Parts:
    """The parts of a workbook. Raises ValueError, KeyError or XMLSyntaxError for one that is damaged."""
    top = small(archive, "_rels/.rels")
    books = [r.get("Target", "") for r in top if r.get("Type", "").endswith("/officeDocument")]
    if len(books) != 1:
        raise ValueError(f"it names {len(books) or 'no'} workbook{'s' * (len(books) > 1)}")
    folder, file = posixpath.split(books[0].lstrip("/"))
    links = small(archive, posixpath.join(folder, "_rels", f"{file}.rels"))
    targets = {r.get("Id"): r.get("Target", "") for r in links if r.get("Type", "").endswith("/worksheet")}
    texts = next((r.get("Target", "") for r in links if r.get("Type", "").endswith("/sharedStrings")), "")
    book = small(archive, books[0].lstrip("/"))
    lists = [one for one in book.iterchildren("*") if one.tag in (MAIN + "sheets", STRICT + "sheets")]
    if len(lists) != 1:
        raise ValueError(f"it has {len(lists)} lists of sheets")
    sheets: dict[str, str] = {}
    taken = set()
    for sheet in lists[0].iterchildren(MAIN + "sheet", STRICT + "sheet"):
        target = targets.get(sheet.get(_LINK) or sheet.get(_STRICT_LINK))
        if target is not None:
            name, part = sheet.get("name", ""), _resolved(folder, target)
            if name in sheets or part in taken:
                raise ValueError(f"two sheets share the name or part of {shown(name)}")
            sheets[name] = part
            taken.add(part)
    for setting in book.iter(MAIN + "calcPr", STRICT + "calcPr"):
        if setting.get("fullPrecision") in ("0", "false"):
            raise RefusedError(
                "refused, it is set to calculate with the precision that it shows, so its values depend on number "
                "formats; take that setting out and save it again"
            )
    names = []
    for defined in book.iter(MAIN + "definedName", STRICT + "definedName"):
        if any(defined.get(mark) in ("1", "true") for mark in ("function", "vbProcedure", "xlm")):
            raise RefusedError(f"refused, its name {shown(defined.get('name', ''))} starts a macro")
        names.append(defined.text or "")
    return Parts(sheets, _resolved(folder, texts) if texts else "", names)


def _resolved(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
