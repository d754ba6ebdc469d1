"""Tables of activations and costs: formula text and NumPy value side by side, one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Activation:
    """a = f(z), and f'(z) written with z or a.

    In the formulas `{z}` and `{a}` stand for one cell each. `text` and `slope_text` are what a reader sees beside
    them, `spelt` and `slope_spelt` the same with numbers for {z} and {a}.
    """

    formula: str
    value: Callable[[Array], Array]
    slope_formula: str
    slope_value: Callable[[Array, Array], Array]
    text: str
    slope_text: str
    spelt: str
    slope_spelt: str


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(np.minimum(-z, 700)))


# EXP overflows to an error in a spreadsheet above 709; a sigmoid below z = -700 is 0 to 304 digits anyway.
ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": Activation(
        "1/(1+EXP(MIN(-{z},700)))",
        _sigmoid,
        "{a}*(1-{a})",
        lambda z, a: a * (1 - a),
        "1/(1+e^{−z})",
        "a(1−a)",
        "1/(1+exp(−{z}))",
        "{a}×(1−{a})",
    ),
    "tanh": Activation(
        "TANH({z})", np.tanh, "1-{a}*{a}", lambda z, a: 1 - a * a, "tanh z", "1−a^{2}", "tanh {z}", "1−{a}²"
    ),
    "relu": Activation(
        "MAX({z},0)",
        lambda z: np.maximum(z, 0.0),
        "IF({z}>0,1,0)",
        lambda z, a: np.where(z > 0, 1.0, 0.0),
        "max(z, 0)",
        "[z > 0]",
        "max({z}, 0)",
        "[{z} > 0]",
    ),
    "identity": Activation("{z}*1", lambda z: z * 1.0, "{z}*0+1", lambda z, a: np.ones_like(z), "z", "1", "{z}", "1"),
}


@dataclass(frozen=True)
class Cost:
    """C of one image as a sum over output units, times `factor`; dC/da of one unit.

    `term` is one unit's part with `{a}` and `{t}`; `area` is the whole sum where both areas lie alike. `text` and
    `slope_text` are for readers; `spelt` has numbers in its `{terms}`, each a `spelt_term` with {a} and {t}.
    """

    term: str
    area: str
    factor: str
    value: Callable[[Array, Array], Array]
    slope_formula: str
    slope_value: Callable[[Array, Array], Array]
    text: str
    slope_text: str
    spelt: str
    spelt_term: str
    slope_spelt: str


COSTS: dict[str, Cost] = {
    # Book 3-3 (1) and 4-1: C = 1/2 sum (t - a)^2, dC/da = a - t.
    "squared": Cost(
        "({t}-{a})^2",
        "SUMXMY2({t},{a})",
        "/2",
        lambda a, t: ((t - a) ** 2).sum(axis=-1) / 2,
        "{a}-{t}",
        lambda a, t: a - t,
        "½ Σ_{k} (t_{k} − a_{k})^{2}",
        "a_{k} − t_{k}",
        "½[{terms}]",
        "({t} − {a})²",
        "{a} − {t}",
    ),
}
