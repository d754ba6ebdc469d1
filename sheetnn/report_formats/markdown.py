"""The report as markdown, also as the summary of a job: no text of a workbook can become markup."""

from __future__ import annotations

import re

from ..report import Proof
from .content import Heading, Line, Piece, Table, content

_MARKUP = re.compile(r"[^A-Za-z0-9 .,;()+=/%'!?\n\x80-\U0010ffff:-]|(?<=www)\.|:(?! )", re.IGNORECASE)


def markdown(proof: Proof) -> bytes:
    """The report as GitHub's dialect of markdown, in UTF-8."""
    return "\n".join(_piece(piece) for piece in content(proof)).encode()


def escaped(text: str) -> str:
    """Text in which every character that could be markup is a reference, which markdown never takes for structure."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text.replace("\n", " "))


def _piece(piece: Piece) -> str:
    if isinstance(piece, Heading):
        return f"{'#' * piece.level} {escaped(piece.text)}\n"
    if isinstance(piece, Line):
        return f"{_opening(escaped(piece.text))}\n"
    return _table(piece)


def _opening(text: str) -> str:
    """A line whose beginning is no list, rule or heading."""
    return re.sub(r"^\s*([-+=]|\d+[.)])", lambda match: "".join(f"&#{ord(letter)};" for letter in match[0]), text)


def _table(table: Table) -> str:
    rows = [table.head, ("---",) * len(table.head)]
    rows += [
        tuple(
            f"<code>{escaped(cell)}</code>" if n in table.code and cell else escaped(cell)
            for n, cell in enumerate(row)
        )
        for row in table.rows
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
