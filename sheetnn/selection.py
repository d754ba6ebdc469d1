"""Which sheets and cells two workbooks are compared in: sheets named, and areas left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from .address import MAX_COLUMNS, MAX_ROWS, column_number
from .errors import SheetnnError, nearest
from .reader import StoredCell

_SPAN = re.compile(r"\$?([A-Z]{0,3})\$?([0-9]{0,7})(?::\$?([A-Z]{0,3})\$?([0-9]{0,7}))?", re.IGNORECASE)
_QUOTED = re.compile(r"'((?:[^']|'')+)'(?:!(.*))?", re.DOTALL)


@dataclass(frozen=True)
class Area:
    """A rectangle of cells, both ends included."""

    top: int = 1
    left: int = 1
    bottom: int = MAX_ROWS
    right: int = MAX_COLUMNS

    @property
    def whole(self) -> bool:
        return self == Area()


@dataclass(frozen=True)
class Selection:
    """The sheets to compare (None: all), and by sheet the areas that are left out."""

    sheets: frozenset[str] | None = None
    ignored: Mapping[str, tuple[Area, ...]] = field(default_factory=dict)

    def has(self, sheet: str) -> bool:
        """Whether anything of a sheet is compared."""
        wanted = self.sheets is None or sheet in self.sheets
        return wanted and not any(area.whole for area in self.ignored.get(sheet, ()))

    def of_row(self, sheet: str, row: int, cells: list[StoredCell]) -> list[StoredCell]:
        """The cells of a row that are not left out."""
        for area in self.ignored.get(sheet, ()):
            if area.top <= row <= area.bottom:
                cells = [cell for cell in cells if not area.left <= cell.column <= area.right]
        return cells


def select(sheets: Iterable[str], ignore: Iterable[str], known: Collection[str]) -> Selection:
    """The selection of `--sheet` and `--ignore`, for files with the sheets `known`.

    An area is `SHEET`, `SHEET!A1`, `SHEET!A1:B9`, `SHEET!A:C` or `SHEET!3:5`, with quotes as in a formula if one
    likes. Raises SheetnnError for a sheet that neither file has, and for what is no area.
    """
    wanted = [_known(name, known) for name in sheets]
    ignored: dict[str, tuple[Area, ...]] = {}
    for text in ignore:
        sheet, area = _parse(text, known)
        ignored[sheet] = (*ignored.get(sheet, ()), area)
    return Selection(frozenset(wanted) if wanted else None, ignored)


def _known(name: str, known: Collection[str]) -> str:
    if name in known:
        return name
    listed = ", ".join(repr(one) for one in known) or "none"
    raise SheetnnError(f"neither file has a sheet {name!r}; found {listed}{nearest(name, known)}")


def _parse(text: str, known: Collection[str]) -> tuple[str, Area]:
    """Sheet and area of one `--ignore`."""
    quoted = _QUOTED.fullmatch(text)
    if text in known:  # a sheet's name may hold an exclamation mark
        return text, Area()
    if quoted:
        sheet, span = quoted[1].replace("''", "'"), quoted[2] or ""
    else:
        sheet, _, span = text.rpartition("!") if "!" in text else (text, "", "")
    return _known(sheet, known), _area(span, text) if span else Area()


def _area(span: str, text: str) -> Area:
    match = _SPAN.fullmatch(span)
    if match:
        first, top, last, bottom = ((part or "").upper() for part in match.groups())
        single = ":" not in span
        if single:
            last, bottom = first, top
        if (bool(first), bool(top)) == (bool(last), bool(bottom)) and (not single or (first and top)):
            columns = sorted((column_number(first) or 1, column_number(last) or MAX_COLUMNS))
            rows = sorted((int(top or 1), int(bottom or MAX_ROWS)))
            if rows[0] >= 1 and rows[1] <= MAX_ROWS and columns[1] <= MAX_COLUMNS and (first or top):
                return Area(rows[0], columns[0], rows[1], columns[1])
    raise SheetnnError(f"{text!r}: {span!r} is no area; expected A1, A1:B9, A:C or 3:5 after the sheet's name")
