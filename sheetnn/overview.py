"""`explain --block`: what a whole block is in one epoch, where it stands, and what its numbers are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .address import cell_name
from .copies import formula_of
from .equations import shape
from .errors import SheetnnError
from .formulas import same_formula
from .graph import Block
from .labels import Words, plain, words
from .model import Model
from .opened import At, Opened, open_book, own_model
from .spots import address, parse_spot, spot_name
from .wiring import Wiring
from .wording import equation_of, layer_words, used_when, what

SCHEMA = "sheetnn.explain/1"
Cells = Any
"""An array of the block's shape that holds (sheet, row, column)."""
MOST_ROWS, MOST_COLUMNS = 16, 12
"""A larger table is summed up only."""


@dataclass(frozen=True)
class Numbers:
    """The values of a block in one epoch, from the file where it stores them, else computed.

    `table` holds those along the last two axes at the first position of the others, if they are few; `different`
    counts stored values that do not follow from the inputs, `edited` formulas that are not the generated ones.
    """

    count: int
    low: float | None
    mean: float | None
    high: float | None
    table: list[list[Any]]
    table_of: str
    different: int
    edited: int
    first_edited: str
    trouble: str


@dataclass(frozen=True)
class BlockExplanation:
    """One block; `kind` is formula, input, or inline for one that has no cells of its own."""

    path: str
    recipe: str
    name: str
    kind: str
    role: str
    what: str
    where: list[str]
    equation: str
    source: str
    shape: str
    place: str
    cells: list[str]
    rectangle: bool
    formula: str
    numbers: Numbers
    needs: list[str]
    used_by: list[str]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"schema": SCHEMA, **asdict(self)}


def explain_block(path: str | Path, block: str, language: str = "zh") -> BlockExplanation:
    """What a block is: `hidden.delta@3`, or `hidden.delta` in the first epoch.

    Raises FileError for a workbook that cannot be read, RecipeError for an exercise, SheetnnError for a block or
    epoch that does not exist, and for one cell of a block.
    """
    path = Path(path)
    said = words(language)
    model = own_model(path, "explain")
    known, index, epoch = parse_spot(block, model.graph)
    if index is not None:
        raise SheetnnError(f"{block}: names one cell; leave out --block, or the brackets")
    if epoch is None and known.repeated:
        epoch = model.graph.first_epoch
    at = 0 if epoch is None else epoch - model.graph.first_epoch
    cells = _cells(model, known, at)
    book = open_book(path, model, [] if cells is None else cells.ravel().tolist())
    typed = known.op is None or (known.start is not None and at == 0)
    equation = equation_of(model, known, None, said)
    page = "" if cells is None else cells.flat[0][0]
    formula = "" if typed or cells is None else formula_of(model.graph, model.layout, known, _first(known), at)
    return BlockExplanation(
        str(path),
        model.recipe.id,
        spot_name((known.name, (), epoch)),
        "inline" if cells is None else "input" if typed else "formula",
        known.role,
        what(known.name, said),
        [one for one in [layer_words(model, known.name, said)] if one],
        plain(equation.line) if equation.symbol and equation.text else equation.text,
        equation.source,
        shape(known),
        f"{page}!{_bounds(cells)}" if cells is not None else "",
        [] if cells is None else [address(cells.flat[0]), address(cells.flat[-1])],
        cells is not None and _extent(cells) == cells.size,
        formula,
        _numbers(book, known, at, cells, typed),
        *_neighbours(model, known, said),
    )


def _first(block: Block) -> dict[str, int]:
    return dict.fromkeys(block.axes, 0)


def _cells(model: Model, block: Block, epoch: int) -> Cells | None:
    """Sheet, row and column of every cell, as an array of the block's shape; None for a block without a place."""
    place = model.layout.places.get(block.name)
    if place is None:
        return None
    sheet = model.layout.sheet_name(place.sheet)
    rows, columns = place.cells(block.axes, epoch)
    found = np.empty(block.shape, object)
    for spot in np.ndindex(block.shape):
        found[spot] = (sheet, int(rows[spot]), int(columns[spot]))
    return found


