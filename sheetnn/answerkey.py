"""What submissions of an exercise are graded by: model, tolerance and given numbers of the teacher's own file.

Of a submission only its label is believed, the exercise that it says it is; and that must be the teacher's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .console import short
from .errors import FileError, RecipeError, SheetnnError
from .graph import ANSWER, Values
from .labels import languages
from .model import Model, asked, from_json, from_name
from .recipe import load
from .stored import read_inputs, read_model, read_store, refuse_edited_formulas


@dataclass(frozen=True)
class Identity:
    """Which exercise a workbook says it is."""

    recipe: str
    layers: str
    part: str
    image: int
    language: str
    solved: bool

    def __str__(self) -> str:
        return f"{short(self.recipe)} {short(self.part)}, image {self.image}"


@dataclass(frozen=True)
class Key:
    """The blank exercise, and the numbers given in it."""

    model: Model
    givens: Values

    @cached_property
    def asked(self) -> list[str]:
        """The blocks to be filled in, in the order in which they are worked out."""
        return [block.name for block in self.model.graph if block.role == ANSWER]

    @cached_property
    def solution(self) -> Values:
        """The right numbers of all that is asked."""
        inputs = dict(self.givens) | {name: np.full(self.model.graph[name].shape, np.nan) for name in self.asked}
        for name in self.asked:
            inputs[name] = self.model.graph.evaluate(inputs)[f"key/{name}"]
        return {name: inputs[name] for name in self.asked}

    @property
    def sheet(self) -> str:
        return self.model.layout.sheets[0].name


class Keys(Protocol):
    """The keys of one teacher's file."""

    def of(self, identity: Identity) -> Key:
        """The key of an exercise. Raises FileError for one that is not of this file; the name is left out."""
        ...


def read_identity(path: Path) -> Identity:
    """Which exercise a workbook says it is. Raises FileError if it is none."""
    try:
        table = json.loads(read_store(path)[0])
        exercise = table["exercise"]
        if exercise is None:
            raise FileError(f"{path}: is a whole workbook; expected a filled-in exercise")
        recipe, language = table["recipe"], str(table["language"])
        if language not in languages():
            raise ValueError("its language is not known")
        return Identity(
            str(recipe["id"]),
            json.dumps(recipe["layers"], sort_keys=True),
            str(exercise["part"]),
            int(exercise["image"]),
            language,
            bool(exercise["solved"]),
        )
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError) as error:
        raise FileError(f"{path}: the recipe in it cannot be read ({error}); fill in the exercise anew") from None


def keys(source: str | Path) -> Keys:
    """The keys of a solution (.xlsx), or of a recipe. Raises FileError, RecipeError."""
    path = Path(source)
    return _Solution(path) if path.suffix.lower() == ".xlsx" else _Recipe(source)


class _Solution:
    """One exercise: that of a solution as `build --exercise` writes it; its numbers may have been changed."""

    def __init__(self, path: Path) -> None:
        self.identity = read_identity(path)
        if not self.identity.solved:
            raise FileError(f"{path}: is an exercise to be filled in; name its solution, or the recipe")
        model = read_model(path)
        refuse_edited_formulas(path, model)
        self._path, self._givens, self._made = path, read_inputs(path, model), dict[str, Key]()
        self._table: dict[str, Any] = json.loads(model.to_json())

    def of(self, identity: Identity) -> Key:
        mine = replace(self.identity, language=identity.language)
        if replace(identity, solved=True) != mine:
            raise FileError(f"is the exercise {identity}; the key is of {self.identity}")
        if identity.language not in self._made:
            table = self._table | {"language": identity.language}
            table["exercise"] = {**table["exercise"], "solved": False}
            self._made[identity.language] = Key(from_json(json.dumps(table), str(self._path)), self._givens)
        return self._made[identity.language]


class _Recipe:
    """All exercises of a recipe; part and image are those that the submission names."""

    def __init__(self, name: str | Path) -> None:
        self._name, self._made = name, dict[Identity, Key]()
        known, _ = load(name)
        if known.training is None or not known.layers:
            raise RecipeError(f"{known.id}: an exercise needs a network with [training]")
        base = from_name(name, "en", 1, None, ())
        self._recipe: dict[str, Any] = json.loads(base.to_json())["recipe"]

    def of(self, identity: Identity) -> Key:
        mine = replace(identity, recipe=self._recipe["id"], layers=json.dumps(self._recipe["layers"], sort_keys=True))
        if identity != mine:
            raise FileError(f"is the exercise {identity}; the key is of {self._recipe['id']}")
        if identity not in self._made:
            try:
                base = from_name(self._name, identity.language, 1, None, ())
                model = asked(base, identity.part, identity.image, False)
            except SheetnnError as error:
                raise FileError(str(error)) from None
            givens = {block.name: block.start for block in model.graph if block.start is not None}
            self._made[identity] = Key(model, {n: v for n, v in givens.items() if model.graph[n].role != ANSWER})
        return self._made[identity]
