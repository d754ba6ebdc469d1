"""The verb that compares: diff."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..console import progress
from ..errors import SheetnnError, nearest
from .app import Json, app


@app.command(
    epilog="Examples: sheetnn diff a.xlsx b.xlsx --rtol 1e-9 | sheetnn diff a.xlsx b.xlsx --ignore 'Data!A1:B9' "
    "--format markdown"
)
def diff(
    a: Annotated[Path, typer.Argument(metavar="A.xlsx")],
    b: Annotated[Path, typer.Argument(metavar="B.xlsx")],
    rtol: Annotated[float, typer.Option(help="Relative tolerance: |a-b| <= atol + rtol*|b|.")] = 0.0,
    atol: Annotated[float, typer.Option(help="Absolute tolerance.")] = 0.0,
    values_only: Annotated[bool, typer.Option("--values-only", help="Compare values, not formulas.")] = False,
    formulas_only: Annotated[bool, typer.Option("--formulas-only", help="Compare formulas, not values.")] = False,
    sheet: Annotated[list[str] | None, typer.Option("--sheet", help="Compare this sheet only; repeatable.")] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", help="Leave out 'S!A1:B9', 'S!A:C', 'S!3:5' or the sheet S; repeatable."),
    ] = None,
    max_diffs: Annotated[
        int | None, typer.Option("--max-diffs", help="Differences told; the rest are counted. [50, or 10000 as data]")
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing; the exit code tells.")] = False,
    format_: Annotated[
        str | None, typer.Option("--format", help="text (default), json, markdown, unified or csv.")
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 where the files differ too.")] = False,
    json_: Json = False,
) -> None:
    """Compare two workbooks cell by cell, formulas and values; any xlsx files."""
    from ..difference import diff as compare
    from ..difference_formats import FORMATS
    from ..difference_text import summary_line

    if json_ and format_ not in (None, "json"):
        raise SheetnnError(f"--json and --format {format_!r} exclude each other; leave one out")
    name = "json" if json_ else format_ or "text"
    if name not in FORMATS:
        raise SheetnnError(f"--format {name!r} is not known; expected {', '.join(FORMATS)}{nearest(name, FORMATS)}")
    form = FORMATS[name]
    with progress(f"comparing {a.name}"):
        result = compare(
            a,
            b,
            rtol=rtol,
            atol=atol,
            values_only=values_only,
            formulas_only=formulas_only,
            sheets=sheet or (),
            ignore=ignore or (),
            max_diffs=form.kept if max_diffs is None else max_diffs,
        )
    if not quiet:
        print(form.write(result))
        if not form.counts:
            print(f"sheetnn: {summary_line(result)}", file=sys.stderr)
    if not result.ok and not exit_zero:
        raise typer.Exit(1)
