"""The cost by epoch, with charts; for two variables the path of descent over the contours (book 2-10 and 4-4)."""

from __future__ import annotations

import numpy as np

from ..address import letters
from ..descent import VARIABLE, Evaluate
from ..errors import DivergedError
from ..labels import plain
from ..layout import Layout
from ..ops import COPY, EPOCH, IMAGE
from ..sheet import Chart, Label
from .checks import Hit, Rises, Share
from .draft import Draft
from .flat import output_layer

_TOP = 6  # row of the first epoch
_HITS = 20  # first column of the hits of every image
_CONTOURS = 40  # first column of the contours
_GRID, _LEVELS, _POINTS = 81, 10, 60
_PATH = 1000  # steps whose path the contours surround


def cost(draft: Draft) -> Layout:
    """Add the page and return the layout with it. Needs training."""
    draft.say(1, 2, "heading", "heading")
    draft.say(2, 2, "hint", "note")
    graph = draft.graph
    each = {EPOCH: (graph.epochs, (1, 0))}
    draft.write(_TOP - 1, 2, "t", "symbol")
    draft.labels.append(Label(draft.page, _TOP, 2, _TOP, 2, "{epoch}", "number", each))
    column = _network(draft) if "C_T" in graph.blocks else _function(draft)
    graph.add("cost/rises", Rises(), "cost/value@all", axes=(), role="number", group="cost")
    draft.say(3, 2, "rises", "prompt")
    draft.put("cost/rises", 3, 6)
    widths = {"A": 1.5, f"B:{letters(column)}": 8.0, f"{letters(column + 1)}:{letters(_HITS - 1)}": 8.5}
    if "cost/hit" in graph.blocks:
        widths[f"{letters(_HITS)}:{letters(_HITS + graph['cost/hit'].axes[IMAGE])}"] = 3.2
    return draft.finish(widths=widths, grid=False, freeze=f"A{_TOP}", printed=_HITS - 2)


def _by_epoch(draft: Draft, name: str, column: int, **look: object) -> None:
    block = draft.graph[name]
    steps = {EPOCH: (1, 0), **dict.fromkeys(block.axes, (0, 1))}
    draft.put(name, _TOP, column, steps, **look)


def _network(draft: Draft) -> int:
    """C_T and hit rate; the hits of every image to the right."""
    graph, output = draft.graph, output_layer(draft)
    graph.add("cost/value", COPY, "C_T", axes=(), role="cost", group="cost")
    if draft.recipe.data is not None and draft.recipe.data.outputs:  # a regression hits nothing
        draft.write(_TOP - 1, 3, "C_{T}", "symbol")
        _by_epoch(draft, "cost/value", 3)
        _curves(draft, "C_T", 3, "F5")
        _fit(draft, output.name)
        return 3
    hit = Hit(output.name)
    graph.add("cost/hit", hit, f"{output.name}.a", "t", axes=(IMAGE,), role="number", group="cost")
    graph.add("cost/rate", Share(), "cost/hit", axes=(), role="percent", group="cost")
    draft.write(_TOP - 1, 3, "C_{T}", "symbol")
    _by_epoch(draft, "cost/value", 3)
    draft.say(_TOP - 1, 4, "rate", "symbol")
    _by_epoch(draft, "cost/rate", 4, format="0.0%")
    draft.say(_TOP - 2, _HITS, "hits", "note")
    _by_epoch(draft, "cost/hit", _HITS)
    for image in range(graph["cost/hit"].axes[IMAGE]):
        draft.write(_TOP - 1, _HITS + image, image + 1, "faint")
    _curves(draft, "C_T", 3, "F5")
    _chart(draft, "rate", [("", "B", "D", "line")], "F43", y="%")
    return 4


def _fit(draft: Draft, output: str) -> None:
    """Of a regression of one number on one: data, and what the first and the last epoch answer."""
    graph = draft.graph
    if graph["x"].repeated or graph["x"].size != graph["t"].size or graph["t"].axes[output] > 1:
        return
    count, areas = graph["x"].axes[IMAGE], []
    named = {"x": "x", "data": "t", "first": f"{output}.a@first", "last": f"{output}.a@last"}
    for column, (key, source) in enumerate(named.items(), _HITS):
        axes = tuple(graph[source.partition("@")[0]].axes)
        role = {"x": "plain", "data": "target"}.get(key, "forward")
        graph.add(f"cost/fit.{key}", COPY, source, axes=axes, role=role, group="cost")
        draft.say(_TOP - 1, column, f"fit.{key}", "symbol")
        draft.put(f"cost/fit.{key}", _TOP, column, {IMAGE: (1, 0)})
        areas.append(f"{letters(column)}{_TOP}:{letters(column)}{_TOP + count - 1}")
    looks = {"data": "markers", "first": "faint dots", "last": "dots"}
    drawn = [
        (draft.words(f"cost.fit.{key}"), areas[0], area, look)
        for (key, look), area in zip(looks.items(), areas[1:], strict=True)
    ]
    draft.charts.append(Chart(draft.page, "F43", draft.words("cost.fit"), tuple(drawn), "x", "y", size=(16.0, 9.0)))


