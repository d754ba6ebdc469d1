"""A layout table of one's own that is wrong: each mistake is told by `build` and `check` alike, with its line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from sheetnn import entry
from sheetnn.cli import app
from sheetnn.data import home
from sheetnn.errors import FileError, LayoutError
from sheetnn.model import from_json
from sheetnn.page_mistakes import MOST, PageError, surveyed
from sheetnn.proofreading import check
from sheetnn.recipe import read_toml
from sheetnn.verifier import verify
from sheetnn.workbook import build

RECIPE, PAGE = re.findall(
    r"```toml\n(.*?)```", (Path(__file__).parent.parent / "docs" / "layout.md").read_text("utf-8"), re.DOTALL
)
ETA = '{ at = "A2", text = "η", style = "label" }'
SHEET = 'freeze = "B2"\n'
CHART = 'charts = [{ at = "T2", key = "firing", series = [{ key = "inputs", x = "C", y = "C" }] }]\n'


def laid(folder: Path, *changes: tuple[str, str], recipe: str = RECIPE) -> Path:
    """The example of docs/layout.md, with changes to its table."""
    page = PAGE
    for old, new in changes:
        assert old in page
        page = page.replace(old, new, 1)
    (folder / "page.toml").write_text(page, "utf-8")
    (folder / "mine.toml").write_text(recipe, "utf-8")
    return folder / "mine.toml"


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def added(more: str) -> tuple[str, str]:
    """A change of the sheet `train`: another key."""
    return SHEET, SHEET + more


C_T = '"C_T" = { at = "B5" }'
T = '"t" = { at = "K2", image = [0, 1]'
X = '"x" = { at = "G2", image = [0, 1], feature = '
ENTRIES = [  # the change, the entry that is blamed (`2.` for `sheets[2].`), what is said of it
    ("epoch = [30, 0]", "epoch = [30]", "epoch", "expected [rows down, columns right]"),
    ("epoch = [30, 0]", "epoch = [30.5, 0]", "epoch", "expected [rows down, columns right]"),
    ("epoch = [30, 0]", "epoch = [2000000, 0]", "epoch", "that stay on a sheet"),
    ("epoch = [30, 0]", "epoch = [0, 0]", "epoch", "the step of the epochs is missing"),
    ("epoch = [30, 0]", "", "epoch", "add epoch = [rows down, columns right]"),
    ("epoch = [30, 0]", "epok = 1\nepoch = [30, 0]", "epok", "did you mean 'epoch'?"),
    ('id = "train"', 'id = "data"', "2.id", "it is the id of sheets[1] too"),
    ('id = "train"', "id = 3", "2.id", "expected a valid string (found 3)"),
    ('name = "Learning"', 'name = "data"', "2.name", "sheets[1] is named 'data' too"),
    ('name = "Learning"', 'name = "DATA"', "2.name", "sheets[1] is named 'DATA' too"),
    ('name = "Learning"', 'name = ""', "2.name", "it is empty"),
    ('name = "Learning"', f'name = "{"L" * 32}"', "2.name", "a sheet's name has at most 31"),
    *(('name = "Learning"', f"name = 'a{sign}b'", "2.name", f"it has {sign}, which") for sign in "[]:*?/\\"),
    ('name = "Learning"', "name = \"'a\"", "2.name", "begins or ends with '"),
    ('name = "Learning"', "name = \"a'\"", "2.name", "begins or ends with '"),
    ('name = "Learning"', 'name = "history"', "2.name", "reserved"),
    ('name = "Learning"', 'name = "_SheetNN"', "2.name", "reserved"),
    ('name = "Learning"', 'name = "a\\u0007"', "2.name", "control character U+0007"),
    ('text = "η"', f'text = "{"x" * 256}"', "2.labels[2].text", "256 characters long; expected at most 255"),
    ('text = "η"', 'text = "a\\u0000b"', "2.labels[2].text", "control character U+0000"),
    ('text = "η"', "text = true", "2.labels[2].text", "expected a text or a number"),
    ('text = "η"', "text = nan", "2.labels[2].text", "expected a text or a number"),
    ('text = "η"', "text = 1979-05-27", "2.labels[2].text", "expected a text or a number"),
    ('text = "η", ', "", "2.labels[2]", "a label without text"),
    ('text = "η"', 'key = "firinng"', "2.labels[2].key", "did you mean 'firing'?"),
    ('at = "A2"', 'at = "B3:A2"', "2.labels[2].at", "from its upper left to its lower right"),
    ('style = "label", each', 'style = "lable", each', "2.labels[4].style", "did you mean 'label'?"),
    ('each = ["epoch"]', 'each = ["epok"]', "2.labels[3].each[1]", "did you mean 'epoch'?"),
    ('each = ["epoch"]', 'each = ["image"]', "2.labels[3].each", "needs a band on this sheet"),
    ("A = 12", "A1 = 12", "2.widths.A1", 'expected a column such as A or several such as "B:R"'),
    ("A = 12", '"C:B" = 12', '2.widths."C:B"', "expected a column"),
    ("A = 12", "XFE = 12", "2.widths.XFE", "at most XFD"),
    ("A = 12", "A = -1", "2.widths.A", "0 to 255 (found -1)"),
    ("A = 12", "A = 256", "2.widths.A", "0 to 255 (found 256)"),
    ("A = 12", "A = nan", "2.widths.A", "0 to 255 (found nan)"),
    (*added("heights = { 0 = 9 }\n"), "2.heights.0", "expected the number of a row"),
    (*added("heights = { 2 = 410 }\n"), "2.heights.2", "0 to 409 (found 410)"),
    (*added("height = -1\n"), "2.height", "0 to 409 (found -1)"),
    ('freeze = "B2"', 'freeze = "2B"', "2.freeze", "expected a cell such as B3"),
    (*added('font = ""\n'), "2.font", "it is empty"),
    (*added('images = "tests"\n'), "2.images", "(found 'tests'); did you mean 'test'?"),
    (*added('solver = { cost = "B5:C9", changing = "A6:B7" }\n'), "2.solver.cost", "expected a cell"),
    (*added('solver = { cost = "B5", changing = ["A6:B7", "=1"] }\n'), "2.solver.changing", "or a range"),
    (*added('solver = { cost = "B5", changing = [] }\n'), "2.solver.changing", "expected areas such as"),
    (*added('solver = { cost = "B5" }\n'), "2.solver.changing", "this key is missing"),
    (*added("band = { width = 2 }\n"), "2.band.at", "this key is missing"),
    (*added('band = { at = "G1" }\n'), "2.band.width", "this key is missing"),
    (*added('band = { at = "G1", width = 0 }\n'), "2.band.width", "greater than or equal to 1 (found 0)"),
    (*added("band = { at = 'T1', width = 1, keys = ['\"'] }\n"), "2.band.keys[1]", "expected a whole number"),
    (*added("band = { at = 'T1', width = 2, keys = ['b', 'B'] }\n"), "2.band.keys", "keys that differ"),
    (*added("band = { at = 'T1', width = 1, keys = [1, 2] }\n"), "2.band.keys", "at most 1"),
    (*added("band_widths = [1]\n"), "2.band_widths", "which this sheet has not"),
    (*added("band = { at = 'T1', width = 2 }\nband_widths = [1]\n"), "2.band_widths", "columns of 2"),
    (*added('charts = [{ at = "T2" }]\n'), "2.charts[1].key", "this key is missing"),
    (*added('charts = [{ at = "T2" }]\n'), "2.charts[1].series", "this key is missing"),
    (*added(CHART.replace('"firing"', '"firinng"')), "2.charts[1].key", "did you mean 'firing'?"),
    (*added(CHART.replace('x = "C"', 'x = "D"')), "2.charts[1].series[1].x", "(found 'D')"),
    (*added(CHART.replace('x = "C"', 'x = "x"')), "2.charts[1].series[1].x", "more than one row or column"),
    (*added(CHART.replace("key = \"firing\"", "key = \"firing\", fit = true")), "2.charts[1].fit", "no typed"),
    (C_T, '"C_T" = "B5"', "2.places.C_T", "expected a table (found 'B5')"),
    (C_T, '"C_T" = {}', "2.places.C_T.at", "this key is missing"),
    (C_T, '"C_T" = { at = "B1048577" }', "2.places.C_T.at", "at most XFD1048576"),
    (C_T, '"C_T" = { at = "XFE5" }', "2.places.C_T.at", "at most XFD1048576"),
    (C_T, '"C_T" = { at = "B5", role = "costt" }', "2.places.C_T.role", "did you mean 'cost'?"),
    (C_T, '"C_T" = { at = "B5", format = 3 }', "2.places.C_T.format", "a number format"),
    (C_T, '"C_T" = { at = "B5", box = ["imag"] }', "2.places.C_T.box", "has no axis 'imag'"),
    (C_T, '"C_TT" = { at = "B5" }', "2.places.C_TT", "did you mean 'C_T'?"),
    ('"t" = { at = "K2", image', '"t" = { at = "K2", imge', "2.places.t.imge", "did you mean 'image'?"),
    (T, '"t" = { at = "K2"', "2.places.t.image", "t has 4 numbers"),
    (T, '"t" = { at = "K2", image = [0, 0]', "2.places.t.image", "is missing"),
    (T, '"t" = { at = "K2", image = 1', "2.places.t.image", "[rows down"),
    ('"t" = { at', '"t" = { format = ["0", "0.0"], at', "2.places.t.format", "each of 4 positions"),
    ('"eta" = {', '"data.label" = { at = "Z1" }\n"eta" = {', '2.places."data.label"', "sheets[1] places"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "says"), ENTRIES)
def test_an_entry_that_is_wrong(old: str, new: str, key: str, says: str, tmp_path: Path) -> None:
    path, key = laid(tmp_path, (old, new)), key.replace("2.", "sheets[2].", 1)
    with pytest.raises(PageError) as refused:
        build(path, language="en")
    message = str(refused.value)
    assert re.match(r"page\.toml: line \d+: ", message)
    mistakes = {one.key: one for one in refused.value.found}
    assert key in mistakes
    assert says in mistakes[key].told()
    found = check(path)
    assert {(one.line, one.key) for one in found} == {(line_of(RECIPE, "layout"), "layout")}
    assert any(f": {key}: " in one.message and says in one.message for one in found)
    assert all(one.message.startswith("page.toml: line ") for one in found)


def test_the_line_is_that_of_the_entry(tmp_path: Path) -> None:
    with pytest.raises(PageError) as refused:
        build(laid(tmp_path, ('"C_T" = { at = "B5" }', '"C_T" = { at = "5B" }')), language="en")
    assert [one.line for one in refused.value.found] == [line_of(PAGE, '"C_T"')]


def test_the_unchanged_example_is_right(tmp_path: Path) -> None:
    """So that each refusal above is of its change."""
    path = laid(
        tmp_path, added(CHART + 'heights = { 2 = 409 }\nheight = 15\nsolver = { cost = "B5", changing = "A6" }\n')
    )
    assert check(path) == []
    assert verify(build(path, language="en").save(tmp_path / "a.xlsx")).ok


def test_solver_changes_areas_of_an_array_or_of_a_text(tmp_path: Path) -> None:
    names = []
    for given in ('["A6:B7", "C6"]', '"A6:B7,C6"', '"A6:B7, C6"'):
        path = laid(tmp_path, added(f'solver = {{ cost = "B5", changing = {given} }}\n'))
        file = build(path, language="en").save(tmp_path / "a.xlsx", force=True)
        names.append(load_workbook(file)["Learning"].defined_names["solver_adj"].attr_text)
    assert names == ["'Learning'!A6:B7,'Learning'!C6"] * 3


def test_no_sheets(tmp_path: Path) -> None:
    for text in ("epoch = [1, 0]\n", "sheets = []\n", "sheets = 3\n", 'sheets = ["a"]\n', "[sheets]\na = 1\n"):
        path = laid(tmp_path)
        (tmp_path / "page.toml").write_text(text, "utf-8")
        with pytest.raises(PageError, match=r"^page\.toml: line 1: sheets"):
            build(path)
        assert [one.key for one in check(path)] == ["layout"]


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Those of the schema and those that the network tells, in the order of the file."""
    path = laid(
        tmp_path,
        ('name = "Learning"', 'name = "a/b"'),
        ("A = 12", "A = -1"),
        ('text = "η"', 'key = "nothing"'),
        ('"eta" = { at = "B2" }', '"eta" = { at = "B0" }'),
        ('"t" = { at = "K2", image = [0, 1]', '"t" = { at = "K2"'),
        ('"C_T" = { at', '"C_TT" = { at'),
    )
    keys = ["name", "widths.A", "labels[2].key", "places.eta.at", "places.t.image", "places.C_TT"]
    with pytest.raises(PageError) as refused:
        build(path, language="en")
    assert [one.key for one in refused.value.found] == [f"sheets[2].{key}" for key in keys]
    assert [re.findall(r"sheets\[2\]\.([\w.\[\]]+):", one.message) for one in check(path)] == [[key] for key in keys]


