"""Data of every kind as a network receives them. Expected numbers are typed here or follow by hand from the files."""

from __future__ import annotations

import io
import math
import os
import re
import struct
import tomllib
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from sheetnn.data import home
from sheetnn.datasets import load
from sheetnn.errors import RecipeError
from sheetnn.samples import Dataset
from sheetnn.schema import Data
from sheetnn.sources import SOURCES

SMALL = "a,b,label\n1,0.5,0\n2,-1.5,1\n3,2.5,0\n4,0.25,1\n"


def put(folder: Path, name: str, text: str | bytes) -> Path:
    """A file exactly as given: no line end is changed."""
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def table(folder: Path, text: str | bytes, **keys: Any) -> Dataset:
    return load(Data(table="t.csv", **keys), put(folder, "t.csv", text), "r.toml")


def arrays(folder: Path, x: Any, y: Any, keys: dict[str, Any] | None = None, **others: Any) -> Dataset:
    np.savez(folder / "a.npz", x=x, y=y, **others)
    return load(Data(arrays="a.npz", **(keys or {})), folder, "r.toml")


def drawn(folder: Path, pictures: dict[str, Any], mode: str | None = None) -> Path:
    """A folder `shapes` of PNG pictures with these pixels."""
    for name, pixels in pictures.items():
        path = folder / "shapes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(np.array(pixels, np.uint8))
        (picture.convert(mode) if mode else picture).save(path, "PNG")
    return folder


def shapes(folder: Path, **keys: Any) -> Dataset:
    return load(Data(folder="shapes", **keys), folder, "r.toml")


def refusal(act: Any, *needles: str) -> None:
    """The message of a refusal: one line a terminal can show, of bounded length, with `needles` in it."""
    with pytest.raises(RecipeError) as found:
        act()
    message = str(found.value)
    assert message.isprintable(), ascii(message)
    assert len(message) < 500
    for needle in needles:
        assert needle in message


# -- pictures in a CSV file --------------------------------------------------------------------------------------


def images(folder: Path, text: str | bytes, **keys: Any) -> Dataset:
    return load(Data(images="p.csv", **keys), put(folder, "p.csv", text), "r.toml")


def test_pictures_of_a_csv(tmp_path: Path) -> None:
    found = images(tmp_path, "label,pixels\n7,01/10\n-5,1 0.5/0 1\n")
    assert found.train.x.tolist() == [[[0, 1], [1, 0]], [[1, 0.5], [0, 1]]]
    assert found.train.axes == {"row": 2, "col": 2}
    assert (found.classes, found.numbers, found.named) == ((-5, 7), (-5, 7), False)
    assert found.train.labels is not None
    assert found.train.labels.tolist() == [7, -5]
    assert (found.test, found.warnings, found.features, found.outputs) == (None, (), (), ())


def test_whole_pixels_are_integers(tmp_path: Path) -> None:
    assert images(tmp_path, "label,pixels\n0,01/10\n1,11/00\n").train.x.dtype.kind == "i"


def test_pictures_with_names_for_labels(tmp_path: Path) -> None:
    found = images(tmp_path, "label,pixels\n7,01/10\none,11/00\n7,00/00\n")
    assert (found.classes, found.numbers, found.named) == (("7", "one"), (1, 2), True)
    assert found.train.labels is not None
    assert found.train.labels.tolist() == [1, 2, 1]


@pytest.mark.parametrize("name", ["appendix_a.csv", "appendix_b.csv"])
def test_the_pictures_of_the_book(name: str) -> None:
    """The first lines of both files, as the book prints them."""
    found = load(Data(images=name), None, "r.toml")
    count, classes, first = {
        "appendix_a.csv": (64, (0, 1), ["111", "101", "101", "111"]),
        "appendix_b.csv": (96, (1, 2, 3), ["000100"] * 6),
    }[name]
    assert (len(found.train), found.classes) == (count, classes)
    assert found.train.x[0].tolist() == [[int(pixel) for pixel in row] for row in first]


# -- tables -------------------------------------------------------------------------------------------------------


def test_a_table(tmp_path: Path) -> None:
    found = table(tmp_path, SMALL)
    assert found.train.x.tolist() == [[1, 0.5], [2, -1.5], [3, 2.5], [4, 0.25]]
    assert found.train.labels is not None
    assert found.train.labels.tolist() == [0, 1, 0, 1]
    assert found.train.axes == {"feature": 2}
    assert (found.classes, found.features, found.outputs) == ((0, 1), ("a", "b"), ())
    assert (found.warnings, found.ranges) == ((), ())


WRITTEN = {
    "mark of byte order": b"\xef\xbb\xbf" + SMALL.encode(),
    "Windows line ends": SMALL.replace("\n", "\r\n").encode(),
    "old Mac line ends": SMALL.replace("\n", "\r").encode(),
    "no last line end": SMALL.rstrip().encode(),
    "blank lines": SMALL.replace("\n", "\n\n").encode() + b"\n,,\n  , ,\n",
    "semicolons": SMALL.replace(",", ";").encode(),
    "semicolons of Excel": b"\xef\xbb\xbf" + SMALL.replace(",", ";").replace("\n", "\r\n").encode(),
    "tabs": SMALL.replace(",", "\t").encode(),
    "quotes": re.sub(r"([^,\n]+)", r'"\1"', SMALL).encode(),
    "spaces": SMALL.replace(",", " , ").encode(),
    "other spellings": b"a,b,label\n1.,+.5,0\n2e0,-15E-1,1\n03,2.50,+0\n4.000,25e-2,1.0\n",
}


@pytest.mark.parametrize("written", WRITTEN)
def test_a_table_is_the_same_however_it_is_written(written: str, tmp_path: Path) -> None:
    found = table(tmp_path, WRITTEN[written])
    assert found.train.x.tolist() == [[1, 0.5], [2, -1.5], [3, 2.5], [4, 0.25]]
    assert found.train.labels is not None
    assert (found.train.labels.tolist(), found.features, found.classes) == ([0, 1, 0, 1], ("a", "b"), (0, 1))


def test_features_in_the_order_asked_for(tmp_path: Path) -> None:
    text = "id,a,word,b,kind\n1,10,x,20,yes\n2,30,y,40,no\n"
    found = table(tmp_path, text, label="kind", features=("b", "a"))
    assert found.train.x.tolist() == [[20, 10], [40, 30]]
    assert found.train.x.dtype.kind == "i"
    assert (found.features, found.classes) == (("b", "a"), ("no", "yes"))
    assert found.train.labels is not None
    assert found.train.labels.tolist() == [2, 1]


def test_numbers_are_read_to_the_last_bit(tmp_path: Path) -> None:
    """The nearest double of each text, as Python's own literals give it; a fast reader may be a unit off."""
    text = (
        "x,label\n0.1,0\n3.0e-324,1\n9007199254740993,0\n1.7976931348623157e308,1\n"
        "0.3066101993807095471566981359501369297504425048828125,0\n"
    )
    assert table(tmp_path, text).train.x[:, 0].tolist() == [
        0.1,
        5e-324,
        9007199254740992.0,
        1.7976931348623157e308,
        0.30661019938070955,
    ]


