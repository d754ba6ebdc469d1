"""The grades of a class as a table, as a CSV file, and summed up."""

from __future__ import annotations

import csv
import io
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .console import short
from .grading import Grade
from .output import check_output, written

_FORMULA = tuple("=+-@＝＋－＠\t\r|")


@dataclass(frozen=True)
class Gradebook:
    """The grades in the order of the submissions."""

    grades: tuple[Grade, ...]

    @property
    def graded(self) -> list[Grade]:
        return [grade for grade in self.grades if not grade.trouble]

    @property
    def blocks(self) -> list[str]:
        return list(dict.fromkeys(block for grade in self.graded for block in grade.parts))

    @property
    def code(self) -> int:
        """0 if all is right, 1 if something is not, 2 if something could not be graded."""
        return 2 if len(self.graded) < len(self.grades) else 0 if all(grade.ok for grade in self.grades) else 1

    def summary(self) -> dict[str, Any]:
        """Mean and median score, the share of right answers by block, and where most went wrong first."""
        scores = [grade.score for grade in self.graded]
        rates = {}
        for block in self.blocks:
            counts = [grade.parts[block] for grade in self.graded if block in grade.parts]
            rates[block] = sum(right for right, _ in counts) / sum(asked for _, asked in counts)
        firsts = Counter(first.where for grade in self.graded if (first := grade.first) and not first.blank)
        most = max(firsts.values(), default=0)
        return {
            "graded": len(scores),
            "not_graded": len(self.grades) - len(scores),
            "mean": statistics.fmean(scores) if scores else None,
            "median": statistics.median(scores) if scores else None,
            "parts": rates,
            "first_wrong": [{"where": where, "count": n} for where, n in firsts.items() if n == most],
        }

    def rows(self) -> Iterator[list[str]]:
        """A heading, then a row for each submission."""
        yield ["file", "score %", "right", "asked", *self.blocks, "first wrong step", "changed givens", "remark"]
        for grade in self.grades:
            if grade.trouble:
                yield [grade.path, *[""] * (3 + len(self.blocks)), "", "", f"not graded: {grade.trouble}"]
                continue
            parts = ["{}/{}".format(*grade.parts[block]) if block in grade.parts else "" for block in self.blocks]
            changed = [f"{one.where} ({one.given:g} -> {short(one.got)})" for one in grade.changed]
            more = f"and {len(changed) - 5} more" if len(changed) > 5 else ""
            yield [
                grade.path,
                f"{100 * grade.score:.1f}",
                str(grade.right),
                str(grade.asked),
                *parts,
                grade.first.told if grade.first else "",
                ", ".join([*changed[:5], *([more] if more else [])]),
                "; ".join(grade.remarks),
            ]

    def save(self, target: Path, force: bool = False) -> None:
        """Write the rows as CSV in UTF-8 with its mark, as Excel reads it. Raises FileError."""
        check_csv(target, force)
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows([harmless(cell) for cell in row] for row in self.rows())
        with written(target, force) as file:
            file.write(text.getvalue().encode("utf-8-sig", "replace"))


def check_csv(target: Path, force: bool) -> None:
    """Refuse a target for the table; see `sheetnn.output.check_output`."""
    check_output(target, force, "a table", (".csv",))


def harmless(text: str) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula: text that begins like one gets an apostrophe."""
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
