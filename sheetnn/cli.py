"""The command line: each verb is a function of the library with its result printed."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import __version__
from .console import print_comparison, print_json, print_report, progress, size
from .errors import FileError, SheetnnError

if TYPE_CHECKING:
    from .workbook import Workbook

app = typer.Typer(
    name="sheetnn",
    help="Compile a small neural network into a spreadsheet of live formulas, and prove every cell of it.",
    epilog="Example: sheetnn build 4-4, then sheetnn verify output/4-4.xlsx",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
OUTPUT = Path("output")
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Language = Annotated[str, typer.Option("--lang", help="Language of the labels: zh or en.")]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"sheetnn {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback where something fails.")] = False,
) -> None:
    if context.invoked_subcommand is None:
        raise SheetnnError(
            "no verb given; expected list, build, verify, diff, solve, pull, plot, doctor (see sheetnn -h)"
        )


@app.command("list", epilog="Example: sheetnn list --lang en")
def list_(json_: Json = False, lang: Language = "zh") -> None:
    """List the shipped recipes."""
    from .labels import words
    from .recipe import load, shipped

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
    lang: Language = "zh",
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    json_: Json = False,
) -> None:
    """Build workbooks of live formulas from recipes."""
    from .recipe import load, shipped
    from .workbook import build as make
    from .workbook import check_target, exercise

    names = list(shipped()) if all_ else list(recipes or [])
    if all_ and recipes:
        raise SheetnnError("give recipes or --all, not both")
    if not names:
        raise SheetnnError("no recipe given; name one (see 'sheetnn list'), a .toml file, or --all")
    if output is not None and output_dir != OUTPUT:
        raise SheetnnError("give -o or --output-dir, not both")
    if output is not None and len(names) > 1:
        raise SheetnnError(f"-o names one file for {len(names)} recipes; use --output-dir")
    if asked is not None and (all_ or epochs is not None or output is not None):
        raise SheetnnError("--exercise is of the first epoch and writes two files; leave out --all, --epochs and -o")
    if start is not None and (len(names) > 1 or asked is not None):
        raise SheetnnError("--start gives the numbers of one recipe; build one, and no exercise")
    books: list[Workbook] = []
    for name in names:
        if asked is not None:
            books += exercise(name, asked, image=image, language=lang, eta=eta)
            continue
        trains = not all_ or load(name)[0].training is not None  # --all changes those that train, builds the others
        given = {"epochs": epochs, "eta": eta} if trains else {}
        books.append(make(name, language=lang, pages=() if no_pages else None, start=start, **given))  # type: ignore[arg-type]
    if output is None:
        _make_folder(output_dir)
    targets = [output or output_dir / f"{book.name}.xlsx" for book in books]
    for target in targets:
        check_target(target, force)
        if targets.count(target) > 1:
            raise SheetnnError(f"{target}: two recipes would write it; give each its own id or build them one by one")
    done = []
    for book, target in zip(books, targets, strict=True):
        started = time.perf_counter()
        with progress(f"building {book.recipe.id}") as update:
            book.save(target, force=force, progress=update, protect=protect)
        seconds = time.perf_counter() - started
        count = target.stat().st_size
        done.append(
            {"id": book.recipe.id, "path": str(target), "formulas": book.formulas, "bytes": count, "seconds": seconds}
        )
        if not json_:
            print(f"{target}: {book.formulas:,} formulas, {size(count)}, {seconds:.1f} s")
    if json_:
        print_json({"schema": "sheetnn.build/1", "workbooks": done})


@app.command(epilog="Examples: sheetnn verify output/4-4.xlsx | sheetnn verify --engine all output/*.xlsx")
def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Workbooks built by sheetnn.")],
    engine: Annotated[
        list[str] | None, typer.Option("--engine", help="ironcalc, libreoffice, gnumeric or all; repeatable.")
    ] = None,
    json_: Json = False,
) -> None:
    """Check every formula cell against NumPy and real spreadsheet engines."""
    from .engines import DEFAULT, ENGINES
    from .engines import engine as find_engine
    from .verifier import verify as check

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
    from .difference import diff as compare

    with progress(f"comparing {a.name}"):
        result = compare(a, b, rtol=rtol, atol=atol)
    if json_:
        print_json(result.as_dict())
    else:
        print_comparison(result)
    if not result.ok:
        raise typer.Exit(1)


@app.command(epilog="Examples: sheetnn solve 3-5 -o solved.xlsx | sheetnn solve mine.xlsx --starts 5 --seed 1")
def solve(
    source: Annotated[str, typer.Argument(metavar="RECIPE|FILE", help="Shipped id, .toml file, or a workbook.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Workbook to write with the optimum.")] = None,
    starts: Annotated[int, typer.Option(help="Starts: the initial values, then random ones.", min=1)] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the random starts.", min=0)] = 0,
    iterations: Annotated[int, typer.Option(help="Most iterations of one start.", min=1)] = 5000,
    lang: Language = "zh",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    json_: Json = False,
) -> None:
    """Minimise C_T over the parameters, as Excel's Solver does."""
    from .solver import solve as find
    from .workbook import check_target

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


