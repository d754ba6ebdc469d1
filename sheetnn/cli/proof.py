"""Verbs that prove: verify, doctor."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from ..console import complain, print_json, print_report, progress
from .app import Force, Json, app


@app.command(epilog="Examples: sheetnn verify output/4-4.xlsx | sheetnn verify --engine all output/*.xlsx")
def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Workbooks built by sheetnn.")],
    engine: Annotated[
        list[str] | None, typer.Option("--engine", help="ironcalc, libreoffice, gnumeric or all; repeatable.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Readable report to write: .md or .html.")] = None,
    junit: Annotated[Path | None, typer.Option(help="JUnit results to write: .xml.")] = None,
    timeout: Annotated[int | None, typer.Option(help="Seconds that one engine may take for one file.", min=1)] = None,
    force: Force = False,
    json_: Json = False,
) -> None:
    """Check every formula cell against NumPy and real spreadsheet engines."""
    from ..engines import DEFAULT, ENGINES
    from ..engines import engine as find_engine
    from ..errors import SheetnnError
    from ..report import Proof, Report, Trouble
    from ..report_formats import REPORTS, RESULTS, check_report, save_report
    from ..verifier import verify as check

    chosen = [name for one in engine or [DEFAULT] for name in (ENGINES if one == "all" else [one])]
    for name in chosen:
        find_engine(name)
    wanted = [(report, REPORTS, "a report"), (junit, RESULTS, "a file of JUnit results")]
    for target, formats, what in wanted:
        if target is not None:
            check_report(target, force, formats, what)
    results: list[Report | Trouble] = []
    for file in files:
        try:
            with progress(f"verifying {file.name}") as update:
                found = check(file, chosen, lambda stage, p=update: p(0, 0, stage), timeout)  # type: ignore[misc]
        except (SheetnnError, OSError, MemoryError) as error:  # the others have verdicts of their own
            said = str(error) or "out of memory"
            if "--debug" in sys.argv:
                traceback.print_exc()
            else:
                complain(said)
            results.append(Trouble(str(file), said))
            continue
        results.append(found)
        if not json_:
            print_report(found)
    proof = Proof(tuple(results))
    if json_:
        print_json(proof.as_dict())
    for target, formats, _ in wanted:
        if target is not None:
            save_report(proof, target, force, formats)
    if proof.code:
        raise typer.Exit(proof.code)


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
