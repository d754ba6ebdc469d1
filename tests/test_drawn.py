"""Random recipes over the whole schema: each must build, be proved by two engines and by another mathematics.

`SHEETNN_DRAWN=300 pytest tests/test_drawn.py` draws more than the suite does. The suite's own are chosen so that they
have every key of the schema, every word that a key may be set to and every op of [[blocks]] between them.
"""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any, Literal, Optional

import judged
import numpy as np
import pytest
from conftest import demanded
from covering import covered, wanted, words
from drawn import draw
from openpyxl import Workbook as Blank
from recipe_toml import toml

from sheetnn.verifier import verify
from sheetnn.workbook import Workbook, build

CHOSEN = (87, 216, 155, 31, 298, 115, 28, 0, 325, 7, 53, 130, 5, 13, 21, 29, 37, 45, 69, 77, 85, 147)
"""Seeds that cover the schema; `python tests/covering.py` chooses them anew, which a change of the draw asks for."""
DRAWN = int(os.environ.get("SHEETNN_DRAWN", "24"))
SEEDS = (*CHOSEN, *(seed for seed in range(DRAWN) if seed not in CHOSEN))[:DRAWN]
OTHER = {"stacked": "right", "right": "stacked", "sheets": "stacked"}
MANY = 400


def made(seed: int, folder: Path, **changes: Any) -> tuple[dict[str, Any], Workbook]:
    table = {**draw(seed, folder), **changes}
    path = folder / f"{table.get('layout', 'any')}.recipe.toml"
    path.write_text(toml(table), "utf-8")
    return table, build(path)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_recipe(seed: int, tmp_path: Path) -> None:
    table, book = made(seed, tmp_path)
    path = book.save(tmp_path / "a.xlsx")
    report = verify(path, ["ironcalc", demanded("libreoffice")])
    assert report.ok, report.mismatches[:3]
    assert [check.source for check in report.checks] == ["formula", "input", "stored", "ironcalc", "libreoffice"]
    assert all(check.compared for check in report.checks if check.source != "input" or table.get("layers"))
    assert not errors_in(path)
    assert path.read_bytes() == made(seed, tmp_path)[1].save(tmp_path / "again.xlsx").read_bytes()
    numbers = judged.numbers_of(book)
    judged.anything(table, tmp_path, numbers)
    if "function" not in table:
        other = made(seed, tmp_path, layout=OTHER.get(table.get("layout", "stacked"), "stacked"), pages=[])[1]
        assert verify(other.save(tmp_path / "b.xlsx"), "ironcalc").ok
        are_alike(numbers, judged.numbers_of(other))


def are_alike(numbers: judged.Numbers, others: judged.Numbers) -> None:
    """Two layouts of a recipe hold the same numbers, bit for bit; pages beside them have names like step/z."""
    shared = {name for name in numbers if "/" not in name}
    assert shared == set(others)
    for name in shared:
        np.testing.assert_array_equal(numbers[name], others[name], err_msg=name)


def errors_in(path: Path) -> list[str]:
    """Parts that store an error value."""
    with zipfile.ZipFile(path) as package:
        return [name for name in package.namelist() if b't="e"' in package.read(name)]


def test_an_error_in_a_cell_is_seen(tmp_path: Path) -> None:
    book = Blank()
    book.active["A1"] = "#DIV/0!"
    book.save(tmp_path / "a.xlsx")
    assert errors_in(tmp_path / "a.xlsx") == ["xl/worksheets/sheet1.xml"]


def test_layouts_with_other_numbers_are_not_alike() -> None:
    one = {"C_T": np.array([1.0, 2.0]), "step/z": np.array(0)}
    are_alike(one, {"C_T": np.array([1.0, 2.0])})
    for other in ({"C_T": np.array([1.0, np.nextafter(2, 3)])}, {}, {"C_T": one["C_T"], "C": np.array(0)}):
        with pytest.raises(AssertionError):
            are_alike(one, other)


# what the draw covers


def drawn_tables(seeds: Any, folder: Path) -> list[dict[str, Any]]:
    for seed in seeds:
        (folder / str(seed)).mkdir()
    return [draw(seed, folder / str(seed)) for seed in seeds]


def test_the_suite_builds_all_that_the_schema_knows(tmp_path: Path) -> None:
    tables = drawn_tables(CHOSEN, tmp_path)
    assert not sorted(wanted().difference(*map(covered, tables)))


def test_the_draw_covers_the_schema(tmp_path: Path) -> None:
    """Every key of the schema, and every word that a key may be set to, is drawn at least three times in 400."""
    seen: Counter[str] = Counter()
    for table in drawn_tables(range(MANY), tmp_path):
        seen.update(covered(table))
    assert not sorted(key for key in wanted() if seen[key] < 3)


def test_words_within_other_types_count() -> None:
    assert set(words(Optional[Literal["a", "b"]])) == {"a", "b"}  # noqa: UP045
    assert set(words(Literal["c"] | None)) == {"c"}
    assert set(words(tuple[Literal["d"], ...])) == {"d"}
    assert not set(words(Literal[1] | None | str))
    assert {"dense.activation=softmax", "training.mode=solver", "pages=try", "data.channels=rgb"} <= wanted()
    assert {"initial", "blocks.options", "solve.change", "layout=mine.toml", "blocks.op=lookup"} <= wanted()


def test_what_a_recipe_has_is_told() -> None:
    table = {"layers": [{"name": "a", "units": 2}, {"kind": "pooling", "stride": [1, 3]}], "pages": ["try"]}
    assert {"dense.units", "pooling.stride", "pages=try", "a stride above 2"} <= covered(table)
    assert "dense.activation" not in covered(table)
