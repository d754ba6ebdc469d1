"""Files from anybody: each kind of harm is refused in one line, and the same file without it is accepted.

Beside every poison stands its control: what is most like it and harmless.
"""

from __future__ import annotations

import os
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_errors import named
from untrusted import BOOK, DATA, LINKS, OFFICE, STORE, TRAIN, TYPES, copied, measured, put, read_all, tiny, told

from sheetnn.difference import diff
from sheetnn.errors import FileError
from sheetnn.reader import Reader
from sheetnn.verifier import verify

MEMORY = 500_000_000


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("tiny"))


def refused(path: Path, good: Path, *needles: str) -> None:
    """Both verbs that read a workbook say why they do not, in one line without anything a terminal obeys."""
    for read in (lambda: verify(path, []), lambda: diff(good, path)):
        with pytest.raises(FileError) as caught:
            read()
        said = str(caught.value)
        assert said.isprintable()
        assert said.startswith(f"{path}: ")
        assert len(said) < 600
        for needle in needles:
            assert needle in said


def accepted(path: Path, good: Path) -> None:
    assert verify(path, []).ok
    diff(good, path)


def test_the_control_of_all_is_accepted(good: Path, tmp_path: Path) -> None:
    for packed in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        path = copied(good, tmp_path / "a.xlsx", {}, packed)
        accepted(path, good)
        assert diff(good, path).compared > 300


# -- parts, types and relationships ------------------------------------------------------------------------------


def related(kind: str, target: str, mode: str = "", part: str = LINKS) -> dict[str, Any]:
    """A relationship more."""
    outside = f' TargetMode="{mode}"' if mode else ""
    kind = kind if ":" in kind else f"{OFFICE}/{kind}"
    line = f'<Relationship Id="more" Type="{kind}" Target="{target}"{outside}/></Relationships>'
    return {part: put("</Relationships>", line)}


def typed(part: str, kind: str) -> dict[str, Any]:
    """A part more, and its content type."""
    return {part: b"<x/>", TYPES: put("</Types>", f'<Override PartName="/{part}" ContentType="{kind}"/></Types>')}


