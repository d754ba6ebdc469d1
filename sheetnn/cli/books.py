"""Verbs that make workbooks: list, build, solve."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import print_json, progress, size, warn
from ..errors import SheetnnError
from ..output import OUTPUT, make_folder
from .app import Force, Json, Language, app
from .named import of_recipe
from .size import MANY, MaxFormulas, announce, peak_memory

if TYPE_CHECKING:
    from ..workbook import Workbook


@app.command("list", epilog="Example: sheetnn list --lang en")
def list_(json_: Json = False, lang: Language = "zh") -> None:
    """List the shipped recipes."""
    from ..labels import words
    from ..recipe import load, shipped

    words(lang)
    rows = []
    for name in shipped():
        recipe, _ = load(name)
        rows.append({"id": name, "section": recipe.section, "title": recipe.titled(lang)})
    if json_:
        print_json({"schema": "sheetnn.list/1", "recipes": rows})
    else:
        wide = max(len(row["id"]) for row in rows)
        for row in rows:
            print(f"{row['id']:<{wide}}  {row['title']}")


@app.command(epilog="Examples: sheetnn build 4-4 | sheetnn build --all --lang en | sheetnn build my.toml -o my.xlsx")
def build(
    recipes: Annotated[
        list[str] | None, typer.Argument(metavar="RECIPE...", help="Shipped id, or a .toml file.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Build every shipped recipe.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write (one recipe).")] = None,
    output_dir: Annotated[Path, typer.Option("--output-dir", help="Folder to write into.")] = OUTPUT,
    epochs: Annotated[int | None, typer.Option(help="Number of epochs instead of the recipe's.")] = None,
    eta: Annotated[float | None, typer.Option(help="Learning rate instead of the recipe's.")] = None,
    start: Annotated[
        Path | None, typer.Option(help="Numbers to start from: a file that pull wrote (one recipe).")
    ] = None,
    no_pages: Annotated[bool, typer.Option("--no-pages", help="Leave out the pages that the recipe adds.")] = False,
    asked: Annotated[
        str | None,
        typer.Option("--exercise", help="Build an exercise and its solution: forward, delta, gradient or update."),
    ] = None,
    image: Annotated[int, typer.Option(help="The image that an exercise is about.")] = 1,
    protect: Annotated[bool, typer.Option("--protect", help="Lock all cells but inputs; no password.")] = False,
    max_formulas: MaxFormulas = None,
    lang: Language = "zh",
    force: Force = False,
    json_: Json = False,
) -> None:
    """Build workbooks of live formulas from recipes."""
    from ..budget import check_budget
    from ..recipe import load, shipped
    from ..size import extents, size_of
    from ..workbook import build as make
    from ..workbook import check_target, exercise

    names = list(shipped()) if all_ else list(recipes or [])
    if all_ and recipes:
        raise SheetnnError("give recipes or --all, not both")
    if not names:
        raise SheetnnError("no recipe given; name one (see 'sheetnn list'), a .toml file, or --all")
    if output is not None and output_dir != OUTPUT:
        raise SheetnnError("give -o or --output-dir, not both")
    if output is not None and len(names) > 1:
        raise SheetnnError(f"-o names one file for {len(names)} recipes; use --output-dir")
    if asked is not None:
        _refuse_beside_exercise(all_, epochs is not None, output is not None)
    if start is not None and (len(names) > 1 or asked is not None):
        raise SheetnnError("--start gives the numbers of one recipe; build one, and no exercise")
    books: list[Workbook] = []
    for name in names:
        if asked is not None:
            with of_recipe(name):
                books += exercise(name, asked, image=image, language=lang, eta=eta)
            continue
        trains = not all_ or load(name)[0].training is not None  # --all changes those that train, builds the others
        given = {"epochs": epochs, "eta": eta} if trains else {}
        with of_recipe(name):
            books.append(make(name, language=lang, pages=() if no_pages else None, start=start, **given))  # type: ignore[arg-type]
    for book in books:
        if max_formulas is not None:
            check_budget(book.model, max_formulas)
    if output is None:
        make_folder(output_dir)
    targets = [output or output_dir / f"{book.name}.xlsx" for book in books]
    for target in targets:
        check_target(target, force)
        if targets.count(target) > 1:
            raise SheetnnError(f"{target}: two recipes would write it; give each its own id or build them one by one")
    done = []
    for book, target in zip(books, targets, strict=True):
        if book.formulas > MANY:
            announce(size_of(book.model, book.inputs))
        started = time.perf_counter()
        with progress(f"building {book.recipe.id}") as update:
            book.save(target, force=force, progress=update, protect=protect)
        seconds = time.perf_counter() - started
        count, peak, sheets = target.stat().st_size, peak_memory(), extents(book.layout)
        rows, columns = max(sheet.rows for sheet in sheets), max(sheet.columns for sheet in sheets)
        done.append(
            {"id": book.recipe.id, "path": str(target), "formulas": book.formulas, "bytes": count, "seconds": seconds}
            | {"rows": rows, "columns": columns, "peak_bytes": peak, "warnings": list(book.warnings)}
        )
        if not json_:
            memory = "" if peak is None else f", {size(peak)} of memory at the peak"
            shape = f"up to {rows:,} rows, {columns:,} columns{memory}"
            print(f"{target}: {book.formulas:,} formulas, {size(count)}, {seconds:.1f} s; {shape}")
    for said in dict.fromkeys(said for book in books for said in book.warnings):
        warn(said)
    if json_:
        print_json({"schema": "sheetnn.build/1", "workbooks": done})


def _refuse_beside_exercise(all_: bool, epochs: bool, output: bool) -> None:
    """Raise SheetnnError naming what was given and goes with no exercise, and why."""
    rows = (
        (epochs, "--epochs", "is of the first epoch"),
        (output, "-o", "writes two files, into --output-dir"),
        (all_, "--all", "is of the recipes that you name"),
    )
    named = [(option, why) for given, option, why in rows if given]
    if named:
        options, reasons = (" and ".join(words) for words in zip(*named, strict=True))
        raise SheetnnError(f"--exercise {reasons}; leave out {options}")


@app.command(epilog="Examples: sheetnn solve 3-5 -o solved.xlsx | sheetnn solve mine.xlsx --starts 5 --seed 1")
def solve(
    source: Annotated[str, typer.Argument(metavar="RECIPE|FILE", help="Shipped id, .toml file, or a workbook.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Workbook to write with the optimum.")] = None,
    starts: Annotated[int, typer.Option(help="Starts: the initial values, then random ones.", min=1)] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the random starts.", min=0)] = 0,
    iterations: Annotated[int, typer.Option(help="Most iterations of one start.", min=1)] = 5000,
    lang: Language = "zh",
    force: Force = False,
    json_: Json = False,
) -> None:
    """Minimise C_T over the parameters, as Excel's Solver does."""
    from ..solver import solve as find
    from ..workbook import check_target

    if output is not None:
        check_target(output, force)
    lines = 0

    def said(start: int, step: int, cost: float) -> None:
        nonlocal lines
        if not json_:
            if lines == 0:
                print("start  iteration  C_T")
            print(f"{start:>5}  {step:>9}  {cost:.6g}")
            lines += 1

    with of_recipe(source):
        found = find(source, starts=starts, seed=seed, iterations=iterations, language=lang, say=said)
    written = output is not None and math.isfinite(found.cost)
    if output is not None and written:
        found.workbook.save(output, force=force)
    if json_:
        print_json(found.as_dict() | {"path": str(output) if written else None})
    else:
        rate = "" if found.hits is None else f", {found.hits:.0%} of the images right"
        ending = "converged" if found.converged else f"did not converge ({found.message})"
        print(f"{ending}: {found.block} {found.first:.6g} -> {found.cost:.6g} in {found.steps} iterations{rate}")
        if written:
            print(f"{output}: parameters at the optimum")
    if not found.converged:
        raise typer.Exit(1)