def test_a_regression(tmp_path: Path) -> None:
    found = table(tmp_path, "x,y,z\n1,2,3\n4,5.5,6\n", outputs=("z", "y"))
    assert found.train.x.tolist() == [[1], [4]]
    assert found.train.targets is not None
    assert found.train.targets.tolist() == [[3.0, 2.0], [6.0, 5.5]]
    assert found.train.targets.dtype == np.float64
    assert (found.train.labels, found.classes, found.outputs, found.features) == (None, (), ("z", "y"), ("x",))


def test_a_label_beside_outputs_is_left_out_and_said(tmp_path: Path) -> None:
    found = table(tmp_path, "x,y,label\n1,2,a\n4,5,b\n", outputs=("y",))
    assert found.features == ("x",)
    assert "'label' is left out" in found.warnings[0]
    kept = table(tmp_path, "x,y,label\n1,2,7\n4,5,8\n", outputs=("y",), features=("x", "label"))
    assert (kept.train.x.tolist(), kept.warnings) == ([[1, 7], [4, 8]], ())


def test_only_as_many_lines_as_asked_for_are_read(tmp_path: Path) -> None:
    text = SMALL + "nonsense,nonsense,nonsense\n"
    assert table(tmp_path, text, limit=4).train.x.shape == (4, 2)
    refusal(lambda: table(tmp_path, text, limit=5), "t.csv, line 6", "'nonsense'")
    few = table(tmp_path, SMALL, limit=9)
    assert len(few.train) == 4
    assert few.warnings == ("t.csv: limit is 9, but there are only 4 samples; all are used",)


TABLE_FAULTS: dict[str, tuple[str | bytes, dict[str, Any], list[str]]] = {
    "empty": ("", {}, ["t.csv", "is empty", "head line"]),
    "only a mark": (b"\xef\xbb\xbf", {}, ["is empty"]),
    "head only": ("a,label\n", {}, ["holds no samples"]),
    "a word": ("a,label\n1,0\nred,1\n", {}, ["t.csv, line 3, column 'a': 'red'", "features"]),
    "a word after blank lines": ("a,label\n1,0\n\n\nred,1\n", {}, ["line 5, column 'a'"]),
    "a word in a later column": ("a,b,label\n1,2,0\n1,red,1\n", {}, ["line 3, column 'b': 'red'"]),
    "nan": ("a,label\nnan,0\n", {}, ["line 2, column 'a': 'nan'"]),
    "inf": ("a,label\n-inf,0\n", {}, ["line 2, column 'a': '-inf'"]),
    "too large": ("a,label\n1e999,0\n", {}, ["line 2, column 'a': '1e999'", "larger"]),
    "an empty cell": ("a,label\n 1,0\n ,1\n", {}, ["line 3, column 'a'", "empty"]),
    "an underscore": ("a,label\n1_000,0\n", {}, ["'1_000'"]),
    "digits of another script": ("a,label\n١,0\n", {}, ["line 2, column 'a': '١'"]),
    "hexadecimal": ("a,label\n0x10,0\n", {}, ["'0x10'"]),
    "a formula": ("a,label\n=1+1,0\n", {}, ["'=1+1'"]),
    "a long text": ("a,label\n" + "x" * 40_000 + ",0\n", {}, ["'" + "x" * 37 + "...'"]),
    "an escape": ("a,label\n\x1b[31m,0\n", {}, [r"'\x1b[31m'"]),
    "a decimal comma": ('a,label\n"5,1",0\n', {}, ["'5,1'", "decimal comma", "'5.1'"]),
    "a decimal comma between semicolons": ("a;label\n5,1;0\n", {}, ["line 2, column 'a'", "decimal comma", "'5.1'"]),
    "a comma that may part thousands": (
        'a,label\n"1,234",0\n',
        {},
        ["'1,234' has a comma", "'1.234' if it is the decimal comma", "'1234' if it parts"],
    ),
    "a comma of thousands and millions": ('a,label\n"-1,234,567",0\n', {}, ["'-1234567', as it parts thousands"]),
    "a comma after a zero": ('a,label\n"0,125",0\n', {}, ["decimal comma", "'0.125'"]),
    "a bad target": ("x,y\n1,2\n2,two\n", {"outputs": ("y",)}, ["line 3, column 'y': 'two'"]),
    "a short line": ("a,b,label\n1,2,0\n1,2\n", {}, ["line 3", "has 2 columns", "head line has 3"]),
    "a long line": ("a,b,label\n1,2,0,4\n", {}, ["line 2", "has 4 columns", "head line has 3"]),
    "an open quote": ('a,label\n1,0\n"2,1\n', {}, ["t.csv", "cannot be read as CSV"]),
    "a zero byte": (b"a,label\n1\x00,0\n", {}, [r"'1\x00'"]),
    "another encoding": ("a,label\n1,café\n".encode("latin-1"), {}, ["cannot be read as CSV", "UTF-8"]),
    "UTF-16": (SMALL.encode("utf-16"), {}, ["cannot be read as CSV", "UTF-8"]),
    "two columns of one name": ("a,a,label\n1,2,0\n", {}, ["two columns are named 'a'"]),
    "a column without a name": (",a,label\n0,1,0\n", {}, ["column 1 has no name"]),
    "a long name of a column": ("x" * 300 + ",label\n1,0\n", {}, ["300 characters", "255"]),
    "a name with a tab": ('"a\tb",label\n1,0\n', {}, [r"'a\tb'", "U+0009"]),
    "no label": ("a,lable\n1,0\n", {}, ["no column 'label'", "did you mean 'lable'", "a, lable"]),
    "no such label": (SMALL, {"label": "kind"}, ["no column 'kind'", "a, b, label"]),
    "no such feature": (SMALL, {"features": ("a", "bb")}, ["no column 'bb'", "features", "did you mean 'b'"]),
    "no such output": ("x,y\n1,2\n", {"outputs": ("yy",)}, ["no column 'yy'", "outputs", "did you mean 'y'"]),
    "a feature twice": (SMALL, {"features": ("a", "a")}, ["features names column 'a' twice"]),
    "an output twice": (SMALL, {"outputs": ("a", "a")}, ["outputs names column 'a' twice"]),
    "the label a feature": (SMALL, {"features": ("a", "label")}, ["'label'", "cannot be among the features"]),
    "an output a feature": (SMALL, {"outputs": ("a",), "features": ("a",)}, ["'a'", "cannot be among the features"]),
    "nothing but a label": ("label\n1\n2\n", {}, ["no column besides 'label'"]),
    "nothing but outputs": ("x,y\n1,2\n", {"outputs": ("x", "y")}, ["expected at least one feature"]),
}


@pytest.mark.parametrize("fault", TABLE_FAULTS)
def test_a_table_with_a_fault(fault: str, tmp_path: Path) -> None:
    text, keys, needles = TABLE_FAULTS[fault]
    refusal(lambda: table(tmp_path, text, **keys), *needles)


def test_more_numbers_than_any_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sheetnn.sources.source.LIMIT", 2999)
    many = "a,b,c,label\n" + "1,2,3,0\n1,2,4,1\n" * 500
    refusal(lambda: table(tmp_path, many), "1,000 samples of 3", "2,999", "limit")
    assert len(table(tmp_path, many, limit=999).train) == 999


