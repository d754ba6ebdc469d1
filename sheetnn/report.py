"""What `verify` finds: mismatching cells, what each source compared, and the report of one workbook."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 1000
"""How many mismatches of one source are kept with all details; the rest are counted."""


@dataclass(frozen=True)
class Mismatch:
    """One cell that is not as it should be, found by `source` (formula, input, stored, or an engine)."""

    source: str
    sheet: str
    cell: str
    block: str
    index: tuple[int, ...]  # counted from 1, as the book does
    epoch: int | None
    formula: str
    expected: Any
    got: Any
    follows: bool = False  # the generated formula gives this value from the cells that it reads: it is not the cause

    @property
    def where(self) -> str:
        """`hidden.w[1,3]@1`."""
        index = f"[{','.join(map(str, self.index))}]" if self.index else ""
        return f"{self.block}{index}{'' if self.epoch is None else f'@{self.epoch}'}"

    @property
    def distance(self) -> float:
        """How far off; infinite where there is no number to compare."""
        numbers = isinstance(self.expected, int | float) and isinstance(self.got, int | float)
        return abs(self.got - self.expected) if numbers else float("inf")


@dataclass
class Check:
    """What one source found: cells compared, how many differ, the largest difference among equal ones."""

    source: str
    compared: int = 0
    different: int = 0
    follow: int = 0  # of the different ones, those that follow from others by the generated formula
    largest: float = 0.0
    largest_at: str = ""
    scaled: int = 0  # cells that only the scaled tolerance accepts
    rounded: int = 0  # cells that differ by rounding alone: each follows from those that it reads
    widest: float = 0.0  # the largest difference that was accepted so
    unstored: int = 0  # formulas for which the file stores no value at all
    blank: bool = False  # the file stores no value for any formula: saved by a program that does not calculate
    stale: bool = False  # the stored values that differ are those of other inputs
    control: str = ""  # the falsified cell that the engine restored
    version: str = ""  # what the engine says of itself


@dataclass(frozen=True)
class Outside:
    """Formulas on one sheet that are not of the model, and the smallest rectangle around them."""

    sheet: str
    area: str
    count: int


@dataclass
class Report:
    """The result for one workbook."""

    path: str
    recipe: str
    formulas: int
    stored: int = 0  # formulas, of the model or not, that store a value
    checks: list[Check] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)
    extra: int = 0  # formulas outside the model, which nothing vouches for
    outside: list[Outside] = field(default_factory=list)  # where they stand

    @property
    def ok(self) -> bool:
        return not any(check.different for check in self.checks)

    def worst_first(self) -> list[tuple[str, list[Mismatch]]]:
        """Mismatches grouped by block: causes before what follows from them, then the worst first."""
        groups: dict[str, list[Mismatch]] = {}
        for mismatch in sorted(self.mismatches, key=lambda one: (one.follows, -one.distance)):
            groups.setdefault(mismatch.block, []).append(mismatch)
        return list(groups.items())

    def told_apart(self) -> tuple[list[tuple[str, list[Mismatch]]], list[tuple[str, list[Mismatch]]]]:
        """Groups of causes, and groups of what only follows from them."""
        both = []
        for follows in (False, True):
            groups = [
                (block, [one for one in found if one.follows is follows]) for block, found in self.worst_first()
            ]
            both.append([(block, found) for block, found in groups if found])
        return both[0], both[1]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        from .judgement import judge

        table = {key: value for key, value in asdict(self).items() if key != "mismatches"}
        found = [
            {**asdict(one), "where": one.where, "expected": _plain(one.expected), "got": _plain(one.got)}
            for _, group in self.worst_first()
            for one in group
        ]
        parts = [asdict(part) for part in judge(self)]
        return {"schema": "sheetnn.verify/1", "ok": self.ok, "parts": parts, **table, "mismatches": found}


@dataclass(frozen=True)
class Trouble:
    """A workbook of which there is no verdict, and why."""

    path: str
    said: str


@dataclass(frozen=True)
class Proof:
    """The results of one run over several workbooks, in their order."""

    results: tuple[Report | Trouble, ...]

    @property
    def reports(self) -> list[Report]:
        return [one for one in self.results if isinstance(one, Report)]

    @property
    def troubles(self) -> list[Trouble]:
        return [one for one in self.results if isinstance(one, Trouble)]

    @property
    def code(self) -> int:
        """The worst of all exit codes: 0 ok, 1 a failed check, 2 trouble."""
        return 2 if self.troubles else 0 if all(report.ok for report in self.reports) else 1

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        troubles = [asdict(one) for one in self.troubles]
        return {
            "schema": "sheetnn.verify/1",
            "ok": self.code == 0,
            "reports": [report.as_dict() for report in self.reports],
            "troubles": troubles,
        }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
