"""Samples from a CSV file of numbers: a head line, then a line a sample."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from ..console import short
from ..errors import RecipeError, nearest, quoted
from ..faults import Faults
from ..names import check_name
from ..schema import Data
from .lines import head_line, lines
from .source import Source, refuse_crowd, whole

_LETTERS = re.compile(r"[\d.eE+\-\s]*", re.ASCII).fullmatch
"""Letters of numbers as a spreadsheet writes them; float() takes also 1_0, nan and ١."""
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII).fullmatch
"""What a comma may part into thousands: 1,234 is 1.234 to one reader and 1234 to another."""


def read_table(data: Data, path: Path, name: str) -> Source:
    """Samples (feature,) with a label, or targets if `outputs` are named; faults name line and column.

    Columns are apart by comma, semicolon or tab. Raises RecipeError where no sample can be read.
    """
    faults = Faults()
    found = lines(path, name, faults, ",;\t")
    head = head_line(next(found, (0, []))[1], name)
    if not head:
        raise RecipeError(f"{name}: is empty; expected a head line of column names, and a line for each sample")
    features, warnings = _features(data, head, name)
    used = [head.index(column) for column in (*features, *data.outputs)]
    label = None if data.outputs else head.index(data.label)
    numbers, labels, places = array("d"), [], []
    for line, cells in islice(found, data.limit):
        if not cells:
            continue
        picked = [cells[column] for column in used]
        values = _numbers(picked)
        if values is None or not all(map(math.isfinite, values)):
            for said in _faults(f"{name}, line {line}", (*features, *data.outputs), picked, data):
                faults.add(line, said)
            continue
        numbers.extend(values)
        places.append(line)
        if label is not None:
            labels.append(cells[label])
        if not len(places) % 1000:
            refuse_crowd(name, len(places), len(used))
    if not places:
        faults.refuse()
        raise RecipeError(f"{name}: holds no samples; expected a line for each below the head line")
    table = np.array(numbers).reshape(len(places), len(used))
    x, targets = whole(table[:, : len(features)]), table[:, len(features) :]

    def place(sample: int) -> str:
        return f"{name}, line {places[sample]}"

    learnt = targets if data.outputs else None
    return Source(name, x, place, tuple(labels), learnt, features, data.outputs, tuple(warnings), places, faults)


def _features(data: Data, head: list[str], name: str) -> tuple[tuple[str, ...], list[str]]:
    """The columns that are inputs, and what to say about those that are not. Raises RecipeError."""
    learnt = data.outputs or (data.label,)
    for key, columns in (("features", data.features), ("outputs" if data.outputs else "label", learnt)):
        for number, column in enumerate(columns):
            if column not in head:
                raise RecipeError(
                    f"{name}: has no column {quoted(column)} (data.{key}){nearest(column, head)}; "
                    f"its columns are {short(', '.join(head))}"
                )
            if column in columns[:number]:
                raise RecipeError(f"{name}: {key} names column {quoted(column)} twice; take one out")
            check_name(column, f"{name}: column {quoted(column)}")
    for column in data.features:
        if column in learnt:
            raise RecipeError(f"{name}: column {quoted(column)} is to be learnt and cannot be among the features too")
    if data.features:
        return data.features, []
    features = tuple(column for column in head if column not in (*learnt, data.label))
    if not features:
        raise RecipeError(f"{name}: has no column besides {quoted(learnt[0])}; expected at least one feature")
    for column in features:
        check_name(column, f"{name}: column {quoted(column)}")
    if data.label in head and data.label not in learnt:
        return features, [
            f"{name}: column {quoted(data.label)} is left out, as outputs are named; "
            "name it under features if it is an input"
        ]
    return features, []


def _numbers(texts: list[str]) -> list[float] | None:
    """The numbers that texts are, or None if one of them is none."""
    try:
        return list(map(float, texts)) if _LETTERS("".join(texts)) else None
    except ValueError:
        return None


def _faults(where: str, columns: tuple[str, ...], texts: list[str], data: Data) -> Iterator[str]:
    """What is wrong with each text that is not a finite number."""
    for column, text in zip(columns, texts, strict=True):
        number = _numbers([text])
        if number is not None and math.isfinite(number[0]):
            continue
        found = f"{where}, column {quoted(column)}: "
        if not text.strip():
            yield found + "the cell is empty; expected a number"
        elif number:
            yield found + f"{quoted(text)} is larger than any number of a spreadsheet"
        elif _THOUSANDS(text.strip()):
            point, plain = quoted(text.strip().replace(",", ".")), quoted(text.strip().replace(",", ""))
            either = (
                f"{point} if it is the decimal comma, {plain} if it" if text.count(",") == 1 else f"{plain}, as it"
            )
            yield found + f"{quoted(text)} has a comma; expected {either} parts thousands"
        elif _numbers([text.replace(",", ".")]):
            mended = quoted(text.replace(",", "."))
            yield found + f"{quoted(text)} has a decimal comma; expected a point, as in {mended}"
        else:
            mine = data.features or column in data.outputs
            hint = "" if mine else "; the key features chooses the columns that are inputs"
            yield found + f"{quoted(text)} is not a finite number{hint}"