# -- folders of PNG pictures --------------------------------------------------------------------------------------


def test_a_folder_of_gray_pictures(tmp_path: Path) -> None:
    drawn(tmp_path, {"9/b.png": [[3, 4]], "9/a.png": [[1, 2]], "10/c.PNG": [[255, 0]]})
    found = shapes(tmp_path)
    assert found.train.x.tolist() == [[[255, 0]], [[1, 2]], [[3, 4]]], "sub-folders and pictures in order of name"
    assert found.train.x.dtype.kind == "i"
    assert found.train.labels is not None
    assert (found.train.labels.tolist(), found.classes) == ([10, 9, 9], (9, 10))
    assert found.train.axes == {"row": 1, "col": 2}
    assert found.warnings == ()


PIXELS = [[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 200, 30]], [[9, 9, 9], [255, 255, 255]]]


def test_colours_are_channels(tmp_path: Path) -> None:
    found = shapes(drawn(tmp_path, {"a/1.png": PIXELS, "b/1.png": PIXELS}), channels="rgb")
    assert found.train.x[0].tolist() == [
        [[255, 0], [0, 10], [9, 255]],
        [[0, 255], [0, 200], [9, 255]],
        [[0, 0], [255, 30], [9, 255]],
    ]
    assert found.train.axes == {"channel": 3, "row": 3, "col": 2}


def test_gray_of_colours_is_luminance(tmp_path: Path) -> None:
    """ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B, by hand: 76.2, 149.7, 29.1, 123.8, 9, 255."""
    found = shapes(drawn(tmp_path, {"a/1.png": PIXELS, "b/1.png": PIXELS}))
    assert found.train.x[0].tolist() == [[76, 150], [29, 124], [9, 255]]


def test_one_bit_and_palette_pictures(tmp_path: Path) -> None:
    drawn(tmp_path, {"bits/1.png": [[0, 255], [255, 0]]}, "1")
    drawn(tmp_path, {"palette/1.png": [[7, 200], [0, 90]]}, "P")
    assert shapes(tmp_path).train.x.tolist() == [[[0, 255], [255, 0]], [[7, 200], [0, 90]]]


def test_sixteen_bits_of_gray(tmp_path: Path) -> None:
    """v/257, to the nearest: 65535 is 255, 257 is 1, 128 is 0 and 129 is 1."""
    for name in "ab":
        (tmp_path / "shapes" / name).mkdir(parents=True)
        Image.fromarray(np.array([[65535, 257], [128, 129]], np.uint16)).save(tmp_path / "shapes" / name / "1.png")
    assert shapes(tmp_path).train.x[0].tolist() == [[255, 1], [0, 1]]
    assert shapes(tmp_path, channels="rgb").train.x[0].tolist() == [[[255, 1], [0, 1]]] * 3


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    """Black ink without paper: its colours alone would all be 0. Half black on white: 255·(1 − 128/255) = 127."""
    ink = [[[0, 0, 0, 255], [0, 0, 0, 0], [0, 0, 0, 128]]]
    assert shapes(drawn(tmp_path, {"a/1.png": ink, "b/1.png": ink})).train.x[0].tolist() == [[0, 255, 127]]


@pytest.mark.parametrize("names", [("猫", "狗"), ("قط", "كلب"), ("🐱", "🐶"), ("=1+1", "a b")])
def test_folders_named_in_any_script(names: tuple[str, str], tmp_path: Path) -> None:
    found = shapes(drawn(tmp_path, {f"{name}/1.png": [[index]] for index, name in enumerate(names)}))
    assert found.classes == tuple(sorted(names))
    assert found.train.labels is not None
    pairs = zip(found.train.x[:, 0, 0].tolist(), found.train.labels.tolist(), strict=True)
    assert {names[pixel]: found.classes[label - 1] for pixel, label in pairs} == {name: name for name in names}


def test_other_files_are_said_and_hidden_ones_are_not(tmp_path: Path) -> None:
    drawn(tmp_path, {"a/1.png": [[1]], "b/1.png": [[2]], "b/.2.png": [[3]], ".c/1.png": [[4]], "loose.png": [[5]]})
    put(tmp_path / "shapes", "notes.txt", "x")
    put(tmp_path / "shapes" / "a", "Thumbs.db", "x")
    (tmp_path / "shapes" / "empty").mkdir()
    (tmp_path / "shapes" / "a" / "deep.png").mkdir()
    found = shapes(tmp_path)
    assert found.train.x.tolist() == [[[1]], [[2]]]
    (said,) = found.warnings
    for name in ("notes.txt", "a/Thumbs.db", "empty", "a/deep.png", "loose.png"):
        assert name in said
    assert ".2" not in said
    assert ".c" not in said


def test_only_as_many_pictures_as_asked_for_are_opened(tmp_path: Path) -> None:
    drawn(tmp_path, {"a/1.png": [[1]], "b/1.png": [[2]]})
    put(tmp_path / "shapes" / "b", "2.png", "no picture")
    assert len(shapes(tmp_path, limit=2).train) == 2
    refusal(lambda: shapes(tmp_path), "shapes/b/2.png", "is not a PNG picture")


def png(folder: Path, data: bytes, name: str = "2.png") -> None:
    """Good pictures in two classes, and one of these bytes after them."""
    put(drawn(folder, {"a/1.png": [[1, 2], [3, 4]], "b/1.png": [[5, 6], [7, 8]]}) / "shapes" / "b", name, data)


