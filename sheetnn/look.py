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
    horizontal: str = ""
    rotate: bool = False
    wrap: bool = False
    left: str = ""
    right: str = ""
    top: str = ""
    bottom: str = ""


# Light fills that differ in hue and, printed grey, in the words and outlines beside them.
ROLES: dict[str, Look] = {
    "number": Look(horizontal="center"),
    "pixel": Look(horizontal="center"),
    "painted": Look(horizontal="center"),
    "table": Look(horizontal="center"),
    "percent": Look(fill="FFE699", format="0%"),
    "target": Look(fill="F2F2F2"),
    "input": Look(fill="FFF2CC"),
    "rate": Look(fill="FFF2CC", bold=True),  # typed by a person
    "parameter": Look(fill="E2EFDA", format=THREE),
    "initial": Look(fill="E2EFDA", format=THREE),
    "filter": Look(fill="FBE5D6", format=THREE),
    "update": Look(fill="D0E5E8", format=THREE),
    "forward": Look(fill="DDEBF7", format=THREE),
    "cost": Look(fill="FFE699", format=THREE),
    "backward": Look(fill="FCE4D6", format=THREE),
    "gradient": Look(fill="E9DFF1", format=THREE),
    "verdict": Look(bold=True, horizontal="center"),
    "plain": Look(format=THREE),
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
}


def outlined(look: Look, style: str, left: bool, right: bool, top: bool, bottom: bool) -> Look:
    """`look` with borders of `style` on the given sides."""
    return replace(
        look,
        left=style if left else look.left,
        right=style if right else look.right,
        top=style if top else look.top,
        bottom=style if bottom else look.bottom,
    )
