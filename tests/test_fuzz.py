"""Fuzz: workbooks changed at random end in the right verdict or a clean refusal, never a crash, hang or false pass.

Whether a pass is false is decided without our reader: openpyxl reads formulas and values of the changed file, and an
engine recalculates where an input differs. `SHEETNN_FUZZ=5000` runs so many changes instead of a few hundred,
`SHEETNN_FUZZ_SEED` draws others.
"""

from __future__ import annotations

import os
import random
import re
import signal
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from openpyxl.worksheet.formula import ArrayFormula
from untrusted import DATA, STORE, TRAIN, tiny, told

from sheetnn.errors import SheetnnError
from sheetnn.verifier import verify

COUNT = int(os.environ.get("SHEETNN_FUZZ", "400"))
SEED = int(os.environ.get("SHEETNN_FUZZ_SEED", "1"))
ENGINE_EVERY = 40  # so many changes are judged without an engine for one with
Parts = dict[str, bytes]
Dice = random.Random

NUMBERS = [
    "",
    "0",
    "-0",
    "1e999",
    "nan",
    "inf",
    "-inf",
    "abc",
    "1e-3",
    "0x1",
    "1_0",
    "1,5",
    "9" * 400,
    "1e308",
    " 1 ",
    "٣",
    "#N/A",
    "true",
    "-",
    "1e",
    "0.1",
    "1",
]
FORMULAS = [
    "",
    "1",
    "A1",
    "SUM(A1:A2)",
    "A1:A3",
    "1/0",
    "SINH(1)",
    "(",
    ")",
    '"',
    "{1}",
    "Data!A1",
    "XFD1048576",
    "A0",
    "A1A1",
    "SUM(A1:XFD1048576)",
    "-",
    "IF(1,2",
    "#REF!",
    "'",
    "a1",
    "TRUE",
    "1e999",
    "R[1]C[1]",
    "x" * 9000,
]
ATTRIBUTES = [
    "",
    "0",
    "-1",
    "999999999",
    "x",
    "n",
    "s",
    "str",
    "b",
    "e",
    "inlineStr",
    "array",
    "shared",
    "A1",
    "XFD1048576",
    "1",
    "2",
    "rId1",
    "rId2",
    "Data",
    "A1:B2",
    "veryHidden",
    "\u202e",
]
JSON: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    2,
    3,
    -1,
    0.5,
    10**9,
    10**30,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x",
    "A1",
    "x" * 1000,
    [],
    {},
    [[]],
    [1],
    [1, 2],
    [[1, 2], [3]],
    {"a": 1},
    "hidden",
    "hidden.w",
    "stacked",
    "4-4",
    "relu",
    "tanh",
    "pooling",
    "convolution",
    "x@previous",
]


def bytes_of_a_part(parts: Parts, dice: Dice) -> None:
    name = dice.choice(sorted(parts))
    data = bytearray(parts[name])
    for _ in range(dice.choice([1, 1, 1, 2, 5])):
        at = dice.randrange(len(data) + 1)
        piece = bytes(dice.randrange(256) for _ in range(dice.randrange(3)))
        data[at : at + dice.randrange(4)] = (
            piece if dice.random() < 0.7 else dice.choice(b'0123456789<>&/"AZ').to_bytes()
        )
    parts[name] = bytes(data)


def truncated(parts: Parts, dice: Dice) -> None:
    name = dice.choice(sorted(parts))
    parts[name] = parts[name][: dice.randrange(len(parts[name]) + 1)]


def renamed(parts: Parts, dice: Dice) -> None:
    one, other = dice.sample(sorted(parts), 2)
    match dice.randrange(4):
        case 0:
            parts[one], parts[other] = parts[other], parts[one]
        case 1:
            del parts[one]
        case 2:
            parts[one.upper() if dice.random() < 0.5 else one + "x"] = parts.pop(one)
        case 3:
            parts[one] = parts[other]


def elements(parts: Parts, dice: Dice) -> None:
    """XML elements dropped, doubled, swapped, moved; attributes changed."""
    name = dice.choice([*sorted(parts), DATA, TRAIN, TRAIN, TRAIN, STORE])
    root = etree.fromstring(parts[name])
    for _ in range(dice.choice([1, 1, 2])):
        every = [element for element in root.iter("*") if element is not root]
        if not every:
            return
        one, other = dice.choice(every), dice.choice(every)
        parent = one.getparent()
        match dice.randrange(6):
            case 0 if parent is not None:
                parent.remove(one)
            case 1 if parent is not None:
                parent.insert(parent.index(one), etree.fromstring(etree.tostring(one)))
            case 2 if parent is not None and one.getnext() is not None:
                parent.insert(parent.index(one) + 1, one)
            case 3 if not any(above is one for above in other.iterancestors()) and one is not other:
                other.append(one)
            case 4 if one.attrib:
                one.set(dice.choice(sorted(one.attrib)), dice.choice(ATTRIBUTES))
            case _:
                one.set(dice.choice(["t", "r", "s", "ref", "si", "name"]), dice.choice(ATTRIBUTES))
    parts[name] = etree.tostring(root)


