"""What a recipe's [data] names, ready to learn from: read, labelled, split and scaled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .classes import classify, refuse_absent, told
from .console import short
from .data import find
from .errors import RecipeError, counted, quoted
from .samples import Dataset, Samples
from .scaling import feature, ranges, scaled
from .schema import Data
from .sources import SOURCES, Source
from .sources.arrays import Held

_RARE = 10  # a class is rare below a tenth of its even share


def load(data: Data, folder: Path | None, where: str) -> Dataset:
    """The samples of `data`, whose files stand in `folder` or among the shipped data.

    `where` names the recipe in messages. The draw that keeps samples back depends on their number, `test` and `seed`
    alone; both parts are in the order of the file. Raises RecipeError for anything that cannot be used.
    """
    source = read(data, folder, where)
    source.faults.refuse()
    return prepare(source, data, where)


def prepare(source: Source, data: Data, where: str) -> Dataset:
    """Samples without faults labelled, split and scaled. Raises RecipeError for anything that cannot be used."""
    said = list(source.warnings)
    count = len(source.x)
    if data.limit is not None and count < data.limit:
        are, many = "is" if count == 1 else "are", counted(count, "sample")
        said.append(f"{source.name}: limit is {data.limit:,}, but there {are} only {many}; all are used")
    samples = Samples(source.x, None, source.targets)
    classes: tuple[int | str, ...] = ()
    if source.targets is None:
        labels, classes = classify(source, data.classes, where)
        samples = Samples(source.x, labels)
    train, test = _split(samples, data, where)
    dataset = Dataset(train, test, classes, source.features, source.outputs)
    if classes:
        assert train.labels is not None
        refuse_absent(train.labels, dict(zip(dataset.numbers, classes, strict=True)), _mend(data), source.name)
        said += _rarities(dataset, source.name)
    if data.scale is not None:
        dataset = _scale(dataset, data.scale, source.name, where)
    said += _constants(dataset, source.name)
    return replace(dataset, warnings=tuple(said))


def read(data: Data, folder: Path | None, where: str) -> Source:
    """The samples as their file holds them, with its faults. Raises RecipeError where none can be read."""
    named = [key for key in SOURCES if getattr(data, key) is not None]
    if len(named) != 1:
        found = f"found {' and '.join(named)}" if named else "found none of them"
        raise RecipeError(f"{where}: data: expected exactly one of {', '.join(SOURCES)}; {found}")
    kind = SOURCES[named[0]]
    for key in sorted({key for one in SOURCES.values() for key in one.takes}):
        if key not in kind.takes and getattr(data, key) != Data.model_fields[key].default:
            takers = " or ".join(name for name, one in SOURCES.items() if key in one.takes)
            raise RecipeError(f"{where}: data.{key}: goes with {takers}, not with {named[0]}; take it out")
    if data.outputs and (data.classes is not None or data.targets != "label"):
        key = "classes" if data.classes is not None else "targets"
        raise RecipeError(f"{where}: data.{key}: a regression has no classes; take out either it or outputs")
    if isinstance(data, Held):
        return data.read()
    name: str = getattr(data, named[0])
    return kind.read(data, find(name, folder, kind.folder), short(name))


def _split(samples: Samples, data: Data, where: str) -> tuple[Samples, Samples | None]:
    """The samples to learn from, and those kept back. Raises RecipeError where a part would be empty."""
    if data.test is None:
        return samples, None
    count = len(samples)
    kept = round(data.test * count)
    if not 0 < kept < count:
        raise RecipeError(
            f"{where}: data.test: {data.test} of {counted(count, 'sample')} would keep {kept} back and leave "
            f"{count - kept}; expected at least one in each part"
        )
    drawn = np.random.default_rng(data.seed).permutation(count)
    return _part(samples, np.sort(drawn[kept:])), _part(samples, np.sort(drawn[:kept]))


def _part(samples: Samples, rows: NDArray[Any]) -> Samples:
    labels, targets = samples.labels, samples.targets
    return Samples(
        samples.x[rows], None if labels is None else labels[rows], None if targets is None else targets[rows]
    )


def _mend(data: Data) -> str:
    """What helps if a class has no sample to learn from."""
    ways = ["take it out of classes"] if data.classes is not None else []
    ways += ["raise limit"] if data.limit is not None else []
    ways += ["lower test or try another seed"] if data.test is not None else []
    return f"; {', or '.join(ways)}" if ways else ""


def _scale(dataset: Dataset, scale: tuple[float, float], name: str, where: str) -> Dataset:
    """Inputs in the range `scale`, measured on the samples to learn from. Raises RecipeError."""
    low, high = scale
    if not low < high:
        raise RecipeError(f"{where}: data.scale: {low} is not less than {high}; expected (least, largest)")
    found = ranges(dataset.train.x, dataset.features, name)
    train = replace(dataset.train, x=scaled(dataset.train.x, found, low, high))
    test = dataset.test and replace(dataset.test, x=scaled(dataset.test.x, found, low, high))
    return replace(dataset, train=train, test=test, ranges=found)


def _constants(dataset: Dataset, name: str) -> list[str]:
    """Warnings for features and outputs that are the same in every sample to learn from."""
    x, targets = dataset.train.x, dataset.train.targets
    features = [feature(x, dataset.features, spot) for spot in _same(x)] if x.ndim == 2 else []
    outputs = [] if targets is None else [f"output {quoted(dataset.outputs[spot])}" for spot in _same(targets)]
    return [
        f"{name}: {_listed(names)} the same in every sample to learn from, which teaches nothing"
        for names in (features, outputs)
        if names
    ]


def _same(columns: NDArray[Any]) -> list[int]:
    return [int(spot) for spot in np.flatnonzero((columns == columns[0]).all(axis=0))]


def _rarities(dataset: Dataset, name: str) -> list[str]:
    """Warnings for classes with few samples to learn from, or none among those kept back."""
    classes = dict(zip(dataset.numbers, dataset.classes, strict=True))
    counts = _counts(dataset.train)
    rare = [
        f"{name}: class {told(one)} is rare, {counts[number]:,} of {counted(len(dataset.train), 'sample')} to learn "
        "from; a network may never answer it"
        for number, one in classes.items()
        if counts[number] * len(classes) * _RARE < len(dataset.train)
    ]
    if dataset.test is None:
        return rare
    there = _counts(dataset.test)
    absent = [f"class {told(one)}" for number, one in classes.items() if number not in there]
    return rare + [
        f"{name}: {_listed(absent)} not among the {counted(len(dataset.test), 'sample')} kept back"
    ] * bool(absent)


def _counts(samples: Samples) -> dict[int, int]:
    """How many samples have each label."""
    assert samples.labels is not None
    labels, counts = np.unique(samples.labels, return_counts=True)
    return dict(zip(labels.tolist(), counts.tolist(), strict=True))


def _listed(names: list[str]) -> str:
    """'a is', 'a, b are', or the first few of many."""
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return f"{', '.join(names[:5])}{more} {'is' if len(names) == 1 else 'are'}"
