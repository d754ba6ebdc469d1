"""One rule: what it reads, and the mistakes it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..mistakes import Mistake
from ..schema import Recipe
from ..toml_lines import Path


@dataclass(frozen=True)
class Rule:
    """`reads` are the keys that it looks at, as `data.scale` or `layers.*.units`; `find` yields its mistakes.

    Some hold only for a recipe as it was `written`, before other epochs are asked for.
    """

    reads: tuple[str, ...]
    find: Callable[[Recipe], Iterable[Mistake]]
    written: bool = False

    def reads_from(self, path: Path) -> bool:
        """Whether one of the keys is at `path`, inside it or around it."""
        return any(meets(key, path) for key in self.reads)


def meets(key: str, path: Path) -> bool:
    """Whether a key as `data.scale`, `layers.*.units` or `layers.0` is at `path`, inside it or around it."""
    return all(mine in ("*", str(other)) for mine, other in zip(key.split("."), path, strict=False))


def given(table: Any, key: str) -> bool:
    """Whether a table has a key of its own, not the default."""
    return table is not None and key in table.model_fields_set
