"""The pages that look at a workbook show what the training sheets hold, and their mathematics is right."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import demanded, printed, sheetnn
from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries

from sheetnn.cells import cells
from sheetnn.engines import ENGINES
from sheetnn.errors import RecipeError, SheetnnError
from sheetnn.functions import ACTIVATIONS
from sheetnn.labels import languages, words
from sheetnn.look import ROLES, RULES
from sheetnn.model import from_recipe
from sheetnn.recipe import load, parse
from sheetnn.schema import PAGES
from sheetnn.stored import read_model
from sheetnn.verdicts import HIT, MISS
from sheetnn.verifier import verify
from sheetnn.views import PAGES as MAKERS
from sheetnn.workbook import Workbook, build, exercise


def variant(name: str, **changes: object) -> Workbook:
    """A shipped recipe with other keys, all pages, two epochs."""
    recipe, folder = load(name)
    table = recipe.model_dump(mode="json") | {"pages": list(PAGES)} | changes
    table["training"] = {**table["training"], "epochs": 2}
    return Workbook(from_recipe(parse(table, "test"), folder, "en"))


def layers(name: str, *changes: dict[str, object]) -> list[dict[str, object]]:
    recipe, _ = load(name)
    return [layer.model_dump(mode="json") | change for layer, change in zip(recipe.layers, changes, strict=True)]


def drawn(name: str, *shape: dict[str, object]) -> Workbook:
    """Other layers with random initial values, in the stacked layout, without a test page."""
    kinds = {"units": {"kind": "dense", "activation": "tanh"}, "filters": {"kind": "convolution", "size": [2, 2]}}
    layers = [
        {"name": f"l{number}", **next((kinds[key] for key in kinds if key in given), {"kind": "pooling"}), **given}
        for number, given in enumerate(shape, 1)
    ]
    plain = {"layout": "stacked", "blocks": [], "start": {}, "random": {"seed": 3}, "test": None}
    return variant(name, layers=layers, **plain)


VARIANTS = {
    "one layer": lambda: drawn("4-4", {"units": 2}),
    "names of pages": lambda: drawn("4-4", {"units": 3, "name": "step"}, {"units": 2, "name": "try"}),
    "three dense, many units": lambda: drawn("4-4", {"units": 20}, {"units": 3, "activation": "relu"}, {"units": 2}),
    "pooling first": lambda: drawn("5-6", {"method": "average"}, {"units": 3}),
    "two convolutions": lambda: drawn("5-6", {"filters": 2}, {"filters": 2}, {"units": 3}),
    "dense after pooling": lambda: drawn("5-6", {"filters": 2, "size": [3, 3]}, {}, {"units": 4}, {"units": 3}),
    "4-4": lambda: build("4-4", epochs=2),
    "4-4 in English": lambda: build("4-4", epochs=2, language="en"),
    "5-6": lambda: build("5-6", epochs=2),
    "2-11": lambda: build("2-11", epochs=5),
    "3-4-descent": lambda: build("3-4-descent", epochs=5),
    "one epoch": lambda: build("4-4", epochs=1),
    "stacked": lambda: variant("4-4", layout="stacked", blocks=[]),
    "tanh and relu": lambda: variant("4-4", layers=layers("4-4", {"activation": "tanh"}, {"activation": "relu"})),
    "identity": lambda: variant("4-4", layers=layers("4-4", {"activation": "identity"}, {})),
    "average": lambda: variant("5-6", layers=layers("5-6", {}, {"method": "average"}, {})),
    "l2 and tanh": lambda: variant("5-6", layers=layers("5-6", {"activation": "tanh"}, {"method": "l2"}, {})),
    "cross-entropy, to the right": lambda: build("4-4-entropy", epochs=2),
    "stacked maps": lambda: variant("5-6", layout="stacked", blocks=[]),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_spelt_equations_of_any_network(name: str) -> None:
    """Each page of each network spells its equations, and every selector moves them."""
    book = VARIANTS[name]()
    texts = {block.name: str(book.values[block.name]) for block in book.graph if block.name.endswith(".spelt")}
    if "step/epoch" in book.graph.blocks:
        assert len(texts) > 8
        other = book.graph.evaluate({"step/unit": np.array(2), "step/image": np.array(11)})
        assert sum(str(other[name]) != text for name, text in texts.items()) > len(texts) / 2
    assert all(len(text) < 32767 for text in texts.values())


@pytest.mark.parametrize("name", VARIANTS)
def test_pages_verify_on_every_engine(name: str, tmp_path: Path) -> None:
    path = VARIANTS[name]().save(tmp_path / "a.xlsx")
    report = verify(path, [demanded(engine) for engine in ENGINES])
    assert report.ok, report.mismatches[:3]


def test_every_page_of_the_schema_is_made() -> None:
    assert set(PAGES) == set(MAKERS)


@pytest.mark.parametrize("recipe", ["4-4", "5-6"])
def test_the_book_sheets_are_untouched(recipe: str) -> None:
    plain, full = build(recipe, epochs=2, pages=()), build(recipe, epochs=2)

    def held(book: Workbook) -> dict[tuple[str, int, int], tuple[object, ...]]:
        return {(c.sheet, c.row, c.column): (c.formula, c.value) for c in cells(book.graph, book.layout, book.values)}

    before, after = held(plain), held(full)
    assert before.items() <= after.items()
    assert {sheet for sheet, _, _ in before} < {sheet for sheet, _, _ in after}


# the step page


@pytest.fixture(scope="module", params=["4-4", "5-6"])
def book(request: pytest.FixtureRequest) -> Workbook:
    return build(request.param, epochs=3)


def test_step_shows_the_chosen_epoch_and_image(book: Workbook) -> None:
    """Against the training blocks, and in the first epoch against the book's printed figures."""
    plain = book.graph.evaluate()
    for epoch, image in ((1, 1), (2, 5), (3, 64)):
        values = book.graph.evaluate({"step/epoch": np.array(epoch), "step/image": np.array(image)})
        shown = 0
        for block in book.graph:
            page, _, name = block.name.partition("/")
            if page != "step" or name not in plain or block.name.endswith(".spelt"):
                continue
            expected = plain[name]
            if book.graph[name].repeated:
                expected = expected[epoch - 1]
            if "image" in book.graph[name].axes:
                expected = expected[image - 1]
            np.testing.assert_allclose(values[block.name], expected, rtol=1e-12, atol=1e-15, err_msg=name)
            shown += 1
        assert shown > 20
        if epoch < 3:
            for parameter in ("output.w", "output.b"):
                new = values[f"step/{parameter}.new"]
                np.testing.assert_array_equal(new, plain[parameter][epoch], err_msg="old - eta * gradient")
    with pytest.raises(SheetnnError, match="the image chosen is 97; expected 1 to"):
        book.graph.evaluate({"step/image": np.array(97)})


