"""How the cells of a block look: by its role, blue where they are typed, outlined where the block ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .graph import Block
from .layout import Place
from .look import INPUT, ROLES, Look, outlined
from .ops import IMAGE

_UPDATED = ("parameter", "filter")
"""Roles of parameters, which are updated ones after the first epoch."""


def differs(block: Block, place: Place) -> bool:
    """Whether the cells of a repeated block are typed or look otherwise in the first epoch than in later ones."""
    return block.start is not None or (place.role or block.role) in _UPDATED


def looks_of(block: Block, place: Place, first: bool) -> tuple[list[Look], NDArray[np.intp]]:
    """The different looks of a block in the `first` or a later epoch, and for each of its cells the number of its."""
    role = place.role or block.role
    if role in _UPDATED and block.repeated and not first:
        role = "update"
    typed = block.op is None or (block.start is not None and first)
    formats = (ROLES[role].format,) if place.format is None else place.format
    formats = (formats,) if isinstance(formats, str) else formats
    box = place.box if place.box is not None else tuple(axis for axis in block.axes if axis != IMAGE)
    spots = np.indices(block.shape).reshape(len(block.shape), block.size)
    codes = spots[0] * 16 if len(formats) > 1 else np.zeros(block.size, np.int64)
    for bit, (side, end) in enumerate(((1, "first"), (1, "last"), (0, "first"), (0, "last"))):
        edge = np.ones(block.size, bool)
        for axis, position in zip(block.axes, spots, strict=True):
            step = place.step(axis)
            if step[side] and not step[1 - side] and axis in box:
                edge &= position == (0 if end == "first" else block.axes[axis] - 1)
        codes = codes + (edge << bit)
    known, at, which = np.unique(codes, return_index=True, return_inverse=True)
    met = np.argsort(at)  # in the order of the cells
    looks = []
    for code in known[met].tolist():
        look = replace(ROLES[role], format=formats[code // 16])
        if typed:
            look = replace(look, color=look.color or INPUT, locked=False)
        looks.append(outlined(look, place.outline, *(bool(code >> bit & 1) for bit in range(4))))
    return looks, np.argsort(met)[which]
