"""Ops by name, for the blocks that a recipe writes out itself. A new one is one row of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .arrays import ArrayArithmetic, MatrixProduct, Transpose, whole_area
from .convolution import Convolve, Pool, Scan, SumOver
from .errors import RecipeError, SheetnnError, nearest
from .expression import Expression
from .functions import ACTIVATIONS
from .graph import Graph
from .ops import COPY, IMAGE, MULTIPLY, Activate, Axes, Contract, Count, Elementwise, Index, Named, Op, Total
from .recipe import BlockEntry
from .verdicts import SAME, Agree, Largest, Lookup, Rate, Verdict

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
    size = (int(entry.options["size"][0]), int(entry.options["size"][1]))
    step = size if stride else (1, 1)
    count = ((sizes[row] - size[0]) // step[0] + 1, (sizes[col] - size[1]) // step[1] + 1)
    return Scan(str(entry.options["layer"]), (row, col), size, step, count)


def _compute(entry: BlockEntry, sizes: Axes) -> Op:
    variables = tuple(entry.options["variables"])
    return Compute(Expression.parse(entry.options["expression"], variables), variables)


def _window(entry: BlockEntry, sizes: Axes) -> Op:
    image, row, column = entry.options["at"]
    names, size = entry.options["names"], entry.options["size"]
    return Window(image, row, column, (names[0], names[1]), (size[0], size[1]))


OPS: dict[str, Callable[[BlockEntry, Axes], Op]] = {
    "copy": lambda entry, sizes: COPY,
    "add": lambda entry, sizes: ADD,
    "subtract": lambda entry, sizes: SUBTRACT,
    "multiply": lambda entry, sizes: MULTIPLY,
    "step": lambda entry, sizes: STEP,
    "same": lambda entry, sizes: SAME,
    "contract": lambda entry, sizes: Contract(),
    "total": lambda entry, sizes: Total(),
    "sum": lambda entry, sizes: SumOver(tuple(entry.options["over"])),
    "expression": _compute,
    "verdict": lambda entry, sizes: Verdict(tuple(entry.options["classes"]), entry.options["axis"]),
    "largest": lambda entry, sizes: Largest(entry.options["axis"]),
    "agree": lambda entry, sizes: Agree(entry.options["axis"]),
    "size": lambda entry, sizes: Size(),
    "window": _window,
    "rate": lambda entry, sizes: Rate(),
    "lookup": lambda entry, sizes: Lookup(),
    "count": lambda entry, sizes: Count(int(entry.options["size"])),
    "convolve": lambda entry, sizes: Convolve(_scan(entry, sizes, stride=False)),
    "pool": lambda entry, sizes: Pool(entry.options["method"], _scan(entry, sizes, stride=True)),
    "matrix-product": lambda entry, sizes: MatrixProduct(),
    "transpose": lambda entry, sizes: Transpose(),
    "array-sum": lambda entry, sizes: ArrayArithmetic("+", np.add),
    "array-difference": lambda entry, sizes: ArrayArithmetic("-", np.subtract),
    "hadamard": lambda entry, sizes: ArrayArithmetic("*", np.multiply),
    **{name: lambda entry, sizes, name=name: Activate(name) for name in ACTIVATIONS},  # type: ignore[misc]
}


def add_blocks(graph: Graph, entries: tuple[BlockEntry, ...]) -> None:
    """Add the blocks that a recipe writes out. Raises RecipeError naming the block."""
    for entry in entries:
        try:
            if entry.op is None:
                values = np.array(entry.values)
                if values.dtype.kind not in "if" or not np.isfinite(values).all():
                    raise ValueError("its values are not all numbers")
                if values.ndim != len(entry.axes):
                    raise ValueError(f"its values have {values.ndim} axes, and {len(entry.axes)} are named")
                graph.constant(
                    entry.name, dict(zip(entry.axes, values.shape, strict=True)), values, entry.role, entry.group
                )
                continue
            if entry.op not in OPS:
                raise ValueError(f"op {entry.op!r} is not known; expected {', '.join(OPS)}{nearest(entry.op, OPS)}")
            sizes: Axes = {}
            for arg in entry.args:
                name = arg.partition("@")[0]
                if name not in graph.blocks:
                    raise ValueError(f"argument {name!r} does not exist{nearest(name, graph.blocks)}")
                sizes |= graph[name].axes
            op = OPS[entry.op](entry, sizes)
            graph.add(entry.name, op, *entry.args, axes=entry.axes, role=entry.role, group=entry.group)
        except KeyError as error:
            raise RecipeError(f"block {entry.name}: {error} is missing") from None
        except (ValueError, TypeError, SheetnnError) as error:
            raise RecipeError(f"block {entry.name}: {error}") from None
