"""A page layout of one's own beside the recipe: test samples of every kind, and blocks placed in unusual ways."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook
from recipe_toml import toml

from sheetnn.errors import RecipeError
from sheetnn.verifier import verify
from sheetnn.workbook import Workbook, build

RECIPE: dict[str, Any] = {
    "id": "mine",
    "layout": "page.toml",
    "data": {"table": "t.csv"},
    "layers": [{"name": "out", "units": 2}],
    "random": {"seed": 1},
    "training": {"eta": 0.1, "epochs": 3},
}
DATA = {
    "data.number.first": {"at": "B2"},
    "data.image": {"at": "C2", "image": [1, 0], "feature": [0, 1]},
    "data.label": {"at": "F2", "image": [1, 0]},
}
TRAIN = {
    "number.first": {"at": "B5"},
    "x": {"at": "C5", "image": [0, 1], "feature": [1, 0]},
    "t": {"at": "C8", "image": [0, 1], "out": [1, 0]},
    "eta": {"at": "B3"},
    "out.w": {"at": "B20", "out": [0, 1], "feature": [1, 0]},
    "out.b": {"at": "B23", "out": [0, 1]},
    "out.z": {"at": "B25", "image": [0, 1], "out": [1, 0]},
    "out.a": {"at": "B28", "image": [0, 1], "out": [1, 0]},
    "C": {"at": "B31", "image": [0, 1]},
    "C_T": {"at": "B33"},
    "out.delta": {"at": "B35", "image": [0, 1], "out": [1, 0]},
    "out.w.each": {"at": "B38", "image": [0, 1], "out": [2, 0], "feature": [1, 0]},
    "out.w.grad": {"at": "B43", "out": [0, 1], "feature": [1, 0]},
    "out.b.grad": {"at": "B46", "out": [0, 1]},
    "out.b.each": {"at": "B48", "image": [0, 1], "out": [1, 0]},
}
TEST = {
    "test.number.first": {"at": "B2"},
    "test.x": {"at": "C2", "image": [1, 0], "feature": [0, 1]},
    "test.out.w": {"at": "I2", "out": [1, 0], "feature": [0, 1]},
    "test.out.b": {"at": "L2", "out": [1, 0]},
    "test.out.z": {"at": "N2", "image": [1, 0], "out": [0, 1]},
    "test.out.a": {"at": "Q2", "image": [1, 0], "out": [0, 1]},
    "test.verdict": {"at": "T2", "image": [1, 0]},
}


def laid(
    folder: Path, changes: dict[str, Any], test: dict[str, Any], more: dict[str, Any] | None = None,
    labels: list[Any] | None = None,
) -> Workbook:  # fmt: skip
    with (folder / "t.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["a", "b", "label"], *([n % 3, n * n % 5, n % 2] for n in range(8))])
    sheets: list[dict[str, Any]] = [
        {"id": "data", "places": DATA},
        {"id": "train", "places": {**TRAIN, **(more or {})}, "labels": labels or []},
        {"id": "test", "images": "test", "places": test},
    ]
    (folder / "page.toml").write_text(toml({"epoch": [30, 0], "sheets": sheets}), "utf-8")
    (folder / "mine.toml").write_text(toml({**RECIPE, **changes}), "utf-8")
    return build(folder / "mine.toml")


KEPT = {"data": {"table": "t.csv", "test": 0.25}}


@pytest.mark.parametrize(
    ("changes", "test", "count"),
    [
        (KEPT, {**TEST, "test.label": {"at": "F2", "image": [1, 0]}}, 2),
        ({"test": {"samples": [[1, 2], [0, 1], [2, 2]]}}, TEST, 3),
        ({}, {}, 0),
    ],
)
def test_the_test_sheet_is_there_for_test_samples_of_every_kind(
    changes: dict[str, Any], test: dict[str, Any], count: int, tmp_path: Path
) -> None:
    path = laid(tmp_path, changes, test).save(tmp_path / "a.xlsx")
    assert verify(path).ok
    book = load_workbook(path)
    assert ("测试" in book.sheetnames) == bool(count)
    if count:
        assert [bool(book["测试"].cell(row, 3).data_type == "n" and book["测试"].cell(row, 3).value is not None)
                for row in range(2, 6)] == [True] * count + [False] * (4 - count)  # fmt: skip


def test_labels_of_later_epochs_may_stand_among_the_rows_of_earlier_ones(tmp_path: Path) -> None:
    label = {"at": "A2", "key": "epoch", "each": ["epoch"], "style": "epoch"}  # blocks begin 18 rows below, 30 apart
    path = laid(tmp_path, {}, {}, labels=[label]).save(tmp_path / "a.xlsx")
    assert verify(path).ok
    sheet = load_workbook(path)["学习"]
    assert [str(sheet.cell(row, 1).value) for row in (2, 32, 62)] == ["1次", "2次", "3次"]
    assert [sheet.cell(row, 2).value for row in (33, 63, 93)] == ["=SUM(B31:I31)", "=SUM(B61:I61)", "=SUM(B91:I91)"]


HITS = [
    {"name": "largest", "op": "largest", "args": ["out.a"], "axes": ["image", "out"], "options": {"axis": "out"}},
    {"name": "hit", "op": "agree", "args": ["t", "largest"], "axes": ["image"], "options": {"axis": "out"}},
    {"name": "rate", "op": "rate", "args": ["hit"]},
]


@pytest.mark.parametrize(
    ("image", "unit", "wanted"),
    [
        ([0, 1], [1, 0], '=IF(SUMPRODUCT(C$8:C$9,P26:P27)=1,"○","×")'),
        ([1, 0], [0, 1], '=IF(C$8*P26+C$9*Q26=1,"○","×")'),
    ],
)
def test_hits_of_outputs_that_lie_otherwise_than_targets(
    image: list[int], unit: list[int], wanted: str, engine: str, tmp_path: Path
) -> None:
    spots = {
        "largest": {"at": "P26", "image": image, "out": unit},
        "hit": {"at": "P40", "image": [0, 1]},
        "rate": {"at": "P42"},
    }
    book = laid(tmp_path, {"blocks": HITS}, {}, spots)
    path = book.save(tmp_path / "a.xlsx")
    assert load_workbook(path)["学习"]["P40"].value == wanted
    assert verify(path, engine).ok
    a, labels = book.values["out.a"], np.array([n % 2 for n in range(8)])
    np.testing.assert_allclose(book.values["rate"], (a.argmax(axis=2) == labels).mean(axis=1))


def test_no_page_to_try_for_a_regression(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.arange(48).reshape(8, 2, 3), y=np.arange(8)[:, None] / 8)
    table = {**RECIPE, "layout": "right", "data": {"arrays": "a.npz", "outputs": ["y"]}, "pages": ["try"]}
    (tmp_path / "mine.toml").write_text(toml({**table, "layers": [{"name": "out", "units": 1}]}), "utf-8")
    with pytest.raises(RecipeError, match=r"'try' needs classes to choose from, so no data\.outputs"):
        build(tmp_path / "mine.toml")


@pytest.mark.parametrize("layout", ["stacked", "right"])
@pytest.mark.parametrize("size", [[2, 2], [2, 3], [1, 3]])
def test_a_second_filter_as_wide_as_its_maps(layout: str, size: list[int], tmp_path: Path) -> None:
    """Its windows are single rows of the flat maps that the pages `check` and `try` have."""
    pixels = np.random.default_rng(3).integers(0, 2, (6, 3, 3))
    np.savez(tmp_path / "a.npz", x=pixels, y=np.arange(6) % 2)
    layers = [
        {"name": "one", "kind": "convolution", "filters": 2, "size": [2, 2]},
        {"name": "two", "kind": "convolution", "filters": 2, "size": size, "padding": [0, size[1] - 2]},
        {"name": "out", "units": 2},
    ]
    table = {**RECIPE, "data": {"arrays": "a.npz"}, "layers": layers, "layout": layout, "pages": ["check", "try"]}
    (tmp_path / "mine.toml").write_text(toml(table), "utf-8")
    assert verify(build(tmp_path / "mine.toml", epochs=1).save(tmp_path / "a.xlsx")).ok


def test_a_page_to_try_where_each_image_is_one_row(tmp_path: Path) -> None:
    pixels = np.random.default_rng(3).integers(0, 2, (8, 2, 2))
    np.savez(tmp_path / "a.npz", x=pixels, y=np.arange(8) % 2)
    picture, unit = {"row": [0, 2], "col": [0, 1]}, {"image": [1, 0], "out": [0, 1]}
    spot, weights = {"image": [1, 0], **picture}, {"out": [1, 0], **picture}
    data = {"data.number.first": {"at": "A1"}, "data.image": {"at": "C2", **spot}}
    train = {
        "number.first": {"at": "A1"},
        "x": {"at": "C2", **spot},
        "t": {"at": "H2", **unit},
        "eta": {"at": "B12"},
        "C_T": {"at": "B14"},
        "C": {"at": "K15", "image": [1, 0]},
        "out.w": {"at": "B15", **weights},
        "out.b": {"at": "G15", "out": [1, 0]},
        "out.z": {"at": "M15", **unit},
        "out.a": {"at": "P15", **unit},
        "out.delta": {"at": "S15", **unit},
        "out.w.each": {"at": "V15", **spot, "out": [0, 4]},
        "out.b.each": {"at": "AE15", **unit},
        "out.w.grad": {"at": "B18", **weights},
        "out.b.grad": {"at": "G18", "out": [1, 0]},
    }
    own = {"data": {**data, "data.label": {"at": "H2", "image": [1, 0]}}, "train": train}
    sheets = [{"id": name, "places": places} for name, places in own.items()]
    (tmp_path / "page.toml").write_text(toml({"epoch": [12, 0], "sheets": sheets}), "utf-8")
    (tmp_path / "mine.toml").write_text(toml({**RECIPE, "data": {"arrays": "a.npz"}, "pages": ["try"]}), "utf-8")
    book = build(tmp_path / "mine.toml")
    assert verify(book.save(tmp_path / "a.xlsx")).ok
    np.testing.assert_array_equal(book.values["try/distance"], pixels.sum(axis=(1, 2)))  # from the blank picture
