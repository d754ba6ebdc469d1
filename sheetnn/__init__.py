"""Compile a small neural network into a spreadsheet of live formulas, and prove every cell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "SheetnnError",
    "Workbook",
    "__version__",
    "build",
    "diff",
    "exercise",
    "info",
    "plot",
    "pull",
    "solve",
    "verify",
]

if TYPE_CHECKING:
    from .difference import diff
    from .drawing import plot
    from .errors import SheetnnError
    from .parameters import pull
    from .size import info
    from .solver import solve
    from .verifier import verify
    from .workbook import Workbook, build, exercise

_HOMES = {
    "SheetnnError": "errors",
    "Workbook": "workbook",
    "build": "workbook",
    "diff": "difference",
    "exercise": "workbook",
    "info": "size",
    "plot": "drawing",
    "pull": "parameters",
    "solve": "solver",
    "verify": "verifier",
}


if not TYPE_CHECKING:  # a type checker must not believe in every name

    def __getattr__(name: str) -> Any:
        """Public names are loaded when first asked for, so that `import sheetnn` stays quick."""
        if name not in _HOMES:
            raise AttributeError(f"module 'sheetnn' has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"sheetnn.{_HOMES[name]}"), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *_HOMES})
