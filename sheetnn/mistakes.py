"""Mistakes in a recipe: each knows its key, what is wrong and how to mend it; the schema's are put in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from .errors import closest, nearest
from .schema import KINDS, Recipe
from .toml_lines import Path

UNKNOWN = "unknown key"
MISSING = "this key is missing"
_WORDS = {  # where the library speaks of types that TOML calls otherwise
    "dict_type": "expected a table",
    "model_type": "expected a table",
    "model_attributes_type": "expected a table",
    "tuple_type": "expected an array",
    "json_invalid": "cannot be read: arrays in arrays without end, or half a character",
    "missing": MISSING,
    "extra_forbidden": UNKNOWN,
}
PATTERNS = {  # a pattern as words; a reader of a message need not know the language of patterns
    r"^[A-Za-z][A-Za-z0-9_]*$": "expected a letter a-z, then letters, digits and _",
    r"^[A-Za-z][A-Za-z0-9_.]*$": "expected a letter a-z, then letters, digits, _ and .",
    r"^\w[\w.-]*$": "expected a letter or digit, then letters, digits, _, - and .",
}
_LIBRARY = (("Input should be", "expected"), ("Tuple should have", "expected"), ("String should have", "expected"))
_KEY = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Mistake:
    """One mistake at `path`; `line` counts from 1 and is None where no file is known."""

    path: Path
    message: str
    hint: str = ""
    line: int | None = None

    @property
    def key(self) -> str:
        """The path as a reader writes it, elements of arrays counted from 1: `layers[2].units`."""
        return spelt(self.path)

    def told(self) -> str:
        """Key, message and hint in one line."""
        said = f"{self.message}; {self.hint}" if self.hint else self.message
        return f"{self.key}: {said}" if self.path else said

    def sentence(self) -> str:
        """The same with the line, for a list of mistakes in one line."""
        said = f"{UNKNOWN} {self.key!r}{self.hint and '; '}{self.hint}" if self.message == UNKNOWN else self.told()
        return said if self.line is None else f"line {self.line}: {said}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"line": self.line, "key": self.key, "message": self.message, "hint": self.hint or None}


def spelt(path: Path) -> str:
    """`("layers", 1, "units")` -> `layers[2].units`; keys that TOML would quote are quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            plain = part if _KEY.fullmatch(part) and part.isascii() else json.dumps(part)
            text += f".{plain}" if text else plain
    return text


def close(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?`, or nothing."""
    return nearest(word, known).removeprefix("; ")


def of_schema(errors: Iterable[Any], table: dict[str, Any]) -> list[Mistake]:
    """The schema's errors in words, one for each key.

    A union tells an error for each of its branches: those that went further into the value, or found the right type,
    say what was meant.
    """
    found: dict[Path, list[Any]] = {}
    for error in errors:
        found.setdefault(_path(error, table), []).append(error)
    around = {path[:end] for path in found for end in range(len(path))}
    return [_mistake(path, found[path], table) for path in found if path not in around]


def _path(error: Any, table: dict[str, Any]) -> Path:
    """Where an error is in the table: its location without the names of the branches of unions."""
    path: Path = ()
    here: Any = table
    for depth, part in enumerate(error["loc"]):
        tag = depth == 2 and path[0] == "layers"
        inside = (isinstance(here, dict) and part in here) or (isinstance(here, list) and isinstance(part, int))
        if inside and not tag:
            here = here[part] if isinstance(here, dict) or part < len(here) else None
            path += (part,)
    if error["type"] == "missing" and path[-1:] != error["loc"][-1:]:
        path += (error["loc"][-1],)
    return (*path, "kind") if error["type"] == "union_tag_invalid" else path


def _mistake(path: Path, errors: list[Any], table: dict[str, Any]) -> Mistake:
    typed = [one for one in errors if not one["type"].endswith(("_type", "int_from_float"))] or errors
    message = " or ".join(dict.fromkeys(said(one) for one in typed)).replace(" or expected ", " or ")
    error = typed[0]
    hint = ""
    if error["type"] == "extra_forbidden":
        return Mistake(path, message, _meant(path, table))
    if error["type"] == "union_tag_invalid":
        return Mistake(path, message, close(error["ctx"]["tag"], KINDS))
    if error["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        hint = close(str(error["input"]), choices)
    value = error["input"]
    text = str(value).lower() if isinstance(value, bool) else str(value)
    shown = "" if error["type"] == "missing" else f" (found {text[:60]!r})"
    return Mistake(path, message + shown, hint)


def said(error: Any) -> str:
    if error["type"] == "union_tag_invalid":
        return f"kind {error['ctx']['tag']!r} is not known; expected {', '.join(KINDS)}"
    if error["type"] == "string_pattern_mismatch":
        return PATTERNS[error["ctx"]["pattern"]]
    if error["type"] == "missing" and isinstance(error["loc"][-1], int):
        return "this element is missing"
    message = _WORDS.get(error["type"], error["msg"])
    for library, ours in _LIBRARY:
        message = message.replace(library, ours)
    return message.replace(" after validation", "")


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The tables that a type is made of: Data of `Data | None`, all kinds of layers of `layers`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def _keys_of(path: Path, table: dict[str, Any]) -> list[str]:
    """Valid keys of the table at a path."""
    if not path:
        return list(Recipe.model_fields)
    models = list(models_in(Recipe.model_fields[str(path[0])].annotation))
    if len(models) > 1:
        kind = table[path[0]][path[1]].get("kind", "dense")  # type: ignore[index]
        models = models[KINDS.index(kind) :][:1]
    return list(models[0].model_fields)


def _homes(word: str) -> dict[str, list[Any]]:
    """Tables that have a key of this name, by their own key in the recipe."""
    found = {
        name: [model for model in models_in(field.annotation) if word in model.model_fields]
        for name, field in Recipe.model_fields.items()
    }
    return {name: models for name, models in found.items() if models}


def meant(path: Path, table: dict[str, Any]) -> list[Path]:
    """What an unknown key may stand for: keys of its name in other tables, and the nearest of its own."""
    word, near = str(path[-1]), closest(str(path[-1]), _keys_of(path[:-1], table))
    others: list[Path] = [(word,)] if word in Recipe.model_fields else []
    return [*others, *((name, word) for name in _homes(word)), *([(*path[:-1], near)] if near else [])]


def _meant(path: Path, table: dict[str, Any]) -> str:
    """Where an unknown key belongs, if another table has it; else the valid key nearest to it."""
    word = str(path[-1])
    if len(path) > 1 and word in Recipe.model_fields:
        return f"{word!r} stands at the top of the file, before the first [table]"
    homes = _homes(word)
    if str(path[0]) in homes:  # its own table, so a layer of another kind
        fields = [model.model_fields["kind"] for model in homes[str(path[0])]]
        kinds = " or ".join(repr(kind) for field in fields for kind in get_args(field.annotation))
        return f"{word!r} belongs to a layer of kind {kinds}"
    if homes:
        heads = [f"[[{name}]]" if name in ("layers", "blocks") else f"[{name}]" for name in homes]
        return f"{word!r} stands in {' or '.join(heads)}"
    return close(word, _keys_of(path[:-1], table))
