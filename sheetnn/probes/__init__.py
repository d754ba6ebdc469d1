"""What only data and building tell, looked for even where a recipe is wrong elsewhere: one probe a row of a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..errors import SheetnnError
from ..mistakes import Mistake
from ..schema import Recipe
from ..toml_lines import Path as Spot
from . import blocks, function, layers, numbers, whole
from .probe import Facts, Probe
from .samples import samples
from .sketch import sketched

PROBES: tuple[Probe, ...] = (
    *whole.PROBES, *layers.PROBES, *numbers.PROBES, *function.PROBES, *blocks.PROBES,
)  # fmt: skip


def probed(recipe: Recipe, folder: Path | None, bad: tuple[Spot, ...]) -> tuple[list[Mistake], SheetnnError | None]:
    """All mistakes that do not depend on the keys `bad`, and what the builder refuses beside them."""
    facts, found = samples(Facts(recipe, folder, bad))
    facts = replace(facts, bad=(*bad, *(one.path for one in found)))
    facts = sketched(facts)
    found += [mistake for probe in PROBES for mistake in probe(facts)]
    facts = replace(facts, bad=(*bad, *(one.path for one in found)))
    return found, whole.refusal(facts) if whole.sized(facts) else None


__all__ = ["PROBES", "Facts", "Probe", "probed"]
