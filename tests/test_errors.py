"""Trouble through the command line: one line that says what to mend, exit code 2, and nothing left behind.

`refused` holds every case to the same promises; the small recipe without damage builds, so each refusal is
due to its damage alone.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import sheetnn

from sheetnn.data import home
from sheetnn.errors import LayoutError
from sheetnn.verifier import verify
from sheetnn.workbook import build

resource = pytest.importorskip("resource")

RECIPE = """
id = "small"
layout = "stacked"

[data]
images = "pictures.csv"
classes = [0, 1]

[[layers]]
name = "hidden"
units = 2
activation = "sigmoid"

[[layers]]
name = "output"
units = 2
activation = "sigmoid"

[training]
eta = 0.5
epochs = 2

[start]
"hidden.w" = [[0.1, -0.2, 0.3, 0.4], [0.5, 0.6, -0.7, 0.8]]
"hidden.b" = [0.1, 0.2]
"output.w" = [[0.1, -0.2], [-0.3, 0.4]]
"output.b" = [0.1, -0.1]
"""
PICTURES = "label,pixels\n0,11/11\n1,01/01\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good recipe and its pictures."""
    (tmp_path / "small.toml").write_text(RECIPE, "utf-8")
    (tmp_path / "pictures.csv").write_text(PICTURES, "utf-8")
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    """Everything in a folder, hidden files too."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(folder: Path, words: list[str], *needles: str, **options: Any) -> None:
    """Run a command that must fail as promised, with `needles` in its message."""
    before = files(folder)
    done = sheetnn(*words, cwd=folder, **options)
    assert done.returncode == 2
    assert re.fullmatch(r"sheetnn: [^\n]+\n", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert "unexpected" not in done.stderr, "trouble that a user can cause is foreseen"
    assert done.stdout == ""
    for needle in needles:
        assert needle in done.stderr
    assert files(folder) == before


def small_disk() -> None:
    """A process that may write files of 20 kB; Python ignores the signal, so that writing fails as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_the_small_recipe_builds(folder: Path) -> None:
    done = sheetnn("build", "small.toml", "-o", "a.xlsx", cwd=folder)
    assert done.returncode == 0
    assert re.fullmatch("sheetnn: warning: small: 2 samples to learn from and 16 parameters[^\n]+\n", done.stderr)
    assert sheetnn("verify", "a.xlsx", cwd=folder).returncode == 0


# -- recipes and data ------------------------------------------------------------------------------------------


def named(cases: dict[str, Any]) -> list[Any]:
    return [pytest.param(*values, id=name.replace(" ", "_")) for name, values in cases.items()]