def test_beside_a_mistake_in_the_recipe(tmp_path: Path) -> None:
    """The network waits until it is known; the schema of the table does not."""
    wrong = RECIPE.replace("units = 2, activation", "units = 0, activation")
    found = check(laid(tmp_path, ('freeze = "B2"', 'freeze = "2B"'), recipe=wrong))
    assert [(one.key, "freeze" in one.message) for one in found] == [("layout", True), ("layers[1].units", False)]


def test_a_mistake_makes_no_others(tmp_path: Path) -> None:
    """What hangs on a wrong key is not told."""
    path = laid(
        tmp_path, ("epoch = [30, 0]", "epoch = 3"), ('"C" = { at = "G12"', '"C" = { at = "12"'), added(CHART),
        ('id = "data"', "id = 1"), ('each = ["epoch"]', 'each = ["image"]'), added("band = 3\n"),
    )  # fmt: skip
    with pytest.raises(PageError) as refused:
        build(path, language="en")
    keys = ["epoch", "sheets[1].id", "sheets[2].band", "sheets[2].places.C.at"]
    assert [one.key for one in refused.value.found] == keys


def test_of_many_mistakes_the_first(tmp_path: Path) -> None:
    labels = "".join(f'{{ at = "A{n}", text = true }},\n' for n in range(100, 100 + MOST + 5))
    with pytest.raises(PageError, match=r"and 5 more like these$"):
        build(laid(tmp_path, (ETA, labels + ETA)))