def _spot(parts: Parts, dice: Dice, pattern: bytes, new: Callable[[bytes], bytes]) -> None:
    name = dice.choice([DATA, TRAIN, TRAIN, TRAIN])
    found = dice.choice(list(re.finditer(pattern, parts[name])))
    parts[name] = parts[name][: found.start(1)] + new(found[1]) + parts[name][found.end(1) :]


def _digit(text: bytes, dice: Dice) -> bytes:
    """Another digit somewhere."""
    at = [m.start() for m in re.finditer(rb"\d", text)]
    if not at:
        return text + b"1"
    spot = dice.choice(at)
    return text[:spot] + dice.choice(b"0123456789").to_bytes() + text[spot + 1 :]


def values(parts: Parts, dice: Dice) -> None:
    pick = lambda text: dice.choice(NUMBERS).encode() if dice.random() < 0.5 else _digit(text, dice)  # noqa: E731
    _spot(parts, dice, rb"<v>([^<]*)</v>", pick)


def formulas(parts: Parts, dice: Dice) -> None:
    others = re.findall(rb"<f>([^<]*)</f>", parts[TRAIN])

    def new(text: bytes) -> bytes:
        match dice.randrange(4):
            case 0:
                return dice.choice(FORMULAS).encode()
            case 1:
                return dice.choice(others)
            case 2:
                return _digit(text, dice)
        at = dice.randrange(len(text) + 1)
        return text[:at] + dice.choice(b"+-*/$():,A1 ").to_bytes() + text[at + 1 :]

    _spot(parts, dice, rb"<f>([^<]*)</f>", new)


def types_and_styles(parts: Parts, dice: Dice) -> None:
    new = (
        f' {dice.choice("ts")}="{dice.choice(["n", "s", "str", "b", "e", "inlineStr", "d", "", "7", "-1", "99999"])}"'
    )
    _spot(parts, dice, rb"<c r=\"[A-Z]+\d+\"( [^>]*)>", lambda text: re.sub(rb' t="[^"]*"', b"", text) + new.encode())


def recipe(parts: Parts, dice: Dice) -> None:
    """A field of the recipe changed, taken out, or doubled under another name."""

    def change(table: dict[str, Any]) -> None:
        here: Any = table
        while True:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            if not keys:
                return
            key = dice.choice(keys)
            if isinstance(here[key], dict | list) and here[key] and dice.random() < 0.8:
                here = here[key]
                continue
            match dice.randrange(6):
                case 0 if isinstance(here, dict):
                    del here[key]
                case 1 if isinstance(here, dict):
                    here[dice.choice(["x", "values", "op", "size", "each"])] = here[key]
                case 2 if isinstance(here[key], int | float):
                    here[key] = here[key] + dice.choice([-1, 1, 0.5, 1e-9])
                case _:
                    here[key] = dice.choice(JSON)
            return

    parts[STORE] = told(change)(parts[STORE])


KINDS: tuple[Callable[[Parts, Dice], None], ...] = (
    bytes_of_a_part,
    truncated,
    renamed,
    elements,
    elements,
    values,
    values,
    formulas,
    formulas,
    types_and_styles,
    recipe,
    recipe,
)


def mutated(source: Path, target: Path, dice: Dice) -> str:
    """A changed copy; says how it was changed."""
    if dice.random() < 0.08:
        data = bytearray(source.read_bytes())
        for _ in range(dice.choice([1, 1, 3, 20])):
            data[dice.randrange(len(data))] = dice.randrange(256)
        target.write_bytes(data[: dice.randrange(len(data))] if dice.random() < 0.1 else data)
        return "bytes_of_the_file"
    with zipfile.ZipFile(source) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    kind = dice.choice(KINDS)
    kind(parts, dice)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return kind.__name__


# -- what somebody else reads -----------------------------------------------------------------------------------

Cells = dict[tuple[str, str], Any]


def read_by_openpyxl(path: Path) -> tuple[Cells, Cells]:
    """Formulas (or constants) and values of all cells outside the hidden sheet, by another reader."""
    both = []
    for stored in (False, True):
        book = openpyxl.load_workbook(path, data_only=stored)
        both.append({
            (sheet.title, cell.coordinate): cell.value.text if isinstance(cell.value, ArrayFormula) else cell.value
            for sheet in book.worksheets if sheet.title != "_sheetnn"
            for row in sheet.iter_rows() for cell in row if cell.value is not None
        })  # fmt: skip
        book.close()
    return both[0], both[1]


