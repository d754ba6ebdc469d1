"""Random recipes over the whole schema, by seed: a table for the recipe and the files beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import drawn_blocks
import numpy as np
from drawn_data import Drawn, draw_data, pixels_text
from drawn_layers import draw_layers, draw_starts, draw_training
from drawn_pages import MINE, of_the_book, write_page


def draw(seed: int, folder: Path) -> dict[str, Any]:
    """The table of a recipe; its files are written to `folder`. The same seed gives the same recipe."""
    rng = np.random.default_rng(seed)
    pick = lambda *some: some[int(rng.integers(len(some)))]  # noqa: E731
    chance = lambda p: bool(rng.random() < p)  # noqa: E731
    table: dict[str, Any] = {"id": f"drawn-{seed}", "title": pick("", "Drawn", {"zh": "抽取", "en": "Drawn"})}
    if chance(0.3):
        table["section"] = "9-9"
    if seed % 8 == 5:  # each page of the book as often as any other
        return {**of_the_book(rng, seed // 8, folder, pick), **table}
    if chance(0.08):
        return {**table, **_function(rng, pick, chance)}
    if chance(0.06):
        table |= {"blocks": drawn_blocks.alone(rng, pick)}
        return _placed(rng, {**table, "layout": pick("stacked", "right", MINE)}, folder, pick)
    plain = chance(0.15)  # what the page `step` can show
    found = draw_data(rng, plain, folder, pick, chance)
    layers = draw_layers(rng, found.shape, found.outputs, pick, chance)
    if plain:
        layers = [{"name": "hidden", "units": 2, "activation": "tanh"}, layers[-1]]
        if chance(0.6):
            layers.insert(0, {"name": "conv", "kind": "convolution", "filters": 2, "size": [2, 2]})
    table |= {"data": found.data, "layers": layers, **_cost(found, layers, plain, pick, chance)}
    table["layout"] = pick("stacked", "right", MINE) if plain else pick("stacked", "right", "sheets", MINE)
    table |= draw_starts(rng, layers, found.shape, folder, pick, chance)
    if "test" not in found.data and chance(0.5):
        table |= _test(rng, found, pick)
    if plain:
        table["training"] = {"epochs": 3, "eta": 0.05}
        table["pages"] = ["step", *(page for page in ("contents", "cost", "check", "try") if chance(0.5))]
    elif chance(0.8):
        table["training"] = draw_training(rng, found.count, pick, chance)
        _pages(table, found.shape, chance)
    else:
        _untrained(table, layers, pick, chance)
    if chance(0.3):
        table["blocks"] = drawn_blocks.beside(rng, pick, pick("data", "train"))
    elif not found.regression and "batch" not in table.get("training", {}) and chance(0.15):
        table["blocks"] = drawn_blocks.hits(_numbers_of(found), layers[-1]["name"], pick)
    return _placed(rng, table, folder, pick)


def _placed(rng: Any, table: dict[str, Any], folder: Path, pick: Any) -> dict[str, Any]:
    if table["layout"] == MINE:
        write_page(rng, table, folder, pick)
    return table


def _function(rng: Any, pick: Any, chance: Any) -> dict[str, Any]:
    """A quadratic in one to three variables, whose gradient is written by hand here."""
    names = ["x", "y", "u"][: int(rng.integers(1, 4))]
    scales = [round(float(rng.uniform(0.5, 2)), 2) for _ in names]
    return {
        "function": {
            "variables": names,
            "value": "+".join(f"{scale}*({name}-1)^2" for name, scale in zip(names, scales, strict=True)),
            "gradient": [f"2*{scale}*({name}-1)" for name, scale in zip(names, scales, strict=True)],
        },
        "training": {"eta": pick(0.05, 0.1), "epochs": int(rng.integers(2, 8)), "unit_length": chance(0.3)},
        "start": {name: round(float(rng.normal(0, 2)), 2) for name in names},
        "pages": [page for page in ("contents", "cost") if chance(0.5)],
    }


def _cost(found: Drawn, layers: list[dict[str, Any]], plain: bool, pick: Any, chance: Any) -> dict[str, Any]:
    """Cost and reduction; the last layer gets an activation that goes with them."""
    last, cost = layers[-1], "squared"
    if not found.regression and not plain and chance(0.5):
        last["activation"], cost = pick("sigmoid", "softmax"), "cross-entropy"
        if last["activation"] == "softmax" and chance(0.3):
            cost = "categorical-cross-entropy"
    else:
        more = ["softmax"] * (found.outputs > 1 and not plain)
        last["activation"] = pick("sigmoid", "tanh", "identity", "leaky-relu", "relu", *more)
    return {"cost": cost, "reduction": "sum" if plain else pick("sum", "mean")}


def _test(rng: Any, found: Drawn, pick: Any) -> dict[str, Any]:
    """[test], for every kind of data whose samples can be written."""
    many = int(rng.integers(1, 4))
    if len(found.shape) == 1:
        return {"test": {"samples": rng.normal(0, 1, (many, *found.shape)).round(2).tolist()}}
    if len(found.shape) == 3:
        return {}
    pictures = rng.integers(0, 2, (many, *found.shape))
    digits = ["/".join("".join(map(str, line)) for line in picture) for picture in pictures]
    decimals = [pixels_text(picture) for picture in rng.normal(0, 1, (many, *found.shape)).round(2)]
    return {"test": {"images": pick(digits, decimals)}}


def _untrained(table: dict[str, Any], layers: list[dict[str, Any]], pick: Any, chance: Any) -> None:
    last = layers[-1]["name"]
    if chance(0.5):
        table["training"] = {"mode": "solver"}
    elif chance(0.5):
        table["solve"] = {"cost": "C_T", "change": [f"{last}.w", f"{last}.b"]}
    if len(layers) > 1 and chance(0.4) and "activation" in layers[0]:
        layers[0]["activation"] = "step"
    if table["cost"] == "squared" and chance(0.3):
        layers[-1]["activation"] = "step"


def _numbers_of(found: Drawn) -> list[int]:
    """The labels of the outputs: positions from 1 of classes with names."""
    classes = found.data.get("classes", [n + 3 for n in range(found.outputs)])
    return list(range(1, found.outputs + 1)) if found.named else list(classes)


def _pages(table: dict[str, Any], shape: tuple[int, ...], chance: Any) -> None:
    """Those that the recipe's features allow, by the table of rules."""
    from sheetnn.recipe import examine
    from sheetnn.schema import PAGES

    if table["layout"] == "sheets" or chance(0.5):
        return
    asked = [page for page in PAGES if chance(0.7)]
    if table["layout"] == MINE and (len(shape) > 1 or table["layers"][-1]["activation"] == "softmax"):
        asked = [
            page for page in asked if page != "check"
        ]  # its formulas are as long as sums without ranges make them
    if len(shape) != 2:  # what only the samples tell
        asked = [page for page in asked if page not in ("step", "try")]
    table["pages"] = [page for page in asked if examine({**table, "pages": [page]})[0] is not None]
