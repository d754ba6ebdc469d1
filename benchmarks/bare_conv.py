"""The floor of book 5-6: the cells of `sheetnn build 5-6` by one straight loop of strings, with nothing around them.

    python benchmarks/bare_conv.py OUT.xlsx [--epochs N]

NumPy and the standard library, one thread, one epoch in memory at a time. The formulas are spelled out for the
book's network: 6 x 6 pixels, 3 filters of 3 x 3, max pooling of 2 x 2, 3 output units. Texts, the numbers of
units in column J, styles and merged ranges are left out.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from package import (
    ROOT,
    Array,
    Letters,
    columns,
    counting,
    flat,
    live,
    pictures,
    row,
    take,
    training_images,
    typed,
    write_book,
)

PARAMETERS = ("conv.w", "conv.b", "output.w", "output.b")
HEIGHT = 79  # rows of an epoch


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the cells of book 5-6 with a bare loop.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int)
    arguments = parser.parse_args()
    recipe = tomllib.loads((ROOT / "templates/5-6.toml").read_text("utf-8"))
    x, labels = training_images(recipe["data"]["images"])
    t = np.array([[int(label == digit) for digit in recipe["data"]["classes"]] for label in labels])
    w = [np.array(recipe["start"][name]) for name in PARAMETERS]
    epochs = arguments.epochs or recipe["training"]["epochs"]
    sheets = (
        data_sheet(x, t),
        train_sheet(x, t, w, recipe["training"]["eta"], epochs),
        test_sheet(pictures(recipe["test"]["images"]), w, HEIGHT * (epochs - 1)),
    )
    write_book(arguments.out, sheets)


def data_sheet(x: Array, t: Array) -> Iterator[str]:
    at = columns(11, len(x), 6)
    yield counting(at, 2)
    for i in range(6):
        yield row(3 + i, typed(3 + i, take(at, 6), flat(x[:, i])))
    for k in range(3):
        yield row(9 + k, typed(9 + k, ["K", *(c[0] for c in at)], [k + 1, *flat(t[:, k])]))
    for i in range(6):
        yield row(18 + i, live(18 + i, take(at, 6), [f"{c}{3 + i}" for c in take(at, 6)], flat(x[:, i])))


def train_sheet(x: Array, t: Array, w: list[Array], eta: float, epochs: int) -> Iterator[str]:
    """The training sheet, one text an epoch. Leaves the last epoch's parameters in `w`."""
    at, data = columns(10, len(x), 6), columns(11, len(x), 6)
    maps, pixels, three, heads = take(at, 4), take(at, 6), take(at, 3), [c[0] for c in at]
    first, last = f"${at[0][0]}", f"${at[-1][5]}"
    yield counting(at, 2)
    for i in range(6):
        cells = live(3 + i, pixels, [f"Data!{d}{3 + i}" for d in take(data, 6)], flat(x[:, i]))
        yield row(3 + i, typed(4, "F", [eta]) + cells if i == 1 else cells)
    for k in range(3):
        yield row(9 + k, live(9 + k, heads, [f"Data!{d[0]}{9 + k}" for d in data], flat(t[:, k])))
    windows = sliding_window_view(x, (3, 3), axis=(1, 2))
    slopes: list[Array] = []
    for top in range(12, 12 + HEIGHT * epochs, HEIGHT):
        if slopes:
            w[:] = [old - eta * slope for old, slope in zip(w, slopes, strict=True)]
        lines = [""] * 78  # from row `top` on: columns D to F, then the images
        lines[0] = typed(top, "DEF", (1, 2, 3)) + typed(top, maps, [1, 2, 3, 4] * len(at))
        for r, line in enumerate(table(w), top + 1):
            texts = [f"{c}{r - 79}-$F$4*{c}{r - 31}" for c in "DEF"]
            lines[r - top] = live(r, "DEF", texts, line) if slopes else typed(r, "DEF", line)
        a, pooled, out = forward(lines, at, top, w, x, "", "$")
        cost = ((out - t) ** 2).sum(axis=1) / 2
        delta3 = (out - t) * (out * (1 - out))
        up = np.einsum("ofrc,io->ifrc", w[2], delta3)
        shared = np.where(a == spread(pooled), spread(up), 0.0)
        delta2 = shared * (a * (1 - a))
        each2, eachb = np.einsum("ifrc,ircjk->ifjk", delta2, windows), delta2.sum(axis=(2, 3))
        each3 = delta3[:, :, None, None, None] * pooled[:, None]
        slopes = [each.sum(axis=0) for each in (each2, eachb, each3, delta3)]

        o, d = top + 32, top + 36  # rows of the output units and of their errors
        texts = [f"SUMXMY2({c[0]}$9:{c[0]}$11,{c[1]}{o}:{c[1]}{o + 2})/2" for c in at]
        lines[35] = live(top + 35, "F", [f"SUM({first}{top + 35}:{last}{top + 35})"], flat(cost.sum()))
        lines[35] += live(top + 35, [c[1] for c in at], texts, flat(cost))
        texts = [
            f"({c[1]}{r}-{c[0]}${k})*({c[1]}{r}*(1-{c[1]}{r}))" for c in at for k, r in enumerate(range(o, o + 3), 9)
        ]
        lines[36] = live(d, three, texts, flat(delta3))
        lines[48] = typed(top + 48, "DEF", (1, 2, 3))
        for n in range(12):  # unit errors of the feature maps
            f, i = divmod(n, 4)
            r, p, v = top + 13 + n, top + 25 + 2 * f + i // 2, top + 11 + 2 * f + i // 2
            texts = [
                f"(IF({c[j]}{r}={c[j // 2]}{p},(${h}{v}*{c[0]}{d}+${h}{v + 6}*{c[1]}{d}+${h}{v + 12}*{c[2]}{d}),0))"
                f"*({c[j]}{r}*(1-{c[j]}{r}))"
                for c in at
                for j, h in enumerate("DDEE")
            ]
            lines[37 + n] += live(top + 37 + n, maps, texts, flat(delta2[:, f, i]))
        for r, line in enumerate(table(slopes), top + 49):
            texts = [f"SUMIF({first}$12:{last}$12,{k},{first}{r}:{last}{r})" for k in (1, 2, 3)]
            lines[r - top] = live(r, "DEF", texts, line)
        for n in range(9):  # what each image adds to the gradient of the filters, and then to that of the rest
            f, i = divmod(n, 3)
            m = top + 37 + 4 * f
            texts = [
                f"SUMPRODUCT({c[0]}{m}:{c[3]}{m + 3},{c[j]}${3 + i}:{c[j + 3]}${6 + i})" for c in at for j in range(3)
            ]
            lines[49 + n] += live(top + 49 + n, three, texts, flat(each2[:, f, i]))
        texts = [f"SUM({c[0]}{m}:{c[3]}{m + 3})" for c in at for m in (top + 37, top + 41, top + 45)]
        lines[58] += live(top + 58, three, texts, flat(eachb))
        for n in range(18):
            u, r, p = n // 6, top + 59 + n, top + 25 + n % 6
            texts = [f"{c[u]}{d}*{s}{p}" for c in at for s in c[:2]]
            lines[59 + n] += live(r, take(at, 2), texts, flat(each3[:, u, n % 6 // 2, n % 2]))
        lines[77] += live(top + 77, three, [f"{c}{d}" for c in three], flat(delta3))
        yield "".join([row(r, cells) for r, cells in enumerate(lines, top) if cells])


def test_sheet(x: Array, w: list[Array], down: int) -> Iterator[str]:
    """The test sheet of one picture. Its parameters stand `down` rows lower on the training sheet."""
    at, copy = columns(10, len(x), 6), columns(20, len(x), 6)
    yield row(2, typed(2, at[0], [1]))
    for r, line in enumerate(x[0].tolist(), 3):
        yield row(r, typed(r, at[0], line) + live(r, copy[0], [f"{c}{r}" for c in at[0]], line))
    lines = [
        "",
        *(live(r, "DEF", [f"'学习'!{c}{r + down}" for c in "DEF"], line) for r, line in enumerate(table(w), 13)),
    ]
    lines += [""] * 7
    lines[0] = typed(12, "DEF", (1, 2, 3))
    out = forward(lines, at, 12, w, x, "$", "")[2]
    for k in range(3):
        lines[32 + k] += typed(44 + k, "M", [k + 1])
    lines[36] = live(48, "L", ["VLOOKUP(MAX(L44:L46),L44:M46,2,0)"], [int(out.argmax()) + 1])
    yield "".join([row(r, cells) for r, cells in enumerate(lines, 12) if cells])


def forward(
    lines: list[str], at: Letters, top: int, w: list[Array], x: Array, fixed: str, pixels: str
) -> tuple[Array, Array, Array]:
    """Feature maps, pooled maps and outputs, and their rows.

    `fixed` and `pixels` are "$" where the formulas fix the rows of parameters and of pixels.
    """
    windows = sliding_window_view(x, (3, 3), axis=(1, 2))
    z2 = np.einsum("fjk,ircjk->ifrc", w[0], windows) + w[1][:, None, None]
    a2 = 1 / (1 + np.exp(np.minimum(-z2, 700)))
    pooled = a2.reshape(len(x), 3, 2, 2, 2, 2).max(axis=(3, 5))
    z3 = np.einsum("ofrc,ifrc->io", w[2], pooled) + w[3]
    a3 = 1 / (1 + np.exp(np.minimum(-z3, 700)))
    maps, b = take(at, 4), top + 10
    for n in range(12):
        f, i = divmod(n, 4)
        k, z, a = top + 1 + 3 * f, top + 1 + n, top + 13 + n
        weights, bias = f"$D{fixed}{k}:$F{fixed}{k + 2}", f"${'DEF'[f]}{fixed}{b}"
        texts = [
            f"SUMPRODUCT({weights},{c[j]}{pixels}{3 + i}:{c[j + 2]}{pixels}{5 + i})+{bias}"
            for c in at
            for j in range(4)
        ]
        lines[1 + n] += live(z, maps, texts, flat(z2[:, f, i]))
        lines[13 + n] += live(a, maps, [f"1/(1+EXP(MIN(-{c}{z},700)))" for c in maps], flat(a2[:, f, i]))
    for n in range(6):
        r, a = top + 25 + n, top + 13 + 2 * n
        texts = [f"MAX({p}{a}:{q}{a + 1})" for c in at for p, q in (c[:2], c[2:4])]
        lines[25 + n] += live(r, take(at, 2), texts, flat(pooled[:, n // 2, n % 2]))
    for u in range(3):
        r, v = top + 32 + u, top + 11 + 6 * u
        weights, bias = f"$D{fixed}{v}:$E{fixed}{v + 5}", f"${'DEF'[u]}{fixed}{top + 29}"
        pairs = [
            (f"SUMPRODUCT({weights},{c[0]}{top + 25}:{c[1]}{top + 30})+{bias}", f"1/(1+EXP(MIN(-{c[0]}{r},700)))")
            for c in at
        ]
        values = np.column_stack([z3[:, u], a3[:, u]])
        lines[32 + u] += live(r, take(at, 2), chain.from_iterable(pairs), flat(values))
    return a2, pooled, a3


def spread(maps: Array) -> Array:
    """Each pooled number under every unit of its window."""
    return maps.repeat(2, axis=2).repeat(2, axis=3)


def table(w: list[Array]) -> list[list[float]]:
    """Parameters or their gradient as they stand in columns D to F, 29 rows."""
    return [*w[0].reshape(9, 3).tolist(), w[1].tolist(), *w[2].reshape(18, 2).tolist(), w[3].tolist()]


if __name__ == "__main__":
    main()