def loose(formula: Any) -> Any:
    return re.sub(r"\s|'|@|_xlfn\.", "", formula).upper() if isinstance(formula, str) else formula


def near(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool) or not isinstance(one, int | float):
        return bool(one.__class__ is other.__class__ and one == other)
    return isinstance(other, int | float) and abs(one - other) <= 1e-11 + 2e-9 * abs(other)


def false_pass(path: Path, original: tuple[Cells, Cells]) -> str:
    """Why a file that passed must not have; empty if it is as it was, or consistent with other inputs."""
    formulas, values = read_by_openpyxl(path)
    known, numbers = original
    stored = any(values.get(at) is not None for at, text in known.items() if is_formula(text))
    inputs_differ = False
    for at, text in known.items():
        if is_formula(text):
            if loose(formulas.get(at)) != loose(text):
                return f"{at}: {formulas.get(at)!r} instead of {text!r}"
            if stored and not near(values.get(at), numbers[at]):
                inputs_differ = True
        elif isinstance(text, int | float) and formulas.get(at) != text:
            inputs_differ = True
    if inputs_differ and not verify(path, ["ironcalc"]).ok:
        return "other inputs or values, and an engine does not agree"
    if inputs_differ and stored and all(formulas.get(at) == text for at, text in known.items()):
        return "the same inputs and other values"
    return ""


def is_formula(text: Any) -> bool:
    return isinstance(text, str) and text.startswith("=")


def hangs(number: int, frame: object) -> None:
    raise TimeoutError("it hangs")


def telling(path: Path) -> dict[str, bytes]:
    """The parts that say what stands in the cells, by name and bytes."""
    with zipfile.ZipFile(path) as archive:
        named = [n for n in archive.namelist() if re.search(r"worksheets/\w+\.xml|workbook\.xml|^_rels", n)]
        return {name: archive.read(name) for name in named}


def judged(path: Path, engines: list[str], small: Path, original: tuple[Cells, Cells]) -> str:
    """The outcome: refused, differs, passes, or a fault of ours in words."""
    signal.signal(signal.SIGALRM, hangs)
    signal.alarm(60)
    try:
        report = verify(path, engines)
    except SheetnnError as error:
        said = str(error)
        clean = said.strip() and len(said) < 5000 and "Traceback" not in said
        return "refused" if clean else f"FAULT: an unclean refusal {said[:300]!r}"
    except Exception as error:
        return f"FAULT: {type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
    if not report.ok:
        return "differs"
    try:
        why = false_pass(path, original)
    except SheetnnError as error:
        return f"FAULT: passed, and then {error}"
    except Exception:  # openpyxl reads styles and names that we do not need
        if telling(path) == telling(small):
            return "passes"
        try:
            return "passes unread" if verify(path, ["ironcalc"]).ok else "FAULT: passed, and an engine does not agree"
        except SheetnnError:
            return "refused"  # by the engine, without which the command line gives no verdict
    return f"FAULT: a false pass, {why}" if why else "passes"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("fuzz"))


def test_changed_workbooks(small: Path, tmp_path: Path) -> None:
    original = read_by_openpyxl(small)
    assert judged(small, ["ironcalc"], small, original) == "passes"
    outcomes: Counter[str] = Counter()
    faults = []
    for number in range(COUNT):
        path = tmp_path / "mutant.xlsx"
        kind = mutated(small, path, random.Random(f"{SEED} {number}"))
        outcome = judged(path, ["ironcalc"] if number % ENGINE_EVERY == 0 else [], small, original)
        outcomes[outcome if not outcome.startswith("FAULT") else "faults"] += 1
        if outcome.startswith("FAULT"):
            faults.append(f"{SEED} {number} {kind}: {outcome}")
    print(dict(outcomes))
    assert not faults, "\n".join(faults)
    assert min(outcomes[kind] for kind in ("refused", "differs", "passes")) > COUNT / 20, "all three are met often"
    assert outcomes["passes unread"] < COUNT / 20


def test_a_false_pass_would_be_found(small: Path, tmp_path: Path) -> None:
    """The judge itself: a file with a wrong formula or value, held to have passed, is told."""
    original = read_by_openpyxl(small)
    with zipfile.ZipFile(small) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changes = {
        "instead of": re.sub(rb"<f>([^<]*)</f>", rb"<f>\1+0</f>", parts[TRAIN], count=1),
        "engine does not agree": re.sub(rb"</f><v>[^<]*</v>", b"</f><v>0.25</v>", parts[TRAIN], count=1),
        "": re.sub(rb' s="\d+"', b"", parts[TRAIN]),
    }
    for why, text in changes.items():
        path = tmp_path / "a.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, text if name == TRAIN else data)
        assert why in false_pass(path, original)
        assert bool(why) == bool(false_pass(path, original))
