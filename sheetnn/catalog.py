"""Ops by name, for the blocks that a recipe writes out itself. A new one is one row of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .arrays import ArrayArithmetic, MatrixProduct, Transpose, whole_area
from .convolution import Convolve, SumOver
from .errors import nearest
from .expression import Expression
from .functions import ACTIVATIONS
from .ops import COPY, IMAGE, MULTIPLY, Activate, Axes, Contract, Count, Elementwise, Index, Named, Op, Total
from .pooling import POOLINGS, Pool
from .scan import Scan, filter_axes
from .schema import BlockEntry
from .verdicts import SAME, Agree, Largest, Lookup, OneHot, Rate, Verdict

if TYPE_CHECKING:
    from .refs import Ref

ADD = Elementwise("{0}+{1}", lambda a, b: a + b)
SUBTRACT = Elementwise("{0}-{1}", lambda a, b: a - b)
STEP = Elementwise("IF({0}>={1},1,0)", lambda s, threshold: (s >= threshold).astype(int))  # book 1-2: the unit step


@dataclass(frozen=True)
class Compute(Op):
    """An expression of a recipe, with one argument for each variable."""

    expression: Expression
    variables: tuple[str, ...]

    def formula(self, index: Index, *refs: Ref) -> str:
        return self.expression.formula({n: ref.cell(index) for n, ref in zip(self.variables, refs, strict=True)})

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        numbers = {name: arg.along(axes) for name, arg in zip(self.variables, args, strict=True)}
        return np.broadcast_to(self.expression.value(numbers), tuple(axes.values()))


class Size(Op):
    """How many numbers there are."""

    def formula(self, index: Index, *refs: Ref) -> str:
        return f"COUNT({whole_area(refs[0])})"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return np.array(args[0].data.size)


@dataclass(frozen=True)
class Window(Op):
    """A part of one picture: the cells that a filter sees at one position (book, appendix C)."""

    image: int
    row: int
    column: int
    names: tuple[str, str]
    size: tuple[int, int]

    def sizes(self) -> Axes:
        return dict(zip(self.names, self.size, strict=True))

    def formula(self, index: Index, *refs: Ref) -> str:
        i, j = (index[name] for name in self.names)
        return refs[0].cell({IMAGE: self.image, "row": self.row + i, "col": self.column + j})

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        rows, columns = self.size
        picture = args[0].along({IMAGE: 0, "row": 0, "col": 0})[self.image]
        return picture[self.row : self.row + rows, self.column : self.column + columns]


def _scan(entry: BlockEntry, sizes: Axes, stride: bool) -> Scan:
    row, col = entry.options.get("over", ["row", "col"])
    height, width = (int(n) for n in entry.options["size"])
    for axis in (row, col):
        if axis not in sizes:
            raise ValueError(
                f"its arguments have no axis {axis!r}; expected {', '.join(sizes)}{nearest(axis, sizes)}"
            )
    if not (1 <= height <= sizes[row] and 1 <= width <= sizes[col]):
        raise ValueError(f"a window of {height}x{width} does not fit {sizes[row]}x{sizes[col]} cells")
    if stride and (sizes[row] % height or sizes[col] % width):
        raise ValueError(f"windows of {height}x{width} do not divide {sizes[row]}x{sizes[col]} cells")
    down, across = (height, width) if stride else (1, 1)
    extent = (sizes[row], sizes[col])
    return Scan.of(str(entry.options["layer"]), (row, col), extent, (height, width), (down, across))


def _convolve(entry: BlockEntry, sizes: Axes) -> Op:
    scan = _scan(entry, sizes, stride=False)
    filters = tuple(sizes.get(axis, 0) for axis in filter_axes(scan.layer))
    if filters != scan.size:
        raise ValueError(
            f"size {scan.size} and the filter's axes {filter_axes(scan.layer)} of {filters} do not agree"
        )
    return Convolve(scan)


def _pool(entry: BlockEntry, sizes: Axes) -> Op:
    return Pool(among(entry.options["method"], POOLINGS, "method"), _scan(entry, sizes, stride=True))


def _compute(entry: BlockEntry, sizes: Axes) -> Op:
    variables = tuple(entry.options["variables"])
    if len(variables) != len(entry.args):
        raise ValueError(f"{len(variables)} variables for {len(entry.args)} arguments; expected one each")
    return Compute(Expression.parse(entry.options["expression"], variables), variables)


def _window(entry: BlockEntry, sizes: Axes) -> Op:
    image, row, column = (int(n) for n in entry.options["at"])
    (one, other), (height, width) = entry.options["names"], (int(n) for n in entry.options["size"])
    inside = 0 <= image < sizes[IMAGE] and 0 <= row <= sizes["row"] - height and 0 <= column <= sizes["col"] - width
    if not inside:
        raise ValueError(f"a window of {height}x{width} at {entry.options['at']} does not lie in the pictures")
    return Window(image, row, column, (one, other), (height, width))


def _classes(entry: BlockEntry) -> tuple[int, ...]:
    return tuple(int(n) for n in entry.options["classes"])


def _verdict(entry: BlockEntry, sizes: Axes) -> Op:
    classes, axis = _classes(entry), among(entry.options["axis"], sizes, "axis")
    if sizes[axis] != len(classes):
        raise ValueError(f"{len(classes)} classes for {sizes[axis]} outputs")
    return Verdict(classes, axis)


def among(word: str, known: Iterable[str], what: str) -> str:
    """The word, if it is a known one. Raises ValueError with the nearest."""
    if word not in known:
        raise ValueError(f"{what} {word!r} is not known; expected {', '.join(known)}{nearest(word, known)}")
    return word


@dataclass(frozen=True)
class Kind:
    """One row of the catalog: how many arguments, which options, and how the op is made."""

    args: int | tuple[int, int]
    options: tuple[str, ...]
    make: Callable[[BlockEntry, Axes], Op]


def _fixed(op: Op, args: int = 2) -> Kind:
    return Kind(args, (), lambda entry, sizes: op)


OPS: dict[str, Kind] = {
    "copy": _fixed(COPY, 1),
    "add": _fixed(ADD),
    "subtract": _fixed(SUBTRACT),
    "multiply": _fixed(MULTIPLY),
    "step": _fixed(STEP),
    "same": _fixed(SAME),
    "contract": Kind((2, 3), (), lambda entry, sizes: Contract()),
    "total": _fixed(Total(), 1),
    "sum": Kind(
        1, ("over",), lambda entry, sizes: SumOver(tuple(among(a, sizes, "axis") for a in entry.options["over"]))
    ),
    "expression": Kind((1, 100), ("expression", "variables"), _compute),
    "one-hot": Kind(1, ("classes", "axis"), lambda entry, sizes: OneHot(_classes(entry), entry.options["axis"])),
    "verdict": Kind(1, ("classes", "axis"), _verdict),
    "largest": Kind(1, ("axis",), lambda entry, sizes: Largest(among(entry.options["axis"], sizes, "axis"))),
    "agree": Kind(2, ("axis",), lambda entry, sizes: Agree(among(entry.options["axis"], sizes, "axis"))),
    "rate": _fixed(Rate(), 1),
    "lookup": _fixed(Lookup()),
    "size": _fixed(Size(), 1),
    "count": Kind(1, ("size",), lambda entry, sizes: Count(int(entry.options["size"]))),
    "window": Kind(1, ("at", "names", "size"), _window),
    "convolve": Kind((2, 3), ("layer", "over", "size"), _convolve),
    "pool": Kind(1, ("layer", "over", "size", "method"), _pool),
    "matrix-product": _fixed(MatrixProduct()),
    "transpose": _fixed(Transpose(), 1),
    "array-sum": _fixed(ArrayArithmetic("+", np.add)),
    "array-difference": _fixed(ArrayArithmetic("-", np.subtract)),
    "hadamard": _fixed(ArrayArithmetic("*", np.multiply)),
    **{name: _fixed(Activate(name), 1) for name in ACTIVATIONS if name != "step"},  # "step" takes a threshold here
}
