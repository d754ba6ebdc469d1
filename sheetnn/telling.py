"""Explanations as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .console import short
from .explanation import Explanation, Formula, Relations, Value
from .labels import Words
from .overview import BlockExplanation

LONG = 400
"""A longer formula is cut."""


def told(found: Explanation | BlockExplanation, words: Words) -> Iterator[str]:
    """An explanation, line by line."""
    lines = _cell(found, words) if isinstance(found, Explanation) else _block(found, words)
    for line in lines:
        yield "".join(sign if sign.isprintable() else "?" for sign in line)


def _cell(found: Explanation, words: Words) -> Iterator[str]:
    yield f"{found.at}  {found.name}".rstrip()
    yield f"  {words(f'explain.kind.{found.kind}')}"
    if found.text:
        yield _line(words, "text", _cut(found.text))
    if found.near:
        yield _line(words, "near", found.near)
    if not found.name:
        return
    yield from _about(found, words)
    if found.formula:
        yield from _formula(found.formula, words)
    if found.value:
        yield _line(words, "value", _value(found.value, found.kind, words))
    yield from _relations(found.needs, "needs", words)
    yield from _relations(found.used_by, "used", words)


def _about(found: Explanation | BlockExplanation, words: Words) -> Iterator[str]:
    if found.what:
        yield _line(words, "what", found.what)
    if found.where:
        yield _line(words, "where", ", ".join(found.where))
    if found.equation:
        source = words("note.book").format(source=found.source) if found.source else ""
        later = words("explain.later") if found.kind == "input" else ""
        yield _line(words, "equation", "  ".join(one for one in (found.equation, source, later) if one))


def _formula(formula: Formula, words: Words) -> Iterator[str]:
    if formula.found:
        yield _line(words, "formula", _cut(_spelled(formula.found)))
    if not formula.same:
        key = "overtyped" if not formula.found else "edited" if formula.generated else "formula.input"
        yield f"  {words(f'explain.{key}')}"
        if formula.generated:
            yield _line(words, "generated", _cut(_spelled(formula.generated)))
    source = words("explain.numbers.engine") if formula.numbers_from == "engine" else ""
    yield _line(words, "numbers", f"{_cut('=' + formula.short)} {source}".rstrip())


def _spelled(formula: str) -> str:
    """`{A1:B2}x` -> `{=x} A1:B2`, as spreadsheets show an array formula."""
    if not formula.startswith("{"):
        return "=" + formula
    place, _, body = formula[1:].partition("}")
    return f"{{={body}}} {place}"


def _value(value: Value, kind: str, words: Words) -> str:
    stored = short(value.stored)
    if kind == "input":
        return stored
    if value.trouble:
        return words("explain.trouble").format(stored=stored, why=value.trouble)
    if value.same:
        verdict = words("explain.same")
    elif value.stored is None:
        verdict = words("explain.unstored")
    elif value.apart is not None:
        verdict = words("explain.different").format(apart=f"{value.apart:.3g}")
    else:
        verdict = words("explain.unequal")
    return words("explain.values").format(engine=short(value.engine), stored=stored, verdict=verdict)


def _relations(relations: Relations | None, key: str, words: Words) -> Iterator[str]:
    if relations is None:
        return
    direct, total = relations.counts
    if not total:
        yield _line(words, key, words("explain.none"))
        return
    yield _line(words, key, words("explain.direct").format(direct=f"{direct:,}", total=f"{total:,}"))
    for one in relations.direct:
        more = f", {words('explain.more').format(count=f'{one.more:,}')}" if one.more else ""
        yield f"    {', '.join(one.ranges)}{more}: {one.count:,}"
    short_of: dict[str, int] = {}
    for name, count in relations.total.items():  # the many blocks of a page as one
        page, slash, _ = name.partition("/")
        short_of[page + slash] = short_of.get(page + slash, 0) + count
    yield f"    {words('explain.all')}: " + ", ".join(f"{name} {count:,}" for name, count in short_of.items())


def _block(found: BlockExplanation, words: Words) -> Iterator[str]:
    yield found.name
    yield f"  {words(f'explain.kind.{found.kind}')}"
    yield from _about(found, words)
    yield _line(words, "shape", found.shape)
    numbers = found.numbers
    if found.cells:
        first, last = found.cells
        count = words("explain.cells").format(count=f"{numbers.count:,}", first=first, last=last)
        apart = "" if found.rectangle else f" ({words('explain.apart')})"
        yield _line(words, "place", found.place + (f": {count}{apart}" if numbers.count > 1 else ""))
    if found.formula:
        yield _line(words, "first", _cut(_spelled(found.formula)))
    if found.cells:
        if numbers.edited:
            text = words("explain.changed").format(count=f"{numbers.edited:,}", cell=numbers.first_edited)
            yield f"  {text}"
        elif found.kind == "formula":
            yield f"  {words('explain.unchanged')}"
    if numbers.trouble:
        yield _line(words, "value", words("explain.trouble").format(stored="", why=numbers.trouble).strip(" ;"))
    elif found.kind == "formula":
        key = "wrong" if numbers.different else "right"
        counts = {"count": f"{numbers.different:,}", "all": f"{numbers.count:,}"}
        yield f"  {words(f'explain.{key}').format(**counts)}"
    if numbers.low is not None:
        low, mean, high = (f"{one:.6g}" for one in (numbers.low, numbers.mean, numbers.high))
        text = words("explain.summary").format(count=f"{numbers.count:,}", low=low, mean=mean, high=high)
        yield _line(words, "value", text)
    if numbers.table_of:
        yield f"    {numbers.table_of}"
    for row in numbers.table:
        yield "    " + "  ".join(f"{_brief(one):>10}" for one in row)
    for key, names in (("needs", found.needs), ("used", found.used_by)):
        yield _line(words, key, ", ".join(names) or words("explain.none"))


def _brief(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, int | float) else short(value)


def _line(words: Words, key: str, text: str) -> str:
    return f"  {words(f'explain.{key}')}: {text}"


def _cut(text: str) -> str:
    return text if len(text) <= LONG else text[: LONG - 1] + "…"
