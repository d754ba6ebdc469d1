"""What a cell looks like: by the role of its block, by the style of a label."""

from __future__ import annotations

from dataclasses import dataclass, replace

FONT = "Times New Roman"
THREE = "0.000_ "


@dataclass(frozen=True)
class Look:
    """Fill, number format, font, alignment and the four borders of a cell."""

    fill: str = ""
    format: str = "General"
    bold: bool = False
    size: float = 11
    color: str = ""
    underline: bool = False
    horizontal: str = ""
    rotate: bool = False
    wrap: bool = False
    locked: bool = True
    left: str = ""
    right: str = ""
    top: str = ""
    bottom: str = ""


# Fills that differ in hue for every eye and, printed grey, in lightness. Those of parameters are the book's.
INPUT = "12308F"
"""The colour of numbers that a person may type."""

ROLES: dict[str, Look] = {
    "number": Look(horizontal="center"),
    "pixel": Look(horizontal="center"),
    "painted": Look(horizontal="center"),
    "table": Look(horizontal="center"),
    "percent": Look(fill="FFD24D", format="0%"),
    "target": Look(fill="F2F2F2"),
    "input": Look(fill="FFF2CC"),
    "rate": Look(fill="FFF2CC", bold=True),  # typed by a person
    "parameter": Look(fill="E2EFDA", format=THREE),
    "initial": Look(fill="E2EFDA", format=THREE),
    "filter": Look(fill="FBE5D6", format=THREE),
    "update": Look(fill="8FC7BB", format=THREE),
    "forward": Look(fill="CFE1F3", format=THREE),
    "cost": Look(fill="FFD24D", format=THREE),
    "backward": Look(fill="F6C9AE", format=THREE),
    "gradient": Look(fill="D0BCE2", format=THREE),
    "verdict": Look(bold=True, horizontal="center"),
    "plain": Look(format=THREE),
    "choice": Look(
        fill="FFF2CC", bold=True, horizontal="center", left="medium", right="medium", top="medium", bottom="medium"
    ),  # on a page that looks at the workbook
    "answer": Look(fill="FFF2CC", format=THREE, color="12308F", locked=False),  # for a learner to fill in
    "spelt": Look(color="1F3864"),
    "check": Look(bold=True, horizontal="center"),
}

LABELS: dict[str, Look] = {
    "title": Look(bold=True, size=11),
    "label": Look(horizontal="center"),
    "left": Look(),
    "small": Look(horizontal="center", size=8),
    "head": Look(horizontal="center", color="595959"),
    "side": Look(horizontal="center", rotate=True, left="thin", right="thin", top="thin", bottom="thin"),
    "small-side": Look(
        horizontal="center", rotate=True, size=8, left="thin", right="thin", top="thin", bottom="thin"
    ),
    "title-12": Look(bold=True, size=12),
    "boxed": Look(horizontal="center", left="thin", right="thin", top="thin", bottom="thin"),
    "epoch": Look(bold=True, horizontal="center"),
    "red": Look(color="FF0000"),
    "note": Look(size=10, color="595959"),
    "heading": Look(bold=True, size=14),
    "band": Look(bold=True, size=11, fill="D9D9D9"),
    "symbol": Look(horizontal="center", bold=True, size=10),
    "prompt": Look(bold=True),
    "over": Look(),  # the symbol of a block, above its name
    "block": Look(size=9, color="595959"),
    "link": Look(color="0563C1", underline=True, horizontal="center"),
    "text": Look(wrap=False),
    "number": Look(horizontal="center"),
    "faint": Look(color="7F7F7F", size=9),
}


# Looks that a rule puts over others (see `sheet.Rule`). Blue and orange are told apart by every eye; in grey the
# signs of the numbers tell.
RULES: dict[str, Look] = {
    "hidden": Look(fill="FFFFFF", color="FFFFFF", format=";;;", left="none"),
    "winner": Look(bold=True, fill="8DB8E0", left="thin"),  # Excel draws no thicker line in a rule
    "current": Look(fill="FFE699", bold=True),
    "later": Look(color="A6A6A6"),
    "right": Look(fill="C6E5CE", color="0B5A2A"),
    "wrong": Look(fill="F4B6B0", color="8E1B10", bold=True),
    "plus1": Look(fill="DCE9F5"),
    "plus2": Look(fill="B3D0EA"),
    "plus3": Look(fill="7FB0DB"),
    "minus1": Look(fill="FCE9D9"),
    "minus2": Look(fill="F8CDA6"),
    "minus3": Look(fill="F0A868"),
}

LINES: dict[str, tuple[bool, int, str, int]] = {  # whether a line, size of markers, colour, width in EMU
    "markers": (False, 8, "1F4E79", 0),
    "line": (True, 0, "1F4E79", 22000),
    "path": (True, 4, "C55A11", 19000),
    "dots": (False, 5, "C55A11", 0),
    "faint dots": (False, 4, "A6A6A6", 0),
    "thin": (True, 0, "A6A6A6", 9500),
}


def style(name: str) -> Look:
    """The look of a label: one of LABELS, or `role:` and one of ROLES."""
    return ROLES[name.removeprefix("role:")] if name.startswith("role:") else LABELS[name]


def outlined(look: Look, style: str, left: bool, right: bool, top: bool, bottom: bool) -> Look:
    """`look` with borders of `style` on the given sides."""
    return replace(
        look,
        left=style if left else look.left,
        right=style if right else look.right,
        top=style if top else look.top,
        bottom=style if bottom else look.bottom,
    )
