"""The installed package and its command line, as a user has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import BOOK, RECIPES, sheetnn

ROOT = Path(__file__).parent.parent


def test_a_wheel_installed_elsewhere_builds_every_recipe(tmp_path):
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", site, wheel], check=True)
    folder = tmp_path / "空 folder"
    folder.mkdir()
    run = "import sheetnn, sys; print(sheetnn.__file__); from sheetnn.entry import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", run, "build", "--all"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert str(site) in done.stdout
    assert {path.stem for path in (folder / "output").glob("*.xlsx")} == set(RECIPES)


def test_json_of_every_verb(tmp_path):
    def said(*words):
        done = sheetnn(*words, "--json", cwd=tmp_path)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)

    assert {recipe["id"] for recipe in said("list")["recipes"]} == set(RECIPES)
    (built,) = said("build", "2-11", "--no-pages", "-o", "a.xlsx")["workbooks"]
    assert (built["formulas"], built["path"]) == (215, "a.xlsx")
    (report,) = said("verify", "a.xlsx")["reports"]
    assert report["ok"]
    assert [check["source"] for check in report["checks"]] == ["formula", "input", "stored", "ironcalc"]
    assert said("diff", "a.xlsx", "a.xlsx")["ok"]
    assert said("solve", "3-4")["converged"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_list_in_both_languages(language):
    done = sheetnn("list", "--lang", language)
    assert ("Gradient descent" in done.stdout) == (language == "en")


def test_english_labels_leave_no_chinese(tmp_path):
    from openpyxl import load_workbook

    sheetnn("build", *(name for name in BOOK if name not in ("4-4", "5-6")), "--lang", "en", cwd=tmp_path)
    for path in (tmp_path / "output").glob("*.xlsx"):
        workbook = load_workbook(path)
        for sheet in workbook.worksheets:
            if sheet.sheet_state == "visible":
                for row in sheet.iter_rows():
                    for cell in row:
                        assert not any("\u4e00" <= letter <= "\u9fff" for letter in str(cell.value)), (path, cell)


def test_both_languages_have_the_same_labels():
    from sheetnn.labels import words

    assert words("zh").table.keys() == words("en").table.keys()


@pytest.mark.parametrize("verb", ["list", "build", "verify", "diff", "solve"])
def test_help(verb):
    done = sheetnn(verb, "-h")
    assert done.returncode == 0
    assert "Usage: sheetnn" in done.stdout


def test_version():
    assert sheetnn("--version").stdout.startswith("sheetnn 0.")


def test_public_names_stay_functions():
    """Also after the modules behind them were loaded: no module has the name of a public function."""
    import sheetnn as package

    for _ in range(2):
        for name in ("build", "diff", "exercise", "plot", "pull", "solve", "verify"):
            assert callable(getattr(package, name)), name
