"""Write the reference of recipes from their schema: python docs/reference.py makes recipe.md and recipe.schema.json.

Every error on the page is the answer to a value that really was tried.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from sheetnn.data import home
from sheetnn.functions import COSTS
from sheetnn.json_schema import recipe_schema, schema_text
from sheetnn.mistakes import PATTERNS
from sheetnn.proofreading import mistakes_in
from sheetnn.rules.layers import RESERVED, fitting
from sheetnn.rules.pages import NEEDS
from sheetnn.schema import PAGES

HERE = Path(__file__).parent
NETWORK: dict[str, Any] = {
    "id": "mine",
    "data": {"images": "appendix_a.csv"},
    "layers": [
        {"name": "conv", "kind": "convolution", "filters": 2, "size": [3, 2]},
        {"name": "pool", "kind": "pooling"},
        {"name": "output", "units": 2},
    ],
    "training": {"eta": 0.2, "epochs": 2},
    "random": {"seed": 1},
    "test": {"images": ["010/101/101/101"]},
    "solve": {"change": ["output.w"]},
}
FUNCTION: dict[str, Any] = {
    "id": "mine",
    "function": {"variables": ["x"], "value": "x^2", "gradient": ["2*x"]},
    "training": {"eta": 0.2, "epochs": 2},
    "start": {"x": 1},
}
BLOCKS: dict[str, Any] = {
    "id": "mine",
    "blocks": [
        {"name": "x", "values": [1, 2], "axes": ["case"]},
        {"name": "y", "op": "copy", "args": ["x"], "axes": ["case"]},
    ],
}
# Title on the page, the table's name in the JSON schema, a good recipe, and where the table is in it.
TABLES: tuple[tuple[str, str, dict[str, Any], tuple[str | int, ...]], ...] = (
    ("At the top of the file", "", NETWORK, ()),
    ("[data]", "Data", NETWORK, ("data",)),
    ("[[layers]] of kind dense", "Dense", NETWORK, ("layers", 2)),
    ("[[layers]] of kind convolution", "Convolution", NETWORK, ("layers", 0)),
    ("[[layers]] of kind pooling", "PoolingLayer", NETWORK, ("layers", 1)),
    ("[training]", "Training", NETWORK, ("training",)),
    ("[random]", "Random", NETWORK, ("random",)),
    ("[test]", "Test", NETWORK, ("test",)),
    ("[function]", "Function", FUNCTION, ("function",)),
    ("[solve]", "Solve", NETWORK, ("solve",)),
    ("[[blocks]]", "BlockEntry", BLOCKS, ("blocks", 1)),
)
# Where a value of the wrong type would teach little: wrong values worth showing.
WRONG: dict[str, Any] = {
    "layout": "stakced",
    "pages": ["stp"],
    "start": {"output.v": [1, 2]},
    "initial": {"output.v": [1, 2]},
    "Data.images": "appendix_c.csv",
    "Data.classes": [0, 2],
    "Data.scale": [1, 0],
    "Dense.units": 3,
    "Convolution.size": [5, 5],
    "PoolingLayer.size": [2, 3],
    "Random.range": [1, -1],
    "Convolution.padding": [3, 0],
    "Training.momentum": 0.9,
    "Test.images": ["01/10"],
    "Function.value": "x^2 + y",
    "Function.gradient": ["2*x", "2*y"],
    "Solve.cost": "C_S",
    "Solve.change": ["output.v"],
    "BlockEntry.op": "coppy",
    "BlockEntry.args": ["z"],
    "BlockEntry.axes": ["row"],
    "BlockEntry.values": "many",
    "BlockEntry.role": "pixle",
    "BlockEntry.options": {"size": 3},
}


def wrong(schema: dict[str, Any]) -> Any:
    """A value that a key's schema refuses."""
    schema = schema.get("anyOf", [schema])[0]
    if "enum" in schema or "const" in schema:
        return schema.get("enum", [schema.get("const")])[0][:-1]
    match schema.get("type"):
        case "integer" if "minimum" in schema:
            return schema["minimum"] - 1
        case "number":
            return schema.get("exclusiveMinimum", schema.get("minimum", 1) - 1)
        case "string":
            return "1 2" if "pattern" in schema else 5
        case "array" if "prefixItems" in schema:
            return [1]
        case "array":
            return "x"
        case "boolean":
            return "yes"
    return 5


