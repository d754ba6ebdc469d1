"""Draw the pictures of the documentation: build, choose what a reader would, render a part of a sheet.

python docs/pictures.py            # needs soffice and pdftoppm (Debian: libreoffice-calc, poppler-utils)
python docs/pictures.py step-4-4.png
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from openpyxl import load_workbook
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from sheetnn.workbook import Workbook, build, exercise


@dataclass(frozen=True)
class Picture:
    """An area of a sheet of a recipe, with numbers typed into some blocks; `dots` to an inch."""

    recipe: str
    sheet: str
    area: str
    typed: dict[str, float] = field(default_factory=dict)
    dots: int = 130
    epochs: int | None = 2
    language: str = "zh"
    part: str = ""  # of an exercise


WALK = {"step/epoch": 2, "step/image": 7, "step/stage": 8}
PICTURES = {
    "4-4.png": Picture("4-4", "学习", "A1:W46"),
    "2-11.png": Picture("2-11", "梯度下降法", "A1:I37", epochs=31),
    "contents-4-4.png": Picture("4-4", "目录", "A1:H53", epochs=50, dots=90),
    "step-4-4.png": Picture("4-4", "步进", "A1:AH48", WALK),
    "step-4-4-en.png": Picture("4-4", "Step", "A1:AH48", WALK, language="en"),
    "step-4-4-stage-3.png": Picture("4-4", "步进", "A1:AH39", {**WALK, "step/stage": 3}, dots=100),
    "step-5-6.png": Picture("5-6", "步进", "A1:AX61", {**WALK, "step/unit": 2}, dots=150),
    "cost-4-4.png": Picture("4-4", "代价", "A1:O62", epochs=50, dots=80),
    "cost-2-11.png": Picture("2-11", "代价", "A1:O67", epochs=31, dots=80),
    "cost-3-4-descent.png": Picture("3-4-descent", "代价", "F42:Q72", epochs=40, dots=80),
    "check-4-4.png": Picture("4-4", "梯度检验", "A1:V46", {"check/number": 40}, dots=110),
    "try-5-6.png": Picture("5-6", "试一试", "A1:Z52", epochs=50, dots=100),
    "exercise-4-4.png": Picture("4-4", "练习", "A1:X47", dots=100, part="delta"),
    "gallery-xor.png": Picture("xor", "Training", "A1:AE36", dots=110, epochs=4, language="en"),
    "gallery-4-4-tanh.png": Picture("4-4-tanh", "Cost", "A1:O62", epochs=50, dots=70, language="en"),
    "gallery-4-4-relu.png": Picture(
        "4-4-relu", "Step", "A1:AF34", {**WALK, "step/stage": 3}, dots=100, language="en"
    ),
    "gallery-4-4-entropy.png": Picture("4-4-entropy", "Step", "A1:AF47", WALK, dots=100, language="en"),
    "gallery-4-4-adam.png": Picture("4-4-adam", "Training", "A1:R59", dots=90, language="en"),
    "gallery-iris.png": Picture("iris", "Training", "A1:Z30", dots=120, language="en"),
    "gallery-curve.png": Picture("curve", "Cost", "A1:P62", epochs=100, dots=70, language="en"),
    "gallery-digits.png": Picture("digits", "Try it", "A1:V42", epochs=20, dots=90, language="en"),
    "gallery-cnn.png": Picture("cnn", "Step", "A1:AX48", WALK, dots=118, language="en"),
}


def made(picture: Picture) -> Workbook:
    """The workbook of a picture."""
    if picture.part:
        return exercise(picture.recipe, picture.part, image=2, language=picture.language)[0]
    return build(picture.recipe, epochs=picture.epochs, language=picture.language)


def answers(recipe: str, part: str) -> dict[str, np.ndarray]:
    """What a learner might fill in: all but the last block, one number wrong and the rest right for that number."""
    blank, _ = exercise(recipe, part, image=2)
    names = [block.name for block in blank.graph if block.role == "answer"]
    given: dict[str, np.ndarray] = {}
    for number, name in enumerate(names[:-1]):
        given[name] = np.round(blank.graph.evaluate(given)[f"key/{name}"], 3)
        if number == 1:
            given[name].flat[0] += 0.1
    return given


def draw(picture: Picture, target: Path) -> None:
    """Render a picture as PNG. Raises CalledProcessError if a program fails."""
    with tempfile.TemporaryDirectory() as folder:
        book = made(picture)
        source = book.save(Path(folder) / "page.xlsx")
        workbook = load_workbook(source, rich_text=True)
        page = workbook[picture.sheet]
        given = {name: np.array(value) for name, value in picture.typed.items()}
        given |= answers(picture.recipe, picture.part) if picture.part else {}
        for name, numbers in given.items():
            rows, columns = book.layout.places[name].cells(book.graph[name].axes)
            for row, column, number in zip(rows.ravel(), columns.ravel(), numbers.ravel(), strict=True):
                page.cell(int(row), int(column)).value = float(number)
        workbook.move_sheet(page, -workbook.index(page))  # so that it is the first page printed
        page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        page.page_setup.fitToWidth = page.page_setup.fitToHeight = 1
        page.print_area = picture.area
        page.page_setup.orientation = "landscape"
        page.print_options.headings = True
        page.page_margins = PageMargins(0.1, 0.1, 0.1, 0.1, 0, 0)
        page.oddFooter.center.text = None
        workbook.save(source)
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(source)]
        subprocess.run(convert, check=True, capture_output=True)
        command = ["pdftoppm", "-r", str(picture.dots), "-f", "1", "-l", "1", "-png", "-singlefile"]
        subprocess.run([*command, f"{folder}/page.pdf", str(target.with_suffix(""))], check=True)
    trim(target)


def trim(target: Path) -> None:
    """Cut the white margin off."""
    from matplotlib.image import imread, imsave

    pixels = imread(target)[..., :3]
    dark = np.argwhere((pixels < 0.99).any(axis=2))
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0)
    imsave(target, np.ascontiguousarray(pixels[top : bottom + 1, left : right + 1]))


if __name__ == "__main__":
    for name, picture in PICTURES.items():
        if not sys.argv[1:] or name in sys.argv[1:]:
            draw(picture, Path(__file__).parent / name)
