"""Samples as a file holds them, before classes, split and scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import RecipeError, counted
from ..faults import Faults

LIMIT = 20_000_000
"""Numbers that samples may hold together: more than any workbook, less than fills a memory."""
_EXACT = 1e15  # a spreadsheet shows 15 digits


@dataclass(frozen=True)
class Source:
    """`x` has shape (sample, *axes); beside it the text of each label, or `targets`, shape (sample, output).

    `place(i)` says where sample i (from 0) stands, for messages, and `lines` has its line in a file of lines. Lines
    with `faults` are left out.
    """

    name: str
    x: NDArray[Any]
    place: Callable[[int], str]
    labels: tuple[str, ...] = ()
    targets: NDArray[Any] | None = None
    features: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    lines: Sequence[int] = ()
    faults: Faults = field(default_factory=Faults)

    def position(self, sample: int) -> int:
        """What puts samples in the order of their file."""
        return self.lines[sample] if len(self.lines) else sample


def whole(numbers: NDArray[Any]) -> NDArray[Any]:
    """The same numbers as integers if all of them are whole, so that a cell shows 1 and not 1.0."""
    wide = numbers.astype(np.float64)
    exact = (np.abs(wide) < _EXACT).all() and (wide == np.rint(wide)).all()
    return wide.astype(np.int64) if exact else wide


def refuse_crowd(name: str, count: int, size: int) -> None:
    """Refuse more than LIMIT numbers. Raises RecipeError."""
    if count * size > LIMIT:
        raise RecipeError(
            f"{name}: {counted(count, 'sample')} of {counted(size, 'number')} are more than {LIMIT:,} numbers; "
            "set a limit, or make the samples smaller"
        )
