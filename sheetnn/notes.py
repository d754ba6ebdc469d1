"""Notes on the heads of blocks: what a block is, its equation, its shape, where it comes from."""

from __future__ import annotations

from dataclasses import replace

from .address import cell_name
from .equations import equation, meaning, shape
from .graph import Block, Graph
from .labels import Words, plain
from .layout import Layout
from .schema import Recipe
from .sheet import Note


def add_notes(layout: Layout, graph: Graph, base: Graph, recipe: Recipe, words: Words) -> Layout:
    """The layout with a note on the label above each block, or on its first cell where there is none.

    `base` is the graph of the network, whose equations the blocks of pages share.
    """
    heads = {
        (label.sheet, label.last_row, column)
        for label in layout.labels
        if isinstance(label.text, str) and label.text
        for column in range(label.column, label.last_column + 1)
    }
    corners = {
        (label.sheet, label.last_row, column): (label.row, label.column)
        for label in layout.labels
        for column in range(label.column, label.last_column + 1)
    }
    named = {(label.sheet, label.row, label.column) for label in layout.labels if label.style == "block"}
    notes: dict[tuple[str, int, int], str] = {}
    for block, place in layout.placed():
        text = _text(block, graph, base, recipe, words)
        if text:
            above = (place.sheet, place.row - 1, place.column)
            if (place.sheet, place.row - 2, place.column) in named:  # the names of columns are between
                above = (place.sheet, place.row - 2, place.column)
            row, column = corners[above] if above in heads else (place.row, place.column)
            notes.setdefault((place.sheet, row, column), text)
    made = [Note(sheet, cell_name(row, column), text) for (sheet, row, column), text in notes.items()]
    return replace(layout, notes=(*layout.notes, *made))


def _text(block: Block, graph: Graph, base: Graph, recipe: Recipe, words: Words) -> str:
    """Empty for helpers that need no word."""
    page, _, name = block.name.rpartition("/")
    name = name.removesuffix(".old").removesuffix(".new")
    if page in ("mark", "key") or name.startswith("at.") or name.endswith(".spelt"):
        return ""
    key = meaning(name)
    lines = [words(key)] if key else []
    twin = name.removeprefix("test.")
    if recipe.layers and twin in base.blocks and (twin == name or base[twin].op == block.op):
        said = equation(base, recipe, twin)
        if said.text:
            source = words("note.book").format(source=said.source) if said.source else ""
            lines.append(f"{plain(said.line)}  {source}".strip())
    lines.append(words("note.shape").format(shape=shape(block)))
    if block.start is not None:
        lines.append(words("note.input"))
    elif block.args:
        lines.append(words("note.from").format(blocks=", ".join(use.name for use in block.args)))
    lines.append(block.name)
    return "\n".join(lines)
