"""A twin of the ops that a recipe's [[blocks]] name, on arrays with named axes; shares no code with them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Named = tuple[tuple[str, ...], Any]
HIT, MISS = "○", "×"
ELEMENTS: dict[str, Any] = {
    "copy": lambda a: a,
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "step": lambda s, threshold: np.where(s < threshold, 0, 1),
    "same": lambda a, b: np.where(a == b, HIT, MISS),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0),
    "leaky-relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "identity": lambda z: z,
}
ARRAYS: dict[str, Any] = {  # by position, whatever their axes are called
    "hadamard": lambda a, b: a * b,
    "array-sum": lambda a, b: a + b,
    "array-difference": lambda a, b: a - b,
    "matrix-product": lambda a, b: a @ b,
    "transpose": lambda a: a.T,
}
POOLED: dict[str, Any] = {
    "max": lambda w: w.max(axis=(-2, -1)),
    "average": lambda w: w.mean(axis=(-2, -1)),
    "l2": lambda w: np.sqrt((w**2).sum(axis=(-2, -1))),
}


def evaluate(entries: list[dict[str, Any]], known: dict[str, Named]) -> dict[str, Named]:
    """The blocks by name, each with its axes; `known` are those of the network, those of every epoch with an axis
    `epoch` first."""
    found = dict(known)
    for entry in entries:
        args = [found[name] for name in entry.get("args", ())]
        axes = tuple(entry.get("axes", ()))
        if any("epoch" in mine for mine, _ in args):
            axes = ("epoch", *axes)
        found[entry["name"]] = (axes, np.asarray(_value(entry, axes, args)))
    return {entry["name"]: found[entry["name"]] for entry in entries}


def _along(block: Named, axes: tuple[str, ...]) -> Any:
    """The array with its axes in the order of `axes`, 1 long where it lacks one."""
    mine, data = block
    order = [axis for axis in axes if axis in mine]
    data = np.transpose(data, [mine.index(axis) for axis in order])
    return data[tuple(slice(None) if axis in mine else None for axis in axes)]


def _last(block: Named, *axes: str) -> Any:
    """The array with the named axes last, all others before."""
    return _along(block, (*(axis for axis in block[0] if axis not in axes), *axes))


def _value(entry: dict[str, Any], axes: tuple[str, ...], args: list[Named]) -> Any:
    op, options = entry.get("op"), entry.get("options", {})
    if op is None:
        return np.array(entry["values"])
    if op in ELEMENTS:
        return ELEMENTS[op](*(_along(arg, axes) for arg in args))
    if op in ARRAYS:
        return ARRAYS[op](*(data for _, data in args))
    if op == "expression":
        values = dict(zip(options["variables"], (_along(arg, axes) for arg in args), strict=True))
        functions = {"sqrt": np.sqrt, "exp": np.exp, "ln": np.log}
        return eval(options["expression"].replace("^", "**"), {"__builtins__": {}}, {**functions, **values})
    if op == "contract":
        letters = {axis: chr(97 + n) for n, axis in enumerate(dict.fromkeys(args[0][0] + args[1][0]))}
        spelt = ["".join(letters[axis] for axis in some) for some in (args[0][0], args[1][0], axes)]
        product = np.einsum(f"{spelt[0]},{spelt[1]}->{spelt[2]}", args[0][1], args[1][1])
        return product + (_along(args[2], axes) if len(args) > 2 else 0)
    if op == "total":
        return _last(args[0], "image").sum(axis=-1)
    if op == "sum":
        return _last(args[0], *options["over"]).sum(axis=tuple(range(-len(options["over"]), 0)))
    if op == "size":
        return args[0][1].size
    if op == "count":
        return args[0][1] + np.arange(1, options["size"] + 1)
    if op == "window":
        (image, row, col), (height, width) = options["at"], options["size"]
        return _along(args[0], ("image", "row", "col"))[image, row : row + height, col : col + width]
    if op in ("convolve", "pool"):
        return _scanned(op, options, args)
    return _judged(op, options, args)


def _scanned(op: str, options: dict[str, Any], args: list[Named]) -> Any:
    size, layer = tuple(options["size"]), options["layer"]
    over = options.get("over", ["row", "col"])
    picture = _last(args[0] if op == "pool" else args[1], *over)
    windows = sliding_window_view(picture, size, axis=(-2, -1))
    if op == "pool":
        return POOLED[options["method"]](windows[..., :: size[0], :: size[1], :, :])
    filters = _last(args[0], f"{layer}_i", f"{layer}_j")
    return np.einsum("...ij,ij->...", windows, filters) + (args[2][1] if len(args) > 2 else 0)


def _judged(op: str, options: dict[str, Any], args: list[Named]) -> Any:
    """Targets, verdicts and hits; of equal outputs the first is the answer."""
    if op == "one-hot":
        return (args[0][1][..., None] == np.array(options["classes"])).astype(int)
    if op == "rate":
        return (_last(args[0], "image") == HIT).mean(axis=-1)
    if op == "lookup":
        return args[1][1][_last(args[0], *args[1][0]).argmax(axis=-1)]
    outputs = _last(args[0], options["axis"])
    if op == "verdict":
        return np.array(options["classes"])[outputs.argmax(axis=-1)]
    if op == "largest":
        return (outputs == outputs.max(axis=-1, keepdims=True)).astype(int)
    assert op == "agree"
    return np.where((outputs * _last(args[1], options["axis"])).sum(axis=-1) == 1, HIT, MISS)
