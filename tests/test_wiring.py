"""Wiring against an independent reading: openpyxl's tokens of the saved file, expanded cell by cell."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict, deque
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from conftest import short
from openpyxl import load_workbook
from openpyxl.formula import Tokenizer
from openpyxl.utils import range_boundaries

from sheetnn.errors import SheetnnError
from sheetnn.model import from_recipe
from sheetnn.references import references
from sheetnn.wiring import Wiring
from sheetnn.workbook import Workbook, build

Spot = tuple[str, tuple[int, ...], int | None]


def stacked() -> Workbook:
    recipe = build("4-4", epochs=2, pages=()).recipe
    return Workbook(from_recipe(recipe.model_copy(update={"layout": "stacked"}), None, "en"))


def recursive() -> Workbook:
    """Two convolutions, one above the other, in the stacked layout."""
    table = build("5-6", epochs=2, pages=()).recipe.model_copy(update={"layout": "stacked"})
    return Workbook(from_recipe(table, None, "zh"))


class Book:
    """A saved workbook read with openpyxl alone; `owners` says which cell is which."""

    def __init__(self, book: Workbook, folder: Path) -> None:
        path = book.save(folder / "book.xlsx")
        self.formulas, self.values = load_workbook(path), load_workbook(path, data_only=True)
        self.arrays = {
            sheet.title: [(cell.value, cell.value.ref) for row in sheet for cell in row if hasattr(cell.value, "ref")]
            for sheet in self.formulas
        }
        first = book.graph.first_epoch
        self.owners: dict[tuple[str, int, int], Spot] = {}
        for cell in book.cells():
            epoch = None if cell.epoch is None else cell.epoch + first
            self.owners[cell.sheet, cell.row, cell.column] = (cell.block, cell.index, epoch)
        self.at = {spot: key for key, spot in self.owners.items()}

    def needs(self, spot: Spot) -> set[Spot]:
        """The block cells that a formula reads: every cell of every range, but of SUMIF and INDEX what they pick."""
        sheet, row, column = self.at[spot]
        held = self.formulas[sheet].cell(row, column).value
        for array, ref in self.arrays[sheet]:
            left, top, right, bottom = range_boundaries(ref)
            if top <= row <= bottom and left <= column <= right:
                held = array
        text = getattr(held, "text", held)
        if not isinstance(text, str) or not text.startswith("="):
            return set()
        tokens = [token for token in Tokenizer(text).items if token.type != "WHITE-SPACE"]
        found: set[tuple[str, int, int]] = set()
        skip = 0
        for n, token in enumerate(tokens):
            if skip:
                skip -= 1
            elif token.type == "FUNC" and token.value == "SUMIF(":
                ruler, key, band = tokens[n + 1].value, tokens[n + 3].value, tokens[n + 5].value
                found |= self._summed(sheet, ruler, key.strip('"'), band)
                skip = 5
            elif token.type == "FUNC" and token.value == "INDEX(":
                found |= self._picked(sheet, tokens, n + 1)
                skip = 1  # the range; the numbers behind it are cells like others
            elif token.subtype == "RANGE":
                found |= set(self._cells(sheet, token.value))
        return {self.owners[cell] for cell in found if cell in self.owners}

    @staticmethod
    def _cells(sheet: str, text: str) -> list[tuple[str, int, int]]:
        name, _, area = text.rpartition("!")
        left, top, right, bottom = range_boundaries(area.replace("$", ""))
        home = name.strip("'") or sheet
        return [(home, row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]

    def _summed(self, sheet: str, ruler: str, key: str, band: str) -> set[tuple[str, int, int]]:
        keys = [self.values[home].cell(row, column).value for home, row, column in self._cells(sheet, ruler)]
        cells = self._cells(sheet, band)
        assert len(keys) == len(cells)
        return {cell for cell, one in zip(cells, keys, strict=True) if str(one) == key}

    def _picked(self, sheet: str, tokens: list, start: int) -> set[tuple[str, int, int]]:
        """All cells that INDEX can give, each number in its arguments going through 1, 2, 3, ..."""
        depth, parts = 1, [""]
        for token in tokens[start + 2 :]:
            depth += (token.subtype == "OPEN") - (token.subtype == "CLOSE")
            if depth == 0:
                break
            if token.type == "SEP" and depth == 1:
                parts.append("")
            else:
                parts[-1] += "{}" if token.subtype == "RANGE" else token.value
        cells = self._cells(sheet, tokens[start].value)
        top, left = cells[0][1:]
        bottom, right = cells[-1][1:]
        sizes = (bottom - top + 1, right - left + 1)
        offsets = []
        if len(parts) < 2 or re.search("[A-Z]", "".join(parts)):
            return set(cells)  # a position that a function finds
        for part, size in zip(parts, sizes, strict=True):
            numbers = itertools.product(range(1, 100), repeat=part.count("{}"))
            every = {eval(part.format(*some), {"__builtins__": {}}) for some in numbers}
            offsets.append([n - 1 for n in every if n <= size])
        return {(cells[0][0], top + down, left + right) for down, right in itertools.product(*offsets)}


def search(edges: Mapping[Spot, set[Spot]], start: Spot) -> set[Spot]:
    """All cells that a breadth-first search reaches."""
    found: set[Spot] = set()
    queue = deque([start])
    while queue:
        new = edges[queue.popleft()] - found
        found |= new
        queue += new
    return found


def spots(masks: dict[str, np.ndarray], book: Workbook) -> set[Spot]:
    found = set()
    for name, mask in masks.items():
        assert mask.any()
        for spot in map(tuple, np.argwhere(mask).tolist()):
            repeated = book.graph[name].repeated
            found.add((name, spot[1:], spot[0] + book.graph.first_epoch) if repeated else (name, spot, None))
    return found


def compare(wiring: Wiring, known: dict[Spot, set[Spot]], book: Workbook, causes: list[Spot]) -> None:
    """Direct both ways, and transitive: nothing missing, nothing too many."""
    users = defaultdict(set)
    for cell, read in known.items():
        got = wiring.needs(*cell)
        assert len(set(got)) == len(got)
        assert set(got) == read, cell
        for one in read:
            users[one].add(cell)
    for cell in [*list(known)[:: max(1, len(known) // 300)], *causes]:
        got = wiring.used_by(*cell)
        assert len(set(got)) == len(got)
        assert set(got) == users[cell], cell
    for cause in causes:
        expected = search(users, cause)
        assert expected
        assert spots(wiring.following(*cause), book) == expected, cause
    for cell in [*causes, *list(known)[:: max(1, len(known) // 6)], list(known)[-1]]:
        assert spots(wiring.preceding(*cell), book) == search(known, cell), cell


CASES = {
    "4-4": (
        lambda: short("4-4", 3),
        [("hidden.w", (0, 1, 2), 1), ("output.b", (1,), 3), ("hidden.delta", (63, 2), 2), ("eta", (), None),
         ("data.image", (5, 0, 0), None), ("number.first", (), None), ("hidden.w.each", (1, 2, 3, 0), 2)],
    ),
    "4-4 with pages": (
        lambda: build("4-4", epochs=2, language="en"),
        [("hidden.w", (0, 1, 2), 2), ("step/epoch", (), None), ("check/number", (), None), ("C_T", (), 1)],
    ),
    "2-11": (lambda: build("2-11"), [("position", (1,), 0), ("eta", (), None), ("gradient", (0,), 29)]),
    "2-5": (lambda: build("2-5"), [("A", (0, 1), None), ("three", (), None), ("P", (1, 2), None)]),
    "3-5": (lambda: build("3-5", language="en"), [("hidden.w", (2, 3, 1), None), ("data.label", (0,), None)]),
    "stacked": (stacked, [("hidden.w", (0, 1, 2), 1), ("x", (0, 0, 0), None), ("output.delta", (3, 1), 2)]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_cell_as_openpyxl_reads_it(case: str, tmp_path: Path) -> None:
    make, causes = CASES[case]
    book = make()
    file = Book(book, tmp_path)
    known = {spot: file.needs(spot) for spot in file.at}
    assert sum(map(len, known.values())) > 40
    compare(Wiring(book.graph, book.layout), known, book, causes)


@pytest.mark.parametrize("make", [lambda: short("5-6"), recursive], ids=["page", "stacked"])
def test_convolution_as_openpyxl_reads_it(make, tmp_path: Path) -> None:
    """Of every block in 5-6 the first cells, the last, and some between."""
    book = make()
    file = Book(book, tmp_path)
    wiring = Wiring(book.graph, book.layout)
    blocks = defaultdict(list)
    for spot in file.at:
        blocks[spot[0]].append(spot)
    read: set[Spot] = set()
    for cells in blocks.values():
        for spot in [*cells[:2], *cells[:: max(1, len(cells) // 12)], cells[-1]]:
            expected = file.needs(spot)
            assert set(wiring.needs(*spot)) == expected, spot
            assert all(spot in wiring.used_by(*one) for one in list(expected)[:3])
            read |= expected
    assert {name for name, _, _ in read} >= {"conv.w", "x", "conv.a", "pool.a", "output.delta", "conv.w.each"}


def test_a_wrong_matrix_is_seen(tmp_path: Path) -> None:
    book = build("2-11", epochs=4, pages=())
    file = Book(book, tmp_path)
    known = {spot: file.needs(spot) for spot in file.at}
    causes = [("position", (1,), 0)]
    compare(Wiring(book.graph, book.layout), known, book, causes)
    for name in ("position", "gradient", "displacement", "value"):
        for change in ("lost", "moved"):
            wiring = Wiring(book.graph, book.layout)
            matrix = wiring.edges(name)[-1].reads
            if change == "lost":
                matrix.indptr[-1] -= 1
            else:
                matrix.indices[0] = 1 - matrix.indices[0]
            with pytest.raises(AssertionError):
                compare(wiring, known, book, causes)


@pytest.mark.parametrize("recipe", ["4-4", "5-6", "2-11"])
def test_what_changes_follows(recipe: str) -> None:
    """A number that is changed changes nothing but what follows from it."""
    book = build(recipe, epochs=3)
    wiring = Wiring(book.graph, book.layout)
    for name, start in book.graph.inputs().items():
        if "/" in name or (start.dtype.kind != "f" and name != "data.image"):
            continue
        moved = start.astype(float).copy()
        spot = tuple(size // 2 for size in start.shape)
        moved[spot] += 0.25
        values = book.graph.evaluate({name: moved})
        follow = wiring.following(name, spot, book.graph.first_epoch if book.graph[name].repeated else None)
        changed = 0
        for block, _ in book.layout.placed():
            if block.name == name and not block.repeated:
                continue
            apart = values[block.name] != book.values[block.name]
            if block.name == name:
                apart[0] = False  # the cause itself
            outside = apart & ~follow.get(block.name, np.zeros(apart.shape, bool))
            assert not outside.any(), (name, block.name)
            changed += int(apart.sum())
        assert changed > 5, name


def test_several_causes_are_followed_together() -> None:
    book = build("4-4", epochs=3)
    wiring = Wiring(book.graph, book.layout)
    one, other = ("hidden.w", (0, 1, 2), 2), ("test.x", (1, 0, 0), None)
    masks = {"hidden.w": np.zeros((3, 3, 4, 3), bool), "test.x": np.zeros((2, 4, 3), bool)}
    masks["hidden.w"][1, 0, 1, 2] = masks["test.x"][1, 0, 0] = True
    both = spots(wiring.following_all(masks), book)
    assert both == spots(wiring.following(*one), book) | spots(wiring.following(*other), book)
    assert one not in both
    assert ("test.verdict", (1,), None) in both
    assert ("hidden.z", (0, 0), 1) not in both
    assert wiring.following_all({}) == {}


@pytest.mark.parametrize(
    ("spot", "said"),
    [
        (("hiden.w", (0, 0, 0), 1), "did you mean 'hidden.w'"),
        (("hidden.w", (0, 0), 1), "its shape is (3, 4, 3)"),
        (("hidden.w", (0, 4, 0), 1), "no cell at (0, 4, 0)"),
        (("hidden.w", (0, -1, 0), 1), "no cell at"),
        (("hidden.w", (0, 0, 0), 4), "no epoch 4; expected 1 to 3"),
        (("hidden.w", (0, 0, 0), None), "no epoch None"),
        (("eta", (), 1), "has no epochs"),
    ],
)
def test_what_is_not_there(spot: Spot, said: str) -> None:
    book = build("4-4", epochs=3, pages=())
    with pytest.raises(SheetnnError, match=re.escape(said)):
        Wiring(book.graph, book.layout).needs(*spot)
    with pytest.raises(SheetnnError, match="expected a mask"):
        Wiring(book.graph, book.layout).following_all({"eta": np.zeros(3, bool)})


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("A1+$B$2*C$3", ["A1", "$B$2", "C$3"]),
        ('IF(A1>2,"B2 ""C3""",D4)', ["A1", "D4"]),
        ("LOG10(A1)+SUMXMY2(B1:B2,C1:C2)", ["A1", "B1:B2", "C1:C2"]),
        ("'学习'!$G$6-Data!B3", ["'学习'!$G$6", "Data!B3"]),
        ("'it''s A1'!B2", ["'it''s A1'!B2"]),
        ("{A1:B2}MMULT(C1:D2,E1:F2)", ["C1:D2", "E1:F2"]),
        ("1E5+A1", ["A1"]),
    ],
)
def test_references(formula: str, expected: list[str]) -> None:
    assert [one.text for one in references(formula)] == expected
    for one in references(formula):
        assert formula[one.start : one.end] == one.text
