"""`verify` as others rely on it: whoever saved the file, judged in two parts, in every format of a report."""

from __future__ import annotations

import json
import os
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import demanded, sheetnn
from excel import EXCEL, HABITS, respelled
from lxml import etree
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from test_poison import EDITS, ENGINE, PARTS, edit_id, edited, oscillating

from sheetnn.engines import ENGINES
from sheetnn.errors import EngineError
from sheetnn.judgement import judge
from sheetnn.report import Report
from sheetnn.report_formats.text import lines
from sheetnn.verifier import verify
from sheetnn.workbook import build
from sheetnn.writer import STORE

# -- whoever saved it ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("habit", HABITS)
def test_each_habit_is_judged_the_same(habit: str, small_file: Path, tmp_path: Path) -> None:
    report = verify(respelled(small_file, tmp_path / "a.xlsx", [habit]), [ENGINE])
    assert report.ok, report.mismatches[:3]
    assert report.formulas == 15352


@pytest.mark.parametrize(
    "habits", [EXCEL, (*EXCEL[:3], "absolute targets"), ("prefixed elements", "cells without address")]
)
@pytest.mark.parametrize("recipe", ["2-5", "4-4"])  # with array formulas and without
def test_all_habits_at_once_on_every_engine(
    recipe: str, habits: tuple[str, ...], engine: str, tmp_path: Path
) -> None:
    book = build(recipe, epochs=2 if recipe == "4-4" else None)
    plain = book.save(tmp_path / "plain.xlsx")
    if recipe == "2-5":
        habits = tuple(habit for habit in habits if habit != "shared formulas")  # it has none to share
    report = verify(respelled(plain, tmp_path / "a.xlsx", habits), [engine])
    assert report.ok, report.mismatches[:3]
    assert report.formulas == book.formulas


POISONS = {
    "stored": ("D42", '<c r="D42"><f>{f}</f><v>0.5</v></c>', {"stored"}),
    "formula": ("D42", '<c r="D42"><f>D10+$G$6*D25</f><v>{v}</v></c>', {"formula", ENGINE}),
    "a neighbour's formula": (
        "P11", '<c r="P11"><f>SUMPRODUCT($D10:$F13,L$3:N$6)+$G10</f><v>{v}</v></c>', {"formula", ENGINE},
    ),
    "a number for a formula": ("L12", '<c r="L12"><v>0.7</v></c>', {"formula", "stored", ENGINE}),
    "an input as text": ("D10", '<c r="D10" t="inlineStr"><is><t>0.49</t></is></c>', {"input"}),
}  # fmt: skip


@pytest.mark.parametrize("habits", [EXCEL, ("prefixed elements", "absolute targets"), ("cells without address",)])
@pytest.mark.parametrize("name", POISONS)
def test_poison_is_found_whoever_saved_it(
    name: str, habits: tuple[str, ...], small_file: Path, tmp_path: Path
) -> None:
    cell, xml, sources = POISONS[name]
    poisoned = edited(small_file, tmp_path / "plain.xlsx", PARTS["学习"], {cell: xml})
    report = verify(respelled(poisoned, tmp_path / "a.xlsx", habits), [ENGINE])
    assert {one.source for one in report.mismatches if one.cell == cell} == sources
    assert {check.source for check in report.checks if check.different} == sources


# -- two parts -----------------------------------------------------------------------------------------------


def answers(report: Report) -> tuple[str, str]:
    one, two = judge(report)
    return one.answer, two.answer


def test_an_untouched_workbook_is_right_in_both_parts(small_file: Path) -> None:
    assert answers(verify(small_file, [ENGINE])) == ("yes", "yes")


@pytest.mark.parametrize("edit", EDITS, ids=edit_id)
def test_values_of_before_are_stale_not_wrong(edit: Any, small_file: Path, tmp_path: Path) -> None:
    sheet, cell, _, _, value = edit
    file = edited(small_file, tmp_path / "a.xlsx", PARTS[sheet], {cell: f'<c r="{cell}"><v>{value}</v></c>'})
    report = verify(file, [ENGINE])
    assert answers(report) == ("yes", "stale")
    assert "stored values are stale" in judge(report)[1].said
    assert "open and save it in a spreadsheet program" in judge(report)[1].said
    assert not report.ok