def _function(draft: Draft) -> int:
    """Position and value at every step."""
    graph = draft.graph
    variables = draft.recipe.function.variables if draft.recipe.function else ()
    graph.add("cost/position", COPY, "position", axes=(VARIABLE,), role="parameter", group="cost")
    graph.add("cost/value", COPY, "value", axes=(), role="cost", group="cost")
    for number, name in enumerate(variables):
        draft.write(_TOP - 1, 3 + number, name, "symbol")
    column = 3 + len(variables)
    draft.say(_TOP - 1, column, "value", "symbol")
    _by_epoch(draft, "cost/position", 3)
    _by_epoch(draft, "cost/value", column)
    at = letters(column + 2)
    _curves(draft, draft.words("cost.value"), column, f"{at}5")
    if len(variables) == 2:
        series = [("path", "C", "D", "path")]
        _contours(draft)
        _chart(draft, "path", series, f"{at}43", *variables)
    return column


def _curves(draft: Draft, name: str, column: int, at: str) -> None:
    line = [("", "B", letters(column), "line")]
    below = f"{at[:-1]}24"
    _chart(draft, "curve", line, at, y=name)
    _chart(draft, "logarithm", line, below, y=name, logarithmic=True)


def _chart(
    draft: Draft,
    key: str,
    series: list[tuple[str, str, str, str]],
    at: str,
    x: str = "t",
    y: str = "",
    logarithmic: bool = False,
) -> None:
    """A chart of columns of the table; the path also has the contours."""
    last = _TOP + draft.graph.epochs - 1
    drawn = [
        (plain(draft.words(f"cost.{title}")) if title else "", f"{a}{_TOP}:{a}{last}", f"{b}{_TOP}:{b}{last}", style)
        for title, a, b, style in series
    ]
    if key == "path":
        bottom = max((label.row for label in draft.labels if label.column == _CONTOURS), default=0)
        if bottom:
            areas = [f"{letters(_CONTOURS + n)}{_TOP}:{letters(_CONTOURS + n)}{bottom}" for n in (0, 1)]
            drawn.insert(0, (draft.words("cost.contours"), areas[0], areas[1], "thin"))
    size = (16.0, 13.0) if key == "path" else (16.0, 9.0)
    title = draft.words(f"cost.{key}")
    draft.charts.append(Chart(draft.page, at, title, tuple(drawn), x, y, logarithmic=logarithmic, size=size))


def _contours(draft: Draft) -> None:
    """Lines of equal value around the path of the recipe's start: numbers that do not change with the start."""
    from contourpy import contour_generator  # takes a while to load, and few workbooks need it

    op = draft.graph["value"].op
    assert isinstance(op, Evaluate)
    path_of = draft.graph.copy()
    path_of.epochs = min(path_of.epochs, _PATH)
    try:
        values = path_of.evaluate()
    except DivergedError:
        return
    path, heights = values["position"], values["value"]
    low, high = path.min(axis=0), path.max(axis=0)
    reach = 0.6 * max(float((high - low).max()), 1e-9)
    middle = (low + high) / 2
    x, y = (np.linspace(middle[n] - reach, middle[n] + reach, _GRID) for n in (0, 1))
    grid = dict(zip(op.variables, np.meshgrid(x, y), strict=True))
    with np.errstate(all="ignore"):
        z = np.broadcast_to(np.asarray(op.expressions[0].value(grid), float), (_GRID, _GRID))
    lines = contour_generator(x, y, np.ma.masked_invalid(z))
    picked = np.unique(heights[np.unique(np.geomspace(1, len(heights), _LEVELS).astype(int)) - 1])
    row = _TOP
    for level in picked:
        for line in lines.lines(float(level)):
            keep = np.unique(np.linspace(0, len(line) - 1, min(len(line), _POINTS)).astype(int))
            for point in np.asarray(line)[keep]:
                for n in (0, 1):
                    draft.write(row, _CONTOURS + n, float(point[n]), "faint")
                row += 1
            row += 1  # a blank row ends the line
    draft.say(_TOP - 1, _CONTOURS, "contours", "faint")
