"""`grade`: learners simulated with openpyxl, their answers worked out by LibreOffice and by plain arithmetic here."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import demanded, sheetnn
from openpyxl.worksheet.worksheet import Worksheet

import sheetnn as package
from sheetnn.errors import FileError, RecipeError
from sheetnn.grading import Grade, grade
from sheetnn.workbook import Workbook, build, exercise
from sheetnn.writer import STORE

Cells = dict[str, list[str]]
"""Addresses of a block's cells, in the order of its elements."""


def addresses(book: Workbook, name: str) -> list[str]:
    rows, columns = book.layout.places[name].cells(book.graph[name].axes)
    return [
        f"{openpyxl.utils.get_column_letter(int(column))}{row}"
        for row, column in zip(rows.ravel(), columns.ravel(), strict=True)
    ]


def by_libreoffice(folder: Path, *paths: Path) -> list[Path]:
    """Copies that LibreOffice calculated: openpyxl drops every stored value before."""
    demanded("libreoffice")
    folder.mkdir(exist_ok=True)
    bare = [folder / path.name for path in paths]
    for path, target in zip(paths, bare, strict=True):
        openpyxl.load_workbook(path).save(target)
    profile = (folder / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", str(folder / "out"), *map(str, bare)], check=True, capture_output=True)
    return [folder / "out" / path.name for path in paths]


class Course:
    """An exercise with its solution, and the right numbers as LibreOffice finds them (see `courses`)."""

    def __init__(self, recipe: str, part: str, folder: Path, language: str = "en") -> None:
        blank, solved = exercise(recipe, part, image=2, language=language)
        self.folder, self.blank = folder / f"{recipe}-{part}-{language}", blank
        self.folder.mkdir()
        self.exercise = blank.save(self.folder / f"{blank.name}.xlsx")
        self.solution = solved.save(self.folder / f"{solved.name}.xlsx")
        names = [block.name for block in blank.graph if block.role == "answer"]
        self.cells: Cells = {name: addresses(blank, name) for name in names}
        self.all: dict[str, list[float]] = {}
        self.right: dict[str, list[float]] = {}

    def look(self, calculated: Path) -> None:
        page = openpyxl.load_workbook(calculated, data_only=True).worksheets[0]
        self.all = {name: [page[cell].value for cell in self.given(name)] for name in self.blank.layout.places}
        self.right = {name: [round(number, 3) for number in self.all[name]] for name in self.cells}

    def learner(self, name: str, change: Callable[[Worksheet, Course], object] = lambda page, course: None) -> Path:
        """Everything right, then a change."""
        book = openpyxl.load_workbook(self.exercise)
        for block, cells in self.cells.items():
            for cell, number in zip(cells, self.right[block], strict=True):
                assert book.worksheets[0][cell].value is None
                book.worksheets[0][cell] = number
        change(book.worksheets[0], self)
        target = self.folder / f"{name}.xlsx"
        book.save(target)
        return target

    def given(self, name: str) -> list[str]:
        return addresses(self.blank, name)


COURSES = [
    *((recipe, part, "en") for recipe in ("4-4", "5-6") for part in ("forward", "delta", "gradient", "update")),
    ("4-4", "delta", "zh"),
    ("5-6", "forward", "zh"),
]


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], Course]:
    """All of them, calculated in one run of LibreOffice."""
    folder = tmp_path_factory.mktemp("courses")
    made = {words: Course(words[0], words[1], folder, words[2]) for words in COURSES}
    renamed = [shutil.copyfile(one.solution, folder / f"{'-'.join(words)}.xlsx") for words, one in made.items()]
    for one, path in zip(made.values(), by_libreoffice(folder / "lo", *renamed), strict=True):
        one.look(path)
    return made


@pytest.fixture
def course(courses: dict[tuple[str, str, str], Course]) -> Course:
    """4-4, the unit errors of the second image."""
    return courses["4-4", "delta", "en"]


def one(key: Any, path: Path) -> Grade:
    (found,) = grade(key, path)
    assert not found.trouble, found.trouble
    return found


