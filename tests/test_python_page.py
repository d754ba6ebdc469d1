"""docs/python.md: its programs run one after the other, as a reader would, and give what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sheetnn

PAGE = (Path(__file__).parent.parent / "docs" / "python.md").read_text("utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The names that stand after each program."""
    told, names = [], {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("page"))
        for program in PROGRAMS:
            exec(compile(program, "docs/python.md", "exec"), names)
            told.append(dict(names))
    return told


def test_the_first_program_has_ten_lines(after: list[dict[str, Any]]) -> None:
    assert len([line for line in PROGRAMS[0].splitlines() if line.strip()]) == 10
    assert after[0]["book"].recipe.id == "xor"


def test_what_a_workbook_knows(after: list[dict[str, Any]]) -> None:
    book = after[1]["book"]
    assert book.values["C_T"].shape == (20,)
    assert book.values["hidden.w"].shape == (20, 3, 2)
    assert book.frame("output.a").index.names == ["epoch", "image", "output"]
    assert len(book.frame("output.a")) == 20 * 4 * 2
    assert book.formulas > 1000
    (said,) = book.warnings
    assert "4 samples to learn from and 17 parameters" in said, "3·2+3+2·3+2 of them"
    named = {"hidden.w", "hidden.b", "hidden.z", "hidden.a", "hidden.delta", "hidden.w.grad", "C", "C_T"}
    assert named <= set(book.values)
    paragraph = PAGE.partition("Blocks are named")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+\.[\w.]+|C|C_T)`", paragraph)) == named


def test_the_cost_falls(after: list[dict[str, Any]]) -> None:
    for book in (after[0]["book"], after[2]["curve"]):
        cost = book.values["C_T"]
        assert cost[-1] < cost[0]
    assert after[2]["curve"].recipe.data.outputs == ("height",)


def test_recipes_and_proof(after: list[dict[str, Any]]) -> None:
    report = after[4]["report"]
    assert report.ok
    assert [check.source for check in report.checks] == ["formula", "input", "stored", "ironcalc"]
    assert all(check.compared for check in report.checks)
    assert report.mismatches == []


def test_going_on_is_bit_for_bit(after: list[dict[str, Any]]) -> None:
    """The first epoch of what goes on has the parameters of epoch 10 of what it came from."""
    first, later = after[3]["book"], after[5]["book"]
    for name in ("hidden.w", "output.b"):
        np.testing.assert_array_equal(later.values[name][0], first.values[name][9])
    assert not after[6]["found"].ok


def test_a_refusal_says_what_to_mend(after: list[dict[str, Any]]) -> None:
    assert re.match(r"recipe '4-5' is not known; expected one of .*; did you mean '4-4'\?$", after[-1]["message"])


def test_every_public_name_is_on_the_page() -> None:
    missing = {name for name in sheetnn.__all__ if not re.search(rf"\bsheetnn\.{name}\b", PAGE)}
    assert missing == {"Workbook", "__version__", "plot", "solve"}


def test_explained_traced_sized_and_graded(after: list[dict[str, Any]]) -> None:
    told, size, graded = after[7], after[8], after[9]
    assert set(told["step"]["epoch"].dropna()) <= {1, 2}
    assert len(told["step"]) > 100
    assert size["size"].formulas == 245_208
    assert graded["grades"][0].score == 0
