"""`doctor`: which spreadsheet engines are here, whether they recalculate, and every portable function on them.

It says too whether they run cut off from the network, see `sheetnn.engines.sealed`.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook as Package
from openpyxl.worksheet.formula import ArrayFormula

from .engines import ENGINES
from .engines.base import Engine, plant
from .engines.sealed import sealed
from .errors import SheetnnError
from .grid import Grid

NUMBERS = {"A1": 1, "A2": 2, "A3": 3, "B1": 4, "B2": 5, "B3": 6, "C1": 1, "D1": 2, "C2": 3, "D2": 4,
           "G1": 1, "H1": 2, "I1": 3}  # fmt: skip
# Each with the value worked out by hand or printed in a table of the function.
FEATURES: tuple[tuple[str, float | str], ...] = (
    ("SUM(A1:A3)", 6.0),
    ("SUMIF(A1:A3,2,B1:B3)", 5.0),
    ("SUMPRODUCT(A1:A3,B1:B3)", 32.0),
    ("SUMXMY2(A1:A3,B1:B3)", 27.0),
    ("MMULT(G1:I1,A1:A3)", 14.0),
    ("EXP(1)", 2.718281828459045),
    ("LN(EXP(2))", 2.0),
    ("LOG10(1000)", 3.0),
    ("SQRT(2)", 1.4142135623730951),
    ("TANH(0.5)", 0.46211715726000973),
    ("ABS(-3)", 3.0),
    ("ROUND(2.567,2)", 2.57),
    ("MOD(7,3)", 1.0),
    ("MAX(A1:A3)", 3.0),
    ("MIN(A1:A3)", 1.0),
    ("AVERAGE(A1:A3)", 2.0),
    ("COUNT(A1:A3)", 3.0),
    ("COUNTA(A1:A3)", 3.0),
    ("COUNTIF(A1:A3,2)", 1.0),
    ("IF(AND(A1=1,A2=2),7,8)", 7.0),
    ("IF(OR(A1=9,A2=2),7,8)", 7.0),
    ("IF(NOT(A1=1),7,8)", 8.0),
    ("IFERROR(1/0,9)", 9.0),
    ("IF(ISNUMBER(A1),7,8)", 7.0),
    ("CHOOSE(2,5,6)", 6.0),
    ("INDEX(B1:B3,2,1)", 5.0),
    ("MATCH(5,B1:B3,0)", 2.0),
    ("VLOOKUP(2,A1:B3,2,0)", 5.0),
    ("FIXED(2.5,3,1)", "2.500"),
    ('REPT("x",3)', "xxx"),
    ('HYPERLINK("#A1","go")', "go"),
)
ARRAYS: tuple[tuple[str, tuple[tuple[float, ...], ...]], ...] = (
    ("MINVERSE(C1:D2)", ((-2.0, 1.0), (1.5, -0.5))),
    ("TRANSPOSE(C1:D2)", ((1.0, 3.0), (2.0, 4.0))),
)
_COLUMN, _ARRAY_COLUMN, _FALSE = 5, 11, 987654.321


@dataclass(frozen=True)
class Finding:
    """What was found of one engine; `wrong` names the functions whose value is not right."""

    engine: str
    installed: bool
    version: str = ""
    recalculates: bool = False
    wrong: tuple[str, ...] = ()
    said: str = ""
    cut_off: bool = False
    """Whether the engine's program runs without a network; else only proxies that do not answer stand in its way."""

    @property
    def ok(self) -> bool:
        return self.installed and self.recalculates and not self.wrong

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}


def doctor() -> list[Finding]:
    """Examine every engine that this version knows."""
    return [examine(engine) for engine in ENGINES.values()]


def examine(engine: Engine) -> Finding:
    """One engine on a sheet with every portable function, a false value stored in one of its cells."""
    if not engine.installed():
        return Finding(engine.name, False, said=engine.install)
    version, cut_off = engine.version(), bool(sealed())
    try:
        with tempfile.TemporaryDirectory(prefix="sheetnn-") as folder:
            scratch = Path(folder)
            _sheet(scratch / "functions.xlsx")
            plant(scratch / "functions.xlsx", scratch / "planted.xlsx", "functions", "E1", _FALSE)
            (scratch / "engine").mkdir()
            rows = max(len(FEATURES), 2 * len(ARRAYS))
            found = engine.recalculate(scratch / "planted.xlsx", {"functions": (rows, 12)}, scratch / "engine")
    except (SheetnnError, OSError) as error:
        return Finding(engine.name, True, version, said=str(error), cut_off=cut_off)
    grid = found["functions"]
    return Finding(engine.name, True, version, grid.get(1, _COLUMN) != _FALSE, tuple(_wrong(grid)), "", cut_off)


def _sheet(path: Path) -> None:
    package = Package()
    page = package.worksheets[0]
    page.title = "functions"
    for cell, number in NUMBERS.items():
        page[cell] = number
    for row, (formula, _) in enumerate(FEATURES, 1):
        page.cell(row, _COLUMN).value = f"={formula}"
    for number, (formula, _) in enumerate(ARRAYS):
        area = f"K{2 * number + 1}:L{2 * number + 2}"
        page[f"K{2 * number + 1}"] = ArrayFormula(area, f"={formula}")
    package.save(path)


def _wrong(grid: Grid) -> list[str]:
    wrong = [
        formula for row, (formula, expected) in enumerate(FEATURES, 1) if not _same(grid.get(row, _COLUMN), expected)
    ]
    for number, (formula, matrix) in enumerate(ARRAYS):
        for i, line in enumerate(matrix):
            for j, expected in enumerate(line):
                if not _same(grid.get(2 * number + 1 + i, _ARRAY_COLUMN + j), expected) and formula not in wrong:
                    wrong.append(formula)
    return wrong


def _same(got: Any, expected: float | str) -> bool:
    if isinstance(expected, str):
        return bool(got == expected)
    return isinstance(got, int | float) and abs(got - expected) <= 1e-14 + 1e-14 * abs(expected)