def refusal(good: dict[str, Any], path: tuple[str | int, ...], value: Any) -> str:
    """What `check` says of a value at a path of a good recipe."""
    table = copy.deepcopy(good)
    here: Any = table
    for part in path[:-1]:
        here = here[part]
    here[path[-1]] = value
    found = [one for one in mistakes_in(table, None) if one.path[: len(path)] == path] or mistakes_in(table, None)
    assert found, (path, value)
    return found[0].told().replace(str(home("data")), "data")


def spelt(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {spelt(one)}" for key, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def ranged(schema: dict[str, Any]) -> str:
    """The values that a key takes."""
    if "anyOf" in schema:
        return ", or ".join(ranged(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(f'`"{one}"`' for one in schema.get("enum", [schema.get("const")]))
    bounds = [
        f"{sign} {schema[key]}"
        for key, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
        if key in schema
    ]
    match schema.get("type"):
        case "integer" | "number" as kind:
            return " ".join([{"integer": "whole number", "number": "number"}[kind], ", ".join(bounds)]).strip()
        case "string":
            told = [PATTERNS[schema["pattern"]].removeprefix("expected ")] if "pattern" in schema else []
            told += [f"at most {schema['maxLength']} characters"] if "maxLength" in schema else []
            return ": ".join(["text", ", ".join(told)]) if told else "text"
        case "array" if "prefixItems" in schema:
            return f"{len(schema['prefixItems'])} of: {ranged(schema['prefixItems'][0])}"
        case "array":
            few = f"at least {schema['minItems']} of" if "minItems" in schema else "any number of"
            return f"array, {few}: {ranged(schema['items'])}"
        case "boolean":
            return "`true`, `false`"
        case "object":
            return "table"
    return "number, or arrays of numbers"


def row(table: str, key: str, schema: dict[str, Any], required: bool, good: dict[str, Any], path: Any) -> str:
    """One line of a table of the page."""
    if "default" in schema and schema["default"] not in ([], ""):
        default = f"`{spelt(schema['default'])}`"
    else:
        default = "required" if required else ""
    value = WRONG.get(f"{table}.{key}" if table else key, wrong(schema))
    error = refusal(good, (*path, key), value)
    cells = [f"`{key}`", schema["description"], ranged(schema), default, f"`{key} = {spelt(value)}`: {error}"]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def section(title: str, name: str, good: dict[str, Any], path: tuple[str | int, ...]) -> list[str]:
    """The heading and the table of keys of one table of the recipe."""
    whole = recipe_schema()
    schema = whole["$defs"][name] if name else whole
    rows = [
        row(name, key, one, key in schema.get("required", []), good, path)
        for key, one in schema["properties"].items()
        if "$ref" not in one and "$ref" not in one.get("items", {}) and "oneOf" not in one.get("items", {})
    ]
    head = ["| key | meaning | values | default | a wrong value and its error |", "|---|---|---|---|---|"]
    return [f"## {title}", "", schema["description"].splitlines()[0], "", *head, *rows, ""]


def page() -> str:
    """The whole page."""
    lines = [
        "# Keys of a recipe",
        "",
        "A recipe is a TOML file. `sheetnn new NAME` writes one to begin with, and `sheetnn check NAME.toml` finds",
        "all its mistakes with their lines. `sheetnn check --schema > recipe.schema.json` writes the schema with",
        "which an editor completes keys, once the recipe's first line is `#:schema ./recipe.schema.json`. Messages",
        "count elements from 1: `layers[2]` is the second layer.",
        "",
        "This page and [recipe.schema.json](recipe.schema.json) are written by `python docs/reference.py` from the",
        "schema in the code; each error is what `check` answers to the value beside it.",
        "",
    ]
    for title, name, good, path in TABLES:
        lines += section(title, name, good, path)
    lines += ["## What goes together", "", "| cost | activations of the last layer |", "|---|---|"]
    lines += [f"| `{cost}` | {', '.join(fitting(cost))} |" for cost in COSTS]
    lines += ["", "| page | needs |", "|---|---|"]
    for page in PAGES:
        lines.append(f"| `{page}` | {'; '.join(need.said for need in NEEDS if page in need.pages)} |")
    lines += ["", f"No layer may be named {', '.join(RESERVED)}: these are axes of the data.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    (HERE / "recipe.md").write_text(page(), "utf-8", newline="\n")
    (HERE / "recipe.schema.json").write_text(schema_text(), "utf-8", newline="\n")
