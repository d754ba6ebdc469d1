"""`verify`: are the formulas the generated ones, and do their values follow from the inputs in the file?

The graph is rebuilt from the recipe the workbook carries and the numbers in its input cells. Then three
things are held against it: the formula texts, the values stored in the file, and the values that each
engine computes from a copy in which one stored value was falsified.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .address import cell_name
from .copies import formula_of
from .engines import DEFAULT, engine
from .engines.base import Engine, plant
from .errors import DivergedError, EngineError, FileError
from .graph import Block, Values
from .grid import Grid
from .model import Model
from .report import Check, Mismatch, Report
from .stored import Control, extents, inputs_of, read_model, read_stored, spots
from .tolerance import Tolerance, tolerances

KEPT_OF_A_BLOCK = 100
"""How many mismatches of one block and source are kept with all details: so many of the first and of the worst."""
Say = Callable[[str], None]


def verify(path: str | Path, engines: str | Iterable[str] = (DEFAULT,), say: Say = lambda _: None) -> Report:
    """Check every formula cell of a workbook built by sheetnn against NumPy and the given engines.

    Raises FileError for a file that cannot be read or was not built by sheetnn, EngineError for an engine
    that is missing, fails, or does not restore the falsified value.
    """
    found = [engine(name) for name in dict.fromkeys([engines] if isinstance(engines, str) else engines)]
    path = Path(path)
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
    check = _compare("stored", model, values, bounds, stored, report)
    if check.unstored == check.compared:  # saved by a program that does not calculate
        check.different = 0
        report.mismatches = [one for one in report.mismatches if one.source != "stored"]
    report.checks.append(check)
    for one in found:
        say(one.name)
        grids = _recalculate(one, path, model, control)
        check = _compare(one.name, model, values, bounds, grids, report)
        check.control = f"{control.sheet}!{control.cell}"
        report.checks.append(check)
    return report


def _recalculate(one: Engine, path: Path, model: Model, control: Control) -> dict[str, Grid]:
    """The engine's values of a copy with a falsified cell. Raises EngineError if it comes back falsified."""
    false = 987654.321
    try:
        with tempfile.TemporaryDirectory(prefix="sheetnn-") as folder:
            scratch = Path(folder)
            copy = scratch / "planted.xlsx"
            plant(path, copy, control.sheet, control.cell, false)
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


def _compare(
    source: str, model: Model, values: Values, bounds: Tolerance, grids: dict[str, Grid], report: Report
) -> Check:
    """Hold all formula cells of `grids` against the values."""
    check = Check(source)
    judged = [(block, place) for block, place in model.layout.placed() if block.op is not None]
    drifts = any((bounds.scaled[b.name] > bounds.base[b.name]).any() for b, _ in judged if b.name in bounds.base)
    followed = _follow(model, values, grids) if drifts else None
    for block, place in judged:
        sheet = model.layout.sheet_name(place.sheet)
        rows, columns = spots(block, place, model.graph)
        expected = values[block.name]
        skip = 1 if block.start is not None else 0  # the first epoch of a carried block is typed
        got = grids[sheet].numbers[rows - 1, columns - 1]
        if expected.dtype.kind in "fi":
            apart = np.abs(got - expected)
            base, scaled = bounds.base[block.name], bounds.scaled[block.name]
            good = apart <= np.maximum(base, scaled)
            wide = good & (apart > base)
            if wide.any() and followed is not None:
                # the way may wander, but each epoch must follow from the one before within the fixed bounds
                good &= ~wide | (np.abs(got - followed[block.name]) <= base)
            check.scaled += int((good & wide).sum())
            if good.any():
                top = np.unravel_index(np.argmax(np.where(good, apart, -1.0)), apart.shape)
                if apart[top] > check.largest:
                    check.largest, check.largest_at = float(apart[top]), f"{sheet}!{_cell(rows, columns, top)}"
        else:
            texts = np.empty(expected.shape, object)
            for spot in np.ndindex(expected.shape):
                shown = grids[sheet].get(int(rows[spot]), int(columns[spot]))
                texts[spot] = "" if shown is None and expected[spot] == "" else shown  # an empty text shows nothing
            good = texts == expected
        if skip:
            good[0] = True
        check.compared += int(good.size - (block.size if skip else 0))
        wrong = np.argwhere(~good)
        check.different += len(wrong)
        check.unstored += sum(
            grids[sheet].get(int(rows[spot]), int(columns[spot])) is None for spot in map(tuple, wrong)
        )
        for spot in _telling(wrong, None if expected.dtype.kind not in "fi" else np.abs(got - expected)):
            report.mismatches.append(_mismatch(source, model, block, sheet, rows, columns, spot, expected, grids))
    return check


def _telling(wrong: NDArray[Any], apart: NDArray[Any] | None) -> list[tuple[int, ...]]:
    """Of many wrong cells of a block the first ones, where the fault began, and the worst."""
    spots = [tuple(int(n) for n in spot) for spot in wrong]
    if apart is None or len(spots) <= 2 * KEPT_OF_A_BLOCK:
        return spots[: 2 * KEPT_OF_A_BLOCK]
    worst = sorted(spots, key=lambda spot: -np.nan_to_num(apart[spot], nan=np.inf))[:KEPT_OF_A_BLOCK]
    return sorted({*spots[:KEPT_OF_A_BLOCK], *worst})


def _follow(model: Model, values: Values, grids: dict[str, Grid]) -> Values | None:
    """Every epoch computed from the parameters that `grids` hold for it; None if some hold no number."""
    given = {}
    for block, place in model.layout.placed():
        if block.repeated and block.start is not None:
            rows, columns = spots(block, place, model.graph)
            given[block.name] = grids[model.layout.sheet_name(place.sheet)].numbers[rows - 1, columns - 1]
    if not all(np.isfinite(numbers).all() for numbers in given.values()):
        return None
    inputs = {name: values[name] for name in model.graph.inputs() if name not in given}
    try:
        return model.graph.evaluate({**inputs, **{name: given[name][0] for name in given}}, given)
    except DivergedError:
        return None


def _cell(rows: NDArray[Any], columns: NDArray[Any], spot: Any) -> str:
    return cell_name(int(rows[spot]), int(columns[spot]))


def _mismatch(
    source: str,
    model: Model,
    block: Block,
    sheet: str,
    rows: NDArray[Any],
    columns: NDArray[Any],
    spot: tuple[int, ...],
    expected: NDArray[Any],
    grids: dict[str, Grid],
) -> Mismatch:
    epoch, index = (spot[0], spot[1:]) if block.repeated else (0, spot)
    return Mismatch(
        source,
        sheet,
        _cell(rows, columns, spot),
        block.name,
        tuple(int(n) + 1 for n in index),
        int(epoch) + model.graph.first_epoch if block.repeated else None,
        formula_of(model.graph, model.layout, block, dict(zip(block.axes, map(int, index), strict=True)), int(epoch)),
        np.asarray(expected[spot]).item(),
        grids[sheet].get(int(rows[spot]), int(columns[spot])),
    )
