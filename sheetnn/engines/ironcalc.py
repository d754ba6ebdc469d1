"""IronCalc: an engine in a Python wheel, run in a process of its own (it prints, and a crash must not be ours)."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import shutil
import site
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..grid import Extents, Grid
from ..reader import Error
from .base import Engine, run


class IronCalc(Engine):
    name = "ironcalc"
    install = "install it with: pip install ironcalc"

    def installed(self) -> bool:
        return importlib.util.find_spec("ironcalc") is not None

    def version(self) -> str:
        return f"IronCalc {importlib.metadata.version('ironcalc')}"

    def recalculate(self, path: Path, extents: Extents, scratch: Path) -> dict[str, Grid]:
        job, numbers, others = scratch / "job.json", scratch / "numbers.npz", scratch / "others.json"
        path = _digestible(path, scratch)
        job.write_text(json.dumps({"path": str(path), "extents": extents}), "utf-8")
        command = [sys.executable, "-m", __name__, str(job), str(numbers), str(others)]
        home = {"PYTHONUSERBASE": base} if (base := site.getuserbase()) else {}
        run(self.name, command, scratch, home, self.limit)
        grids = {}
        words = json.loads(others.read_text("utf-8"))
        with np.load(numbers) as arrays:
            for number, sheet in enumerate(extents):
                grids[sheet] = Grid(arrays[f"sheet{number}"])
                for row, column, value, error in words[sheet]:
                    grids[sheet].others[row, column] = Error(value) if error else value
        return grids


def _digestible(path: Path, scratch: Path) -> Path:
    """A copy for IronCalc 0.9 where it needs one.

    It panics where a file names no cell styles, as those that Gnumeric saves, and does not find the parts of a sheet
    by absolute names, as openpyxl writes them.
    """
    from ..errors import EngineError  # not needed by the other process
    from ..package import relative
    from ..untrusted import MAX_SMALL

    styles = "xl/styles.xml"
    normal = b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    with zipfile.ZipFile(path) as source:
        parts = source.namelist()
        changed = {name: relative(name, source.read(name)) for name in parts if name.endswith(".rels")}
        if styles in parts and source.getinfo(styles).file_size > MAX_SMALL:
            raise EngineError(f"engine ironcalc: its styles hold more than {MAX_SMALL:,} bytes")
        if styles in parts and b"<cellStyles" not in source.read(styles):
            changed[styles] = source.read(styles).replace(b"</cellXfs>", b"</cellXfs>" + normal, 1)
        if all(source.read(name) == data for name, data in changed.items()):
            return path
        copy = scratch / "digestible.xlsx"
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for name in parts:
                if name in changed:
                    target.writestr(name, changed[name])
                else:
                    with source.open(name) as part, target.open(name, "w", force_zip64=True) as written:
                        shutil.copyfileobj(part, written, 1 << 20)
    return copy


def _work(job: Path, numbers: Path, others: Path) -> None:
    """The other process: load, evaluate, write all cells to two files."""
    import ironcalc

    task = json.loads(job.read_text("utf-8"))
    model = ironcalc.load_from_xlsx(task["path"])
    model.evaluate()
    names = [sheet["name"] for sheet in model.get_worksheets_properties()]
    arrays: dict[str, Any] = {}
    words: dict[str, list[Any]] = {}
    for number, (sheet, size) in enumerate(task["extents"].items()):
        index = names.index(sheet)
        grid = Grid.empty(*size)
        put, value_of = grid.numbers, model.get_cell_value
        kept = words[sheet] = []
        first_row, last_row, first_column, last_column = model.get_sheet_dimensions(index)
        for row in range(first_row, min(last_row, size[0]) + 1):
            for column in range(first_column, min(last_column, size[1]) + 1):
                value = value_of(index, row, column)
                if value.__class__ is float:
                    put[row - 1, column - 1] = value
                elif value is not None and value != "":
                    failed = model.get_cell_type(index, row, column) == ironcalc.CellType.ErrorValue
                    kept.append((row, column, value, failed))
        arrays[f"sheet{number}"] = grid.numbers
    np.savez(numbers, **arrays)
    others.write_text(json.dumps(words), "utf-8")


if __name__ == "__main__":
    _work(*map(Path, sys.argv[1:4]))