RECIPE_FAULTS: dict[str, tuple[str, str, list[str]]] = {
    "unknown key": (
        "eta = 0.5",
        "eta = 0.5\nepoch = 3",
        ["unknown key 'training.epoch'", "did you mean 'epochs'"],
    ),
    "unknown key of a layer": ("units = 2", "units = 2\nunit = 2", ["unit'", "did you mean 'units'"]),
    "unknown table": ("[training]", "[trainin]\n[training]", ["'trainin'", "did you mean 'training'"]),
    "key missing": ("eta = 0.5", "", ["training.eta", "missing"]),
    "unknown layout": ('"stacked"', '"stakced"', ["layout 'stakced'", "did you mean 'stacked'"]),
    "unknown activation": (
        'activation = "sigmoid"',
        'activation = "sigmiod"',
        ["sigmiod", "did you mean 'sigmoid'"],
    ),
    "unknown cost": ("layout =", 'cost = "sqared"\nlayout =', ["cost", "did you mean 'squared'"]),
    "unknown parameter": ('"hidden.b"', '"hiden.b"', ["'hiden.b'", "did you mean 'hidden.b'"]),
    "two layers of one name": ('name = "output"', 'name = "hidden"', ["two layers", "'hidden'"]),
    "eta 0": ("eta = 0.5", "eta = 0", ["training.eta", "greater than 0"]),
    "eta nan": ("eta = 0.5", "eta = nan", ["training.eta", "finite"]),
    "eta inf": ("eta = 0.5", "eta = inf", ["training.eta", "finite"]),
    "epochs 0": ("epochs = 2", "epochs = 0", ["training.epochs", "greater than or equal to 1"]),
    "epochs a fraction": ("epochs = 2", "epochs = 2.5", ["training.epochs", "2.5"]),
    "a start that is text": ("[0.1, 0.2]", '["a", "b"]', ["'hidden.b'", "not a number"]),
    "a start that is nan": ("[0.1, 0.2]", "[nan, 0.2]", ["'hidden.b'", "not finite"]),
    "a start too short": ("[0.1, 0.2]", "[0.1]", ["'hidden.b' holds 1 number;", "expected 2"]),
    "units unlike classes": ('name = "output"\nunits = 2', 'name = "output"\nunits = 3', ["output", "units = 2"]),
    "a class that never occurs": ("[0, 1]", "[0, 1, 2]", ["class 2 never occurs", "2 samples", "out of classes"]),
    "missing data file": ('"pictures.csv"', '"pictres.csv"', ["'pictres.csv' not found"]),
    "not TOML": ("[training]", "[training", ["not valid TOML"]),
    "diverges": ("[0.1, -0.2, 0.3, 0.4]", "[1e308, 1e308, 1e308, 1e308]", ["hidden.z", "epoch 1", "finite"]),
}
DATA_FAULTS: dict[str, tuple[str, list[str]]] = {
    "empty file": ("", ["holds no pictures", "label,pixels"]),
    "head only": ("label,pixels\n", ["holds no pictures"]),
    "no column of pixels": ("label,picture\n0,11/11\n", ["no column 'pixels'", "label, picture"]),
    "unequal sizes": ("label,pixels\n0,11/11\n1,010/010\n", ["line 3", "2x3", "2x2"]),
    "ragged rows": ("label,pixels\n0,11/111\n", ["line 2", "[2, 3] pixels"]),
    "no pixels": ("label,pixels\n0,\n", ["line 2", "pixels"]),
    "a pixel that is no number": ("label,pixels\n0,11/11\n1,01/0x\n", ["line 3", "pixel 2 of row 2", "'x'"]),
    "a pixel that is nan": ("label,pixels\n0,1 1/1 nan\n", ["line 2", "pixel 2 of row 2", "'nan'"]),
    "a label that is no number": ("label,pixels\n0,11/11\none,01/01\n", ["line 3", "label 'one'"]),
    "a label off the classes": ("label,pixels\n0,11/11\n7,01/01\n", ["label 7", "[0, 1]"]),
    "not UTF-8": ("label,pixels\n0,11/11\n1,01/01 \udcff\n", ["cannot be read"]),
}
MORE_DATA = [
    pytest.param("label,pixels\n0,11/11\n\none,01/01\n", ["line 4"]),
]
MORE_RECIPES = [
    pytest.param("[0.1, 0.2]", '["0.1", "0.2"]', ["'hidden.b'", "not a number"]),
]


@pytest.mark.parametrize(("old", "new", "needles"), [*named(RECIPE_FAULTS), *MORE_RECIPES])
def test_a_recipe_with_a_fault(old: str, new: str, needles: list[str], folder: Path) -> None:
    assert old in RECIPE
    (folder / "small.toml").write_text(RECIPE.replace(old, new, 1), "utf-8")
    refused(folder, ["build", "small.toml", "-o", "a.xlsx"], *needles)


