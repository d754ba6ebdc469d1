"""The workbooks as a user has them: in a real LibreOffice, numbers typed, everything shown compared with NumPy."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from office import (
    ERRORS,
    address,
    assert_follows,
    differences,
    inputs,
    missing,
    office,
    read,
    shown_in,
    typed,
)
from openpyxl.utils import range_boundaries

from sheetnn.workbook import build, exercise
from sheetnn.writer import STORE

Change = dict[str, dict[tuple[int, ...], float]]


def one(**numbers: float) -> Change:
    """Numbers of the step page, a cell each."""
    return {f"step/{name.rstrip('_')}": {(): number} for name, number in numbers.items()}


def at(value: float) -> dict[tuple[int, ...], float]:
    return {(): value}


WALK: dict[str, list[Change]] = {  # each on top of those before; the last of every choice is among them
    "4-4": [
        one(epoch=2, image=9, stage=2),
        one(unit=2, from_=3, row=2, col=3, stage=3),
        one(epoch=6, image=64, unit=3, row=4, col=1, stage=4),
        one(stage=5) | {"eta": at(0.1)},
        one(stage=6) | {"hidden.w": {(2, 3, 0): 0.625}, "output.w": {(0, 0): -0.75}},
        one(stage=7) | {"data.image": {(8, 1, 1): 1, (63, 0, 0): 1}},
        one(stage=8) | {"data.label": {(63,): 0}},
        {"check/epoch": at(6), "check/number": at(3), "check/eps": at(0.002)},
        {"check/number": at(47)},
        {"try/x": {(0, 0): 1, (1, 1): 1, (2, 2): 1, (3, 1): 0}, "test.x": {(1, 0, 2): 0.5}},
    ],
    "5-6": [
        one(epoch=2, image=9, stage=2),
        one(unit=2, from_=3, row=2, col=3, stage=3),
        one(epoch=3, image=96, unit=3, row=6, col=6, stage=4),
        one(stage=5) | {"eta": at(0.1)},
        one(stage=6) | {"conv.w": {(0, 1, 1): 0.5}, "output.w": {(0, 1, 0, 1): -0.75}},
        one(stage=7) | {"data.image": {(8, 1, 1): 0.5, (95, 0, 0): 0.5}},
        one(stage=8) | {"data.t": {(95, 0): 1, (95, 2): 0}},
        {"check/epoch": at(3), "check/number": at(3), "check/eps": at(0.002)},
        {"check/number": at(69)},
        {"try/x": {(0, 0): 1, (1, 1): 1, (2, 2): 1, (5, 3): 0.5}, "test.x": {(0, 0, 2): 0.5}},
    ],
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("recipe", "epochs"), [("4-4", 6), ("5-6", 3)])
def test_everything_follows(recipe: str, epochs: int, language: str, tmp_path: Path) -> None:
    book = build(recipe, epochs=epochs, language=language)
    path = book.save(tmp_path / "a.xlsx")
    first, *also = WALK[recipe]
    states = assert_follows(book, path, first, also)
    assert shown_in(book, states[0], "step/x").tolist() == book.graph.inputs()["data.image"][8].tolist()


def test_a_descent_follows(tmp_path: Path) -> None:
    book = build("2-11")
    path = book.save(tmp_path / "a.xlsx")
    assert_follows(book, path, {"eta": at(0.2)}, [{"position": {(0,): -1.0, (1,): 2.5}}])


def test_what_does_not_follow_is_found(tmp_path: Path) -> None:
    """A formula overwritten by the number it shows stays behind when η changes: the comparison names it."""
    book = build("2-11", epochs=5)
    place = book.layout.places["value"]
    row, column = place.at({"epoch": 3})
    sheet = book.layout.sheet_name(place.sheet)
    dead = {"type": [[sheet, f"{chr(64 + column)}{row}", float(book.values["value"][3])]]}
    change = {"eta": at(0.2)}
    _, same, _, later = office(book.save(tmp_path / "a.xlsx"), [dead, read(book), typed(book, change), read(book)])
    assert differences(book, same, {}) == []
    wrong = differences(book, later, inputs(book, change))
    assert next(line.split(":")[0] for line in wrong) == "value[3]"
    assert not [line for line in wrong if line.startswith("position")]
    assert [line for line in differences(book, later, {}) if line.startswith("position")]


def test_an_error_is_found_on_every_sheet(tmp_path: Path) -> None:
    """The hidden one too, and one that only a formula far off hands on."""
    book = build("4-4", epochs=2)
    names = [*(sheet.name for sheet in book.layout.sheets), STORE]
    steps: list[dict[str, Any]] = [ERRORS]
    for name in names:
        broken, mended = ({"type": [[name, "ZY999", text]]} for text in ("=1/0", ""))
        steps += [broken, ERRORS, mended, ERRORS]
    sheet, cell = address(book, "hidden.w", (0, 0, 0))
    steps += [{"type": [[sheet, cell, "=NA()"]]}, ERRORS]
    first, *answers, spread = office(book.save(tmp_path / "a.xlsx"), steps)
    assert first == []
    spot = [702 - 1 - 1, 999 - 1]  # ZZ is column 702
    assert answers[1:-1:4] == [[[name, *spot, *spot]] for name in names]
    assert answers[3:-1:4] == [[]] * len(names)
    assert {name for name, *_ in spread} == {book.layout.sheet_name(s) for s in ("train", "test", "step", "try")} | {
        book.layout.sheet_name(s) for s in ("contents", "cost", "check")
    }


def test_an_exercise_judges_the_learner(tmp_path: Path) -> None:
    """Filled in cell by cell: what is blank or wrong is 0, and what follows from one's own wrong number is 1."""
    blank, solved = exercise("4-4", "delta", image=2, language="en")
    parts = [block.name for block in blank.graph if block.role == "answer"]
    assert parts == ["output.da", "output.delta", "hidden.da", "hidden.delta"]
    right: list[Change] = [
        {name: {index: float(np.round(number, 3))}}
        for name in parts
        for index, number in np.ndenumerate(solved.values[name])
    ]
    wrong: Change = {"output.da": {(0,): 0.9}}
    own: Change = {"output.delta": {(0,): 0.9 * float(blank.values["output.slope"][0])}}
    states = assert_follows(blank, blank.save(tmp_path / "a.xlsx"), right[0], [*right[1:], wrong, own])

    def marks(state: list[Any]) -> list[float]:
        return [mark for name in parts for mark in shown_in(blank, state, f"mark/{name}").tolist()]

    for filled, state in enumerate(states[: len(right)], 1):
        assert marks(state) == [1] * filled + [0] * (len(right) - filled)
        assert shown_in(blank, state, "score") == pytest.approx(filled / len(right))
    assert marks(states[-2])[:4] == [0, 1, 0, 1]  # δ no longer follows from the 0.9 that stands before it
    assert marks(states[-1])[:4] == [0, 1, 1, 1]
    assert shown_in(blank, states[-1], "score") < 1


