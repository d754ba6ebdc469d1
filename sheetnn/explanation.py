"""`explain`: what one cell of a workbook is, where its number comes from and where it goes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from .copies import formula_of
from .errors import SheetnnError
from .formulas import same_formula
from .labels import plain, words
from .model import Model
from .opened import At, Opened, open_book, own_model, sheets_of, with_cells
from .reader import Error
from .references import references
from .spots import (
    Named,
    address,
    cell_of,
    grouped,
    label_at,
    neighbour,
    owner,
    parse_address,
    parse_spot,
    spot_name,
)
from .substitution import MOST, spelled, substituted
from .wiring import Spot, Wiring
from .wording import equation_of, what, where
from .writer import STORE

SCHEMA = "sheetnn.explain/1"


@dataclass(frozen=True)
class Formula:
    """The generated formula, the file's, and the file's with the numbers put in: exact, and short for reading.

    All without '='; `numbers_from` is `engine` where the file stores no values to put in.
    """

    generated: str
    found: str
    same: bool
    numbers: str
    short: str
    numbers_from: str


@dataclass(frozen=True)
class Value:
    """A value computed from the inputs in the file, and the one stored; `trouble` says why nothing is computed."""

    engine: Any
    stored: Any
    same: bool
    apart: float | None
    trouble: str = ""


@dataclass(frozen=True)
class Relations:
    """Cells that one depends on, or that depend on it: the direct ones by name, and all of them by block."""

    direct: list[Named]
    total: dict[str, int]

    @property
    def counts(self) -> tuple[int, int]:
        return sum(one.count for one in self.direct), sum(self.total.values())


@dataclass(frozen=True)
class Explanation:
    """One cell. `kind` is formula, input, label, empty, outside or recipe; the last four belong to no block."""

    path: str
    recipe: str
    at: str
    kind: str
    name: str = ""
    role: str = ""
    what: str = ""
    where: list[str] = field(default_factory=list)
    equation: str = ""
    source: str = ""
    formula: Formula | None = None
    value: Value | None = None
    needs: Relations | None = None
    used_by: Relations | None = None
    text: str = ""
    near: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        table = asdict(self)
        for key, value in table.items():
            if key in ("needs", "used_by") and value is not None:
                direct, total = getattr(self, key).counts
                table[key] = {"direct_count": direct, "total_count": total, **value}
        return {"schema": SCHEMA, **table}


def explain(path: str | Path, cell: str, language: str = "zh") -> Explanation:
    """What a cell is: `cell` is `学习!L14` or a block's `hidden.delta[1,3]@2`, the words in `language`.

    Raises FileError for a workbook that cannot be read, RecipeError for an exercise, SheetnnError for a cell, block
    or sheet that does not exist.
    """
    path = Path(path)
    said = words(language)
    model = own_model(path, "explain")
    spot, at = _target(path, model, cell)
    if spot is None:
        return _outside(path, model, at)
    block = model.graph[spot[0]]
    corner = cell_of(model, (spot[0], (0,) * len(spot[1]), spot[2])) if block.op and block.op.whole else at
    book = open_book(path, model, [at, corner])
    wiring = Wiring(model.graph, model.layout)
    typed = block.op is None or (block.start is not None and spot[2] == model.graph.first_epoch)
    equation = equation_of(model, block, spot[1], said)
    formula = _formula(book, spot, corner)
    needs = Relations(grouped(model.graph, wiring.needs(*spot)), _counts(wiring.preceding(*spot)))
    used = Relations(grouped(model.graph, wiring.used_by(*spot)), _counts(wiring.following(*spot)))
    return Explanation(
        str(path),
        model.recipe.id,
        address(at),
        "input" if typed else "formula",
        spot_name(spot),
        block.role,
        what(spot[0], said),
        where(model, spot, said),
        plain(equation.line) if equation.symbol and equation.text else equation.text,
        equation.source,
        formula,
        _value(book, spot, at, typed),
        needs,
        used,
    )


def _target(path: Path, model: Model, text: str) -> tuple[Spot | None, At]:
    """The spot that is meant, if it is one, and its cell."""
    if "!" in text:
        at = parse_address(text, sheets_of(path))
        return owner(model, *at), at
    block, index, epoch = parse_spot(text, model.graph)
    if block.name not in model.layout.places:
        users = [one.name for one in model.graph if any(use.name == block.name for use in one.args)]
        inside = ", ".join(users) or "none"
        raise SheetnnError(f"{block.name} has no cells of its own; it is written into the formulas of {inside}")
    first = model.graph.first_epoch
    if (block.shape and index is None) or (block.repeated and epoch is None):
        example = spot_name((block.name, (0,) * len(block.shape), first if block.repeated else None))
        raise SheetnnError(f"{text}: names a block; name one of its cells, such as {example}, or use --block {text}")
    spot: Spot = (block.name, index or (), epoch)
    return spot, cell_of(model, spot)


def _outside(path: Path, model: Model, at: At) -> Explanation:
    """A cell that belongs to no block."""
    label = label_at(model, *at)
    near = neighbour(model, *at)
    beside = f"{spot_name(near)} ({address(cell_of(model, near))})" if near else ""
    if at[0] == STORE:
        return Explanation(str(path), model.recipe.id, address(at), "recipe")
    held = open_book(path, model, [at]).cells.get(at)
    value = None if held is None else held.value
    text = value if isinstance(value, str) else spelled(value)
    formula = f"={held.formula} → " if held is not None and held.formula else ""
    kind = "label" if label and not formula else "outside" if formula or text else "empty"
    shown = formula + text if formula or text else plain(label or "")
    return Explanation(str(path), model.recipe.id, address(at), kind, text=shown, near=beside)


def _formula(book: Opened, spot: Spot, at: At) -> Formula | None:
    """None for a typed number that is one in the file too."""
    model = book.model
    block = model.graph[spot[0]]
    index = (
        dict.fromkeys(block.axes, 0) if block.op and block.op.whole else dict(zip(block.axes, spot[1], strict=True))
    )
    epoch = 0 if spot[2] is None else spot[2] - model.graph.first_epoch
    generated = formula_of(model.graph, model.layout, block, index, epoch)
    held = book.cells.get(at)
    found = held.formula if held else ""
    if not generated and not found:
        return None
    shown = found or generated
    cells = {
        (one.sheet or at[0], row, column)
        for one in references(shown)
        for row, column in islice(np.ndindex(one.last_row - one.row + 1, one.last_column - one.column + 1), MOST)
        for row, column in [(row + one.row, column + one.column)]
    }
    beyond = {cell for cell in cells if not book.inside(cell)}
    book = with_cells(book, beyond) if beyond else book
    computed = any(book.stored(cell) is None and _computed(book, cell) is not None for cell in cells)

    def number(sheet: str, row: int, column: int) -> Any:
        cell = (sheet or at[0], row, column)
        stored = book.stored(cell)
        return _computed(book, cell) if stored is None else stored

    numbers, short = substituted(shown, number), substituted(shown, number, 4, 6)
    same = generated == found or same_formula(generated, found)
    return Formula(generated, found, same, numbers, short, "engine" if computed else "file")


def _computed(book: Opened, at: At) -> Any:
    return book.engine[at[0]].get(at[1], at[2]) if book.inside(at) else None


def _value(book: Opened, spot: Spot, at: At, typed: bool) -> Value:
    """The stored value beside the computed one, equal within the bounds of `verify`."""
    stored = book.stored(at)
    shown = str(stored) if isinstance(stored, Error) else stored
    if typed:
        return Value(shown, shown, True, None)
    if book.trouble:
        return Value(None, shown, False, None, book.trouble)
    name, index, epoch = spot
    where = index if epoch is None else (epoch - book.model.graph.first_epoch, *index)
    engine = np.asarray(book.values[name][where]).item()
    if isinstance(stored, bool) or not isinstance(stored, int | float) or isinstance(engine, str):
        blank = stored is None and engine == ""  # an empty text shows nothing
        return Value(engine, shown, blank or (stored == engine and type(stored) is type(engine)), None)
    apart = abs(stored - engine)
    return Value(engine, stored, bool(apart <= book.bounds(name)[where]), apart)


def _counts(masks: dict[str, Any]) -> dict[str, int]:
    return {name: int(mask.sum()) for name, mask in masks.items()}
