"""The floor: the cells of `sheetnn build 4-4` by one straight loop of strings, with nothing around them.

    python benchmarks/bare.py OUT.xlsx [--epochs N]

NumPy and the standard library, one thread, one epoch in memory at a time. The formulas are spelled out for the
book's network of 4 x 3 pixels, 3 hidden and 2 output units; labels, styles and merged ranges are left out.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
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


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the cells of book 4-4 with a bare loop.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int)
    arguments = parser.parse_args()
    recipe = tomllib.loads((ROOT / "templates/4-4.toml").read_text("utf-8"))
    x, labels = training_images(recipe["data"]["images"])
    w = [np.array(recipe["start"][name]) for name in ("hidden.w", "hidden.b", "output.w", "output.b")]
    w[0] = w[0].reshape(3, 4, 3)
    epochs = arguments.epochs or recipe["training"]["epochs"]
    sheets = (
        data_sheet(x, labels),
        train_sheet(x, labels, w, recipe["training"]["eta"], epochs),
        test_sheet(pictures(recipe["test"]["images"]), w, 32 * (epochs - 1)),
    )
    write_book(arguments.out, sheets)


def data_sheet(x: Array, labels: list[int]) -> Iterator[str]:
    at = columns(10, len(x), 4)
    yield counting(at, 4)
    for i in range(4):
        yield row(5 + i, typed(5 + i, take(at, 3), flat(x[:, i])))
    yield row(9, typed(9, [c[3] for c in at], labels))


def train_sheet(x: Array, labels: list[int], w: list[Array], eta: float, epochs: int) -> Iterator[str]:
    """The training sheet, one text an epoch. Leaves the last epoch's parameters in `w`."""
    at, data = columns(11, len(x), 4), columns(10, len(x), 4)
    hidden, output, targets = take(at, 3), take(at, 2), [c[3] for c in at]
    first, last = f"${at[0][0]}", f"${at[-1][3]}"
    t = np.array([[int(label == digit) for digit in (0, 1)] for label in labels])
    yield counting(at, 2)
    for i in range(4):
        cells = live(3 + i, hidden, [f"Data!{d}{5 + i}" for d in take(data, 3)], flat(x[:, i]))
        yield row(3 + i, typed(6, "G", [eta]) + cells if i == 3 else cells)
    for k in (0, 1):
        yield row(7 + k, live(7 + k, targets, [f"IF(Data!{d[3]}9={k},1,0)" for d in data], flat(t[:, k])))
    slopes: list[Array] = []
    for top in range(10, 10 + 32 * epochs, 32):
        if slopes:
            w[:] = [old - eta * slope for old, slope in zip(w, slopes, strict=True)]
        lines = [""] * 30  # from row `top` on: columns D to G, then the images
        for r, line in enumerate(table(w), top):
            texts = [f"{c}{r - 32}-$G$6*{c}{r - 17}" for c in "DEFG"]
            lines[r - top] = live(r, "DEFG", texts, line) if slopes else typed(r, "DEFG", line)
        a2, a3 = forward(lines, at, top, w, x, "", "$")
        cost = ((t - a3) ** 2).sum(axis=1) / 2
        da3 = a3 - t
        delta3 = da3 * (a3 * (1 - a3))
        da2 = np.einsum("oh,io->ih", w[2], delta3)
        delta2 = da2 * (a2 * (1 - a2))
        each2, each3 = delta2[:, :, None, None] * x[:, None], delta3[:, :, None] * a2[:, None]
        slopes = [each.sum(axis=0) for each in (each2, delta2, each3, delta3)]

        a, d, o = top + 5, top + 9, top + 12
        lines[6] += live(top + 6, output, [f"{c}{a}*(1-{c}{a})" for c in output], flat(a3 * (1 - a3)))
        texts = [f"(({b}$7-{p}{a})^2+({b}$8-{q}{a})^2)/2" for p, q, _, b in at]
        lines[7] += live(top + 7, [c[0] for c in at], texts, flat(cost))
        texts = [text for p, q, _, b in at for text in (f"{p}{a}-{b}$7", f"{q}{a}-{b}$8")]
        lines[8] += live(top + 8, output, texts, flat(da3))
        lines[9] += live(d, output, [f"{c}{top + 8}*{c}{top + 6}" for c in output], flat(delta3))
        texts = [f"${h}{o}*{c[0]}{d}+${h}{o + 1}*{c[1]}{d}" for c in at for h in "DEF"]
        lines[10] += live(top + 10, hidden, texts, flat(da2))
        lines[11] += live(top + 11, hidden, [f"{c}{top + 10}*{c}{top + 3}" for c in hidden], flat(delta2))
        for r, line in enumerate(table(slopes), top + 15):
            texts = [f"SUMIF({first}$10:{last}$10,{k},{first}{r}:{last}{r})" for k in ("1", "2", "3", '"b"')]
            lines[r - top] = live(r, "DEFG", texts, line)
        for n in range(14):  # what each image adds to the gradient: 12 rows of hidden units, 2 of output units
            r, u, i = top + 15 + n, *(divmod(n, 4) if n < 12 else (n - 12, 0))
            d, other = (top + 11, f"${3 + i}") if n < 12 else (top + 9, f"{top + 2}")
            delta, each = (delta2, each2[:, u, i]) if n < 12 else (delta3, each3[:, u])
            if i:
                texts = [f"{c[u]}{d}*{s}{other}" for c in at for s in c[:3]]
                lines[15 + n] += live(r, hidden, texts, flat(each))
            else:  # a unit's first row has the bias too
                texts = [f"{c[u]}{d}*{s}{other}" if s != c[3] else f"{c[u]}{d}" for c in at for s in c]
                lines[15 + n] += live(r, take(at, 4), texts, flat(np.column_stack([each, delta[:, u]])))
        lines[29] = live(top + 29, "G", [f"SUM({first}{top + 7}:{last}{top + 7})"], flat(cost.sum()))
        yield "".join([row(r, cells) for r, cells in enumerate(lines, top) if cells])