OVERLAPS = [  # a change and what then shares a cell
    (('"eta" = { at = "B2"', '"eta" = { at = "A2"'), "eta and label 'η' at A2 both claim Learning!A2"),
    ((ETA, ETA.replace("A2", "A2:C3")), "eta and label 'η' at A2:C3 both claim Learning!B2"),
    ((ETA, ETA.replace("A2", "A1:A2")), "label 'Exclusive or' at A1 and label 'η' at A1:A2 both claim Learning!A1"),
    (
        (ETA, '{ at = "S2:T3", cover = true }, { at = "R1:S2", text = "a" }'),
        "label '' at S2:T3 and label 'a' at R1:S2 both claim Learning!S2",
    ),
    (('"eta" = { at = "B2"', '"eta" = { at = "B35"'), "eta and C_T of epoch 2 both claim Learning!B35"),
    (('"eta" = { at = "B2"', '"eta" = { at = "A66"'), "eta and hidden.w of epoch 3 both claim Learning!A66"),
    ((ETA, ETA.replace("A2", "A65")), "label 'η' at A65 and label 'epoch {epoch}' at A5 of epoch 3 both claim"),
    (("epoch = [30, 0]", "epoch = [3, 0]"), "output.w of epoch 1 and hidden.w of epoch 2 both claim Learning!A9"),
    ((X + "[1, 0]", X + "[0, 1]"), "x claims Learning!H2 twice; mend its steps"),
    (("epoch = [30, 0]", "epoch = [-30, 0]"), "lie above or left of sheet Learning; mend the step of the epochs"),
    (("epoch = [30, 0]", "epoch = [0, -3]"), "lie above or left of sheet Learning; mend the step of the epochs"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "says"), OVERLAPS)
