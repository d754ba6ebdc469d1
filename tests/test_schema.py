"""The JSON schema of recipes and the reference page: both current, and of one mind with the code."""

from __future__ import annotations

import copy
import importlib.util
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import sheetnn
from jsonschema import Draft202012Validator

from sheetnn.json_schema import recipe_schema, schema_text
from sheetnn.recipe import examine, shipped

DOCS = Path(__file__).parent.parent / "docs"
_spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
assert _spec is not None
assert _spec.loader is not None
reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)
CHECKER = Draft202012Validator(recipe_schema())
KEYS = [
    (title, name, key)
    for title, name, _, _ in reference.TABLES
    for key in (recipe_schema()["$defs"][name] if name else recipe_schema())["properties"]
]


def test_the_files_are_current() -> None:
    """`python docs/reference.py` writes them anew."""
    assert (DOCS / "recipe.schema.json").read_text("utf-8") == schema_text()
    assert (DOCS / "recipe.md").read_text("utf-8") == reference.page()


def test_the_command_prints_the_file() -> None:
    done = sheetnn("check", "--schema")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (DOCS / "recipe.schema.json").read_text("utf-8")


def test_it_is_a_schema_of_its_draft() -> None:
    schema = json.loads(schema_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    assert '"null"' not in schema_text(), "TOML has no null"


@pytest.mark.parametrize("name", shipped())
def test_shipped_recipes_are_valid(name: str) -> None:
    CHECKER.validate(tomllib.loads(shipped()[name].read_text("utf-8")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[training]", "[trainin]"),
        ("eta = 0.2", "eta = 0"),
        ("eta = 0.2", 'eta = "0.2"'),
        ("eta = 0.2", "eta = []"),
        ("epochs = 50", "epochs = 2.5"),
        ("epochs = 50", "epoch = 50"),
        ("units = 3", ""),
        ("units = 3", "units = 3\nfilters = 2"),
        ('activation = "sigmoid"', 'activation = "sigmiod"'),
        ('name = "hidden"', 'name = "1 2"'),
        ('name = "hidden"', 'name = "hidden"\nkind = "pooling"'),
        ('id = "4-4"', ""),
        ("classes = [0, 1]", "classes = [0]"),
        ("classes = [0, 1]", "scale = [0, 1, 2]"),
        ('"step", "cost"', '"stp", "cost"'),
    ],
)
def test_bad_recipes_are_not(old: str, new: str) -> None:
    """The schema in JSON and the one in the code refuse the same."""
    text = shipped()["4-4"].read_text("utf-8")
    assert old in text
    table = tomllib.loads(text.replace(old, new, 1))
    assert not CHECKER.is_valid(table)
    assert examine(table)[0] is None


@pytest.mark.parametrize(("title", "name", "key"), KEYS, ids=lambda part: str(part).replace(" ", "_"))
def test_every_key_is_explained_and_its_wrong_type_refused_by_both(title: str, name: str, key: str) -> None:
    whole = recipe_schema()
    table = whole["$defs"][name] if name else whole
    schema = table["properties"][key]
    if "$ref" in str(schema.get("$ref", schema.get("items", ""))) or "$ref" in schema:
        target = schema.get("$ref", "#/$defs/Dense").rpartition("/")[2]
        assert whole["$defs"][target]["description"]
        return
    assert len(schema["description"]) > 5
    assert "title" in schema
    page = (DOCS / "recipe.md").read_text("utf-8")
    section = page.partition(f"## {title}\n")[2].partition("\n## ")[0]
    assert re.search(rf"^\| `{key}` \| .+ \| .+ \|.*\| `{key} = .+`: .+ \|$", section, re.MULTILINE)
    if key == "values":
        return  # of any type: what it holds is read with its axes
    good, path = next((good, path) for one, _, good, path in reference.TABLES if one == title)
    spoilt: Any = copy.deepcopy(good)
    here = spoilt
    for part in path:
        here = here[part]
    here[key] = reference.wrong(schema)
    assert not CHECKER.is_valid(spoilt), here[key]
    assert CHECKER.is_valid(good)
    assert examine(spoilt)[0] is None


def test_no_table_is_left_out_of_the_page() -> None:
    assert {name for _, name, _, _ in reference.TABLES if name} == set(recipe_schema()["$defs"])