def test_sheet(x: Array, w: list[Array], down: int) -> Iterator[str]:
    """The test sheet. Its parameters stand `down` rows lower on the training sheet."""
    at = columns(11, len(x), 4)
    yield counting(at, 2)
    for i in range(4):
        yield row(3 + i, typed(3 + i, take(at, 3), flat(x[:, i])))
    lines = [live(r, "DEFG", [f"'学习'!{c}{r + down}" for c in "DEFG"], line) for r, line in enumerate(table(w), 10)]
    _, a3 = forward(lines, at, 10, w, x, "$", "")
    texts = [f"IF({c[0]}15&gt;={c[1]}15,0,1)" for c in at]
    lines[6] += live(16, [c[0] for c in at], texts, flat(a3.argmax(axis=1)))
    yield "".join([row(r, cells) for r, cells in enumerate(lines, 10)])


def forward(
    lines: list[str], at: Letters, top: int, w: list[Array], x: Array, fixed: str, pixels: str
) -> tuple[Array, Array]:
    """Both layers' outputs, and their rows; `fixed` and `pixels` are "$" where the formulas fix those rows."""
    hidden, output, a = take(at, 3), take(at, 2), top + 2
    z2 = np.einsum("hrc,irc->ih", w[0], x) + w[1]
    a2 = 1 / (1 + np.exp(np.minimum(-z2, 700)))
    z3 = np.einsum("oh,ih->io", w[2], a2) + w[3]
    a3 = 1 / (1 + np.exp(np.minimum(-z3, 700)))
    for c in at:
        lines[0] += typed(top, c[:3], (1, 2, 3))
        lines[0] += "" if fixed else f'<c r="{c[3]}{top}" t="inlineStr"><is><t>b</t></is></c>'
    units = [(f"$D{fixed}{u}:$F{fixed}{u + 3}", f"$G{fixed}{u}") for u in (top, top + 4, top + 8)]
    texts = [f"SUMPRODUCT({u},{p}{pixels}3:{s}{pixels}6)+{b}" for p, _, s, _ in at for u, b in units]
    lines[1] += live(top + 1, hidden, texts, flat(z2))
    lines[2] += live(a, hidden, [f"1/(1+EXP(MIN(-{c}{a - 1},700)))" for c in hidden], flat(a2))
    lines[3] += live(top + 3, hidden, [f"{c}{a}*(1-{c}{a})" for c in hidden], flat(a2 * (1 - a2)))
    units = [(f"$D{fixed}{u}:$F{fixed}{u}", f"$G{fixed}{u}") for u in (top + 12, top + 13)]
    texts = [f"SUMPRODUCT({u},{p}{a}:{s}{a})+{b}" for p, _, s, _ in at for u, b in units]
    lines[4] += live(top + 4, output, texts, flat(z3))
    lines[5] += live(top + 5, output, [f"1/(1+EXP(MIN(-{c}{top + 4},700)))" for c in output], flat(a3))
    return a2, a3


def table(w: list[Array]) -> list[list[float]]:
    """Parameters or their gradient as they stand in columns D to G, 14 rows."""
    rows: list[list[float]] = [*w[0].reshape(12, 3).tolist(), *w[2].tolist()]
    for k, b in zip((0, 4, 8, 12, 13), [*w[1].tolist(), *w[3].tolist()], strict=True):
        rows[k].append(b)
    return rows


if __name__ == "__main__":
    main()