def test_step_shows_what_the_book_prints() -> None:
    """The first image of the first epoch of 4-4, by the addresses of the book's figures."""
    book, compared = build("4-4", epochs=1), 0
    figures = {row["cell"]: float(row["value"]) for row in printed("4-4") if row["cell"]}
    for name in ("hidden.z", "hidden.a", "output.z", "output.a", "output.delta", "hidden.delta", "C_T"):
        place, block = book.layout.places[name], book.graph[name]
        rows, columns = place.cells({axis: 1 if axis == "image" else size for axis, size in block.axes.items()})
        shown = book.values[f"step/{name}"].ravel()
        for row, column, value in zip(rows.ravel(), columns.ravel(), shown, strict=True):
            address = f"{'ABCDEFGHIJKLMNOP'[column - 1]}{row}"
            if address in figures:
                assert abs(figures[address] - value) < 0.0025, (name, address)
                compared += 1
    assert compared > 10


def arithmetic(text: str) -> float:
    """The left side of a spelt equation, worked out by Python."""
    text = text.replace("×", "*").replace("−", "-").replace("½[", "0.5*(").replace("]", ")").replace("²", "**2")
    text = re.sub(r"\[(\S+) = (\S+)\)", r"(\1 == \2)", text.replace("(0.", "(0."))
    return float(eval(text, {"exp": np.exp, "max": max}))


