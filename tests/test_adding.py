"""The pages of docs/adding: every change of every page is made in a copy of the package, and every command run.

What is built there is held to central differences and to functions of other libraries; and what is wrong in a row on
purpose is found.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sheetnn.data import home
from sheetnn.labels import languages, words
from sheetnn.rules.pages import NEEDS
from sheetnn.schema import PAGES
from sheetnn.views import PAGES as MADE

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs" / "adding"
EXAMPLES = ("activation", "cost", "pooling", "op", "page", "language")
PIECE = re.compile(r"^`([\w./-]+)`(?:, a new file)?$|^```(\w+)\n(.*?)^```$", re.M | re.S)


class Copy:
    """A copy of the package in which a page's example was carried out."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "package"
        self.work = folder / "work"
        self.work.mkdir(parents=True)
        self.commands: list[tuple[str, subprocess.CompletedProcess[str]]] = []
        skip = shutil.ignore_patterns("__pycache__", "templates", "data")
        shutil.copytree(ROOT / "sheetnn", self.root / "sheetnn", ignore=skip)
        for name in ("templates", "data"):
            shutil.copytree(home(name), self.root / name)

    def follow(self, page: str) -> Copy:
        """Do what the page says, from top to bottom."""
        path = ""
        for name, kind, text in PIECE.findall(page):
            if name:
                path = name
            elif kind == "diff":
                self.change(path, text)
            elif kind == "sh":
                for line in text.splitlines():
                    self.run(line)
            else:
                where = (self.root if "/" in path else self.work) / path
                assert not where.exists(), f"{path} is not new"
                where.write_text(text, "utf-8")
        return self

    def change(self, path: str, diff: str) -> None:
        """Lines with `+` come, lines with `-` go, the others stand there already, once."""
        lines = [(line[:1] or " ", line[1:]) for line in diff.splitlines()]
        assert {mark for mark, _ in lines} <= {" ", "+", "-"}
        old = "".join(f"{line}\n" for mark, line in lines if mark != "+")
        new = "".join(f"{line}\n" for mark, line in lines if mark != "-")
        file = self.root / path
        text = file.read_text("utf-8")
        assert text.count(old) == 1, f"{path} has {text.count(old)} times:\n{old}"
        file.write_text(text.replace(old, new), "utf-8")

    def run(self, line: str) -> None:
        verb, *rest = shlex.split(line)
        if verb == "cp":
            source, target = rest
            assert not (self.root / target).exists()
            shutil.copy(self.root / source, self.root / target)
            return
        assert verb == "sheetnn"
        self.commands.append((line, self.python("-m", "sheetnn", *rest)))

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(self.root)}
        return subprocess.run(
            [sys.executable, *arguments], cwd=self.work, env=environment, capture_output=True, text=True
        )

    def told(self, program: str) -> dict[str, object]:
        """What a program that runs in the copy prints as JSON."""
        done = self.python("-c", textwrap.dedent(program))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Copy]:
    """A copy for each page, made when first asked for."""

    class Copies(dict[str, Copy]):
        def __missing__(self, page: str) -> Copy:
            text = (DOCS / f"{page}.md").read_text("utf-8")
            self[page] = Copy(tmp_path_factory.mktemp(page)).follow(text)
            return self[page]

    return Copies()


@pytest.mark.parametrize("page", EXAMPLES)
def test_the_example_runs(page: str, followed: dict[str, Copy]) -> None:
    commands = followed[page].commands
    assert [line for line, _ in commands if " verify " in line], "each page proves what it builds"
    for line, done in commands:
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        if " verify " in line:
            assert re.search(r"ironcalc: [\d,]+ cells, all agree; .*restored the false value", done.stdout), line


def test_every_page_is_in_the_list() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    assert re.findall(r"\]\((\w+)\.md\)", index) == list(EXAMPLES)
    assert sorted(path.stem for path in DOCS.glob("*.md")) == sorted([*EXAMPLES, "README"])


