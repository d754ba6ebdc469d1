"""From the texts of labels to classes: whole numbers, or names in any script."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .console import short
from .errors import RecipeError, counted, nearest, quoted
from .faults import Faults, FaultsError
from .names import check_name, folded, plain
from .sources import Source

Class = int | str
MOST = 255
"""Classes that a network may tell apart: as many arguments as a function of a spreadsheet takes."""
_WHOLE = re.compile(r"[+-]?\d{1,15}(\.0*)?", re.ASCII).fullmatch  # a spreadsheet holds 15 digits


def classify(source: Source, given: tuple[Class, ...] | None, where: str) -> tuple[NDArray[Any], tuple[Class, ...]]:
    """Labels, shape (sample,), and classes in order: the `given` ones, else those that occur, sorted.

    If every label is a whole number (of at most 15 digits) and no given class is a name, labels and classes are these
    numbers; else classes are names, and a label is the position of its class, counted from 1. Raises RecipeError,
    and FaultsError with every label that cannot be one.
    """
    texts = [plain(text) for text in source.labels]
    first: dict[str, int] = {}
    for sample, text in enumerate(texts):
        first.setdefault(text, sample)
    if given is None and len(first) > MOST:
        raise RecipeError(
            f"{source.name}: its labels are {len(first):,} different ones; expected at most {MOST} classes "
            "(a regression names its outputs instead)"
        )
    wrong: dict[str, str] = {}
    for text in first:
        try:
            check_name(text, "label" + (f" {quoted(text)}" if text else ""))
        except RecipeError as error:
            wrong[text] = str(error)
    if wrong and given is None:
        raise _faults(source, texts, wrong)
    numeric = all(map(_WHOLE, first)) if given is None else all(isinstance(one, int) for one in given)
    known = {text: int(text.partition(".")[0]) if numeric and _WHOLE(text) else text for text in first}
    classes = _sorted(known.values()) if given is None else _given(given, numeric, where)
    _distinct(classes, source.name if given is None else f"{where}: data.classes")
    for text, one in known.items():
        if one not in classes and text not in wrong:
            near = nearest(text, map(str, classes))
            wrong[text] = f"label {told(one)} is not among the classes {short(list(classes))}{near}"
    if wrong:
        raise _faults(source, texts, wrong)
    numbers = {text: one if isinstance(one, int) else classes.index(one) + 1 for text, one in known.items()}
    return np.array([numbers[text] for text in texts], dtype=np.int64), classes


def _faults(source: Source, texts: list[str], wrong: dict[str, str]) -> FaultsError:
    """Every sample whose label is `wrong`, with what is said of that."""
    faults = Faults()
    for sample, text in enumerate(texts):
        if text in wrong:
            faults.add(source.position(sample), f"{source.place(sample)}: {wrong[text]}")
    return FaultsError([source.faults, faults])


def told(one: Class) -> str:
    """A class in a message."""
    return str(one) if isinstance(one, int) else quoted(one)


def refuse_absent(labels: NDArray[Any], classes: dict[int, Class], mend: str, name: str) -> None:
    """Refuse a class that is alone, or without a sample to learn from; `mend` says what helps. Raises RecipeError."""
    if len(classes) < 2:
        only = " and ".join(map(told, classes.values()))
        raise RecipeError(f"{name}: every label is {only}; expected at least two classes to tell apart{mend}")
    found = set(labels.tolist())
    for number, one in classes.items():
        if number not in found:
            raise RecipeError(
                f"{name}: class {told(one)} never occurs among the {counted(len(labels), 'sample')} to learn from"
                f"{mend}"
            )


def _sorted(found: Iterable[Class]) -> tuple[Class, ...]:
    """Each class once: numbers by size, or names by their letters."""
    return tuple(sorted(set(found), key=lambda one: (one, "") if isinstance(one, int) else (0, one)))


def _given(given: tuple[Class, ...], numeric: bool, where: str) -> tuple[Class, ...]:
    """Classes of a recipe. Raises RecipeError."""
    if len(given) > MOST:
        raise RecipeError(f"{where}: data.classes: names {len(given):,} classes; expected at most {MOST}")
    if numeric:
        return given
    names = tuple(plain(str(one)) for one in given)
    for name in names:
        check_name(name, f"{where}: data.classes: {quoted(name)}")
    return names


def _distinct(classes: tuple[Class, ...], where: str) -> None:
    """Refuse two classes that a spreadsheet takes for one. Raises RecipeError."""
    seen: dict[str, Class] = {}
    for one in classes:
        alike = folded(str(one))
        if alike in seen:
            how = "are the same" if seen[alike] == one else "differ only in the case of letters, which a cell ignores"
            raise RecipeError(
                f"{where}: classes {told(seen[alike])} and {told(one)} {how}; each needs a name of its own"
            )
        seen[alike] = one