def test_spelt_equations_are_true(book: Workbook) -> None:
    """With the numbers as shown, to three decimals, the left side comes near the right, for several units."""
    checked = 0
    for unit, source, row, col in ((1, 1, 1, 1), (2, 3, 2, 1), (3, 2, 4, 3)):
        chosen = {"unit": unit, "from": source, "row": row, "col": col, "image": 7, "epoch": 2}
        values = book.graph.evaluate({f"step/{key}": np.array(n) for key, n in chosen.items()})
        for block in book.graph:
            if block.name.endswith(".spelt"):
                text = str(values[block.name])
                _, *middle, right = text.split(" = ") if "[a" not in text else text.rsplit(" = ", 2)
                if len(middle) != 1 or "…" in text:
                    continue
                terms = 1 + middle[0].count("×") + middle[0].count(" + ")
                assert abs(arithmetic(middle[0]) - float(right)) < 0.004 * terms, text
                checked += 1
    assert checked > 30


def test_a_spelt_equation_of_other_numbers_is_not_true() -> None:
    assert abs(arithmetic("0.490×1.0 + 0.348×1.0") - 0.5) > 0.1


def test_the_stage_hides_what_comes_later(book: Workbook) -> None:
    """Every card of a later stage lies under a rule that hides it until the stage is raised."""
    step, layout = "step", book.layout
    stage = re.compile(r"\$[A-Z]+\$\d+<(\d)")
    hidden = {}
    for rule in layout.rules:
        if rule.sheet == step and rule.style == "hidden":
            match = stage.fullmatch(rule.formula)
            assert match is not None
            hidden[int(match[1])] = rule.area
    assert set(hidden) == {2, 3, 4, 5, 6, 7, 8}
    last = book.recipe.layers[-1].name
    for name, at in {f"{last}.w": 2, f"{last}.z": 3, f"{last}.delta": 4, f"{last}.w.each": 5, "C_T": 6}.items():
        place = layout.places[f"step/{name}"]
        assert any(_covers(area, place.row, place.column) for area in hidden[at].split()), name
    assert book.values["step/stage"] == 1


def _covers(area: str, row: int, column: int) -> bool:
    from openpyxl.utils import range_boundaries

    left, top, right, bottom = range_boundaries(area)
    return top <= row <= bottom and left <= column <= right


# cost, gradient check, try it, contents


def test_hit_rate_is_that_of_the_outputs(book: Workbook) -> None:
    values = book.values
    last = book.recipe.layers[-1].name
    best = values[f"{last}.a"].argmax(axis=-1) == values["t"].argmax(axis=-1)
    np.testing.assert_allclose(values["cost/rate"], best.mean(axis=1))
    cost = values["C_T"]
    assert values["cost/rises"] == sum(after >= before for before, after in pairwise(cost))


def test_gradient_check_of_every_parameter() -> None:
    """The quotient of any parameter of 4-4 is its gradient; in 5-6 of the output layer, whose units do not tie."""
    book = build("4-4", epochs=2)
    for number in range(1, 48):
        values = book.graph.evaluate({"check/number": np.array(number), "check/epoch": np.array(2)})
        flat = np.concatenate(
            [book.values[f"{name}.grad"][1].ravel() for name in ("hidden.w", "hidden.b", "output.w", "output.b")]
        )
        assert values["check/one.back"] == flat[number - 1]
        assert values["check/one.error"] < 1e-6
        assert values["check/one.ok"] == HIT
    assert book.values["check/all.ok"] == HIT
    tied = build("5-6", epochs=1)
    assert tied.values["check/one.ok"] == HIT
    assert tied.values["check/all.ok"] == MISS  # the book gives δ to every tied unit


