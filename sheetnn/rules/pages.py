"""Rules about pages: what each needs of a recipe, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ..functions import SOFTMAX
from ..mistakes import Mistake
from ..schema import PAGES, Convolution, PoolingLayer, Recipe, Training
from ..toml_lines import Path
from .data import SOURCES, shows_pictures
from .layers import activation
from .rule import Rule


def _trained(recipe: Recipe) -> bool:
    return bool(recipe.layers) and recipe.training is not None and recipe.training.mode == "descent"


def _of(test: Callable[[Training], bool]) -> Callable[[Recipe], bool]:
    """A condition on [training], which holds where there is none."""
    return lambda recipe: recipe.training is None or test(recipe.training)


def _plain_windows(recipe: Recipe) -> bool:
    """Filters that move by one without a rim, pooling windows that lie side by side."""
    for layer in recipe.layers:
        if isinstance(layer, Convolution) and (layer.stride != (1, 1) or layer.padding != (0, 0)):
            return False
        if isinstance(layer, PoolingLayer) and layer.stride not in (None, layer.size):
            return False
    return True


@dataclass(frozen=True)
class Need:
    """What some pages need of a recipe, in words; `reads` are the keys that `holds` looks at."""

    pages: tuple[str, ...]
    reads: tuple[str, ...]
    holds: Callable[[Recipe], bool]
    said: str

    def unmet(self, recipe: Recipe) -> Iterator[Mistake]:
        for position, page in enumerate(recipe.pages):
            if page in self.pages and not self.holds(recipe):
                said = f"{page!r} needs {self.said}"
                yield Mistake(("pages", position), said, f"change that, or take {page!r} out")


_NETWORK = "a network with [training]"
_SHAPE = ("layers.*.kind", "training.mode")
_WINDOWS = tuple(f"layers.*.{key}" for key in ("kind", "size", "stride", "padding"))
_SOURCE = tuple(f"data.{key}" for key in (*SOURCES, "channels"))
NEEDS = (
    Need(("step", "check", "try"), _SHAPE, _trained, _NETWORK),
    Need(
        ("contents", "cost"),
        (*_SHAPE, "function"),
        lambda r: _trained(r) or r.function is not None,
        f"{_NETWORK} or a [function]",
    ),
    Need(("step",), ("training.optimizer",), _of(lambda t: t.optimizer == "gradient"), "optimizer 'gradient'"),
    Need(
        ("step",),
        ("training.eta",),
        _of(lambda t: not isinstance(t.eta, tuple)),
        "one learning rate eta for all epochs",
    ),
    Need(
        ("step", "check"),
        ("training.batch",),
        _of(lambda t: t.batch is None),
        "all samples in each step, so no batch",
    ),
    Need(
        PAGES,
        ("layout",),
        lambda r: r.layout != "sheets",
        "the epochs on one sheet, so layout 'stacked' or 'right'",
    ),
    Need(("step",), ("training.decay",), _of(lambda t: t.decay == 0), "no weight decay"),
    Need(
        ("step",),
        ("training.unit_length",),
        _of(lambda t: not t.unit_length),
        "gradients as they are, so no unit_length",
    ),
    Need(("step",), ("reduction",), lambda r: r.reduction == "sum", "reduction 'sum'"),
    Need(("step", "try"), _SOURCE, lambda r: r.data is None or shows_pictures(r), "pictures of one channel"),
    Need(
        ("try",),
        ("data.outputs",),
        lambda r: r.data is None or not r.data.outputs,
        "classes to choose from, so no data.outputs",
    ),
    Need(
        ("step",),
        ("layers.*.activation", "layers.*.kind"),
        lambda r: all(activation(layer) != SOFTMAX for layer in r.layers),
        "no softmax",
    ),
    Need(
        ("step",),
        _WINDOWS,
        _plain_windows,
        "filters of stride 1 without padding, and pooling windows side by side",
    ),
)


def joined(mistakes: list[Mistake]) -> list[Mistake]:
    """The same with one mistake for each page; without a network its other needs would be beside the point."""
    found: dict[tuple[Path, str], Mistake] = {}
    for number, one in enumerate(mistakes):
        needs = one.path[:1] == ("pages",) and " needs " in one.message
        key = (one.path, one.hint if needs else str(number))
        if key not in found:
            found[key] = one
        elif _NETWORK not in found[key].message:
            said = f"{found[key].message}; {one.message.partition(' needs ')[2]}"
            found[key] = replace(found[key], message=said)
    return list(found.values())


RULES = tuple(Rule(("pages", *need.reads), need.unmet) for need in NEEDS)
