"""What a name from a user's file may be, so that a cell and a formula can hold it."""

from __future__ import annotations

import re
import unicodedata

from .errors import RecipeError

LONGEST = 255
"""Characters that a text inside a formula may have, counted as Excel counts: in units of UTF-16."""
_ESCAPE = re.compile("_x[0-9A-Fa-f]{4}_")
"""What workbooks write for a character: some programs read it back as that character, others as it stands."""
LONGEST_TAB = 31
"""Characters that the name of a sheet may have, in units of UTF-16."""
_NO_TAB = "[]:*?/\\"
RESERVED = ("history", "_sheetnn")
"""Names of sheets, folded: Excel's own for its log of changes, and the hidden sheet of the recipe."""


def plain(text: str) -> str:
    """The name without spaces around it, and composed, so that what looks the same is the same."""
    return unicodedata.normalize("NFC", text.strip())


def folded(name: str) -> str:
    """What two names have in common that a spreadsheet takes for the same."""
    return unicodedata.normalize("NFC", name.casefold())


def check_name(name: str, where: str) -> None:
    """Refuse a name that is empty, too long, or has a character that a cell cannot hold. Raises RecipeError."""
    if not name:
        raise RecipeError(f"{where} is empty; expected a name or a whole number")
    length = len(name.encode("utf-16-le", "surrogatepass")) // 2
    if length > LONGEST:
        raise RecipeError(f"{where} is {length:,} characters long; expected at most {LONGEST}")
    if found := _ESCAPE.search(name):
        raise RecipeError(f"{where} has {found[0]!r}, which spreadsheets take for a character; write it otherwise")
    for letter in name:
        # Cc: tab, line end and the like; Cs: halves of a pair; Zl, Zp: line ends; the last two are no XML
        if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in "\ufffe\uffff":
            raise RecipeError(f"{where} has the control character U+{ord(letter):04X}; take it out")


def check_sheet_name(name: str, where: str) -> None:
    """Refuse what no tab of a workbook may be called. Raises RecipeError."""
    check_name(name, where)
    if (length := len(name.encode("utf-16-le")) // 2) > LONGEST_TAB:
        raise RecipeError(f"{where} is {length} characters long; a sheet's name has at most {LONGEST_TAB}")
    if found := sorted(set(name) & set(_NO_TAB)):
        raise RecipeError(f"{where} has {' '.join(found)}, which no sheet's name may have")
    if name[0] == "'" or name[-1] == "'":
        raise RecipeError(f"{where} begins or ends with ', which no sheet's name may")
    if folded(name) in RESERVED:
        raise RecipeError(f"{where} is {name!r}, which is reserved; choose another name")
