"""Convolution and pooling: values against scipy, gradients against autograd and central differences."""

from __future__ import annotations

from pathlib import Path

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from scipy.signal import correlate2d

from sheetnn.data import home
from sheetnn.errors import RecipeError
from sheetnn.model import from_recipe
from sheetnn.pooling import POOLINGS
from sheetnn.recipe import parse
from sheetnn.verifier import verify
from sheetnn.workbook import Workbook, build

PARAMETERS = ("conv.w", "conv.b", "output.w", "output.b")


def network(method="max", epochs=2, layout="stacked", **changes) -> Workbook:
    table = build("5-6", pages=(), epochs=epochs).recipe.model_dump(exclude_defaults=True)
    table["layers"][1]["method"] = method
    table["layers"][1]["kind"] = "pooling"
    table["layers"][0]["kind"] = "convolution"
    table["blocks"] = []
    table["layout"] = layout
    table.update(changes)
    return Workbook(from_recipe(parse(table, "test"), home("data"), "zh"))


def test_feature_maps_against_scipy():
    values = network().values
    x, w, b = values["x"], values["conv.w"][0], values["conv.b"][0]
    for image in (0, 40, 95):
        for m in range(3):
            expected = correlate2d(x[image], w[m], mode="valid") + b[m]
            np.testing.assert_allclose(values["conv.z"][0, image, m], expected, rtol=1e-12)


@pytest.mark.parametrize("method", POOLINGS)
def test_pooling_against_a_loop(method):
    values = network(method).values
    rule = {"max": np.max, "average": np.mean, "l2": np.linalg.norm}[method]
    a, pooled = values["conv.a"][0], values["pool.a"][0]
    for image, m, r, c in [(0, 0, 0, 0), (50, 1, 1, 0), (95, 2, 1, 1)]:
        window = a[image, m, 2 * r : 2 * r + 2, 2 * c : 2 * c + 2]
        assert pooled[image, m, r, c] == pytest.approx(rule(window), rel=1e-14)


def cost_with(method, x, t):
    def sigmoid(z):
        return 1 / (1 + anp.exp(-z))

    def cost(w, b, v, c):
        z = sum(
            x[:, None, i : i + 4, j : j + 4] * w[None, :, i, j, None, None] for i in range(3) for j in range(3)
        ) + anp.reshape(b, (1, 3, 1, 1))
        a = sigmoid(z).reshape((len(x), 3, 2, 2, 2, 2))
        pooled = anp.mean(a, axis=(3, 5)) if method == "average" else anp.sqrt(anp.sum(a * a, axis=(3, 5)))
        out = sigmoid(anp.einsum("omrc,kmrc->ko", v, pooled) + c)
        return anp.sum((t - out) ** 2) / 2

    return cost


@pytest.mark.parametrize("method", ["average", "l2"])
def test_gradients_against_autograd(method):
    values = network(method).values
    cost = cost_with(method, values["x"].astype(float), values["t"].astype(float))
    for epoch in range(2):
        start = [values[name][epoch] for name in PARAMETERS]
        for number, name in enumerate(PARAMETERS):
            expected = grad(cost, number)(*start)
            np.testing.assert_allclose(values[f"{name}.grad"][epoch], expected, rtol=1e-10, atol=1e-12)


def test_gradient_of_max_pooling_against_central_differences():
    """With pixels that are not 0 and 1 no two units tie, so the cost has a slope."""
    book = network(epochs=1)
    rng = np.random.default_rng(3)
    pixels = {"data.image": rng.normal(size=(96, 6, 6))}
    gradient = book.graph.evaluate(pixels)
    for name in PARAMETERS:
        start = book.graph.inputs()[name]
        for index in list(np.ndindex(start.shape))[::3]:
            cost = []
            for sign in (1, -1):
                moved = start.copy()
                moved[index] += sign * 1e-6
                cost.append(float(book.graph.evaluate({**pixels, name: moved})["C_T"][0]))
            assert gradient[f"{name}.grad"][0][index] == pytest.approx((cost[0] - cost[1]) / 2e-6, rel=1e-4, abs=1e-6)