def _corners(cells: Cells) -> tuple[int, int, int, int]:
    rows, columns = [at[1] for at in cells.flat], [at[2] for at in cells.flat]
    return min(rows), min(columns), max(rows), max(columns)


def _bounds(cells: Cells) -> str:
    top, left, bottom, right = _corners(cells)
    first, last = cell_name(top, left), cell_name(bottom, right)
    return first if first == last else f"{first}:{last}"


def _extent(cells: Cells) -> int:
    top, left, bottom, right = _corners(cells)
    return (bottom - top + 1) * (right - left + 1)


def _numbers(book: Opened, block: Block, epoch: int, cells: Cells | None, typed: bool) -> Numbers:
    engine = book.values.get(block.name)
    if engine is not None and block.repeated:
        engine = engine[epoch]
    shown = np.empty(block.shape, object)
    different = 0
    bounds = None if typed or cells is None else book.bounds(block.name)
    for spot in np.ndindex(block.shape):
        mine = None if engine is None else np.asarray(engine[spot]).item()
        stored = None if cells is None else book.stored(cells[spot])
        shown[spot] = mine if stored is None else stored
        if engine is not None and not typed and cells is not None and stored is not None:
            allowed = None if bounds is None else bounds[(epoch, *spot) if block.repeated else spot]
            different += not _agree(stored, mine, allowed)
    numbers = np.array([one for one in shown.flat if isinstance(one, int | float)], float)
    edited = [] if cells is None else _edited(book, block, epoch, cells, typed)
    few = shown.reshape(-1, *shown.shape[-2:])[0] if shown.ndim > 1 else shown.reshape(1, -1)
    if few.shape[0] > MOST_ROWS or few.shape[1] > MOST_COLUMNS:
        few = few[:0]
    others = shown.ndim - 2
    low, mean, high = (float(f(numbers)) if len(numbers) else None for f in (np.min, np.mean, np.max))
    return Numbers(
        shown.size,
        low,
        mean,
        high,
        [[one if isinstance(one, int | float | str | None) else str(one) for one in row] for row in few.tolist()],
        f"{block.name}[{','.join(['1'] * others + ['*', '*'])}]" if others > 0 and len(few) else "",
        different,
        len(edited),
        edited[0] if edited else "",
        book.trouble,
    )


def _agree(stored: Any, engine: Any, allowed: Any) -> bool:
    if allowed is None or isinstance(stored, bool) or not isinstance(stored, int | float):
        return bool(stored == engine)
    return bool(abs(stored - engine) <= allowed)


def _edited(book: Opened, block: Block, epoch: int, cells: Cells, typed: bool) -> list[str]:
    """The cells whose formula is not the generated one."""
    found = []
    for spot in np.ndindex(block.shape):
        at: At = cells[spot]
        held = book.cells.get(at)
        got = held.formula if held else ""
        model, index = book.model, dict(zip(block.axes, spot, strict=True))
        wanted = "" if typed else formula_of(model.graph, model.layout, block, index, epoch)
        if wanted != got and not same_formula(wanted, got):
            found.append(address(at))
    return found


def _neighbours(model: Model, block: Block, said: Words) -> tuple[list[str], list[str]]:
    """Blocks that this one reads and that read it; of a block without a place as the graph says."""
    if block.name not in model.layout.places:
        users = [used_when(one.name, use.when, said) for one in model.graph for use in one.args
                 if use.name == block.name]  # fmt: skip
        return [used_when(use.name, use.when, said) for use in block.args], list(dict.fromkeys(users))
    wiring = Wiring(model.graph, model.layout)
    needs = [used_when(edge.name, edge.when, said) for edge in wiring.edges(block.name)]
    return needs, list(dict.fromkeys(wiring.readers(block.name)))
