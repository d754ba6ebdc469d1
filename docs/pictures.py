"""Draw the pictures of the documentation: build, cut out a part of a sheet, render it with LibreOffice.

python docs/pictures.py            # needs soffice and pdftoppm (Debian: libreoffice-calc, poppler-utils)
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from sheetnn.workbook import build

PICTURES = {  # file -> recipe, sheet, area
    "4-4.png": ("4-4", "学习", "A1:W46"),
    "2-11.png": ("2-11", "梯度下降法", "A1:I37"),
}


def draw(recipe: str, sheet: str, area: str, target: Path) -> None:
    """Render one area of one sheet as PNG. Raises CalledProcessError if a program fails."""
    with tempfile.TemporaryDirectory() as folder:
        source = build(recipe, epochs=31 if recipe == "2-11" else 2).save(Path(folder) / "page.xlsx")
        workbook = load_workbook(source, rich_text=True)
        for page in workbook.worksheets:
            page.sheet_state = "visible" if page.title == sheet else "hidden"
        page = workbook[sheet]
        workbook.active = workbook.sheetnames.index(sheet)
        page.print_area = area
        page.page_setup.orientation = "landscape"
        page.page_setup.fitToWidth = page.page_setup.fitToHeight = 1
        page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        page.print_options.headings = True
        page.page_margins = PageMargins(0.1, 0.1, 0.1, 0.1, 0, 0)
        workbook.save(source)
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(source)]
        subprocess.run(convert, check=True, capture_output=True)
        image = ["pdftoppm", "-r", "130", "-png", "-singlefile", f"{folder}/page.pdf", str(target.with_suffix(""))]
        subprocess.run(image, check=True)


if __name__ == "__main__":
    for name, (recipe, sheet, area) in PICTURES.items():
        if not sys.argv[1:] or name in sys.argv[1:]:
            draw(recipe, sheet, area, Path(__file__).parent / name)
