"""A size told beforehand is the size found: counts exactly, file and memory nearly; and what would fit, fits."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import RECIPES, TRAINED, sheetnn
from openpyxl import load_workbook

from sheetnn.budget import check_budget
from sheetnn.data import home
from sheetnn.errors import LayoutError, SheetnnError
from sheetnn.reader import Reader
from sheetnn.size import info, size_of
from sheetnn.workbook import build
from sheetnn.writer import STORE

FILE, MEMORY = 0.3, 0.4  # how far a told file size and memory may be from the real ones, as a share of these

STACKED = """
id = "small"
layout = "stacked"
pages = {pages}

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
epochs = {epochs}

[random]
seed = 1
sd = 0.5
"""


def written(folder: Path, images: int = 5, epochs: int = 4, pages: str = '["step", "cost", "check", "try"]') -> str:
    """A small recipe with so many images and epochs."""
    lines = [f"{n % 2},{n % 2}{n // 2 % 2}/{n // 4 % 2}1" for n in range(images)]
    (folder / "pictures.csv").write_text("\n".join(["label,pixels", *lines, ""]))
    recipe = folder / "small.toml"
    recipe.write_text(STACKED.format(pages=pages, epochs=epochs))
    return str(recipe)


def with_images(folder: Path, recipe: str, wanted: int) -> str:
    """A shipped recipe of pictures with other ones: its own, as many as wanted, over and over or here and there."""
    text = (home("templates") / f"{recipe}.toml").read_text("utf-8")
    found = re.search(r'^images = "(.*\.csv)"$', text, re.MULTILINE)
    assert found is not None
    with (home("data") / found[1]).open(encoding="utf-8", newline="") as file:
        head, *lines = csv.reader(file)
    with (folder / "images.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [head, *(lines[n * max(1, len(lines) // wanted) % len(lines)] for n in range(wanted))]
        )
    path = folder / f"{recipe}.toml"
    path.write_text(text.replace(found[0], 'images = "images.csv"'), "utf-8")
    return str(path)


def on_sheets(folder: Path, recipe: str) -> str:
    """A shipped recipe with a sheet for each epoch."""
    text = re.sub("^(pages|layout) = .*$", "", (home("templates") / f"{recipe}.toml").read_text("utf-8"), flags=re.M)
    path = folder / f"{recipe}-sheets.toml"
    path.write_text(f'layout = "sheets"\n{text}', "utf-8")
    return str(path)


def counted(path: Path) -> tuple[int, dict[str, tuple[int, int]]]:
    """Formulas, and the last row and column with a cell of every sheet."""
    formulas, extents = 0, {}
    with Reader(path) as reader:
        for sheet in reader.sheets:
            if sheet == STORE:
                continue
            rows = columns = 1
            for number, cells in reader.rows(sheet):
                for cell in cells:
                    formulas += bool(cell.formula)
                    rows, columns = max(rows, number), max(columns, cell.column)
            extents[sheet] = (rows, columns)
    return formulas, extents


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_shipped_recipe(recipe: str, tmp_path: Path) -> None:
    book = build(recipe)
    told = size_of(book.model)
    path = book.save(tmp_path / "a.xlsx")
    assert told.bytes == pytest.approx(path.stat().st_size, rel=FILE)
    assert (told.id, told.epochs) == (recipe, book.graph.epochs)
    if told.formulas > 300_000:
        return  # counted by `verify` in other tests
    formulas, extents = counted(path)
    assert told.formulas == formulas
    for sheet in told.sheets:
        assert (sheet.rows, sheet.columns) >= extents[sheet.sheet]
        assert load_dimension(path, sheet.sheet) == (sheet.rows, sheet.columns)


@pytest.mark.parametrize(("recipe", "epochs", "images"), [("4-4", 50, 64), ("digits", 20, 120), ("iris", 3, 120)])
def test_a_sheet_for_each_epoch(recipe: str, epochs: int, images: int, tmp_path: Path) -> None:
    """Of many sheets a few are looked at; of as few as three all are."""
    book = build(on_sheets(tmp_path, recipe), epochs=epochs)
    told, path = size_of(book.model), book.save(tmp_path / "a.xlsx")
    assert told.bytes == pytest.approx(path.stat().st_size, rel=FILE)
    assert (told.epochs, told.images) == (epochs, images)
    formulas, extents = counted(path)
    assert told.formulas == formulas
    for sheet in told.sheets:
        assert load_dimension(path, sheet.sheet) == (sheet.rows, sheet.columns)
        assert (sheet.rows, sheet.columns) >= extents[sheet.sheet]


def prices(folder: Path, layout: str, samples: int, **training: str) -> str:
    """A regression whose targets are in the hundred thousands: its units are soon saturated, all 1 or -1."""
    draw = np.random.default_rng(3)
    rows = [(draw.integers(40, 200), draw.integers(1, 6)) for _ in range(samples)]
    lines = [f"{area},{rooms},{1500 * area + 9000 * rooms}" for area, rooms in rows]
    (folder / "prices.csv").write_text("\n".join(["area,rooms,price", *lines, ""]))
    settings = "\n".join(f"{key} = {value}" for key, value in training.items())
    (folder / "prices.toml").write_text(
        f'id = "prices"\nlayout = "{layout}"\nreduction = "mean"\n[data]\ntable = "prices.csv"\noutputs = ["price"]\n'
        'scale = [0, 1]\n[[layers]]\nname = "hidden"\nunits = 4\nactivation = "tanh"\n[[layers]]\nname = "output"\n'
        f'units = 1\nactivation = "identity"\n[training]\n{settings}\n[random]\nseed = 1\nkind = "xavier"\n'
    )
    return str(folder / "prices.toml")


PICTURES = """
id = "pictures"
cost = "cross-entropy"
layout = "{layout}"
data = {{ images = "appendix_a.csv", classes = [0, 1] }}
random = {{ seed = 1 }}
training = {{ eta = 0.1, epochs = 20 }}
layers = [
    {{ name = "hidden", units = 3 }},
    {{ name = "output", units = 2, activation = "softmax" }},
]
"""


@pytest.mark.parametrize("layout", ["stacked", "right"])
@pytest.mark.parametrize(
    ("samples", "training"),
    [
        (30, {"eta": "0.01", "epochs": "10"}),
        (30, {"eta": "0.05", "epochs": "40", "optimizer": '"momentum"'}),
        (40, {"eta": "0.5", "epochs": "42"}),
        (8, {"eta": "0.01", "epochs": "300"}),
        (0, {}),
    ],
)
def test_small_networks_and_many_epochs(layout: str, samples: int, training: dict[str, str], tmp_path: Path) -> None:
    """Numbers of later epochs are others than those of the first, and of some pixels others than of the rest."""
    if samples:
        recipe = prices(tmp_path, layout, samples, **training)
    else:
        recipe = str(tmp_path / "pictures.toml")
        Path(recipe).write_text(PICTURES.format(layout=layout))
    book = build(recipe)
    path = book.save(tmp_path / "a.xlsx")
    assert size_of(book.model).bytes == pytest.approx(path.stat().st_size, rel=FILE)


def load_dimension(path: Path, sheet: str) -> tuple[int, int]:
    page = load_workbook(path, read_only=True)[sheet]
    return page.max_row, page.max_column


def test_a_sample_of_another_kind_is_told_apart(tmp_path: Path) -> None:
    """The comparison of file sizes does fail: ten times the images are not within its tolerance."""
    small = build("4-4", epochs=2, pages=())
    large = build(with_images(tmp_path, "4-4", 640), epochs=2, pages=())
    path = large.save(tmp_path / "large.xlsx")
    assert size_of(large.model).bytes == pytest.approx(path.stat().st_size, rel=FILE)
    assert size_of(small.model).bytes != pytest.approx(path.stat().st_size, rel=FILE)


@pytest.mark.parametrize(
    ("recipe", "images", "epochs"), [("2-11", 0, 31), ("5-6", 96, 3), ("5-6", 960, 2), ("4-4 on sheets", 0, 50)]
)
def test_memory(recipe: str, images: int, epochs: int, tmp_path: Path) -> None:
    """The peak of a whole process, as the system tells it."""
    pytest.importorskip("resource")
    name = with_images(tmp_path, recipe, images) if images else recipe
    if " on sheets" in recipe:
        name = on_sheets(tmp_path, recipe.partition(" ")[0])
    words = (name, "--epochs", str(epochs), "--no-pages", "--json")
    told = json.loads(sheetnn("info", *words).stdout)
    done = sheetnn("build", *words, "-o", "a.xlsx", cwd=tmp_path)
    book = json.loads(done.stdout)["workbooks"][0]
    assert told["memory"] == pytest.approx(book["peak_bytes"], rel=MEMORY)
    assert told["bytes"] == pytest.approx(book["bytes"], rel=FILE)
    for key in ("formulas", "rows", "columns"):
        assert told[key] == book[key]
    assert told["seconds"] > 0


def test_a_workbook_tells_its_own_size(small_file: Path) -> None:
    told, recipe = info(small_file), info("4-4", epochs=3, pages=())
    assert told.bytes == small_file.stat().st_size
    assert vars(told) | {"bytes": 0, "seconds": 0} == vars(recipe) | {"bytes": 0, "seconds": 0}
    more = info(small_file, epochs=10)
    assert more.epochs == 10
    assert more.formulas == info("4-4", epochs=10, pages=()).formulas
    assert more.bytes == pytest.approx(
        build("4-4", epochs=10, pages=()).save(small_file.parent / "t.xlsx").stat().st_size, rel=FILE
    )


# what would fit


def offered(message: str, pattern: str) -> int:
    found = re.search(pattern, message)
    assert found is not None, message
    return int(found[1].replace(",", ""))


@pytest.mark.parametrize("recipe", TRAINED)
@pytest.mark.parametrize("share", [0.95, 0.5])
def test_the_epochs_named_fit_and_one_more_does_not(recipe: str, share: float) -> None:
    book = build(recipe, epochs=9)
    most = int(book.formulas * share)
    with pytest.raises(SheetnnError, match=f"{book.formulas:,} formulas, more than the {most:,} allowed") as refused:
        check_budget(book.model, most)
    epochs = offered(str(refused.value), r"epochs = ([\d,]+) \(9 asked\)")
    assert build(recipe, epochs=epochs).formulas <= most < build(recipe, epochs=epochs + 1).formulas
    check_budget(build(recipe, epochs=epochs).model, most)


@pytest.mark.parametrize("recipe", ["3-5", "4-4", "5-6"])
def test_the_images_named_fit_and_one_more_does_not(recipe: str, tmp_path: Path) -> None:
    book = build(recipe, epochs=2 if recipe in TRAINED else None)
    most = int(book.formulas * 0.8)
    with pytest.raises(SheetnnError) as refused:
        check_budget(book.model, most)
    images = offered(str(refused.value), r"([\d,]+) images")
    fits, beyond = (
        build(with_images(tmp_path, recipe, n), epochs=2 if recipe in TRAINED else None).formulas
        for n in (images, images + 1)
    )
    assert fits <= most < beyond


def test_the_budget_itself_fits_and_one_less_does_not() -> None:
    book = build("4-4", epochs=2, pages=())
    check_budget(book.model, book.formulas)
    with pytest.raises(SheetnnError, match="epochs = 1"):
        check_budget(book.model, book.formulas - 1)


def test_the_smallest_change_is_named_first() -> None:
    """Pages, epochs or images: whichever gives up the least."""
    book = build("4-4")
    bare = build("4-4", pages=()).formulas
    with pytest.raises(SheetnnError, match=r"use no pages \(--no-pages\) or .*images.* or epochs"):
        check_budget(book.model, bare)
    with pytest.raises(SheetnnError, match=r"use \d+ images \(64 given\) or epochs = \d+ \(50 asked\)$"):
        check_budget(book.model, bare - 1)


def test_what_cannot_fit_says_so() -> None:
    book = build("3-5")
    with pytest.raises(SheetnnError, match=r"a smaller recipe: with 2 images .*it still has 130 formulas"):
        check_budget(book.model, 129)
    with pytest.raises(SheetnnError, match="use 2 images"):  # one for each class
        check_budget(book.model, 130)


def batched(folder: Path, samples: int = 30, batch: int = 10, epochs: int = 6) -> str:
    """A table of three classes, learnt batch by batch."""
    rows = [f"{n},{n % 3},{n % 5},{n % 3}" for n in range(samples)]
    (folder / "table.csv").write_text("\n".join(["a,b,c,label", *rows, ""]))
    (folder / "batched.toml").write_text(
        'id = "batched"\n[data]\ntable = "table.csv"\n[[layers]]\nname = "hidden"\nunits = 4\n[[layers]]\n'
        f'name = "output"\nunits = 3\n[training]\neta = 0.01\nbatch = {batch}\nepochs = {epochs}\n'
        "[random]\nseed = 1\nsd = 0.1\n"
    )
    return str(folder / "batched.toml")


@pytest.mark.parametrize("most", [20_000, 5000, 2000, 500])
def test_where_no_single_change_fits_the_named_ones_do_together_and_more_do_not(most: int, tmp_path: Path) -> None:
    with pytest.raises(SheetnnError) as refused:
        check_budget(build("4-4").model, most)
    said = str(refused.value).partition("; use ")[2]
    assert said.endswith(" together") != (most == 20_000)  # where one change is enough
    if most == 20_000:
        return
    epochs, images = offered(said, r"epochs = ([\d,]+) "), offered(said, r"([\d,]+) images")
    pages = () if "--no-pages" in said else None

    def formulas(epochs: int, images: int) -> int:
        return build(with_images(tmp_path, "4-4", images), epochs=epochs, pages=pages).formulas

    assert formulas(epochs, images) <= most
    assert formulas(epochs + 1, images) > most
    assert formulas(epochs, images + 1) > most
    if pages is not None:
        assert build(with_images(tmp_path, "4-4", 2), epochs=1).formulas > most
    for alone in ((1, 64), (50, 2)):
        assert formulas(*alone) > most


def test_a_batch_named_divides_the_samples(tmp_path: Path) -> None:
    """Neither a batch nor a number of samples is named that the other does not divide."""
    recipe = batched(tmp_path)
    book = build(recipe)
    with pytest.raises(SheetnnError) as refused:
        check_budget(book.model, book.formulas // 2)
    assert "images" not in str(refused.value)
    batch = offered(str(refused.value), r"batch = (\d+) \(10 asked\)")
    assert build(batched(tmp_path, batch=batch)).formulas <= book.formulas // 2
    following = min(n for n in range(batch + 1, 11) if 30 % n == 0)
    assert build(batched(tmp_path, batch=following)).formulas > book.formulas // 2


def test_a_table_has_samples_and_a_function_has_none(tmp_path: Path) -> None:
    with pytest.raises(SheetnnError, match=r"use \d+ samples \(\d+ given\) or epochs") as refused:
        check_budget(build("iris", pages=()).model, build("iris", pages=()).formulas - 1)
    assert "image" not in str(refused.value)
    with pytest.raises(LayoutError, match=r"use epochs = 1,048,570 \(1,100,000 asked\)$"):
        build("2-11", epochs=1_100_000)


def test_stacked_recipes_of_any_size(tmp_path: Path) -> None:
    """Counts are those of the file, whatever the images and epochs."""
    for images, epochs in ((2, 1), (5, 4), (7, 3)):
        recipe = written(tmp_path, images, epochs)
        told = info(recipe)
        path = build(recipe).save(tmp_path / "a.xlsx", force=True)
        formulas, _ = counted(path)
        assert (told.formulas, told.epochs, told.images) == (formulas, epochs, images)
        assert told.bytes == pytest.approx(path.stat().st_size, rel=FILE)


@pytest.mark.parametrize("layout", ["book", "stacked"])
def test_the_epochs_named_for_a_full_sheet_fit(layout: str, tmp_path: Path) -> None:
    recipe = "4-4" if layout == "book" else written(tmp_path)
    with pytest.raises(LayoutError, match="rows") as refused:
        build(recipe, epochs=500_000)
    most = offered(str(refused.value), r"use epochs = ([\d,]+) \(500,000 asked\)")
    build(recipe, epochs=most)
    with pytest.raises(LayoutError, match=rf"use epochs = {most:,} "):
        build(recipe, epochs=most + 1)


def test_the_images_named_for_a_full_sheet_fit(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="columns") as refused:
        build(with_images(tmp_path, "3-5", 5000))
    most = offered(str(refused.value), r"use ([\d,]+) images \(5,000 given\)")
    build(with_images(tmp_path, "3-5", most))
    with pytest.raises(LayoutError, match=rf"use {most:,} images"):
        build(with_images(tmp_path, "3-5", most + 1))


def wide(folder: Path, layout: str, samples: int, features: int) -> str:
    """A table of numbers, with so many features."""
    rng = np.random.default_rng(0)
    np.savez(folder / "wide.npz", x=rng.integers(0, 9, (samples, features)), y=np.arange(samples) % 2)
    (folder / "wide.toml").write_text(
        f'id = "wide"\nlayout = "{layout}"\n[data]\narrays = "wide.npz"\n[[layers]]\nname = "hidden"\nunits = 2\n'
        '[[layers]]\nname = "output"\nunits = 2\n[training]\neta = 0.01\nepochs = 2\n[random]\nseed = 1\nsd = 0.1\n'
    )
    return str(folder / "wide.toml")


def test_too_many_columns_samples_to_the_right(tmp_path: Path) -> None:
    """Fewer samples, or samples down: both are tried, and what does not help is not named."""
    with pytest.raises(LayoutError, match="columns") as refused:
        build(wide(tmp_path, "right", 17_000, 3))
    said = str(refused.value)
    most = offered(said, r"use ([\d,]+) samples \(17,000 given\)")
    assert 'layout = "stacked"' in said
    assert not re.search("epochs =|units =|features", said.partition("; use ")[2])
    build(wide(tmp_path, "right", most, 3))
    build(wide(tmp_path, "stacked", 17_000, 3))
    with pytest.raises(LayoutError):
        build(wide(tmp_path, "right", most + 1, 3))


def test_too_many_columns_samples_down(tmp_path: Path) -> None:
    """Fewer features, or samples to the right: fewer samples or units would not help."""
    with pytest.raises(LayoutError, match="columns") as refused:
        build(wide(tmp_path, "stacked", 6, 17_000))
    said = str(refused.value)
    most = offered(said, r"use ([\d,]+) features \(17,000 given\)")
    assert 'layout = "right"' in said
    assert not re.search("epochs =|units =|samples", said.partition("; use ")[2])
    build(wide(tmp_path, "stacked", 6, most))
    build(wide(tmp_path, "right", 6, 17_000))
    with pytest.raises(LayoutError):
        build(wide(tmp_path, "stacked", 6, most + 1))


def test_formulas_too_long_are_refused(tmp_path: Path) -> None:
    """Excel takes 8,192 characters in a formula: told by info as by build."""
    value = "+".join(["(" + "+".join(["x"] * 30) + ")"] * 31)
    (tmp_path / "long.toml").write_text(
        f'id = "long"\n[function]\nvariables = ["x"]\nvalue = "{value}"\ngradient = ["930"]\n'
        "[training]\neta = 0.0001\nepochs = 3\n[start]\nx = 1\n"
    )
    for verb, more in (("info", ()), ("build", ("-o", "a.xlsx"))):
        done = sheetnn(verb, "long.toml", *more, cwd=tmp_path)
        assert done.returncode == 2
        assert "a cell takes 8,192" in done.stderr
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "a.xlsx").exists()


# the command line


@pytest.mark.parametrize("verb", ["info", "build"])
def test_a_budget_is_refused_before_anything_is_written(verb: str, tmp_path: Path) -> None:
    done = sheetnn(verb, "4-4", "--max-formulas", "100000", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "sheetnn: 4-4: 245,208 formulas, more than the 100,000 allowed; use 25 images (64 given) or epochs = 19 "
        "(50 asked)\n"
    )
    assert not list(tmp_path.iterdir())
    assert sheetnn(verb, "2-11", "--max-formulas", "312", cwd=tmp_path).returncode == 0
    assert sheetnn(verb, "2-11", "--max-formulas", "311", cwd=tmp_path).returncode == 2


def test_what_info_prints(tmp_path: Path) -> None:
    done = sheetnn("info", "4-4", "--lang", "en")
    first, *sheets, last = done.stdout.splitlines()
    assert first == "4-4: 245,208 formulas, 929 typed numbers, 50 epochs, 64 images"
    assert "  Training: 1,607 rows, 267 columns" in sheets
    assert re.fullmatch(r"about [\d.]+ MB file, [\d.]+ MB of memory, [\d.]+ s to build", last)
    told = json.loads(sheetnn("info", "4-4", "--json").stdout)
    assert told["schema"] == "sheetnn.info/1"
    assert (told["formulas"], told["rows"], told["columns"]) == (245_208, 1607, 267)


def test_what_build_prints(tmp_path: Path) -> None:
    """The same line as ever and the rest behind it; a word beforehand about large ones only."""
    large = sheetnn("build", "5-6", "--epochs", "14", "--no-pages", cwd=tmp_path)
    assert re.fullmatch(
        r"5-6: 325,327 formulas are coming, about [\d.]+ MB file, [\d.]+ MB of memory, [\d.]+ s to build\n",
        large.stderr,
    )
    done = sheetnn("build", "4-4", "2-11", cwd=tmp_path)
    assert done.stderr == ""
    one, other = done.stdout.splitlines()
    ending = r", [\d.]+ s; up to {} rows, {} columns(, [\d.]+ MB of memory at the peak)?"
    assert re.fullmatch(r"output/4-4.xlsx: 245,208 formulas, [\d.]+ MB" + ending.format("1,607", "267"), one)
    assert re.fullmatch(r"output/2-11.xlsx: 312 formulas, [\d.]+ kB" + ending.format("409", "41"), other)
    done = sheetnn(
        "build",
        "2-11",
        "--json",
        cwd=tmp_path,
    )
    assert done.returncode == 2  # it is there already


@pytest.mark.parametrize("recipe", ["1-2", "2-11", "3-5", "iris"])
def test_every_build_tells_its_size(recipe: str, tmp_path: Path) -> None:
    """Formulas, rows, columns, file size, memory and time, in words and as JSON, held against the file."""
    told = json.loads(sheetnn("build", recipe, "--json", "-o", "a.xlsx", cwd=tmp_path).stdout)["workbooks"][0]
    formulas, extents = counted(tmp_path / "a.xlsx")
    assert (told["formulas"], told["bytes"]) == (formulas, (tmp_path / "a.xlsx").stat().st_size)
    sizes = [load_dimension(tmp_path / "a.xlsx", sheet) for sheet in extents]
    assert (told["rows"], told["columns"]) == tuple(map(max, zip(*sizes, strict=True)))
    assert told["seconds"] > 0
    assert told["peak_bytes"] is None or told["peak_bytes"] > 20_000_000
    line = sheetnn("build", recipe, "-o", "b.xlsx", cwd=tmp_path).stdout
    assert f" {formulas:,} formulas, " in line
    assert f"up to {told['rows']:,} rows, {told['columns']:,} columns" in line
    assert re.search(r"[\d.]+ [kM]B, [\d.]+ s; ", line)