def test_tied_units_all_receive_the_error():
    """Image 1 has equal columns: both rows of a window tie, and both have an error (book 5-6)."""
    values = build("5-6", pages=(), epochs=1).values
    a, delta = values["conv.a"][0, 0, 1], values["conv.delta"][0, 0, 1]
    assert a[0, 0] == a[1, 0] >= a[0, 1]
    assert delta[0, 0] == delta[1, 0] != 0


@pytest.mark.parametrize("method", POOLINGS)
def test_stacked_layout_verifies_on_every_engine(engine, method, tmp_path):
    book = network(method)
    report = verify(book.save(tmp_path / "w.xlsx"), [engine])
    assert report.ok, report.mismatches[:3]


def test_page_and_stacked_layout_agree():
    page, other = build("5-6", pages=(), epochs=2), network()
    for name, value in other.values.items():
        np.testing.assert_array_equal(value, page.values[name])


def test_random_start_is_stored_and_repeatable(tmp_path):
    one, again, other = (network(start={}, random={"seed": seed, "sd": 1.0}) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one.values["conv.w"], again.values["conv.w"])
    assert not np.array_equal(one.values["conv.w"], other.values["conv.w"])
    assert all("RAND" not in cell.formula for cell in one.cells())
    assert verify(one.save(tmp_path / "r.xlsx")).ok


@pytest.mark.parametrize(
    ("layer", "changes", "says"),
    [
        (0, {"size": [7, 7]}, "conv: a window of 7x7 does not fit 6x6"),
        (1, {"size": [3, 3]}, "pool: windows of 3x3 do not divide maps of 4x4"),
        (1, {"method": "maxx"}, "layers.2..method.*did you mean 'max'"),
        (0, {"kind": "conv"}, "layers.1..kind: kind 'conv' is not known.*did you mean 'convolution'"),
        (0, {"filter": 3}, "unknown key 'layers.1..filter'; did you mean 'filters'"),
    ],
)
def test_layers_that_do_not_fit(layer, changes, says):
    table = network().recipe.model_dump(mode="json")
    table["layers"][layer].update(changes)
    with pytest.raises(RecipeError, match=says):
        from_recipe(parse(table, "test"), home("data"), "zh")


def tie(folder: Path, weights: list[float]) -> Workbook:
    """One filter over black and white pictures; in a window of the second and fourth 0.3 stands beside 0.1 + 0.2."""
    (folder / "t.csv").write_text(
        "label,pixels\n0,100011/000000\n1,000111/010101\n0,100011/011001\n1,001100/110000\n", "utf-8"
    )
    (folder / "tie.toml").write_text(
        f"""id = "tie"
layout = "right"
data = {{ images = "t.csv" }}
layers = [
    {{ name = "conv", kind = "convolution", filters = 1, size = [1, 3], activation = "identity" }},
    {{ name = "pool", kind = "pooling", size = [1, 4] }},
    {{ name = "output", units = 2 }},
]
training = {{ eta = 0.1, epochs = 1 }}
[start]
"conv.w" = [{weights}]
"conv.b" = [0]
"output.w" = [0.1, 0.2, 0.3, 0.4]
"output.b" = [0, 0]
""",
        "utf-8",
    )
    return build(folder / "tie.toml")


def test_sums_that_differ_in_the_last_bit_only_tie(tmp_path, engine):
    """0.1 + 0.2 is 0.3 for a spreadsheet, and 0.30000000000000004 for NumPy."""
    book = tie(tmp_path, [0.3, 0.1, 0.2])
    a = book.values["conv.a"][0, 0, 0, 0]
    assert a[0] == 0.3
    assert a[3] == 0.1 + 0.2 != 0.3
    assert np.flatnonzero(book.values["conv.da"][0, 0, 0, 0]).tolist() == [0, 3]
    assert verify(book.save(tmp_path / "a.xlsx"), engine).ok


def test_sums_that_differ_in_the_thirteenth_digit_do_not(tmp_path, engine):
    book = tie(tmp_path, [0.3 + 1e-13, 0.1, 0.2])
    assert np.flatnonzero(book.values["conv.da"][0, 0, 0, 0]).tolist() == [0]
    assert verify(book.save(tmp_path / "a.xlsx"), engine).ok
