"""Verbs for recipes of one's own: new, check, layout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import print_json
from ..errors import SheetnnError
from .app import Force, Json, Language, app


@app.command(epilog="Examples: sheetnn check mine.toml | sheetnn check --schema > recipe.schema.json")
def check(
    file: Annotated[str | None, typer.Argument(metavar="FILE", help="A .toml file, or a shipped id.")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of recipes, with which editors complete them.")
    ] = False,
    json_: Json = False,
) -> None:
    """Find all mistakes of a recipe and its data, with their lines.

    Exit codes: 0 no mistakes, 1 mistakes, 2 a file that cannot be read or is no TOML.
    """
    if schema == (file is not None):
        raise SheetnnError("give either a FILE to check or --schema")
    if file is None:
        from ..json_schema import schema_text

        print(schema_text(), end="")
        return
    from ..proofreading import check as find

    mistakes = find(file)
    if json_:
        print_json({"schema": "sheetnn.check/1", "file": file, "mistakes": [one.as_dict() for one in mistakes]})
    else:
        for one in mistakes:
            where = file if one.line is None else f"{file}:{one.line}"
            print("".join(letter if letter.isprintable() else "?" for letter in f"{where}: {one.told()}"))
        if not mistakes:
            print(f"{file}: no mistakes")
    if mistakes:
        raise typer.Exit(1)


@app.command(epilog="Examples: sheetnn new mine | sheetnn new coins --kind table --lang en")
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the recipe; its files are NAME.toml and NAME.csv.")
    ],
    kind: Annotated[str, typer.Option(help="What it learns: pictures, table, regression or cnn.")] = "pictures",
    lang: Language = "zh",
    force: Force = False,
    json_: Json = False,
) -> None:
    """Write a commented recipe and a small data file to begin with."""
    from ..starters import new as write

    recipe, data = write(name, kind, lang, force)
    if json_:
        print_json({"schema": "sheetnn.new/1", "kind": kind, "recipe": str(recipe), "data": str(data)})
    else:
        print(f"{recipe} and {data}: written; next: sheetnn build {recipe}")


@app.command(epilog="Examples: sheetnn layout mine.toml -o page.toml | sheetnn layout 4-4")
def layout(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A .toml file, or a shipped id.")],
    output: Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="A .toml file.")] = None,
    lang: Language = "zh",
    force: Force = False,
    json_: Json = False,
) -> None:
    """Write the layout of a recipe as a table to edit: where each block stands."""
    from ..pagefile import write_layout

    path = write_layout(recipe, output or f"{Path(recipe).stem}-layout.toml", lang, force)
    if json_:
        print_json({"schema": "sheetnn.layout/1", "recipe": recipe, "layout": str(path)})
    else:
        print(f'{path}: written; next: edit it, and name it in the recipe: layout = "{path.name}"')
