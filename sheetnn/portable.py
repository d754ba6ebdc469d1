"""The functions that every supported spreadsheet knows; a formula with another one fails the build."""

from __future__ import annotations

import re

from .errors import FormulaError, nearest

FUNCTIONS = frozenset(
    """SUM SUMIF SUMPRODUCT SUMXMY2 MMULT MINVERSE TRANSPOSE EXP LN LOG10 SQRT TANH ABS ROUND MOD MAX MIN
    AVERAGE COUNT COUNTA COUNTIF IF AND OR NOT IFERROR ISNUMBER CHOOSE INDEX MATCH VLOOKUP FIXED REPT
    HYPERLINK""".split()
)
MAX_LENGTH = 8192  # characters Excel accepts in one formula
_CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)\(")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def check_formula(formula: str, where: str) -> None:
    """Raise FormulaError if `formula` (without '=') calls a function off the list or is too long for a cell."""
    for name in _CALL.findall(_QUOTED.sub("", formula)):
        if name not in FUNCTIONS:
            raise FormulaError(
                f"{where}: {name} is not on the list of portable functions{nearest(name.upper(), FUNCTIONS)}"
            )
    if len(formula) > MAX_LENGTH:
        raise FormulaError(
            f"{where}: a formula of {len(formula):,} characters; a cell takes {MAX_LENGTH:,}; "
            "lay the blocks out so that sums become ranges"
        )
