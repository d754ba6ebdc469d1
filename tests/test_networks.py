"""Networks of one's own: what the schema offers beyond the book, held against sums by hand and against the twin."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from conftest import sheetnn
from twin import train

from sheetnn.address import column_number
from sheetnn.errors import LayoutError, RecipeError, SheetnnError
from sheetnn.networks import Network
from sheetnn.parameters import pull
from sheetnn.size import info
from sheetnn.starts import spread
from sheetnn.verifier import verify

X = np.array([[0.0, 0.5], [0.25, 1.0], [1.0, 0.0], [0.75, 0.25], [0.5, 0.5], [0.1, 0.9]])
Y = np.array([0, 1, 2, 0, 1, 2])
LAYERS = [{"name": "hidden", "units": 3, "activation": "tanh"}, {"name": "output", "units": 3}]


def network(last: str = "sigmoid", x: Any = X, y: Any = Y, data: Any = (), **keys: Any) -> Network:
    layers = [LAYERS[0], {**LAYERS[1], "activation": last}]
    return Network(x, y, layers, data=dict(data), keys={"training": {"eta": 0.1, "epochs": 4}, **keys})


@pytest.mark.parametrize("layout", ["stacked", "right", "sheets"])
def test_every_layout_on_every_engine(layout: str, engine: str, tmp_path: Path) -> None:
    book = network("softmax", cost="cross-entropy", layout=layout).build()
    assert verify(book.save(tmp_path / "a.xlsx"), engine).ok


def test_a_sheet_an_epoch(tmp_path: Path) -> None:
    path = network(layout="sheets").build("en").save(tmp_path / "a.xlsx")
    sheets = openpyxl.load_workbook(path).sheetnames
    assert sheets[:6] == ["Data", "Training", "epoch 1", "epoch 2", "epoch 3", "epoch 4"]
    with pytest.raises(LayoutError, match="101 epochs would be as many sheets"):
        network(layout="sheets", training={"eta": 0.1, "epochs": 101}).build()
    with pytest.raises(RecipeError, match="the epochs on one sheet"):
        network(layout="sheets", pages=["cost"]).build()


def test_softmax_by_hand() -> None:
    """Outputs add up to 1, and of three equal weighted inputs each is a third; dC/dz is a - t."""
    start = {"hidden.w": np.zeros((3, 2)).tolist(), "hidden.b": [0, 0, 0], "output.b": [0, 0, 0]}
    start["output.w"] = np.zeros((3, 3)).tolist()
    values = network("softmax", cost="cross-entropy", start=start).build().values
    np.testing.assert_allclose(values["output.a"][0], 1 / 3, rtol=1e-15)
    np.testing.assert_allclose(values["C_T"][0], 6 * np.log(3), rtol=1e-14)
    np.testing.assert_allclose(values["output.delta"][0], 1 / 3 - np.eye(3)[Y], rtol=1e-14)


@pytest.mark.parametrize(("cost", "last"), [("squared", "softmax"), ("cross-entropy", "sigmoid")])
def test_large_weighted_inputs_stay_finite(cost: str, last: str, tmp_path: Path) -> None:
    start = {"output.w": [[900.0, 0, 0], [0, -900, 0], [0, 0, 0]], "output.b": [800.0, -800.0, 0.0]}
    book = network(last, cost=cost, start=start, training={"eta": 1e-6, "epochs": 2}).build()
    assert verify(book.save(tmp_path / "a.xlsx")).ok


def test_mini_batches_take_the_samples_in_order() -> None:
    values = network(training={"eta": 0.1, "epochs": 5, "batch": 2}).build().values
    for step, first in enumerate((0, 2, 4, 0, 2)):
        np.testing.assert_array_equal(values["x"][step], X[first : first + 2])
        np.testing.assert_array_equal(values["label"][step], Y[first : first + 2])
    with pytest.raises(RecipeError, match="4 does not divide 6 samples; choose 2, 3, 6"):
        network(training={"eta": 0.1, "epochs": 5, "batch": 4}).build()


def test_a_rate_by_epoch_is_live(tmp_path: Path) -> None:
    values = network(training={"eta": [0.4, 0.2], "epochs": 4}).build().values
    np.testing.assert_array_equal(values["eta"], [0.4, 0.2, 0.2, 0.2])
    for step, rate in enumerate((0.4, 0.2, 0.2)):
        moved = values["output.b"][step + 1] - values["output.b"][step]
        np.testing.assert_allclose(moved, -rate * values["output.b.grad"][step], rtol=1e-9)


def test_weight_decay_pulls_weights_and_leaves_biases() -> None:
    values = network(training={"eta": 0.1, "epochs": 2, "decay": 0.5}).build().values
    for name, decay in (("output.w", 0.5), ("output.b", 0.0)):
        before, after = values[name]
        np.testing.assert_allclose(after, before - 0.1 * (values[f"{name}.grad"][0] + decay * before), rtol=1e-12)


@pytest.mark.parametrize(
    ("kind", "shape", "expected"),
    [
        ("xavier", (3, 4, 3), np.sqrt(2 / (12 + 3))),
        ("he", (3, 4, 3), np.sqrt(2 / 12)),
        ("he", (8, 3, 5, 5), np.sqrt(2 / 75)),
        ("xavier", (8, 3, 5, 5), np.sqrt(2 / (75 + 200))),
    ],
)
def test_spread_of_seeded_starts(kind: str, shape: tuple[int, ...], expected: float) -> None:
    """Glorot and Bengio 2010, formula (12); He et al. 2015, formula (10)."""
    assert spread(kind, shape) == pytest.approx(expected, rel=1e-12)


def test_seeded_starts_have_that_spread() -> None:
    x = np.random.default_rng(0).random((4, 400))
    layers = [{"name": "hidden", "units": 200}, {"name": "output", "units": 2}]
    for kind, wanted in (("xavier", np.sqrt(2 / 600)), ("he", np.sqrt(2 / 400))):
        keys = {"random": {"seed": 5, "kind": kind}, "training": {"mode": "solver"}}
        inputs = Network(x, [0, 1, 0, 1], layers, keys=keys).build().graph.inputs()
        assert inputs["hidden.w"].std() == pytest.approx(wanted, rel=0.02)
        assert not inputs["hidden.b"].any()


def test_solver_opens_filled_in(tmp_path: Path) -> None:
    book = network(training={"mode": "solver"}).build("en")
    page = openpyxl.load_workbook(book.save(tmp_path / "a.xlsx"))["Training"]
    names = {name: page.defined_names[name].attr_text for name in page.defined_names}
    cost = page[names["solver_opt"].rpartition("!")[2].replace("$", "")]
    assert cost.value.startswith("=SUM(")
    changing = [area.rpartition("!")[2] for area in names["solver_adj"].split(",")]
    cells = [cell for area in changing for row in page[area.replace("$", "")] for cell in row]
    assert len(cells) == 6 + 3 + 9 + 3
    assert all(isinstance(cell.value, int | float) for cell in cells)


def test_step_is_forward_only() -> None:
    layers = [{"name": "hidden", "units": 3, "activation": "step"}, LAYERS[1]]
    assert set(
        np.unique(Network(X, Y, layers, keys={"training": {"mode": "solver"}}).build().values["hidden.a"])
    ) <= {
        0.0,
        1.0,
    }
    with pytest.raises(RecipeError, match="slope"):
        Network(X, Y, layers, keys={"training": {"eta": 0.1, "epochs": 2}}).build()


def test_a_regression_with_two_targets(tmp_path: Path) -> None:
    y = np.column_stack([X.sum(axis=1), X[:, 0] * X[:, 1]])
    keys = {"training": {"eta": 0.05, "epochs": 3, "optimizer": "adam"}, "reduction": "mean"}
    layers = [LAYERS[0], {"name": "output", "units": 2, "activation": "identity"}]
    book = Network(X, y, layers, data={"outputs": ["sum", "product"], "test": 0.34}, keys=keys).build()
    assert verify(book.save(tmp_path / "a.xlsx")).ok
    graph = book.graph
    start = {b.name: b.start for b in graph if b.role == "parameter" and b.start is not None}
    table = {"layers": layers, **keys}
    steps = train(table, start, np.asarray(graph["data.image"].start), np.asarray(graph["data.t"].start))
    np.testing.assert_allclose(book.values["C_T"], [step["C_T"] for step in steps], rtol=1e-10)
    kept, outputs = graph["test.t"].start, book.values["test.output.a"]
    np.testing.assert_allclose(book.values["test.C_T"], ((kept - outputs) ** 2).sum() / 2 / len(kept), rtol=1e-12)


def test_names_of_classes_are_texts_and_never_formulas(tmp_path: Path) -> None:
    names = ["=1+1", '"&A1', "-x*?~"]
    book = network("softmax", y=np.array(names)[Y], cost="cross-entropy", data={"test": 0.34, "seed": 1})
    path = book.build("en").save(tmp_path / "a.xlsx")
    assert verify(path, ["ironcalc"]).ok
    page = openpyxl.load_workbook(path, data_only=True)["Data"]
    shown = [cell for row in page.iter_rows() for cell in row if cell.value in names]
    assert {cell.value for cell in shown} >= set(names)
    assert all(cell.data_type == "s" for cell in shown)
    with zipfile.ZipFile(path) as package:
        formulas = b"".join(package.read(name) for name in package.namelist() if "sheet" in name)
    assert b"<f>1+1</f>" not in formulas


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        ([[1, 2], [3]], [0, 1], "network: x is no array (rows of unequal length); expected rows of equal length"),
        ([[1, 2], [3, 4]], [[0], [1, 1]], "network: y is no array (rows of unequal length)"),
        ([[1, 2], [3, 4]], [0, 1, 1], "network: y has shape (3,) and x (2, 2); expected a y for each of 2 samples"),
        (X, Y[:, None], "network: y has shape (6, 1); expected (6,), a label for each sample"),
        (None, Y, "network: x is None; expected an array: (sample, feature)"),
        (X, None, "network: y is None; expected an array: one for each sample"),
        ((row for row in X), Y, "network: x is a single generator; expected an array"),
        (X.astype(str), Y, "network: x holds texts; expected numbers"),
        (X.astype(object), Y, "network: x holds Python objects; expected numbers"),
        (X, np.array(list("abcabc"), object), "network: y holds Python objects; expected numbers or texts"),
        (X * 1j, Y, "network: x holds complex numbers; expected numbers"),
        (np.ma.masked_less(X, 0.1), Y, "network: x is masked, and every number counts; expected an array"),
        (np.where(X == 0.9, np.nan, X), Y, "network: x[5, 1] is nan; expected a finite number"),
        (X[:, :0], Y, "network: x has shape (6, 0); expected (sample, feature)"),
        (X, Y + 0.5, "network: y[0] is 0.5; expected whole numbers or texts as labels"),
        (X, [0, 1, 2, 3, 0, 1], "3 units for 4 classes"),
    ],
)
def test_what_is_no_data(x: Any, y: Any, says: str) -> None:
    with pytest.raises(RecipeError) as told:
        network(x=x, y=y).build()
    assert says in str(told.value)
    assert "\n" not in str(told.value)
    assert "npz" not in str(told.value)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"keys": {"id": "z"}}, "network: keys holds 'id', which is the argument 'name'; give it there"),
        ({"keys": {"data": {"table": "iris.csv"}}}, "keys holds 'data', which is the argument 'data'"),
        ({"keys": {"layers": []}}, "keys holds 'layers', which is the argument 'layers'"),
        ({"data": {"arrays": "x.npz"}}, "network: data holds 'arrays', but x and y are the samples; take it out"),
        ({"data": {"table": "iris.csv"}}, "network: data holds 'table', but x and y are the samples"),
        ({"data": None}, "network: data is nothing; expected a dict"),
        ({"keys": ["training"]}, "network: keys is ['training']; expected a dict"),
        ({"keys": {5: {}}}, "network: keys is {5: {}}; expected a dict with keys of a recipe"),
        ({"layers": ["a"]}, "network: layers[1] is 'a'; expected a dict, as in {'name': 'output', 'units': 2}"),
        ({"layers": LAYERS[1]}, "expected a list of dicts, as in [{'name': 'output', 'units': 2}]"),
        ({"layers": "output"}, "network: layers is output; expected a list of dicts"),
        ({"layers": None}, "network: layers is nothing; expected a list of dicts"),
        ({"layers": []}, "network: layers is empty; expected a dict for each layer"),
        ({"keys": {"training": {"eta": [0.1, 0.2, 0.3], "epochs": 2}}}, "training.eta: holds 3 rates for 2 epochs"),
        ({"name": 5}, "name is 5; expected a text"),
        ({"name": "a/b"}, "a/b: id: expected a letter or digit"),
    ],
)
def test_what_is_no_network(given: dict[str, Any], says: str) -> None:
    with pytest.raises(RecipeError) as told:
        Network(**{"x": X, "y": Y, "layers": LAYERS, **given}).build()
    assert says in str(told.value)
    assert "\n" not in str(told.value)


def test_build_takes_epochs_eta_and_pages(tmp_path: Path) -> None:
    own = network(training={"eta": 0.1, "epochs": 4}, pages=["cost"])
    book = own.build("en", epochs=2, eta=0.5, pages=["contents"])
    assert (book.values["eta"], book.values["C_T"].shape) == (0.5, (2,))
    sheets = openpyxl.load_workbook(book.save(tmp_path / "a.xlsx")).sheetnames
    assert "Contents" in sheets
    assert "Cost" not in sheets
    assert (own.build().values["eta"], own.build().values["C_T"].shape) == (0.1, (4,))
    assert verify(tmp_path / "a.xlsx", ["ironcalc"]).ok
    with pytest.raises(RecipeError, match=r"^network: training.epochs: expected greater than or equal to 1"):
        own.build(epochs=0)
    with pytest.raises(RecipeError, match="network: has no training, so it takes no epochs"):
        Network(X, Y, LAYERS).build(epochs=2)


def test_info_of_a_network_is_that_of_its_workbook(tmp_path: Path) -> None:
    own = network(pages=["cost"])
    for pages, epochs in ((None, 4), ((), 7)):
        told, book = info(own, epochs=epochs, pages=pages), own.build(epochs=epochs, pages=pages)
        path = book.save(tmp_path / "a.xlsx", force=True)
        assert (told.formulas, told.epochs, told.images) == (book.formulas, epochs, 6)
        assert told.bytes == pytest.approx(path.stat().st_size, rel=0.3)
    with pytest.raises(SheetnnError, match="more than the 10 allowed"):
        info(own, max_formulas=10)


def test_files_that_keys_name_stand_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = network(training={"eta": 0.1, "epochs": 3}).build()
    moved = pull(book.save(tmp_path / "a.xlsx"), epoch=3)
    moved.save(tmp_path / "p.json")
    monkeypatch.chdir(tmp_path)
    following = network(start={"file": "p.json"}).build()
    np.testing.assert_array_equal(following.values["hidden.w"][0], book.values["hidden.w"][2])
    with pytest.raises(RecipeError, match=r"'q.json' not found; looked in \. and .*did you mean 'p.json'"):
        network(start={"file": "q.json"}).build()
    with pytest.raises(RecipeError, match=r"page\.toml: no such file"):
        network(layout="page.toml").build()


def test_a_page_layout_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layout written for the same network from a file, and moved by hand: the block stands where the file says."""
    rows = [f"{a},{b},{label}" for (a, b), label in zip(X, Y, strict=True)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,label", *rows, ""]))
    (tmp_path / "own.toml").write_text(
        'id = "own"\n[data]\ntable = "t.csv"\n[[layers]]\nname = "hidden"\nunits = 3\n[[layers]]\nname = "output"\n'
        "units = 3\n[training]\neta = 0.1\nepochs = 4\n[random]\nseed = 1\n"
    )
    assert sheetnn("layout", "own.toml", "-o", "page.toml", cwd=tmp_path).returncode == 0
    page = tmp_path / "page.toml"
    text, count = re.subn(r'(\n"?hidden\.w"? = \{ at = ")[A-Z]+(\d+)', r"\1ZZ\2", page.read_text("utf-8"))
    assert count == 1
    page.write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    book = network(layout="page.toml").build()
    path = book.save(tmp_path / "a.xlsx")
    assert verify(path, ["ironcalc"]).ok
    assert column_number("ZZ") in {cell.column for cell in book.cells() if cell.block == "hidden.w"}


def test_the_recipe_in_the_workbook_is_the_same_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = network().build().save(tmp_path / "a.xlsx").read_bytes()
    monkeypatch.chdir(tmp_path)
    assert network().build().save(tmp_path / "b.xlsx").read_bytes() == first
    assert network().build().model.to_json().count("arrays.npz") == 1


def test_a_start_from_a_file(tmp_path: Path) -> None:
    """`start.file` in a recipe, and keys beside it that win."""
    assert sheetnn("build", "4-4", "--epochs", "3", "--no-pages", "-o", "a.xlsx", cwd=tmp_path).returncode == 0
    assert sheetnn("pull", "a.xlsx", "--epoch", "3", "-o", "p.json", cwd=tmp_path).returncode == 0
    (tmp_path / "on.toml").write_text(
        'id = "on"\ndata = { images = "appendix_a.csv", classes = [0, 1] }\n'
        'layers = [{ name = "hidden", units = 3 }, { name = "output", units = 2 }]\n'
        'start = { file = "p.json", "output.b" = [1, 2] }\ntraining = { eta = 0.2, epochs = 2 }\n'
    )
    from sheetnn.workbook import build

    book, earlier = build(tmp_path / "on.toml"), build("4-4", epochs=3, pages=())
    np.testing.assert_array_equal(book.values["hidden.w"][0], earlier.values["hidden.w"][2])
    np.testing.assert_array_equal(book.values["output.b"][0], [1, 2])


@pytest.mark.parametrize("page", ["step", "try"])
@pytest.mark.parametrize("x", [X, np.zeros((6, 2, 3, 3))])
def test_pages_of_pictures_need_pictures(x: Any, page: str) -> None:
    """Of arrays the recipe does not tell what they hold; with pictures of one channel the same pages are made."""
    with pytest.raises(RecipeError, match=f"'{page}' needs pictures of one channel"):
        network(x=x, pages=[page]).build()
    assert f"{page}/x" in network(x=np.zeros((6, 3, 3)), pages=[page]).build().graph.blocks
