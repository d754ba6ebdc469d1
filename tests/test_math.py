"""The mathematics: gradients against central differences and against autograd, which share no code with us."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from sheetnn.expression import Expression
from sheetnn.functions import ACTIVATIONS, COSTS
from sheetnn.workbook import build

PARAMETERS = ("hidden.w", "hidden.b", "output.w", "output.b")
AUTOGRAD = {
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "relu": lambda z: anp.where(z > 0, z, 0.0),
    "identity": lambda z: z,
}


@pytest.fixture(scope="module", params=[("sigmoid", "sigmoid"), ("tanh", "sigmoid"), ("relu", "identity")])
def trained(request):
    from sheetnn.data import home
    from sheetnn.model import from_recipe
    from sheetnn.recipe import parse
    from sheetnn.workbook import Workbook

    table = build("4-4", pages=(), epochs=3, eta=0.01).recipe.model_dump()
    for layer, activation in zip(table["layers"], request.param, strict=True):
        layer["activation"] = activation
    table["layout"] = "stacked"
    return request.param, Workbook(from_recipe(parse(table, "test"), home("data"), "zh"))


def total_cost(activations, x, t, w2, b2, w3, b3):
    hidden, output = (AUTOGRAD[name] for name in activations)
    a2 = hidden(anp.dot(x, w2.T) + b2)
    a3 = output(anp.dot(a2, w3.T) + b3)
    return anp.sum((t - a3) ** 2) / 2


def test_gradients_against_autograd(trained):
    activations, book = trained
    values = book.values
    x, t = values["x"].reshape(64, 12).astype(float), values["t"].astype(float)
    for epoch in range(3):
        start = [values[name][epoch] for name in PARAMETERS]
        start[0] = start[0].reshape(3, 12)
        for number, name in enumerate(PARAMETERS):
            expected = grad(total_cost, 3 + number)(activations, x, t, *start)
            found = values[f"{name}.grad"][epoch].reshape(expected.shape)
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


def test_gradients_against_central_differences(trained):
    _, book = trained
    graph, values = book.graph, book.values
    width = 1e-6
    for name in PARAMETERS:
        start = graph.inputs()[name]
        for index in np.ndindex(start.shape):
            cost = []
            for sign in (1, -1):
                moved = start.copy()
                moved[index] += sign * width
                cost.append(float(graph.evaluate({name: moved})["C_T"][0]))
            slope = (cost[0] - cost[1]) / (2 * width)
            assert values[f"{name}.grad"][0][index] == pytest.approx(slope, rel=1e-5, abs=1e-6)


def test_update_is_the_old_value_minus_eta_times_the_gradient(book):
    values = book.values
    for name in PARAMETERS:
        expected = values[name][:-1] - 0.2 * values[f"{name}.grad"][:-1]
        np.testing.assert_array_equal(values[name][1:], expected)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_of_an_activation(name):
    z = np.array([-3.0, -0.4, 0.2, 5.0])
    row = ACTIVATIONS[name]
    slope = (row.value(z + 1e-6) - row.value(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(row.slope_value(z, row.value(z)), slope, rtol=1e-6)


@pytest.mark.parametrize("name", COSTS)
def test_slope_of_a_cost(name):
    a, t = np.array([0.2, 0.7, 0.9]), np.array([0.0, 1.0, 0.0])
    row = COSTS[name]
    for unit in range(3):
        step = np.eye(3)[unit] * 1e-6
        slope = (row.value(a + step, t) - row.value(a - step, t)) / 2e-6
        assert row.slope_value(a, t)[unit] == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("z", [-1e6, -800.0, -710.0, -700.0, 0.0, 37.0, 710.0, 1e6])
def test_sigmoid_stays_finite(z):
    with np.errstate(over="raise", invalid="raise"):
        a = ACTIVATIONS["sigmoid"].value(np.array(z))
    assert 0 <= a <= 1
    assert a == pytest.approx(0.0 if z < -40 else 1 / (1 + np.exp(-z)), abs=1e-15)


@pytest.mark.parametrize(
    ("text", "formula", "value"),
    [
        ("x^2+y^2", "(A1^2)+(B1^2)", 13.0),
        ("-x^2", "0-(A1^2)", -9.0),
        ("2*x", "2*A1", 6.0),
        ("2^x^y", "2^(A1^B1)", 512.0),
        ("exp(x-y)/2", "EXP(A1-B1)/2", np.e / 2),
        ("sqrt(x+1)", "SQRT(A1+1)", 2.0),
    ],
)
def test_expression_reads_two_ways(text, formula, value):
    expression = Expression.parse(text, ("x", "y"))
    assert expression.formula({"x": "A1", "y": "B1"}) == formula
    assert expression.value({"x": 3.0, "y": 2.0}) == pytest.approx(value)
