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
    largest: float = 0.0
    largest_at: str = ""
    scaled: int = 0  # cells that only the scaled tolerance accepts
    unstored: int = 0  # formulas for which the file stores no value at all
    control: str = ""  # the falsified cell that the engine restored


@dataclass
class Report:
    """The result for one workbook."""

    path: str
    recipe: str
    formulas: int
    checks: list[Check] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)
    extra: int = 0  # formulas outside the model, which nothing vouches for

    @property
    def ok(self) -> bool:
        return not any(check.different for check in self.checks)

    def worst_first(self) -> list[tuple[str, list[Mismatch]]]:
        """Mismatches grouped by block, the group with the worst first."""
        groups: dict[str, list[Mismatch]] = {}
        for mismatch in sorted(self.mismatches, key=lambda one: -one.distance):
            groups.setdefault(mismatch.block, []).append(mismatch)
        return list(groups.items())

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        table = {key: value for key, value in asdict(self).items() if key != "mismatches"}
        found = [
            {**asdict(one), "where": one.where, "expected": _plain(one.expected), "got": _plain(one.got)}
            for _, group in self.worst_first()
            for one in group
        ]
        return {"schema": "sheetnn.verify/1", "ok": self.ok, **table, "mismatches": found}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
