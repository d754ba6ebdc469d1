"""Values of a file held against NumPy's: which cells agree, which are wrong, and which only follow from those."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .address import cell_name
from .causes import Grids, Spots, each_from, judged, numbers_at, reads_input, same, texts_at, without_numbers
from .copies import formula_of
from .errors import DivergedError
from .graph import Block, Values
from .grid import Grid
from .model import Model
from .reader import Error
from .report import Check, Mismatch, Report
from .rounding import by_rounding
from .stored import spots
from .tolerance import Tolerance

KEPT_OF_A_BLOCK = 100
"""How many mismatches of one block and source are kept with all details: so many of the first and of the worst."""


def compare(source: str, model: Model, values: Values, bounds: Tolerance, grids: Grids, report: Report) -> Check:
    """Hold all formula cells of `grids` against the values."""
    check = Check(source, blank=source == "stored" and not report.stored)
    drifts = any(
        (bounds.scaled[b.name] > bounds.base[b.name]).any() for b, _ in judged(model) if b.name in bounds.base
    )
    followed = _epochs_from(model, values, grids) if drifts else None
    good = {}
    for block, place in judged(model):
        sheet = model.layout.sheet_name(place.sheet)
        where = spots(block, place, model.graph)
        if values[block.name].dtype.kind in "fi":
            got = numbers_at(grids[sheet], where)
            good[block.name] = _near(check, sheet, block, values, got, where, bounds, followed)
        else:
            good[block.name] = texts_at(grids[sheet], where) == values[block.name]
        skip = block.start is not None  # the first epoch of a carried block is typed
        if skip:
            good[block.name][0] = True
        check.compared += int(good[block.name].size - (block.size if skip else 0))
        check.different += int((~good[block.name]).sum())
    if check.different:
        each = each_from(model, values, grids)
        apart = None if each is None else by_rounding(model, values, bounds, grids, good, each)
        if apart is None:
            _tell(check, model, values, bounds, grids, report, good, each)
        else:
            check.rounded, check.different, check.widest = check.different, 0, max(check.widest, apart)
    return check


def _near(
    check: Check,
    sheet: str,
    block: Block,
    values: Values,
    got: NDArray[Any],
    where: Spots,
    bounds: Tolerance,
    followed: Values | None,
) -> NDArray[Any]:
    """Which numbers of a block are within their bounds."""
    apart = np.abs(got - values[block.name])
    base, scaled = bounds.base[block.name], bounds.scaled[block.name]
    good = apart <= np.maximum(base, scaled)
    wide = good & (apart > base)
    if wide.any() and followed is not None:
        # the way may wander, but each epoch must follow from the one before within the fixed bounds
        good &= ~wide | (np.abs(got - followed[block.name]) <= base)
    wide &= good
    if wide.any():
        check.scaled += int(wide.sum())
        check.widest = max(check.widest, float(apart[wide].max()))
    if good.any():
        top = np.unravel_index(np.argmax(np.where(good, apart, -1.0)), apart.shape)
        if apart[top] > check.largest:
            check.largest, check.largest_at = float(apart[top]), f"{sheet}!{_cell(where, top)}"
    return good


def _epochs_from(model: Model, values: Values, grids: Grids) -> Values | None:
    """Every epoch computed from the parameters that `grids` hold for it; None if some hold no number."""
    given = {}
    for block, place in model.layout.placed():
        if block.repeated and block.start is not None:
            where = spots(block, place, model.graph)
            given[block.name] = numbers_at(grids[model.layout.sheet_name(place.sheet)], where)
    if not all(np.isfinite(numbers).all() for numbers in given.values()):
        return None
    inputs = {name: values[name] for name in model.graph.inputs() if name not in given}
    try:
        return model.graph.evaluate({**inputs, **{name: given[name][0] for name in given}}, given)
    except DivergedError:
        return None


def _tell(
    check: Check,
    model: Model,
    values: Values,
    bounds: Tolerance,
    grids: Grids,
    report: Report,
    good: Values,
    each: Values | None,
) -> None:
    """Record the wrong cells, and tell causes from cells that follow from others by the generated formula.

    Stored values are stale where all that does not follow is wrong and reads an input: they are those of other
    inputs. A single false value is not stale, as a right one that reads it does not follow from it.
    """
    broken = without_numbers(model, values, grids)
    stale = check.source == "stored" and each is not None
    for block, place in judged(model):
        sheet = model.layout.sheet_name(place.sheet)
        where, expected, wrong = spots(block, place, model.graph), values[block.name], ~good[block.name]
        numeric = expected.dtype.kind in "fi"
        got = numbers_at(grids[sheet], where) if numeric else texts_at(grids[sheet], where)
        lost = [at for at in _each(wrong) if grids[sheet].get(int(where[0][at]), int(where[1][at])) is None]
        check.unstored += len(lost)
        if check.blank:  # said once; what stands in place of a formula is judged
            check.different -= len(lost)
            for at in lost:
                wrong[at] = False
        follows = np.zeros(wrong.shape, bool)
        if each is not None:
            follows = same(got, each[block.name], bounds.base.get(block.name))
            if expected.dtype.kind != "f" and any(use.name in broken for use in block.args):
                follows |= ~np.isfinite(got) if numeric else _errors(got)
            if stale:
                apart = ~follows
                if block.start is not None:
                    apart[0] = False
                stale = not lost and not (apart & ~wrong).any() and not (apart & ~reads_input(model, block)).any()
        check.follow += int((wrong & follows).sum())
        for at in _telling(np.argwhere(wrong), np.abs(got - expected) if numeric else None):
            report.mismatches.append(
                _mismatch(check.source, model, block, sheet, where, at, expected, grids[sheet], bool(follows[at]))
            )
    check.stale = stale and check.follow > 0


def _each(wrong: NDArray[Any]) -> Iterator[tuple[int, ...]]:
    return (tuple(at) for at in np.argwhere(wrong).tolist())


def _errors(texts: NDArray[Any]) -> NDArray[Any]:
    return np.reshape([isinstance(text, Error) for text in texts.ravel()], texts.shape)


def _telling(wrong: NDArray[Any], apart: NDArray[Any] | None) -> list[tuple[int, ...]]:
    """Of many wrong cells of a block the first ones, where the fault began, and the worst."""
    found = [tuple(int(n) for n in spot) for spot in wrong]
    if apart is None or len(found) <= 2 * KEPT_OF_A_BLOCK:
        return found[: 2 * KEPT_OF_A_BLOCK]
    worst = sorted(found, key=lambda spot: -np.nan_to_num(apart[spot], nan=np.inf))[:KEPT_OF_A_BLOCK]
    return sorted({*found[:KEPT_OF_A_BLOCK], *worst})


def _cell(where: Spots, at: Any) -> str:
    return cell_name(int(where[0][at]), int(where[1][at]))


def _mismatch(
    source: str,
    model: Model,
    block: Block,
    sheet: str,
    where: Spots,
    at: tuple[int, ...],
    expected: NDArray[Any],
    grid: Grid,
    follows: bool,
) -> Mismatch:
    epoch, index = (at[0], at[1:]) if block.repeated else (0, at)
    return Mismatch(
        source,
        sheet,
        _cell(where, at),
        block.name,
        tuple(int(n) + 1 for n in index),
        int(epoch) + model.graph.first_epoch if block.repeated else None,
        formula_of(model.graph, model.layout, block, dict(zip(block.axes, map(int, index), strict=True)), int(epoch)),
        np.asarray(expected[at]).item(),
        grid.get(int(where[0][at]), int(where[1][at])),
        follows,
    )
