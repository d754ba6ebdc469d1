"""Reports as files: a row of the table for each format, by the ending of the file's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..output import check_output, written
from ..report import Proof
from .html import html
from .junit import junit
from .markdown import markdown

Write = Callable[[Proof], bytes]
REPORTS: dict[str, Write] = {".md": markdown, ".html": html}
"""What `--report` writes."""
RESULTS: dict[str, Write] = {".xml": junit}
"""What `--junit` writes."""


def check_report(target: Path, force: bool, formats: dict[str, Write], what: str) -> Path:
    """Refuse a target for a report; see `sheetnn.output.check_output`."""
    return check_output(target, force, what, tuple(formats))


def save_report(proof: Proof, target: Path, force: bool, formats: dict[str, Write]) -> None:
    """Write a report in the format that its name asks for. Raises FileError if it cannot be written."""
    data = formats[target.suffix.lower()](proof)
    with written(target, force) as file:
        file.write(data)