GRADIENTS = """
    import json
    import numpy as np
    from sheetnn import build
    book = build("{recipe}")
    graph, values, worst, count = book.graph, book.values, 0.0, 0
    gradients = [name for name in values if name.endswith(".grad") and "/" not in name]
    for name in gradients:
        start = graph[name.removesuffix(".grad")].start
        for spot in np.ndindex(*start.shape):
            costs = []
            for step in (1e-5, -1e-5):
                moved = start.copy()
                moved[spot] += step
                costs.append(graph.evaluate({{name.removesuffix(".grad"): moved}})["C_T"][0])
            worst = max(worst, abs((costs[0] - costs[1]) / 2e-5 - values[name][0][spot]))
            count += 1
    reach = max(float(np.abs(values[name]).max()) for name in gradients)
    print(json.dumps({{"worst": float(worst), "count": count, "reach": reach}}))
"""
TRAINED = {"activation": ("soft", 47), "cost": ("robust", 47), "pooling": ("summed", 47), "op": ("middle", 27)}
"""Recipes and their numbers of parameters: 3·12+3+2·3+2, the same, 2·9+2+3·8+3 and 3·4+3+3·3+3."""


@pytest.mark.parametrize("page", TRAINED)
def test_gradients_agree_with_central_differences(page: str, followed: dict[str, Copy]) -> None:
    recipe, parameters = TRAINED[page]
    found = followed[page].told(GRADIENTS.format(recipe=f"{recipe}.toml"))
    assert found["count"] == parameters
    assert found["reach"] > 0.1
    assert found["worst"] < 1e-6


def test_the_activation_is_softplus(followed: dict[str, Copy]) -> None:
    """numpy.logaddexp and scipy's logistic function, also where e^z overflows."""
    found = followed["activation"].told("""
        import json
        import numpy as np
        from scipy.special import expit
        from sheetnn.functions import ACTIVATIONS
        row, z = ACTIVATIONS["softplus"], np.array([-1e4, -700, -30, -1, 0, 0.5, 40, 1e4])
        print(json.dumps({
            "value": np.allclose(row.value(z), np.logaddexp(0, z), rtol=1e-15, atol=1e-15).__bool__(),
            "slope": np.allclose(row.slope_value(z, row.value(z)), expit(z), rtol=1e-14, atol=1e-300).__bool__(),
        }))
    """)
    assert found == {"value": True, "slope": True}


def test_the_cost_is_huber(followed: dict[str, Copy]) -> None:
    """scipy.special.huber of the distances, and both of its branches are in use."""
    found = followed["cost"].told("""
        import json
        import numpy as np
        from scipy.special import huber
        from sheetnn import build
        book = build("robust.toml")
        apart = book.values["t"] - book.values["output.a"][0]
        print(json.dumps({
            "same": bool(np.allclose(huber(0.5, apart).sum(), book.values["C_T"][0], rtol=1e-13)),
            "far": int((abs(apart) > 0.5).sum()), "near": int((abs(apart) <= 0.5).sum()),
        }))
    """)
    assert found["same"]
    assert found["far"] > 0
    assert found["near"] > 0


def test_the_pooling_adds_up(followed: dict[str, Copy]) -> None:
    found = followed["pooling"].told("""
        import json
        import numpy as np
        from sheetnn import build
        book = build("summed.toml")
        maps, pooled = book.values["conv.a"][0], book.values["pool.a"][0]
        sums = maps[..., ::2, ::2] + maps[..., ::2, 1::2] + maps[..., 1::2, ::2] + maps[..., 1::2, 1::2]
        print(json.dumps({"shape": pooled.shape, "same": bool(np.allclose(sums, pooled, rtol=1e-14))}))
    """)
    assert found == {"shape": [96, 2, 2, 2], "same": True}


def test_the_op_takes_the_mean(followed: dict[str, Copy]) -> None:
    """By hand: 1, 2, 6 have the mean 3; 0, 0, 3 the mean 1."""
    found = followed["op"].told("""
        import json
        from sheetnn import build
        book = build("middle.toml")
        print(json.dumps({
            "own": book.values["own.centred"].tolist(), "sums": abs(book.values["hidden.c"].sum(axis=-1)).max()
        }))
    """)
    assert found["own"] == [[-2, -1, 3], [-1, -1, 2]]
    assert found["sums"] < 1e-12


def test_the_page_lists_the_largest_weights(followed: dict[str, Copy]) -> None:
    found = followed["page"].told("""
        import json, openpyxl
        import numpy as np
        from sheetnn import build
        book = build("heavy.toml")
        page = openpyxl.load_workbook("heavy.xlsx", data_only=True)["Weights"]
        shown = [[page.cell(5 + epoch, 3 + layer).value for layer in (0, 1)] for epoch in range(3)]
        largest = [[float(np.abs(book.values[f"{name}.w"][epoch]).max()) for name in ("conv", "output")]
                   for epoch in range(3)]
        print(json.dumps({"same": shown == largest, "title": page["B1"].value, "head": page["D4"].value}))
    """)
    assert found == {"same": True, "title": "The largest weight of each layer, by epoch", "head": "output"}


