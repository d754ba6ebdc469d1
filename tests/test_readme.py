"""What the README shows works as it stands there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from conftest import sheetnn

from sheetnn.schema import PAGES

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CHINESE = (ROOT / "README.zh.md").read_text("utf-8")
GALLERY = (ROOT / "docs" / "gallery.md").read_text("utf-8")
VERBS = (
    "list", "new", "check", "build", "verify", "diff", "explain", "trace", "grade", "solve", "plot", "pull",
    "doctor", "info", "layout",
)  # fmt: skip


def table(text: str, holding: str) -> str:
    """The table that holds some words."""
    return next(rows for rows in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE) if holding in rows)


def fenced(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize(("text", "count"), [(README, 15), (CHINESE, 16)], ids=["README.md", "README.zh.md"])
def test_commands(text, count, tmp_path):
    lines = next(block for block in fenced("sh", text) if "sheetnn list" in block).splitlines()
    assert len(lines) == count
    sheetnn("build", "4-4", "--epochs", "10", cwd=tmp_path)
    for line in lines:
        words = shlex.split(line)[1:]
        if "all" in words:
            words[words.index("all")] = "ironcalc"  # all three have their own tests
        done = sheetnn(*words, cwd=tmp_path)
        assert done.returncode == (1 if words[0] == "diff" else 0), (line, done.stderr)


def test_python(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    codes = fenced("python")
    assert len(codes) == 2
    for code in codes:
        exec(compile(code, "README.md", "exec"), {})
    assert {path.name for path in tmp_path.iterdir()} == {"mine.xlsx", "xor-of-mine.xlsx"}


@pytest.mark.parametrize("name", ["flowers", "valley"])
def test_recipe(name, tmp_path):
    (text,) = (text for text in fenced("toml") if f'id = "{name}"' in text)
    (tmp_path / f"{name}.toml").write_text(text)
    assert sheetnn("build", f"{name}.toml", cwd=tmp_path).returncode == 0
    assert sheetnn("verify", f"output/{name}.xlsx", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_documented_and_has_an_example(verb):
    assert f"`{verb}" in README
    assert f"sheetnn {verb}" in CHINESE
    assert "Example" in sheetnn(verb, "-h").stdout


def test_no_verb_is_missing():
    commands = sheetnn("-h").stdout.partition("Commands:")[2]
    assert set(re.findall(r"^  ([a-z]+)  ", commands, re.MULTILINE)) == set(VERBS)


def test_every_recipe_is_documented():
    for name in sheetnn("list").stdout.splitlines():
        assert f"`{name.split()[0]}`" in README
        assert f"`{name.split()[0]}`" in CHINESE


def test_every_option_and_page_is_documented():
    for verb in VERBS:
        for option in set(re.findall(r"(--[a-z-]+)", sheetnn(verb, "-h").stdout)) - {"--help"}:
            assert option in README, (verb, option)
    for page in PAGES:
        assert f"`{page}`" in README
        assert f"`{page}`" in CHINESE


@pytest.mark.parametrize("text", [README, CHINESE], ids=["README.md", "README.zh.md"])
def test_what_is_shown_exists(text):
    assert tuple(re.findall(r"^\|(?:[^|]*\|)? `(\w+)` \|", table(text, "`contents`"), re.MULTILINE)) == PAGES
    verbs = {verb: set(re.findall(r"--?[a-z-]+", sheetnn(verb, "-h").stdout)) for verb in VERBS}
    commands = re.findall(r"(?<=`)sheetnn [^`\n]+|(?<=^)sheetnn .+", text, re.MULTILINE)
    assert len(commands) > 10
    for command in commands:
        verb, *words = shlex.split(command)[1:]
        assert {word for word in words if word.startswith("-")} <= verbs.get(verb, set()), command
    assert set(re.findall(r"`(--[a-z-]+)", text)) <= set().union(*verbs.values())
    recipes = {line.split()[0] for line in sheetnn("list").stdout.splitlines()}
    assert (
        set(re.findall(r"`([^`]+)`", "\n".join(re.findall(r"^\|([^|]+)\|", table(text, "`1-2`"), re.M)))) == recipes
    )


def test_every_picture_is_drawn_and_shown():
    script = (ROOT / "docs" / "pictures.py").read_text("utf-8")
    drawn = set(re.findall(r'^    "([\w-]+\.png)": ', script, re.MULTILINE))
    assert drawn == {path.name for path in (ROOT / "docs").glob("*.png")}
    for name in drawn:
        assert f"]({name})" in GALLERY or f"](docs/{name})" in README + CHINESE, name
    assert all(path.stat().st_size < 300_000 for path in (ROOT / "docs").glob("*.png"))


def test_pictures_exist():
    shown = re.findall(r"\[[^]]*\]\(([^)]+)\)", README + CHINESE)
    assert len(shown) > 10
    for name in shown:
        assert name.startswith("http") or (ROOT / name).is_file(), name