# -- the answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", COURSES, ids="-".join)
def test_what_libreoffice_finds_is_fully_right(words: tuple[str, str, str], courses: dict[Any, Course]) -> None:
    course, recipe = courses[words], words[0]
    path = course.learner("anna")
    for key in (course.solution, recipe):
        found = one(key, path)
        assert (found.ok, found.score, found.first, found.changed, found.remarks) == (True, 1, None, (), ())
        assert found.asked == sum(map(len, course.cells.values()))
        assert list(found.parts) == list(course.cells)
    wrong = course.learner("ben", lambda page, course: _set(page, next(iter(course.cells.values()))[0], 77))
    assert one(course.solution, wrong).right < found.asked


def _set(page: Worksheet, cell: str, value: object) -> None:
    page[cell] = value


def test_nothing_filled_in_is_nothing_right(course: Course) -> None:
    found = one(course.solution, course.exercise)
    assert (found.right, found.score) == (0, 0)
    assert found.first is not None
    assert found.first.told.startswith("output.da[1] is blank; it follows ")
    assert not found.remarks


def test_a_mistake_is_counted_once_and_named(course: Course) -> None:
    """A wrong ∂C/∂a, and δ worked out from it by hand: one cell wrong of ten."""
    slopes, w = course.all["output.slope"], course.all["output.w"]
    da = [0.9, course.all["output.da"][1]]
    delta = [round(a * s, 4) for a, s in zip(da, slopes, strict=True)]
    below = [round(delta[0] * w[j] + delta[1] * w[3 + j], 4) for j in range(3)]
    hidden = [round(a * s, 4) for a, s in zip(below, course.all["hidden.slope"], strict=True)]

    def consistent(page: Worksheet, course: Course) -> None:
        page[course.cells["output.da"][0]] = 0.9
        for block, numbers in (("output.delta", delta), ("hidden.da", below), ("hidden.delta", hidden)):
            for cell, number in zip(course.cells[block], numbers, strict=True):
                page[cell] = number

    found = one(course.solution, course.learner("consistent", consistent))
    theirs = course.all["hidden.delta"]  # by the solution's own numbers it would be wrong
    assert max(abs(mine - other) for mine, other in zip(hidden, theirs, strict=True)) > 0.001
    assert (found.right, found.asked) == (9, 10)
    assert found.parts == {"output.da": (1, 2), "output.delta": (2, 2), "hidden.da": (3, 3), "hidden.delta": (3, 3)}
    assert found.first is not None
    expected = f"{course.all['output.da'][0]:.5f}".rstrip("0")
    assert found.first.told == f"output.da[1]: you have 0.9, it follows {expected} from your own earlier cells"

    found = one(course.solution, course.learner("not", lambda page, c: _set(page, c.cells["output.da"][0], 0.9)))
    assert [answer.where for answer in found.answers if not answer.right] == ["output.da[1]", "output.delta[1]"]


def test_the_first_wrong_step_is_the_first_in_the_order_of_work(course: Course) -> None:
    def two(page: Worksheet, course: Course) -> None:
        page[course.cells["hidden.delta"][2]] = 5
        page[course.cells["output.delta"][1]] = course.all["output.delta"][1] + 0.01

    found = one(course.solution, course.learner("two", two))
    assert found.first is not None
    assert found.first.where == "output.delta[2]"
    assert found.first.cell == course.cells["output.delta"][1]
    blank = course.learner("blank first", lambda page, c: (_set(page, c.cells["output.da"][0], None), two(page, c)))
    assert one(course.solution, blank).first.where == "output.delta[2]"  # a wrong one before a blank one


def test_tolerance_is_that_of_the_exercise(course: Course) -> None:
    cell, exact = course.cells["hidden.delta"][1], course.all["hidden.delta"][1]

    def off(page: Worksheet, course: Course, by: float) -> None:
        for block, cells in course.cells.items():
            for one_cell, number in zip(cells, course.all[block], strict=True):
                page[one_cell] = number
        page[cell] = exact + by

    for by, right in ((0.00059, True), (-0.00059, True), (0.00062, False), (-0.00062, False)):
        found = one(course.solution, course.learner("off", lambda p, c, by=by: off(p, c, by)))
        assert found.ok == right, by


