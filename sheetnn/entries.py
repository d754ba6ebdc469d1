"""The blocks that a recipe writes out itself: constants, or an op of the catalog applied to other blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from .catalog import OPS, Kind, among
from .errors import RecipeError, SheetnnError
from .graph import Graph
from .look import ROLES
from .ops import Axes, Named
from .schema import BlockEntry
from .toml_lines import Path


def add_blocks(graph: Graph, entries: tuple[BlockEntry, ...]) -> None:
    """Add the blocks that a recipe writes out. Raises RecipeError naming the block."""
    for entry in entries:
        for _, said in misnamed(entry, graph.blocks):
            raise RecipeError(f"block {entry.name}: {said}")
        add_block(graph, entry)


def add_block(graph: Graph, entry: BlockEntry) -> None:
    """Add one block, in which all names are known. Raises RecipeError naming it."""
    try:
        if entry.op is None:
            _constant(graph, entry)
        else:
            _apply(graph, entry, OPS[entry.op])
    except KeyError as error:
        raise RecipeError(f"block {entry.name}: {error} is missing") from None
    except (LookupError, ValueError, TypeError, AttributeError, SheetnnError) as error:
        said = str(error).removeprefix(f"{entry.name}: ")
        raise RecipeError(f"block {entry.name}: {said}") from None


def misnamed(entry: BlockEntry, blocks: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """Keys of a block that name what does not exist, `blocks` being those before it, and what is wrong with each."""
    spots: list[tuple[Path, str, Iterable[str], str]] = [(("role",), entry.role, ROLES, "role")]
    if entry.op is not None:
        spots.append((("op",), entry.op, OPS, "op"))
        if entry.op in OPS:
            known = OPS[entry.op].options or ("none",)
            spots += [(("options", option), option, known, "option") for option in entry.options]
        names = list(blocks)
        spots += [
            (("args", position), arg.partition("@")[0], names, "argument") for position, arg in enumerate(entry.args)
        ]
    for path, word, words, what in spots:
        try:
            among(word, words, what)
        except ValueError as error:
            yield path, str(error)


def _constant(graph: Graph, entry: BlockEntry) -> None:
    if entry.values is None:
        raise ValueError("has neither op nor values; expected one of them")
    values = np.array(entry.values)
    if values.dtype.kind not in "if" or not np.isfinite(values).all():
        raise ValueError("its values are not all numbers")
    if values.ndim != len(entry.axes):
        raise ValueError(f"its values have {values.ndim} axes, and {len(entry.axes)} are named")
    axes = dict(zip(entry.axes, values.shape, strict=True))
    graph.constant(entry.name, axes, values, entry.role, entry.group)


def _apply(graph: Graph, entry: BlockEntry, kind: Kind) -> None:
    low, high = kind.args if isinstance(kind.args, tuple) else (kind.args, kind.args)
    if not low <= len(entry.args) <= high:
        wanted = str(low) if low == high else f"{low} to {high}"
        raise ValueError(f"op {entry.op} has {len(entry.args)} arguments; expected {wanted}")
    sizes: Axes = {}
    blocks = [graph[arg.partition("@")[0]] for arg in entry.args]
    for block in blocks:
        sizes |= block.axes
    op = kind.make(entry, sizes)
    graph.add(entry.name, op, *entry.args, axes=entry.axes, role=entry.role, group=entry.group)
    trial = [Named(block.axes, np.ones(block.shape)) for block in blocks]
    with np.errstate(all="ignore"):
        shape = np.asarray(op.value(graph[entry.name].axes, *trial)).shape
    if shape != graph[entry.name].shape:
        raise ValueError(f"op {entry.op} gives {shape}, its axes ask for {graph[entry.name].shape}")