def test_gradient_check_finds_a_wrong_slope(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    wrong = replace(ACTIVATIONS["sigmoid"], slope_value=lambda z, a: a * (1 - a) * 1.01)
    monkeypatch.setitem(ACTIVATIONS, "sigmoid", wrong)
    assert build("4-4", epochs=1).values["check/one.ok"] == MISS


def test_try_it_names_verdict_and_nearest(book: Workbook) -> None:
    images = book.values["x"]
    for number in (3, 40):
        values = book.graph.evaluate({"try/x": images[number - 1]})
        first = next(n for n, image in enumerate(images, 1) if (image == images[number - 1]).all())
        assert values["try/nearest"] == first
        np.testing.assert_array_equal(values["try/image"], images[number - 1])
        last = book.recipe.layers[-1].name
        np.testing.assert_allclose(values["try/output"], book.values[f"{last}.a"][-1][number - 1], rtol=1e-12)
        assert abs(values["try/share"].sum() - 1) < 1e-12


def hints(book: Workbook) -> list[object]:
    return [label.text for label in book.layout.labels if label.sheet == "try" and "range" in str(label.text)]


def test_try_it_says_what_the_pictures_hold(tmp_path: Path) -> None:
    """Grey pictures as they are, and scaled; and again from the workbook, whose model has no data."""
    (tmp_path / "grey.csv").write_text("label,pixels\n0,3 200/17 40\n1,90 80/250 61\n", "utf-8")
    text = (
        'id = "grey"\npages = ["try"]\n[data]\nimages = "grey.csv"\n[[layers]]\nname = "output"\nunits = 2\n'
        "[training]\neta = 0.001\nepochs = 1\n[random]\nseed = 1\n"
    )
    for told, scale in (("from 3 to 250", ""), ("from -0.5 to 1", "scale = [-0.5, 1]\n")):
        (tmp_path / "grey.toml").write_text(text.replace("[[layers]]", scale + "[[layers]]"), "utf-8")
        built = build(tmp_path / "grey.toml", language="en")
        path = built.save(tmp_path / "grey.xlsx", force=True)
        for found in (hints(built), [label.text for label in read_model(path).layout.labels if label.sheet == "try"]):
            assert [one for one in found if told in str(one)], found
    (hint,) = hints(build("4-4", epochs=1, language="en"))
    assert "from 0 to 1 into" in str(hint)


@pytest.mark.parametrize("recipe", ["4-4", "5-6", "2-11"])
def test_contents_lead_to_cells_that_are_there(recipe: str, tmp_path: Path) -> None:
    book = build(recipe, epochs=10, language="en")
    workbook = load_workbook(book.save(tmp_path / "a.xlsx"))
    page = workbook["Contents"]
    assert workbook.sheetnames[0] == "Contents"
    links = [cell for row in page.iter_rows() for cell in row if cell.hyperlink]
    assert len(links) > 8
    for cell in links:
        sheet, _, target = cell.hyperlink.location.rpartition("!")
        assert target == "A1" or workbook[sheet.strip("'")][target].value is not None, cell.hyperlink.location
    for key in ("first", "last"):
        cost = book.values["C_T" if recipe != "2-11" else "value"]
        assert book.values[f"contents/{key}"] == cost[0 if key == "first" else -1]


def test_contours_are_level(tmp_path: Path) -> None:
    """Every point of the contours of x² + y² lies at a height that the path of descent takes."""
    book = build("2-11")
    labels = [label for label in book.layout.labels if label.sheet == "cost" and label.column in (40, 41)]
    numbers = {(label.row, label.column): label.text for label in labels if isinstance(label.text, float)}
    points = [(x, numbers[row, 41]) for (row, column), x in numbers.items() if column == 40]
    assert len(points) > 100
    for x, y in points:
        assert np.abs(book.values["value"] - (x * x + y * y)).min() < 0.02


# exercises


PARTS = ("forward", "delta", "gradient", "update")


@pytest.mark.parametrize("recipe", ["4-4", "5-6"])
@pytest.mark.parametrize("part", PARTS)
def test_an_exercise_is_blank_and_its_solution_full(recipe: str, part: str, tmp_path: Path) -> None:
    blank, solved = exercise(recipe, part, image=2, language="en")
    assert blank.values["score"] == 0
    assert solved.values["score"] == 1
    for number, book in enumerate((blank, solved)):
        path = book.save(tmp_path / f"{number}.xlsx")
        assert verify(path, [demanded(engine) for engine in ENGINES]).ok
    page = load_workbook(tmp_path / "0.xlsx")["Exercise"]
    asked = [block for block in blank.graph if block.role == "answer"]
    assert asked
    for block in asked:
        rows, columns = blank.layout.places[block.name].cells(block.axes)
        for row, column in zip(rows.ravel(), columns.ravel(), strict=True):
            assert page.cell(int(row), int(column)).value is None
            assert not page.cell(int(row), int(column)).protection.locked
    full = build(recipe, epochs=2, pages=())
    for block in asked:  # the solution holds what the training sheet holds
        name = block.name.removesuffix(".new")
        expected = full.values[name][1] if block.name.endswith(".new") else full.values[name][0][1]
        np.testing.assert_allclose(solved.values[block.name], expected, rtol=1e-12, atol=1e-15)


def test_one_mistake_is_counted_once() -> None:
    blank, solved = exercise("4-4", "forward", image=2)
    answers = {block.name: np.round(solved.values[block.name], 3) for block in blank.graph if block.role == "answer"}
    assert blank.graph.evaluate(answers)["score"] == 1
    wrong = answers["hidden.z"].copy()
    wrong[0] += 1
    values = blank.graph.evaluate({**answers, "hidden.z": wrong})
    assert values["mark/hidden.z"].tolist() == [0, 1, 1]
    assert values["mark/hidden.a"].tolist() == [0, 1, 1]  # a no longer follows from the learner's own z
    right = answers["hidden.a"].copy()
    right[0] = 1 / (1 + np.exp(-wrong[0]))
    values = blank.graph.evaluate({**answers, "hidden.z": wrong, "hidden.a": right})
    assert values["mark/hidden.a"].tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("4-4", "--exercise", "detla"), "did you mean 'delta'"),
        (("4-4", "--exercise", "delta", "--image", "65"), "image 65 does not exist; expected 1 to 64"),
        (("3-5", "--exercise", "delta"), "needs a network with [training]"),
        (("4-4", "--exercise", "delta", "--all"), "not both"),
        (("4-4", "--exercise", "delta", "--epochs", "2"), "--exercise is of the first epoch; leave out --epochs\n"),
        (("4-4", "--exercise", "delta", "-o", "a.xlsx"), "two files, into --output-dir; leave out -o\n"),
        (
            ("4-4", "--exercise", "delta", "-o", "a.xlsx", "--epochs", "2"),
            "is of the first epoch and writes two files, into --output-dir; leave out --epochs and -o\n",
        ),
        (("--exercise", "delta", "--all"), "--exercise is of the recipes that you name; leave out --all\n"),
    ],
)
def test_exercises_that_cannot_be(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    result = sheetnn("build", *words, cwd=tmp_path)
    assert result.returncode == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("*.xlsx"))


