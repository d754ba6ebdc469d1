"""Layouts: the book's page and the stacked one carry the same graph; what does not fit is refused."""

from __future__ import annotations

import numpy as np
import pytest

from sheetnn.data import home
from sheetnn.errors import LayoutError
from sheetnn.layout import Place
from sheetnn.model import from_recipe
from sheetnn.recipe import parse, read_toml
from sheetnn.schema import Data
from sheetnn.verifier import verify
from sheetnn.workbook import Workbook, build


def stacked(epochs: int = 2) -> Workbook:
    table = {**build("4-4", pages=(), epochs=epochs).recipe.model_dump(), "layout": "stacked"}
    return Workbook(from_recipe(parse(table, "4-4"), home("data"), "en"))


def test_stacked_and_page_agree(engine, tmp_path):
    page, other = build("4-4", pages=(), epochs=2), stacked()
    assert list(page.graph.blocks) == list(other.graph.blocks)
    for name, value in page.values.items():
        np.testing.assert_array_equal(value, other.values[name])
    assert page.formulas == other.formulas
    report = verify(other.save(tmp_path / "stacked.xlsx"), [engine])
    assert report.ok
    assert report.formulas == other.formulas


def page_with(name, **changes):
    page = read_toml(home("templates") / "layouts" / "4-4.toml")
    for sheet in page["sheets"]:
        if name in sheet["places"]:
            sheet["places"][name].update(changes)
    return page


@pytest.mark.parametrize(
    ("block", "changes", "says"),
    [
        ("hidden.z", {"at": "L12"}, "both claim 学习!L12"),
        ("hidden.w", {"row": [0, 1], "col": [1, 0]}, "both claim"),
        ("C", {"image": [0, 5]}, "4 columns apart"),
        ("x", {"at": "oops"}, "expected a cell"),
    ],
)
def test_a_page_that_does_not_fit_is_refused(tmp_path, block, changes, says):
    from sheetnn import model

    recipe = build("4-4", pages=(), epochs=1).recipe
    images = model.load_samples(Data(images="appendix_a.csv"), None, "4-4")
    with pytest.raises(LayoutError, match=says):
        list(Workbook(model.assemble(recipe, "zh", images, {}, page_with(block, **changes))).cells())


def test_numbers_need_a_place():
    from sheetnn import model

    page = page_with("eta")
    for sheet in page["sheets"]:
        sheet["places"].pop("eta", None)
    images = model.load_samples(Data(images="appendix_a.csv"), None, "4-4")
    with pytest.raises(LayoutError, match="eta: the layout gives it no place"):
        model.assemble(build("4-4", pages=(), epochs=1).recipe, "zh", images, {}, page)


def test_a_block_without_a_place_is_written_into_its_consumer():
    from sheetnn import model

    page = page_with("output.slope")
    for sheet in page["sheets"]:
        sheet["places"].pop("output.slope", None)
    images = model.load_samples(Data(images="appendix_a.csv"), None, "4-4")
    built = Workbook(model.assemble(build("4-4", pages=(), epochs=2).recipe, "zh", images, {}, page))
    delta = next(cell for cell in built.cells() if cell.block == "output.delta")
    assert delta.formula == "L18*(L15*(1-L15))"


def test_boxes_and_distances_are_those_of_the_cells() -> None:
    """What is told without listing cells, held against the list; what surely lies apart has no cell twice."""
    draw = np.random.default_rng(0)
    sure = 0
    for _ in range(500):
        axes = {axis: int(draw.integers(1, 5)) for axis in ("image", "unit", "row")[: draw.integers(0, 4)]}
        steps = {axis: (int(draw.integers(-4, 9)), int(draw.integers(-4, 9))) for axis in axes}
        for axis in list(steps)[: draw.integers(0, 4)]:  # along one side
            steps[axis] = (0, steps[axis][1]) if draw.integers(2) else (steps[axis][0], 0)
        place = Place("s", 50, 50, steps)
        rows, columns = place.cells(axes)
        box = ((rows.min(), columns.min()), (rows.max(), columns.max()))
        assert place.box_of(axes) == box
        if place.apart(axes):
            sure += 1
            assert len(set(zip(rows.ravel().tolist(), columns.ravel().tolist(), strict=True))) == rows.size
    assert sure > 100
    assert not Place("s", 1, 1, {"row": (0, 1), "col": (0, 2)}).apart({"row": 3, "col": 2})