MS = "http://schemas.microsoft.com/office/2006/relationships"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET_LINKS = "xl/worksheets/_rels/sheet1.xml.rels"
HARMLESS = {"xl/media/image1.png": b"\x89PNG"}
CLICK = related("hyperlink", "https://example.org/a?b=c:d", "External", SHEET_LINKS)
PARTS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "external link": ({"xl/externalLinks/externalLink1.xml": b"<x/>"}, HARMLESS, "links to other files"),
    "external link by its relation": (related("externalLink", "other/a.xml"), CLICK, "links to other files"),
    "external link outside": (
        related("externalLinkPath", "file:///etc/x", "External"),
        CLICK,
        "links to other files",
    ),
    "external link by its type": (
        typed("xl/a.xml", f"{SHEET}.externalLink+xml"),
        typed("xl/a.xml", "text/xml"),
        "links to",
    ),
    "DDE link": (
        {"xl/externalLinks/externalLink1.xml": b'<x><ddeLink ddeService="cmd" ddeTopic="/C calc"/></x>'},
        HARMLESS,
        "DDE",
    ),
    "macros": ({"xl/vbaProject.bin": b"\0"}, HARMLESS, "macros"),
    "macros under another name": (related(f"{MS}/vbaProject", "theme/theme9.xml"), CLICK, "macros"),
    "macros by type": (
        {TYPES: put(f"{SHEET}.sheet.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml")},
        {TYPES: put("<Types ", "<Types  ")},
        "macros",
    ),
    "macro sheet": ({"xl/macrosheets/sheet1.xml": b"<x/>"}, HARMLESS, "macro sheet"),
    "macro sheet by type": (
        typed("xl/worksheets/sheet9.xml", "application/vnd.ms-excel.macrosheet+xml"),
        typed("xl/worksheets/sheet9.xml", f"{SHEET}.worksheet+xml"),
        "macro sheet",
    ),
    "macro sheet by its relation": (related(f"{MS}/xlMacrosheet", "worksheets/sheet1.xml"), CLICK, "macro sheet"),
    "macro as a name": (
        {BOOK: put("<definedNames>", '<definedNames><definedName name="_xlnm.Auto_Open" xlm="1">A1</definedName>')},
        {BOOK: put("<definedNames>", '<definedNames><definedName name="mine">Data!$A$1</definedName>')},
        "macro",
    ),
    "name that starts a program": (
        {BOOK: put("<definedNames>", "<definedNames><definedName name=\"mine\">cmd|'/C calc'!A0</definedName>")},
        {BOOK: put("<definedNames>", '<definedNames><definedName name="mine">Data!$A$1</definedName>')},
        "DDE",
    ),
    "ActiveX": ({"xl/activeX/activeX1.bin": b"\0"}, HARMLESS, "ActiveX"),
    "ActiveX by its relation": (related("control", "a.xml", part=SHEET_LINKS), CLICK, "ActiveX"),
    "OLE object": ({"xl/embeddings/oleObject1.bin": b"\0"}, HARMLESS, "embedded objects"),
    "OLE object by its relation": (related("oleObject", "a.bin", part=SHEET_LINKS), CLICK, "embedded objects"),
    "workbook within": ({"xl/media/inner.xlsx": b"PK"}, HARMLESS, "a file within the file"),
    "archive within": ({"xl/media/inner.ZIP": b"PK"}, HARMLESS, "a file within the file"),
    "connections": ({"xl/connections.xml": b"<x/>"}, HARMLESS, "connections"),
    "query table": ({"xl/queryTables/queryTable1.xml": b"<x/>"}, HARMLESS, "queries"),
    "query table by its relation": (related("queryTable", "a.xml", part=SHEET_LINKS), CLICK, "queries"),
    "picture from elsewhere": (
        related("image", "https://example.org/a.png", "External", SHEET_LINKS),
        related("image", "../media/image1.png", part=SHEET_LINKS),
        "stands outside",
    ),
    "sheet from elsewhere": (related("worksheet", "https://example.org/a.xml", "External"), CLICK, "stands outside"),
    "link to a program": (
        related("hyperlink", "file:///C:/calc.exe", "External", SHEET_LINKS),
        CLICK,
        "a link to click",
    ),
    "link to a share": (related("hyperlink", "\\\\\\\\host\\a", "External", SHEET_LINKS), CLICK, "a link to click"),
    "link to a script": (
        related("hyperlink", "javascript:alert(1)", "External", SHEET_LINKS),
        CLICK,
        "a link to click",
    ),
    "DOCTYPE": (
        {"docProps/app.xml": lambda data: b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">' + data},
        {"docProps/app.xml": lambda data: b"<?xml version='1.0'?><!-- <?- --> \n" + data},
        "DOCTYPE",
    ),
    "entities": (
        {DATA: lambda data: b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + data},
        {DATA: lambda data: b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\r\n' + data},
        "DOCTYPE",
    ),
    "XML in an encoding that hides": (
        {
            DATA: lambda data: (
                '<?xml version="1.0" encoding="utf-16"?>'.encode("utf-16") + data.decode().encode("utf-16-le")
            )
        },
        {DATA: lambda data: b"<?xml version='1.0' encoding='utf-8'?>" + data},
        "UTF-8",
    ),
    "XML that declares another encoding": (
        {DATA: lambda data: b"<?xml version='1.0' encoding='utf-7'?>" + data},
        {DATA: lambda data: b"<?xml version='1.0' encoding='UTF-8'?>" + data},
        "UTF-8",
    ),
    "name with a control character": ({"xl/media/a\x1b[31m.png": b""}, HARMLESS, "unsafe name"),
    "name with dots": ({"xl/../../etc/passwd": b""}, {"xl/a..b": b""}, "unsafe name"),
    "absolute name": ({"/etc/passwd": b""}, HARMLESS, "unsafe name"),
    "name of a drive": ({"C:/a.xml": b""}, HARMLESS, "unsafe name"),
    "name of Windows": ({"xl\\a.xml": b""}, HARMLESS, "unsafe name"),
    "two parts that Windows takes for one": ({"XL/WORKSHEETS/sheet1.xml": b"<x/>"}, HARMLESS, "two parts"),
    "two relations of one Id": (
        {
            LINKS: put(
                "</Relationships>",
                f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="a.xml"/></Relationships>',
            )
        },
        CLICK,
        "two relationships",
    ),
    "two sheets of one part": (
        {LINKS: put("sheet2.xml", "sheet1.xml")},
        {LINKS: put("worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml")},
        "share",
    ),
    "rows beside the rows": (
        {DATA: lambda data: re.sub(rb"<sheetData>(.*)</sheetData>", rb"<x>\1</x><sheetData/>", data)},
        {DATA: put("<sheetData>", "<sheetData x='1'>")},
        "elsewhere",
    ),
    "rows in two places": (
        {DATA: put("</row>", "</row></sheetData><sheetData>")},
        {DATA: put("</row>", "</row>\n")},
        "elsewhere",
    ),
    "two workbooks": (
        related("officeDocument", "xl/workbook.xml", part="_rels/.rels"),
        related("thumbnail", "a.png", part="_rels/.rels"),
        "2 workbooks",
    ),
}


@pytest.mark.parametrize(("poison", "control", "needle"), named(PARTS))
def test_a_part_that_may_do_harm(poison: Any, control: Any, needle: str, good: Path, tmp_path: Path) -> None:
    refused(copied(good, tmp_path / "bad.xlsx", poison), good, needle)
    accepted(copied(good, tmp_path / "fine.xlsx", control), good)


def test_a_sheet_beside_the_list_of_sheets_is_none(good: Path, tmp_path: Path) -> None:
    """A spreadsheet program does not show it."""
    beside = re.compile(rb"(<workbookPr)/>(.*?)(<sheet [^>]*>)")
    bad = copied(good, tmp_path / "a.xlsx", {BOOK: lambda data: beside.sub(rb"\1>\3</workbookPr>\2", data)})
    with pytest.raises(FileError, match="has no sheet 'Data'"):
        verify(bad, [])
    two = copied(good, tmp_path / "b.xlsx", {BOOK: put("</sheets>", "</sheets><sheets/>")})
    refused(two, good, "2 lists of sheets")


def test_a_web_link_to_click_is_harmless(good: Path, tmp_path: Path) -> None:
    for target in ("http://example.org", "https://example.org/a", "mailto:a@example.org", "notes.xlsx", "#Data!A1"):
        accepted(copied(good, tmp_path / "a.xlsx", related("hyperlink", target, "External", SHEET_LINKS)), good)


# -- formulas -----------------------------------------------------------------------------------------------------

FORMULAS: dict[str, tuple[str, str, str]] = {
    "WEBSERVICE": ('WEBSERVICE("http://127.0.0.1/")', '"WEBSERVICE("&A1', "WEBSERVICE"),
    "in lower case": ('webservice("http://127.0.0.1/")', "ABS(A1)", "WEBSERVICE"),
    "with a prefix": ('_xlfn.WEBSERVICE("http://127.0.0.1/")', "_xlfn.TANH(A1)", "WEBSERVICE"),
    "deep within": ('IF(A1="it\'s (",1,SUM(1,IMAGE("https://x")))', 'IF(A1="it\'s (",1,SUM(1,2))', "IMAGE"),
    "with a space": ('RTD ("prog",,"x")', "ABS (A1)", "RTD"),
    "by its name": ("MAP(A1:A2,_xleta.WEBSERVICE)", "MAP(A1:A2,_xleta.ABS)", "WEBSERVICE"),
    "CALL": ('CALL("kernel32","WinExec","JCJ","calc",5)', "RECALL(A1)", "CALL"),
    "REGISTER.ID": ('REGISTER.ID("a","b")', "ABS(REGISTER.IDLE)", "REGISTER.ID"),
    "EXEC": ('EXEC("calc.exe")', "EXECUTIVE(A1)", "EXEC"),
    "SQL.REQUEST": ('SQL.REQUEST("DSN=x","","","SELECT 1")', '"SQL.REQUEST()"', "SQL.REQUEST"),
    "DDE function": ('DDE("soffice","/etc/passwd","A1")', "DDEX(A1)", "DDE"),
    "Google's import": ('IMPORTDATA("http://x")', "IMPORT(A1)", "IMPORTDATA"),
    "DDE": ("cmd|'/C calc'!A0", '"cmd|/C calc!A0"', "DDE"),
    "DDE in quotes": ("'cmd|/C calc'!A0", "'Data'!A1", "another file"),
    "another workbook": ("[1]Sheet1!A1", "Table1[[#Headers],[a b]]", "another file"),
    "another workbook in quotes": ("'C:\\x\\[b.xlsx]S'!A1", "SUM('学习'!A1:A2)", "another file"),
    "a name of another workbook": ("1+[2]!rate", "1+Table1[rate]", "another file"),
    "HYPERLINK to the web": ('HYPERLINK("http://127.0.0.1/"&A1,"x")', 'HYPERLINK("#Data!A1","x")', "HYPERLINK"),
    "HYPERLINK to a cell's text": ("HYPERLINK(A1)", 'HYPERLINK( "#"&A1,"x")', "HYPERLINK"),
    "HYPERLINK that is hidden": (
        'IF(1,HYPERLINK("#a"),HYPERLINK(""&"file:///x"))',
        'IF(1,HYPERLINK("#a"),HYPERLINK("#b"))',
        "HYPERLINK",
    ),
}


def escaped(formula: str) -> str:
    return formula.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def added(formula: str) -> dict[str, Any]:
    """A formula in a cell that the model does not use."""
    return {DATA: put("</row>", f'<c r="AZ1"><f>{escaped(formula)}</f><v>0</v></c></row>')}


@pytest.mark.parametrize(("poison", "control", "needle"), named(FORMULAS))
def test_a_formula_that_reaches_out(poison: str, control: str, needle: str, good: Path, tmp_path: Path) -> None:
    first = read_all(good)
    with zipfile.ZipFile(good) as archive:
        row = re.search(rb"<row [^>]*>", archive.read(DATA))
    assert row is not None
    assert b'r="1"' in row[0]
    refused(copied(good, tmp_path / "bad.xlsx", added(poison)), good, needle, "'Data'", "row 1")
    assert read_all(copied(good, tmp_path / "fine.xlsx", added(control))) == first + 1


RULE = '<conditionalFormatting sqref="A1"><cfRule><formula>{}</formula></cfRule></conditionalFormatting>'
CHOICE = '<dataValidations><dataValidation sqref="A1"><formula1>{}</formula1></dataValidation></dataValidations>'
REACHES = 'WEBSERVICE("http://127.0.0.1/")'
ELSEWHERE: dict[str, tuple[str, str]] = {
    "rule": (
        "</sheetData>",
        f"</sheetData>{RULE}",
    ),
    "list to choose from": (
        "</sheetData>",
        f"</sheetData>{CHOICE}",
    ),
    "later rule": (
        "</sheetData>",
        '</sheetData><extLst><ext><f xmlns="http://schemas.microsoft.com/office/excel/2006/main">{}</f></ext></extLst>',
    ),
    "array": ("</row>", '<c r="AZ1"><f t="array" ref="AZ1:AZ2">{}</f><v>0</v></c></row>'),
    "shared": (
        "</row>",
        '<c r="AZ1"><f t="shared" si="0" ref="AZ1:BA1">{}</f><v>0</v></c><c r="BA1"><f t="shared" si="0"/></c></row>',
    ),
    "written by number": ("</row>", '<c r="AZ1"><f>&#x49;F(1,{})</f><v>0</v></c></row>'),
    "after a row of the same shape": (
        "</row>",
        '<c r="AZ1"><f>W1EBSERVICE(1)</f><v>0</v></c></row><row r="2"><c r="AZ2"><f>{}</f></c></row>',
    ),
}


@pytest.mark.parametrize(("old", "new"), named(ELSEWHERE))
def test_a_formula_that_reaches_out_wherever_it_stands(old: str, new: str, good: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(good) as archive:
        at = archive.read(DATA).decode().index(old) if "after" not in new else 0
    assert at >= 0
    bad = copied(good, tmp_path / "bad.xlsx", {DATA: put(old, new.format(escaped(REACHES)))})
    with pytest.raises(FileError, match="WEBSERVICE"):
        read_all(bad)
    fine = new.format("ABS(1)").replace("W1EBSERVICE", "ABS")
    if 'r="2"' not in new:
        assert read_all(copied(good, tmp_path / "fine.xlsx", {DATA: put(old, fine)})) >= read_all(good)


# -- sizes --------------------------------------------------------------------------------------------------------


def cheap(path: Path, good: Path, folder: Path, *needles: str) -> None:
    """Refused by the command line in one line, code 2, and with less than 500 MB."""
    for words in (("verify", path), ("diff", good, path)):
        done = measured(folder, *words)
        assert (done.code, done.out) == (2, ""), done
        assert re.fullmatch(r"sheetnn: [^\n]+\n", done.err), done.err
        assert "unexpected" not in done.err
        for needle in needles:
            assert needle in done.err
        assert done.memory < MEMORY
        print(f"MEASURED {path.name} {words[0]}: {done.seconds:.1f} s, {done.memory / 1e6:.0f} MB")


def lying(source: Path, target: Path, part: str, size: int) -> Path:
    """A copy in which a part claims another size than it has, in both places where it stands."""
    data = bytearray(source.read_bytes())
    with zipfile.ZipFile(source) as archive:
        offset = archive.getinfo(part).header_offset
    data[offset + 22 : offset + 26] = struct.pack("<I", size)
    at = data.index(b"PK\x01\x02")
    while data[at + 46 : at + 46 + len(part)] != part.encode():
        at = data.index(b"PK\x01\x02", at + 4)
    data[at + 24 : at + 28] = struct.pack("<I", size)
    target.write_bytes(data)
    return target


def rows_of(cell: str, count: int) -> Callable[[bytes], bytes]:
    """So many copies of a piece of XML behind the rows of a sheet."""
    return lambda data: data.replace(b"</sheetData>", cell.encode() * count + b"</sheetData>")


def test_a_bomb_that_says_so(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    copied(good, path, {})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/a.png", "w") as part:
        for _ in range(1100):
            part.write(bytes(1_000_000))
    cheap(path, good, tmp_path, "claims 1,100,000,000 bytes")
    with zipfile.ZipFile(copied(good, tmp_path / "fine.xlsx", {}), "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/a.png", os.urandom(1000) * 10_000)
    accepted(tmp_path / "fine.xlsx", good)


@pytest.mark.parametrize("claimed", [1000, 900_000_000])
def test_a_bomb_that_lies(claimed: int, good: Path, tmp_path: Path) -> None:
    """A part of 300 MB that claims less, and a small one that claims more."""
    fill = {DATA: rows_of(" " * 1000, 300_000)} if claimed == 1000 else {}
    packed = copied(good, tmp_path / "packed.xlsx", fill)
    cheap(lying(packed, tmp_path / f"lying-{claimed}.xlsx", DATA, claimed), good, tmp_path)
    if not fill:
        with zipfile.ZipFile(packed) as archive:
            size = archive.getinfo(DATA).file_size
        accepted(lying(packed, tmp_path / "true.xlsx", DATA, size), good)


BOMBS: dict[str, tuple[dict[str, Any], str]] = {
    "rows": ({DATA: rows_of("<row/>", 2_000_000)}, "row 1048577"),
    "cells": ({DATA: rows_of(f'<row r="99">{"<c/>" * 1_900_000}</row>', 1)}, ""),
    "one row too long": ({DATA: rows_of(f'<row r="99">{"<c><v>1</v></c>" * 900_000}</row>', 1)}, "without a row"),
    "empty cells": (
        {DATA: rows_of("".join(f'<row r="{n}">{"<c/>" * 16_000}</row>' for n in range(50, 850)), 1)},
        "12,000,000 cells",
    ),
    "no row": ({DATA: put("</sheetData>", "</sheetData>" + "<a/>" * 3_000_000)}, "without a row"),
    "a text": ({DATA: rows_of(f'<row r="99"><c t="str"><v>{"x" * 15_000_000}</v></c></row>', 1)}, ""),
    "texts": (
        {
            DATA: rows_of(
                "".join(f'<row r="{n}"><c t="str"><v>{"x" * 32_000}</v></c></row>' for n in range(50, 2500)), 1
            )
        },
        "",
    ),
    "deep": ({DATA: put("</sheetData>", "</sheetData>" + "<a>" * 1_000_000)}, ""),
    "attributes": (
        {DATA: put("<sheetData>", "<sheetData " + " ".join(f'a{n}="1"' for n in range(900_000)) + ">")},
        "without a row",
    ),
    "many sheets": (
        {BOOK: put("</sheets>", f'<sheet name="x" r:id="rId1" xmlns:r="{OFFICE}"/>' * 100_000 + "</sheets>")},
        "",
    ),
    "many relations": (
        {
            LINKS: put(
                "</Relationships>",
                "".join(f'<Relationship Id="x{n}" Type="{OFFICE}/hyperlink" Target="a"/>' for n in range(250_000))
                + "</Relationships>",
            )
        },
        "relationships hold more",
    ),
    "many parts": ({f"xl/media/{n}.png": b"" for n in range(6_000)}, "6,017 parts"),
    "many types": (
        {TYPES: put("</Types>", '<Default Extension="a" ContentType="b"/>' * 500_000 + "</Types>")},
        "refused",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_within_a_part(name: str, good: Path, tmp_path: Path) -> None:
    changes, needle = BOMBS[name]
    packed = zipfile.ZIP_STORED if name == "empty cells" else zipfile.ZIP_DEFLATED  # packed, it is too tight already
    cheap(copied(good, tmp_path / f"{name}.xlsx".replace(" ", "-"), changes, packed), good, tmp_path, needle)


def test_what_is_large_and_harmless_is_read(good: Path, tmp_path: Path) -> None:
    """The control of the bombs: each of them in the size that people make."""
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="str"><v>{"x" * 1000}</v></c></row>' for n in range(50, 150))
    path = copied(
        good,
        tmp_path / "a.xlsx",
        {
            DATA: lambda data: rows_of(cells, 1)(data).replace(b"</sheetData>", b"</sheetData>" + b"<a/>" * 10_000),
            **{f"xl/media/{n}.png": b"" for n in range(500)},
            TYPES: put("</Types>", '<Default Extension="a" ContentType="b"/>' * 500 + "</Types>"),
        },
    )
    accepted(path, good)


def test_entities_that_expand(good: Path, tmp_path: Path) -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a0 "ha">' + b"".join(
        b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
    )
    changes = {BOOK: lambda data: laughs + b"]>" + data.replace(b'name="Data"', b'name="&a11;"')}
    cheap(copied(good, tmp_path / "laughs.xlsx", changes), good, tmp_path, "DOCTYPE")


def test_parts_that_overlap(good: Path, tmp_path: Path) -> None:
    """Two entries of the directory for the same bytes: how the worst bombs are made."""
    data = good.read_bytes()
    start = data.index(b"PK\x01\x02")
    entry = bytearray(data[start : data.index(b"PK\x01\x02", start + 4)])
    name = len("docProps/app.xml")
    entry[46 : 46 + name] = b"docProps/apq.xml"
    end = bytearray(data[data.index(b"PK\x05\x06") :])
    count, size = (struct.unpack_from(kind, end, at)[0] for kind, at in (("<H", 8), ("<I", 12)))
    struct.pack_into("<HHI", end, 8, count + 1, count + 1, size + len(entry))
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(data[: data.index(b"PK\x05\x06")] + entry + end)
    refused(bad, good, "overlaps")


# -- areas --------------------------------------------------------------------------------------------------------

AREAS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "dimension": (
        {TRAIN: lambda data: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', data)},
        {TRAIN: lambda data: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:ZZ2000"', data)},
    ),
    "a cell at the end": (
        {DATA: rows_of('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', 1)},
        {DATA: rows_of('<row r="1048576"><c r="A1048576"><v>1</v></c></row>', 1)},
    ),
    "a merged sheet": (
        {DATA: put("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')},
        {DATA: put("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A90:XFD90"/></mergeCells>')},
    ),
    "an array over the sheet": (
        {DATA: rows_of('<row r="99"><c r="A99"><f t="array" ref="A99:XFD1048576">1</f><v>1</v></c></row>', 1)},
        {DATA: rows_of('<row r="99"><c r="A99"><f t="array" ref="A99:B99">1</f><v>1</v></c></row>', 1)},
    ),
    "a formula shared by the sheet": (
        {DATA: rows_of('<row r="99"><c r="A99"><f t="shared" si="0" ref="A99:XFD1048576">1</f></c></row>', 1)},
        {DATA: rows_of('<row r="99"><c r="A99"><f t="shared" si="0" ref="A99:B99">1</f><v>1</v></c></row>', 1)},
    ),
    "a column beyond the last": (
        {DATA: rows_of('<row r="99"><c r="XFE99"><v>1</v></c></row>', 1)},
        {DATA: rows_of('<row r="99"><c r="XFD99"><v>1</v></c></row>', 1)},
    ),
    "a row beyond the last": (
        {DATA: rows_of('<row r="1048577"><c><v>1</v></c></row>', 1)},
        {DATA: rows_of('<row r="1048576"><c><v>1</v></c></row>', 1)},
    ),
}


@pytest.mark.parametrize(("poison", "control"), named(AREAS))
def test_a_gigantic_area(poison: Any, control: Any, good: Path, tmp_path: Path) -> None:
    refused(copied(good, tmp_path / "bad.xlsx", poison), good, "row")
    accepted(copied(good, tmp_path / "fine.xlsx", control), good)


# -- the recipe in the hidden sheet ---------------------------------------------------------------------------------


def layers(count: int, units: int) -> Callable[[dict[str, Any]], Any]:
    def change(table: dict[str, Any]) -> None:
        last = table["recipe"]["layers"][-1]
        more = [{**last, "name": f"l{n}", "units": units} for n in range(count)]
        table["recipe"] |= {"layers": [*more, last], "start": {}, "random": {"seed": 1}}

    return change


def block(**entry: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda table: table["recipe"]["blocks"].append({"role": "plain", "args": [], **entry})


def outer(table: dict[str, Any]) -> None:
    one = [1] * 3000
    table["recipe"]["blocks"] = [
        {"name": "p", "axes": ["p"], "values": one, "role": "plain"},
        {"name": "q", "axes": ["q"], "values": one, "role": "plain"},
        {"name": "r", "axes": ["p", "q"], "op": "multiply", "args": ["p", "q"], "role": "plain"},
    ]


def paged(**sheet: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda table: table.update(page={"epoch": [0, 0], "sheets": [{"id": "train", **sheet}]})


RECIPES: dict[str, tuple[Any, str]] = {
    "layers of 16384 units": (layers(20, 16384), "cells"),
    "a thousand small layers": (layers(1000, 100), "cells"),
    "a billion epochs": (lambda table: table["recipe"]["training"].update(epochs=10**9), "cells"),
    "a million epochs": (lambda table: table["recipe"]["training"].update(epochs=10**6), "cells"),
    "many pictures": (lambda table: table["shape"].update(x=[10**6, *table["shape"]["x"][1:]]), "cells"),
    "large pictures": (lambda table: table["shape"].update(x=[table["shape"]["x"][0], 4000, 4000]), "cells"),
    "pictures beyond counting": (lambda table: table["shape"].update(x=[10**400, *table["shape"]["x"][1:]]), ""),
    "a label beyond counting": (lambda table: table["recipe"]["data"].update(classes=[0, 10**30]), "label"),
    "many filters": (
        lambda table: (
            table["recipe"]["layers"].insert(0, {"name": "c", "kind": "convolution", "filters": 1024, "size": [1, 1]})
            or table["shape"].update(x=[table["shape"]["x"][0], 40, 40])
        ),
        "cells",
    ),
    "a descent of a billion steps": (
        lambda table: table["recipe"].update(
            data=None,
            layers=[],
            function={"variables": ["x"], "value": "x^2", "gradient": ["2*x"]},
            start={"x": 1},
            training={"eta": 0.1, "epochs": 10**9},
        ),
        "cells",
    ),
    "a function as deep as text allows": (
        lambda table: table["recipe"].update(
            data=None,
            layers=[],
            start={"x": 1},
            function={"variables": ["x"], "value": "(" * 50_000 + "x" + ")" * 50_000, "gradient": ["2*x"]},
        ),
        "",
    ),
    "powers of powers": (
        lambda table: table["recipe"].update(
            data=None,
            layers=[],
            start={"x": 9.0},
            function={"variables": ["x"], "value": "9^9^9^9^9", "gradient": ["0"]},
        ),
        "",
    ),
    "a block that counts far": (
        block(name="k", op="count", args=["eta"], axes=["n"], options={"size": 10**9}),
        "cells",
    ),
    "a block that multiplies": (outer, "cells"),
    "a wide band": (paged(band={"at": "A1", "width": 10**8}, band_widths=[1.0]), "columns"),
    "a label over the sheet": (paged(labels=[{"at": "A1:XFD1048576", "text": "x"}]), "label"),
    "a step out of the sheet": (paged(places={"x": {"at": "A1", "image": [0, 10**12]}}), "moves"),
    "a place at the end of the sheet": (
        lambda table: (
            table["recipe"].update(
                data=None,
                layers=[],
                training=None,
                start={},
                layout="a.toml",
                blocks=[{"name": "a", "axes": [], "values": 1, "role": "number", "group": "train"}],
            )
            or table.update(shape={}, page={"sheets": [{"id": "train", "places": {"a": {"at": "XFD1048576"}}}]})
        ),
        "spreads over",
    ),
    "no recipe but a list": (lambda table: table.update(recipe=[]), ""),
    "numbers as text": (lambda table: table["recipe"]["training"].update(epochs="9" * 5000), ""),
}


@pytest.mark.parametrize(("change", "needle"), named(RECIPES))
def test_a_recipe_that_asks_for_too_much(change: Any, needle: str, good: Path, tmp_path: Path) -> None:
    path = copied(good, tmp_path / "asks.xlsx", {STORE: told(change)})
    done = measured(tmp_path, "verify", path)
    assert done.code == 2, done
    assert re.fullmatch(r"sheetnn: [^\n]+\n", done.err), done.err
    assert "unexpected" not in done.err
    assert needle in done.err
    assert done.memory < MEMORY
    print(f"MEASURED recipe: {done.seconds:.1f} s, {done.memory / 1e6:.0f} MB")


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"recipe":' * 50_000, '{"a": ' + "[" * 900 + "]" * 900 + "}", "x" * 5_000_000, "1" * 100_000],
)
def test_a_recipe_that_no_parser_ends(text: str, good: Path, tmp_path: Path) -> None:
    cells = "".join(
        f'<row r="{n + 1}"><c r="A{n + 1}" t="str"><v>{text[n * 30_000 : (n + 1) * 30_000]}</v></c></row>'
        for n in range(len(text) // 30_000 + 1)
    )
    change = {STORE: lambda data: re.sub(rb"<row .*</row>", cells.encode(), data)}
    done = measured(tmp_path, "verify", copied(good, tmp_path / "deep.xlsx", change))
    assert done.code == 2
    assert "recipe in it" in done.err
    assert "unexpected" not in done.err
    assert done.memory < MEMORY


def test_a_recipe_that_is_written_anew_is_accepted(good: Path, tmp_path: Path) -> None:
    """The control: the same way of changing the recipe, and a change without consequence."""
    change = {STORE: told(lambda table: table["recipe"].update(title="another"))}
    accepted(copied(good, tmp_path / "fine.xlsx", change), good)


# -- no workbook at all, or not all of it ---------------------------------------------------------------------------

ODS = b"application/vnd.oasis.opendocument.spreadsheet"
WRONG: dict[str, tuple[Callable[[Path, Path], Any], str]] = {
    "empty": (lambda good, bad: bad.write_bytes(b""), "it is empty"),
    "a text": (lambda good, bad: bad.write_bytes(b"hello, world"), "not a zip"),
    "encrypted or xls": (
        lambda good, bad: bad.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)),
        "old .xls",
    ),
    "truncated": (lambda good, bad: bad.write_bytes(good.read_bytes()[:-200]), "cut short"),
    "half": (lambda good, bad: bad.write_bytes(good.read_bytes()[:9000]), "cut short"),
    "no tail": (lambda good, bad: bad.write_bytes(good.read_bytes()[:-10]), "cut short"),
    "a picture": (lambda good, bad: bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100)), "not a zip"),
    "ods": (
        lambda good, bad: copied(good, bad, {"mimetype": ODS, "content.xml": b"<x/>", TYPES: None}),
        ".ods",
    ),
    "an archive of something else": (
        lambda good, bad: zipfile.ZipFile(bad, "w").writestr("a.txt", "x"),
        "not a readable xlsx",
    ),
    "a folder": (lambda good, bad: bad.mkdir(), "is a folder"),
    "missing": (lambda good, bad: None, "no such file"),
    "a pipe": (lambda good, bad: os.mkfifo(bad), "no ordinary file"),
    "a link to a pipe": (lambda good, bad: (os.mkfifo(bad.with_name("p")), bad.symlink_to("p")), "no ordinary file"),
    "a device": (lambda good, bad: bad.symlink_to("/dev/zero"), "no ordinary file"),
    "a link to itself": (lambda good, bad: bad.symlink_to(bad.name), ""),
}


@pytest.mark.parametrize(("make", "needle"), named(WRONG))
def test_what_is_no_workbook(make: Any, needle: str, good: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.xlsx"
    make(good, bad)
    cheap(bad, good, tmp_path, needle)


def test_a_packed_part_with_a_password(good: Path, tmp_path: Path) -> None:
    data = bytearray(good.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "bad.xlsx").write_bytes(data)
    refused(tmp_path / "bad.xlsx", good, "encrypted")


@pytest.mark.parametrize("packed", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_way_of_packing_that_no_workbook_uses(packed: int, good: Path, tmp_path: Path) -> None:
    refused(copied(good, tmp_path / "bad.xlsx", {}, packed), good, "packed in a way")


@pytest.mark.parametrize("change", ["longer", "another", "gone"])
def test_a_file_that_changes_while_it_is_read(change: str, good: Path, tmp_path: Path) -> None:
    path = copied(good, tmp_path / "a.xlsx", {})

    def read(change: str) -> None:
        with Reader(path) as reader:
            next(reader.rows("Data"))
            if change == "longer":
                path.write_bytes(path.read_bytes() + b"more")
            elif change == "another":
                path.with_name("b.xlsx").write_bytes(path.read_bytes())
                path.with_name("b.xlsx").replace(path)
            elif change == "gone":
                path.unlink()

    read("")
    with pytest.raises(FileError, match="changed while it was read"):
        read(change)


def test_text_from_a_file_does_not_reach_the_terminal_as_it_is(good: Path, tmp_path: Path) -> None:
    """Names with the control characters that XML allows, and those that turn the line of writing."""
    for name in ("\x9b31m\x85red", "\u202exlsx", "\x7f"):
        path = copied(good, tmp_path / "bad.xlsx", {BOOK: put('name="Data"', f'name="{name}"')})
        done = measured(tmp_path, "verify", path)
        assert done.code == 2
        assert re.fullmatch(r"sheetnn: [^\n]+\n", done.err)
        assert done.err[:-1].isprintable()