STORED = {  # a false value is wrong, not stale, whatever its formula reads
    "of a formula that reads an input": ("学习", {"D42": 0.5}),
    "of a formula that reads no input": ("学习", {"L12": 0.5}),
    "that no formula reads": ("测试", {"P16": 7}),
    "that reads an input, and nothing reads it": ("学习", {"G103": 0.5}),
    "twice": ("学习", {"D42": 0.5, "L12": 0.5}),
}


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize("stale", [False, True])
def test_a_false_stored_value_is_wrong_not_stale(name: str, stale: bool, small_file: Path, tmp_path: Path) -> None:
    """Also among stale ones."""
    sheet, numbers = STORED[name]
    cells = {cell: f'<c r="{cell}"><f>{{f}}</f><v>{number}</v></c>' for cell, number in numbers.items()}
    file = edited(small_file, tmp_path / "a.xlsx", PARTS[sheet], cells)
    if stale:
        file = edited(file, tmp_path / "b.xlsx", PARTS["学习"], {"G6": '<c r="G6"><v>0.3</v></c>'})
    report = verify(file, [ENGINE])
    assert answers(report) == ("yes", "no")
    assert "stale" not in judge(report)[1].said
    if not stale:
        causes, _ = report.told_apart()
        assert {one.cell for _, found in causes for one in found} == set(numbers)