def test_what_does_not_fit(change: tuple[str, str], says: str, tmp_path: Path) -> None:
    path = laid(tmp_path, change)
    with pytest.raises(LayoutError) as refused:
        build(path, language="en")
    assert str(refused.value).startswith("page.toml: ")
    assert says in str(refused.value)
    assert [(one.line, one.key) for one in check(path)] == [(2, "layout")]
    assert says in check(path)[0].message


def lowered(page: str) -> str:
    """All blocks of the sheet `train` 60 rows further down."""
    first, mark, train = page.partition('[sheets.places]\n"eta"')
    return first + mark + re.sub(r'at = "([A-Z]+)(\d+)"', lambda m: f'at = "{m[1]}{int(m[2]) + 60}"', train)


def test_labels_may_not_leave_the_sheet_either(tmp_path: Path) -> None:
    """Blocks have room for epochs that go up, the labels beside them have not."""
    path = laid(tmp_path, ("epoch = [30, 0]", "epoch = [-30, 0]"), (PAGE[PAGE.index("[[sheets]]") :], ""))
    page = tmp_path / "page.toml"
    page.write_text(page.read_text("utf-8") + lowered(PAGE[PAGE.index("[[sheets]]") :]), "utf-8")
    says = r"^page\.toml: label 'epoch \{epoch\}': some of its cells lie above or left of sheet Learning"
    with pytest.raises(LayoutError, match=says):
        build(path, language="en")


def test_epochs_that_go_up_may(tmp_path: Path) -> None:
    """A negative step is no mistake where there is room."""
    path = laid(tmp_path)
    text = lowered(PAGE).replace("epoch = [30, 0]", "epoch = [-30, 0]")
    for at in ("A5", "F6"):
        assert f'{{ at = "{at}", ' in text
        text = text.replace(f'{{ at = "{at}", ', f'{{ at = "{at[0]}{int(at[1]) + 60}", ')
    (tmp_path / "page.toml").write_text(text, "utf-8")
    assert check(path) == []
    assert verify(build(path, language="en").save(tmp_path / "a.xlsx")).ok


