"""The workbooks as a user has them: in a real LibreOffice, numbers typed, everything shown compared with NumPy."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from office import differences, inputs, office, read, typed

from sheetnn.labels import words
from sheetnn.workbook import Workbook, build, exercise

ERRORS = {"errors": True}


def at(value: float) -> dict[tuple[int, ...], float]:
    return {(): value}


WALK = [  # each on top of those before
    {},
    {"step/epoch": at(2), "step/image": at(9), "step/stage": at(8), "step/unit": at(2), "step/from": at(3)},
    {"step/row": at(2), "step/col": at(3), "step/stage": at(5), "step/epoch": at(3), "step/image": at(64)},
    {"eta": at(0.1)},
    {"output.w": {(0, 0): -0.75}},
    {"data.image": {(8, 1, 1): 1, (63, 0, 0): 1}},
    {"check/epoch": at(2), "check/number": at(3), "check/eps": at(0.002)},
    {"try/x": {(0, 0): 1, (1, 1): 1, (2, 2): 1, (3, 1): 0}},
]


@pytest.mark.parametrize(("recipe", "epochs", "language"), [("4-4", 6, "zh"), ("5-6", 3, "en")])
def test_everything_follows(recipe: str, epochs: int, language: str, tmp_path: Path) -> None:
    book = build(recipe, epochs=epochs, language=language)
    path = book.save(tmp_path / "a.xlsx")
    walk = [dict(change) for change in WALK]
    if recipe == "5-6":
        walk[4] = {"output.w": {(0, 1, 0, 1): -0.75}, "conv.w": {(0, 1, 1): 0.5}}
    steps = [step for change in walk for step in (typed(book, change), read(book), ERRORS)]
    answers = office(path, steps)
    done: list[dict[str, dict[tuple[int, ...], float]]] = []
    for number, change in enumerate(walk):
        done.append(change)
        shown, errors = answers[3 * number + 1], answers[3 * number + 2]
        assert errors == [], change
        assert differences(book, shown, inputs(book, *done)) == [], change
        if change:
            assert differences(book, shown, inputs(book, *done[:-1])), "a change must show"


def test_a_descent_follows(tmp_path: Path) -> None:
    book = build("2-11")
    change = {"eta": at(0.2), "position": {(0,): -1.0, (1,): 2.5}}
    typing, shown, errors = office(book.save(tmp_path / "a.xlsx"), [typed(book, change), read(book), ERRORS])
    assert typing is None
    assert errors == []
    assert differences(book, shown, inputs(book, change)) == []
    assert differences(book, shown, {})


def test_an_error_is_found(tmp_path: Path) -> None:
    book = build("2-11", epochs=3)
    _, errors = office(book.save(tmp_path / "a.xlsx"), [{"type": [["代价", "P2", "=1/0"]]}, ERRORS])
    assert len(errors) == 1
    assert "P" in errors[0]


def test_an_exercise_judges_the_learner(tmp_path: Path) -> None:
    blank, solved = exercise("4-4", "delta", image=2, language="en")
    path = blank.save(tmp_path / "a.xlsx")
    answers = {block.name: np.round(solved.values[block.name], 3) for block in blank.graph if block.role == "answer"}
    right = {name: dict(np.ndenumerate(numbers)) for name, numbers in answers.items()}
    wrong = {"output.da": {(0,): 0.9}}
    first = {"output.da": right["output.da"]}
    steps = [read(blank), typed(blank, first), read(blank), typed(blank, right), read(blank)]
    steps += [typed(blank, wrong), read(blank), ERRORS]
    _, _, some, _, full, _, spoilt, errors = (shown if shown is not None else [] for shown in office(path, steps))
    assert errors == []
    assert differences(blank, some, inputs(blank, first)) == []
    assert differences(blank, full, inputs(blank, right)) == []
    assert differences(blank, spoilt, inputs(blank, right, wrong)) == []
    marks = blank.graph.evaluate(inputs(blank, right, wrong))
    assert marks["mark/output.da"].tolist() == [0, 1]
    assert marks["mark/output.delta"].tolist() == [0, 1]  # it does not follow from the 0.9 that stands before it


def test_lists_offer_what_there_is(tmp_path: Path) -> None:
    book = build("5-6", epochs=3)
    places = [book.layout.places[f"step/{name}"] for name in ("epoch", "stage", "image")]
    cells = [["步进", f"{'ABCDEFGHIJKLMNOP'[place.column - 1]}{place.row}"] for place in places]
    (found,) = office(book.save(tmp_path / "a.xlsx"), [{"choices": cells}])
    assert [kind for kind, _ in found] == ["LIST"] * 3
    assert found[0][1].replace('"', "").replace(";", ",") == "1,2,3"
    assert found[1][1].replace('"', "").replace(";", ",") == "1,2,3,4,5,6,7,8"
    assert "$96" in found[2][1]  # 96 images: a range, as a list in the cell takes 255 characters


def _printed(book: Workbook, folder: Path, stage: int) -> str:
    """The text of all pages on paper, with the stage typed in."""
    change = {"step/stage": at(stage)}
    paper = folder / f"{stage}.pdf"
    office(book.save(folder / "a.xlsx", force=True), [typed(book, change), {"pdf": str(paper)}])
    return subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed; apt install poppler-utils")
def test_later_stages_stay_hidden(tmp_path: Path) -> None:
    """The new parameters of stage 7 are on paper only from stage 7 on; z of stage 3 already at stage 3."""
    book = build("4-4", epochs=2, language="en")
    z, new = (str(book.values[f"step/{name}.spelt"]) for name in ("output.z", "output.b"))
    early, late = _printed(book, tmp_path, 3), _printed(book, tmp_path, 8)
    assert z in early
    assert new not in early
    assert z in late
    assert new in late
    assert words("en")("step.stage.8") in early


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    book = build("2-11", epochs=2)
    path = book.save(tmp_path / "a.xlsx")
    before = path.read_bytes()
    office(path, [typed(book, {"eta": at(0.3)}), read(book)])
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir() if entry.name not in ("a.xlsx", "scratch")] == []
    assert not list(scratch.glob("sheetnn-office-*"))
