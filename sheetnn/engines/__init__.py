"""Spreadsheet engines that share no code with us: a row each, tried in this order for `all`."""

from __future__ import annotations

from ..errors import EngineError, nearest
from .base import Engine
from .gnumeric import Gnumeric
from .ironcalc import IronCalc
from .libreoffice import LibreOffice

ENGINES: dict[str, Engine] = {engine.name: engine for engine in (IronCalc(), LibreOffice(), Gnumeric())}
DEFAULT = "ironcalc"


def engine(name: str) -> Engine:
    """The engine of that name. Raises EngineError if there is none or it is not installed."""
    if name not in ENGINES:
        raise EngineError(
            f"engine {name!r} is not known; expected {', '.join(ENGINES)} or all{nearest(name, ENGINES)}"
        )
    found = ENGINES[name]
    if not found.installed():
        raise EngineError(f"engine {name} is not installed; {found.install}")
    return found