@pytest.mark.parametrize(("recipe", "images"), [("4-4", 64), ("5-6", 96)])
def test_lists_offer_what_there_is(recipe: str, images: int, tmp_path: Path) -> None:
    book = build(recipe, epochs=2)
    last = {"step/epoch": 2, "step/image": images, "step/stage": 8, "check/epoch": 2}
    cells = [address(book, name) for name in last]
    steps = [{"validation": cells}, *({"read": [[sheet, "A1:BZ150"]]} for sheet, _ in cells)]
    rules, *pages = office(book.save(tmp_path / "a.xlsx"), steps)
    for (name, count), (kind, source, strict), (page,) in zip(last.items(), rules, pages, strict=True):
        assert (kind, strict) == ("LIST", True), name  # "strict": another number is refused
        offered = [int(number) for number in re.findall(r"\d+", source)]
        if "$" in source:  # a range, as a list in the cell takes 255 characters
            left, top, right, bottom = range_boundaries(source.rpartition(".")[2])
            assert left == right
            offered = [row[left - 1] for row in page[top - 1 : bottom]]
        assert offered == list(range(1, count + 1)), name


REVEALED = {  # the block whose numbers, with the equation that tells of them, appear at a stage
    3: ("output.z", "output.z"),
    4: ("hidden.delta", "output.delta"),
    5: ("output.w.each", "output.w.each"),
    6: ("hidden.w.grad", "output.w.grad"),
    7: ("hidden.w.new", "output.w"),
    8: ("C_T.next", ""),
}


def test_later_stages_stay_hidden(tmp_path: Path) -> None:
    """On paper, at every stage: numbers and equations of this stage and those before, none of the later ones."""
    if shutil.which("pdftotext") is None:
        missing("pdftotext; install it with: apt install poppler-utils")
    book = build("4-4", epochs=2, language="en")
    papers = [tmp_path / f"{stage}.pdf" for stage in range(1, 9)]
    change = one(epoch=1, image=9)
    steps = [typed(book, change)]
    for stage, paper in enumerate(papers, 1):
        steps += [typed(book, one(stage=stage)), {"pdf": [str(paper), book.layout.sheet_name("step")]}]
    office(book.save(tmp_path / "a.xlsx"), steps)
    texts = [_text(paper) for paper in papers]
    values = book.graph.evaluate(inputs(book, change))

    def numbers(name: str) -> set[str]:
        return {f"{number:.3f}" for number in np.ravel(values[f"step/{name}"])}

    for first, (name, spelt) in REVEALED.items():
        others = " ".join(texts[: first - 1]) if first > 1 else ""
        own = {number for number in numbers(name) if number not in others.split()}
        assert len(own) >= 1, name
        for stage, text in enumerate(texts, 1):
            assert own.isdisjoint(text.split()) == (stage < first), (name, stage)
            if spelt:
                line = str(values[f"step/{spelt}.spelt"])
                assert (line in text) == (stage >= first), (line, stage)
    for text in texts:
        assert "#" not in text  # no column too narrow for its number, no error


def _text(paper: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout


def _running(word: str) -> list[str]:
    """Command lines that hold `word`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has just ended
            continue
        if word in line:
            found.append(line)
    return found


@pytest.mark.parametrize("ends", ["well", "with an unknown sheet", "out of time", "before it began"])
def test_nothing_is_left_behind(ends: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    book = build("2-11", epochs=2)
    path = book.save(tmp_path / "a.xlsx")
    before = path.read_bytes()
    steps = [typed(book, {"eta": at(0.3)}), read(book)]
    if ends == "well":
        office(path, steps)
    elif ends in ("out of time", "before it began"):
        with pytest.raises(subprocess.TimeoutExpired):
            office(path, steps * 20_000, timeout=4 if ends == "out of time" else 0.5)
    else:
        with pytest.raises(AssertionError, match="NoSuchElement"):
            office(path, [*steps, {"read": [["nowhere", "A1"]]}])
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.xlsx", "scratch"]
    assert list(scratch.iterdir()) == []
    time.sleep(0.1)
    assert _running(str(scratch)) == []
