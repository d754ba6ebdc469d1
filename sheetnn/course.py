"""The course of a training: whether C_T (of a descent the function's value) ends far above where it began."""

from __future__ import annotations

from collections.abc import Sequence

WATCHED = ("C_T", "value")
"""Blocks whose numbers, one an epoch, tell the course; the first that a graph has."""
_FAR = 10.0  # times the first value; mini-batches and Adam go up and down by less
_MEND = "a smaller learning rate or smaller initial values help"


def diverges(name: str, course: Sequence[float], first_epoch: int) -> str:
    """A warning with the epoch from which on the numbers grow; empty where they do not end far above the first."""
    grown = began(name, course, first_epoch)
    return f"the training diverges: {grown}; {_MEND}" if grown else ""


def began(name: str, course: Sequence[float], first_epoch: int) -> str:
    """From which epoch on the numbers only end up larger; empty where the last is not far above the first."""
    if len(course) < 2 or not course[-1] > _FAR * abs(course[0]):
        return ""
    least = min(range(len(course)), key=course.__getitem__)
    return (
        f"{name} grows from epoch {least + 1 + first_epoch} on ({course[least]:.3g} before it, "
        f"{course[-1]:.3g} in epoch {len(course) - 1 + first_epoch})"
    )
