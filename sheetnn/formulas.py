"""Formula texts compared as a spreadsheet would: programs respell them when they save a file."""

from __future__ import annotations

import re

_PIECE = re.compile(r'("(?:[^"]|"")*")|(\'(?:[^\']|\'\')*\')|(\s+)|([^"\'\s]+)')

_LOOSE = re.compile(r" *([-+*/^&=<>(),;:{}]) *")  # a space beside an operator means nothing; within a name it does


def same_formula(one: str, other: str) -> bool:
    """Whether two formulas differ in nothing but spaces, letter case, quotes round sheet names, _xlfn and @."""
    return one == other or _spelled(one) == _spelled(other)


def _spelled(formula: str) -> str:
    words = []
    for text, name, space, rest in _PIECE.findall(formula):
        if text:
            words.append(text)
        elif name:
            words.append(name[1:-1].replace("''", "'").upper())
        elif space:
            words.append(" ")
        else:
            words.append(rest.upper().replace("_XLFN.", "").replace("@", ""))
    return _LOOSE.sub(r"\1", "".join(words).strip())
