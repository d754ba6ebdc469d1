"""Compile a small neural network into a spreadsheet of live formulas, and prove every cell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Network",
    "SheetnnError",
    "Workbook",
    "__version__",
    "build",
    "diff",
    "exercise",
    "explain",
    "explain_block",
    "grade",
    "info",
    "plot",
    "pull",
    "solve",
    "trace",
    "verify",
]

if TYPE_CHECKING:
    from .difference import diff
    from .drawing import plot
    from .errors import SheetnnError
    from .explanation import explain
    from .grading import grade
    from .networks import Network
    from .overview import explain_block
    from .parameters import pull
    from .size import info
    from .solver import solve
    from .tracing import trace
    from .verifier import verify
    from .workbook import Workbook, build, exercise

_HOMES = {
    "Network": "networks",
    "SheetnnError": "errors",
    "Workbook": "workbook",
    "build": "workbook",
    "diff": "difference",
    "exercise": "workbook",
    "explain": "explanation",
    "explain_block": "overview",
    "grade": "grading",
    "info": "size",
    "plot": "drawing",
    "pull": "parameters",
    "solve": "solver",
    "trace": "tracing",
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
