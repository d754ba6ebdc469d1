"""The verb that tells a size: info; and what `build` says of sizes."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import print_json, short, size
from .app import Json, Language, app
from .named import of_recipe

if TYPE_CHECKING:
    from ..size import Size

MANY = 300_000
"""Formulas from which on `build` says beforehand what is coming: a second of work, of which telling takes a tenth."""
MaxFormulas = Annotated[
    int | None, typer.Option("--max-formulas", min=1, help="Refuse more formulas, and say what would fit.")
]


@app.command(epilog="Examples: sheetnn info 4-4 | sheetnn info my.toml --epochs 500 | sheetnn info output/4-4.xlsx")
def info(
    source: Annotated[str, typer.Argument(metavar="RECIPE|FILE", help="Shipped id, .toml file, or a workbook.")],
    epochs: Annotated[int | None, typer.Option(help="Number of epochs instead of the recipe's.")] = None,
    no_pages: Annotated[bool, typer.Option("--no-pages", help="Leave out the pages that the recipe adds.")] = False,
    max_formulas: MaxFormulas = None,
    lang: Language = "zh",
    json_: Json = False,
) -> None:
    """Tell how large a workbook will be, without building it."""
    from ..size import info as find

    pages = () if no_pages else None
    with of_recipe(source):
        found = find(source, epochs=epochs, language=lang, pages=pages, max_formulas=max_formulas)
    if json_:
        print_json(found.as_dict())
        return
    trained = f", {found.epochs:,} epochs" if found.epochs > 1 else ""
    images = f", {found.images:,} images" if found.images else ""
    print(f"{short(found.id)}: {found.formulas:,} formulas, {found.numbers:,} typed numbers{trained}{images}")
    for sheet in found.sheets:
        print(f"  {short(sheet.sheet)}: {sheet.rows:,} rows, {sheet.columns:,} columns")
    print(f"about {expected(found)}")


def expected(found: Size) -> str:
    """File, memory and time in words."""
    return f"{size(found.bytes)} file, {size(found.memory)} of memory, {found.seconds:.1f} s to build"


def announce(found: Size) -> None:
    """One line on standard error before a large build."""
    print(f"{short(found.id)}: {found.formulas:,} formulas are coming, about {expected(found)}", file=sys.stderr)


def peak_memory() -> int | None:
    """Bytes that this process had at its peak so far; None where the system does not tell."""
    try:  # Linux: what getrusage tells there starts at the peak of the process that started this one
        found = re.search(r"^VmHWM:\s*(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
        if found is not None:
            return int(found[1]) * 1024
    except OSError:
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes there, kilobytes elsewhere
