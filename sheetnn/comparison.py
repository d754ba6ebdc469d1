"""What `diff` finds: differing cells, what caused them, how many of each block, and the counts over all."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .address import cell_name
from .naming import Owner
from .reader import StoredCell

PARTS = ("cause", "outside", "recipe", "unexplained", "one-model", "consequence")
"""What a difference is to the model, in the order of telling; empty where no model is known."""


class Difference(NamedTuple):
    """One thing in which the files differ: `kind` is sheet, formula, type, missing or value.

    `line_a` and `line_b` are the cell's place among the compared cells of its sheet, counted from 1; where a file
    lacks the cell, that of the cell before.
    """

    kind: str
    sheet: str
    row: int
    column: int
    left: StoredCell | None
    right: StoredCell | None
    line_a: int = 0
    line_b: int = 0
    order: int = 0  # of the sheet
    part: str = ""
    block: str = ""
    name: str = ""  # in the first file's model, such as hidden.w[1,3]@1
    name_b: str = ""  # in the second's
    owner: Owner | None = None

    @property
    def cell(self) -> str:
        return cell_name(self.row, self.column) if self.row else ""

    @property
    def where(self) -> str:
        return f"{self.sheet}!{self.cell}" if self.row else self.sheet

    @property
    def formula(self) -> str:
        """The formula that both cells share, without '='."""
        alike = self.left and self.right and self.kind in ("value", "type")
        return self.left.formula if alike and self.left else ""

    @property
    def a(self) -> Any:
        return self._shown(self.left, self.line_a)

    @property
    def b(self) -> Any:
        return self._shown(self.right, self.line_b)

    def _shown(self, cell: StoredCell | None, line: int) -> Any:
        if self.kind == "sheet":
            return "present" if line else "missing"
        if cell is None:
            return None
        return f"={cell.formula}" if cell.formula and self.kind in ("formula", "missing") else cell.value

    @property
    def apart(self) -> float:
        """How far the numbers are apart; infinite where they are no numbers."""
        if self.left is None or self.right is None:
            return math.inf
        one, other = self.left.value, self.right.value
        return abs(one - other) if isinstance(one, float) and isinstance(other, float) else math.inf

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "sheet": self.sheet,
            "cell": self.cell,
            "a": plain(self.a),
            "b": plain(self.b),
            "formula": self.formula,
            "part": self.part,
            "block": self.block,
            "name": self.name,
            "name_b": self.name_b,
        }


@dataclass(frozen=True)
class Cause:
    """A change from which others follow: of the `recipe`, of an `input`, or of a `formula`.

    It is one cell, or, where there are many causes, those of one block: then `cells` counts them and the rest tells
    one of them. `dependents` counts the differing cells with a formula that depend on it; None for a recipe, and
    where values are not compared.
    """

    kind: str
    name: str
    a: Any
    b: Any
    block: str = ""
    where: str = ""
    cells: int = 1
    dependents: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {**vars(self), "a": plain(self.a), "b": plain(self.b)}


@dataclass
class BlockChanges:
    """How many cells of one block differ, and as what; `only_in` is A or B for cells that one model alone has."""

    block: str
    only_in: str = ""
    causes: int = 0
    consequences: int = 0
    unexplained: int = 0
    one_model: int = 0
    worst: float = 0.0
    worst_at: str = ""


@dataclass
class Comparison:
    """The result: cells compared, equal within tolerance but not exactly, and different.

    `causes` and `blocks` are filled where both files were built by sheetnn.
    """

    a: str
    b: str
    sheets: list[str] = field(default_factory=list)  # those asked for; none: all
    ignore: list[str] = field(default_factory=list)
    rtol: float = 0.0
    atol: float = 0.0
    values_only: bool = False
    formulas_only: bool = False
    compared: int = 0
    within: int = 0
    different: int = 0
    unexplained: int = 0  # stored values that follow from no cause
    worst: float = 0.0
    worst_at: str = ""
    modelled: bool = False
    causes: list[Cause] = field(default_factory=list)
    blocks: list[BlockChanges] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return self.different == 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "schema": "sheetnn.diff/1",
            "version": 1,
            "ok": self.ok,
            **vars(self),
            "causes": [one.as_dict() for one in self.causes],
            "blocks": [vars(one) for one in self.blocks],
            "differences": [one.as_dict() for one in self.differences],
        }


def plain(value: Any) -> Any:
    """For JSON, which has no NaN and no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, bool | int | float | str | list | dict) else str(value)
