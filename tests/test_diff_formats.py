"""The formats of `diff`: each is read again by something that is not ours."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import sheetnn
from markdown_it import MarkdownIt
from workbooks import Cells, edited, workbook

NASTY = ["=1+1", "+1", "-1", "@x", "\tx", "a|b", "`x`", "``", "a\nb", "<b>", "\\|", "日本", '"q", r', "=HYPERLINK(1)"]
LEFT: Cells = {"A1": 1.0, "B2": "=A1+1", "A3": True, "C3": "x", "A4": 4.0, "A9": 9.0, "B9": 1.0}
RIGHT: Cells = {
    "A1": 1.0,
    "B2": "=A1+2",
    "A3": False,
    "C3": 3.0,
    "C4": 4.5,
    "A9": 9.5,
    "B9": 1.0,
    "C9": 2.0,
    "D1": "#N/A",
}


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    words = {f"E{row}": word for row, word in enumerate(NASTY, 20)}
    a, b = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    for path, cells, more in ((a, LEFT, "Left"), (b, RIGHT, "Right")):
        book = openpyxl.load_workbook(workbook(path, **{"S p": cells, more: {"A1": 1}, "T": {"A1": cells["A1"]}}))
        if path == b:
            for cell, word in words.items():
                book["S p"][cell] = word
                book["S p"][cell].data_type = "s"  # a text, whatever it looks like
        book.save(path)
    return a, b


def told(form: str, *words: Any) -> tuple[str, str]:
    done = sheetnn("diff", *map(str, words), "--format", form)
    assert done.returncode == 1, done.stderr
    return done.stdout, done.stderr


SPOTS = ["D1", "B2", "A3", "C3", "A4", "C4", "A9", "C9", *(f"E{row}" for row in range(20, 20 + len(NASTY)))]


def test_json(pair: Any) -> None:
    out, err = told("json", *pair)
    table = json.loads(out)
    assert err == ""
    assert out == sheetnn("diff", *map(str, pair), "--json").stdout
    assert (table["schema"], table["version"], table["ok"]) == ("sheetnn.diff/1", 1, False)
    assert [one["cell"] for one in table["differences"] if one["kind"] != "sheet"] == SPOTS
    assert [one["sheet"] for one in table["differences"] if one["kind"] == "sheet"] == ["Left", "Right"]
    assert [one["b"] for one in table["differences"] if one["cell"].startswith("E")] == NASTY
    assert table["different"] == len(table["differences"]) == len(SPOTS) + 2


def test_json_has_no_numbers_that_json_lacks(small_file: Path, tmp_path: Path) -> None:
    b = edited(small_file, tmp_path / "b.xlsx", "学习", {"G71": (None, "1e308"), "G39": (None, "-1e308")})

    def refuse(word: str) -> None:
        raise AssertionError(word)

    table = json.loads(told("json", small_file, b)[0], parse_constant=refuse)
    assert {one["cell"]: one["b"] for one in table["differences"]} == {"G71": 1e308, "G39": -1e308}


def test_csv(pair: Any) -> None:
    out, err = told("csv", *pair)
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert [row["cell"] for row in rows if row["kind"] != "sheet"] == SPOTS
    assert {row["row"] for row in rows} == {"difference"}
    by_cell = {row["cell"]: row for row in rows}
    assert (by_cell["B2"]["a"], by_cell["B2"]["b"]) == ("'=A1+1", "'=A1+2")
    assert (float(by_cell["A9"]["a"]), float(by_cell["A9"]["b"])) == (9.0, 9.5)
    assert (by_cell["A3"]["a"], by_cell["C4"]["a"], by_cell["D1"]["b"]) == ("TRUE", "", "#N/A")
    assert re.fullmatch(r"sheetnn: \d+ cells compared, 0 within tolerance, 24 different.*\n", err)


def test_csv_holds_no_formula(pair: Any, tmp_path: Path) -> None:
    a = workbook(tmp_path / "n.xlsx", S={"A1": -1.5, "A2": 2.0})
    b = workbook(tmp_path / "m.xlsx", S={"A1": -2.5, "A2": "-2.0"})
    fields = [
        text for files in (pair, (a, b)) for row in csv.reader(io.StringIO(told("csv", *files)[0])) for text in row
    ]
    dangerous = [text for text in fields if text[:1] in tuple("=+-@\t\r\n")]
    assert dangerous == ["-1.5", "-2.5"]  # numbers stay numbers
    for word in ("=1+1", "+1", "-1", "@x", "\\tx", "=HYPERLINK(1)", "-2.0"):
        assert f"'{word}" in fields
    assert "a\\nb" in fields


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a markdown text, as rows of cells, read by a parser of the format."""
    found: list[list[list[str]]] = []
    for token in MarkdownIt().enable("table").parse(text):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and found and token.level > 3:
            assert all(child.type in ("text", "code_inline") for child in token.children or ())
            found[-1][-1].append("".join(child.content for child in token.children or ()))
    return found


