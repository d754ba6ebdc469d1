"""Layout `sheets`, a sheet an epoch: the numbers of epoch under epoch, and none kept while the next are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from measure import peak
from typer.testing import CliRunner

from sheetnn.cells import Rows
from sheetnn.cli import app
from sheetnn.errors import DivergedError, RecipeError, SheetnnError
from sheetnn.explanation import explain
from sheetnn.tracing import trace
from sheetnn.unrolled import Unrolled, name_of
from sheetnn.verifier import verify
from sheetnn.workbook import Workbook, build

RECIPE = """id = "turned"
layout = "{layout}"
data = {{ images = "appendix_a.csv", classes = [0, 1], limit = {images} }}
layers = [{{ name = "hidden", units = 3 }}, {{ name = "output", units = 2 }}]
random = {{ seed = 3 }}
test = {{ images = ["010/101/101/101"] }}
training = {{ epochs = {epochs}, eta = {eta} }}
"""


def turned(folder: Path, layout: str = "sheets", images: int = 64, epochs: int = 4, eta: float = 0.2) -> Workbook:
    path = folder / f"{layout}-{images}-{epochs}.toml"
    path.write_text(RECIPE.format(layout=layout, images=images, epochs=epochs, eta=eta), "utf-8")
    return build(path, language="en")


def test_values_are_those_of_the_unrolled_graph(tmp_path: Path) -> None:
    """Bit for bit, in the order of the sheets and backwards; and those of epoch under epoch."""
    book, under = turned(tmp_path), turned(tmp_path, "stacked")
    known, values = book.model.known(book.model.evaluated()), book.graph.evaluate()
    assert isinstance(known, Unrolled)
    for names in (list(book.graph.blocks), list(reversed(book.graph.blocks))):
        for name in names:
            np.testing.assert_array_equal(known[name], values[name], strict=True)
    for block in under.graph:
        for epoch in range(4 if block.repeated else 1):
            wanted = under.values[block.name]
            name = name_of(under.graph, block.name, epoch)
            np.testing.assert_array_equal(values[name], wanted[epoch] if block.repeated else wanted)


def test_values_have_the_names_of_the_other_layouts(tmp_path: Path) -> None:
    book, under = turned(tmp_path), turned(tmp_path, "stacked")
    assert book.values.keys() == under.values.keys()
    for name, value in under.values.items():
        np.testing.assert_array_equal(book.values[name], value, strict=True)
    assert book.frame("hidden.w").equals(under.frame("hidden.w"))
    assert len(list(book.cells())) == sum(block.size for block, _ in book.layout.placed())


def test_changed_inputs_reach_every_sheet(tmp_path: Path) -> None:
    book = turned(tmp_path)
    changed = Workbook(book.model, {"eta": np.array(0.7), "hidden.b": np.array([0.5, -0.5, 1.0])})
    known = changed.model.known(changed.model.evaluated(changed.inputs))
    for name, value in book.graph.evaluate(changed.inputs).items():
        np.testing.assert_array_equal(known.still[name], value)
    assert not np.array_equal(changed.values["C_T"][3], book.values["C_T"][3])
    assert verify(changed.save(tmp_path / "changed.xlsx")).ok


def test_memory_does_not_hold_the_epochs(tmp_path: Path) -> None:
    """What a further sheet takes is the same for 50 images as for 64: names and places, no numbers or formulas."""
    turned(tmp_path, epochs=2).save(tmp_path / "warm.xlsx")
    more = [_growth(tmp_path, images, _saved) for images in (50, 64)]
    assert more[1] - more[0] < 15_000
    # the same measure tells a build that keeps the rows of all sheets
    more = [_growth(tmp_path, images, _all_rows) for images in (50, 64)]
    assert more[1] - more[0] > 80_000


def _growth(folder: Path, images: int, work: Callable[[Workbook, Path], object]) -> float:
    """Bytes that a further epoch adds to the peak."""
    books = [turned(folder, images=images, epochs=epochs) for epochs in (4, 10)]
    few, many = (peak(lambda book=book: work(book, folder / "out.xlsx")) for book in books)  # type: ignore[misc]
    return (many - few) / 6


def _saved(book: Workbook, path: Path) -> None:
    book.save(path, force=True)


def _all_rows(book: Workbook, path: Path) -> None:
    known = book.model.known(book.model.evaluated())
    sheets = [Rows(book.graph, book.layout, sheet.id, known) for sheet in book.layout.sheets]
    assert [list(rows) for rows in sheets]


def test_divergence_names_epoch_and_block(tmp_path: Path) -> None:
    with pytest.raises(DivergedError, match=r"^turned: (hidden|output)\.\w+.* in epoch [234]"):
        turned(tmp_path, eta=1e308).save(tmp_path / "far.xlsx")
    assert not list(tmp_path.glob("far*"))


def test_exercises_are_those_of_the_other_layouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turned(tmp_path), turned(tmp_path, "stacked")
    monkeypatch.chdir(tmp_path)
    made = []
    for layout in ("sheets", "stacked"):
        done = CliRunner().invoke(app, ["build", f"{layout}-64-4.toml", "--exercise", "delta", "--force"])
        assert done.exit_code == 0, done.output
        assert verify("output/turned-delta-solution.xlsx").ok
        made.append(build(f"{layout}-64-4.toml"))
    np.testing.assert_array_equal(made[0].values["hidden.delta"], made[1].values["hidden.delta"])


def test_epochs_are_named_as_in_other_layouts(tmp_path: Path) -> None:
    path, under = turned(tmp_path).save(tmp_path / "a.xlsx"), turned(tmp_path, "stacked").save(tmp_path / "b.xlsx")
    for cell in ("hidden.delta[1,3]@2", "hidden.w[1,3,1]@1", "hidden.w[1,3,1]@4"):
        one, other = explain(path, cell, "en"), explain(under, cell, "en")
        assert one.value
        assert other.value
        assert one.value.engine == other.value.engine
        assert one.equation == ("" if cell.endswith("@1") else other.equation)  # a number that is typed has none
    with pytest.raises(SheetnnError, match="has no epoch 9; expected 1 to 4"):
        explain(path, "hidden.delta[1,3]@9", "en")
    for epoch in (1, 3):
        one, other = trace(path, epoch, 5), trace(under, epoch, 5)
        same = ["block", "index", "epoch", "value"]
        rows = [sorted(frame[same].astype(str).itertuples(index=False)) for frame in (one, other)]
        assert rows[0] == rows[1]
        assert len(rows[0]) > 40
    with pytest.raises(RecipeError, match="has no epoch 5; expected 1 to 4"):
        trace(path, 5)
