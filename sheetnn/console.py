"""How results look on a terminal."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .report import Report

_CELLS = 5  # differing cells printed for each block
_STEERING = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def print_report(report: Report) -> None:
    """One line a check, then what differs: the worst block first, the worst cell of it first."""
    print(f"{report.path}: recipe {report.recipe}, {report.formulas:,} formulas")
    for check in report.checks:
        verdict = f"{check.different:,} differ" if check.different else "all agree"
        if check.unstored and not check.different:
            verdict = "none stored"
        notes = []
        if check.largest_at:
            notes.append(f"largest difference {check.largest:.2g} at {check.largest_at}")
        if check.control:
            notes.append(f"restored the false value planted in {check.control}")
        if check.scaled:
            notes.append(
                f"{check.scaled:,} cells accepted only by the scaled tolerance: moving the start by one unit in "
                "the last place moves them as far"
            )
        if check.unstored and not check.different:
            notes.append("the file stores no values; a program that does not recalculate shows blanks")
        name = {"formula": "formulas as generated", "input": "inputs are numbers", "stored": "stored values"}
        print(f"  {name.get(check.source, check.source)}: {check.compared:,} cells, {'; '.join([verdict, *notes])}")
    if report.extra:
        print(f"  {report.extra:,} formulas outside the model were not judged")
    for block, found in report.worst_first():
        print(f"  {block}: {len(found):,} cells")
        for one in found[:_CELLS]:
            formula = f" ={one.formula}" if one.formula else ""
            print(
                f"    {one.sheet}!{one.cell} {one.where} [{one.source}]{formula}: "
                f"expected {short(one.expected)}, got {short(one.got)}"
            )
        if len(found) > _CELLS:
            print(f"    ... and {len(found) - _CELLS:,} more")


def short(value: Any) -> str:
    text = repr(value) if isinstance(value, float) else "nothing" if value is None else str(value)
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= 120 else text[:117] + "..."


def size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def visible(text: str) -> str:
    """A text of any length with line ends and all that could steer a terminal written as escapes."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def warn(text: str) -> None:
    """Say a warning in one line on standard error."""
    print(f"sheetnn: warning: {visible(text)}", file=sys.stderr)


def json_text(value: Any) -> str:
    """Indented JSON; what could steer a terminal is escaped, as JSON allows in any string."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def print_json(value: Any) -> None:
    print(json_text(value))


@contextmanager
def progress(title: str) -> Iterator[Any]:
    """A progress bar on a terminal once a second has passed; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total, stage="": None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task(title, total=None)
    timer = threading.Timer(1.0, bar.start)
    timer.daemon = True
    timer.start()

    def update(done: int, total: int, stage: str = "") -> None:
        bar.update(task, completed=done, total=total or None, description=f"{title} {stage}".strip())

    try:
        yield update
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