def test_the_command_line_writes_the_pair(tmp_path: Path) -> None:
    result = sheetnn("build", "4-4", "--exercise", "update", "--lang", "en", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in tmp_path.rglob("*.xlsx")) == [
        "4-4-update-exercise.xlsx",
        "4-4-update-solution.xlsx",
    ]


# notes, protection, look, print, recipes


def test_notes_stand_on_the_heads_of_blocks(book: Workbook, tmp_path: Path) -> None:
    workbook = load_workbook(book.save(tmp_path / "a.xlsx"))
    assert len(book.layout.notes) > 60
    for note in book.layout.notes:
        comment = workbook[book.layout.sheet_name(note.sheet)][note.cell].comment
        assert comment is not None
        assert comment.text == note.text
    noted = {note.text.rpartition("\n")[2] for note in book.layout.notes}
    helpers = re.compile(r".*/at\..*|.*\.spelt")
    for block, _ in book.layout.placed():
        assert block.name in noted or helpers.fullmatch(block.name) or _shares_a_head(book, block.name, noted)


def _shares_a_head(book: Workbook, name: str, noted: set[str]) -> bool:
    """Whether another block of the same head has the note, as columns under one merged label do."""
    place = book.layout.places[name]
    near = [
        other for other, spot in book.layout.places.items() if spot.sheet == place.sheet and spot.row == place.row
    ]
    return any(other in noted for other in near)


