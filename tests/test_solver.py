"""`solve`: the optimum, from the initial block, into a workbook that every check accepts."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import sheetnn
from openpyxl import load_workbook

from sheetnn.errors import RecipeError
from sheetnn.solver import solve
from sheetnn.stored import read_inputs, read_model
from sheetnn.verifier import verify
from sheetnn.workbook import build


@pytest.mark.parametrize(("recipe", "first", "bound"), [("3-5", 18.347, 1e-6), ("5-4", 12.544, 1e-3)])
def test_solver_pages(recipe, first, bound, tmp_path):
    found = solve(recipe)
    assert found.converged
    assert found.first == pytest.approx(first, abs=0.0005)  # from the initial block, as the book prints it
    assert found.cost < bound
    assert found.hits == 1.0
    path = found.workbook.save(tmp_path / "s.xlsx")
    assert verify(path).ok
    values = found.workbook.values
    assert values["C_T"] == found.cost
    assert values["hit.rate"] == 1.0
    initial = build(recipe).graph.inputs()
    for name in initial:
        if name.endswith(".initial"):
            np.testing.assert_array_equal(values[name], initial[name])


@pytest.mark.parametrize("recipe", ["2-12", "3-4"])
def test_regression_finds_the_normal_equations(recipe):
    found = solve(recipe)
    values = found.workbook.values
    assert found.cost == pytest.approx(float(values["C_T"]), rel=1e-6)
    assert values["solver.p"] == pytest.approx(float(values["p"]), rel=1e-3)


def test_from_a_file_whose_data_a_person_changed(tmp_path):
    path = build("3-4").save(tmp_path / "mine.xlsx")
    workbook = load_workbook(path)
    workbook["回归分析"]["C12"] = 20
    workbook.save(path)
    found = solve(path)
    found.workbook.save(tmp_path / "out.xlsx")
    assert read_inputs(tmp_path / "out.xlsx", read_model(tmp_path / "out.xlsx"))["y"][0] == 20
    slope, offset = np.polyfit([7, 5, 9], [20, 4, 8], 1)
    assert found.workbook.values["solver.p"] == pytest.approx(slope, abs=1e-3)
    assert found.workbook.values["solver.q"] == pytest.approx(offset, abs=1e-2)


def test_several_starts_are_repeatable():
    heard: set[int] = set()
    one = solve("3-5", starts=3, seed=5, say=lambda start, step, cost: heard.add(start))
    assert heard == {1, 2, 3}
    assert one.cost == solve("3-5", starts=3, seed=5).cost


def test_no_convergence_is_said(tmp_path):
    done = sheetnn("solve", "3-5", "--iterations", "2", cwd=tmp_path)
    assert done.returncode == 1
    assert "did not converge" in done.stdout


def test_command_line(tmp_path):
    done = sheetnn("solve", "3-4", "-o", "s.xlsx", "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["cost"] == pytest.approx(4 / 3)
    assert (tmp_path / "s.xlsx").is_file()
    again = sheetnn("solve", "3-4", "-o", "s.xlsx", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.count("\n") == 1


@pytest.mark.parametrize(("recipe", "says"), [("4-4", r"trained by descent"), ("1-2", "no parameters to change")])
def test_what_cannot_be_solved(recipe, says):
    with pytest.raises(RecipeError, match=says):
        solve(recipe)
