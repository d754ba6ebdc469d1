"""XML that programs read differently: what one takes for a formula another does not see. None of it is accepted."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import sheetnn
from untrusted import BOOK, LINKS, TRAIN, TYPES, copied, put, tiny


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("tiny"))


def in_first(tag: str, text: bytes) -> Callable[[bytes], bytes]:
    """Something put before the end of the first formula or value."""
    return lambda data: data.replace(b"</" + tag.encode(), text + b"</" + tag.encode(), 1)


def beside(text: str) -> Callable[[bytes], bytes]:
    """Something behind the first formula cell, with its address."""

    def change(data: bytes) -> bytes:
        cell = re.search(rb'<c r="([A-Z]+\d+)"[^>]*><f>.*?</c>', data)
        assert cell is not None
        return data[: cell.end()] + text.encode().replace(b"{cell}", cell[1]) + data[cell.end() :]

    return change


def last_of_first_row(formula: str) -> Callable[[bytes], bytes]:
    """A formula in column ZZ of the first row that has cells."""
    row = re.compile(rb'(<row r="(\d+)"[^>]*>.*?)</row>', re.DOTALL)
    return lambda data: row.sub(rb'\1<c r="ZZ\2"><f>' + formula.encode() + rb"</f></c></row>", data, count=1)


ALTERNATE = (
    '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Fallback>'
    '<c r="{cell}"><f>1+1</f><v>2</v></c></mc:Fallback></mc:AlternateContent>'
)
TRICKS: dict[str, tuple[dict[str, Any], str]] = {
    "a comment in a formula": ({TRAIN: in_first("f", b"<!-- -->*0-0.6")}, "comment"),
    "a comment in a value": ({TRAIN: in_first("v", b"<!-- -->9")}, "comment"),
    "CDATA in a formula": ({TRAIN: in_first("f", b"<![CDATA[+1]]>")}, "comment, CDATA"),
    "an instruction in a formula": ({TRAIN: in_first("f", b"<?x y?>+1")}, "processing instruction"),
    "a child of a formula": ({TRAIN: in_first("f", b"<b/>+1")}, "no formula, value or text"),
    "a child of a value": ({TRAIN: in_first("v", b"<b/>1")}, "no formula, value or text"),
    "an alternative cell": ({TRAIN: beside(ALTERNATE)}, "no cell"),
    "a comment in a name": (
        {BOOK: put("</workbook>", "<definedNames><definedName name='n'>WEB<!-- -->SERVICE(1)</definedName>"
                   "</definedNames></workbook>")}, "comment",
    ),
    "a link as LibreOffice writes it": ({TRAIN: last_of_first_row("'file:///tmp/a.csv'#$a.A1")}, "another file"),
    "calculation with the precision shown": ({BOOK: put("<calcPr", '<calcPr fullPrecision="0"')}, "precision"),
}  # fmt: skip


@pytest.mark.parametrize("name", TRICKS)
def test_a_trick_is_refused(name: str, good: Path, tmp_path: Path) -> None:
    changes, said = TRICKS[name]
    path = copied(good, tmp_path / "a.xlsx", changes)
    for words in (("verify", path), ("diff", path, good), ("diff", good, path)):
        done = sheetnn(*words, cwd=tmp_path)
        assert done.returncode == 2, (words, done.stdout)
        assert said in done.stderr
        assert done.stderr.count("\n") == 1


def test_without_a_trick_it_passes(good: Path, tmp_path: Path) -> None:
    """The same copy with nothing changed; so a check that refuses everything fails here."""
    path = copied(good, tmp_path / "a.xlsx", {})
    assert sheetnn("verify", path, cwd=tmp_path).returncode == 0
    assert sheetnn("diff", path, good, cwd=tmp_path).returncode == 0


def test_a_document_type_in_a_part_of_another_name(good: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(good) as package:
        sheet = package.read(TRAIN)
    head, tail = sheet.split(b"<worksheet", 1)
    hidden = head + b'<!DOCTYPE worksheet [<!ENTITY e "+1">]><worksheet' + tail.replace(b"</f>", b"&e;</f>", 1)
    moved = {"xl/worksheets/sheet2.dat": hidden, TRAIN: None}
    moved[LINKS] = lambda data: data.replace(b"sheet2.xml", b"sheet2.dat")  # type: ignore[assignment]
    moved[TYPES] = lambda data: data.replace(b"sheet2.xml", b"sheet2.dat")  # type: ignore[assignment]
    done = sheetnn("verify", copied(good, tmp_path / "a.xlsx", moved), cwd=tmp_path)
    assert done.returncode == 2
    assert "DOCTYPE" in done.stderr


def test_many_parts_that_unpack_far(good: Path, tmp_path: Path) -> None:
    """Each below the size at which it would be looked at by itself."""
    blank = b'<?xml version="1.0"?><a>' + b" " * 15_900_000 + b"</a>"
    parts = {f"xl/media/x{n}.xml": blank for n in range(6)}
    done = sheetnn("verify", copied(good, tmp_path / "a.xlsx", parts), cwd=tmp_path)
    assert done.returncode == 2
    assert "unpacks to at most" in done.stderr
