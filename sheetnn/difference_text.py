"""A comparison in words: a line for each cause, block and difference, and one with the counts."""

from __future__ import annotations

from typing import Any

from .comparison import BlockChanges, Cause, Comparison, Difference
from .console import short
from .reader import Error

PARTS = {
    "cause": "changed cells",
    "outside": "outside the models",
    "recipe": "the hidden sheet with the recipe",
    "unexplained": "follow from no cause found (stale in one file, or calculated by another program)",
    "one-model": "cells that only one model has",
    "consequence": "consequences",
}
"""Headings of the parts, in the order of telling."""


def text(result: Comparison) -> str:
    """Causes, blocks, differing cells, counts."""
    lines: list[str] = []
    if result.modelled:
        lines += _under("causes", [cause_line(one) for one in result.causes])
        lines += _under("blocks", [block_line(one) for one in result.blocks])
        for part, heading in PARTS.items():
            lines += _under(heading, [difference_line(one) for one in told(result) if one.part == part])
    else:
        lines += [difference_line(one) for one in result.differences]
    if result.different > len(result.differences):
        lines.append(more_line(result))
    return "\n".join([*lines, summary_line(result)])


def _under(heading: str, lines: list[str]) -> list[str]:
    return [f"{heading}:", *(f"  {line}" for line in lines)] if lines else []


def told(result: Comparison) -> list[Difference]:
    """The differences that are kept, without those that a cause tells already."""
    causes = {one.where for one in result.causes if one.cells == 1}
    recipe = any(one.kind == "recipe" for one in result.causes)
    return [one for one in result.differences if one.where not in causes and not (recipe and one.part == "recipe")]


def cause_line(cause: Cause) -> str:
    """`hidden.w[1,3]@1` changed from 0.348 to 0.4; 1,204 dependent cells follow."""
    a, b = sides(cause)
    if cause.kind == "recipe":
        return f"{short(cause.name)}: {a} -> {b}"
    change = f"changed from {a} to {b}"
    if cause.a is None or cause.b is None:
        change = f"was removed ({a})" if cause.b is None else f"was added ({b})"
    if cause.cells > 1:
        change = f"{cause.cells:,} cells changed; among them `{cause.name}` {change}"
    subject = f"`{cause.block}`:" if cause.cells > 1 else f"`{cause.name}`"
    follow = "" if cause.dependents is None else f"; {cause.dependents:,} dependent cells follow"
    follow = follow.replace("; 1 dependent cells follow", "; 1 dependent cell follows")
    return f"{subject} {change}{follow} ({short(cause.where)})"


def block_line(block: BlockChanges) -> str:
    """`hidden.z`: 1,204 follow, largest difference 0.3 at ..."""
    counts = {
        "changed": block.causes,
        "follow": block.consequences,
        "follow from no cause found": block.unexplained,
        f"only in the model of {block.only_in}": block.one_model,
    }
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    worst = f", largest difference {block.worst:.3g} at {short(block.worst_at)}" if block.worst_at else ""
    return f"`{block.block}`: {told}{worst}"


def difference_line(one: Difference) -> str:
    """Sheet!A1 name: kind: a | b."""
    name = title(one)
    return f"{short(one.where)}{f' {name}' if name else ''}: {one.kind}: {' | '.join(sides(one))}"


def sides(one: Cause | Difference) -> tuple[str, str]:
    """Both values as they are shown, with their types where these differ."""
    a, b = short(one.a), short(one.b)
    kinds = _type(one.a), _type(one.b)
    apart = one.kind in ("type", "input") and "" not in kinds and kinds[0] != kinds[1]
    return (f"{a} ({kinds[0]})", f"{b} ({kinds[1]})") if apart else (a, b)


_TYPES = {str: "text", Error: "error", bool: "logical", int: "number", float: "number"}  # a bool is an int too


def _type(value: Any) -> str:
    """What a spreadsheet calls the type of a value; empty for none."""
    return next((name for kind, name in _TYPES.items() if isinstance(value, kind)), "")


def title(one: Difference) -> str:
    """The name of a cell, and what either model says where they differ."""
    if one.name == one.name_b:
        return one.name
    if one.name and one.name_b:
        return f"{one.name} (in B: {one.name_b})"
    return f"{one.name or one.name_b} (only in {'A' if one.name else 'B'})"


def more_line(result: Comparison) -> str:
    return f"... and {result.different - len(result.differences):,} more"


def summary_line(result: Comparison) -> str:
    """Cells compared, within tolerance, different; the worst cell."""
    worst = f", largest difference {result.worst:.3g} at {short(result.worst_at)}" if result.worst_at else ""
    stale = f" ({result.unexplained:,} from no cause found)" if result.unexplained else ""
    counts = f"{result.compared:,} cells compared, {result.within:,} within tolerance, {result.different:,} different"
    return counts + stale + worst
