"""Pictures outside the sheet: their numbers are the book's and those of the sheet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import printed, sheetnn
from openpyxl import load_workbook

from sheetnn.drawing import Panel, draw, panels, plot
from sheetnn.labels import words
from sheetnn.workbook import build


def curve(drawn: list[Panel]) -> np.ndarray:
    return next(panel.data for panel in drawn if panel.kind == "curve")


def test_the_curve_is_the_book_s() -> None:
    book, compared = build("4-4", pages=()), 0
    drawn = panels(book.model, book.values, words("en"))
    figure = draw(book.model, drawn, "en")
    lines = [line for part in figure.subfigs for axes in part.axes for line in axes.get_lines()]
    shown = np.asarray(lines[0].get_ydata())
    assert np.asarray(lines[0].get_xdata()).tolist() == list(range(1, 51))
    for row in printed("4-4"):
        if row["cell"].startswith("G") and "C_T" in row["quantity"] and (int(row["cell"][1:]) - 39) % 32 == 0:
            assert abs(shown[(int(row["cell"][1:]) - 39) // 32] - float(row["value"])) < 0.0025
            compared += 1
    assert compared >= 3


def test_weights_are_those_of_the_sheet(tmp_path: Path) -> None:
    path = build("4-4", epochs=3, pages=()).save(tmp_path / "a.xlsx")
    page = load_workbook(path, data_only=True)["学习"]
    drawn = [panel for panel in plot(path, tmp_path / "a.png")[1] if panel.kind == "weights"]
    assert len(drawn) == 4  # three hidden units, and the outputs as one matrix
    for unit, panel in enumerate(drawn[:3]):
        top = 10 + 32 * 2 + 4 * unit
        assert panel.data.tolist() == [[page.cell(top + r, 4 + c).value for c in range(3)] for r in range(4)]


def test_an_edit_shows(tmp_path: Path) -> None:
    path = build("4-4", epochs=3, pages=()).save(tmp_path / "a.xlsx")
    before = curve(plot(path, tmp_path / "a.png")[1])
    workbook = load_workbook(path)
    workbook["学习"]["G6"] = 0.1
    workbook.save(path)
    after = curve(plot(path, tmp_path / "b.png")[1])
    assert before[0] == after[0]
    assert before[1] != after[1]
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()


DESCENT = {"curve", "logarithm", "path"}


@pytest.mark.parametrize(
    ("recipe", "kinds"),
    [("2-11", DESCENT), ("3-4-descent", DESCENT), ("3-5", {"weights"}), ("5-4", {"weights"})],
)
def test_what_there_is_is_drawn(recipe: str, kinds: set[str], tmp_path: Path) -> None:
    assert {panel.kind for panel in plot(recipe, tmp_path / "a.svg", language="en")[1]} == kinds


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_two_pictures_are_identical_and_not_blank(suffix: str, tmp_path: Path) -> None:
    from matplotlib.image import imread

    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 9\n")  # a person's own, read from this folder
    for name in ("a", "b"):
        if name == "b":
            (tmp_path / "matplotlibrc").unlink()
        assert sheetnn("plot", "2-11", "-o", f"{name}.{suffix}", cwd=tmp_path).returncode == 0
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    if suffix == "png":
        assert np.ptp(imread(tmp_path / "a.png")) > 0.5


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("4-4", "-o", "a.gif"), "ends in .png or .svg"),
        (("4-4", "-o", "there.png"), "already exists"),
        (("4-4", "-o", "nowhere/a.png"), "folder does not exist"),
        (("1-2", "-o", "a.png"), "nothing to draw"),
        (("A", "-o", "a.png"), "nothing to draw"),
        (("4-5", "-o", "a.png"), "did you mean"),
        (("no.xlsx", "-o", "a.png"), "no.xlsx"),
    ],
)
def test_what_cannot_be_drawn(args: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "there.png").write_bytes(b"mine")
    result = sheetnn("plot", *args, cwd=tmp_path)
    assert result.returncode == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["there.png"]
    assert (tmp_path / "there.png").read_bytes() == b"mine"


def test_without_a_name_it_goes_to_output(tmp_path: Path) -> None:
    """By the recipe's id; and where there is nothing to draw not even the folder appears."""
    assert sheetnn("plot", "1-2", cwd=tmp_path).returncode == 2
    assert list(tmp_path.iterdir()) == []
    assert sheetnn("plot", "2-11", cwd=tmp_path).returncode == 0
    assert sheetnn("plot", "2-11", cwd=tmp_path).returncode == 2  # it exists by now
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")] == ["output/2-11.png"]
