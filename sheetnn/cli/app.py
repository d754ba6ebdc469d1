"""The program itself: its name, the options of all verbs, and what they share."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import __version__
from ..errors import SheetnnError

app = typer.Typer(
    name="sheetnn",
    help="Compile a small neural network into a spreadsheet of live formulas, and prove every cell of it.",
    epilog="Example: sheetnn build 4-4, then sheetnn verify output/4-4.xlsx",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Language = Annotated[str, typer.Option("--lang", help="Language of the labels: zh, en, or one that was added.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that exists.")]


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
        known = ", ".join(getattr(context.command, "commands", {}))
        raise SheetnnError(f"no verb given; expected {known} (see sheetnn -h)")
