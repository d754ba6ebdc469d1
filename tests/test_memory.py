"""Memory does not grow with the epochs: a build holds a few of them at a time, and its bytes are the same."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from conftest import TRAINED, short
from measure import peak

from sheetnn.errors import DivergedError
from sheetnn.evaluation import Evaluation, Kept
from sheetnn.graph import Graph
from sheetnn.lookups import Pick
from sheetnn.ops import EPOCH
from sheetnn.workbook import Workbook, build
from sheetnn.writer import write_workbook

FEW, MANY = 10, 60
BOUND = 600_000  # bytes: how much further the peak of MANY epochs may be; their numbers alone take 1,880,000


def kept(book: Workbook, path: Path) -> None:
    """A build that has the values of all epochs first, as they once were."""
    values = Kept(book.graph, Evaluation(book.graph).everything())
    write_workbook(path, book.graph, book.layout, values, book.model.to_json(), book.recipe.titled("zh"))


def test_a_build_holds_a_few_epochs(tmp_path: Path) -> None:
    build("4-4", epochs=2, pages=()).save(tmp_path / "warm.xlsx")
    few, many = (build("4-4", epochs=epochs, pages=()) for epochs in (FEW, MANY))
    numbers = sum(array.nbytes for array in many.values.values()) - sum(a.nbytes for a in few.values.values())
    assert numbers > 3 * BOUND
    paths = [tmp_path / f"{name}.xlsx" for name in ("few", "many", "kept-few", "kept-many")]
    growth = peak(lambda: many.save(paths[1])) - peak(lambda: few.save(paths[0]))
    assert growth < BOUND
    # the same measure tells a build that keeps every epoch, though it writes the same bytes
    growth = peak(lambda: kept(many, paths[3])) - peak(lambda: kept(few, paths[2]))
    assert growth > BOUND
    assert paths[0].read_bytes() == paths[2].read_bytes()
    assert paths[1].read_bytes() == paths[3].read_bytes()


def test_pages_hold_no_history() -> None:
    """Pages look at chosen epochs: what is kept for them is one epoch of each block, and the cost of every one."""
    few, many = (build("4-4", epochs=epochs).graph for epochs in (FEW, MANY))
    Evaluation(few).check()  # what is loaded once is no part of the growth
    rest = peak(lambda: Evaluation(many).check()) - peak(lambda: Evaluation(few).check())
    whole = peak(lambda: many.evaluate()) - peak(lambda: few.evaluate())
    assert rest < whole / 10


@pytest.mark.parametrize("recipe", TRAINED)
def test_every_walk_gives_the_values_of_all(recipe: str) -> None:
    """One epoch after another, and what pages see of them, bit for bit."""
    graph = build(recipe, epochs=4).graph
    changed = {"step/epoch": np.array(3)} if "step/epoch" in graph.blocks else {}
    values, walked = graph.evaluate(changed), Evaluation(graph, changed)
    for _ in range(2):
        for epoch, now in enumerate(walked.epochs()):
            for name, value in now.items():
                np.testing.assert_array_equal(value, values[name][epoch], strict=True)
    assert walked.still.keys() == {block.name for block in graph if not block.repeated}
    for name, value in walked.still.items():
        np.testing.assert_array_equal(value, values[name], strict=True)


def test_a_pick_that_tells_the_wrong_epoch_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above does fail."""
    graph = build("4-4", epochs=4).graph
    values = graph.evaluate()
    monkeypatch.setattr(Pick, "epoch", lambda self, args: 2 if EPOCH in self.axes else None)
    assert (Evaluation(graph).still["step/hidden.w"] != values["step/hidden.w"]).any()


def test_an_epoch_that_does_not_exist_is_refused_the_same() -> None:
    graph = build("4-4", epochs=4).graph
    said = []
    for read in (Graph.evaluate, lambda graph, changed: Evaluation(graph, changed).check()):
        with pytest.raises(Exception, match="the epoch chosen is 5; expected 1 to 4") as refused:
            read(graph, {"step/epoch": np.array(5)})
        said.append(str(refused.value))
    assert said[0] == said[1]


def test_what_diverges_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    book = build("2-11", eta=1e4, epochs=99)
    with pytest.raises(DivergedError, match=r"value: a value is not a finite number in epoch 36; a smaller learning"):
        book.save(tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


def test_epochs_to_the_right_share_their_rows(tmp_path: Path) -> None:
    """Then a row needs every epoch, and gets it."""
    book = short("2-11", 5)
    places = {
        name: type(place)(place.sheet, place.row, place.column, {**place.steps, EPOCH: (0, 10)})
        if EPOCH in place.steps
        else place
        for name, place in book.layout.places.items()
    }
    labels = tuple(label for label in book.layout.labels if EPOCH not in label.each)
    layout = type(book.layout)(book.layout.sheets, places, labels=labels, graph=book.graph)
    turned = Workbook(type(book.model)(**{**vars(book.model), "layout": layout}))
    count = 0
    for cell in turned.cells():
        value = turned.values[cell.block]
        assert cell.value == (value if cell.epoch is None else value[cell.epoch])[cell.index]
        count += bool(cell.formula)
    assert count == book.formulas


def test_a_build_stopped_while_its_second_thread_starts_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that waited for ever would keep the process from ending."""
    start, started = threading.Thread.start, []

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        started.append(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        short("1-3").save(tmp_path / "a.xlsx")
    (thread,) = started
    thread.join(60)
    assert not thread.is_alive()
    assert not list(tmp_path.iterdir())
