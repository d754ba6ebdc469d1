"""What reading the data tells: a file that is missing, lines that are wrong, labels, classes, split and scale."""

from __future__ import annotations

from dataclasses import replace

from ..classes import classify
from ..datasets import prepare, read
from ..errors import RecipeError, SheetnnError
from ..faults import FaultsError
from ..mistakes import Mistake
from ..rules.data import source
from ..samples import AXES
from ..schema import Data
from ..sources import SOURCES, Source
from ..toml_lines import Path as Spot
from .probe import Facts


def samples(facts: Facts) -> tuple[Facts, list[Mistake]]:
    """The facts with what the data tell, and the mistakes in them."""
    recipe, kind = facts.recipe, source(facts.recipe)
    takes = (f"data.{key}" for key in (*SOURCES, *(SOURCES[kind].takes if kind else ())))
    if recipe.data is None or not kind or not facts.good(*takes):
        return facts, []
    data = _readable(facts, recipe.data)
    try:
        found = read(data, facts.folder, recipe.id)
    except SheetnnError as error:
        return facts, _mistakes(facts, error, kind)
    size = found.x.shape[1:]
    facts = replace(facts, axes=dict(zip(AXES[len(size)], map(int, size), strict=True)))
    try:
        if facts.good("data.limit"):
            _labels(found, data, recipe.id, facts)
        if facts.good("data"):
            facts = replace(facts, dataset=prepare(found, data, recipe.id))
    except SheetnnError as error:
        return facts, _mistakes(facts, error, kind)
    return facts, []


def _readable(facts: Facts, data: Data) -> Data:
    """The table without what is wrong in it."""
    defaults = {key: field.default for key, field in Data.model_fields.items() if not facts.good(f"data.{key}")}
    return data.model_copy(update=defaults)


def _labels(found: Source, data: Data, where: str, facts: Facts) -> None:
    """Raise FaultsError for lines that cannot be read, and labels that cannot be classes."""
    if found.targets is None and facts.good("data.classes", "data.outputs"):
        classify(found, data.classes, where)
    found.faults.refuse()


def _mistakes(facts: Facts, error: SheetnnError, kind: str) -> list[Mistake]:
    """A refusal as mistakes at the key that it names, or at that of the file."""
    path: Spot = ("data", kind)
    if isinstance(error, FaultsError):
        assert facts.recipe.data is not None
        return [Mistake(path, said) for said in error.all_told(str(getattr(facts.recipe.data, kind)))]
    said = str(error).removeprefix(f"{facts.recipe.id}: ")
    for key in Data.model_fields:
        if isinstance(error, RecipeError) and said.startswith(f"data.{key}: "):
            path, said = ("data", key), said.removeprefix(f"data.{key}: ")
    return [Mistake(path, said)]
