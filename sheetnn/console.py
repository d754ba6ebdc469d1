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

_STEERING = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def print_report(report: Report) -> None:
    """One line a check, the judgement in two parts, then what differs: the worst block first."""
    from .report_formats.text import lines

    for line in lines(report):
        print(line)


def complain(message: str) -> None:
    """One line on standard error, with nothing in it that a terminal would obey."""
    line = " ".join(message.split())
    print("sheetnn: " + "".join(letter if letter.isprintable() else "?" for letter in line), file=sys.stderr)


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
