"""Targets and verdicts: one-hot targets, the class of the largest output, hits and their rate (book 3-5 and 5-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import LayoutError
from .ops import IMAGE, Axes, Elementwise, Index, Named, Op
from .products import sum_of_products

if TYPE_CHECKING:
    from .refs import Area, Ref

HIT, MISS = "○", "×"
SAME = Elementwise(f'IF({{0}}={{1}},"{HIT}","{MISS}")', lambda a, b: np.where(a == b, HIT, MISS))


def one_area(ref: Ref, index: Index) -> Area:
    """The cells of one image. Raises LayoutError where they are not one rectangle."""
    area = ref.area(index)
    if area is None:
        raise LayoutError(f"{ref.consumer}: the cells of {ref.name} for one image have gaps; place them together")
    return area


@dataclass(frozen=True)
class OneHot(Op):
    """Targets from a label: 1 for the unit of the label's class, else 0 (book 3-3)."""

    classes: tuple[int, ...]
    axis: str

    def sizes(self) -> Axes:
        return {self.axis: len(self.classes)}

    def formula(self, index: Index, *refs: Ref) -> str:
        return f"IF({refs[0].cell(index)}={self.classes[index[self.axis]]},1,0)"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return (args[0].along({**axes, self.axis: 1}) == np.array(self.classes)).astype(int)


@dataclass(frozen=True)
class Verdict(Op):
    """The class of the largest output; of equal ones the first (book 3-5)."""

    classes: tuple[int, ...]
    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        cells = [refs[0].cell({**index, self.axis: unit}) for unit in range(len(self.classes))]
        if len(cells) == 2:
            return f"IF({cells[0]}>={cells[1]},{self.classes[0]},{self.classes[1]})"
        text = str(self.classes[-1])
        for unit in reversed(range(len(cells) - 1)):
            text = f"IF({cells[unit]}=MAX({','.join(cells)}),{self.classes[unit]},{text})"
        return text

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        full = {**axes, self.axis: len(self.classes)}
        return np.array(self.classes)[args[0].along(full).argmax(axis=-1)]


@dataclass(frozen=True)
class Largest(Op):
    """1 for every unit that equals the largest, else 0 (book 5-4)."""

    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        area = one_area(refs[0], {axis: n for axis, n in index.items() if axis != self.axis})
        return f"IF(MAX({area.text})={refs[0].cell(index)},1,0)"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        data = args[0].along(axes)
        return (data == data.max(axis=list(axes).index(self.axis), keepdims=True)).astype(int)


@dataclass(frozen=True)
class Agree(Op):
    """Whether two one-hot columns name the same class (book 5-4)."""

    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        return f'IF({sum_of_products(refs[0], refs[1], index)}=1,"{HIT}","{MISS}")'

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        full = {**axes, self.axis: args[0].axes[self.axis]}
        return np.where((args[0].along(full) * args[1].along(full)).sum(axis=-1) == 1, HIT, MISS)


class Rate(Op):
    """The share of hits among all images (book 3-5)."""

    def formula(self, index: Index, *refs: Ref) -> str:
        line = refs[0].line(index, IMAGE)
        if line is None:
            raise LayoutError(f"{refs[0].consumer}: the row of {refs[0].name} holds other cells too")
        if refs[0].axes[IMAGE] == 1:
            return f'IF({line}="{HIT}",1,0)'  # COUNTIF of a single cell is an error in IronCalc
        return f'COUNTIF({line},"{HIT}")/COUNTA({line})'

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return np.array((args[0].data == HIT).mean())


class Lookup(Op):
    """The class number that stands beside the largest output (book 5-4)."""

    def formula(self, index: Index, *refs: Ref) -> str:
        outputs, numbers = (one_area(ref, {axis: n for axis, n in index.items() if axis in ref.axes}) for ref in refs)
        if refs[0].axes.get(IMAGE, 1) == 1 and outputs.left_of(numbers):
            table = f"{outputs.text.partition(':')[0]}:{numbers.text.rpartition(':')[2].replace('$', '')}"
            return f"VLOOKUP(MAX({outputs.text}),{table},2,0)"
        match = f"MATCH(MAX({outputs.text}),{outputs.text},0)"
        # both positions: Gnumeric takes a single one as that of a row, also in a range of one row
        return f"INDEX({numbers.text},{match},1)" if numbers.down else f"INDEX({numbers.text},1,{match})"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        outputs, numbers = args
        (unit,) = numbers.axes
        return numbers.data[outputs.along({**axes, unit: numbers.axes[unit]}).argmax(axis=-1)]


@dataclass(frozen=True)
class NameOf(Op):
    """The name of a class, from the table of names and the class's number, counted from 1."""

    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        names, number = refs
        return names.lookup({}, {self.axis: f"{number.cell(index)}-1"})

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        names, number = args
        return names.data[np.clip(number.along(axes).astype(int) - 1, 0, len(names.data) - 1)]
