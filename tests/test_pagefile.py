"""`layout`: a computed layout as a table, which gives the same cells when it is read back; docs/layout.md is run."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sheetnn.cli import app
from sheetnn.data import home
from sheetnn.difference import diff
from sheetnn.errors import LayoutError, SheetnnError
from sheetnn.page_schema import TABLES, PlaceEntry
from sheetnn.pagefile import write_layout
from sheetnn.verifier import verify
from sheetnn.workbook import build

DOC = Path(__file__).parent.parent / "docs" / "layout.md"
GALLERY = ("xor", "iris", "curve", "cnn")


def again(recipe: str, layout: str, folder: Path) -> tuple[Path, Path]:
    """A gallery recipe in a computed layout, and in the table written of that."""
    text = (home("templates") / f"{recipe}.toml").read_text("utf-8")
    bare = re.sub(r"(?m)^(layout|pages) = .*\n", "", text)
    epochs = re.sub(r"(?m)^epochs = \d+", "epochs = 3", bare)
    made = []
    for name in (layout, "page.toml"):
        path = folder / f"{Path(name).stem}.toml.toml"
        path.write_text(epochs.replace("\n\n", f'\nlayout = "{name}"\n\n', 1), "utf-8")
        made.append(path)
    write_layout(str(made[0]), folder / "page.toml", "en")
    return made[0], made[1]


@pytest.mark.parametrize("layout", ["stacked", "right"])
@pytest.mark.parametrize("recipe", GALLERY)
def test_the_table_gives_the_same_cells(recipe: str, layout: str, tmp_path: Path) -> None:
    one, other = (build(path, language="en") for path in again(recipe, layout, tmp_path))
    assert one.recipe.layout == layout
    assert other.recipe.layout == "page.toml"
    assert list(one.cells()) == list(other.cells())
    assert sorted(map(repr, one.layout.labels)) == sorted(map(repr, other.layout.labels))
    assert one.layout.solvers == other.layout.solvers
    sheets = [[(s.id, s.name, s.freeze) for s in book.layout.sheets] for book in (one, other)]
    assert sheets[0] == sheets[1]
    assert verify(other.save(tmp_path / "other.xlsx")).ok
    result = diff(one.save(tmp_path / "one.xlsx"), tmp_path / "other.xlsx", sheets=[s[1] for s in sheets[0]])
    assert result.ok


def test_a_moved_block_moves(tmp_path: Path) -> None:
    """The comparison above tells: one step to the right, and its cells are others."""
    one, path = again("xor", "stacked", tmp_path)
    page = tmp_path / "page.toml"
    text = page.read_text("utf-8")
    at = tomllib.loads(text)["sheets"][1]["places"]["eta"]["at"]
    page.write_text(text.replace(f'"eta" = {{ at = "{at}"', '"eta" = { at = "B2"'), "utf-8")
    assert '"eta" = { at = "B2"' in page.read_text("utf-8")
    assert list(build(one).cells()) != list(build(path).cells())
    assert verify(build(path).save(tmp_path / "moved.xlsx")).ok


def test_a_page_of_the_book_is_handed_out_as_it_is(tmp_path: Path) -> None:
    target = write_layout("4-4", tmp_path / "page.toml")
    assert target.read_bytes() == (home("templates") / "layouts" / "4-4.toml").read_bytes()
    recipe = (home("templates") / "4-4.toml").read_text("utf-8").replace('layout = "4-4"', 'layout = "page.toml"')
    (tmp_path / "mine.toml").write_text(recipe, "utf-8")
    assert list(build(tmp_path / "mine.toml", epochs=2).cells()) == list(build("4-4", epochs=2).cells())


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"2-11: the table of a \[function\] has one layout"):
        write_layout("2-11", tmp_path / "page.toml")
    (tmp_path / "s.toml").write_text(
        'id = "s"\nlayout = "sheets"\ndata = { table = "xor.csv" }\nlayers = [{ name = "o", units = 2 }]\n'
        "random = { seed = 1 }\ntraining = { eta = 1, epochs = 2 }\n"
    )
    with pytest.raises(LayoutError, match="a sheet for each epoch, which no table can say; begin with"):
        write_layout(str(tmp_path / "s.toml"), tmp_path / "page.toml")
    with pytest.raises(SheetnnError, match=r"page\.xlsx.*\.toml"):
        write_layout("xor", tmp_path / "page.xlsx")
    assert not list(tmp_path.glob("page*"))
    write_layout("xor", tmp_path / "page.toml")
    with pytest.raises(SheetnnError, match="exists"):
        write_layout("xor", tmp_path / "page.toml")


def test_an_axis_that_a_block_does_not_have(tmp_path: Path) -> None:
    _, path = again("xor", "right", tmp_path)
    page = tmp_path / "page.toml"
    page.write_text(page.read_text("utf-8").replace('"C" = { at = "', '"C" = { imgae = [0, 1], at = "'), "utf-8")
    with pytest.raises(
        LayoutError, match=r"page\.toml: line \d+: .*\.C\.imgae: C has no axis 'imgae'; .*did you mean 'image'\?"
    ):
        build(path)


def test_a_block_and_a_label_in_one_cell(tmp_path: Path) -> None:
    """A file with two cells of one address opens nowhere."""
    _, path = again("xor", "stacked", tmp_path)
    page = tmp_path / "page.toml"
    page.write_text(re.sub(r'"eta" = \{ at = "\w+"', '"eta" = { at = "A3"', page.read_text("utf-8")), "utf-8")
    with pytest.raises(LayoutError, match=r"page\.toml: eta and label '.*' at A3 both claim .*!A3; move one of them"):
        build(path).save(tmp_path / "out.xlsx")
    assert not list(tmp_path.glob("*.xlsx"))


def test_verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["layout", "xor", "--lang", "en", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"schema": "sheetnn.layout/1", "recipe": "xor", "layout": "xor-layout.toml"}
    assert tomllib.loads(Path("xor-layout.toml").read_text("utf-8"))["sheets"][0]["id"] == "data"
    assert CliRunner().invoke(app, ["layout", "xor"]).exit_code != 0


def test_the_page_of_the_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe, page = re.findall(r"```toml\n(.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    (tmp_path / "mine.toml").write_text(recipe, "utf-8")
    (tmp_path / "page.toml").write_text(page, "utf-8")
    book = build(tmp_path / "mine.toml", language="en")
    assert [sheet.name for sheet in book.layout.sheets] == ["Data", "Learning"]
    assert verify(book.save(tmp_path / "mine.xlsx")).ok
    commands = re.findall(r"(?m)^sheetnn (layout .*?)(?: *#.*)?$", DOC.read_text("utf-8"))
    monkeypatch.chdir(tmp_path)
    for command in commands:
        assert CliRunner().invoke(app, [*command.split(), "--force"]).exit_code == 0
    assert commands


def test_the_documentation_names_every_key() -> None:
    text = DOC.read_text("utf-8")
    keys = {key for table in (*TABLES.values(), PlaceEntry) for key in table.model_fields}
    assert not [key for key in keys if f"`{key}`" not in text]
