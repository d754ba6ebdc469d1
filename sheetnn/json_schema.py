"""The schema of recipes as JSON schema (draft 2020-12): what editors complete and check recipes by."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from .schema import Recipe

DRAFT = "https://json-schema.org/draft/2020-12/schema"


class _Toml(GenerateJsonSchema):
    """TOML has no null: a key that may be missing is a key that is not required."""

    def nullable_schema(self, schema: Any) -> dict[str, Any]:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> dict[str, Any]:
        found = super().default_schema(schema)
        return {key: value for key, value in found.items() if key != "default" or value is not None}


def recipe_schema() -> dict[str, Any]:
    """The JSON schema of a recipe as a table."""
    table = Recipe.model_json_schema(schema_generator=_Toml)
    return {"$schema": DRAFT, **table, "title": "sheetnn recipe"}


def schema_text() -> str:
    """The JSON schema as a file holds it, ending in a line feed."""
    return json.dumps(recipe_schema(), ensure_ascii=False, indent=2) + "\n"