def encoded(form: str, size: tuple[int, int] = (2, 2), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", size, 7).save(buffer, form, **options)
    return buffer.getvalue()


def claiming(width: int, height: int) -> bytes:
    """A small picture whose head claims another size."""
    good = encoded("PNG")
    head = b"IHDR" + struct.pack(">II", width, height) + good[24:29]
    return good[:12] + head + struct.pack(">I", zlib.crc32(head)) + good[33:]


def chunked() -> bytes:
    """A picture with a note that unpacks to 10 MB."""
    note = PngInfo()
    note.add_text("Comment", "x" * 10_000_000, zip=True)
    return encoded("PNG", pnginfo=note)


PNG_FAULTS: dict[str, tuple[Any, list[str]]] = {
    "text": (lambda: b"hello", ["is not a PNG picture"]),
    "nothing": (lambda: b"", ["is not a PNG picture"]),
    "JPEG": (lambda: encoded("JPEG"), ["is not a PNG picture"]),
    "GIF": (lambda: encoded("GIF"), ["is not a PNG picture"]),
    "cut short": (lambda: encoded("PNG", (50, 50))[:-30], ["PNG"]),
    "cut in the head": (lambda: encoded("PNG")[:20], ["PNG"]),
    "garbage inside": (lambda: encoded("PNG")[:45] + b"\xff" * 9 + encoded("PNG")[54:], ["PNG"]),
    "a large note": (chunked, ["PNG"]),
    "another size": (lambda: encoded("PNG", (3, 2)), ["2x3 pixels", "2x2", "one size"]),
    "turned": (lambda: encoded("PNG", (1, 4)), ["4x1 pixels", "2x2"]),
    "too large": (lambda: encoded("PNG", (1001, 1000)), ["1000x1001 pixels", "1,000,000"]),
    "a bomb": (lambda: claiming(20_000, 10_000), ["1,000,000"]),
}


@pytest.mark.parametrize("fault", PNG_FAULTS)
def test_a_picture_with_a_fault(fault: str, tmp_path: Path) -> None:
    make, needles = PNG_FAULTS[fault]
    png(tmp_path, make())
    refusal(lambda: shapes(tmp_path), "shapes/b/2.png", *needles)


def test_a_picture_that_may_be_as_large_as_this(tmp_path: Path) -> None:
    drawn(tmp_path, {"a/1.png": np.zeros((1000, 1000)), "b/1.png": np.ones((1000, 1000))})
    assert shapes(tmp_path).train.x.shape == (2, 1000, 1000)


def test_a_folder_without_pictures(tmp_path: Path) -> None:
    drawn(tmp_path, {"1.png": [[1]]})
    refusal(lambda: shapes(tmp_path), "shapes: holds no pictures", "sub-folder for each class")


def test_pictures_of_one_class(tmp_path: Path) -> None:
    drawn(tmp_path, {"a/1.png": [[1]], "a/2.png": [[2]]})
    refusal(lambda: shapes(tmp_path), "shapes: every label is 'a'", "at least two classes")


def test_too_many_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sheetnn.sources.source.LIMIT", 3)
    drawn(tmp_path, {"a/1.png": [[1, 2]], "b/1.png": [[2, 3]]})
    refusal(lambda: shapes(tmp_path), "2 samples of 2 numbers", "limit")


# -- NumPy arrays -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((2, 3), {"feature": 3}),
        ((2, 3, 4), {"row": 3, "col": 4}),
        ((2, 3, 4, 5), {"channel": 3, "row": 4, "col": 5}),
    ],
)
@pytest.mark.parametrize("kind", [bool, np.uint8, np.int16, np.uint64, np.float16, np.float32, np.float64])
def test_arrays_of_each_kind(shape: tuple[int, ...], axes: dict[str, int], kind: Any, tmp_path: Path) -> None:
    x = np.arange(math.prod(shape)).reshape(shape) % 2
    found = arrays(tmp_path, x.astype(kind), [4, 2])
    assert found.train.x.tolist() == x.tolist()
    assert found.train.x.dtype == np.int64, "whole numbers are shown as 1, not as 1.0"
    assert found.train.axes == axes
    assert found.train.labels is not None
    assert (found.train.labels.tolist(), found.classes) == ([4, 2], (2, 4))


def test_fractions_stay_as_they_are(tmp_path: Path) -> None:
    assert arrays(tmp_path, [[0.1, 1.0], [2.0, 3.0]], [0, 1]).train.x.tolist() == [[0.1, 1.0], [2.0, 3.0]]
    assert arrays(tmp_path, [[2**60, 1], [2, 3]], [0, 1]).train.x.dtype == np.float64


@pytest.mark.parametrize(
    ("y", "classes", "labels"),
    [
        (np.array([1.0, 0.0, 1.0]), (0, 1), [1, 0, 1]),
        (np.array([True, False, True]), (0, 1), [1, 0, 1]),
        (np.array([-3, 7, -3], np.int8), (-3, 7), [-3, 7, -3]),
        (np.array(["5", "-2", "5"]), (-2, 5), [5, -2, 5]),
        (np.array(["بيت", "دار", "بيت"]), ("بيت", "دار"), [1, 2, 1]),
        (np.array(["猫".encode(), b"dog", b"dog"]), ("dog", "猫"), [2, 1, 1]),
    ],
)
def test_labels_of_each_type(y: Any, classes: tuple[Any, ...], labels: list[int], tmp_path: Path) -> None:
    found = arrays(tmp_path, [[1], [2], [3]], y)
    assert found.classes == classes
    assert found.train.labels is not None
    assert found.train.labels.tolist() == labels


@pytest.mark.parametrize(("y", "outputs"), [([0.5, 1], ("p",)), ([[0.5, 1], [2, 3]], ("p", "q"))])
def test_targets_of_arrays(y: Any, outputs: tuple[str, ...], tmp_path: Path) -> None:
    found = arrays(tmp_path, [[1], [2]], y, {"outputs": outputs})
    assert found.train.targets is not None
    assert found.train.targets.tolist() == np.array(y, float).reshape(2, -1).tolist()
    assert (found.outputs, found.classes, found.train.labels) == (outputs, (), None)


def test_other_arrays_are_said(tmp_path: Path) -> None:
    found = arrays(tmp_path, [[1], [2]], [0, 1], z=[1], notes=["x"])
    assert found.warnings == ("a.npz: passed over z, notes; only x and y are read",)


def test_channels_that_come_last_are_said(tmp_path: Path) -> None:
    (said,) = arrays(tmp_path, np.zeros((2, 8, 8, 3)), [0, 1]).warnings
    assert "8 channels" in said
    assert arrays(tmp_path, np.zeros((2, 3, 8, 8)), [0, 1]).warnings == ()


X2 = [[1.0, 2.0], [3.0, 4.0]]
ARRAY_FAULTS: dict[str, tuple[Any, Any, dict[str, Any], list[str]]] = {
    "x of one axis": ([1, 2], [0, 1], {}, ["x has shape (2,)", "(sample, feature)"]),
    "x of five axes": (np.zeros((2, 1, 1, 1, 1)), [0, 1], {}, ["x has shape (2, 1, 1, 1, 1)"]),
    "x without samples": (np.zeros((0, 3)), [], {}, ["x has shape (0, 3)"]),
    "x without features": (np.zeros((2, 0)), [0, 1], {}, ["x has shape (2, 0)"]),
    "x of text": ([["a"], ["b"]], [0, 1], {}, ["x holds texts", "expected numbers"]),
    "x complex": ([[1j], [2]], [0, 1], {}, ["x holds complex numbers"]),
    "x of objects": (np.array([[None], [1]]), [0, 1], {}, ["Python objects"]),
    "x of dates": (np.array([["2020-01-01"], ["2020-01-02"]], "M8[D]"), [0, 1], {}, ["x holds dates"]),
    "x nan": ([[1, 2], [3, np.nan]], [0, 1], {}, ["x[1, 1] is nan"]),
    "x inf": ([[1, -np.inf], [3, 4]], [0, 1], {}, ["x[0, 1] is -inf"]),
    "y too short": (X2, [0], {}, ["y has shape (1,)", "(2, 2)"]),
    "y a number": (X2, 0, {}, ["y has shape ()"]),
    "y one-hot": (X2, [[0, 1], [1, 0]], {}, ["y has shape (2, 2)", "expected (2,)", "argmax"]),
    "y a column": (X2, [[0], [1]], {}, ["y has shape (2, 1)", "expected (2,)"]),
    "y a fraction": (X2, [0, 0.5], {}, ["y[1] is 0.5", "outputs"]),
    "y nan": (X2, [0, np.nan], {}, ["y[1] is nan"]),
    "y of objects": (X2, np.array([0, None]), {}, ["Python objects"]),
    "y bytes of another encoding": (X2, np.array([b"\xff", b"a"]), {}, ["not UTF-8"]),
    "y complex": (X2, [0, 1j], {}, ["y holds complex numbers"]),
    "an empty label": (X2, ["", "a"], {}, ["a.npz, y[0]: label is empty"]),
    "targets too few": (X2, [[0.5], [1]], {"outputs": ("a", "b")}, ["y has shape (2, 1)", "(2, 2)", "a, b"]),
    "targets too many": (X2, X2, {"outputs": ("a",)}, ["y has shape (2, 2)", "(2, 1)"]),
    "targets cubic": (X2, [X2, X2], {"outputs": ("a", "b")}, ["y has shape (2, 2, 2)"]),
    "targets nan": (X2, [[0.5], [np.nan]], {"outputs": ("a",)}, ["y[1, 0] is nan"]),
    "targets text": (X2, ["a", "b"], {"outputs": ("a",)}, ["y holds texts"]),
    "outputs twice": (X2, X2, {"outputs": ("a", "a")}, ["outputs names 'a' twice"]),
    "an output of a long name": (X2, [0.5, 1], {"outputs": ("a" * 300,)}, ["300 characters"]),
}


