"""Formula texts compared as a spreadsheet would: programs respell them when they save a file."""

from __future__ import annotations

import re

_PIECE = re.compile(r'("(?:[^"]|"")*")|(\'(?:[^\']|\'\')*\')|(\s+)|([^"\'\s]+)')


def same_formula(one: str, other: str) -> bool:
    """Whether two formulas differ in nothing but spaces, letter case, quotes round sheet names, _xlfn and @."""
    return one == other or _spelled(one) == _spelled(other)


def _spelled(formula: str) -> str:
    words = []
    for text, name, _, rest in _PIECE.findall(formula):
        if text:
            words.append(text)
        elif name:
            words.append(name[1:-1].replace("''", "'").upper())
        else:
            words.append(rest.upper().replace("_XLFN.", "").replace("@", ""))
    return "".join(words)
