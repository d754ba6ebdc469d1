"""Random [[blocks]] by seed: between them they name every op, with its options."""

from __future__ import annotations

from typing import Any

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky-relu", "identity")
POOLINGS = ("max", "average", "l2")
Entries = list[dict[str, Any]]


def beside(rng: Any, pick: Any, group: str) -> Entries:
    """Blocks of numbers of their own, which any recipe may have."""
    return pick(_line, _pair, _matrices, _scanned)(rng, pick, group)


def alone(rng: Any, pick: Any) -> Entries:
    """Blocks that are a whole recipe, with pictures of their own."""
    pictures = _numbers(rng, int(rng.integers(2, 5)), 4, 5)
    at = [int(rng.integers(0, len(pictures))), int(rng.integers(0, 3)), int(rng.integers(0, 3))]
    look = {"group": pick("train", "data", "test")}
    return [
        {"name": "image", "values": pictures, "axes": ["image", "row", "col"], "role": "pixel", **look},
        {"name": "first", "values": 1, **look},
        _op("number", "count", ["first"], ["image"], {"size": len(pictures) - 1}, **look),
        _op("part", "window", ["image"], ["i", "j"], {"at": at, "names": ["i", "j"], "size": [2, 3]}, **look),
        _op("part.sum", "sum", ["part"], [], {"over": ["i", "j"]}, **look),
        _op("by.image", "sum", ["image"], ["image"], {"over": ["row", "col"]}, **look),
        _op("all", "total", ["by.image"], [], **look),
        {"name": "limit", "values": 0.5, "role": "input", **look},
        _op("fires", "step", ["by.image", "limit"], ["image"], role="verdict", **look),
        {"name": "wanted", "values": rng.integers(0, 2, len(pictures)).tolist(), "axes": ["image"], **look},
        _op("hit", "same", ["fires", "wanted"], ["image"], role="verdict", **look),
        _op("rate", "rate", ["hit"], [], role="percent", **look),
        *beside(rng, pick, look["group"]),
    ]


def hits(classes: list[int], last: str, pick: Any) -> Entries:
    """A hit table of a network's own, as book 3-5 and 5-4 have."""
    of_unit, numbers = {"classes": classes, "axis": last}, {"name": "mine.classes", "values": classes, "axes": [last]}
    own = {
        "verdict": [_op("mine.verdict", "verdict", [f"{last}.a"], ["image"], of_unit, role="table")],
        "lookup": [numbers, _op("mine.verdict", "lookup", [f"{last}.a", "mine.classes"], ["image"], role="table")],
    }[pick("verdict", "lookup")]
    return [
        *own,
        _op("mine.hot", "one-hot", ["mine.verdict"], ["image", last], of_unit, role="table"),
        _op("mine.largest", "largest", [f"{last}.a"], ["image", last], {"axis": last}, role="table"),
        _op("mine.hit", "agree", ["t", "mine.largest"], ["image"], {"axis": last}, role="verdict"),
        _op("mine.rate", "rate", ["mine.hit"], [], role="percent"),
    ]


def _op(
    name: str, op: str, args: list[str], axes: list[str], options: dict[str, Any] | None = None, **look: str
) -> dict[str, Any]:
    entry = {"name": name, "op": op, "args": args, "axes": axes, **look}
    return {**entry, "options": options} if options else entry


def _numbers(rng: Any, *shape: int) -> Any:
    return rng.normal(0, 1, shape).round(2).tolist()


def _line(rng: Any, pick: Any, group: str) -> Entries:
    one, other = pick(*ACTIVATIONS), pick(*ACTIVATIONS)
    return [
        {"name": "own", "values": _numbers(rng, 4), "axes": ["spot"], "group": group, "role": "number"},
        _op("own.f", one, ["own"], ["spot"], group=group),
        _op("own.g", other, ["own.f"], ["spot"], group=group, role="forward"),
        _op("own.copy", "copy", ["own.g"], ["spot"], group=group, role="painted"),
        _op("own.sum", "sum", ["own.copy"], [], {"over": ["spot"]}, group=group),
        _op("own.size", "size", ["own"], [], group=group),
        _op("own.mean", "expression", ["own.sum", "own.size"], [], {"expression": "sqrt((s/n)^2+1)-exp(-n)",
            "variables": ["s", "n"]}, group=group),
    ]  # fmt: skip


def _pair(rng: Any, pick: Any, group: str) -> Entries:
    return [
        {"name": "p", "values": _numbers(rng, 3, 2), "axes": ["down", "right"], "group": group, "role": "input"},
        {"name": "q", "values": _numbers(rng, 2), "axes": ["right"], "group": group, "role": "table"},
        {"name": "offset", "values": _numbers(rng)},
        _op("p.plus", pick("add", "subtract"), ["p", "q"], ["down", "right"], group=group),
        _op("p.times", "multiply", ["q", "p.plus"], ["down", "right"], group=group),
        _op("p.minus", "subtract", ["p.times", "p"], ["down", "right"], group=group),
        _op("p.q", "contract", ["p", "q", "offset"], ["down"], group=group),
        _op("p.p", "contract", ["p", "p.minus"], [], group=group, role="cost"),
        _op("p.over", "step", ["p", "offset"], ["down", "right"], group=group, role="verdict"),
        _op("p.same", "same", ["p.over", "p.over"], ["down", "right"], group=group, role="verdict"),
    ]


def _matrices(rng: Any, pick: Any, group: str) -> Entries:
    m, n, k = (int(size) for size in rng.integers(2, 4, 3))
    return [
        {"name": "A", "values": _numbers(rng, m, n), "axes": ["i", "j"], "group": group, "role": "input"},
        {"name": "A2", "values": _numbers(rng, m, n), "axes": ["i", "j"], "group": group, "role": "initial"},
        {"name": "B", "values": _numbers(rng, n, k), "axes": ["j", "k"], "group": group},
        _op("A.sum", "array-sum", ["A", "A2"], ["i", "j"], group=group),
        _op("A.difference", "array-difference", ["A.sum", "A2"], ["i", "j"], group=group),
        _op("A.hadamard", "hadamard", ["A", "A2"], ["i", "j"], group=group),
        _op("A.transpose", "transpose", ["A"], ["j", "i"], group=group),
        _op("AB", "matrix-product", ["A.sum", "B"], ["i", "k"], group=group),
    ]


def _scanned(rng: Any, pick: Any, group: str) -> Entries:
    sizes = {"layer": "S", "over": ["down", "right"], "size": [2, 2]}
    pool = {"layer": "P", "over": ["S_row", "S_col"], "size": [2, 2], "method": pick(*POOLINGS)}
    return [
        {"name": "map", "values": _numbers(rng, 5, 5), "axes": ["down", "right"], "group": group, "role": "pixel"},
        {"name": "S", "values": _numbers(rng, 2, 2), "axes": ["S_i", "S_j"], "group": group, "role": "filter"},
        _op("z", "convolve", ["S", "map"], ["S_row", "S_col"], sizes, group=group, role="forward"),
        _op("z.a", pick(*ACTIVATIONS), ["z"], ["S_row", "S_col"], group=group, role="forward"),
        _op("pooled", "pool", ["z.a"], ["P_row", "P_col"], pool, group=group, role="cost"),
    ]
