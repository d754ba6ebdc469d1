"""A page in the making: what it adds to the graph and to the layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..address import cell_name
from ..graph import Graph
from ..labels import Words, plain
from ..layout import Layout, Place
from ..ops import EPOCH
from ..schema import Recipe
from ..sheet import Band, Chart, Choice, Label, Link, Note, Rule, Sheet, Step

NONE: Step = (0, 0)


@dataclass
class Draft:
    """One sheet of a page. Blocks go into `graph` under `page/name`, all else is kept until `finish`."""

    page: str
    graph: Graph
    layout: Layout
    recipe: Recipe
    words: Words
    span: tuple[float, float] | None = None  # of the inputs
    places: dict[str, Place] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)

    def put(self, name: str, row: int, column: int, steps: Mapping[str, Step] | None = None, **look: Any) -> str:
        """Give block `name` its place; returns the name."""
        self.places[name] = Place(self.page, row, column, steps or {}, **look)
        return name

    def number(self, name: str, start: float, row: int, column: int, **look: Any) -> str:
        """A number that the reader may change, in one cell."""
        block = self.graph.constant(f"{self.page}/{name}", {}, start, "choice", self.page)
        return self.put(block, row, column, **look)

    def write(
        self, row: int, column: int, text: str | float, style: str = "text", last: int = 0, lower: int = 0
    ) -> None:
        """A text or number at a cell, merged to column `last` and row `lower` if given."""
        self.labels.append(Label(self.page, row, column, lower or row, last or column, text, style))

    def say(self, row: int, column: int, key: str, style: str = "text", **spot: int) -> None:
        """The words of `key`."""
        text = self.words(f"{self.page}.{key}")
        self.write(row, column, plain(text) if style in ("heading", "symbol") else text, style, **spot)

    def cell(self, name: str, index: Mapping[str, int] | None = None) -> str:
        """The address of one cell of a block, with `$`."""
        row, column = self.places[name].at(index or {})
        return fixed_name(row, column)

    def area(self, name: str) -> str:
        """The rectangle around a block, with `$`; over all epochs if it is repeated."""
        block, place = self.graph[name], self.places[name]
        axes = {EPOCH: self.graph.epochs, **block.axes} if block.repeated else block.axes
        rows, columns = place.cells(axes)
        return f"{fixed_name(rows.min(), columns.min())}:{fixed_name(rows.max(), columns.max())}"

    def rule(self, area: str, formula: str, style: str) -> None:
        self.rules.append(Rule(self.page, area.replace("$", ""), formula, style))

    def paint(self, name: str) -> None:
        """A diverging scale around 0 over a block of weights, as far as the largest of them."""
        area, first = self.area(name), self.cell(name).replace("$", "")
        largest = f"MAX(MAX({area}),-MIN({area}))"
        for sign, style in ((">", "plus"), ("<", "minus")):
            for step in (3, 2, 1):
                bound = f"{'-' if sign == '<' else ''}{largest}*{step - 1}/3"
                self.rule(area, f"AND(ISNUMBER({first}),{first}{sign}{bound})", f"{style}{step}")

    def finish(self, *, first: bool = False, band: Band | None = None, **sheet: Any) -> Layout:
        """The layout with this page: its sheet after all others, or before them if `first`."""
        mine = Sheet(self.page, self.words(f"sheet.{self.page}"), **sheet)
        old = self.layout
        return replace(
            old,
            sheets=(mine, *old.sheets) if first else (*old.sheets, mine),
            places={**old.places, **self.places},
            bands={**old.bands, **({self.page: band} if band else {})},
            labels=(*old.labels, *self.labels),
            charts=(*old.charts, *self.charts),
            rules=(*old.rules, *self.rules),
            choices=(*old.choices, *self.choices),
            links=(*old.links, *self.links),
            notes=(*old.notes, *self.notes),
            graph=self.graph,
        )

    def choose(self, name: str, last: int, column: int, first: int = 1) -> None:
        """Let the cell of `name` take the numbers from `first` to `last`, listed down a hidden column."""
        cell = self.cell(name).replace("$", "")
        if last - first < 80:  # a list in the cell itself takes 255 characters
            self.choices.append(Choice(self.page, cell, ",".join(map(str, range(first, last + 1)))))
            return
        if (first, last - first + 1) == (self.graph.first_epoch, self.graph.epochs):  # one label serves them all
            each = {EPOCH: (self.graph.epochs, (1, 0))}
            self.labels.append(Label(self.page, 1, column, 1, column, "{epoch}", "faint", each))
        else:
            for row, number in enumerate(range(first, last + 1), 1):
                self.write(row, column, number, "faint")
        self.choices.append(
            Choice(self.page, cell, f"{fixed_name(1, column)}:{fixed_name(last - first + 1, column)}")
        )


def fixed_name(row: int, column: int) -> str:
    """An address with `$` before both parts."""
    name = cell_name(int(row), int(column))
    letters = name.rstrip("0123456789")
    return f"${letters}${name[len(letters) :]}"