@app.command(epilog="Examples: sheetnn pull a.xlsx -o params.json | sheetnn pull a.xlsx --epoch 50 -o params.npz")
def pull(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Workbook built by sheetnn.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write: .json, .npz or .csv.")] = None,
    epoch: Annotated[int | None, typer.Option(help="Parameters of this epoch instead of the typed ones.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    json_: Json = False,
) -> None:
    """Read parameters, learning rate and data back from a workbook."""
    from .parameters import check_file
    from .parameters import pull as find

    if output is not None:
        check_file(output, force)
    found = find(file, epoch)
    if output is not None:
        found.save(output, force)
    if json_ or output is None:
        print_json(found.as_dict())
    else:
        print(f"{output}: {sum(value.size for value in found.inputs.values()):,} numbers of {found.recipe}")


@app.command(epilog="Example: sheetnn doctor")
def doctor(json_: Json = False) -> None:
    """Examine the spreadsheet engines: found, recalculating, and right on every portable function."""
    from .doctor import doctor as examine

    findings = examine()
    if json_:
        print_json({"schema": "sheetnn.doctor/1", "engines": [one.as_dict() for one in findings]})
    else:
        for one in findings:
            restored = "restores a false value" if one.recalculates else "does NOT restore a false value"
            wrong = f"; wrong: {', '.join(one.wrong)}" if one.wrong else "; every portable function is right"
            state = f"{one.version}; {restored}{wrong}" if one.installed and not one.said else one.said
            print(f"{one.engine}: {'' if one.installed else 'not installed; '}{state}")
    if not any(one.installed and not one.said for one in findings):
        raise typer.Exit(2)
    if not all(one.ok for one in findings if one.installed):
        raise typer.Exit(1)


@app.command(epilog="Examples: sheetnn plot 4-4 | sheetnn plot mine.xlsx -o mine.svg")
def plot(
    source: Annotated[str, typer.Argument(metavar="RECIPE|FILE", help="Shipped id, .toml file, or a workbook.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Picture to write: .png or .svg.")] = None,
    lang: Language = "zh",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    json_: Json = False,
) -> None:
    """Draw the cost curve and the weights as a picture."""
    from .drawing import check_picture
    from .drawing import plot as draw

    target = output or OUTPUT / f"{Path(source).stem if source.endswith(('.xlsx', '.toml')) else source}.png"
    if output is None:
        _make_folder(OUTPUT)
    check_picture(target, force)
    panels = draw(source, target, lang, force)
    if json_:
        print_json(
            {"schema": "sheetnn.plot/1", "path": str(target), "panels": [[one.kind, one.title] for one in panels]}
        )
    else:
        print(f"{target}: {len(panels)} panels, {size(target.stat().st_size)}")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: the folder cannot be made ({error.strerror}); choose another place") from None
