"""Rules about pages: what each needs of a recipe, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..functions import SOFTMAX
from ..mistakes import Mistake
from ..schema import PAGES, Convolution, PoolingLayer, Recipe, Training
from .data import shows_pictures
from .layers import activation
from .rule import Rule

Needs = Callable[[Recipe], bool]


def _trained(recipe: Recipe) -> bool:
    return bool(recipe.layers) and recipe.training is not None and recipe.training.mode == "descent"


def _of(test: Callable[[Training], bool]) -> Needs:
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


_NETWORK = "a network with [training]"
NEEDS: tuple[tuple[tuple[str, ...], Needs, str], ...] = (
    (("step", "check", "try"), _trained, _NETWORK),
    (("contents", "cost"), lambda r: _trained(r) or r.function is not None, f"{_NETWORK} or a [function]"),
    (("step",), _of(lambda t: t.optimizer == "gradient"), "optimizer 'gradient'"),
    (("step",), _of(lambda t: not isinstance(t.eta, tuple)), "one learning rate eta for all epochs"),
    (("step", "check"), _of(lambda t: t.batch is None), "all samples in each step, so no batch"),
    (PAGES, lambda r: r.layout != "sheets", "the epochs on one sheet, so layout 'stacked' or 'right'"),
    (("step",), _of(lambda t: t.decay == 0), "no weight decay"),
    (("step",), _of(lambda t: not t.unit_length), "gradients as they are, so no unit_length"),
    (("step",), lambda r: r.reduction == "sum", "reduction 'sum'"),
    (("step", "try"), lambda r: r.data is None or shows_pictures(r), "pictures of one channel"),
    (("try",), lambda r: r.data is None or not r.data.outputs, "classes to choose from, so no data.outputs"),
    (("step",), lambda r: all(activation(layer) != SOFTMAX for layer in r.layers), "no softmax"),
    (("step",), _plain_windows, "filters of stride 1 without padding, and pooling windows side by side"),
)
"""Pages, a condition on the recipe, and the same in words."""


def _pages(recipe: Recipe) -> Iterator[Mistake]:
    for position, page in enumerate(recipe.pages):
        for pages, holds, need in NEEDS:
            if page in pages and not holds(recipe):
                yield Mistake(("pages", position), f"{page!r} needs {need}; change that, or take {page!r} out")
                if need.startswith(_NETWORK):
                    break  # without that, the rest would be beside the point


RULES = (Rule(("pages", "layers", "training", "data", "function", "reduction", "layout"), _pages),)
