"""What a drawn recipe covers of the schema: every key, every word that a key may be set to, every op of blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, get_args, get_origin

from drawn import draw
from pydantic import BaseModel

from sheetnn import schema
from sheetnn.catalog import OPS
from sheetnn.stacked import LAYOUTS

TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("", schema.Recipe),
    ("data.", schema.Data),
    ("dense.", schema.Dense),
    ("convolution.", schema.Convolution),
    ("pooling.", schema.PoolingLayer),
    ("blocks.", schema.BlockEntry),
    ("function.", schema.Function),
    ("training.", schema.Training),
    ("random.", schema.Random),
    ("test.", schema.Test),
    ("solve.", schema.Solve),
)
PAGES_OF_THE_BOOK = sorted(
    path.stem for path in (Path(__file__).parent.parent / "templates" / "layouts").glob("*.toml")
)


def wanted() -> set[str]:
    """All of it, as `data.channels` and `data.channels=rgb`."""
    found = {f"{prefix}{key}" for prefix, table in TABLES for key in table.model_fields}
    for prefix, table in TABLES:
        for key, field in table.model_fields.items():
            found |= {f"{prefix}{key}={word}" for word in words(field.annotation)}
    layouts = (*LAYOUTS, "mine.toml", *PAGES_OF_THE_BOOK)
    files = ("json", "npz", "csv")
    return found | {
        *(f"layout={name}" for name in layouts),
        *(f"blocks.op={op}" for op in OPS),
        *(f"start.file=start.{suffix}" for suffix in files),
        "data.test with training.batch",
        "a stride above 2",
    }


def words(annotation: Any) -> Iterator[str]:
    """The texts of every Literal in an annotation, also inside Optional, Annotated and tuple."""
    for one in get_args(annotation):
        if get_origin(annotation) is Literal:
            if isinstance(one, str):
                yield one
        else:
            yield from words(one)


def covered(table: dict[str, Any]) -> set[str]:
    """What one recipe has of it."""
    found: set[str] = set()

    def walk(prefix: str, one: Any) -> None:
        for key, value in one.items():
            found.add(f"{prefix}{key}")
            if isinstance(value, str):
                found.add(f"{prefix}{key}={value}")
            if isinstance(value, dict):
                walk(f"{prefix}{key}.", value)
            for each in value if isinstance(value, list) else ():
                if isinstance(each, dict):
                    walk(f"{each.get('kind', 'dense') if key == 'layers' else key}.", each)
                elif isinstance(each, str):
                    found.add(f"{prefix}{key}={each}")

    walk("", table)
    if {"data.test", "training.batch"} <= found:
        found.add("data.test with training.batch")
    if any(max(layer.get("stride", [1])) > 2 for layer in table.get("layers", [])):
        found.add("a stride above 2")
    return found


def choose(count: int) -> tuple[int, ...]:
    """Seeds below `count` that cover all of it: each the one that adds most to those before it."""
    found = {}
    for seed in range(count):
        with TemporaryDirectory() as folder:
            found[seed] = covered(draw(seed, Path(folder)))
    left, chosen = wanted(), []
    while left:
        best = max(found, key=lambda seed: len(found[seed] & left))
        if not found[best] & left:
            raise SystemExit(f"never drawn: {', '.join(sorted(left))}")
        chosen.append(best)
        left -= found[best]
    return tuple(chosen)


if __name__ == "__main__":
    print(choose(400))
