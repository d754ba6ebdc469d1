"""Parameters, learning rate and data of a workbook as a file of their own, and back: every number bit for bit."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import RecipeError, nearest
from .graph import Graph, Values
from .model import Model
from .numberfile import SUFFIXES, read_numbers
from .output import check_output, written
from .stored import read_inputs, read_model, refuse_edited_formulas
from .unrolled import epoch_of, history

SCHEMA = "sheetnn.parameters/1"


@dataclass(frozen=True)
class Parameters:
    """The input numbers of a recipe by block, each an array of the block's shape; parameters as of one epoch."""

    recipe: str
    epoch: int
    inputs: Values

    def save(self, target: str | Path, force: bool = False) -> Path:
        """Write .json, .npz or .csv. Raises FileError for another suffix, or a target that cannot be written."""
        target = check_file(Path(target), force)
        write = {".json": self._json, ".npz": self._npz, ".csv": self._csv}[target.suffix.lower()]
        with written(target, force) as file:
            file.write(write())
        return target

    def as_dict(self) -> dict[str, Any]:
        """For JSON: each block nested along its axes."""
        blocks = {name: value.tolist() for name, value in self.inputs.items()}
        return {"schema": SCHEMA, "recipe": self.recipe, "epoch": self.epoch, "inputs": blocks}

    def _json(self) -> bytes:
        return (json.dumps(self.as_dict(), ensure_ascii=False, indent=1) + "\n").encode()

    def _npz(self) -> bytes:
        buffer = io.BytesIO()
        np.savez(buffer, **self.inputs)  # type: ignore[arg-type]
        return buffer.getvalue()

    def _csv(self) -> bytes:
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["block", "index", "value"])
        for name, value in self.inputs.items():
            for spot, number in np.ndenumerate(value):
                rows.writerow([name, " ".join(str(n + 1) for n in spot), repr(float(number))])
        return text.getvalue().encode()


def check_file(target: Path, force: bool) -> Path:
    """Refuse a target for parameters; see `sheetnn.output.check_output`."""
    return check_output(target, force, "a file of parameters", SUFFIXES)


def pull(path: str | Path, epoch: int | None = None) -> Parameters:
    """The numbers in a workbook's input cells, whoever typed them; of an `epoch`, the parameters it starts from.

    Raises FileError for a workbook that cannot be read, RecipeError for an epoch that it does not have.
    """
    path = Path(path)
    model = read_model(path)
    if model.exercise is not None:
        raise RecipeError(f"{path}: is an exercise; pull takes a workbook with the whole network")
    refuse_edited_formulas(path, model)
    graph = model.graph
    kept = _kept(graph)
    inputs = {name: value for name, value in read_inputs(path, model).items() if name in kept}
    first = graph.first_epoch
    if epoch is not None and epoch != first:
        values = graph.evaluate(read_inputs(path, model))
        ways = {name: _way(graph, values, name) for name in inputs}
        epochs = max((len(way) for way in ways.values() if way is not None), default=1)
        if not first <= epoch < first + epochs:
            raise RecipeError(f"{path}: has no epoch {epoch}; expected {first} to {first + epochs - 1}")
        inputs |= {name: way[epoch - first] for name, way in ways.items() if way is not None and len(way) > 1}
    return Parameters(model.recipe.id, first if epoch is None else epoch, inputs)


_PAGE = "/"
"""What the names of a page's blocks hold, as in try/x."""


def _kept(graph: Graph) -> Values:
    """The inputs that are worth keeping: all numbers but the choices on pages, and there what was painted."""
    return {
        name: start
        for name, start in graph.inputs().items()
        if start.dtype.kind in "iuf" and (_PAGE not in name or graph[name].role == "pixel")
    }


def _way(graph: Graph, values: Values, name: str) -> NDArray[Any] | None:
    """What an input becomes epoch after epoch; None for one that stays."""
    goes_on = graph[name].repeated or epoch_of(graph[name]) is not None
    return history(graph, values, name) if goes_on else None


def start_from(path: str | Path, model: Model) -> Values:
    """The numbers of a file of parameters as inputs of a model. Raises FileError, RecipeError."""
    found = read_numbers(Path(path))
    known = _kept(model.graph)
    inputs: Values = {}
    for name, value in found.items():
        if name not in known and _PAGE in name:
            continue  # painted on a page that this workbook was built without
        if name not in known:
            raise RecipeError(f"{path}: {model.recipe.id} has no input {name!r}{nearest(name, known)}")
        if value.shape != known[name].shape:
            raise RecipeError(f"{path}: {name} is {value.shape}, the recipe's is {known[name].shape}")
        if value.dtype.kind not in "if" or not np.isfinite(value).all():
            raise RecipeError(f"{path}: {name} holds something that is not a finite number")
        whole = known[name].dtype.kind == "i" and (value == value.astype(int)).all()  # 1, not 1.0, as it was typed
        inputs[name] = value.astype(int) if whole else value
    if not inputs:
        raise RecipeError(f"{path}: holds no numbers; expected what `sheetnn pull` writes")
    return inputs
