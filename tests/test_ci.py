"""The examples for continuous integration, run as they stand; and the pages that explain `verify` and `grade`."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import sheetnn
from test_poison import edited

from sheetnn.workbook import build

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture
def there(tmp_path: Path) -> dict[str, str]:
    """An environment in which `sheetnn` is a command, and a file for the summary."""
    tools = tmp_path / "tools"
    tools.mkdir()
    command = tools / "sheetnn"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m sheetnn "$@"\n')
    command.chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A repository with two committed workbooks."""
    folder = tmp_path / "course"
    (folder / "workbooks").mkdir(parents=True)
    for recipe in ("2-11", "3-5"):
        build(recipe).save(folder / "workbooks" / f"{recipe}.xlsx")
    return folder


def poison(course: Path) -> None:
    """One stored value of a committed workbook falsified."""
    path = course / "workbooks" / "2-11.xlsx"
    book = build("2-11")
    place = book.layout.places["value"]
    row, column = place.at({"epoch": 3})
    part = [sheet.id for sheet in book.layout.sheets].index(place.sheet) + 1
    cell = f"{chr(64 + column)}{row}"
    bad = edited(
        path, course / "bad.xlsx", f"xl/worksheets/sheet{part}.xml", {cell: f'<c r="{cell}"><f>{{f}}</f><v>7</v></c>'}
    )
    bad.replace(path)


def steps() -> list[dict[str, Any]]:
    workflow = yaml.safe_load((DOCS / "ci" / "workflow.yml").read_text("utf-8"))
    assert set(workflow) == {"name", True, "permissions", "env", "jobs"}  # YAML 1.1 reads the key `on` as true
    (job,) = workflow["jobs"].values()
    return job["steps"]


def run_steps(course: Path, there: dict[str, str]) -> dict[str, int]:
    """Every step that does not install, in order, as GitHub runs it: after a failure only those that ask for it."""
    codes: dict[str, int] = {}
    for step in steps():
        if "run" not in step or step["name"] == "Install":
            continue
        if any(codes.values()) and "!cancelled()" not in step.get("if", ""):
            continue
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], cwd=course, env=there,
            capture_output=True, text=True,
        )  # fmt: skip
        codes[step["name"]] = done.returncode
        assert done.returncode in (0, 1), done.stderr
    return codes


def test_the_workflow_proves_a_course(course: Path, there: dict[str, str]) -> None:
    codes = run_steps(course, there)
    assert list(codes.values()) == [0, 0, 0, 0], codes
    summary = Path(there["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    assert "# Workbooks verified" in summary
    assert "All workbooks are right." in summary
    for name in ("built/2-11.xlsx", "built/3-5.xlsx", "workbooks/2-11.xlsx", "workbooks/3-5.xlsx"):
        assert name in summary
    assert (course / "results.xml").is_file()


def test_the_workflow_fails_where_a_workbook_is_wrong(course: Path, there: dict[str, str]) -> None:
    poison(course)
    codes = run_steps(course, there)
    assert list(codes.values()) == [0, 1, 1, 0], codes
    summary = Path(there["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    assert "Some workbooks differ." in summary
    assert re.search(r"value&#91;\d+&#93;|value&#64;\d+", summary)


def test_the_workflow_builds_verifies_and_compares() -> None:
    runs = " ".join(step.get("run", "") for step in steps())
    for verb in ("sheetnn build", "sheetnn verify", "sheetnn diff"):
        assert verb in runs
    assert "GITHUB_STEP_SUMMARY" in runs


def test_the_hook_stops_a_wrong_workbook(course: Path, there: dict[str, str]) -> None:
    config = yaml.safe_load((DOCS / "ci" / "pre-commit-config.yaml").read_text("utf-8"))
    (repo,) = config["repos"]
    (hook,) = repo["hooks"]
    assert (repo["repo"], hook["language"]) == ("local", "system")
    assert re.search(hook["files"], "workbooks/2-11.xlsx")
    assert not re.search(hook["files"], "notes/2-11.xlsx")

    def commit() -> int:
        words = [*shlex.split(hook["entry"]), "workbooks/2-11.xlsx", "workbooks/3-5.xlsx"]
        return subprocess.run(words, cwd=course, env=there, capture_output=True).returncode

    assert commit() == 0
    poison(course)
    assert commit() == 1


# -- pages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "page"), [("verify", "verify.md"), ("grade", "grading.md")])
def test_every_option_is_documented_and_exists(verb: str, page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    told = set(re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE))
    there = set(re.findall(r"(--[a-z-]+)", sheetnn(verb, "-h").stdout)) - {"--help"}
    assert told == there


@pytest.mark.parametrize("page", ["verify.md", "grading.md", "ci.md"])
def test_links_of_pages_exist(page: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", (DOCS / page).read_text("utf-8")):
        assert target.startswith("https://") or (DOCS / target).is_file(), target


def test_the_page_on_grading_is_true_of_the_commands(tmp_path: Path) -> None:
    """Its first example as it stands, with one learner who hands in a blank page."""
    lines = re.findall(r"^sheetnn .*", (DOCS / "grading.md").read_text("utf-8"), re.MULTILINE)
    assert len(lines) == 3
    (tmp_path / "class").mkdir()
    assert sheetnn(*shlex.split(lines[0])[1:], cwd=tmp_path).returncode == 0
    for name in ("class/anna.xlsx", "anna.xlsx"):
        (tmp_path / name).write_bytes((tmp_path / "output" / "4-4-delta-exercise.xlsx").read_bytes())
    words = [word.replace("*", "anna") for word in shlex.split(lines[1])[1:]]
    assert sheetnn(*words, cwd=tmp_path).returncode == 1
    assert (tmp_path / "class.csv").is_file()
    assert sheetnn(*shlex.split(lines[2])[1:], cwd=tmp_path).returncode == 1