@pytest.mark.parametrize("fault", ARRAY_FAULTS)
def test_arrays_with_a_fault(fault: str, tmp_path: Path) -> None:
    x, y, keys, needles = ARRAY_FAULTS[fault]
    refusal(lambda: arrays(tmp_path, x, y, keys), "a.npz", *needles)


def npz(**parts: bytes) -> bytes:
    """An archive with these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(f"{name}.npy", data)
    return buffer.getvalue()


def npy(array: Any, **changed: Any) -> bytes:
    """An array as NumPy writes it, or with another head."""
    buffer = io.BytesIO()
    if not changed:
        np.save(buffer, array)
    else:
        head = {**np.lib.format.header_data_from_array_1_0(array), **changed}
        np.lib.format.write_array_header_1_0(buffer, head)
        buffer.write(array.tobytes())
    return buffer.getvalue()


X, Y = npy(np.array(X2)), npy(np.array([0, 1]))
NPZ_FAULTS: dict[str, tuple[bytes, list[str]]] = {
    "empty": (b"", ["is not a whole .npz file", "np.savez"]),
    "text": (b"hello", ["is not a whole .npz file"]),
    "one array": (X, ["is not a whole .npz file"]),
    "cut short": (npz(x=X, y=Y)[:-40], ["is not a whole .npz file"]),
    "no arrays": (npz(), ["has no array 'x'", "found nothing"]),
    "no x": (npz(xs=X, y=Y), ["has no array 'x'", "found y, xs", "did you mean 'xs'"]),
    "no y": (npz(x=X), ["has no array 'y'"]),
    "x no array": (npz(x=b"hello", y=Y), ["a.npz"]),
    "x empty": (npz(x=b"", y=Y), ["a.npz"]),
    "x cut short": (npz(x=X[:-8], y=Y), ["cannot be read as arrays"]),
    "a head that lies": (npz(x=npy(np.array(X2), shape=(2, 10**7)), y=Y), ["cannot be read as arrays"]),
    "a head that lies much": (npz(x=npy(np.array(X2), shape=(2, 10**14)), y=Y), ["cannot be read as arrays"]),
    "a shape below 0": (npz(x=npy(np.array(X2), shape=(2, -2)), y=Y), ["a.npz"]),
}


@pytest.mark.parametrize("fault", NPZ_FAULTS)
def test_a_file_that_is_no_file_of_arrays(fault: str, tmp_path: Path) -> None:
    data, needles = NPZ_FAULTS[fault]
    put(tmp_path, "a.npz", data)
    refusal(lambda: load(Data(arrays="a.npz"), tmp_path, "r.toml"), "a.npz", *needles)


@pytest.mark.parametrize("name", ["x", "y"])
def test_arrays_that_unpack_to_too_much(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip packs zeros a thousand times smaller; nothing is unpacked before its size is known."""
    monkeypatch.setattr("sheetnn.sources.arrays.LIMIT", 100)
    put(tmp_path, "a.npz", npz(**{"x": X, "y": Y, name: npy(np.zeros((2, 1000)))}))
    monkeypatch.setattr(np, "load", None)
    refusal(lambda: load(Data(arrays="a.npz"), tmp_path, "r.toml"), "unpacks to more than 100 numbers")


def test_a_limit_counts_before_what_it_leaves_out(tmp_path: Path) -> None:
    assert len(arrays(tmp_path, [[1], [2], [np.nan]], [0, 1, 0.5], {"limit": 2}).train) == 2


# -- which file ---------------------------------------------------------------------------------------------------

KEY_FAULTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "none": ({}, ["r.toml: data:", "exactly one of images, table, folder, arrays", "none of them"]),
    "two": ({"table": "t.csv", "folder": "shapes"}, ["r.toml: data:", "found table and folder"]),
    "all": (dict.fromkeys(SOURCES, "x"), ["found images and table and folder and arrays"]),
    "a missing file": ({"table": "tt.csv"}, ["data file 'tt.csv' not found", "did you mean 't.csv'"]),
    "a missing folder": ({"folder": "shape"}, ["folder of pictures 'shape' not found", "did you mean 'shapes'"]),
    "a file for a folder": ({"folder": "t.csv"}, ["folder of pictures 't.csv' is a file, not a folder"]),
    "a folder for a file": ({"table": "shapes"}, ["data file 'shapes' is a folder, not a file"]),
    "a name with a zero byte": ({"table": "a\0b"}, [r"data file 'a\x00b' not found"]),
    "features of pictures": ({"folder": "shapes", "features": ("a",)}, ["data.features", "table", "not with folder"]),
    "a label of arrays": ({"arrays": "a.npz", "label": "kind"}, ["data.label", "table", "not with arrays"]),
    "outputs of pictures": ({"images": "t.csv", "outputs": ("y",)}, ["data.outputs", "table or arrays", "images"]),
    "channels of a table": ({"table": "t.csv", "channels": "rgb"}, ["data.channels", "folder", "not with table"]),
    "classes of a regression": (
        {"table": "t.csv", "outputs": ("a",), "classes": (0, 1)}, ["data.classes", "regression", "outputs"],
    ),
    "one-hot targets of a regression": (
        {"table": "t.csv", "outputs": ("a",), "targets": "one-hot"}, ["data.targets", "regression"],
    ),
    "a range of no extent": ({"table": "t.csv", "scale": (1, 1)}, ["data.scale", "1.0 is not less than 1.0"]),
    "a range turned round": ({"table": "t.csv", "scale": (1, -1)}, ["data.scale", "1.0 is not less than -1.0"]),
}  # fmt: skip


@pytest.mark.parametrize("fault", KEY_FAULTS)
def test_keys_with_a_fault(fault: str, tmp_path: Path) -> None:
    keys, needles = KEY_FAULTS[fault]
    put(drawn(tmp_path, {"a/1.png": [[1]], "b/1.png": [[2]]}), "t.csv", SMALL)
    refusal(lambda: load(Data(**keys), tmp_path, "r.toml"), *needles)


def test_a_file_name_that_is_too_long(tmp_path: Path) -> None:
    refusal(lambda: load(Data(table="x" * 5000), tmp_path, "r.toml"), "not found")


