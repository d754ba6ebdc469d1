"""A twin of the engine that shares no code with it: the network of a recipe trained with autograd's gradients."""

from __future__ import annotations

from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import grad
from autograd.extend import defvjp, primitive

ACTIVATIONS = {
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "relu": lambda z: anp.where(z > 0, z, 0.0),
    "leaky-relu": lambda z: anp.where(z > 0, z, 0.01 * z),
    "identity": lambda z: z,
    "step": lambda z: anp.where(z >= 0, 1.0, 0.0),
}


@primitive
def largest(window: Any) -> Any:
    """The maximum; every unit that equals it receives the gradient (the book's rule), not a share of it."""
    return window.max(axis=(-2, -1))


@primitive
def length(window: Any) -> Any:
    """The root of the sum of squares; its slope at 0 is taken as 0."""
    return np.sqrt((window * window).sum(axis=(-2, -1)))


def _wide(maps: Any) -> Any:
    return maps[..., None, None]


defvjp(largest, lambda ans, x: lambda g: _wide(g) * (x == _wide(ans)))
defvjp(length, lambda ans, x: lambda g: _wide(g) * x / _wide(np.where(ans == 0, 1.0, ans)))


def softmax(z: Any) -> Any:
    e = anp.exp(z - anp.max(z, axis=1, keepdims=True))
    return e / anp.sum(e, axis=1, keepdims=True)


def forward(layers: list[dict[str, Any]], parameters: dict[str, Any], x: Any) -> Any:
    """Outputs (sample, unit) for x of shape (sample, ...)."""
    a = x
    for layer in layers:
        kind = layer.get("kind", "dense")
        if kind == "pooling":
            a = _pool(layer, a)
            continue
        w, b = parameters[f"{layer['name']}.w"], parameters[f"{layer['name']}.b"]
        if kind == "dense":
            flat = anp.reshape(a, (a.shape[0], -1))
            z = anp.dot(flat, anp.reshape(w, (w.shape[0], -1)).T) + b
        else:
            z = _convolve(layer, a, w, b)
        activation = layer.get("activation", "sigmoid")
        a = softmax(z) if activation == "softmax" else ACTIVATIONS[activation](z)
    return a


def _maps(a: Any) -> Any:
    """Pictures with one channel get an axis for it."""
    return a if len(a.shape) == 4 else a[:, None]


def _convolve(layer: dict[str, Any], a: Any, w: Any, b: Any) -> Any:
    pictures = _maps(a)
    filters = w if len(w.shape) == 4 else w[:, None]
    (top, left), (down, across) = layer.get("padding", (0, 0)), layer.get("stride", (1, 1))
    padded = anp.pad(pictures, ((0, 0), (0, 0), (top, top), (left, left)), "constant")
    height, width = filters.shape[2:]
    rows = (padded.shape[2] - height) // down + 1
    columns = (padded.shape[3] - width) // across + 1
    maps = []
    for m in range(filters.shape[0]):
        cells = []
        for r in range(rows):
            for c in range(columns):
                window = padded[:, :, r * down : r * down + height, c * across : c * across + width]
                cells.append(anp.sum(window * filters[m], axis=(1, 2, 3)) + b[m])
        maps.append(anp.reshape(anp.stack(cells, axis=1), (a.shape[0], rows, columns)))
    return anp.stack(maps, axis=1)


def _pool(layer: dict[str, Any], a: Any) -> Any:
    height, width = layer.get("size", (2, 2))
    down, across = layer.get("stride") or (height, width)
    rows, columns = (a.shape[-2] - height) // down + 1, (a.shape[-1] - width) // across + 1
    cells = []
    for r in range(rows):
        for c in range(columns):
            window = a[..., r * down : r * down + height, c * across : c * across + width]
            if layer.get("method", "max") == "max":
                cells.append(largest(window))
            elif layer["method"] == "average":
                cells.append(anp.mean(window, axis=(-2, -1)))
            else:
                cells.append(length(window))
    stacked = anp.stack(cells, axis=-1)
    return anp.reshape(stacked, (*stacked.shape[:-1], rows, columns))


def cost(table: dict[str, Any], parameters: dict[str, Any], x: Any, t: Any) -> Any:
    """C_T of the samples."""
    a = forward(table["layers"], parameters, x)
    if table.get("cost", "squared") == "squared":
        total = anp.sum((t - a) ** 2) / 2
    elif table["layers"][-1].get("activation") == "softmax":
        total = -anp.sum(t * anp.log(a))
    else:
        total = -anp.sum(t * anp.log(a) + (1 - t) * anp.log(1 - a))
    return total / len(x) if table.get("reduction") == "mean" else total


def train(table: dict[str, Any], start: dict[str, Any], x: Any, t: Any) -> list[dict[str, Any]]:
    """Parameters, gradients, outputs and C_T of every step: `w`, `w.grad`, `output.a` by name, and `C_T`."""
    training, last = table["training"], f"{table['layers'][-1]['name']}.a"
    parameters = {name: np.asarray(value, float) for name, value in start.items()}
    etas = training["eta"] if isinstance(training["eta"], list) else [training["eta"]]
    velocity = {name: np.zeros_like(value) for name, value in parameters.items()}
    mean, square = dict(velocity), dict(velocity)
    batch, steps = training.get("batch") or len(x), []
    for step in range(training["epochs"]):
        chosen = (step * batch + np.arange(batch)) % len(x)
        mine = lambda some: cost(table, some, x[chosen], t[chosen])  # noqa: E731, B023
        gradients = {name: np.asarray(part) for name, part in grad(mine)(parameters).items()}
        outputs = forward(table["layers"], parameters, x[chosen])
        named = {f"{name}.grad": part for name, part in gradients.items()}
        steps.append({**parameters, **named, last: outputs, "C_T": float(mine(parameters))})
        along = dict(gradients)
        for name in along:
            if training.get("decay") and name.endswith(".w"):
                along[name] = along[name] + training["decay"] * parameters[name]
        if training.get("unit_length"):
            length = np.sqrt(sum(float((g**2).sum()) for g in along.values()))
            along = {name: g / length if length else 0 * g for name, g in along.items()}
        eta = etas[min(step, len(etas) - 1)]
        for name, g in along.items():
            if training.get("optimizer", "gradient") == "momentum":
                velocity[name] = training.get("momentum", 0.9) * velocity[name] - eta * g
                parameters[name] = parameters[name] + velocity[name]
            elif training.get("optimizer", "gradient") == "adam":
                b1, b2 = training.get("beta1", 0.9), training.get("beta2", 0.999)
                mean[name] = b1 * mean[name] + (1 - b1) * g
                square[name] = b2 * square[name] + (1 - b2) * g**2
                m, v = mean[name] / (1 - b1 ** (step + 1)), square[name] / (1 - b2 ** (step + 1))
                parameters[name] = parameters[name] - eta * m / (np.sqrt(v) + training.get("epsilon", 1e-8))
            else:
                parameters[name] = parameters[name] - eta * g
    return steps
