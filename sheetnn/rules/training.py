"""Rules about training and start values."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import counted
from ..mistakes import MISSING, Mistake
from ..optimizers import OPTIMIZERS
from ..schema import Recipe, Training
from .rule import Rule, given

_KINDS = {"sd": "normal", "range": "uniform"}


def _descends(recipe: Recipe) -> Training | None:
    return recipe.training if recipe.training is not None and recipe.training.mode == "descent" else None


def _needed(recipe: Recipe) -> Iterator[Mistake]:
    if recipe.function is not None and recipe.training is None:
        yield Mistake(("training",), f"{MISSING}; a descent needs eta and epochs")
    for key in ("eta", "epochs"):
        if _descends(recipe) is not None and getattr(recipe.training, key) is None:
            yield Mistake(("training", key), MISSING)


def _solver(recipe: Recipe) -> Iterator[Mistake]:
    training = recipe.training
    if training is None or training.mode != "solver":
        return
    if recipe.function is not None:
        yield Mistake(("training", "mode"), "'solver' is for networks; a [function] takes 'descent'")
    for key in Training.model_fields:
        if key != "mode" and given(training, key):
            yield Mistake(("training", key), "has no effect in mode 'solver', which takes no other key; take it out")


def _settings(recipe: Recipe) -> Iterator[Mistake]:
    training = _descends(recipe)
    if training is None:
        return
    for name, optimizer in OPTIMIZERS.items():
        for key in optimizer.settings:
            if given(training, key) and key not in OPTIMIZERS[training.optimizer].settings:
                said = (
                    f"belongs to optimizer {name!r}, and this is {training.optimizer!r}; change that, or take it out"
                )
                yield Mistake(("training", key), said)


def _of_function(recipe: Recipe) -> Iterator[Mistake]:
    training = _descends(recipe)
    if recipe.function is None or training is None:
        return
    if training.optimizer != "gradient":
        said = f"{training.optimizer!r} is for networks; a [function] takes 'gradient'"
        yield Mistake(("training", "optimizer"), said)
    if isinstance(training.eta, tuple):
        yield Mistake(("training", "eta"), "a [function] takes one learning rate, a number")
    for key in ("decay", "batch"):
        if getattr(training, key):
            yield Mistake(("training", key), "is for networks; a [function] has no samples and no weights")
    count, names = len(recipe.function.gradient), len(recipe.function.variables)
    if count != names:
        said = f"holds {counted(count, 'derivative')} for {counted(names, 'variable')}; expected one for each"
        yield Mistake(("function", "gradient"), said)


def _rates(recipe: Recipe) -> Iterator[Mistake]:
    training = _descends(recipe)
    if training is None or training.epochs is None or not isinstance(training.eta, tuple):
        return
    spare = len(training.eta) - training.epochs
    if spare > 0:
        last = "last one has" if spare == 1 else f"last {spare:,} have"
        said = f"holds {len(training.eta):,} rates for {counted(training.epochs, 'epoch')}; the {last} no effect"
        yield Mistake(("training", "eta"), f"{said}, take {'it' if spare == 1 else 'them'} out")


def _start(recipe: Recipe) -> Iterator[Mistake]:
    if "file" in recipe.start and not isinstance(recipe.start["file"], str):
        yield Mistake(("start", "file"), "expected the name of a file that `sheetnn pull` wrote")
    if recipe.layers and recipe.data is not None and not recipe.start and recipe.random is None:
        yield Mistake(("start",), f"{MISSING}; write [random] with a seed, or the numbers in [start]")


def _range(recipe: Recipe) -> Iterator[Mistake]:
    if recipe.random is not None:
        low, high = recipe.random.range
        if not low < high:
            yield Mistake(("random", "range"), f"runs from {low:g} to {high:g}; expected the lower end first")


def _random(recipe: Recipe) -> Iterator[Mistake]:
    random = recipe.random
    for key, kind in _KINDS.items():
        if random is not None and given(random, key) and random.kind != kind:
            said = f"belongs to kind {kind!r}, and this is {random.kind!r}; change that, or take it out"
            yield Mistake(("random", key), said)


RULES = (
    Rule(("training.mode", "training.eta", "training.epochs", "function"), _needed),
    Rule(("training.mode",), _solver),
    Rule(("training.mode", "training.optimizer"), _settings),
    Rule(("training", "function"), _of_function),
    Rule(("training.mode", "training.eta", "training.epochs"), _rates, written=True),
    Rule(("start", "random", "layers", "data"), _start),
    Rule(("random.range",), _range),
    Rule(("random.kind", "random.sd", "random.range"), _random),
)