def test_a_file_beside_the_recipe_comes_first(tmp_path: Path) -> None:
    put(tmp_path, "xor.csv", "p,q,label\n5,6,0\n7,8,1\n")
    assert load(Data(table="xor.csv"), tmp_path, "r.toml").features == ("p", "q")
    assert load(Data(table="xor.csv"), tmp_path / "elsewhere", "r.toml").features == ("x1", "x2")


def test_a_file_in_a_folder_of_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    put(tmp_path / "sub", "t.csv", "a,label\nx,0\n")
    refusal(lambda: load(Data(table="sub/t.csv"), tmp_path, "r.toml"), "sub/t.csv, line 2")


# -- classes ------------------------------------------------------------------------------------------------------


def labelled(folder: Path, labels: list[str], **keys: Any) -> Dataset:
    rows = "".join(f'{number},"{label}"\n' for number, label in enumerate(labels))
    return table(folder, f"x,label\n{rows}", **keys)


CLASSES: list[tuple[list[str], dict[str, Any], tuple[Any, ...], list[int]]] = [
    (["10", "9", "-5"], {}, (-5, 9, 10), [10, 9, -5]),
    (["07", "7", "+8", "8.0", "-0"], {}, (0, 7, 8), [7, 7, 8, 8, 0]),
    (["10", "9", "x"], {}, ("10", "9", "x"), [1, 2, 3]),
    (["=1+1", "-5", "+x", "@a", "<b>&"], {}, ("+x", "-5", "<b>&", "=1+1", "@a"), [4, 2, 1, 5, 3]),
    (["1.5", "1"], {}, ("1", "1.5"), [2, 1]),
    (["1234567890123456", "1"], {}, ("1", "1234567890123456"), [2, 1]),
    (["١", "٢"], {}, ("١", "٢"), [1, 2]),
    (["山羊", "猫", "猫"], {"classes": ("猫", "山羊")}, ("猫", "山羊"), [2, 1, 1]),
    (["👩‍🚀", "🏳️‍🌈"], {"classes": ("👩‍🚀", "🏳️‍🌈")}, ("👩‍🚀", "🏳️‍🌈"), [1, 2]),
    (["خانه‌ها", "باغ"], {"classes": ("خانه‌ها", "باغ")}, ("خانه‌ها", "باغ"), [1, 2]),
    (["2", "1", "2"], {"classes": (2, 1)}, (2, 1), [2, 1, 2]),
    (["2", "1", "2"], {"classes": ("2", "1")}, ("2", "1"), [1, 2, 1]),
    (["2", "cat"], {"classes": ("cat", 2)}, ("cat", "2"), [2, 1]),
    (["caf\u00e9", "cafe\u0301", "tea"], {}, ("caf\u00e9", "tea"), [1, 1, 2]),
    ([" cat", "cat ", "dog"], {}, ("cat", "dog"), [1, 1, 2]),
    (["x" * 255, "y"], {}, ("x" * 255, "y"), [1, 2]),
]


@pytest.mark.parametrize(("labels", "keys", "classes", "numbers"), CLASSES)
def test_labels_become_classes(
    labels: list[str], keys: dict[str, Any], classes: tuple[Any, ...], numbers: list[int], tmp_path: Path
) -> None:
    found = labelled(tmp_path, labels, **keys)
    assert found.classes == classes
    assert [type(one) for one in found.classes] == [type(one) for one in classes]
    assert found.train.labels is not None
    assert found.train.labels.tolist() == numbers
    assert set(numbers) == set(found.numbers)


