"""Random recipes over the whole schema: each must build, be proved by two engines and by another mathematics.

`SHEETNN_DRAWN=300 pytest tests/test_drawn.py` draws more than the suite does.
"""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import demanded
from drawn import draw, toml
from pydantic import BaseModel
from twin import forward, train

from sheetnn import schema
from sheetnn.unrolled import history
from sheetnn.verifier import verify
from sheetnn.workbook import Workbook, build

DRAWN = int(os.environ.get("SHEETNN_DRAWN", "24"))
OTHER = {"stacked": "right", "right": "stacked", "sheets": "stacked"}


def made(seed: int, folder: Path, **changes: Any) -> tuple[dict[str, Any], Workbook]:
    table = {**draw(seed, folder), **changes}
    path = folder / f"{table.get('layout', 'any')}.toml"
    path.write_text(toml(table), "utf-8")
    return table, build(path)


def of_all_epochs(book: Workbook, name: str) -> np.ndarray:
    found = history(book.graph, book.values, name)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(DRAWN))
def test_a_drawn_recipe(seed: int, tmp_path: Path) -> None:
    table, book = made(seed, tmp_path)
    path = book.save(tmp_path / "a.xlsx")
    report = verify(path, ["ironcalc", demanded("libreoffice")])
    assert report.ok, report.mismatches[:3]
    assert [check.source for check in report.checks] == ["formula", "input", "stored", "ironcalc", "libreoffice"]
    assert all(check.compared for check in report.checks)
    assert not errors_in(path)
    assert path.read_bytes() == made(seed, tmp_path)[1].save(tmp_path / "again.xlsx").read_bytes()
    if table.get("layers"):
        agrees_with_the_twin(table, book)
        other = made(seed, tmp_path, layout=OTHER[table["layout"]], pages=[])[1]
        assert verify(other.save(tmp_path / "b.xlsx"), "ironcalc").ok
        for name in ("C_T", f"{table['layers'][-1]['name']}.w"):
            np.testing.assert_array_equal(of_all_epochs(book, name), of_all_epochs(other, name))
    else:
        descends_as_by_hand(table, book)


def agrees_with_the_twin(table: dict[str, Any], book: Workbook) -> None:
    """Parameters, gradients and C_T of every step; without training the outputs."""
    graph = book.graph
    start = {b.name: b.start for b in graph if b.role == "parameter" and b.start is not None and "/" not in b.name}
    x = np.asarray(graph["data.image"].start, float)
    if "eta" not in table.get("training", {}):  # forward only
        last = table["layers"][-1]["name"]
        np.testing.assert_allclose(
            book.values[f"{last}.a"], forward(table["layers"], start, x), rtol=1e-12, atol=1e-14
        )
        return
    for step, expected in enumerate(train(table, start, x, targets(book))):
        for name, wanted in expected.items():
            np.testing.assert_allclose(of_all_epochs(book, name)[step], wanted, rtol=1e-8, atol=1e-10, err_msg=name)


def descends_as_by_hand(table: dict[str, Any], book: Workbook) -> None:
    """A quadratic Σ s (x−1)²: each step worked out from the scales."""
    names, training = table["function"]["variables"], table["training"]
    scales = np.array([float(part.partition("*")[0]) for part in table["function"]["value"].split("+")])
    position = np.array([table["start"][name] for name in names])
    for epoch in range(training["epochs"]):
        np.testing.assert_allclose(book.values["position"][epoch], position, rtol=1e-12)
        gradient = 2 * scales * (position - 1)
        length = np.sqrt((gradient**2).sum()) if training["unit_length"] else 1.0
        position = position - training["eta"] * gradient / length


def targets(book: Workbook) -> np.ndarray:
    """One row a sample, worked out from what the data page holds."""
    graph = book.graph
    if "data.t" in graph.blocks:
        return np.asarray(graph["data.t"].start, float)
    classes = book.recipe.data.classes  # type: ignore[union-attr]
    assert classes is not None
    numbers = range(1, len(classes) + 1) if isinstance(classes[0], str) else classes
    return np.array([[float(label == number) for number in numbers] for label in graph["data.label"].start])  # type: ignore[union-attr]


def errors_in(path: Path) -> list[str]:
    """Parts that store an error value."""
    with zipfile.ZipFile(path) as package:
        return [name for name in package.namelist() if b't="e"' in package.read(name)]


def keys(table: dict[str, Any]) -> Counter[str]:
    """Every key of a recipe, and every word it is set to, such as `data.channels=rgb`."""
    found: Counter[str] = Counter()

    def walk(prefix: str, one: Any) -> None:
        for key, value in one.items():
            found[f"{prefix}{key}"] += 1
            if isinstance(value, str):
                found[f"{prefix}{key}={value}"] += 1
            if isinstance(value, dict):
                walk(f"{prefix}{key}.", value)
            if isinstance(value, list) and value and isinstance(value[0], dict):
                for each in value:
                    kind = each.get("kind", "dense") if key == "layers" else key
                    walk(f"{kind}.", each)
            if key == "pages":
                found.update(f"pages={page}" for page in value)

    walk("", table)
    return found


ELSEWHERE = {"initial"}  # the book's pages 3-5 and 5-4


def test_the_draw_covers_the_schema(tmp_path: Path) -> None:
    """Every key of the schema, and every word that a key may be set to, is drawn at least three times in 400."""
    seen: Counter[str] = Counter()
    for seed in range(400):
        (tmp_path / str(seed)).mkdir()
        seen += keys(draw(seed, tmp_path / str(seed)))
    wanted = set()
    tables: list[tuple[str, type[BaseModel]]] = [
        ("", schema.Recipe),
        ("data.", schema.Data),
        ("dense.", schema.Dense),
        ("convolution.", schema.Convolution),
        ("pooling.", schema.PoolingLayer),
        ("training.", schema.Training),
        ("random.", schema.Random),
        ("test.", schema.Test),
    ]
    for prefix, model in tables:
        for key, field in model.model_fields.items():
            wanted.add(f"{prefix}{key}")
            if "Literal" in str(field.annotation):
                words = [word for word in getattr(field.annotation, "__args__", ()) if isinstance(word, str)]
                wanted.update(f"{prefix}{key}={word}" for word in words)
    wanted |= {f"layout={name}" for name in OTHER}
    wanted |= {f"pages={page}" for page in ("contents", "step", "cost", "check", "try")}
    default = {"data.targets=label", "dense.kind", "dense.kind=dense", "training.mode=descent", "data.label"}
    missing = sorted(key for key in wanted - ELSEWHERE - default if seen[key] < 3)
    assert not missing, missing