def test_only_inputs_are_unlocked(tmp_path: Path) -> None:
    book = build("4-4", epochs=2)
    workbook = load_workbook(book.save(tmp_path / "a.xlsx", protect=True))
    for page in workbook.worksheets[:-1]:
        assert page.protection.sheet
        assert page.protection.password is None
    inputs = 0
    for cell in cells(book.graph, book.layout, book.values):
        unlocked = not workbook[cell.sheet].cell(cell.row, cell.column).protection.locked
        assert unlocked == (not cell.formula), (cell.sheet, cell.row, cell.column)
        inputs += unlocked
    assert inputs > 900
    assert not load_workbook(book.save(tmp_path / "b.xlsx"))["学习"].protection.sheet


def test_epochs_fold_to_their_costs(tmp_path: Path) -> None:
    for recipe in ("4-4", "5-6"):
        book = build(recipe, epochs=3)
        page = load_workbook(book.save(tmp_path / f"{recipe}.xlsx"))["学习"]
        rows, _ = book.layout.places["C_T"].cells({"epoch": 3})
        assert page.sheet_format.outlineLevelRow == 1
        for row in rows.tolist():
            assert page.row_dimensions[row].outlineLevel == 0
            side = -1 if page.sheet_properties.outlinePr.summaryBelow else 1
            assert page.row_dimensions[row + side].outlineLevel == 1
        assert page.row_dimensions[1].outlineLevel == 0


def test_sheets_open_and_print_sensibly(tmp_path: Path) -> None:
    workbook = load_workbook(build("4-4", epochs=3).save(tmp_path / "a.xlsx"))
    assert workbook.active.title == "目录"
    for page in workbook.worksheets:
        if page.sheet_state == "visible":
            assert 80 <= page.sheet_view.zoomScale <= 100
            assert page.page_setup.paperSize == 9
            assert page.sheet_properties.pageSetUpPr.fitToPage
            assert page.print_area
            pane = page.sheet_view.pane
            assert (page.sheet_view.topLeftCell or "A1") == "A1"
            assert pane is None or pane.topLeftCell == page.freeze_panes