def test_rounding_on_the_page_or_at_the_end_is_right(courses: dict[Any, Course], tmp_path: Path) -> None:
    """Worked out from the answers as they stand, or from all decimals, is right; from neither it is not."""
    course, key = courses["4-4", "forward", "en"], tmp_path / "solution.xlsx"
    book = openpyxl.load_workbook(course.solution)
    book.worksheets[0][course.given("tolerance")[0]] = 0.05
    book.save(key)
    w, b = course.all["output.w"], course.all["output.b"]

    def answers(page: Worksheet, a: list[float], z: list[float]) -> None:
        page[course.given("tolerance")[0]] = 0.05
        for name, numbers in (("hidden.a", a), ("output.z", z)):
            for cell, number in zip(course.cells[name], numbers, strict=True):
                page[cell] = number

    a = [number + (0.049 if w[j] > 0 else -0.049) for j, number in enumerate(course.all["hidden.a"])]
    from_page = [sum(w[3 * k + j] * a[j] for j in range(3)) + b[k] for k in range(2)]
    at_end = course.all["output.z"]
    neither = [(x + y) / 2 + 0.2 for x, y in zip(from_page, at_end, strict=True)]
    for z, right in ((from_page, 2), (at_end, 2), (neither, 0)):
        found = one(key, course.learner("rounded", lambda p, c, z=z: answers(p, a, z)))
        assert found.parts["output.z"] == (right, 2)
    assert max(abs(x - y) for x, y in zip(from_page, at_end, strict=True)) > 0.05


def test_blanks_are_not_answered_and_later_cells_go_on(course: Course) -> None:
    def without_first(page: Worksheet, course: Course) -> None:
        for cell in course.cells["output.da"]:
            page[cell] = None

    found = one(course.solution, course.learner("gaps", without_first))
    assert found.parts == {"output.da": (0, 2), "output.delta": (2, 2), "hidden.da": (3, 3), "hidden.delta": (3, 3)}
    assert found.score == 0.8


