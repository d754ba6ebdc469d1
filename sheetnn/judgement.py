"""The judgement on one workbook in two parts: its formulas, and its values, whoever edited it."""

from __future__ import annotations

from dataclasses import dataclass

from .report import Check, Report
from .tolerance import ABSOLUTE, FIRST_ABSOLUTE, FIRST_EPOCHS, FIRST_RELATIVE, RELATIVE, SAFETY

FORMULAS, VALUES = "formulas as generated?", "values consistent with its inputs?"
NAMES = {"formula": "formulas as generated", "input": "inputs are numbers", "stored": "stored values"}
RECALCULATE = "open and save it in a spreadsheet program"
TOLERANCE = (
    f"equal means |got - expected| <= {ABSOLUTE:g} + {RELATIVE:g}*|expected|, in the first {FIRST_EPOCHS} epochs "
    f"{FIRST_ABSOLUTE:g} + {FIRST_RELATIVE:g}*|expected|"
)
SCALED = (
    "the training magnifies the last digit, so every program drifts from every other: moving the start by one unit "
    f"in the last place moves these cells as far (bound: {SAFETY} times that), and each epoch follows from the one "
    "before within the fixed tolerance"
)

ROUNDED = (
    "rounding alone; each of them is what its formula gives from the very cells that it reads, and formulas that "
    "cancel or decide by the last digit magnify that"
)


@dataclass(frozen=True)
class Part:
    """One question with its answer: yes, no, stale (right once it is recalculated), or not judged."""

    question: str
    answer: str
    said: str


def judge(report: Report) -> tuple[Part, Part]:
    """Part one on the formula texts, part two on inputs, stored values and what the engines compute."""
    checks = {check.source: check for check in report.checks}
    formulas = checks["formula"]
    said = [_differ(formulas.different) if formulas.different else f"all {formulas.compared:,} are"]
    if report.extra:
        said.append(outside(report))
    one = Part(FORMULAS, "no" if formulas.different else "yes", "; ".join(said))
    others = [check for check in report.checks if check.source != "formula"]
    return one, Part(VALUES, *_values(others, bool(formulas.different)))


def _values(checks: list[Check], edited: bool) -> tuple[str, str]:
    inputs = [check for check in checks if check.source == "input" and check.different]
    if inputs:
        return "no", f"{inputs[0].different:,} input cells hold no number, so nothing was recalculated"
    judged = [check for check in checks if check.source != "input"]
    if not judged:
        return "not judged", "no formula that gives a number is as generated, so no engine can be held to the proof"
    wrong = [check for check in judged if check.different]
    said = [f"{name(check)}: {differing(check)}" for check in wrong if not check.stale]
    said += [stale(check) for check in judged if check.stale or check.blank]
    if edited and said and any(check.different and not check.stale for check in judged):
        said.append("expected are the values of the generated formulas")
    if not wrong:
        agree = [name(check) for check in judged if not check.blank]
        return "yes", "; ".join([f"{' and '.join(agree)} agree", *said])
    return "stale" if all(check.stale for check in wrong) else "no", "; ".join(said)


def name(check: Check) -> str:
    """A check as a reader knows it."""
    return NAMES.get(check.source, check.source)


def differing(check: Check) -> str:
    """How many cells differ, and how many of them only because they read others that do."""
    follow = f", {check.follow:,} of them only follow from the others" if check.follow else ""
    return f"{_differ(check.different)}{follow}"


def _differ(count: int) -> str:
    return "1 differs" if count == 1 else f"{count:,} differ"


def stale(check: Check) -> str:
    """What is said of stored values that are missing or those of other inputs."""
    if check.blank:
        return f"no values are stored: it was not recalculated when it was saved; {RECALCULATE}"
    return (
        f"{check.different:,} stored values are stale: they follow from other inputs and were not recalculated; "
        f"{RECALCULATE}"
    )


def outside(report: Report) -> str:
    """How many formulas nothing vouches for, and where they stand."""
    places = ", ".join(f"{one.sheet}!{one.area}" for one in report.outside[:5])
    more = f" and {len(report.outside) - 5} more sheets" if len(report.outside) > 5 else ""
    return f"{report.extra:,} formulas outside the model were not judged ({places}{more})"


def tally(check: Check) -> str:
    """The outcome of one check for a cell of a table."""
    if check.different:
        blank = "none stored, " if check.blank else ""
        return f"{blank}{check.different:,} of {check.compared:,} {'are stale' if check.stale else 'differ'}"
    return "none stored" if check.blank else f"all {check.compared:,} agree"


def verdict(check: Check) -> str:
    """The outcome of one check in a few words."""
    if check.stale:
        return f"{check.different:,} stale"
    if check.different:
        return ("none stored, " if check.blank else "") + differing(check)
    return "none stored" if check.blank else "all agree"


def notes(check: Check) -> list[str]:
    """What else there is to say of one check."""
    said = []
    if check.largest_at:
        said.append(f"largest difference {check.largest:.2g} at {check.largest_at}")
    if check.control:
        said.append(f"restored the false value planted in {check.control}")
    if check.scaled:
        said.append(
            f"{check.scaled:,} cells accepted only by the scaled tolerance (up to {check.widest:.2g} off): {SCALED}"
        )
    if check.rounded:
        said.append(f"{check.rounded:,} cells are up to {check.widest:.2g} off: {ROUNDED}")
    return said
