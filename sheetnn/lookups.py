"""Ops of the pages that look at a workbook: numbers of a chosen epoch and image, and texts with numbers in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import SheetnnError
from .ops import EPOCH, Axes, Index, Named, Op

if TYPE_CHECKING:
    from .refs import Ref

MINUS = "−"


def _position(number: Any, size: int, what: str, first: int = 1) -> int:
    """A typed number as a position from 0. Raises SheetnnError outside the axis."""
    spot = int(number) - first
    if not 0 <= spot < size:
        raise SheetnnError(f"the {what} chosen is {number:g}; expected {first} to {first + size - 1}")
    return spot


@dataclass(frozen=True)
class Pick(Op):
    """The cells of the first argument at chosen positions: an argument for each of `axes`, counted from `first`."""

    axes: tuple[str, ...]
    first: tuple[int, ...]

    def epoch(self, args: Sequence[Named | None]) -> int | None:
        if EPOCH not in self.axes:
            return None
        at = self.axes.index(EPOCH)
        choice = args[1 + at]
        return None if choice is None else int(choice.data) - self.first[at]

    def formula(self, index: Index, *refs: Ref) -> str:
        chosen = {
            axis: f"{ref.cell({})}-{first}" for axis, first, ref in zip(self.axes, self.first, refs[1:], strict=True)
        }
        return refs[0].lookup(index, chosen)

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        data, names = args[0].data, list(args[0].axes)
        for axis, first, arg in zip(self.axes, self.first, args[1:], strict=True):
            at = names.index(axis)
            spot = _position(arg.data, data.shape[at], axis, first)
            data = data[(slice(None),) * at + (spot,)].copy()  # take would copy the other epochs too
            names.remove(axis)
        return Named({name: args[0].axes[name] for name in names}, data).along(axes)


def fixed(number: Any, digits: int) -> str:
    """A number as FIXED writes it: halves away from zero, never a negative zero.

    >>> fixed(-0.5004, 3), fixed(2.0005, 3), fixed(-0.0001, 3)
    ('-0.500', '2.001', '0.000')
    """
    exact = Decimal(f"{float(number):.15g}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return str(abs(exact) if exact == 0 else exact)


def _moved(cell: str, factor: int, offset: int) -> str:
    """The text of factor·(n-1) + offset."""
    if factor == 1:
        return cell if offset == 1 else f"{cell}{offset - 1:+d}"
    return f"{factor}*({cell}-1)" + (f"+{offset}" if offset else "")


@dataclass(frozen=True)
class Shown:
    """One number within a text: argument `arg` at `index`, other axes chosen by selector arguments.

    A selector that holds n (counted from 1) chooses position factor·(n-1) + offset. `sign` "+" writes ` + 1.2` or
    ` − 1.2`; "()" puts a negative number in parentheses.
    """

    arg: int
    index: Mapping[str, int] = field(default_factory=dict)
    chosen: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)  # axis -> selector, factor, offset
    digits: int = 3
    sign: str = ""

    def formula(self, refs: tuple[Ref, ...]) -> str:
        ref = refs[self.arg]
        chosen = {axis: _moved(refs[by].cell({}), *move) for axis, (by, *move) in self.chosen.items()}
        cell = ref.lookup(self.index, chosen) if chosen else ref.cell(self.index)
        if self.sign == "+":
            return f'IF({cell}<0," {MINUS} "," + ")&FIXED(ROUND(ABS({cell}),{self.digits}),{self.digits},1)'
        # ROUND: Gnumeric's FIXED alone rounds 0.0005 down; +0: IronCalc's writes a negative zero
        text = f"FIXED(ROUND({cell},{self.digits})+0,{self.digits},1)"
        return f'IF({cell}<0,"("&{text}&")",{text})' if self.sign == "()" else text

    def value(self, args: tuple[Named, ...]) -> str:
        named = args[self.arg]
        spot = []
        for axis, size in named.axes.items():
            if axis in self.chosen:
                by, factor, offset = self.chosen[axis]
                spot.append(_position(factor * (int(args[by].data) - 1) + offset + 1, size, axis))
            else:
                spot.append(self.index[axis])
        number = named.data[tuple(spot)]
        if self.sign == "+":
            return f" {MINUS if number < 0 else '+'} {fixed(abs(number), self.digits)}"
        text = fixed(number, self.digits)
        return f"({text})" if self.sign == "()" and number < 0 else text


@dataclass(frozen=True)
class Spell(Op):
    """An equation with the numbers put in: texts and numbers, one after the other."""

    parts: tuple[str | Shown, ...]

    def formula(self, index: Index, *refs: Ref) -> str:
        quoted = ('"' + part.replace('"', '""') + '"' if isinstance(part, str) else part.formula(refs)
                  for part in self.parts)  # fmt: skip
        return "&".join(quoted)

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return np.array("".join(part if isinstance(part, str) else part.value(args) for part in self.parts))
