"""`build`: from a recipe to a workbook with all its values, ready to be saved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .cells import Cell, cells
from .course import diverges
from .errors import DivergedError, RecipeError, SheetnnError
from .evaluation import Evaluation
from .graph import Graph, Values
from .layout import Layout
from .model import Model, asked, from_name
from .output import check_output
from .recipe import load
from .schema import Recipe
from .size import count_formulas
from .writer import Progress, write_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas


@dataclass(frozen=True)
class Workbook:
    """A built workbook: its recipe, graph, layout and values; `inputs` replace numbers of the recipe."""

    model: Model
    inputs: Values | None = None

    @property
    def recipe(self) -> Recipe:
        return self.model.recipe

    @property
    def name(self) -> str:
        """The default name of its file, without ending: the recipe's id, and for an exercise its part and kind."""
        asked = self.model.exercise
        if asked is None:
            return self.recipe.id
        return f"{self.recipe.id}-{asked.part}-{'solution' if asked.solved else 'exercise'}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the data and the training give cause to doubt, a line each; the workbook is right all the same."""
        try:
            values = self._evaluated
        except DivergedError:
            return self.model.warnings
        said = diverges(values.watched, values.course, self.graph.first_epoch)
        return (*self.model.warnings, *([f"{self.recipe.id}: {said}"] if said else []))

    @cached_property
    def _evaluated(self) -> Evaluation:
        return self.model.evaluated(self.inputs)

    @property
    def graph(self) -> Graph:
        return self.model.graph

    @property
    def layout(self) -> Layout:
        return self.model.layout

    @cached_property
    def values(self) -> Values:
        """Values by block name, whatever the layout; those of repeated blocks carry a leading epoch axis."""
        return (self.model.rolled or self.graph).evaluate(self.inputs)

    @property
    def formulas(self) -> int:
        """How many formula cells the workbook has."""
        return count_formulas(self.graph, self.layout)

    def cells(self) -> Iterator[Cell]:
        """Every cell of every block, sheet by sheet, row by row."""
        values = self.values if self.model.rolled is None else self.graph.evaluate(self.inputs)
        return cells(self.graph, self.layout, values)

    def frame(self, block: str) -> pandas.DataFrame:
        """One block as a table: its axes (and the epoch, from 1) as index, its numbers as column.

        Raises SheetnnError for a block that does not exist.
        """
        import pandas

        from .errors import nearest

        graph = self.model.rolled or self.graph
        if block not in graph.blocks:
            raise SheetnnError(f"no block {block!r}{nearest(block, graph.blocks)}")
        known = graph[block]
        axes = dict(known.axes)
        if known.repeated:
            axes = {"epoch": graph.epochs, **axes}
        values = self.values[block].ravel()
        if not axes:
            return pandas.DataFrame({block: values})
        first = {"epoch": graph.first_epoch}
        ranges = [range(first.get(axis, 1), first.get(axis, 1) + size) for axis, size in axes.items()]
        return pandas.DataFrame({block: values}, pandas.MultiIndex.from_product(ranges, names=list(axes)))

    def save(
        self, path: str | Path, force: bool = False, progress: Progress | None = None, protect: bool = False
    ) -> Path:
        """Write the workbook to `path` and return it; `protect` locks all but the input cells, without a password.

        Raises FileError if `path` exists and `force` is not set, or if it cannot be written.
        """
        path = check_target(Path(path), force)
        title = self.recipe.titled(self.model.language)
        values = self.model.known(self._evaluated)
        write_workbook(path, self.graph, self.layout, values, self.model.to_json(), title, progress, force, protect)
        return path


def check_target(path: Path, force: bool) -> Path:
    """Refuse a workbook's target; see `sheetnn.output.check_output`."""
    return check_output(path, force, "a workbook", (".xlsx",))


def build(
    recipe: str | Path,
    *,
    epochs: int | None = None,
    eta: float | None = None,
    language: str = "zh",
    pages: tuple[str, ...] | None = None,
    start: str | Path | None = None,
) -> Workbook:
    """The workbook of a shipped recipe (by id) or of a `.toml` file.

    `epochs`, `eta` and `pages` replace what the recipe says (`pages=()`: none are added); `language` is that of
    the labels (zh, en, or one that was added).
    `start` names a file of parameters (see `sheetnn.parameters`) whose numbers replace the recipe's. Raises
    RecipeError for a recipe or data that cannot be used, LayoutError where it would not fit a sheet, and, when values
    are first asked for, DivergedError.

    >>> build("2-11").save("2-11.xlsx")  # doctest: +SKIP
    """
    model = from_name(recipe, language, epochs, eta, pages)
    if start is None:
        return Workbook(model)
    from .parameters import start_from

    inputs = start_from(start, model)
    if eta is not None:
        inputs.pop("eta", None)
    return Workbook(model, inputs)


def exercise(
    recipe: str | Path, part: str, *, image: int = 1, language: str = "zh", eta: float | None = None
) -> tuple[Workbook, Workbook]:
    """An exercise about one image of the first epoch, and its solution.

    `part` is what the learner fills in: forward, delta, gradient or update; `image` counts from 1.
    Raises RecipeError for a recipe without a trained network, or a part or image that does not exist.
    """
    known, _ = load(recipe)
    if known.training is None or not known.layers:
        raise RecipeError(f"{known.id}: an exercise needs a network with [training]")
    base = from_name(recipe, language, 1, eta, ())
    return Workbook(asked(base, part, image, False)), Workbook(asked(base, part, image, True))
