"""The page to try a digit of one's own: verdict, confidence of each output, and the nearest training image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..address import letters
from ..errors import LayoutError
from ..layout import Layout
from ..lookups import Pick
from ..network import parameter_names
from ..ops import COPY, IMAGE, Axes, Elementwise, Index, Named, Op
from ..samples import class_numbers
from ..verdicts import Verdict, one_area
from . import flat
from .draft import Draft

if TYPE_CHECKING:
    from ..refs import Ref

_TOP = 7
_BAR = 20  # signs that stand for certainty
BAR = Elementwise(
    f'REPT("█",ROUND({_BAR}*MAX(0,MIN(1,{{0}})),0))',
    lambda a: np.vectorize(lambda n: "█" * int(np.floor(_BAR * max(0.0, min(1.0, n)) + 0.5)), otypes=[object])(a),
)


class Distance(Op):
    """The squared distance of every training image from the picture: how many pixels differ, if all are 0 or 1."""

    def formula(self, index: Index, *refs: Ref) -> str:
        image, picture = one_area(refs[0], index), one_area(refs[1], {})
        if (image.down, image.across) != (picture.down, picture.across):
            raise LayoutError(f"{refs[0].consumer}: {image.shape}, but {picture.shape}; place both the same way")
        a, b = image.text, picture.text
        return f"SUMPRODUCT({a}-{b},{a}-{b})"  # IronCalc takes SUMXMY2 of single columns and rows only

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        images, picture = args
        full = {**axes, **picture.axes}
        return ((images.along(full) - picture.along(full)) ** 2).reshape(*axes.values(), -1).sum(axis=-1)


class Nearest(Op):
    """The number of the smallest cell, counted from 1; of equal ones the first."""

    def formula(self, index: Index, *refs: Ref) -> str:
        area = one_area(refs[0], {}).text
        return f"MATCH(MIN({area}),{area},0)"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        return np.array(int(args[0].data.argmin()) + 1)


@dataclass(frozen=True)
class ShareOf(Op):
    """A number as a share of the sum along an axis."""

    axis: str

    def formula(self, index: Index, *refs: Ref) -> str:
        area = one_area(refs[0], {}).text
        cell = refs[0].cell(index)
        return f"IF(SUM({area})=0,0,{cell}/SUM({area}))"

    def value(self, axes: Axes, *args: Named) -> NDArray[Any]:
        data = args[0].along(axes)
        total = data.sum()
        return data / total if total else np.zeros_like(data)


def attempt(draft: Draft) -> Layout:
    """Add the page and return the layout with it. Needs a trained network."""
    graph, recipe, output = draft.graph, draft.recipe, flat.output_layer(draft)
    draft.say(1, 2, "heading", "heading")
    least, most = (f"{number:g}" for number in draft.span) if draft.span else ("", "")
    hint = draft.words("try.hint" if draft.span else "try.hint.unknown")
    draft.write(2, 2, hint.replace("{least}", least).replace("{most}", most), "note")
    axes = {axis: size for axis, size in graph["x"].axes.items() if axis != IMAGE}
    samples = "data.image" if graph["x"].repeated else "x"  # a step of a mini-batch holds but some of them
    tests = graph["test.x"].start if "test.x" in graph.blocks else None
    start = np.zeros(tuple(axes.values()), int) if tests is None else tests[0]
    x = graph.constant("try/x", axes, start, "pixel", "try")
    lie = flat.sides_of(draft)
    turned = lie == {"row": 1, "col": 0}  # as the book's page has them
    sides = lie if turned else {"row": 0, "col": 1}
    picture = {"row": (0, 1), "col": (1, 0)} if turned else {"row": (1, 0), "col": (0, 1)}
    draft.say(_TOP - 1, 2, "paint", "prompt")
    draft.put(x, _TOP, 2, picture, outline="medium")
    left = 2 + axes["col"] + 2
    classes = recipe.data.classes if recipe.data and recipe.data.classes else ()
    units = len(classes)

    # the outputs and the verdict beside the picture, the nearest training image under it, the workings below both
    near = _TOP + max(axes["row"], units + 2) + 2
    below = near + max(axes["row"], 2) + 4
    draft.say(below - 2, 2, "workings", "prompt")
    row = below + 4
    for name in parameter_names(recipe):
        own = graph.add(
            f"try/{name}", COPY, f"{name}@last", axes=tuple(graph[name].axes), role="parameter", group="try"
        )
        draft.write(row, 2, name, "faint")
        draft.put(own, row, left, flat.stand(graph[name].axes, sides))
        draft.paint(own)
        row += flat.extent(graph[name].axes, sides)[0] + 1
    a, right = flat.run(draft, "try/", x, below, left)

    draft.say(_TOP - 1, left, "class", "symbol")
    for column, head in enumerate(("output", "share"), left + 1):
        draft.say(_TOP - 1, column, head, "symbol")
    key = (output.name,)
    down = {output.name: (1, 0)}
    for unit, label in enumerate(classes):
        draft.write(_TOP + unit, left, label, "number")
    shown = graph.add("try/output", COPY, a, axes=key, role="forward", group="try")
    draft.put(shown, _TOP, left + 1, down)
    share = graph.add("try/share", ShareOf(output.name), shown, axes=key, role="percent", group="try")
    draft.put(share, _TOP, left + 2, down, format="0.0%")
    bar = graph.add("try/bar", BAR, share, axes=key, role="spelt", group="try")
    draft.put(bar, _TOP, left + 3, down, outline="")
    draft.say(_TOP + units + 1, left, "verdict", "prompt")
    verdict = graph.add(
        "try/verdict", Verdict(class_numbers(classes), output.name), shown, axes=(), role="verdict", group="try"
    )
    draft.put(verdict, _TOP + units + 1, left + 2, outline="medium")

    alike = x
    if lie != sides:  # so that picture and training images can be compared range by range
        alike = graph.add("try/column", COPY, x, axes=tuple(axes), role="pixel", group="try")
        draft.put(alike, row + 4, left, {"row": (axes["col"], 0), "col": (1, 0)})
    distance = graph.add("try/distance", Distance(), samples, alike, axes=(IMAGE,), role="number", group="try")
    draft.say(row, 2, "distance", "prompt")
    count = graph[samples].axes[IMAGE]
    for number in range(count):
        draft.write(row + 1, left + number, number + 1, "number")
    draft.put(distance, row + 2, left, {IMAGE: (0, 1)})
    nearest = graph.add("try/nearest", Nearest(), distance, axes=(), role="verdict", group="try")
    draft.say(near - 1, 2, "nearest", "prompt")
    draft.say(near, left, "number", "text")
    draft.put(nearest, near, left + 2, outline="medium")
    pick = Pick((IMAGE,), (1,))
    image = graph.add("try/image", pick, samples, nearest, axes=tuple(axes), role="painted", group="try")
    draft.put(image, near, 2, picture, outline="medium")
    known = "t" if not graph["t"].repeated else "data.t" if "data.t" in graph.blocks else "data.label"
    of_target = tuple(axis for axis in graph[known].axes if axis != IMAGE)
    target = graph.add("try/target", pick, known, nearest, axes=of_target, role="target", group="try")
    draft.say(near + 1, left, "target", "text")
    draft.put(target, near + 1, left + 2, dict.fromkeys(of_target, (0, 1)))
    last = max(right, left + count)
    widths = {"A": 1.5, f"B:{letters(left - 1)}": 3.2, f"{letters(left)}:{letters(last + 1)}": 7.0}
    return draft.finish(widths=widths, grid=False, printed=min(last, left + 16))