def test_a_sum_without_cells_is_told_by_check_too(tmp_path: Path) -> None:
    each = next(line for line in PAGE.splitlines() if line.startswith('"hidden.w.each"'))
    path = laid(tmp_path, (f"{each}\n", ""))
    said = "page.toml: hidden.w.grad: hidden.w.each needs a place to be summed over image"
    with pytest.raises(LayoutError, match=re.escape(said)):
        build(path)
    assert [(one.line, one.key, one.message) for one in check(path)] == [(2, "layout", said)]


def test_a_band_with_too_few_keys(tmp_path: Path) -> None:
    """The sums of a column that has no key."""
    page = (home("templates") / "layouts" / "4-4.toml").read_text("utf-8")
    recipe = (home("templates") / "4-4.toml").read_text("utf-8").replace('layout = "4-4"', 'layout = "page.toml"')
    (tmp_path / "page.toml").write_text(page.replace('keys = [1, 2, 3, "b"]', "keys = [1, 2]", 1), "utf-8")
    (tmp_path / "mine.toml").write_text(recipe, "utf-8")
    assert re.search(r"page\.toml: .* name a key row", check(tmp_path / "mine.toml")[0].message)


def test_refusals_of_places_belong_to_the_layout(tmp_path: Path) -> None:
    """A block named like a table of the recipe: `data.image` is no key of [data]."""
    path = laid(tmp_path, ('"data.label" = { at = "B6"', '"data.label" = { at = "B4"'))
    found = check(path)
    assert [(one.line, one.key) for one in found] == [(2, "layout")]
    assert found[0].message.startswith("page.toml: data.image and data.label both claim Data!B4")


def test_a_page_beside_a_sheet_of_its_name(tmp_path: Path) -> None:
    recipe = RECIPE.replace('layout = "page.toml"', 'layout = "page.toml"\npages = ["check"]')
    name = build(laid(tmp_path, recipe=recipe), language="en").layout.sheets[-1].name
    path = laid(tmp_path, ('name = "Learning"', f'name = "{name.upper()}"'), recipe=recipe)
    with pytest.raises(LayoutError, match=f"two sheets are named '{name}'; give one of them another name"):
        build(path, language="en")


def test_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, exit code 2, and no file; `check` tells it in its own way and exits with 1."""
    monkeypatch.chdir(tmp_path)
    laid(tmp_path, ('freeze = "B2"', 'freeze = "\\u001b[31m"'))
    done = CliRunner().invoke(app, ["check", "mine.toml", "--json"])
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert [one["key"] for one in told["mistakes"]] == ["layout"]
    assert "\x1b" not in CliRunner().invoke(app, ["check", "mine.toml"]).stdout
    monkeypatch.setattr("sys.argv", ["sheetnn", "build", "mine.toml", "-o", "out.xlsx"])
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("sheetnn: page.toml: line 16: sheets[2].freeze: expected a cell")
    assert "\x1b" not in error
    assert not (tmp_path / "out.xlsx").exists()


def stored(tmp_path: Path) -> dict[str, object]:
    model = build(laid(tmp_path), language="en").model
    return dict(json.loads(model.to_json()))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"page": {}}, "sheets: this key is missing"),
        ({"page": 3}, "expected a table"),
        ({"page": []}, "expected a table"),
        ({"page": {"sheets": [{"id": "x", "name": "a/b"}]}}, "which no sheet's name may have"),
        ({"page": {"sheets": [{"id": "a", "labels": [{"at": "A1", "text": "\x00"}]}]}}, "control character"),
    ],
)  # fmt: skip
def test_a_workbook_with_a_wrong_table_is_refused(change: dict[str, object], says: str, tmp_path: Path) -> None:
    table = stored(tmp_path)
    assert from_json(json.dumps(table), "a.xlsx").page == table["page"]
    with pytest.raises(FileError, match=f"^a.xlsx: .*({says})"):
        from_json(json.dumps({**table, **change}), "a.xlsx")


def test_labels_that_cover_millions_of_cells(tmp_path: Path) -> None:
    """Refused by arithmetic, before an array of them is made."""
    labels = "".join(f'{{ at = "S{n}:XX{n + 100}", text = 1 }},\n' for n in range(200, 9000, 101))
    with pytest.raises(LayoutError, match="its labels cover more than 4,000,000 cells"):
        build(laid(tmp_path, (ETA, labels + ETA)))


@pytest.mark.parametrize("path", sorted((home("templates") / "layouts").glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_tables_pass(path: Path) -> None:
    table, mistakes = surveyed(read_toml(path))
    assert table is not None
    assert mistakes == []
