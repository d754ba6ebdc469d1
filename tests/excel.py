"""A workbook respelled as other programs save it: the same cells, told another way in the package.

Each habit is a row of `HABITS` and a function of the package (name of a part -> its bytes).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from lxml import etree
from openpyxl.formula.translate import Translator
from openpyxl.utils import column_index_from_string

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
Package = dict[str, bytes]


def respelled(source: Path, target: Path, habits: Iterable[str]) -> Path:
    """A copy with some habits, one after another."""
    with zipfile.ZipFile(source) as old:
        package = {name: old.read(name) for name in old.namelist()}
    for habit in habits:
        before = dict(package)
        package = HABITS[habit](package)
        assert list(package.items()) != list(before.items()), f"{habit} changes nothing"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in package.items():
            new.writestr(name, data)
    return target


def _q(tag: str) -> str:
    return f"{{{MAIN}}}{tag}"


def _sheets(package: Package) -> dict[str, etree._Element]:
    return {name: etree.fromstring(data) for name, data in package.items() if name.startswith("xl/worksheets/sheet")}


def _put(package: Package, trees: dict[str, etree._Element]) -> Package:
    return package | {
        name: etree.tostring(tree, encoding="UTF-8", xml_declaration=True) for name, tree in trees.items()
    }


def _part(package: Package, name: str, kind: str, content: str, data: bytes) -> Package:
    """The package with one more part of the workbook."""
    links = etree.fromstring(package["xl/_rels/workbook.xml.rels"])
    etree.SubElement(links, f"{{{RELATIONS}}}Relationship", Id=f"rId{kind}", Type=f"{OFFICE}/{kind}", Target=name)
    types = etree.fromstring(package["[Content_Types].xml"])
    etree.SubElement(types, f"{{{TYPES}}}Override", PartName=f"/xl/{name}", ContentType=content)
    return package | {
        f"xl/{name}": data,
        "xl/_rels/workbook.xml.rels": etree.tostring(links),
        "[Content_Types].xml": etree.tostring(types),
    }


def shared_strings(package: Package) -> Package:
    """Every text in one table, some of them in runs with phonetic hints, as Excel keeps them."""
    table: dict[str, int] = {}
    trees = _sheets(package)
    for tree in trees.values():
        for cell in tree.iter(_q("c")):
            if cell.get("t") == "inlineStr":
                text = "".join(cell.itertext())
                for child in list(cell):
                    cell.remove(child)
                cell.set("t", "s")
                etree.SubElement(cell, _q("v")).text = str(table.setdefault(text, len(table)))
    root = etree.Element(_q("sst"), nsmap={None: MAIN}, count=str(len(table)), uniqueCount=str(len(table)))
    for number, text in enumerate(table):
        item = etree.SubElement(root, _q("si"))
        pieces = [text[:1], text[1:]] if number % 2 and len(text) > 1 else [text]
        for piece in pieces:
            home = etree.SubElement(item, _q("r")) if len(pieces) > 1 else item
            space = {"{http://www.w3.org/XML/1998/namespace}space": "preserve"}
            etree.SubElement(home, _q("t"), space).text = piece
        if len(pieces) > 1:
            hint = etree.SubElement(item, _q("rPh"), sb="0", eb="1")
            etree.SubElement(hint, _q("t")).text = "hint"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    return _part(_put(package, trees), "sharedStrings.xml", "sharedStrings", kind, etree.tostring(root))


def shared_formulas(package: Package) -> Package:
    """Formulas along a row that are copies of one another: written once, then named by a number."""
    trees = _sheets(package)
    for tree in trees.values():
        number = 0
        for row in tree.iter(_q("row")):
            groups: list[tuple[Translator, list[etree._Element]]] = []
            for cell in row:
                formula = cell.find(_q("f"))
                if formula is None or formula.get("t"):
                    continue
                for master, group in groups[-6:]:
                    if master.translate_formula(cell.get("r")) == f"={formula.text}":
                        group.append(cell)
                        break
                else:
                    groups.append((Translator(f"={formula.text}", origin=cell.get("r")), [cell]))
            for _, group in groups:
                if len(group) > 1:
                    for place, cell in enumerate(group):
                        formula = cell.find(_q("f"))
                        formula.set("t", "shared")
                        formula.set("si", str(number))
                        if place:
                            formula.text = None
                        else:
                            formula.set("ref", f"{cell.get('r')}:{group[-1].get('r')}")
                    number += 1
    return _put(package, trees)


def calculation_chain(package: Package) -> Package:
    """The order in which Excel calculated last."""
    root = etree.Element(_q("calcChain"), nsmap={None: MAIN})
    for number, tree in enumerate(_sheets(package).values(), 1):
        for cell in tree.iter(_q("c")):
            if cell.find(_q("f")) is not None:
                etree.SubElement(root, _q("c"), r=cell.get("r"), i=str(number))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    return _part(package, "calcChain.xml", "calcChain", kind, etree.tostring(root))


def reordered(package: Package) -> Package:
    """The parts in another order, the list of types first and the sheets backwards."""
    return {
        name: package[name] for name in sorted(package, key=lambda name: (name[0] != "[", name), reverse=False)[::-1]
    }


def absolute(package: Package) -> Package:
    """Relationships that name their parts from the root of the package."""
    name = "xl/_rels/workbook.xml.rels"
    return package | {name: re.sub(rb'Target="(?!/)', b'Target="/xl/', package[name])}


def prefixed(package: Package) -> Package:
    """Elements of the sheets under a prefix of their own."""
    trees = {}
    for name, tree in _sheets(package).items():
        root = etree.Element(tree.tag, tree.attrib, nsmap={"x": MAIN} | {k: v for k, v in tree.nsmap.items() if k})
        root.extend(list(tree))
        etree.cleanup_namespaces(root, top_nsmap={"x": MAIN})
        trees[name] = root
    made = _put(package, trees)
    assert b"<x:c " in made["xl/worksheets/sheet2.xml"]
    return made


def unaddressed(package: Package) -> Package:
    """Cells without an address wherever it is that of the column after the one before."""
    trees = _sheets(package)
    for tree in trees.values():
        for row in tree.iter(_q("row")):
            before = 0
            for cell in row:
                column = column_index_from_string(cell.get("r").removesuffix(row.get("r")))
                if column == before + 1:
                    del cell.attrib["r"]
                before = column
    return _put(package, trees)


def future(package: Package) -> Package:
    """Functions under the prefix that Excel gives to those younger than the format."""
    return package | {
        name: re.sub(rb"(?<=<f>)SUM(?=[(P])", b"_xlfn.SUM", data)
        for name, data in package.items()
        if name.startswith("xl/worksheets/sheet")
    }


HABITS: dict[str, Callable[[Package], Package]] = {
    "shared strings": shared_strings,
    "shared formulas": shared_formulas,
    "calculation chain": calculation_chain,
    "reordered parts": reordered,
    "absolute targets": absolute,
    "prefixed elements": prefixed,
    "cells without address": unaddressed,
    "prefixed functions": future,
}
EXCEL = ("shared strings", "shared formulas", "calculation chain", "reordered parts")
