"""Verbs for a course: grade."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..console import print_json
from .app import Force, Json, app

if TYPE_CHECKING:
    from ..gradebook import Gradebook


@app.command(
    epilog="Examples: sheetnn grade 4-4-delta-solution.xlsx class/*.xlsx --csv a.csv | sheetnn grade 4-4 anna.xlsx"
)
def grade(
    key: Annotated[
        str, typer.Argument(metavar="SOLUTION|RECIPE", help="The solution (.xlsx), or recipe id or .toml file.")
    ],
    submissions: Annotated[list[Path], typer.Argument(metavar="SUBMISSION...", help="Filled-in exercises.")],
    csv: Annotated[Path | None, typer.Option("--csv", help="Table of the class to write: .csv.")] = None,
    force: Force = False,
    json_: Json = False,
) -> None:
    """Grade filled-in exercises, each answer by the learner's own earlier ones."""
    from ..gradebook import Gradebook, check_csv
    from ..grading import grade as judge

    if csv is not None:
        check_csv(csv, force)
    book = Gradebook(tuple(judge(key, submissions)))
    if csv is not None:
        book.save(csv, force)
    if json_:
        grades = [one.as_dict() for one in book.grades]
        print_json({"schema": "sheetnn.grade/1", "key": key, "grades": grades, "summary": book.summary()})
    else:
        _print(key, book)
    if book.code:
        raise typer.Exit(book.code)


def _print(key: str, book: Gradebook) -> None:
    from rich.cells import cell_len

    from ..report_formats.text import clean

    head, *rows = [[clean(cell) for cell in row] for row in book.rows()]
    wide = [max(cell_len(row[n]) for row in (head, *rows)) for n in range(len(head) - 3)]
    for row in (head, *rows):
        cells = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row, wide, strict=False)]
        first, changed, remark = row[-3:]
        if row is not head:
            changed = f"changed givens: {changed}" if changed else ""
        said = [first, changed, remark] if row is not head else ["first wrong step; changed givens; remark"]
        print("  ".join([*cells, "; ".join(word for word in said if word)]).rstrip())
    _print_summary(book.summary())
    print(
        f"judged by {clean(key)}: model, tolerance and given numbers are its own, of the submissions only the answers"
    )


def _print_summary(summary: dict[str, Any]) -> None:
    said = f"{summary['graded']} graded, {summary['not_graded']} not"
    if summary["graded"]:
        said += f"; mean {summary['mean']:.1%}, median {summary['median']:.1%}"
        said += "".join(f"; {block} {rate:.0%}" for block, rate in summary["parts"].items())
    print(said)
    if summary["first_wrong"]:
        places = ", ".join(one["where"] for one in summary["first_wrong"])
        print(
            f"most often the first wrong step: {places} ({summary['first_wrong'][0]['count']} of {summary['graded']})"
        )
