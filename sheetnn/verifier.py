"""`verify`: are the formulas the generated ones, and do their values follow from the inputs in the file?

The graph is rebuilt from the recipe the workbook carries and the numbers in its input cells. Then three
things are held against it: the formula texts, the values stored in the file, and the values that each
engine computes from a copy in which one stored value was falsified.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from .agreement import compare
from .engines import DEFAULT, engine
from .engines.base import Engine, plant
from .errors import EngineError, FileError
from .grid import Grid
from .model import Model
from .package import addressed
from .reader import Reader
from .report import Report
from .stamps import stamp, unchanged
from .stored import Control, extents, inputs_of, read_model, read_stored
from .tolerance import tolerances

Say = Callable[[str], None]


def verify(
    path: str | Path,
    engines: str | Iterable[str] = (DEFAULT,),
    say: Say = lambda _: None,
    limit: float | None = None,
) -> Report:
    """Check every formula cell of a workbook built by sheetnn against NumPy and the given engines.

    `limit` is in seconds, for one engine. Raises FileError for a file that cannot be read, changes meanwhile or was
    not built by sheetnn, EngineError for an engine that is missing, fails, or does not restore the falsified value.
    """
    found = [engine(name) for name in dict.fromkeys([engines] if isinstance(engines, str) else engines)]
    if limit is not None:
        found = [one.within(limit) for one in found]
    path = Path(path)
    before = stamp(path) if path.is_file() else None
    say("reading")
    model = read_model(path)
    report = Report(str(path), model.recipe.id, 0)
    stored, control = read_stored(path, model, report)
    inputs = inputs_of(model, stored, report)
    if any(check.different for check in report.checks if check.source == "input"):
        return report  # what does not start from numbers need not be recalculated
    if control is None:
        if report.ok:
            raise FileError(f"{path}: has no formula that gives a number, so no engine can be held to the proof")
        return report
    values = model.graph.evaluate(inputs)
    bounds = tolerances(model.graph, values, inputs)
    report.checks.append(compare("stored", model, values, bounds, stored, report))
    for one in found:
        say(one.name)
        try:
            grids = _recalculate(one, path, model, control)
        except EngineError as error:
            raise EngineError(f"{path}: {error}") from None
        check = compare(one.name, model, values, bounds, grids, report)
        check.control, check.version = f"{control.sheet}!{control.cell}", one.version()
        report.checks.append(check)
    if before is not None:
        unchanged(path, before)  # each pass notices for itself; this is for between them
    return report


def _recalculate(one: Engine, path: Path, model: Model, control: Control) -> dict[str, Grid]:
    """The engine's values of a copy with a falsified cell. Raises EngineError if it comes back falsified."""
    false = 987654.321
    try:
        with tempfile.TemporaryDirectory(prefix="sheetnn-") as folder:
            scratch = Path(folder)
            copy = scratch / "planted.xlsx"
            with Reader(path) as reader:
                source = addressed(path, reader.parts.values(), scratch / "addressed.xlsx")
            plant(source, copy, control.sheet, control.cell, false)
            (scratch / "engine").mkdir()
            grids = one.recalculate(copy, extents(model.layout), scratch / "engine")
    except OSError as error:
        why = error.strerror or error
        raise EngineError(f"engine {one.name}: no room to work in ({why}); set TMPDIR to another folder") from None
    if grids[control.sheet].get(control.row, control.column) == false:
        raise EngineError(
            f"engine {one.name} did not recalculate {control.sheet}!{control.cell}: it returned the false value "
            "planted there, so its run proves nothing"
        )
    return grids
