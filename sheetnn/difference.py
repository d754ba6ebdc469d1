"""`diff`: two workbooks, cell by cell, formulas and values. Works on any xlsx files."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from .comparison import Comparison
from .errors import SheetnnError
from .grouping import Grouping
from .model import Model
from .reader import Reader
from .selection import select
from .sidebyside import Terms, differences
from .stored import read_model
from .writer import STORE

KEPT = 10_000
"""How many differences are kept with all details; the rest are counted."""


LARGEST = 50_000_000
"""Cells of a model up to which causes are followed; a small file can claim to carry a larger one."""


def diff(
    a: str | Path,
    b: str | Path,
    *,
    rtol: float = 0.0,
    atol: float = 0.0,
    values_only: bool = False,
    formulas_only: bool = False,
    sheets: Iterable[str] = (),
    ignore: Iterable[str] = (),
    max_diffs: int = KEPT,
) -> Comparison:
    """Compare two workbooks; numbers are equal where |a-b| <= atol + rtol*|b|, everything else exactly.

    `sheets` names those to compare (none: all), `ignore` areas to leave out, such as `Data!A1:B9` (see
    `sheetnn.selection`). At most `max_diffs` differences are kept with their details, all are counted. Where both
    files were built by sheetnn, causes and blocks are told too. Raises FileError for a file that cannot be read,
    SheetnnError for a tolerance that is no number >= 0, a sheet that neither file has, or an area that is none.
    """
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if not 0 <= tolerance < math.inf:
            raise SheetnnError(f"{name} is {tolerance}; expected a number of at least 0")
    if values_only and formulas_only:
        raise SheetnnError("values only and formulas only exclude each other; leave one out")
    if max_diffs < 0:
        raise SheetnnError(f"max_diffs is {max_diffs}; expected a number of at least 0")
    sheets, ignore = list(sheets), list(ignore)
    result = Comparison(str(a), str(b), sheets, ignore, rtol, atol, values_only, formulas_only)
    terms = Terms(rtol, atol, not formulas_only, not values_only)
    with Reader(a) as one, Reader(b) as other:
        chosen = select(sheets, ignore, list(dict.fromkeys([*one.sheets, *other.sheets])))
        models = _models(one, other)
        groups = Grouping(*models, terms.formulas, max_diffs) if models else None
        for found in differences(one, other, chosen, terms, result):
            result.different += 1
            if groups is not None:
                groups.note(found)
            elif len(result.differences) < max_diffs:
                result.differences.append(found)
        if models and groups is not None:
            lacking = groups.judge()
            if lacking:
                again = Grouping(*models, terms.formulas, max_diffs)
                some = replace(chosen, sheets=frozenset(sheet for sheet, _, _ in lacking))
                for found in differences(one, other, some, terms, Comparison("", "")):
                    if (found.sheet, found.row, found.column) in lacking:
                        again.note(found)
                groups.take_unexplained(again)
            groups.tell(result)
            if formulas_only:
                result.causes = [replace(cause, dependents=None) for cause in result.causes]
    return result


def _models(one: Reader, other: Reader) -> tuple[Model, Model] | None:
    """The models of both files; None if one carries none, a damaged or a huge one: then a cell is just a cell."""
    if STORE not in one.parts or STORE not in other.parts:
        return None
    try:
        models = read_model(one.path), read_model(other.path)
    except SheetnnError:
        return None
    return None if max(map(_cells, models)) > LARGEST else models


def _cells(model: Model) -> int:
    return sum(block.size * (model.graph.epochs if block.repeated else 1) for block in model.graph)