def test_markdown(pair: Any) -> None:
    out, err = told("markdown", *pair)
    assert err == ""
    (rows,) = tables(out)
    assert rows[0] == ["cell", "kind", "part", "name", "A", "B"]
    assert {len(row) for row in rows} == {6}
    assert [row[0] for row in rows[1:]] == [*(f"S p!{cell}" for cell in SPOTS), "Left", "Right"]
    by_cell = {row[0]: row for row in rows}
    words = [by_cell[f"S p!E{row}"][5] for row in range(20, 20 + len(NASTY))]
    assert words == [word.replace("\t", "?").replace("\n", "?") for word in NASTY]
    assert by_cell["Left"][4:] == ["present", "missing"]
    assert "24 different" in out


def listing(path: Path, sheet: str) -> list[str]:
    """A sheet as one line a cell, read by openpyxl."""
    lines = []
    for row in openpyxl.load_workbook(path)[sheet].iter_rows():
        for cell in row:
            value = cell.value
            if value is None:
                continue
            if cell.data_type == "s":
                value = '"' + value.replace("\n", "\\n").replace("\t", "\\t") + '"'
            elif isinstance(value, bool):
                value = str(value).upper()
            elif isinstance(value, int):
                value = float(value)
            lines.append(f"{cell.coordinate}: {value}")
    return lines


def applied(lines: list[str], hunks: list[str]) -> list[str]:
    """What a unified diff makes of a text: an independent reading of its heads."""
    result, at = [], 0
    for line in hunks:
        head = re.match(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@", line)
        if head:
            start = int(head[1]) - (1 if int(head[2]) else 0)
            result += lines[at:start]
            at = start
            assert len(result) == int(head[3]) - (1 if int(head[4]) else 0)
        elif line.startswith("-"):
            assert lines[at] == line[1:]
            at += 1
        elif line.startswith("+"):
            result.append(line[1:])
    return result + lines[at:]


def test_unified(pair: Any, tmp_path: Path) -> None:
    out, err = told("unified", *pair)
    assert err == ""
    lines = out.splitlines()
    heads = [line for line in lines if line.startswith(("--- ", "+++ "))]
    assert heads == [f"--- {pair[0]}!S p\t", f"+++ {pair[1]}!S p\t"]
    assert f"Only in {pair[0]}: Left" in lines
    assert f"Only in {pair[1]}: Right" in lines
    assert re.match(r"# \d+ cells compared, .* 24 different", lines[-1])
    start = lines.index(heads[1]) + 1
    end = next(n for n, line in enumerate(lines[start:], start) if line.startswith(("Only", "#")))
    before, after = listing(pair[0], "S p"), listing(pair[1], "S p")
    assert before != after
    assert applied(before, lines[start:end]) == after
    if shutil.which("patch"):
        target, diff = tmp_path / "sheet.txt", tmp_path / "sheet.diff"
        target.write_text("\n".join(before) + "\n", "utf-8")
        diff.write_text(out, "utf-8")
        subprocess.run(["patch", "-s", str(target), str(diff)], check=True, cwd=tmp_path)
        assert target.read_text("utf-8").splitlines() == after


def test_unified_tells_what_it_leaves_out(pair: Any) -> None:
    out, _ = told("unified", *pair, "--max-diffs", "2")
    assert out.splitlines()[-2] == "# ... and 22 more"


@pytest.mark.parametrize("form", ["text", "json", "markdown", "unified", "csv"])
def test_equal_files_and_two_runs(form: str, pair: Any) -> None:
    assert told(form, *pair) == told(form, *pair)
    done = sheetnn("diff", str(pair[0]), str(pair[0]), "--format", form)
    assert done.returncode == 0
    if form == "json":
        assert json.loads(done.stdout)["differences"] == []
    else:
        assert " 0 different" in done.stdout + done.stderr
