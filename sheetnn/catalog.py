"""Ops by name, for the blocks that a recipe writes out itself. A new one is one row of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .convolution import Convolve, Pool, Scan, SumOver
from .errors import RecipeError, SheetnnError, nearest
from .expression import Expression
from .functions import ACTIVATIONS
from .graph import Graph
from .ops import COPY, IMAGE, MULTIPLY, Activate, Axes, Contract, Count, Elementwise, Index, Named, Op, Total, Verdict
from .recipe import BlockEntry

if TYPE_CHECKING:
    from .refs import Ref

HIT, MISS = "○", "×"
ADD = Elementwise("{0}+{1}", lambda a, b: a + b)
SUBTRACT = Elementwise("{0}-{1}", lambda a, b: a - b)
STEP = Elementwise("IF({0}>={1},1,0)", lambda s, threshold: (s >= threshold).astype(int))  # book 1-2: the unit step
SAME = Elementwise(f'IF({{0}}={{1}},"{HIT}","{MISS}")', lambda a, b: np.where(a == b, HIT, MISS))


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


@dataclass(frozen=True)
class Largest(Op):
    """1 for every unit that equals the largest, else 0 (book 5-4)."""

    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        area = refs[0].area({axis: n for axis, n in index.items() if axis != self.axis})
        assert area is not None, "units of one image stand side by side"
        return f"IF(MAX({area.text})={refs[0].cell(index)},1,0)"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        data = args[0].along(axes)
        return (data == data.max(axis=list(axes).index(self.axis), keepdims=True)).astype(int)


@dataclass(frozen=True)
class Agree(Op):
    """Whether two one-hot columns name the same class (book 5-4)."""

    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        one, other = (ref.area(index) for ref in refs)
        assert one is not None and other is not None, "units of one image stand side by side"
        return f'IF(SUMPRODUCT({one.text},{other.text})=1,"{HIT}","{MISS}")'

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        full = {**axes, self.axis: args[0].axes[self.axis]}
        return np.where((args[0].along(full) * args[1].along(full)).sum(axis=-1) == 1, HIT, MISS)


class Rate(Op):
    """The share of hits among all images (book 3-5)."""

    def formula(self, index: Index, *refs: Ref) -> str:
        line = refs[0].line(index, IMAGE)
        if line is None:
            raise SheetnnError(f"{refs[0].consumer}: the row of {refs[0].name} holds other cells too")
        return f'COUNTIF({line},"{HIT}")/COUNTA({line})'

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return np.array((args[0].data == HIT).mean())


class Lookup(Op):
    """The class number beside the largest output (book 5-4): outputs and numbers are adjacent columns."""

    def formula(self, index: Index, *refs: Ref) -> str:
        outputs, numbers = (ref.area({axis: n for axis, n in index.items() if axis in ref.axes}) for ref in refs)
        assert outputs is not None and numbers is not None, "outputs and numbers are columns"
        table = f"{outputs.text.partition(':')[0]}:{numbers.text.rpartition(':')[2]}"
        return f"VLOOKUP(MAX({outputs.text}),{table},2,0)"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        outputs, numbers = args
        (unit,) = numbers.axes
        return numbers.data[outputs.along({**axes, unit: numbers.axes[unit]}).argmax(axis=-1)]


class Size(Op):
    """How many numbers there are."""

    def formula(self, index: Index, *refs: Ref) -> str:
        return f"COUNT({_area(refs[0])})"

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


class Whole(Op):
    """One array formula for the whole block."""

    whole = True

    def array_formula(self, *refs: Ref) -> str:
        raise NotImplementedError

    def formula(self, index: Index, *refs: Ref) -> str:
        return self.array_formula(*refs)


class MatrixProduct(Whole):
    """AB (book 2-5), as MMULT."""

    def array_formula(self, *refs: Ref) -> str:
        return f"MMULT({_area(refs[0])},{_area(refs[1])})"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return args[0].data @ args[1].data


class Transpose(Whole):
    """The transpose (book 2-5), as TRANSPOSE."""

    def array_formula(self, *refs: Ref) -> str:
        return f"TRANSPOSE({_area(refs[0])})"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return args[0].data.T


@dataclass(frozen=True)
class ArrayArithmetic(Whole):
    """A sum, difference or Hadamard product (book 2-5), element by element in one array formula."""

    sign: str
    function: Callable[..., NDArray[Any]]

    def array_formula(self, *refs: Ref) -> str:
        return f"{_area(refs[0])}{self.sign}{_area(refs[1])}"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return self.function(args[0].data, args[1].data)


def _area(ref: Ref) -> str:
    area = ref.area({})
    if area is None:
        raise SheetnnError(f"{ref.consumer}: {ref.name} is not one rectangle")
    return area.text


Options = Mapping[str, Any]


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
