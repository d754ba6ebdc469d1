"""Formulas of a whole block: written once, and moved for every other image and epoch.

A formula holds marks (see `sheetnn.refs`) where its coordinates move with the copies.
"""

from __future__ import annotations

import re

import numpy as np

from .address import cell_name, letters
from .graph import Block, Graph
from .layout import Layout
from .ops import IMAGE
from .portable import check_formula
from .refs import Ref

MARK = re.compile(r"\x02([rc])(-?\d+),(-?\d+),(-?\d+)\x03")


def write_formula(graph: Graph, layout: Layout, block: Block, index: dict[str, int]) -> str:
    """The formula of one cell, with marks where it moves with image and epoch. Raises LayoutError, FormulaError."""
    assert block.op is not None
    refs = [Ref(graph, layout, block, use) for use in block.args]
    text = block.op.formula(index, *refs)
    check_formula(MARK.sub("1048576", text), block.name)  # the longest that a moving coordinate can be
    return text


def formula_of(graph: Graph, layout: Layout, block: Block, index: dict[str, int], epoch: int = 0) -> str:
    """The formula of one cell as it stands in the workbook, without '='; empty for a typed number.

    An array formula stands in its first cell, as `{A1:B2}formula`; its other cells have none.
    """
    if block.op is None or (block.start is not None and epoch == 0):
        return ""

    def fill(match: re.Match[str]) -> str:
        value = int(match[2]) + int(match[4]) * epoch
        return letters(value) if match[1] == "c" else str(value)

    text = MARK.sub(fill, write_formula(graph, layout, block, index))
    if not block.op.whole:
        return text
    if any(index.values()):
        return ""
    rows, columns = layout.places[block.name].cells(block.axes)
    return f"{{{cell_name(rows.min(), columns.min())}:{cell_name(rows.max(), columns.max())}}}{text}"


def _move(text: str, image: int) -> str:
    """A formula written for image 0, for another image; marks that move with the epoch alone stay."""

    def fill(match: re.Match[str]) -> str:
        value, step = int(match[2]) + int(match[3]) * image, int(match[4])
        if step:
            return f"\x02{match[1]}{value},0,{step}\x03"
        return letters(value) if match[1] == "c" else str(value)

    return MARK.sub(fill, text)


def formulas(graph: Graph, layout: Layout, block: Block) -> list[str]:
    """Formulas of all cells of `block`, in the order of its elements."""
    op = block.op
    assert op is not None
    axes = block.axes
    if op.whole:
        texts = [formula_of(graph, layout, block, {})] + [""] * (block.size - 1)
    elif IMAGE not in axes or not op.uniform:
        spots = (dict(zip(axes, spot, strict=True)) for spot in np.ndindex(*axes.values()))
        texts = [_move(write_formula(graph, layout, block, spot), 0) for spot in spots]
    else:
        texts = np.empty(block.shape, object)  # type: ignore[assignment]
        at = list(axes).index(IMAGE)
        for spot in np.ndindex(*(1 if axis == IMAGE else size for axis, size in axes.items())):
            first = write_formula(graph, layout, block, dict(zip(axes, spot, strict=True)))
            line = (*spot[:at], slice(None), *spot[at + 1 :])
            texts[line] = [_move(first, image) for image in range(axes[IMAGE])]  # type: ignore[call-overload]
        texts = texts.ravel().tolist()  # type: ignore[attr-defined]
    return texts


def check_formulas(graph: Graph, layout: Layout) -> None:
    """Raise LayoutError or FormulaError where a formula cannot be written; for one image where all are alike."""
    for block, _ in layout.placed():
        if block.op is not None:
            axes = {axis: 1 if axis == IMAGE and block.op.uniform else size for axis, size in block.axes.items()}
            for spot in [()] if block.op.whole else np.ndindex(*axes.values()):
                write_formula(graph, layout, block, dict(zip(axes, spot, strict=False)))
