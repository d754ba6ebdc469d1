"""Verbs that take numbers out of a workbook: pull, plot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import print_json, size
from .app import Force, Json, Language, app


@app.command(epilog="Examples: sheetnn pull a.xlsx -o params.json | sheetnn pull a.xlsx --epoch 50 -o params.npz")
def pull(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Workbook built by sheetnn.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write: .json, .npz or .csv.")] = None,
    epoch: Annotated[int | None, typer.Option(help="Parameters of this epoch instead of the typed ones.")] = None,
    force: Force = False,
    json_: Json = False,
) -> None:
    """Read parameters, learning rate and data back from a workbook."""
    from ..parameters import check_file
    from ..parameters import pull as find

    if output is not None:
        check_file(output, force)
    found = find(file, epoch)
    if output is not None:
        found.save(output, force)
    if json_ or output is None:
        print_json(found.as_dict())
    else:
        print(f"{output}: {sum(value.size for value in found.inputs.values()):,} numbers of {found.recipe}")


@app.command(epilog="Examples: sheetnn plot 4-4 | sheetnn plot mine.xlsx -o mine.svg")
def plot(
    source: Annotated[str, typer.Argument(metavar="RECIPE|FILE", help="Shipped id, .toml file, or a workbook.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Picture to write: .png or .svg.")] = None,
    lang: Language = "zh",
    force: Force = False,
    json_: Json = False,
) -> None:
    """Draw the cost curve and the weights as a picture."""
    from ..drawing import plot as draw

    target, panels = draw(source, output, language=lang, force=force)
    if json_:
        print_json(
            {"schema": "sheetnn.plot/1", "path": str(target), "panels": [[one.kind, one.title] for one in panels]}
        )
    else:
        print(f"{target}: {len(panels)} panels, {size(target.stat().st_size)}")