def test_the_page_is_refused_where_it_cannot_be(followed: dict[str, Copy]) -> None:
    copy = followed["page"]
    text = (copy.work / "heavy.toml").read_text("utf-8")
    (copy.work / "solver.toml").write_text(re.sub(r"\[training\].*?\n\n", "", text, flags=re.S), "utf-8")
    done = copy.python("-m", "sheetnn", "check", "solver.toml")
    assert done.returncode == 1
    assert "'weights' needs a network with [training]" in done.stdout


def test_the_language_is_in_the_workbook(followed: dict[str, Copy]) -> None:
    copy = followed["language"]
    found = copy.told("""
        import json, openpyxl
        book = openpyxl.load_workbook("4-4.xlsx")
        texts = {cell.value for page in book for row in page.iter_rows() for cell in row}
        print(json.dumps({"sheets": book.sheetnames, "words": ["Lernrate η" in texts, "Epoche 2" in texts]}))
    """)
    assert {"Lernen", "Prüfung", "Contents"} <= set(found["sheets"])  # type: ignore[call-overload]
    assert found["words"] == [True, True]
    assert "# The first line lets editors complete keys" in (copy.work / "first.toml").read_text("utf-8")


def test_a_word_that_a_language_lacks_is_told(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    copy.run("cp sheetnn/labels/en.toml sheetnn/labels/xx.toml")
    copy.change("sheetnn/labels/xx.toml", '-"sheet.try" = "Try it"\n')
    done = copy.python("-m", "sheetnn", "build", "4-4", "--epochs", "1", "--lang", "xx")
    assert done.returncode == 2
    assert done.stderr == "sheetnn: language 'xx' has no word for 'sheet.try'; add it to xx.toml\n"


# -- what is wrong is found ---------------------------------------------------------------------------------------

WRONG = {
    "formula of the activation": ("LN(1+EXP(-ABS({z})))", "LN(1.001+EXP(-ABS({z})))", False),
    "formula of the slope": ('"1/(1+EXP(MIN(-{z},700)))",\n+        lambda', '"1/(1+{z})",\n+        lambda', False),
    "the slope itself": (
        '+        "1/(1+EXP(MIN(-{z},700)))",\n+        lambda z, a: _sigmoid(z),',
        '+        "{z}*1",\n+        lambda z, a: z * 1,',
        True,
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_row_is_found(fault: str, tmp_path: Path) -> None:
    """`verify` finds a formula that is not its NumPy; central differences find a slope that is not the function's."""
    page = (DOCS / "activation.md").read_text("utf-8")
    old, new, verified = WRONG[fault]
    assert page.count(old) == 1
    page = page.replace(old, new).replace(', "step", "cost", "check", "try"]', "]")
    copy = Copy(tmp_path).follow(page)
    codes = {line.split()[1]: done.returncode for line, done in copy.commands}
    assert codes == {"check": 0, "build": 0, "verify": 0 if verified else 1}
    if verified:
        assert copy.told(GRADIENTS.format(recipe="soft.toml"))["worst"] > 1e-3  # type: ignore[operator]


def test_a_function_off_the_list_is_refused(tmp_path: Path) -> None:
    page = (DOCS / "activation.md").read_text("utf-8").replace('"MAX({z},0)+LN(1', '"MAX({z},0)+LOG1P(EXP(0)*1')
    build = Copy(tmp_path).follow(page).commands[1][1]
    assert build.returncode == 2
    assert "LOG1P is not on the list of portable functions" in build.stderr


# -- tables that have to agree ------------------------------------------------------------------------------------


def test_pages_of_the_schema_are_made_and_have_needs() -> None:
    assert set(PAGES) == set(MADE)
    assert {page for need in NEEDS for page in need.pages if "[training]" in need.said} == set(PAGES)


@pytest.mark.parametrize("language", languages())
def test_a_language_is_whole(language: str) -> None:
    """The same keys and the same words in braces as in English, and names of sheets that a workbook takes."""
    english, table = words("en").table, words(language).table
    assert set(table) == set(english)
    for key, text in table.items():
        assert sorted(re.findall(r"(?<![\^_])\{\w+\}", text)) == sorted(
            re.findall(r"(?<![\^_])\{\w+\}", english[key])
        ), key
    sheets = [text for key, text in table.items() if key.startswith("sheet.")]
    assert len({name.casefold() for name in sheets}) == len(sheets)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in sheets)
