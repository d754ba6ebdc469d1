"""Tables written as TOML."""

from __future__ import annotations

import json
from typing import Any


def toml(table: dict[str, Any]) -> str:
    """The table as TOML text."""

    def value(one: Any) -> str:
        if isinstance(one, bool):
            return "true" if one else "false"
        if isinstance(one, str):
            escaped = one.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        if isinstance(one, list | tuple):
            return "[" + ", ".join(map(value, one)) + "]"
        if isinstance(one, dict):
            return "{ " + ", ".join(f"{json.dumps(key)} = {value(item)}" for key, item in one.items()) + " }"
        return repr(one)

    return "\n".join(f"{key} = {value(item)}" for key, item in table.items()) + "\n"
