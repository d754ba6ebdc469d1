"""Elements of XML and HTML: the library escapes every text, and what XML cannot hold is taken out before."""

from __future__ import annotations

import re

from lxml import etree

_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _ILLEGAL.sub("?", text)


def element(tag: str, *inside: etree._Element | str, **attributes: str) -> etree._Element:
    """An element with children, or with one text; `class_` is the attribute class."""
    made = etree.Element(tag, {key.rstrip("_"): legal(value) for key, value in attributes.items()})
    for one in inside:
        if isinstance(one, str):
            made.text = legal(one) or None
        else:
            made.append(one)
    return made
