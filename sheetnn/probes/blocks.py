"""What the network's blocks tell of those that a recipe writes out, and of [solve]."""

from __future__ import annotations

import re

from ..entries import add_block, misnamed
from ..graph import Graph
from ..mistakes import Mistake
from ..network import check_solved
from .probe import Facts, Probe, refusals

_PERHAPS = re.compile(r"class\.\w+|(data|test)\.(name|number)|number|\w.*\.(e|sum|slope|terms|initial|m|v)|C\.terms")
"""Blocks that depend on what the data and layers are, where a sketch of the network has only the names."""


def _blocks(facts: Facts) -> list[Mistake]:
    """Blocks in order; of one that takes a wrong one, or one of unknown size, only the names are looked at."""
    found: list[Mistake] = []
    graph = facts.graph.copy() if facts.graph is not None else Graph()
    vague = set() if facts.exact else set(graph.blocks)
    for position, entry in enumerate(facts.recipe.blocks):
        spot, args = f"blocks.{position}", {arg.partition("@")[0] for arg in entry.args}
        wrong = [
            Mistake(("blocks", position, *path), said)
            for path, said in misnamed(entry, [*graph.blocks, *vague])
            if facts.good(f"{spot}.{path[0]}")
            and (path[0] != "args" or _told(facts, entry.args[int(path[1])].partition("@")[0]))
        ]
        found += wrong
        unknown = args - set(graph.blocks)
        if wrong or unknown or args & vague or not facts.good(spot):
            vague.add(entry.name)
            continue
        before = len(found)
        with refusals(found, ("blocks", position), f"block {entry.name}: "):
            add_block(graph, entry)
        if len(found) > before:
            vague.add(entry.name)
    return found


def _told(facts: Facts, name: str) -> bool:
    """Whether it is certain that there is no block of this name before the recipe's own."""
    return facts.graph is not None and (facts.exact or not _PERHAPS.fullmatch(name))


def _solve(facts: Facts) -> list[Mistake]:
    found: list[Mistake] = []
    solve = facts.recipe.solve
    if solve is None or facts.graph is None:
        return found
    known = [*facts.graph.blocks, *(entry.name for entry in facts.recipe.blocks)]
    typed = [*facts.graph.inputs(), *(entry.name for entry in facts.recipe.blocks if entry.op is None)]
    spots = [
        (("solve", "cost"), solve.cost),
        *((("solve", "change", n), name) for n, name in enumerate(solve.change)),
    ]
    for path, name in spots:
        if facts.good(".".join(map(str, path[:2]))) and _told(facts, name):
            with refusals(found, path, "solve: "):
                check_solved(name, known, () if path[1] == "cost" else typed)
    return found


PROBES = (Probe((), _blocks), Probe(("blocks.*.name",), _solve))