CLASS_FAULTS: dict[str, tuple[list[str], dict[str, Any], list[str]]] = {
    "long": (["a", "x" * 40_000], {}, ["t.csv, line 3", "'" + "x" * 37 + "...'", "40,000 characters", "255"]),
    "a little too long": (["a", "x" * 256], {}, ["256 characters", "255"]),
    "emoji count twice": (["a", "🐱" * 128], {}, ["256 characters"]),
    "empty": (["a", ""], {}, ["t.csv, line 3: label is empty"]),
    "spaces": (["a", "  "], {}, ["t.csv, line 3: label is empty"]),
    "a line end": (["a", "b\nc"], {}, ["U+000A", r"'b\nc'"]),
    "an escape": (["a", "\x1b[31mred"], {}, ["U+001B", r"'\x1b[31mred'"]),
    "a line separator": (["a", "b\u2028c"], {}, ["U+2028"]),
    "no character": (["a", "b\uffff"], {}, ["U+FFFF"]),
    "letter case": (["Cat", "dog", "cat"], {}, ["t.csv: classes 'Cat' and 'cat'", "case of letters"]),
    "letter case beyond ASCII": (["straße", "STRASSE"], {}, ["'STRASSE' and 'straße'", "case of letters"]),
    "one only": (["a", "a"], {}, ["every label is 'a'", "at least two classes"]),
    "one number only": (["7", "7"], {}, ["every label is 7", "at least two classes"]),
    "one only within the limit": (["a", "a", "b"], {"limit": 2}, ["every label is 'a'", "raise limit"]),
    "256 classes": ([f"n{n}" for n in range(256)], {}, ["t.csv", "256 different", "at most 255", "outputs"]),
    "256 given": (["0", "1"], {"classes": tuple(range(256))}, ["data.classes", "256 classes", "at most 255"]),
    "unknown": (["a", "b", "c"], {"classes": ("a", "b")}, ["line 4", "label 'c'", "['a', 'b']"]),
    "unknown and near": (["cat", "dgo"], {"classes": ("cat", "dog")}, ["line 3: label 'dgo'", "mean 'dog'"]),
    "unknown number": (["0", "7", "8"], {"classes": (0, 1)}, ["line 3: label 7 is", "[0, 1]"]),
    "a name among numbers": (["0", "1", "one"], {"classes": (0, 1)}, ["line 4: label 'one' is", "[0, 1]"]),
    "unknown among many": (
        ["x", "y"], {"classes": tuple(f"class {n}" for n in range(200))}, ["line 2: label 'x'", "..."],
    ),
    "given twice": (["0", "1"], {"classes": (0, 1, 1)}, ["data.classes", "1 and 1 are the same"]),
    "given twice as names": (["a", "b"], {"classes": ("a", "b", "a")}, ["'a' and 'a' are the same"]),
    "given in two cases": (["a", "b"], {"classes": ("a", "b", "A")}, ["'a' and 'A'", "case of letters"]),
    "given and too long": (["a", "b"], {"classes": ("a", "b" * 300)}, ["data.classes", "300 characters"]),
    "given and empty": (["a", "b"], {"classes": ("a", " ")}, ["data.classes", "is empty"]),
    "given with a tab": (["a", "b"], {"classes": ("a", "b\tc")}, ["data.classes", "U+0009"]),
    "given and absent": (["0", "1", "0"], {"classes": (0, 1, 7)}, ["class 7 never occurs among the 3 samples"]),
    "given and cut off": (
        ["a", "b", "c"], {"classes": ("a", "b", "c"), "limit": 2},
        ["class 'c' never occurs among the 2 samples", "out of classes", "raise limit"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", CLASS_FAULTS)
def test_labels_with_a_fault(fault: str, tmp_path: Path) -> None:
    labels, keys, needles = CLASS_FAULTS[fault]
    refusal(lambda: labelled(tmp_path, labels, **keys), *needles)


def test_255_classes(tmp_path: Path) -> None:
    assert labelled(tmp_path, [str(n) for n in range(255)]).classes == tuple(range(255))


def test_a_rare_class_is_said(tmp_path: Path) -> None:
    """Rare is below a tenth of an even share: of 41 samples in 2 classes, 2 are (2.05), 3 are not."""
    (said,) = labelled(tmp_path, ["a"] * 39 + ["b"] * 2).warnings
    assert said.startswith("t.csv: class 'b' is rare, 2 of 41 samples")
    assert labelled(tmp_path, ["a"] * 38 + ["b"] * 3).warnings == ()
    assert labelled(tmp_path, ["a"] * 38 + ["b"] * 2).warnings == (), "exactly a tenth is not below it"


# -- what is kept back --------------------------------------------------------------------------------------------


def ordered(folder: Path, count: int, **keys: Any) -> tuple[list[int], list[int]]:
    """Which lines are learnt from and which kept back; labels take turns."""
    found = labelled(folder, [str(number % 2) for number in range(count)], **keys)
    assert found.test is not None
    for part in (found.train, found.test):
        assert part.labels is not None
        assert part.labels.tolist() == [number % 2 for number in part.x[:, 0].tolist()], (
            "labels go with their samples"
        )
    return found.train.x[:, 0].tolist(), found.test.x[:, 0].tolist()


def test_the_draw_never_changes(tmp_path: Path) -> None:
    """Drawn once with NumPy's default generator and typed here: a recipe must mean the same in years."""
    assert ordered(tmp_path, 10, test=0.3) == ([0, 1, 3, 5, 7, 8, 9], [2, 4, 6])
    assert ordered(tmp_path, 10, test=0.3, seed=7) == ([1, 2, 3, 4, 5, 6, 9], [0, 7, 8])
    assert ordered(tmp_path, 10, test=0.3, seed=2**70)[1] != [2, 4, 6]


@pytest.mark.parametrize(("share", "kept"), [(0.01, 1), (0.29, 29), (0.07, 7), (0.5, 50), (0.95, 95)])
def test_the_share_kept_back(share: float, kept: int, tmp_path: Path) -> None:
    """Of 100: 0.29·100 is 28.999999999999996 in floating point, and 29 are meant."""
    train, test = ordered(tmp_path, 100, test=share, seed=3)
    assert len(test) == kept
    assert train == sorted(train)
    assert test == sorted(test)
    assert sorted(train + test) == list(range(100))


def test_targets_go_with_their_samples(tmp_path: Path) -> None:
    text = "x,y\n" + "".join(f"{n},{n * n}\n" for n in range(10))
    found = table(tmp_path, text, outputs=("y",), test=0.3)
    assert found.test is not None
    for part, rows in ((found.train, [0, 1, 3, 5, 7, 8, 9]), (found.test, [2, 4, 6])):
        assert part.targets is not None
        assert part.x[:, 0].tolist() == rows
        assert part.targets[:, 0].tolist() == [row * row for row in rows]


def test_a_limit_comes_before_the_draw(tmp_path: Path) -> None:
    assert ordered(tmp_path, 30, test=0.3, limit=10) == ([0, 1, 3, 5, 7, 8, 9], [2, 4, 6])


@pytest.mark.parametrize("share", [0.04, 0.96])
def test_an_empty_part_is_refused(share: float, tmp_path: Path) -> None:
    refusal(lambda: ordered(tmp_path, 10, test=share), "r.toml: data.test", "of 10 samples", "at least one")


def test_a_class_that_was_all_kept_back(tmp_path: Path) -> None:
    """The draw of seed 0 keeps samples 2, 4 and 6 of 10."""
    labels = ["b" if number in (2, 4) else "a" for number in range(10)]
    needles = ["class 'b' never occurs among the 7 samples", "lower test"]
    refusal(lambda: labelled(tmp_path, labels, test=0.3), *needles)
    with pytest.raises(RecipeError) as found:
        labelled(tmp_path, labels, test=0.3)
    assert "classes" not in str(found.value), "the recipe names no classes to take it out of"
    refusal(lambda: labelled(tmp_path, labels, test=0.3, classes=("a", "b")), *needles, "take it out of classes")


def test_a_class_that_is_not_kept_back_is_said(tmp_path: Path) -> None:
    labels = ["b" if number in (0, 1) else "a" for number in range(10)]
    assert labelled(tmp_path, labels, test=0.3).warnings == ("t.csv: class 'b' is not among the 3 samples kept back",)


# -- scale --------------------------------------------------------------------------------------------------------


def test_each_feature_is_scaled_by_itself(tmp_path: Path) -> None:
    found = table(tmp_path, "a,b,label\n0,10,0\n1,30,1\n4,20,0\n", scale=(-1, 1))
    assert found.train.x.tolist() == [[-1, -1], [-0.5, 1], [1, 0]]
    assert found.ranges == ((0, 4), (10, 30))
    assert found.train.x.dtype == np.float64


def test_the_range_is_that_of_the_samples_learnt_from(tmp_path: Path) -> None:
    """Seed 0 keeps samples 2, 4 and 6 of 10; here they hold the extremes. (x − 1)/(9 − 1) of the rest's 1 to 9."""
    values = [1, 2, -7, 3, 17, 5, 33, 7, 8, 9]
    text = "x,label\n" + "".join(f"{value},{number % 2}\n" for number, value in enumerate(values))
    found = table(tmp_path, text, test=0.3, scale=(0, 1))
    assert found.ranges == ((1, 9),)
    assert found.train.x[:, 0].tolist() == [0, 0.125, 0.25, 0.5, 0.75, 0.875, 1]
    assert found.test is not None
    assert found.test.x[:, 0].tolist() == [-1, 2, 4]


@pytest.mark.parametrize("scale", [(0.1, 0.9), (-1.9, -0.6), (-1e300, 1e300), (0, 3)])
def test_the_ends_of_a_range_are_met_exactly(scale: tuple[float, float], tmp_path: Path) -> None:
    found = table(tmp_path, "a,label\n0.1,0\n0.7,1\n0.3,0\n", scale=scale).train.x[:, 0]
    assert (found[0], found[1]) == scale
    low, high = scale
    assert found[2] == pytest.approx(low + (high - low) * (0.3 - 0.1) / (0.7 - 0.1), rel=1e-14)


def test_all_pixels_are_scaled_alike(tmp_path: Path) -> None:
    found = images(tmp_path, "label,pixels\n0,0 2/4 8\n1,8 8/8 8\n", scale=(0, 1))
    assert found.train.x.tolist() == [[[0, 0.25], [0.5, 1]], [[1, 1], [1, 1]]]
    assert found.ranges == ((0, 8),)
    colours = arrays(tmp_path, [[[[0, 1]], [[2, 4]]], [[[4, 4]], [[4, 4]]]], [0, 1], {"scale": (-1, 1)})
    assert colours.train.x[0].tolist() == [[[-1, -0.5]], [[0, 1]]]


def test_a_constant_feature(tmp_path: Path) -> None:
    text = "x1,x2,x3,label\n1,2,5.0,0\n2,2.5,5.0,1\n"
    assert table(tmp_path, text).warnings == (
        "t.csv: feature 'x3' is the same in every sample to learn from, which teaches nothing",
    )
    refusal(
        lambda: table(tmp_path, text, scale=(0, 1)),
        "t.csv: feature 'x3' is 5.0 in every sample",
        "out of the features",
    )
    assert table(tmp_path, text, scale=(0, 1), features=("x1", "x2")).warnings == ()


def test_many_constant_features_are_one_warning(tmp_path: Path) -> None:
    (said,) = arrays(tmp_path, np.hstack([np.ones((2, 8)), [[1], [2]]]), [0, 1]).warnings
    assert "feature 1 of x, feature 2 of x" in said
    assert "and 3 more are" in said
    assert "feature 9" not in said


def test_what_else_cannot_be_scaled(tmp_path: Path) -> None:
    refusal(
        lambda: images(tmp_path, "label,pixels\n0,11\n1,11\n", scale=(0, 1)), "every pixel is 1", "take scale out"
    )
    wide = "a,label\n-1.7e308,0\n1.7e308,1\n"
    refusal(lambda: table(tmp_path, wide, scale=(0, 1)), "feature 'a' reaches from -1.7e+308", "too far")


def test_a_constant_output_is_said(tmp_path: Path) -> None:
    (said,) = table(tmp_path, "x,y,z\n1,5,1\n2,5,2\n", outputs=("y", "z")).warnings
    assert "output 'y' is the same" in said


# -- shipped data -------------------------------------------------------------------------------------------------


def test_iris() -> None:
    """Means and deviations as published with the set; flowers 35 and 38 as in Fisher's paper, not as at UCI."""
    found = load(Data(table="iris.csv", label="species"), None, "r.toml")
    assert found.features == ("sepal_length", "sepal_width", "petal_length", "petal_width")
    assert found.classes == ("setosa", "versicolor", "virginica")
    assert found.train.labels is not None
    assert found.train.labels.tolist() == [1] * 50 + [2] * 50 + [3] * 50
    assert found.train.x.mean(axis=0).round(2).tolist() == [5.84, 3.06, 3.76, 1.2]
    assert found.train.x.std(axis=0, ddof=1).round(2).tolist() == [0.83, 0.44, 1.77, 0.76]
    assert found.train.x[34].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert found.train.x[37].tolist() == [4.9, 3.6, 1.4, 0.1]
    assert found.warnings == ()


def test_digits() -> None:
    """Counts as UCI states them for its test set, and its first line."""
    found = load(Data(arrays="digits8x8.npz"), None, "r.toml")
    assert found.train.x.shape == (1797, 8, 8)
    assert (found.train.x.min(), found.train.x.max()) == (0, 16)
    assert found.train.labels is not None
    assert np.bincount(found.train.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert found.train.labels[0] == 0
    assert found.train.x[0].tolist() == [
        [0, 0, 5, 13, 9, 1, 0, 0],
        [0, 0, 13, 15, 10, 15, 5, 0],
        [0, 3, 15, 2, 0, 11, 8, 0],
        [0, 4, 12, 0, 0, 8, 8, 0],
        [0, 5, 8, 0, 0, 9, 8, 0],
        [0, 4, 11, 0, 1, 12, 7, 0],
        [0, 2, 14, 5, 10, 12, 0, 0],
        [0, 0, 6, 13, 10, 0, 0, 0],
    ]
    assert (found.classes, found.warnings) == (tuple(range(10)), ())


def test_xor() -> None:
    found = load(Data(table="xor.csv"), None, "r.toml")
    assert found.train.labels is not None
    assert [[*x, t] for x, t in zip(found.train.x.tolist(), found.train.labels.tolist(), strict=True)] == [
        [0, 0, 0],
        [0, 1, 1],
        [1, 0, 1],
        [1, 1, 0],
    ]


def test_curve() -> None:
    found = load(Data(table="curve.csv", outputs=("y",)), None, "r.toml")
    assert found.train.targets is not None
    assert found.train.x[:, 0].tolist() == [n / 10 for n in range(-10, 11)]
    assert found.train.targets[:, 0] == pytest.approx(
        [math.sin(math.pi * n / 10) for n in range(-10, 11)], abs=0.0005
    )


def test_every_data_file_is_described() -> None:
    text = (home("data") / "README.md").read_text("utf-8")
    files = sorted(path.name for path in home("data").iterdir() if path.suffix not in (".md", ".py", ".pyc"))
    assert "iris.csv" in files
    for name in files:
        assert f"`{name}`" in text


# -- the page about data ------------------------------------------------------------------------------------------

PAGE = (Path(__file__).parent.parent / "docs" / "data.md").read_text("utf-8")
SHAPES = {
    "digits.csv": (3, 4, 3),
    "fruit.csv": (4, 2),
    "spring.csv": (3, 1),
    "shapes": (4, 5, 5),
    "lines.npz": (3, 2, 2),
    "waves.npz": (3, 1),
    "animals.csv": (4, 2),
    "iris.csv": (120, 4),
}


def test_every_example_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in re.findall(r"^`([\w.]+)`\n\n```csv\n(.*?)```", PAGE, re.M | re.S):
        put(tmp_path, name, text)
    for shade, name in enumerate(re.findall(r"(\w+)/  1.png  2.png", PAGE)):
        drawn(tmp_path, {f"{name}/{n}.png": np.full((5, 5), 90 * shade + n) for n in (1, 2)})
    programs = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    for program in programs:
        exec(compile(program, "docs/data.md", "exec"), {})
    # by hand: mass 150 of 84 to 192, width 7.0 of 6.0 to 8.4, colour 0.7 of 0.55 to 0.80
    expected = [2 * 66 / 108 - 1, 2 * 1.0 / 2.4 - 1, 2 * 0.15 / 0.25 - 1]
    shown = capsys.readouterr().out.splitlines()
    assert "(4, 3) ('apple', 'mandarin')" in shown[0]
    assert [float(number) for number in shown[1].strip("[ ]").split()] == pytest.approx(expected, abs=1e-6)
    found = {}
    for snippet in re.findall(r"```toml\n(.*?)```", PAGE, re.S):
        data = Data(**tomllib.loads(snippet)["data"])
        dataset = load(data, tmp_path, "docs/data.md")
        assert dataset.warnings == ()
        found[data.images or data.table or data.folder or data.arrays] = dataset.train.x.shape
    assert found == SHAPES


def test_every_key_of_data_is_on_the_page() -> None:
    missing = [key for key in Data.model_fields if not re.search(rf"\b{key}\b", PAGE)]
    assert missing == ["targets"], "which says what the data page holds, not what is read"


def test_what_is_there_and_is_no_file(tmp_path: Path) -> None:
    """Neither a pipe nor a link to nothing is said to be missing, and neither is offered as what was meant."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("nowhere.csv")
    for name, said in (("pipe", "is no ordinary file"), ("link", "is a link to what does not exist")):
        with pytest.raises(RecipeError, match=f"^data file '{name}' {said}") as told:
            load(Data(table=name), tmp_path, "r.toml")
        assert "did you mean" not in str(told.value)