def _linear(color: str) -> np.ndarray:
    channels = np.array([int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def _lightness(linear: np.ndarray) -> float:
    y = float(linear @ [0.2126, 0.7152, 0.0722])
    return 116 * np.cbrt(y) - 16


SIGHT = {  # Machado, Oliveira and Fernandes 2009, severity 1.0
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}


def _lab(linear: np.ndarray) -> np.ndarray:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    x, y, z = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHT)
def test_roles_are_told_apart(sight: str) -> None:
    """By eyes of every kind (CIE76 distance), and printed grey (lightness)."""
    roles = ("choice", "parameter", "forward", "cost", "backward", "gradient", "update")
    seen = {role: np.clip(SIGHT[sight] @ _linear(ROLES[role].fill), 0, 1) for role in roles}
    for one, other in combinations(roles, 2):
        assert np.linalg.norm(_lab(seen[one]) - _lab(seen[other])) > 7, (one, other)
        grey = abs(_lightness(_linear(ROLES[one].fill)) - _lightness(_linear(ROLES[other].fill)))
        assert grey > 1.5, (one, other)


def test_the_scale_of_weights_goes_both_ways() -> None:
    for sign in ("plus", "minus"):
        shades = [_lightness(_linear(RULES[f"{sign}{n}"].fill)) for n in (1, 2, 3)]
        assert shades == sorted(shades, reverse=True)
    assert np.linalg.norm(_lab(_linear(RULES["plus3"].fill)) - _lab(_linear(RULES["minus3"].fill))) > 40


def test_languages_have_the_same_keys() -> None:
    tables = {language: set(words(language).table) for language in languages()}
    assert len(tables) > 1
    first = tables.pop("zh")
    for language, keys in tables.items():
        assert keys == first, (language, keys ^ first)


@pytest.mark.parametrize(
    ("recipe", "pages", "said"),
    [
        ("3-5", ["step"], "'step' needs a network with [training]; change that, or take 'step' out"),
        ("2-11", ["try"], "'try' needs a network with [training]"),
        ("1-2", ["contents"], "needs a network with [training] or a [function]"),
        ("4-4", ["setp"], "did you mean 'step'"),
    ],
)
def test_pages_that_cannot_be(recipe: str, pages: list[str], said: str) -> None:
    shipped, _ = load(recipe)
    with pytest.raises(RecipeError, match=re.escape(said)):
        parse(shipped.model_dump(mode="json") | {"pages": pages}, "test")


def test_an_epoch_out_of_range_is_one_line(tmp_path: Path) -> None:
    path = build("4-4", epochs=2).save(tmp_path / "a.xlsx")
    workbook = load_workbook(path)
    place = build("4-4", epochs=2).layout.places["step/epoch"]
    workbook["步进"].cell(place.row, place.column).value = 9
    workbook.save(path)
    result = sheetnn("verify", str(path))
    assert result.returncode == 2
    assert result.stderr.strip().endswith("the epoch chosen is 9; expected 1 to 2")


@pytest.mark.parametrize(
    ("layout", "recipe", "says"),
    [
        ("4-4", "4-4", "parameters left, images right; rows fold"),
        ("right", "4-4", "parameters left, images right; rows fold"),
        ("stacked", "4-4", "images from top to bottom; rows fold"),
        ("stacked", "iris", "samples from top to bottom; rows fold"),
    ],
)
def test_the_contents_say_which_way_samples_run(layout: str, recipe: str, says: str, tmp_path: Path) -> None:
    """Held against the pixels of two samples, found by their cells."""
    book = variant(recipe, layout=layout, pages=["contents"])
    page = load_workbook(book.save(tmp_path / "a.xlsx"))["Contents"]
    assert f"Training: a block an epoch, {says}" in [page.cell(row, 3).value for row in range(1, page.max_row + 1)]
    first, second = ({c.index[0]: c for c in book.cells() if c.block == "x"}[n] for n in (0, 1))
    assert (second.column > first.column) == ("right" in says)
    assert (second.row > first.row) == ("bottom" in says)


@pytest.mark.parametrize(("recipe", "epochs"), [("4-4", 3), ("4-4", 50), ("2-11", 3), ("3-4-descent", 2)])
def test_charts_are_printed_whole(recipe: str, epochs: int, tmp_path: Path) -> None:
    """The area that is printed reaches below and to the right of every chart."""
    pages = load_workbook(build(recipe, epochs=epochs, language="en").save(tmp_path / "a.xlsx"))
    page = pages["Cost"]
    assert page._charts
    area = page.print_area.rpartition("!")[2].replace("$", "")
    _, _, last_column, last_row = range_boundaries(area)
    for chart in page._charts:
        start, size = chart.anchor._from, chart.anchor.ext
        rows = size.height / (15 * 12700)  # a row is 15 points high, a point 12,700 EMU
        assert start.row + rows <= last_row
        at, left = start.col + 1, size.width / 9525  # pixels
        while left > 0:
            left -= width_of(page, at) * 7 + 5
            at += 1
        assert at - 1 <= last_column


def width_of(page: Any, column: int) -> float:
    """Characters, by the groups of columns that the file keeps."""
    for one in page.column_dimensions.values():
        if one.min <= column <= one.max:
            return one.width
    return 8.43
