"""The markup of a part that may come from anybody: what a spreadsheet never writes, and programs read differently."""

from __future__ import annotations

import re

_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?>\s|<\?(?>[^?]|\?(?!>))*\?>|<!--(?>[^-]|-(?!->))*-->)*+<[A-Za-z_:]")
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*\?>")
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")


class RefusedError(ValueError):
    """Something in a workbook that is not damaged but may do harm."""


def check_head(head: bytes) -> None:
    """Raise RefusedError or ValueError for a part that begins like this."""
    if re.search(rb"<!DOCTYPE|<!ENTITY", head):
        raise RefusedError("declares a document type (DOCTYPE, ENTITY), which no workbook needs")
    coded = _ENCODING.search(head)
    if b"\0" in head or (coded and coded[1].lower() not in (b"utf-8", b"us-ascii", b"ascii")):
        raise RefusedError("is not written in UTF-8")
    if not _PROLOG.match(head):
        raise ValueError("is no XML")


def check_markup(data: bytes, first: bool) -> None:
    """Raise RefusedError for comments, CDATA and instructions, which no spreadsheet writes among numbers.

    Programs differ in what they take the text around those for. `first`: the data begin a part.
    """
    prolog = _DECLARATION.match(data) if first else None
    if b"<!" in data or data.find(b"<?", prolog.end() if prolog else 0) >= 0:
        raise RefusedError("refused, it holds a comment, CDATA or a processing instruction among its cells")


def shown(text: str) -> str:
    """Text out of a file for a message: one short line of printable characters."""
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return repr(text if len(text) <= 80 else text[:77] + "...")