def test_no_stored_values_are_said_but_not_wrong(small_file: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(small_file)
    book["学习"]["G6"].value = 0.3
    book.save(tmp_path / "a.xlsx")
    report = verify(tmp_path / "a.xlsx", [ENGINE])
    assert answers(report) == ("yes", "yes")
    assert "no values are stored" in judge(report)[1].said
    assert "open and save it in a spreadsheet program" in judge(report)[1].said


@pytest.mark.parametrize("typed", [0.25, "=1+1", "oops"])
def test_of_no_stored_values_only_the_overwritten_is_listed(typed: Any, small_file: Path, tmp_path: Path) -> None:
    """One formula replaced in a file without values: that cell is wrong, the others are said once to have none."""
    book = openpyxl.load_workbook(small_file)
    cell = next(one for row in book["学习"].iter_rows(min_row=20) for one in row if str(one.value).startswith("="))
    cell.value = typed
    book.save(tmp_path / "a.xlsx")
    report = verify(tmp_path / "a.xlsx", [ENGINE])
    assert answers(report)[0] == "no"
    assert "no values are stored" in judge(report)[1].said
    stored = next(check for check in report.checks if check.source == "stored")
    assert stored.different == (0 if str(typed).startswith("=") else 1)
    listed = {one.cell for one in report.mismatches if one.source in ("stored", "formula")}
    assert listed == {cell.coordinate}
    text = "\n".join(lines(report))
    assert text.count("[stored]") <= 1
    assert "got nothing" not in text


def test_one_value_left_is_no_file_without_values(small_file: Path, tmp_path: Path) -> None:
    """Where some formulas store values, each that stores none is listed."""
    book = openpyxl.load_workbook(small_file)
    book.save(tmp_path / "a.xlsx")
    plain = tmp_path / "b.xlsx"
    with zipfile.ZipFile(tmp_path / "a.xlsx") as source, zipfile.ZipFile(plain, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if b"<f>" in data and b"<v></v>" in data:
                data = data.replace(b"<v></v>", b"<v>1</v>", 1)
            elif b"<f>" in data:
                data = data.replace(b"<v/>", b"<v>1</v>", 1).replace(b"<v />", b"<v>1</v>", 1)
            target.writestr(name, data)
    report = verify(plain, [ENGINE])
    stored = next(check for check in report.checks if check.source == "stored")
    assert answers(report) == ("yes", "no")
    assert stored.different > 1000
    assert not stored.blank


def test_an_engine_error_names_the_workbook(small_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise EngineError("engine ironcalc failed with code 1: it said nothing")

    monkeypatch.setattr("sheetnn.engines.ironcalc.IronCalc.recalculate", fails)
    with pytest.raises(EngineError, match=rf"^{re.escape(str(small_file))}: engine ironcalc failed"):
        verify(small_file, ["ironcalc"])


@pytest.mark.parametrize("respell", [(), EXCEL])
def test_an_edited_formula_is_told_from_its_consequences(
    respell: tuple[str, ...], small_file: Path, tmp_path: Path
) -> None:
    """The sign of one update: IronCalc's values of the edited file differ from the other's in as many cells."""
    cells = {"D42": '<c r="D42"><f>D10+$G$6*D25</f><v>{v}</v></c>'}
    file = edited(small_file, tmp_path / "a.xlsx", PARTS["学习"], cells)
    if respell:
        file = respelled(file, tmp_path / "b.xlsx", respell)
    report = verify(file, [ENGINE])
    assert answers(report) == ("no", "no")
    causes, others = report.told_apart()
    assert {(one.source, one.cell) for _, found in causes for one in found} == {("formula", "D42"), (ENGINE, "D42")}
    assert {"C_T", "hidden.w", "test.output.z"} <= {block for block, _ in others}
    check = report.checks[-1]
    assert check.follow == check.different - 1
    grids = [ENGINES[ENGINE].recalculate(one, {"学习": (110, 300), "测试": (30, 30)}, _folder(tmp_path, n))
             for n, one in enumerate((small_file, file))]  # fmt: skip
    moved = sum(int((abs(grids[0][name].numbers - grids[1][name].numbers) > 1e-10).sum()) for name in grids[0])
    assert abs(check.different - moved) <= 0.001 * moved


def _folder(tmp_path: Path, number: int) -> Path:
    folder = tmp_path / f"engine{number}"
    folder.mkdir()
    return folder


def test_an_error_that_spreads_has_one_cause(small_file: Path, tmp_path: Path) -> None:
    cells = {"L12": '<c r="L12"><f>SIGMOID(L11)</f><v>{v}</v></c>'}
    report = verify(edited(small_file, tmp_path / "a.xlsx", PARTS["学习"], cells), [ENGINE])
    causes, others = report.told_apart()
    assert {one.cell for _, found in causes for one in found} == {"L12"}
    assert len(others) > 10


def test_inputs_that_are_no_numbers(small_file: Path, tmp_path: Path) -> None:
    report = verify(edited(small_file, tmp_path / "a.xlsx", PARTS["学习"], {"D10": '<c r="D10"></c>'}), [ENGINE])
    assert answers(report) == ("yes", "no")
    assert judge(report)[1].said == "1 input cells hold no number, so nothing was recalculated"


# -- formulas outside of the model ---------------------------------------------------------------------------


def with_recipe(source: Path, target: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A copy whose hidden recipe was changed; stored values are kept."""
    import zipfile
    from xml.sax.saxutils import escape, unescape

    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == f"xl/worksheets/sheet{len(openpyxl.load_workbook(source).sheetnames)}.xml":
                text = data.decode()
                pieces = re.findall(r"<t[^>]*>(.*?)</t>", text, re.DOTALL)
                table = json.loads(unescape("".join(pieces)))
                change(table)
                changed = escape(json.dumps(table, ensure_ascii=False, sort_keys=True))
                cell = f'<c r="A1" t="inlineStr"><is><t xml:space="preserve">{changed}</t></is></c>'
                head, tail = text.partition("<sheetData>")[0], text.partition("</sheetData>")[2]
                data = f'{head}<sheetData><row r="1">{cell}</row></sheetData>{tail}'.encode()
            new.writestr(name, data)
    return target


@pytest.mark.parametrize("recipe", ["2-11", "4-4"])
def test_fewer_epochs_in_the_recipe_than_on_the_sheet_are_a_difference(recipe: str, tmp_path: Path) -> None:
    plain = build(recipe, epochs=4, pages=()).save(tmp_path / "a.xlsx")

    def fewer(table: dict[str, Any]) -> None:
        table["recipe"]["training"]["epochs"] = 2

    same = verify(with_recipe(plain, tmp_path / "same.xlsx", lambda table: None), [ENGINE])
    assert (same.ok, same.extra) == (True, 0)
    report = verify(with_recipe(plain, tmp_path / "b.xlsx", fewer), [ENGINE])
    assert answers(report)[0] == "no"
    (one,) = (one for one in report.mismatches if one.block == "epochs")
    assert "the last one of the recipe in the file" in one.expected
    assert report.extra > 10
    assert f"{report.extra:,} formulas outside the model were not judged" in judge(report)[0].said


def test_formulas_of_ones_own_are_named_in_part_one(tmp_path: Path) -> None:
    path = build("2-11", epochs=4, pages=()).save(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    place = build("2-11", epochs=4).layout.places["value"]
    book.worksheets[0].cell(place.at({"epoch": 4})[0], place.column).value = "=1+1"  # a sum below, say
    book.create_sheet("mine")["B2"] = "=2+2"
    book["mine"]["C5"] = "=2+2"
    book.save(path)
    report = verify(path, [ENGINE])
    assert report.ok
    assert answers(report) == ("yes", "yes")
    assert "3 formulas outside the model were not judged" in judge(report)[0].said
    assert "mine!B2:C5" in judge(report)[0].said


# -- every format says it ------------------------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script>|`x` [a](http://b.c) *b* _c_ $d$ www.e.fg @h #1 \\| &lt; :smile: ~~i~~"
JUNIT = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:simpleType name="count"><xs:restriction base="xs:nonNegativeInteger"/></xs:simpleType>
<xs:complexType name="outcome" mixed="true"><xs:attribute name="message" type="xs:string" use="required"/>
 <xs:attribute name="type" type="xs:string"/></xs:complexType>
<xs:element name="testsuites"><xs:complexType><xs:sequence>
 <xs:element name="testsuite" maxOccurs="unbounded"><xs:complexType><xs:sequence>
  <xs:element name="properties" minOccurs="0"><xs:complexType><xs:sequence>
   <xs:element name="property" maxOccurs="unbounded"><xs:complexType>
    <xs:attribute name="name" type="xs:string" use="required"/>
   <xs:attribute name="value" type="xs:string" use="required"/>
   </xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
  <xs:element name="testcase" maxOccurs="unbounded"><xs:complexType><xs:choice minOccurs="0">
    <xs:element name="skipped" type="outcome"/><xs:element name="error" type="outcome"/>
    <xs:element name="failure" type="outcome"/></xs:choice>
   <xs:attribute name="name" type="xs:string" use="required"/>
   <xs:attribute name="classname" type="xs:string" use="required"/>
  </xs:complexType></xs:element>
  <xs:element name="system-out" type="xs:string" minOccurs="0"/></xs:sequence>
  <xs:attribute name="name" type="xs:string" use="required"/>
   <xs:attribute name="tests" type="count" use="required"/>
  <xs:attribute name="failures" type="count" use="required"/><xs:attribute name="errors" type="count" use="required"/>
  <xs:attribute name="skipped" type="count" use="required"/></xs:complexType></xs:element></xs:sequence>
 <xs:attribute name="name" type="xs:string"/><xs:attribute name="tests" type="count"/>
 <xs:attribute name="failures" type="count"/><xs:attribute name="errors" type="count"/></xs:complexType></xs:element>
</xs:schema>"""
"""What Jenkins, GitLab and GitHub's readers take: the order of elements, and attributes that they count by."""


def rendered(markdown: str) -> etree._Element:
    """Markdown as an independent reader sees it, with HTML let through as GitHub lets it through."""
    page = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown)
    return lxml_html.fromstring(f"<div>{page}</div>")


def said(page: etree._Element) -> str:
    return " ".join(page.text_content().split())


@pytest.fixture(scope="module")
def run(small_file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One run over workbooks of every kind, in every format."""
    folder = tmp_path_factory.mktemp("run")
    train = PARTS["学习"]
    (folder / "good.xlsx").write_bytes(small_file.read_bytes())
    edited(small_file, folder / "edited.xlsx", train, {"D42": '<c r="D42"><f>D10+$G$6*D25</f><v>{v}</v></c>'})
    edited(small_file, folder / "stale.xlsx", train, {"G6": '<c r="G6"><v>0.3</v></c>'})
    (folder / "a|<b>`junk`.xlsx").write_bytes(b"hi")
    from xml.sax.saxutils import escape

    poison = f'<c r="D42" t="str"><f>{{f}}</f><v>{escape(HOSTILE)}</v></c>'
    edited(small_file, folder / "hostile.xlsx", train, {"D42": poison})
    book = openpyxl.load_workbook(small_file)
    book.create_sheet("a|<i>&`b`")["A1"] = '=NOSUCH("<script>|`")'
    book.save(folder / "none.xlsx")
    names = ["good.xlsx", "a|<b>`junk`.xlsx", "edited.xlsx", "stale.xlsx", "none.xlsx", "hostile.xlsx"]
    done = sheetnn("verify", *names, "--report", "r.md", "--junit", "r.xml", "--json", cwd=folder)
    text = sheetnn("verify", *names, "--report", "r.html", cwd=folder)
    assert (done.returncode, text.returncode) == (2, 2)
    return {
        "names": names,
        "json": json.loads(done.stdout),
        "error": done.stderr,
        "text": text.stdout,
        "md": (folder / "r.md").read_text("utf-8"),
        "html": (folder / "r.html").read_text("utf-8"),
        "junit": etree.parse(folder / "r.xml"),
    }


def test_one_unreadable_file_hides_no_verdict(run: dict[str, Any]) -> None:
    assert [Path(one["path"]).name for one in run["json"]["reports"]] == [n for n in run["names"] if "junk" not in n]
    assert [one["ok"] for one in run["json"]["reports"]] == [True, False, False, False, False]
    (trouble,) = run["json"]["troubles"]
    assert trouble["path"] == "a|<b>`junk`.xlsx"
    assert run["error"].count("\n") == 1
    assert "not a readable xlsx workbook" in run["error"]
    assert run["json"]["ok"] is False
    assert "hostile.xlsx: recipe 4-4" in run["text"]


def test_exit_codes_are_the_worst(small_file: Path, tmp_path: Path) -> None:
    bad = edited(small_file, tmp_path / "bad.xlsx", PARTS["学习"], {"D42": '<c r="D42"><f>{f}</f><v>9</v></c>'})
    missing = tmp_path / "missing.xlsx"
    assert sheetnn("verify", small_file).returncode == 0
    assert sheetnn("verify", small_file, bad).returncode == 1
    done = sheetnn("verify", missing, bad, small_file)
    assert done.returncode == 2
    assert done.stdout.count("recipe 4-4") == 2
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("format_", ["text", "json", "md", "html", "junit"])
def test_both_answers_stand_in_every_format(run: dict[str, Any], format_: str) -> None:
    expected = {"good": ("yes", "yes"), "edited": ("no", "no"), "stale": ("yes", "stale"),
                "none": ("no", "yes"), "hostile": ("yes", "no")}  # fmt: skip
    if format_ == "json":
        found = {one["path"]: tuple(part["answer"] for part in one["parts"]) for one in run["json"]["reports"]}
    elif format_ in ("text", "junit"):
        pattern = r"formulas as generated\? ([a-z ]+): .*\n *values consistent with its inputs\? ([a-z ]+): "
        if format_ == "text":
            texts = dict(re.findall(r"^(\S+): recipe(.*?)(?=^\S|\Z)", run["text"], re.M | re.S))
        else:
            suites = run["junit"].getroot().findall("testsuite")
            texts = {suite.get("name"): suite.findtext("system-out") or "" for suite in suites}
        found = {name: match.groups() for name, text in texts.items() if (match := re.search(pattern, text))}
    else:
        page = rendered(run["md"]) if format_ == "md" else lxml_html.fromstring(run["html"])
        rows = [[cell.text_content() for cell in row] for row in page.find(".//table").iter("tr")]
        assert len({len(row) for row in rows}) == 1
        assert [row[0] for row in rows[1:]] == run["names"]
        assert rows[2][1:3] == ["no verdict", "no verdict"]
        found = {row[0]: (row[1].lower(), row[2].lower()) for row in rows[1:] if row[1] != "no verdict"}
        whole = said(page)
        assert "engine" in whole.lower()
        assert ENGINES[ENGINE].version() in whole
        assert "equal means |got - expected| <= 1e-11 + 1e-09*|expected|" in whole
        assert "1 formulas outside the model were not judged" in whole
        assert "7,549 stored values are stale: they follow from other inputs and were not recalculated" in whole
        assert "no values are stored" in whole
        assert "hidden.w[1,1,1]@2" in whole
        assert "=D10+$G$6*D25" in whole
    assert {name.removesuffix(".xlsx"): answer for name, answer in found.items()} == expected


def test_no_text_of_a_workbook_becomes_markup(run: dict[str, Any]) -> None:
    """In markdown and HTML the hostile text and names stand as they are, in cells of code."""
    allowed = {"html", "head", "meta", "title", "style", "body", "div", "h1", "h2", "h3", "p", "table", "thead",
               "tbody", "tr", "th", "td", "code"}  # fmt: skip
    for page in (rendered(run["md"]), lxml_html.fromstring(run["html"])):
        assert {element.tag for element in page.iter() if isinstance(element.tag, str)} <= allowed
        codes = {code.text_content() for code in page.iter("code")}
        assert HOSTILE in codes
        assert "a|<b>`junk`.xlsx" in codes
        assert "a|<i>&`b`!A1" in codes
        for table in page.iter("table"):
            assert len({len(row) for row in table.iter("tr")}) == 1
        assert not [element for element in page.iter() if set(element.attrib) & {"src", "href", "onclick"}]
    for plain in ("www.e", "@h", ":smile", "$d$", "http:"):
        assert plain not in run["md"]  # what GitHub makes into a link, a person, a picture or a formula
    assert "alert" in run["md"]


def test_markup_would_be_seen() -> None:
    assert rendered(HOSTILE).find(".//script") is not None
    assert rendered("| a |\n| --- |\n| x|y |\n").find(".//td").text == "x"


def test_the_page_needs_nothing_else_and_knows_the_dark(run: dict[str, Any]) -> None:
    assert run["html"].startswith("<!DOCTYPE html>")
    assert "prefers-color-scheme: dark" in run["html"]
    assert "color-scheme: light dark" in run["html"]
    assert not re.search(r"https?://|@import|url\(", run["html"].replace("http://b.c", ""))


def test_junit_is_valid_and_counts(run: dict[str, Any]) -> None:
    schema = etree.XMLSchema(etree.fromstring(JUNIT))
    schema.assertValid(run["junit"])
    suites = {suite.get("name"): suite for suite in run["junit"].getroot()}
    assert list(suites) == run["names"]
    counts = {
        name: tuple(suite.get(k) for k in ("tests", "failures", "errors", "skipped"))
        for name, suite in suites.items()
    }
    assert counts == {
        "good.xlsx": ("4", "0", "0", "0"),
        "a|<b>`junk`.xlsx": ("1", "0", "1", "0"),
        "edited.xlsx": ("4", "2", "0", "0"),
        "stale.xlsx": ("4", "1", "0", "0"),
        "none.xlsx": ("4", "1", "0", "1"),
        "hostile.xlsx": ("4", "1", "0", "0"),
    }
    root = run["junit"].getroot()
    assert [root.get(key) for key in ("tests", "failures", "errors")] == ["21", "5", "1"]
    (case,) = suites["hostile.xlsx"].xpath("testcase[failure]")
    assert case.get("name") == "stored values"
    assert "学习!D42 hidden.w[1,1,1]@2 [stored] =D10-$G$6*D25: expected 0.481895336816" in case.findtext("failure")
    assert suites["stale.xlsx"].find(".//failure").get("type") == "stale"
    assert "not a readable" in suites["a|<b>`junk`.xlsx"].find(".//error").get("message")
    broken = etree.tostring(run["junit"]).replace(b"<failure", b"<fail").replace(b"</failure", b"</fail")
    assert not schema.validate(etree.fromstring(broken))


def test_control_characters_reach_no_format(small_file: Path, tmp_path: Path) -> None:
    """A name of a file may hold any character but / and NUL; XML cannot."""
    poison = {"D42": '<c r="D42" t="str"><f>{f}</f><v>_x001B_[31m&#x9b;x&#x85;</v></c>'}
    bad = edited(small_file, tmp_path / "plain.xlsx", PARTS["学习"], poison)
    os.rename(bad, tmp_path / "a\x01\x1b[31m\nb.xlsx")
    done = sheetnn("verify", "a\x01\x1b[31m\nb.xlsx", "--report", "r.md", "--junit", "r.xml", cwd=tmp_path)
    again = sheetnn("verify", "a\x01\x1b[31m\nb.xlsx", "--report", "r.html", cwd=tmp_path)
    assert (done.returncode, again.returncode) == (1, 1)
    etree.XMLSchema(etree.fromstring(JUNIT)).assertValid(etree.parse(tmp_path / "r.xml"))
    outputs = [done.stdout, *((tmp_path / f"r.{ending}").read_text("utf-8") for ending in ("md", "html", "xml"))]
    for text in outputs:
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
        assert "[31m" in text or "&#91;31m" in text


def test_the_scaled_tolerance_is_told_and_why_in_every_format(tmp_path: Path) -> None:
    oscillating(tmp_path, 60, 2, 1.0).save(tmp_path / "wild.xlsx")
    done = sheetnn("verify", "wild.xlsx", "--report", "r.md", "--junit", "r.xml", cwd=tmp_path)
    also = sheetnn("verify", "wild.xlsx", "--report", "r.html", "--json", cwd=tmp_path)
    assert (done.returncode, also.returncode) == (0, 0)
    (check,) = (one for one in json.loads(also.stdout)["reports"][0]["checks"] if one["source"] == ENGINE)
    assert check["scaled"] > 0
    assert check["widest"] > 1e-11
    texts = [
        done.stdout,
        said(rendered((tmp_path / "r.md").read_text("utf-8"))),
        said(lxml_html.parse(str(tmp_path / "r.html")).getroot()),
        etree.parse(tmp_path / "r.xml").findtext(".//system-out") or "",
    ]
    for text in texts:
        assert re.search(rf"{check['scaled']:,} cells accepted only by the scaled tolerance", text)
        assert "the training magnifies the last digit" in text
        assert "moving the start by one unit in the last place" in text
    assert "scaled tolerance" not in sheetnn("verify", build("2-11").save(tmp_path / "calm.xlsx")).stdout


# -- the command ---------------------------------------------------------------------------------------------


def test_reports_are_replaced_only_by_force(small_file: Path, tmp_path: Path) -> None:
    for option, name in (("--report", "r.md"), ("--report", "r.html"), ("--junit", "r.xml")):
        target = tmp_path / name
        target.write_text("mine")
        done = sheetnn("verify", small_file, option, target)
        assert (done.returncode, done.stdout, target.read_text()) == (2, "", "mine")
        assert "already exists" in done.stderr
        assert sheetnn("verify", small_file, option, target, "--force").returncode == 0
        assert target.read_text() != "mine"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--report", "r.txt"), "ends in .md or .html"),
        (("--junit", "r.json"), "ends in .xml"),
        (("--report", "nowhere/r.md"), "its folder does not exist"),
        (("--engine", "excel"), "engine 'excel' is not known"),
        (("--timeout", "0"), "--timeout"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_work(
    words: tuple[str, ...], told: str, small_file: Path, tmp_path: Path
) -> None:
    done = sheetnn("verify", small_file, *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_an_engine_that_hangs_is_stopped(small_file: Path, tmp_path: Path) -> None:
    program = tmp_path / "ssconvert"
    program.write_text('#!/bin/sh\n[ "$1" = --version ] && exit\nsleep 600\n')
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    there = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = sheetnn("verify", small_file, "--engine", "gnumeric", "--timeout", "1", "--json", env=there)
    assert done.returncode == 2
    assert "gnumeric took more than 1 s" in done.stderr
    assert "took more than 1 s" in json.loads(done.stdout)["troubles"][0]["said"]


def test_engines_may_be_named_one_by_one(small_file: Path) -> None:
    for name in ENGINES:
        demanded(name)
    done = sheetnn("verify", small_file, "--engine", "ironcalc", "--engine", "gnumeric", "--json")
    sources = [check["source"] for check in json.loads(done.stdout)["reports"][0]["checks"]]
    assert sources == ["formula", "input", "stored", "ironcalc", "gnumeric"]
    done = sheetnn("verify", small_file, "--engine", "all", "--json")
    checks = json.loads(done.stdout)["reports"][0]["checks"]
    assert [check["source"] for check in checks[3:]] == list(ENGINES)
    assert all(check["version"] and check["control"] for check in checks[3:])


def test_the_hidden_sheet_is_found() -> None:
    assert STORE  # with_recipe changes the last sheet
    assert build("2-11", epochs=2).layout.sheets[-1].name != STORE