TEXTS = {
    "0.123": 0.123, " 0.123 ": 0.123, "0,123": 0.123, "−0.5": -0.5, "-,5": -0.5, "+1": 1,
    "１．５": 1.5, "1e-3": 0.001,
    "1,234.5": None, "0.1.2": None, "about 0.1": None, "1/8": None, "nan": None, "inf": None, "1e999": None, "": None,
    "0x1": None, "1_0": None, "٣": None, "=0.5": None,
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_numbers_typed_as_text(text: str) -> None:
    from sheetnn.submission import number

    expected = TEXTS[text]
    assert number(text) == expected or (expected is None and number(text) != number(text))


def test_text_counts_as_the_number_that_it_reads(course: Course) -> None:
    def texts(page: Worksheet, course: Course) -> None:
        for n, cell in enumerate(course.cells["hidden.da"]):
            text = f"{course.right['hidden.da'][n]:.3f}"
            page[cell] = (text, text.replace(".", ","), f" {text} ")[n]
        page[course.cells["hidden.delta"][0]] = "a third"
        page[course.cells["hidden.delta"][1]] = "   "

    found = one(course.solution, course.learner("texts", texts))
    assert found.parts["hidden.da"] == (3, 3)
    assert found.parts["hidden.delta"] == (1, 3)
    assert "3 numbers typed as text were taken as numbers" in found.remarks
    assert "hidden.delta[1]: you have a third, it follows" in found.first.told
    assert found.answers[-2].blank


def test_formulas_count_by_their_value(course: Course) -> None:
    """Saved by openpyxl they have none: an engine works them out; saved by LibreOffice they have one."""
    output_a, t = course.given("output.a"), course.given("t")

    def typed(page: Worksheet, course: Course) -> None:
        page[course.cells["output.da"][0]] = f"={output_a[0]}-{t[0]}"
        page[course.cells["output.da"][1]] = "=NOSUCH(1)"

    path = course.learner("formulas", typed)
    for file in (path, *by_libreoffice(course.folder / "formulas", path)):
        found = one(course.solution, file)
        assert found.parts["output.da"] == (1, 2), file
        assert "#NAME?" in found.first.told


def test_a_formula_without_a_value_where_no_engine_is(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    from sheetnn.engines.ironcalc import IronCalc

    monkeypatch.setattr(IronCalc, "installed", lambda self: False)
    found = one(course.solution, course.learner("no engine", lambda p, c: _set(p, c.cells["output.da"][0], "=1-1")))
    assert found.parts["output.da"] == (1, 2)
    assert "output.da[1]: you have =1-1, it follows" in found.first.told
    assert any("1 formulas have no value, and could not be recalculated" in remark for remark in found.remarks)


def test_huge_answers_are_wrong_and_nothing_else(course: Course) -> None:
    def huge(page: Worksheet, course: Course) -> None:
        page[course.cells["output.da"][0]] = 1e308
        page[course.cells["output.da"][1]] = True

    found = one(course.solution, course.learner("huge", huge))
    assert found.parts == {"output.da": (0, 2), "output.delta": (2, 2), "hidden.da": (3, 3), "hidden.delta": (3, 3)}


@pytest.mark.parametrize("words", [COURSES[0], COURSES[5]], ids="-".join)
def test_saved_by_libreoffice_graded_the_same(words: tuple[str, str, str], courses: dict[Any, Course]) -> None:
    course = courses[words]
    block = list(course.cells)[1]

    def wrong(page: Worksheet, course: Course) -> None:
        page[course.cells[block][0]] = 0.777
        page[course.cells[block][1]] = None
        page[course.given("x")[3]] = 0.5

    path = course.learner("wrong", wrong)
    mine, theirs = (one(course.solution, file) for file in (path, *by_libreoffice(course.folder / "saved", path)))
    assert 0 < mine.right < mine.asked
    assert [(a.where, a.right) for a in mine.answers] == [(a.where, a.right) for a in theirs.answers]
    assert (
        [(c.where, c.got) for c in mine.changed]
        == [(c.where, c.got) for c in theirs.changed]
        == [("x[2,1]" if words[0] == "4-4" else "x[1,4]", 0.5)]
    )


# -- who would cheat -----------------------------------------------------------------------------------------


def test_changed_givens_are_listed_and_count_against(course: Course) -> None:
    def change(page: Worksheet, course: Course) -> None:
        page[course.given("eta")[0]] = 0.5
        page[course.given("output.w")[4]] = "0"
        page[course.given("x")[0]] = None

    found = one(course.solution, course.learner("givens", change))
    assert {(c.where, c.got) for c in found.changed} == {("eta", 0.5), ("output.w[2,2]", "0"), ("x[1,1]", None)}
    assert (found.right, found.asked, found.ok) == (10, 10, False)
    assert found.score == 10 / 13


def zeroed(page: Worksheet, course: Course) -> None:
    """All that is given is 0, and so is every answer."""
    for name in ("x", "t", "hidden.w", "hidden.b", "output.w", "output.b"):
        for cell in course.given(name):
            page[cell] = 0
    for cells in course.cells.values():
        for cell in cells:
            page[cell] = 0


def lenient(page: Worksheet, course: Course) -> None:
    page[course.given("tolerance")[0]] = 1000
    for cells in course.cells.values():
        for cell in cells:
            page[cell] = 7


def marked(page: Worksheet, course: Course) -> None:
    page[course.given("score")[0]] = 1
    for name in course.cells:
        for cell in course.given(f"mark/{name}"):
            page[cell] = 1
        for cell in course.given(f"key/{name}"):
            page[cell] = 7
        for cell in course.cells[name]:
            page[cell] = 7


def solved_formulas(page: Worksheet, course: Course) -> None:
    """The forward pass that the answers follow from is made to be what suits them."""
    for name in ("output.a", "output.slope", "hidden.slope"):
        for cell in course.given(name):
            page[cell] = 1
    w = course.all["output.w"]
    da = [1 - t for t in course.all["t"]]
    below = [da[0] * w[j] + da[1] * w[3 + j] for j in range(3)]
    for name, numbers in (("output.da", da), ("output.delta", da), ("hidden.da", below), ("hidden.delta", below)):
        for cell, value in zip(course.cells[name], numbers, strict=True):
            page[cell] = value


@pytest.mark.parametrize("trick", [zeroed, lenient, marked, solved_formulas])
def test_a_trick_earns_nothing(trick: Callable[[Worksheet, Course], object], course: Course) -> None:
    found = one(course.solution, course.learner(trick.__name__, trick))
    assert not found.ok
    assert found.score < 0.5
    assert found.first is not None
    if trick is lenient:
        assert ("tolerance", 1000) in {(c.where, c.got) for c in found.changed}
    if trick in (marked, solved_formulas):
        assert any("formulas of the page were edited" in remark for remark in found.remarks)


def test_zeros_that_follow_from_a_wrong_zero_are_told(course: Course) -> None:
    """They are no second mistake, but a page of zeros must not look like a page of work."""

    def zeros(page: Worksheet, course: Course) -> None:
        for cells in course.cells.values():
            for cell in cells:
                page[cell] = 0

    found = one(course.solution, course.learner("zeros", zeros))
    assert found.parts["output.da"] == (0, 2)
    later = [number for name in list(course.cells)[1:] for number in course.all[name] if abs(number) > 0.0006]
    assert f"{len(later)} right answers are 0 only because a wrong one before is" in found.remarks


def forged(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The hidden recipe replaced."""
    book = openpyxl.load_workbook(path)
    page = book[STORE]
    table = json.loads("".join(str(row[0].value or "") for row in page.iter_rows()))
    change(table)
    for row in page.iter_rows():
        row[0].value = None
    page["A1"] = json.dumps(table)
    book.save(path)
    return path


def test_a_forged_recipe_earns_nothing(course: Course) -> None:
    def easy(table: dict[str, Any]) -> None:
        table["recipe"]["start"] = dict.fromkeys(table["recipe"]["start"], 0)
        table["recipe"]["training"]["eta"] = 1e-9
        table["recipe"]["layers"][0]["activation"] = "sigmoid"

    path = forged(course.learner("forged", zeroed), easy)
    for key in (course.solution, "4-4"):
        found = one(key, path)
        assert found.score < 0.5
        assert len(found.changed) > 20

    def other_layers(table: dict[str, Any]) -> None:
        table["recipe"]["layers"][0]["activation"] = "identity"

    for key in (course.solution, "4-4"):
        (found,) = grade(key, forged(course.learner("layers"), other_layers))
        assert found.trouble
        assert found.score == 0


def test_formulas_that_read_the_key_are_named(course: Course) -> None:
    key = course.given("key/output.da")
    path = course.learner("peeking", lambda page, c: _set(page, c.cells["output.da"][0], f"=ROUND(${key[0]},3)"))
    assert "1 answers are formulas that read the hidden key" in one(course.solution, path).remarks
    own = course.learner(
        "own", lambda page, c: _set(page, c.cells["output.da"][0], f"={course.given('output.a')[0]}")
    )
    assert not any("hidden key" in remark for remark in one(course.solution, own).remarks)


def test_the_teachers_own_changes_are_the_key(course: Course, tmp_path: Path) -> None:
    """A teacher changes a weight and the tolerance in both files: the solution's numbers are those given."""
    files = [tmp_path / "solution.xlsx", tmp_path / "given.xlsx"]
    for source, target in zip((course.solution, course.learner("as given")), files, strict=False):
        book = openpyxl.load_workbook(source)
        book.worksheets[0][course.given("output.w")[0]] = 2.5
        book.worksheets[0][course.given("tolerance")[0]] = 0.01
        book.save(target)
    found = one(files[0], files[1])
    assert not found.changed
    assert found.parts["output.da"] == (0, 2) or found.right < found.asked
    assert one(course.solution, files[1]).changed


def test_copies_are_named(course: Course) -> None:
    first, twin = course.learner("first"), course.folder / "twin.xlsx"
    shutil.copyfile(first, twin)
    grades = grade(course.solution, [first, twin])
    assert grades[0].remarks == ()
    assert grades[1].remarks == (f"the same file as {first}",)


# -- what cannot be graded -----------------------------------------------------------------------------------


def test_what_cannot_be_graded_is_a_row_with_its_reason(course: Course, tmp_path: Path) -> None:
    other = exercise("4-4", "update", image=2, language="en")[0].save(tmp_path / "other.xlsx")
    image = exercise("4-4", "delta", image=3, language="en")[0].save(tmp_path / "image.xlsx")
    network = exercise("5-6", "delta", image=2, language="en")[0].save(tmp_path / "network.xlsx")
    whole = build("4-4", epochs=2, pages=()).save(tmp_path / "whole.xlsx")
    garbage, empty, foreign = (tmp_path / f"{name}.xlsx" for name in ("garbage", "empty", "foreign"))
    garbage.write_bytes(b"PK\x03\x04 and then nothing")
    empty.write_bytes(b"")
    openpyxl.Workbook().save(foreign)
    renamed = tmp_path / "renamed.xlsx"
    book = openpyxl.load_workbook(course.exercise)
    book.worksheets[0].title = "Mine"
    book.save(renamed)
    broken = forged(course.learner("broken"), lambda table: table.update(recipe=[]))
    reasons = {
        other: "is the exercise 4-4 update, image 2; the key is of 4-4 delta, image 2",
        image: "is the exercise 4-4 delta, image 3",
        network: "is the exercise 5-6 delta, image 2",
        whole: "is a whole workbook; expected a filled-in exercise",
        garbage: "not a readable xlsx workbook",
        empty: "not a readable xlsx workbook",
        foreign: "was not built by sheetnn",
        renamed: "has no sheet 'Exercise'",
        broken: "the recipe in it cannot be read",
        course.solution: "is a solution; expected a filled-in exercise",
        tmp_path / "absent.xlsx": "no such file",
        tmp_path: "is a folder",
    }
    good = course.learner("good")
    grades = grade(course.solution, [*reasons, good])
    for found, reason in zip(grades, reasons.values(), strict=False):
        assert reason in found.trouble, found
        assert "\n" not in found.trouble
        assert (found.ok, found.score, found.asked) == (False, 0, 0)
    assert grades[-1].ok
    assert one("4-4", other).exercise == "4-4 update, image 2"  # by the recipe, every exercise of it
    assert "key is of 4-4" in grade("4-4", network)[0].trouble


@pytest.mark.parametrize(
    ("key", "error", "said"),
    [
        ("exercise", FileError, "is an exercise to be filled in; name its solution"),
        ("whole", FileError, "is a whole workbook"),
        ("absent.xlsx", FileError, "no such file"),
        ("3-5", RecipeError, r"an exercise needs a network with \[training\]"),
        ("4-5", RecipeError, "did you mean"),
        ("edited", FileError, "restore it"),
    ],
)
def test_keys_that_are_none(key: str, error: type[Exception], said: str, course: Course, tmp_path: Path) -> None:
    name: Any = key
    if key == "exercise":
        name = course.exercise
    elif key == "whole":
        name = build("4-4", epochs=2, pages=()).save(tmp_path / "whole.xlsx")
    elif key == "edited":
        book = openpyxl.load_workbook(course.solution)
        book.worksheets[0][course.cells["output.da"][0]] = 0.5
        book.save(name := tmp_path / "edited.xlsx")
    with pytest.raises(error, match=said):
        grade(name, [course.exercise])


# -- the command ---------------------------------------------------------------------------------------------


def test_the_library_has_it(course: Course) -> None:
    assert package.grade(course.solution, [course.learner("lib")])[0].ok


def test_exit_codes(course: Course) -> None:
    good, bad, junk = course.learner("good"), course.exercise, course.folder / "junk.xlsx"
    junk.write_bytes(b"no")
    for files, code in (((good,), 0), ((good, bad), 1), ((junk, good), 2), ((junk, bad, good), 2)):
        assert sheetnn("grade", course.solution, *files).returncode == code, files
    done = sheetnn("grade", course.exercise, good)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_the_class_as_a_table_as_csv_and_as_json(course: Course, tmp_path: Path) -> None:
    wrong = course.learner("王小明", lambda page, c: _set(page, c.cells["hidden.da"][1], 3))
    again = course.learner("ben", lambda page, c: _set(page, c.cells["hidden.da"][1], 4))
    other = course.learner("eva", lambda page, c: _set(page, c.cells["output.da"][0], 4))
    good, junk = course.learner("good"), tmp_path / "junk.xlsx"
    junk.write_bytes(b"no")
    files = [wrong, again, other, good, junk]
    done = sheetnn("grade", course.solution, *files, "--csv", tmp_path / "class.csv")
    assert (done.returncode, done.stderr) == (2, "")
    lines = done.stdout.splitlines()
    assert lines[0].split()[:8] == ["file", "score", "%", "right", "asked", "output.da", "output.delta", "hidden.da"]
    assert "hidden.da[2]: you have 3, it follows" in lines[1]
    assert "not graded: not a readable xlsx workbook" in lines[5]
    assert lines[6].startswith("4 graded, 1 not; mean 85.0%, median 80.0%; output.da 88%; output.delta 88%; ")
    assert lines[6].endswith("; hidden.da 83%; hidden.delta 83%")
    assert lines[7] == "most often the first wrong step: hidden.da[2] (2 of 4)"
    assert "model, tolerance and given numbers are its own, of the submissions only the answers" in lines[8]
    with (tmp_path / "class.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [str(file) for file in files]
    assert [row["score %"] for row in rows] == ["80.0", "80.0", "80.0", "100.0", ""]
    assert [row["hidden.da"] for row in rows] == ["2/3", "2/3", "3/3", "3/3", ""]
    assert rows[0]["first wrong step"].startswith("hidden.da[2]: you have 3, it follows")
    assert rows[4]["remark"].startswith("not graded: ")
    table = json.loads(sheetnn("grade", course.solution, *files, "--json").stdout)
    assert table["schema"] == "sheetnn.grade/1"
    assert [one["score"] for one in table["grades"]] == [0.8, 0.8, 0.8, 1.0, 0.0]
    assert table["summary"]["first_wrong"] == [{"where": "hidden.da[2]", "count": 2}]
    assert table["summary"]["mean"] == pytest.approx(0.85)


def test_the_table_is_replaced_only_by_force(course: Course, tmp_path: Path) -> None:
    target = tmp_path / "class.csv"
    target.write_text("mine")
    done = sheetnn("grade", course.solution, course.exercise, "--csv", target)
    assert (done.returncode, done.stdout, target.read_text()) == (2, "", "mine")
    assert sheetnn("grade", course.solution, course.exercise, "--csv", target, "--force").returncode == 1
    assert target.read_text() != "mine"
    assert "ends in .csv" in sheetnn("grade", course.solution, course.exercise, "--csv", tmp_path / "a.xlsx").stderr


NAMES = [
    "=cmd|' -C calc'!A0.xlsx",
    "+1.xlsx",
    "-1.xlsx",
    "@SUM(1).xlsx",
    "\t=1.xlsx",
    "＝1.xlsx",
    "a\x1b[31m\nb.xlsx",
    ' =1",x.xlsx',
]


def test_no_name_of_a_file_becomes_a_formula_or_moves_a_terminal(course: Course, tmp_path: Path) -> None:
    for name in NAMES:
        shutil.copyfile(course.exercise, tmp_path / name)
    done = sheetnn("grade", course.solution, "--csv", "c.csv", "--", *NAMES, cwd=tmp_path)
    assert done.returncode == 1
    data = (tmp_path / "c.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data)))
    assert len(rows) == 1 + len(NAMES)
    for row in rows[1:]:
        assert len(row) == len(rows[0])
        assert all(cell.lstrip()[:1] not in tuple("=+-@＝＋－＠\t") or cell == "" for cell in row)
    for text in (done.stdout, data.replace("\r\n", "\n")):
        assert not any(letter < " " and letter != "\n" for letter in text)
    assert rows[1][0] == "'=cmd|' -C calc'!A0.xlsx"
    with pytest.raises(AssertionError):  # what the check above would find
        assert "=1"[:1] not in tuple("=+-@")


def test_text_of_an_answer_becomes_no_formula(course: Course, tmp_path: Path) -> None:
    def hostile(page: Worksheet, course: Course) -> None:
        cell = page[course.cells["output.da"][0]]
        cell.value = "x"
        cell.value, cell.data_type = '=HYPERLINK("http://a.b","c")', "s"
        page[course.given("x")[0]] = "\u202e@evil"

    path = course.learner("hostile", hostile)
    done = sheetnn("grade", course.solution, path, "--csv", tmp_path / "c.csv")
    with (tmp_path / "c.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["first wrong step"].startswith('output.da[1]: you have =HYPERLINK("http://a.b","c"), it follows')
    assert "\u202e" not in done.stdout + row["changed givens"]
