"""Verbs that look into a workbook: explain, trace."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..console import print_json
from ..errors import SheetnnError
from .app import Force, Json, Language, app

FORMATS = {".txt": "text", ".csv": "csv", ".json": "json"}


@app.command(epilog="Examples: sheetnn explain a.xlsx '学习!L14' | sheetnn explain a.xlsx --block hidden.delta@3")
def explain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Workbook built by sheetnn.")],
    cell: Annotated[
        str | None, typer.Argument(metavar="CELL", help="SHEET!CELL, or a block's cell such as hidden.delta[1,3]@2.")
    ] = None,
    block: Annotated[str | None, typer.Option("--block", help="A whole block, such as hidden.delta@3.")] = None,
    lang: Language = "zh",
    json_: Json = False,
) -> None:
    """Tell what a cell is: equation, formula with numbers, value, what it depends on and what depends on it."""
    from ..explanation import explain as find
    from ..labels import words
    from ..overview import explain_block
    from ..telling import told

    said = words(lang)
    if (cell is None) == (block is None):
        raise SheetnnError("name one cell, such as '学习!L14' or hidden.delta[1,3]@2, or a block with --block")
    found = find(file, cell, lang) if cell is not None else explain_block(file, block or "", lang)
    if json_:
        print_json(found.as_dict())
    else:
        for line in told(found, said):
            print(line)


@app.command(epilog="Examples: sheetnn trace 2-11 | sheetnn trace mine.xlsx --epoch 2 --image 5 --format csv")
def trace(
    source: Annotated[str, typer.Argument(metavar="RECIPE|FILE", help="Shipped id, .toml file, or a workbook.")],
    epoch: Annotated[int | None, typer.Option(help="Which epoch (step); the first if not given.")] = None,
    image: Annotated[int | None, typer.Option(help="Only this image's part, counted from 1.")] = None,
    format_: Annotated[str | None, typer.Option("--format", help="text, csv or json.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write: .txt, .csv or .json.")] = None,
    lang: Language = "zh",
    force: Force = False,
    json_: Json = False,
) -> None:
    """List every number of one step, block by block: index, cell, whether it is a formula, value."""
    from ..output import check_output, written
    from ..tracing import as_csv, as_json, as_text, rows

    if format_ is not None and format_ not in FORMATS.values():
        raise SheetnnError(f"format {format_!r} is not known; expected one of {', '.join(FORMATS.values())}")
    if json_ and format_ not in (None, "json"):
        raise SheetnnError(f"give --json or --format {format_}, not both")
    if output is not None:
        check_output(output, force, "a trace", tuple(FORMATS))
    kind = "json" if json_ else format_ or (FORMATS[output.suffix.lower()] if output else "text")
    model, table = rows(source, epoch, image, lang)
    text = as_json(model, table) if kind == "json" else (as_csv if kind == "csv" else as_text)(table)
    if output is None:
        sys.stdout.write(text)
        return
    with written(output, force) as file:
        file.write(text.encode())
    print(f"{output}: {len(table):,} numbers of {model.recipe.id}")
