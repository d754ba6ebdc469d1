"""What stands on a sheet beside the blocks: its measures, the band of images, labels, charts, Solver's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .look import FONT

Step = tuple[int, int]
"""Rows down and columns right."""


@dataclass(frozen=True)
class Band:
    """The columns of a sheet that belong to images: `width` an image from `column` on.

    `keys` name each column of one image in row `key_row`; sums pick their columns by them.
    """

    column: int
    width: int
    key_row: int = 0
    keys: tuple[int | str, ...] = ()


@dataclass(frozen=True)
class Label:
    """A text, number or blank at an address or a merged range, repeated along `each` (image, epoch)."""

    sheet: str
    row: int
    column: int
    last_row: int
    last_column: int
    text: str | int | float
    style: str = "label"
    each: Mapping[str, tuple[int, Step]] = field(default_factory=dict)  # axis -> (count, step)
    cover: bool = False  # only the rest of a merged range, whose first cell belongs to a block

    @property
    def merged(self) -> bool:
        return (self.row, self.column) != (self.last_row, self.last_column)


@dataclass(frozen=True)
class Sheet:
    """One sheet of the workbook: its name as the reader sees it, and its measures."""

    id: str
    name: str
    widths: Mapping[str, float] = field(default_factory=dict)  # "A" or "D:G" -> width in characters
    heights: Mapping[int, float] = field(default_factory=dict)
    height: float | None = None
    freeze: str | None = None
    font: str = FONT
    zoom: int = 100
    grid: bool = True  # whether the lines between cells are drawn
    hidden: tuple[str, ...] = ()  # columns that serve formulas and lists only
    wide: bool = False  # print all of it across one page, not its first part
    printed: int = 0  # the last column printed, if not the usual one


@dataclass(frozen=True)
class Rule:
    """Cells that look otherwise while a formula, written for the first of them, is true. See `look.RULES`."""

    sheet: str
    area: str
    formula: str
    style: str


@dataclass(frozen=True)
class Choice:
    """A cell that takes the numbers of a range of its sheet, or of a list such as 1,2,3."""

    sheet: str
    cell: str
    source: str


@dataclass(frozen=True)
class Link:
    """A cell that leads to another cell of the workbook."""

    sheet: str
    cell: str
    target_sheet: str
    target: str


@dataclass(frozen=True)
class Note:
    """A note on a cell."""

    sheet: str
    cell: str
    text: str


@dataclass(frozen=True)
class Chart:
    """A scatter chart: series of (title, x range, y range, style), the style one of `look.LINES`."""

    sheet: str
    at: str
    title: str
    series: tuple[tuple[str, str, str, str], ...]
    x_title: str = ""
    y_title: str = ""
    y_min: float | None = None
    logarithmic: bool = False
    size: tuple[float, float] = (14, 9)  # cm


@dataclass(frozen=True)
class Solver:
    """What Data > Solver opens with: the cell to minimise and the cells to change."""

    sheet: str
    cost: str
    changing: str
