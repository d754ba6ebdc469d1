"""The report as one HTML page that needs nothing else: every text is escaped by the library that writes it."""

from __future__ import annotations

from lxml import etree

from ..report import Proof
from .content import TITLE, Heading, Line, Piece, Table, content
from .elements import element

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75em; margin: 2em auto; padding: 0 1em; }
h1, h2, h3 { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5em 0 1em; }
th, td { border: 1px solid #8886; padding: .25em .6em; text-align: left; vertical-align: top; }
th { background: #8882; }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
.bad { color: #b3261e; font-weight: 600; }
@media (prefers-color-scheme: dark) { .bad { color: #ff8a80; } }
"""
_BAD = ("NO", "STALE", "no verdict")


def html(proof: Proof) -> bytes:
    """The report as a page in UTF-8."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", TITLE),
        element("style", _STYLE),
    )
    page = element("html", head, element("body", *(_piece(piece) for piece in content(proof))), lang="en")
    return etree.tostring(page, method="html", encoding="utf-8", doctype="<!DOCTYPE html>", pretty_print=True)


def _piece(piece: Piece) -> etree._Element:
    if isinstance(piece, Heading):
        return element(f"h{piece.level}", piece.text)
    if isinstance(piece, Line):
        return element("p", piece.text)
    head = element("tr", *(element("th", text) for text in piece.head))
    rows = [element("tr", *(_cell(piece, n, text) for n, text in enumerate(row))) for row in piece.rows]
    return element("div", element("table", element("thead", head), element("tbody", *rows)), class_="wide")


def _cell(table: Table, number: int, text: str) -> etree._Element:
    if number in table.code:
        return element("td", element("code", text))
    return element("td", text, class_="bad") if text in _BAD else element("td", text)
