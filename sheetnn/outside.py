"""Formulas that would reach out of their workbook: refused as they stream by.

The rows of a sheet repeat from epoch to epoch but for the numbers in them. So a row's formulas are looked at without
their digits, and only if no row looked like it before: that costs a few per cent of the time that reading takes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .markup import RefusedError, shown

REACHING = frozenset(
    """WEBSERVICE RTD CALL REGISTER REGISTER.ID UNREGISTER EXEC EXECUTE EXECSQL READDBTABLE ATL_LAST IMAGE SQL.REQUEST
    SQL.OPEN SQL.BIND SQL.EXEC.QUERY SQL.RETRIEVE SQL.CLOSE DDE INITIATE POKE REQUEST TERMINATE FOPEN FWRITE FWRITELN
    FREAD FREADLN RUN EVALUATE STOCKHISTORY IMPORTDATA IMPORTXML IMPORTHTML IMPORTFEED IMPORTRANGE GOOGLEFINANCE
    COPILOT PY TRANSLATE DETECTLANGUAGE CUBEVALUE CUBEMEMBER CUBESET CUBESETCOUNT CUBEKPIMEMBER CUBERANKEDMEMBER
    CUBEMEMBERPROPERTY""".split()
)
"""Functions that fetch, run or write something outside of the workbook, in any spreadsheet program."""
_QUOTED = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'!?")
_CALLED = re.compile(r"([A-Z_][A-Z_.]*)\s*\(")
_PASSED = re.compile(r"_XLETA\.([A-Z_.]+)")  # a function handed to another one by its name
_PREFIX = re.compile(r"(?:_XL[A-Z]*\.)+")
_LINK = re.compile(r"HYPERLINK\s*\((?!\s*\"#)")
_OTHER_BOOK = re.compile(r"\[[^\[\]]*\][^\s(),;+*/^&<>=\"-]*!")
_FILE = re.compile(r"'FILE:[^']*'#|\bFILE:/")  # as LibreOffice writes a link to another file
_ODD = re.compile("_XLETA|FILE:")
_DIGITS = b"0123456789"
_BETWEEN = "\0"  # no XML can hold it


class Outlook:
    """Looks at the formulas of one workbook, whose own sheets have these names."""

    def __init__(self, sheets: Collection[str]) -> None:
        self._sheets = {_without_digits(f"'{name}'!").upper() for name in sheets}
        self._seen: set[bytes] = set()

    def look(self, formulas: Sequence[str]) -> None:
        """Raise RefusedError for a formula that reaches out of the workbook."""
        if not formulas:
            return
        row = _BETWEEN.join(formulas).encode("utf-8", "replace").translate(None, _DIGITS)
        if row not in self._seen:
            bare = row.decode().split(_BETWEEN)
            for text, formula in dict(zip(bare, formulas, strict=True)).items():
                if why := self._reaches(text.upper()):
                    raise RefusedError(f"refused, a formula {why}: {shown(formula)}")
            if len(self._seen) < 10_000 and len(row) < 1_000_000:
                self._seen.add(row)

    def _reaches(self, formula: str) -> str:
        """How a formula without its digits, in upper case, reaches out; empty if it does not."""
        if "(" not in formula and "!" not in formula and "|" not in formula and not _ODD.search(formula):
            return ""
        strange = False

        def plain(match: re.Match[str]) -> str:
            nonlocal strange
            text = match[0]
            if text[0] == '"':
                return '"#"' if text.startswith('"#') else '""'
            strange |= text.endswith("!") and ("[" in text or ("|" in text and text not in self._sheets))
            return "''!" if text.endswith("!") else "''"

        bare = _QUOTED.sub(plain, formula)
        for name in [*_CALLED.findall(bare), *_PASSED.findall(bare)]:
            if _PREFIX.sub("", name) in REACHING:
                return f"calls {_PREFIX.sub('', name)}, which reaches out of the workbook"
        if "|" in bare:
            return "starts a program by DDE"
        if strange or _FILE.search(formula) or _OTHER_BOOK.search(bare):
            return "reads another file"
        return "links with HYPERLINK to a place that is not '#...' in this workbook" if _LINK.search(bare) else ""


def _without_digits(text: str) -> str:
    return text.encode("utf-8", "replace").translate(None, _DIGITS).decode()
