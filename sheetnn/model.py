"""A model: recipe, graph and layout together, as `build` makes it and as a workbook carries it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from . import __version__
from .claims import check_sizes
from .data import find
from .datasets import load as load_samples
from .descent import descent, descent_layout
from .errors import DivergedError, FileError, FullError, RecipeError, SheetnnError, counted
from .evaluation import Evaluation, Known
from .exercises import Exercise, exercise_graph, exercise_layout
from .graph import Graph, Values
from .heads import heads
from .labels import words
from .layout import Layout
from .network import network, parameter_names, parameter_shapes
from .notes import add_notes
from .numberfile import read_numbers
from .ops import IMAGE
from .pages import read_page
from .placing import check_places, lined, named, page_of
from .recipe import changed, load, parse
from .samples import Dataset
from .schema import Recipe
from .stacked import computed
from .unrolled import Unrolled, unroll
from .views import add_pages

SCHEMA = 2
Page = Mapping[str, Any] | None


@dataclass(frozen=True)
class Model:
    """What a workbook is made of; `page` is the table of its layout, or None for a computed one.

    `rolled` is the graph that `graph` was unrolled from, if it was.
    """

    recipe: Recipe
    language: str
    graph: Graph
    layout: Layout
    page: Page
    shape: Mapping[str, Any]
    exercise: Exercise | None = None
    warnings: tuple[str, ...] = ()
    rolled: Graph | None = None

    def evaluated(self, inputs: Values | None = None) -> Evaluation:
        """The values, a few epochs of them at a time. Raises DivergedError with the epoch and the block."""
        try:
            return Evaluation(self.rolled or self.graph, inputs).check()
        except DivergedError as error:
            raise DivergedError(f"{self.recipe.id}: {error}") from None

    def known(self, values: Evaluation) -> Known:
        """The values as the sheets of the layout show them."""
        return values if self.rolled is None else Unrolled(values)

    def to_json(self) -> str:
        """All that is needed to make graph and layout again; numbers come from the workbook's cells."""
        return json.dumps(
            {
                "sheetnn": __version__,
                "schema": SCHEMA,
                "language": self.language,
                "shape": dict(self.shape),
                "recipe": self.recipe.model_dump(mode="json"),
                "page": self.page,
                "exercise": asdict(self.exercise) if self.exercise else None,
            },
            ensure_ascii=False,
            sort_keys=True,
        )


def from_recipe(recipe: Recipe, folder: Path | None, language: str) -> Model:
    """The model of a recipe whose data stand in `folder`. Raises RecipeError, LayoutError."""
    with lined(recipe.layout, folder):
        return _from_recipe(recipe, folder, language)


def _from_recipe(recipe: Recipe, folder: Path | None, language: str) -> Model:
    page = page_of(recipe.layout, folder)
    recipe = with_file(recipe, folder)
    if recipe.data is None:
        return _fitting(recipe, language, None, {}, page)
    dataset = load_samples(recipe.data, folder, recipe.id)
    if dataset.classes and recipe.data.classes is None:
        recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update={"classes": dataset.classes})})
    model = _fitting(recipe, language, dataset, dataset.shape(), page)
    if recipe.layout.endswith(".toml"):
        check_places(recipe.layout, model.graph, model.layout)
    return replace(model, warnings=(*dataset.warnings, *_few_samples(recipe, dataset)))


def _fitting(recipe: Recipe, language: str, dataset: Dataset | None, shape: Mapping[str, Any], page: Page) -> Model:
    """The model. Raises LayoutError that names what would fit where a sheet is full."""
    try:
        return assemble(recipe, language, dataset, shape, page)
    except FullError as full:
        from .budget import fitting_sheets  # which makes models
        from .lessening import Plan

        raise FullError(f"{full}; use {fitting_sheets(Plan(recipe, language, shape, page))}") from None


def blank(recipe: Recipe, language: str, shape: Mapping[str, Any], page: Page) -> Model:
    """The model of a recipe with blank samples of a shape. Raises RecipeError, LayoutError, ValueError."""
    classes = recipe.data.classes if recipe.data else None
    return assemble(recipe, language, Dataset.blank(shape, classes or ()) if shape else None, shape, page)


def _few_samples(recipe: Recipe, dataset: Dataset) -> list[str]:
    """The warning of book 3-4: the number of samples should not be smaller than that of parameters."""
    shapes = parameter_shapes(recipe, dataset.train.axes)
    count = sum(math.prod(axes.values()) for axes in shapes.values())
    if count <= len(dataset.train):
        return []
    return [
        f"{recipe.id}: {counted(len(dataset.train), 'sample')} to learn from and {counted(count, 'parameter')}; "
        "with fewer samples than parameters many networks fit them alike (book 3-4), so add samples or take fewer "
        "units"
    ]


