"""Verbs that prove and compare: verify, diff, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import print_comparison, print_json, print_report, progress
from .app import Json, app


@app.command(epilog="Examples: sheetnn verify output/4-4.xlsx | sheetnn verify --engine all output/*.xlsx")
def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Workbooks built by sheetnn.")],
    engine: Annotated[
        list[str] | None, typer.Option("--engine", help="ironcalc, libreoffice, gnumeric or all; repeatable.")
    ] = None,
    json_: Json = False,
) -> None:
    """Check every formula cell against NumPy and real spreadsheet engines."""
    from ..engines import DEFAULT, ENGINES
    from ..engines import engine as find_engine
    from ..verifier import verify as check

    chosen = [name for one in engine or [DEFAULT] for name in (ENGINES if one == "all" else [one])]
    for name in chosen:
        find_engine(name)
    reports = []
    for file in files:
        with progress(f"verifying {file.name}") as update:
            reports.append(check(file, chosen, lambda stage, p=update: p(0, 0, stage)))  # type: ignore[misc]
        if not json_:
            print_report(reports[-1])
    if json_:
        print_json({"schema": "sheetnn.verify/1", "reports": [report.as_dict() for report in reports]})
    if not all(report.ok for report in reports):
        raise typer.Exit(1)


@app.command(epilog="Examples: sheetnn diff a.xlsx b.xlsx | sheetnn diff --rtol 1e-9 --atol 1e-12 a.xlsx b.xlsx")
def diff(
    a: Annotated[Path, typer.Argument(metavar="A.xlsx")],
    b: Annotated[Path, typer.Argument(metavar="B.xlsx")],
    rtol: Annotated[float, typer.Option(help="Relative tolerance: |a-b| <= atol + rtol*|b|.")] = 0.0,
    atol: Annotated[float, typer.Option(help="Absolute tolerance.")] = 0.0,
    json_: Json = False,
) -> None:
    """Compare two workbooks cell by cell, formulas and values; any xlsx files."""
    from ..difference import diff as compare

    with progress(f"comparing {a.name}"):
        result = compare(a, b, rtol=rtol, atol=atol)
    if json_:
        print_json(result.as_dict())
    else:
        print_comparison(result)
    if not result.ok:
        raise typer.Exit(1)


@app.command(epilog="Example: sheetnn doctor")
def doctor(json_: Json = False) -> None:
    """Examine the spreadsheet engines: found, recalculating, and right on every portable function."""
    from ..doctor import doctor as examine

    findings = examine()
    if json_:
        print_json({"schema": "sheetnn.doctor/1", "engines": [one.as_dict() for one in findings]})
    else:
        for one in findings:
            restored = "restores a false value" if one.recalculates else "does NOT restore a false value"
            wrong = f"; wrong: {', '.join(one.wrong)}" if one.wrong else "; every portable function is right"
            network = "runs without a network" if one.cut_off else "is NOT cut off from the network here"
            state = f"{one.version}; {restored}{wrong}; {network}" if one.installed and not one.said else one.said
            print(f"{one.engine}: {'' if one.installed else 'not installed; '}{state}")
    if not any(one.installed and not one.said for one in findings):
        raise typer.Exit(2)
    if not all(one.ok for one in findings if one.installed):
        raise typer.Exit(1)
