"""Words by language: one TOML table a language beside this file; labels are keys into it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources

from ..errors import RecipeError, nearest

_MARKUP = re.compile(r"([\^_])\{([^{}]*)\}")


@dataclass(frozen=True)
class Words:
    """The labels of one language."""

    language: str
    table: dict[str, str]

    def __call__(self, key: str) -> str:
        """The text for `key`. Raises RecipeError for one that the table lacks."""
        if key not in self.table:
            raise RecipeError(f"language {self.language!r} has no word for {key!r}; add it to {self.language}.toml")
        return self.table[key]

    def sheet(self, name: str) -> str:
        """The name of a sheet of this id, which is its own where the table has none."""
        return self.table.get(f"sheet.{name}", name)


def languages() -> list[str]:
    """Codes of the languages that have a table."""
    files = resources.files(__package__).iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def words(language: str) -> Words:
    """The labels of `language`. Raises RecipeError for one without a table."""
    if language not in languages():
        raise RecipeError(
            f"language {language!r} is not known; expected one of {', '.join(languages())}"
            + nearest(language, languages())
        )
    text = resources.files(__package__).joinpath(f"{language}.toml").read_text("utf-8")
    return Words(language, tomllib.loads(text))


def runs(text: str) -> list[tuple[str, str]]:
    """`z^{2}` -> [("z", ""), ("2", "superscript")]: the pieces of a label with their position."""
    pieces, start = [], 0
    for match in _MARKUP.finditer(text):
        if match.start() > start:
            pieces.append((text[start : match.start()], ""))
        pieces.append((match[2], "superscript" if match[1] == "^" else "subscript"))
        start = match.end()
    if start < len(text):
        pieces.append((text[start:], ""))
    return pieces


_RAISED = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_LOWERED = str.maketrans("0123456789ijkmn", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₘₙ")


def plain(text: str) -> str:
    """Markup as plain text, for where a cell takes no other: `z_{i}^{2}` -> `zᵢ²`, `a^{F}` -> `a^F`."""
    pieces = []
    for piece, position in runs(text):
        table = {"superscript": _RAISED, "subscript": _LOWERED}.get(position)
        if table is None:
            pieces.append(piece)
        elif all(ord(sign) in table for sign in piece):
            pieces.append(piece.translate(table))
        else:
            sign = "^" if position == "superscript" else "_"
            pieces.append(f"{sign}({piece})" if len(piece) > 2 else sign + piece)
    return "".join(pieces)
