"""How a sheet answers its reader: cells that change their look, lists to choose from, links, notes, protection."""

from __future__ import annotations

from typing import Any

from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule as Condition
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from .address import sheet_prefix
from .layout import Layout
from .look import RULES


def conduct(page: Worksheet, layout: Layout, sheet_id: str, protect: bool) -> None:
    """Add what the layout says of one sheet; with `protect` only inputs can be typed into (no password)."""
    for rule in layout.rules:
        if rule.sheet == sheet_id:
            condition = Condition(type="expression", dxf=_style(rule.style), formula=[rule.formula], stopIfTrue=True)
            page.conditional_formatting.add(rule.area, condition)
    for choice in layout.choices:
        if choice.sheet == sheet_id:
            listed = f'"{choice.source}"' if "$" not in choice.source else choice.source
            checked = DataValidation("list", formula1=listed, allow_blank=False, showErrorMessage=True)
            checked.add(choice.cell)
            page.add_data_validation(checked)
    for link in layout.links:
        if link.sheet == sheet_id:
            place = sheet_prefix(layout.sheet_name(link.target_sheet)) + link.target
            page[link.cell].hyperlink = Hyperlink(ref=link.cell, location=place)
    for note in layout.notes:
        if note.sheet == sheet_id:
            page[note.cell].comment = Comment(note.text, "sheetnn", height=_height(note.text), width=300)
    if protect:
        page.protection.sheet = True
        page.protection.formatColumns = page.protection.formatRows = False  # False: not forbidden


def _height(text: str) -> int:
    """Pixels for a note of 300 pixels' width."""
    return 24 + 18 * sum(1 + len(line.encode("utf-8")) // 48 for line in text.split("\n"))


def _style(name: str) -> DifferentialStyle:
    look = RULES[name]
    given: dict[str, Any] = {}
    if look.color or look.bold:
        given["font"] = Font(color=look.color or None, bold=look.bold or None)
    if look.fill:
        given["fill"] = PatternFill("solid", start_color=look.fill, end_color=look.fill)
    if look.left:
        edge = Side(style=None if look.left == "none" else look.left)  # type: ignore[arg-type]
        given["border"] = Border(left=edge, right=edge, top=edge, bottom=edge)
    if look.format != "General":
        given["numFmt"] = NumberFormat(numFmtId=200, formatCode=look.format)
    return DifferentialStyle(**given)
