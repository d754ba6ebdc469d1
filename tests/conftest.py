"""What the tests share: built workbooks, the book's printed figures, and which engines are here."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sheetnn.engines import ENGINES
from sheetnn.workbook import Workbook, build

FIGURES = Path(__file__).parent / "figures"
DEMANDED = os.environ.get("SHEETNN_DEMAND_ENGINES") == "1"
BOOK = (
    "1-2",
    "1-3",
    "2-5",
    "2-11",
    "2-11-unit",
    "2-12",
    "3-4",
    "3-4-descent",
    "3-5",
    "4-4",
    "5-2",
    "5-4",
    "5-6",
    "A",
    "B",
)
GALLERY = ("xor", "4-4-tanh", "4-4-relu", "4-4-entropy", "4-4-adam", "iris", "curve", "digits", "cnn")
"""See docs/gallery.md; tests/test_gallery.py builds each with its pages."""
RECIPES = (*BOOK, *GALLERY)
TRAINED = ("2-11", "2-11-unit", "3-4-descent", "4-4", "5-6", *GALLERY)


def short(recipe: str, epochs: int = 2, **options: object) -> Workbook:
    """A recipe, with few epochs if it has any, and without the pages that `test_views` looks at."""
    return build(recipe, epochs=epochs if recipe in TRAINED else None, **{"pages": (), **options})  # type: ignore[arg-type]


def printed(section: str) -> list[dict[str, str]]:
    """The verified rows of the book's printed figures for one section."""
    with (FIGURES / f"{section}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def demanded(name: str) -> str:
    """An engine that is missing fails where engines are demanded, else the test is skipped by name."""
    if not ENGINES[name].installed():
        if DEMANDED:
            pytest.fail(f"engine {name} is demanded and missing; {ENGINES[name].install}")
        pytest.skip(f"engine {name} is not installed; {ENGINES[name].install}")
    return name


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return demanded(request.param)


@pytest.fixture(scope="session")
def book() -> Workbook:
    """The workbook of 4-4, all 50 epochs."""
    return build("4-4", pages=())


@pytest.fixture(scope="session")
def book_file(book: Workbook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of 4-4, all 50 epochs; do not change it."""
    return book.save(tmp_path_factory.mktemp("book") / "4-4.xlsx")


@pytest.fixture(scope="session")
def small_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4-4 with 3 epochs; do not change it."""
    return build("4-4", pages=(), epochs=3).save(tmp_path_factory.mktemp("small") / "4-4.xlsx")


def sheetnn(*words: str, cwd: Path | None = None, **options: object) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "sheetnn", *map(str, words)], capture_output=True, text=True, cwd=cwd, **options
    )  # type: ignore[call-overload,no-any-return]


def pytest_terminal_summary(terminalreporter: object) -> None:
    """Say clearly what the tests did without: engines, and whatever a test says NOT RUN of."""
    for report in terminalreporter.stats.get("skipped", []):  # type: ignore[attr-defined]
        said = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        if "NOT RUN: " in said:
            terminalreporter.write_line(said.partition("Skipped: ")[2] or said, yellow=True)  # type: ignore[attr-defined]
    for name, engine in ENGINES.items():
        if not engine.installed():
            terminalreporter.write_line(  # type: ignore[attr-defined]
                f"NOT RUN: everything that needs {name}, which is not installed; {engine.install}", yellow=True
            )
