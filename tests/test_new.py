"""`new`: a recipe of each kind in each language, which checks, builds and is proved."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from pathlib import Path

import pytest
from conftest import sheetnn

from sheetnn.errors import FileError, RecipeError
from sheetnn.labels import languages
from sheetnn.recipe import examine
from sheetnn.starters import KINDS, new, starter


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", KINDS)
def test_a_starter_is_a_recipe_without_mistakes(kind: str, language: str) -> None:
    text = starter(kind, "mine", language)
    recipe, mistakes = examine(tomllib.loads(text))
    assert recipe is not None, mistakes
    assert recipe.id == "mine"
    assert text.startswith("#:schema ./recipe.schema.json\n")
    assert "{name}" not in text
    assert max(map(len, text.splitlines())) <= 140


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_explained_in_every_language(kind: str) -> None:
    """All languages have the same keys, and a comment at the same places."""
    shapes = []
    for language in languages():
        said = [line for line in starter(kind, "mine", language).splitlines() if line.startswith("# ")]
        chinese = [line for line in said if re.search(r"[\u4e00-\u9fff]", line)]
        prose = [line for line in said if " = " not in line]
        assert len(prose) >= 12
        assert len(chinese) >= len(prose) if language == "zh" else not chinese
        shapes.append(re.sub(r"(?m)^# (?!.* = ).*\n", "# ...\n", starter(kind, "mine", language)))
    assert len(set(shapes)) == 1
    (shape,) = set(shapes)
    for line in shape.splitlines():
        assert not re.match(r"#(zh|en)\b", line)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_recipe_builds_and_is_proved(kind: str, tmp_path: Path) -> None:
    done = sheetnn("new", "mine", "--kind", kind, "--lang", "en", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {"mine.toml", "mine.csv"}
    for words in (["check", "mine.toml"], ["build", "mine.toml"], ["verify", "output/mine.xlsx"]):
        done = sheetnn(*words, cwd=tmp_path)
        assert done.returncode == 0, words
        said = re.findall(r"^mine: [\d,]+ formulas are coming.+$", done.stderr, re.M)
        assert done.stderr == "".join(f"{line}\n" for line in said), words  # no warning of samples or classes
        assert words[0] == "build" or not said


@pytest.mark.parametrize("kind", KINDS)
def test_the_data_are_small_and_whole(kind: str, tmp_path: Path) -> None:
    _, data = new(tmp_path / "mine", kind)
    rows = list(csv.reader(data.read_text("utf-8").splitlines()))
    assert 20 < len(rows) < 60
    assert len({len(row) for row in rows}) == 1
    assert all(all(row) for row in rows)
    assert len({tuple(row) for row in rows}) == len(rows)


def test_a_file_that_exists_stays(tmp_path: Path) -> None:
    recipe, data = new(tmp_path / "mine")
    for path, other in ((recipe, data), (data, recipe)):
        path.write_text("mine", "utf-8")
        other.unlink()
        with pytest.raises(FileError, match="already exists"):
            new(tmp_path / "mine")
        assert path.read_text("utf-8") == "mine"
        assert not other.exists()
        new(tmp_path / "mine", force=True)
        assert path.read_text("utf-8") != "mine"


@pytest.mark.parametrize(
    ("name", "kind", "language", "needle"),
    [
        ("two words", "table", "en", "'two words' cannot be a recipe's"),
        ("-x", "table", "en", "expected a letter or digit"),
        (".toml", "table", "en", "expected a letter or digit"),
        ("a" * 81, "table", "en", "80 at most"),
        ("=1+1", "table", "en", "cannot be a recipe's"),
        ('a"b', "table", "en", "cannot be a recipe's"),
        ("none/mine", "table", "en", "folder does not exist"),
        ("mine", "tabel", "en", "did you mean 'table'"),
        ("mine", "table", "eng", "did you mean 'en'"),
    ],
)
def test_what_cannot_be(name: str, kind: str, language: str, needle: str, tmp_path: Path) -> None:
    with pytest.raises((RecipeError, FileError), match=re.escape(needle)):
        new(tmp_path / name, kind, language)
    done = sheetnn("new", f"./{name}", "--kind", kind, "--lang", language, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"sheetnn: [^\n]+\n", done.stderr)
    assert needle in done.stderr
    assert not list(tmp_path.iterdir())


def test_names_of_any_script_and_place(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    done = sheetnn("new", "sub/数字.v2.toml", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert found == {
        "schema": "sheetnn.new/1",
        "kind": "pictures",
        "recipe": "sub/数字.v2.toml",
        "data": "sub/数字.v2.csv",
    }
    assert sheetnn("check", found["recipe"], cwd=tmp_path).returncode == 0