def from_name(
    name: str | Path,
    language: str,
    epochs: int | None = None,
    eta: float | None = None,
    pages: tuple[str, ...] | None = None,
) -> Model:
    """The model of a shipped id or a `.toml` path, with epochs, eta and pages replaced where given."""
    recipe, folder = load(name)
    recipe = changed(recipe, epochs=epochs, eta=eta)
    if pages is not None:
        recipe = parse({**recipe.model_dump(), "pages": pages}, str(name))
    return from_recipe(recipe, folder, language)


def with_file(recipe: Recipe, folder: Path | None) -> Recipe:
    """The recipe with the numbers of the file that its [start] names. Raises RecipeError, FileError."""
    name = recipe.start.get("file")
    if name is None:
        return recipe
    path = find(str(name), folder)
    numbers = {key: value.tolist() for key, value in read_numbers(path).items() if key in parameter_names(recipe)}
    if not numbers:
        raise RecipeError(f"start.file: {path} holds none of {', '.join(parameter_names(recipe))}")
    own = {key: value for key, value in recipe.start.items() if key != "file"}
    return recipe.model_copy(update={"start": {**numbers, **own}})


def asked(model: Model, part: str, image: int, solved: bool) -> Model:
    """The model of an exercise about `image` (counted from 1) of another model's first epoch. Raises RecipeError."""
    exercise = Exercise.of(part, image, solved, model.recipe, model.shape["x"][0] if model.shape else 0)
    return _asked(model, exercise, (model.rolled or model.graph).evaluate())


def _asked(model: Model, exercise: Exercise, values: Values | None) -> Model:
    whole, labels = model.rolled or model.graph, words(model.language)
    graph = exercise_graph(whole, model.recipe, exercise, values)
    layout = exercise_layout(graph, whole, model.recipe, exercise, labels)
    layout = add_notes(layout, graph, whole, model.recipe, labels)
    layout.check()
    return replace(model, graph=graph, layout=layout, exercise=exercise, rolled=None)


def from_json(text: str, where: str) -> Model:
    """The model that a workbook carries, with blank data. Raises FileError for anything else."""
    try:
        table = json.loads(text)
        schema = table["schema"]
        recipe, shape, page = table["recipe"], table["shape"], table["page"]
        language = table["language"]
        numbers = [int(n) for n in shape["x"]] if shape else []
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise FileError(f"{where}: the recipe in it cannot be read ({error}); build the workbook again") from None
    if schema != SCHEMA:
        raise FileError(f"{where}: written in schema {schema}, this version reads {SCHEMA}; build it again")
    if numbers and (min(numbers) < 1 or math.prod(numbers) > 20_000_000):
        raise FileError(f"{where}: the recipe in it asks for samples of {numbers}; build the workbook again")
    check_sizes(table, where)
    try:
        parsed = parse(recipe, where)
        model = blank(parsed, language, shape, page)
        asked_for = table.get("exercise")
        if asked_for:
            part, image, solved = str(asked_for["part"]), int(asked_for["image"]), bool(asked_for["solved"])
            return _asked(model, Exercise.of(part, image, solved, model.recipe, numbers[0]), None)
        return model
    except SheetnnError as error:
        raise FileError(f"{where}: {error}") from None
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise FileError(f"{where}: the recipe in it cannot be used ({error}); build the workbook again") from None


def assemble(recipe: Recipe, language: str, dataset: Dataset | None, shape: Mapping[str, Any], page: Page) -> Model:
    """The model of a recipe and its samples, of that shape. Raises RecipeError, LayoutError."""
    labels = words(language)
    rolled: Graph | None = None
    if recipe.function is not None:
        graph = descent(recipe)
        layout = descent_layout(graph, recipe, labels)
    else:
        graph = network(recipe, dataset)
        if recipe.layout == "sheets" and recipe.training is not None:
            rolled, graph = graph, unroll(graph)
        if page is None:
            layout = computed(
                recipe.layout, graph, labels, recipe.titled(language), heads(rolled or graph, recipe, dataset)
            )
        else:
            tests = graph["test.x"].axes[IMAGE] if "test.x" in graph.blocks else 0
            counts = {"test": tests} | ({"train": len(dataset.train)} if dataset else {})
            layout = read_page(page, graph, labels, counts)
    base = rolled or graph.copy()
    layout = add_pages(recipe.pages, graph, layout, recipe, labels, _span(shape))
    layout = add_notes(layout, graph, base, recipe, labels)
    with named(recipe.layout):
        layout.check()
    return Model(recipe, language, graph, layout, page, shape, rolled=rolled)


def _span(shape: Mapping[str, Any]) -> tuple[float, float] | None:
    """Least and largest input; None where they are not known. Raises ValueError, TypeError."""
    if "span" not in shape:  # a workbook of before
        return None
    least, most = shape["span"]
    return float(least), float(most)
