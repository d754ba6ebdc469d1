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
    slope_formula: str  # empty for a function without a slope that could train anything
    slope_value: Callable[[Array, Array], Array]
    text: str
    slope_text: str
    spelt: str
    slope_spelt: str


SOFTMAX = "softmax"
"""Not a function of one z, so no row of the table: see `sheetnn.softmax`."""
LEAK = 0.01
"""Slope of a leaky ReLU below 0 (Maas, Hannun and Ng 2013)."""


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
    "leaky-relu": Activation(
        f"IF({{z}}>0,{{z}},{LEAK}*{{z}})",
        lambda z: np.where(z > 0, z, LEAK * z),
        f"IF({{z}}>0,1,{LEAK})",
        lambda z, a: np.where(z > 0, 1.0, LEAK),
        f"max(z, {LEAK}z)",
        f"[z > 0] + {LEAK}[z ≤ 0]",
        f"max({{z}}, {LEAK}×{{z}})",
        f"[{{z}} > 0] + {LEAK}[{{z}} ≤ 0]",
    ),
    "step": Activation(  # book 1-2
        "IF({z}>=0,1,0)",
        lambda z: np.where(z >= 0, 1.0, 0.0),
        "",
        lambda z, a: np.zeros_like(z),
        "u(z)",
        "",
        "u({z})",
        "",
    ),
    "identity": Activation("{z}*1", lambda z: z * 1.0, "{z}*0+1", lambda z, a: np.ones_like(z), "z", "1", "{z}", "1"),
}


@dataclass(frozen=True)
class Cost:
    """C of one image as a sum over output units, times `factor`; dC/da of one unit.

    `term` is one unit's part with `{a}` and `{t}`; `area` is the whole sum where both areas lie alike (empty: none
    is portable). `text` and `slope_text` are for readers; `spelt` has numbers in its `{terms}`, each a `spelt_term`
    with {a} and {t}. `outputs` are the activations of the last layer that the cost is defined for (empty: all), and
    `short` those for which dC/dz of the last layer is a − t.
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
    outputs: tuple[str, ...] = ()
    short: tuple[str, ...] = ()


TINY = "1E-300"
"""Below it LN is cut off, as EXP is above 700: 0 has no logarithm, and δ does not need one."""


def _ln(x: Array) -> Array:
    return np.log(np.maximum(x, float(TINY)))


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
    # Book 3-3, note: cross-entropy of outputs between 0 and 1; with the sigmoid dC/dz = a - t.
    "cross-entropy": Cost(
        f"({{t}}*LN(MAX({{a}},{TINY}))+(1-{{t}})*LN(MAX(1-{{a}},{TINY})))",
        "",
        "*(-1)",
        lambda a, t: -(t * _ln(a) + (1 - t) * _ln(1 - a)).sum(axis=-1),
        f"(1-{{t}})/MAX(1-{{a}},{TINY})-{{t}}/MAX({{a}},{TINY})",
        lambda a, t: (1 - t) / np.maximum(1 - a, float(TINY)) - t / np.maximum(a, float(TINY)),
        "−Σ_{k} (t_{k} ln a_{k} + (1−t_{k}) ln(1−a_{k}))",
        "(1−t_{k})/(1−a_{k}) − t_{k}/a_{k}",
        "−[{terms}]",
        "{t} ln {a} + (1−{t}) ln(1−{a})",
        "(1−{t})/(1−{a}) − {t}/{a}",
        outputs=("sigmoid",),
        short=("sigmoid",),
    ),
    # Goodfellow, Bengio and Courville 2016, 6.2.2.3: of softmax outputs, which add up to 1; dC/dz = a - t.
    "categorical-cross-entropy": Cost(
        f"{{t}}*LN(MAX({{a}},{TINY}))",
        "",
        "*(-1)",
        lambda a, t: -(t * _ln(a)).sum(axis=-1),
        f"-{{t}}/MAX({{a}},{TINY})",
        lambda a, t: -t / np.maximum(a, float(TINY)),
        "−Σ_{k} t_{k} ln a_{k}",
        "−t_{k}/a_{k}",
        "−[{terms}]",
        "{t} ln {a}",
        "−{t}/{a}",
        outputs=(SOFTMAX,),
        short=(SOFTMAX,),
    ),
}


def cost_of(cost: str, output: str) -> str:
    """The row of COSTS for a recipe's cost and its last activation: softmax has a cross-entropy of its own."""
    return "categorical-cross-entropy" if (cost, output) == ("cross-entropy", SOFTMAX) else cost
