"""Array formulas wherever matrices lie: upright, turned, or one so and the other so."""

from __future__ import annotations

import tomllib
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from conftest import demanded
from openpyxl import load_workbook
from recipe_toml import toml

from sheetnn.errors import LayoutError
from sheetnn.verifier import verify
from sheetnn.workbook import Workbook, build

TEMPLATES = Path(__file__).parent.parent / "templates"
A, B = [[1, 2, 3], [4, 5, 6]], [[1, 0, 2, 1], [0, 3, 1, 2], [2, 1, 0, 1]]
BLOCKS = [
    {"name": "A", "values": A, "axes": ["i", "j"]},
    {"name": "B", "values": B, "axes": ["j", "k"]},
    {"name": "AB", "op": "matrix-product", "args": ["A", "B"], "axes": ["i", "k"]},
    {"name": "At", "op": "transpose", "args": ["A"], "axes": ["j", "i"]},
    {"name": "twice", "op": "array-sum", "args": ["A", "A"], "axes": ["i", "j"]},
    {"name": "none", "op": "array-difference", "args": ["twice", "A"], "axes": ["i", "j"]},
    {"name": "squares", "op": "hadamard", "args": ["A", "none"], "axes": ["i", "j"]},
]
RIGHT = {"AB": [[7, 9, 4, 8], [16, 21, 13, 20]], "At": [[1, 4], [2, 5], [3, 6]], "squares": [[1, 4, 9], [16, 25, 36]]}


def laid(folder: Path, turned: dict[str, bool]) -> Workbook:
    """The blocks on a page of their own, each upright or turned."""
    spots = {}
    for number, block in enumerate(BLOCKS):
        rows, columns = block["axes"]
        down, across = (columns, rows) if turned.get(str(block["name"])) else (rows, columns)
        spots[block["name"]] = {"at": f"B{2 + 6 * number}", down: [1, 0], across: [0, 1]}
    (folder / "page.toml").write_text(toml({"sheets": [{"id": "train", "places": spots}]}), "utf-8")
    (folder / "mine.toml").write_text(toml({"id": "mine", "layout": "page.toml", "blocks": BLOCKS}), "utf-8")
    return build(folder / "mine.toml")


WAYS = [dict(zip(("A", "B", "AB"), ways, strict=True)) for ways in product((False, True), repeat=3)]
WAYS += [{"At": True}, {"A": True, "At": True}, {"twice": True}, {"none": True, "squares": True}]


@pytest.mark.parametrize("turned", WAYS, ids=lambda some: "-".join(name for name in some if some[name]) or "upright")
def test_matrices_may_lie_turned(turned: dict[str, bool], tmp_path: Path) -> None:
    book = laid(tmp_path, turned)
    for name, wanted in RIGHT.items():
        np.testing.assert_array_equal(book.values[name], wanted)
    report = verify(book.save(tmp_path / "a.xlsx"), "ironcalc")
    assert report.ok
    assert report.checks[-1].source == "ironcalc"
    assert report.checks[-1].compared > 0


def test_the_turned_ones_in_every_engine(engine: str, tmp_path: Path) -> None:
    book = laid(tmp_path, {"A": True, "At": True, "none": True})
    assert verify(book.save(tmp_path / "a.xlsx"), demanded(engine)).ok


@pytest.mark.parametrize("layout", ["stacked", "right"])
def test_book_2_5_in_the_computed_layouts(layout: str, engine: str, tmp_path: Path) -> None:
    table = tomllib.loads((TEMPLATES / "2-5.toml").read_text("utf-8"))
    (tmp_path / "a.toml").write_text(toml({**table, "layout": layout}), "utf-8")
    assert verify(build(tmp_path / "a.toml").save(tmp_path / "a.xlsx"), engine).ok


def test_upright_matrices_need_no_transposing(tmp_path: Path) -> None:
    sheet = load_workbook(laid(tmp_path, {}).save(tmp_path / "a.xlsx"))["学习"]
    texts = [cell.value.text for row in sheet for cell in row if hasattr(cell.value, "text")]
    assert texts == ["=MMULT(B2:D3,B8:E10)", "=TRANSPOSE(B2:D3)", "=B2:D3+B2:D3", "=B26:D27-B2:D3", "=B2:D3*B32:D33"]


def test_rows_and_columns_along_one_side_are_refused(tmp_path: Path) -> None:
    laid(tmp_path, {})
    page = {"sheets": [{"id": "train", "places": {
        "A": {"at": "B2", "i": [3, 0], "j": [1, 0]},
        "B": {"at": "D2", "j": [1, 0], "k": [0, 1]},
        **{name: {"at": f"K{row}", one: [1, 0], other: [0, 1]} for name, row, one, other in (
            ("AB", 2, "i", "k"), ("At", 10, "j", "i"), ("twice", 20, "i", "j"), ("none", 30, "i", "j"),
            ("squares", 40, "i", "j"))},
    }}]}  # fmt: skip
    (tmp_path / "page.toml").write_text(toml(page), "utf-8")
    with pytest.raises(LayoutError, match="AB: rows and columns of A both run down; place it as a matrix"):
        build(tmp_path / "mine.toml").save(tmp_path / "a.xlsx")