@pytest.mark.parametrize(("text", "needles"), [*named(DATA_FAULTS), *MORE_DATA])
def test_data_with_a_fault(text: str, needles: list[str], folder: Path) -> None:
    (folder / "pictures.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    refused(folder, ["build", "small.toml", "-o", "a.xlsx"], "pictures.csv", *needles)


# -- words of the command line ---------------------------------------------------------------------------------

WORDS: list[tuple[str, list[str]]] = [
    ("build 4_4", ["recipe '4_4'", "did you mean '4-4'"]),
    ("build smal.toml", ["smal.toml: no such file"]),
    ("build", ["no recipe given"]),
    ("build --all 4-4", ["not both"]),
    ("build small.toml 4-4 -o a.xlsx", ["2 recipes", "--output-dir"]),
    ("build small.toml --epochs 0", ["training.epochs", "found '0'"]),
    ("build small.toml --epochs -1", ["training.epochs", "found '-1'"]),
    ("build small.toml --epochs two", ["--epochs"]),
    ("build small.toml --eta nan", ["training.eta", "finite"]),
    ("build small.toml --eta inf", ["training.eta", "finite"]),
    ("build small.toml --eta 0", ["training.eta", "greater than 0"]),
    ("build small.toml --lang eng", ["language 'eng'", "did you mean 'en'"]),
    ("build small.toml --eppochs 3", ["--eppochs", "--epochs"]),
    ("biuld small.toml", ["biuld", "build"]),
    ("verify", ["FILE"]),
    ("verify small.toml --engine libre-office", ["engine 'libre-office'", "did you mean 'libreoffice'"]),
    ("diff small.toml", ["B.xlsx"]),
    # places that cannot be written; permission bits do not bind every user, these do
    ("build small.toml -o no/such/folder/a.xlsx", ["folder does not exist"]),
    ("build small.toml -o .", ["is a folder"]),
    ("build small.toml -o pictures.csv", ["ends in .xlsx"]),
    ("build small.toml -o pictures.csv/a.xlsx", ["pictures.csv"]),
    ("build small.toml --output-dir pictures.csv", ["pictures.csv", "cannot be made"]),
    ("build small.toml --output-dir pictures.csv/b", ["pictures.csv", "cannot be made"]),
    pytest.param(
        "build small.toml -o /proc/a.xlsx", ["cannot be written"],
        marks=pytest.mark.skipif(not Path("/proc/self").exists(), reason="only where /proc is"),
    ),
    pytest.param(f"build small.toml -o {'a' * 300}.xlsx", ["too long"]),
    # sheets have limits
    ("build small.toml --epochs 1000000 -o a.xlsx", ["(1,000,000 epochs)", "1,048,576", "use epochs = "]),
    ("build 4-4 --epochs 32768 -o a.xlsx", ["1,048,583 rows (32,768 epochs)", "epochs = 32,767 (32,768 asked)"]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "needles"), WORDS)
def test_a_command_that_cannot_be_done(line: str, needles: list[str], folder: Path) -> None:
    refused(folder, line.split(), *needles)


def test_an_existing_file_is_replaced_only_by_force(folder: Path) -> None:
    target = folder / "a.xlsx"
    target.write_text("mine")
    refused(folder, ["build", "small.toml", "-o", "a.xlsx"], "a.xlsx: already exists", "--force")
    assert sheetnn("build", "small.toml", "-o", "a.xlsx", "--force", cwd=folder).returncode == 0
    assert zipfile.is_zipfile(target)


def test_two_recipes_for_one_file_are_refused_before_anything_is_written(folder: Path) -> None:
    refused(folder, ["build", "small.toml", "small.toml", "--output-dir", "out"], "small.xlsx")


def crowd(folder: Path, images: int) -> Path:
    """4-4 with so many pictures."""
    recipe = (home("templates") / "4-4.toml").read_text("utf-8").replace("appendix_a.csv", "crowd.csv")
    (folder / "crowd.toml").write_text(recipe, "utf-8")
    pictures = "0,111/101/101/111\n" * (images - 1) + "1,011/001/001/001\n"
    (folder / "crowd.csv").write_text("label,pixels\n" + pictures, "utf-8")
    return folder / "crowd.toml"


def test_too_many_images_for_a_sheet(folder: Path) -> None:
    crowd(folder, 4094)
    needles = ["16,385 columns (4,094 images)", "16,384", "4,093 images (4,094 given)"]
    refused(folder, ["build", "crowd.toml", "--epochs", "1", "-o", "a.xlsx"], *needles)


def test_a_sheet_may_be_full(folder: Path) -> None:
    """The limits are not met one epoch or image too early."""
    assert build("4-4", pages=(), epochs=32767).graph.epochs == 32767
    with pytest.raises(LayoutError, match="rows"):
        build("4-4", pages=(), epochs=32768)
    assert build(crowd(folder, 4093), epochs=1).graph["C"].shape == (4093,)


# -- while writing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("force", [False, True])
def test_a_full_disk(force: bool, folder: Path) -> None:
    """Also with --force: the file that was there stays as it was."""
    if force:
        (folder / "a.xlsx").write_text("mine")
    words = ["build", "4-4", "--epochs", "1", "-o", "a.xlsx", *["--force"] * force]
    refused(folder, words, "a.xlsx: cannot be written", preexec_fn=small_disk)
    assert (folder / "a.xlsx").exists() == force


def test_a_full_disk_while_verifying(small_file: Path, folder: Path) -> None:
    refused(folder, ["verify", str(small_file)], preexec_fn=small_disk)


def stopped(folder: Path, signals: list[signal.Signals]) -> tuple[int, str, str]:
    """Code, stdout and stderr of a large build that is sent signals while it writes and packs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sheetnn", "build", "4-4", "--epochs", "400", "-o", "a.xlsx"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # background jobs may ignore it
    )
    try:
        end = time.monotonic() + 60
        while not list(folder.glob(".a.xlsx*.part")):
            assert process.poll() is None, "the build ended before it could be stopped"
            assert time.monotonic() < end
            time.sleep(0.01)
        time.sleep(0.8)
        for number in signals:
            process.send_signal(number)
            time.sleep(0.003)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
        process.communicate()
    return process.returncode, out, err


@pytest.mark.parametrize(
    ("signals", "code"),
    [
        ([signal.SIGINT], 130),
        ([signal.SIGTERM], 143),
        ([signal.SIGINT] * 2, 130),
    ],
)
def test_an_interrupted_build_leaves_nothing(signals: list[signal.Signals], code: int, folder: Path) -> None:
    before = files(folder)
    found, out, err = stopped(folder, signals)
    assert (found, out) == (code, "")
    assert "Traceback" not in err
    assert files(folder) == before


def test_an_interrupted_build_says_so(folder: Path) -> None:
    said = stopped(folder, [signal.SIGINT])[2].splitlines()
    assert said[-1].startswith("sheetnn: interrupted")
    assert all("formulas are coming" in line for line in said[:-1])


# -- files that are no workbooks of ours ------------------------------------------------------------------------


def part_changed(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path, Path], None]:
    """Damage to one part of a workbook."""

    def damage(good: Path, bad: Path) -> None:
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
            for part in source.namelist():
                data = source.read(part)
                target.writestr(part, change(data) if part == name else data)
                assert part != name or change(data) != data

    return damage


def flipped(good: Path, bad: Path) -> None:
    """Garbage at the start of a packed sheet; the directory of the archive is whole."""
    with zipfile.ZipFile(good) as archive:
        info = archive.getinfo(TRAIN)
    data = bytearray(good.read_bytes())
    extra = int.from_bytes(data[info.header_offset + 28 : info.header_offset + 30], "little")
    start = info.header_offset + 30 + len(TRAIN) + extra  # after the local header, the name and the extra field
    data[start : start + 8] = b"\xff" * 8
    bad.write_bytes(data)


def without_recipe(good: Path, bad: Path) -> None:
    import openpyxl

    openpyxl.Workbook().save(bad)


STORE, TRAIN = "xl/worksheets/sheet4.xml", "xl/worksheets/sheet2.xml"
BAD_FILES = {
    "not a zip": (lambda good, bad: bad.write_text("hello"), ["not a readable xlsx"], True),
    "empty": (lambda good, bad: bad.write_bytes(b""), ["not a readable xlsx"], True),
    "truncated": (lambda good, bad: bad.write_bytes(good.read_bytes()[:50_000]), ["not a readable xlsx"], True),
    "missing": (lambda good, bad: None, ["bad.xlsx: no such file"], True),
    "a folder": (lambda good, bad: bad.mkdir(), ["bad.xlsx"], True),
    "no recipe": (without_recipe, ["was not built by sheetnn"], False),
    "a recipe cut short": (part_changed(STORE, lambda data: data.replace(b"{", b"(")), ["recipe in it"], False),
    "of another schema": (
        part_changed(STORE, lambda data: data.replace(b'"schema": 2', b'"schema": 99')), ["schema 99"], False,
    ),
    "a sheet renamed": (
        part_changed("xl/workbook.xml", lambda data: data.replace("学习".encode(), b"other")),
        ["has no sheet"], False,
    ),
    "a sheet cut short": (part_changed(TRAIN, lambda data: data[:99_999]), ["damaged near row"], True),
    "a number that is none": (
        part_changed(TRAIN, lambda data: data.replace(b"<v>0.49</v>", b"<v>0,49</v>")), ["damaged near row"], True,
    ),
}  # fmt: skip
MORE_FILES = [
    pytest.param(flipped, ["damaged"], True),
    pytest.param(part_changed("_rels/.rels", lambda data: b"<none/>"), ["not a readable xlsx"], True),
    pytest.param(
        part_changed(TRAIN, lambda data: data.replace(b'<row r="10"', b'<row r="-99"')), ["damaged"], False),
    pytest.param(
        part_changed(STORE, lambda data: data.replace(b'"sheets":', b'"shets":')), ["bad.xlsx"], False),
    pytest.param(
        part_changed(STORE, lambda data: data.replace(b'"page": {', b'"page": 5, "x": {')), ["bad.xlsx"], False),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "needles", "in_diff"), [*named(BAD_FILES), *MORE_FILES])
def test_a_file_that_cannot_be_read(
    damage: Any, needles: list[str], in_diff: bool, small_file: Path, tmp_path: Path
) -> None:
    damage(small_file, tmp_path / "bad.xlsx")
    refused(tmp_path, ["verify", "bad.xlsx"], *needles)
    if in_diff:
        refused(tmp_path, ["diff", str(small_file), "bad.xlsx"], *needles)


def test_an_unreadable_file_among_good_ones(small_file: Path, tmp_path: Path) -> None:
    shutil.copy(small_file, tmp_path / "good.xlsx")
    done = sheetnn("verify", "good.xlsx", "bad.xlsx", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "sheetnn: bad.xlsx: no such file\n"


# -- tracebacks only where they are asked for --------------------------------------------------------------------

TRACED = ["build 4_4", "build small.toml --epochs 0", "build small.toml --eppochs 3", "verify none.xlsx"]


@pytest.mark.parametrize("line", TRACED)
@pytest.mark.parametrize("first", [True, False])
def test_a_traceback_on_demand(line: str, first: bool, folder: Path) -> None:
    words = ["--debug", *line.split()] if first else [*line.split(), "--debug"]
    done = sheetnn(*words, cwd=folder)
    assert done.returncode != 0
    assert done.stderr.startswith("Traceback")
    refused(folder, line.split())


@pytest.mark.parametrize("line", TRACED)
def test_trouble_with_a_traceback_is_trouble(line: str, folder: Path) -> None:
    assert sheetnn("--debug", *line.split(), cwd=folder).returncode == 2


# -- numbers beyond the range of EXP ------------------------------------------------------------------------------


def test_weighted_inputs_beyond_800(engine: str, folder: Path) -> None:
    """EXP overflows at 710 in NumPy and in every spreadsheet; the sigmoid there is 0 or 1, never an error."""
    recipe = RECIPE.replace("[[0.1, -0.2, 0.3, 0.4], [0.5, 0.6, -0.7, 0.8]]", f"[{[500] * 4}, {[-500] * 4}]")
    recipe = recipe.replace("[[0.1, -0.2], [-0.3, 0.4]]", "[[900, -900], [-900, 900]]")
    (folder / "small.toml").write_text(recipe, "utf-8")
    done = sheetnn("build", "small.toml", "-o", "a.xlsx", cwd=folder)
    assert done.returncode == 0
    assert "Warning" not in done.stderr, "none of NumPy's"
    values = build(folder / "small.toml").values
    for layer in ("hidden", "output"):
        z, a = values[f"{layer}.z"], values[f"{layer}.a"]
        assert z.min() < -800
        assert z.max() > 800
        assert np.all(a[z > 800] == 1)
        assert np.all((a[z < -800] >= 0) & (a[z < -800] < 1e-300))
    with zipfile.ZipFile(folder / "a.xlsx") as archive:
        assert not any(b't="e"' in archive.read(name) for name in archive.namelist())
    assert verify(folder / "a.xlsx", [engine]).ok
