"""Random page layouts by seed: a user's own table of places, and the book's pages with other numbers in them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from recipe_toml import toml

MINE = "mine.toml"
SHIPPED = Path(__file__).parent.parent / "templates"
BOOK = ("1-2", "1-3", "2-5", "3-4", "3-5", "4-4", "5-2", "5-4", "5-6", "A", "B")
"""Recipes that between them have every page of the book."""
SLOPES = ("sigmoid", "tanh", "relu", "leaky-relu")


def letters(column: int) -> str:
    """1 is A, 27 is AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def of_the_book(rng: Any, number: int, folder: Path, pick: Any) -> dict[str, Any]:
    """A recipe of the book with its page, with other pictures and numbers; for a network also other functions."""
    name = BOOK[number % len(BOOK)]
    table = tomllib.loads((SHIPPED / f"{name}.toml").read_text("utf-8"))
    table.pop("pages", None)
    for block in table.get("blocks", []):
        if "values" in block and block["name"] not in ("test.classes", "print.number.first"):
            positive = block["name"] == "e"  # the base of 1-3
            block["values"] = round(2.5 + float(rng.random()), 2) if positive else _others(rng, block["values"])
    if "data" not in table:
        return table
    rows, columns, count = {0: (4, 3, 64), 1: (6, 6, 96)}[int(table["data"]["images"] == "appendix_b.csv")]
    classes = table["data"]["classes"]
    lines = [f"{classes[n % len(classes)]},{_picture(rng, rows, columns)}" for n in range(count)]
    (folder / "data.csv").write_text("\n".join(["label,pixels", *lines]) + "\n", "utf-8")
    table["data"]["images"] = "data.csv"
    if "layers" not in table:
        return table
    del table["start"]
    table["random"] = {"seed": int(rng.integers(1000)), "kind": pick("normal", "uniform", "xavier")}
    for key, value in table.get("initial", {}).items():
        table["initial"][key] = _others(rng, value)
    table["test"]["images"] = [_picture(rng, rows, columns) for _ in table["test"]["images"]]
    for layer in table["layers"]:
        if layer.get("kind") == "pooling":
            layer["method"] = pick("max", "average")
        elif layer["name"] != "output" or name != "5-6":
            layer["activation"] = pick(*SLOPES)
    if "training" in table:
        table["training"] = {"eta": pick(0.02, 0.1), "epochs": int(rng.integers(1, 4))}
    return table


def _others(rng: Any, values: Any) -> Any:
    return [_others(rng, one) for one in values] if isinstance(values, list) else round(float(rng.normal(0, 1)), 2)


def _picture(rng: Any, rows: int, columns: int) -> str:
    return "/".join("".join(map(str, rng.integers(0, 2, columns))) for _ in range(rows))


def write_page(rng: Any, table: dict[str, Any], folder: Path, pick: Any) -> None:
    """A page layout for the recipe `table`, as `mine.toml` beside it: every block in a place of its own.

    Either the places of a computed layout, or places drawn here: blocks under one another, the samples of a block
    down or across and its other axes along the other side, epochs down or to the right.
    """
    from sheetnn.model import from_recipe
    from sheetnn.recipe import parse

    computed = pick("stacked", "right")
    model = from_recipe(parse({**table, "layout": computed, "pages": []}, "drawn"), folder, "en")
    groups = list(dict.fromkeys(block.group for block in model.graph))
    if pick("copied", "drawn", "drawn") == "copied":
        places = {name: _spot(place.row, place.column, place.steps) for name, place in model.layout.places.items()}
        of = {name: place.sheet for name, place in model.layout.places.items()}
        steps = {place.step("epoch") for name, place in model.layout.places.items() if model.graph[name].repeated}
        epoch = steps.pop() if steps else (0, 0)
        assert not steps
    else:
        places, epoch = _places(rng, model.graph, pick)
        of = {block.name: block.group for block in model.graph}
    sheets = []
    for group in groups:
        labels: list[dict[str, Any]] = [{"at": "A1", "text": pick("mine", "=1+1", "狗"), "style": "title"}]
        if any(model.graph[name].repeated for name in places if of[name] == group):
            labels.append({"at": "A2", "key": "epoch", "each": ["epoch"], "style": "epoch"})
        sheet = {"id": group, "widths": {"A": 12.0}, "freeze": "B3", "height": pick(14.0, 18.0), "labels": labels}
        sheet |= {"font": "Arial"} if pick(True, False) else {}
        sheet |= {"images": "test"} if group == "test" and "test.x" in model.graph.blocks else {}
        sheets.append({**sheet, "places": {name: spot for name, spot in places.items() if of[name] == group}})
    (folder / MINE).write_text(toml({"epoch": list(epoch), "sheets": sheets}), "utf-8")


def _spot(row: int, column: int, steps: Any) -> dict[str, Any]:
    moves = {axis: list(step) for axis, step in steps.items() if axis != "epoch"}
    return {"at": f"{letters(column)}{row}", **moves}


def _places(rng: Any, graph: Any, pick: Any) -> tuple[dict[str, Any], tuple[int, int]]:
    """Places by block, and the step from one epoch to the next.

    What is multiplied cell by cell lies the same way, as the program asks for: x as the data, matrices of a page all
    upright or all turned, but for those of array formulas.
    """
    rows = dict.fromkeys((block.group for block in graph), 3)
    widest, places = 1, {}
    first = None
    whole = {use.name for block in graph if block.op is not None and block.op.whole for use in block.args}
    whole |= {block.name for block in graph if block.op is not None and block.op.whole}
    turned, of_data = int(rng.integers(2)), int(rng.integers(2))
    for block in sorted(graph, key=lambda block: block.repeated):
        if block.repeated and first is None:
            first = rows[block.group] = rows[block.group] + 1
        sides: tuple[list[str], list[str]] = ([], [])
        axes = list(block.axes)
        if "image" in axes:
            side = of_data if block.name in ("x", "data.image") else int(rng.integers(2))
            sides[side].append("image")
            sides[1 - side].extend(axis for axis in axes if axis != "image")
        else:
            cut = pick(0, 1, len(axes)) if len(axes) != 2 else 1
            side = int(rng.integers(2)) if block.name in whole else turned
            sides[side].extend(axes[:cut])
            sides[1 - side].extend(axes[cut:])
        steps, spans = {}, [1, 1]
        for side in (0, 1):
            for axis in reversed(sides[side]):
                steps[axis] = (spans[side], 0) if side == 0 else (0, spans[side])
                spans[side] *= block.axes[axis]
        places[block.name] = _spot(rows[block.group], 2, steps)
        rows[block.group] += spans[0] + int(rng.integers(1, 3))
        widest = max(widest, spans[1] if block.repeated else 1)
    down = (rows["train"] - first + 1, 0) if first is not None else (0, 0)
    return places, pick(down, (0, widest + 1)) if first is not None else (0, 0)
