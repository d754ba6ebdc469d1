"""The schema of page layouts: every key of a layout table (see docs/layout.md) with its type and default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from .address import MAX_COLUMNS
from .look import FONT
from .ops import EPOCH, IMAGE
from .page_types import (
    Areas,
    Cell,
    Columns,
    Format,
    Height,
    Key,
    Line,
    Range,
    Role,
    Row,
    Shown,
    Step,
    Style,
    Tab,
    Text,
    Width,
)  # fmt: skip


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PlaceEntry(_Table):
    """Where a block stands; every other key is an axis with its step."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Step]
    at: Cell
    format: Format = None
    role: Role | None = None
    box: list[str] | None = None
    outline: Literal["thin", "medium", "thick", ""] = "thin"

    @property
    def steps(self) -> dict[str, list[int]]:
        return self.__pydantic_extra__


class LabelEntry(_Table):
    """A text or number at a cell or over a range; `cover` merges the cells around a block's number."""

    at: Range
    text: Shown = None
    key: str | None = None
    style: Style = "label"
    each: list[Literal[IMAGE, EPOCH]] = []  # type: ignore[valid-type]
    cover: bool = False


class BandEntry(_Table):
    """The columns of each sample."""

    at: Cell
    width: int = Field(ge=1, le=MAX_COLUMNS)
    keys: list[Key] = []


class SeriesEntry(_Table):
    """Points of a chart: two blocks."""

    key: str
    x: str
    y: str
    style: Line = "markers"


class ChartEntry(_Table):
    """A scatter chart."""

    at: Cell
    key: str
    series: list[SeriesEntry] = Field(min_length=1)
    x: str = ""
    y: str = ""
    fit: bool = False


class SolverEntry(_Table):
    """What Data › Solver opens with."""

    cost: Cell
    changing: Areas


class SheetEntry(_Table):
    """A sheet, in the order of its tabs."""

    id: Text
    name: Tab | None = None
    images: Literal["train", "test"] = "train"
    band: BandEntry | None = None
    band_widths: list[Width] | None = None
    widths: dict[Columns, Width] = {}
    heights: dict[Row, Height] = {}
    height: Height | None = None
    freeze: Cell | None = None
    font: Annotated[Text, Field(max_length=31)] = FONT
    solver: SolverEntry | None = None
    labels: list[LabelEntry] = []
    places: dict[str, PlaceEntry] = {}
    charts: list[ChartEntry] = []


class Page(_Table):
    """A layout: its sheets, and how far apart its epochs are."""

    epoch: Step = [0, 0]
    sheets: list[SheetEntry] = Field(min_length=1)


TABLES: dict[tuple[str, ...], type[BaseModel]] = {
    (): Page,
    ("sheets",): SheetEntry,
    ("sheets", "band"): BandEntry,
    ("sheets", "labels"): LabelEntry,
    ("sheets", "charts"): ChartEntry,
    ("sheets", "charts", "series"): SeriesEntry,
    ("sheets", "solver"): SolverEntry,
}
"""The tables that take no keys but their own, by the keys on the way to them."""
