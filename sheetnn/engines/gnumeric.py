"""Gnumeric, by its converter with a forced recalculation."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..errors import EngineError
from ..grid import Extents, Grid, read_grids
from .base import Engine, run, said_version


class Gnumeric(Engine):
    name = "gnumeric"
    install = "install it with: apt install gnumeric"

    def installed(self) -> bool:
        return shutil.which("ssconvert") is not None

    def version(self) -> str:
        return said_version(["ssconvert", "--version"])

    def recalculate(self, path: Path, extents: Extents, scratch: Path) -> dict[str, Grid]:
        source, result = scratch / "in.xlsx", scratch / "out.xlsx"
        shutil.copyfile(path, source)
        command = ["ssconvert", "--recalc", str(source), str(result)]
        run(self.name, command, scratch, {"GSETTINGS_BACKEND": "memory"}, self.limit)
        if not result.is_file():
            raise EngineError("engine gnumeric wrote no result; is the file a workbook it can open?")
        return read_grids(result, extents)
