"""The first page: what the workbook is, its colours, a map with links, what may be changed, and live checks."""

from __future__ import annotations

from typing import Any

from ..address import cell_name
from ..equations import equation
from ..folding import fold
from ..labels import plain
from ..layout import Layout
from ..network import parameter_names
from ..ops import COPY, EPOCH, IMAGE
from ..schema import Convolution, Dense, Training
from ..sheet import Link
from .checks import NEAR, NONE_OF
from .draft import Draft

_LEGEND = ("pixel", "choice", "parameter", "forward", "backward", "gradient", "update", "cost", "verdict")


def contents(draft: Draft) -> Layout:
    """Add the page, before all others, and return the layout with it."""
    recipe = draft.recipe
    draft.write(1, 2, recipe.titled(draft.words.language), "heading")
    row = 2
    for line in _about(draft):
        draft.write(row, 2, line)
        row += 1
    row = _checks(draft, row + 1)
    row = _map(draft, row + 1)
    row = _inputs(draft, row + 1)
    _legend(draft, row + 1)
    return draft.finish(first=True, widths={"A": 1.5, "B": 26.0, "C:G": 13.0, "H": 30.0}, grid=False, wide=True)


def _about(draft: Draft) -> list[str]:
    """What this workbook is, in three lines."""
    recipe, graph, words = draft.recipe, draft.graph, draft.words
    training = recipe.training
    if recipe.function is not None:
        first = words("contents.function").format(value=recipe.function.value)
    else:
        axes = graph["x"].axes
        sizes = []
        for layer in recipe.layers:
            count = layer.units if isinstance(layer, Dense) else getattr(layer, "filters", None)
            kind = words(f"contents.{layer.kind}")
            sizes.append(f"{kind} {count}" if count else kind)
            if isinstance(layer, Convolution):
                sizes[-1] += f" ({layer.size[0]}×{layer.size[1]})"
        inputs = "×".join(str(size) for axis, size in axes.items() if axis != IMAGE)
        layers = " → ".join([inputs, *sizes])
        count = graph["data.image"].axes[IMAGE]
        key = "samples" if "feature" in axes else "network"
        first = words(f"contents.{key}").format(images=count, layers=layers)
        if axes[IMAGE] != count:
            first += words("contents.batch").format(batch=axes[IMAGE])
    second = words("contents.training").format(
        epochs=graph.epochs - (1 - graph.first_epoch),
        optimizer=words(f"contents.optimizer.{training.optimizer if training else 'gradient'}"),
        eta=_rates(training),
        section=words("contents.section").format(section=recipe.section) if recipe.section else "",
    )
    return [first, second, words("contents.live")]


def _rates(training: Training | None) -> str:
    if training is None or training.eta is None:
        return ""
    return ", ".join(map(str, training.eta)) if isinstance(training.eta, tuple) else str(training.eta)


def _checks(draft: Draft, row: int) -> int:
    graph = draft.graph
    draft.say(row, 2, "checks", "band", last=8)
    value = "C_T" if "C_T" in graph.blocks else "value"

    def add(key: str, op: object, *args: str, role: str = "check", **look: Any) -> None:
        nonlocal row
        row += 1
        block = graph.add(f"contents/{key}", op, *args, axes=(), role=role, group="contents")  # type: ignore[arg-type]
        draft.say(row, 2, f"check.{key}")
        draft.put(block, row, 5, **look)

    add("first", COPY, f"{value}@first", role="cost")
    add("last", COPY, f"{value}@last", role="cost")
    if "cost/rate" in graph.blocks:
        add("rate", COPY, "cost/rate@last", role="percent")
    if "cost/rises" in graph.blocks:
        add("fell", NONE_OF, "cost/rises")
        draft.say(row, 6, "check.fell.else", "faint")
    if "check/error" in graph.blocks:
        add("error", COPY, "check/error", role="plain", format="0.0E+00")
        add("gradient", NEAR, "check/error", "check/norm")
        draft.say(row, 6, "check.gradient.else", "faint")
    return row + 1


def _map(draft: Draft, row: int) -> int:
    """Sheets, and the blocks of the first, second, tenth and last epoch, each a link."""
    draft.say(row, 2, "map", "band", last=8)
    old = draft.layout
    for sheet in old.sheets:
        row += 1
        _link(draft, row, 2, sheet.name, sheet.id, "A1")
        draft.write(row, 3, _told(draft, sheet.id))
    rows = _shown(draft)
    if rows:
        row += 2
        epochs = sorted({t for t in (1, 2, 10, draft.graph.epochs) if t <= draft.graph.epochs})
        draft.say(row, 2, "blocks", "prompt")
        for column, epoch in enumerate(epochs, 3):
            shown = epoch - 1 + draft.graph.first_epoch
            draft.write(row, column, draft.words("contents.epoch").format(epoch=shown), "symbol")
        for key, name in rows:
            row += 1
            draft.write(row, 2, draft.words(f"contents.block.{key}"))
            place, block = old.places[name], draft.graph[name]
            for column, epoch in enumerate(epochs, 3):
                if not block.repeated and column > 3:
                    continue
                at = cell_name(*place.at({EPOCH: epoch - 1}))
                _link(draft, row, column, f"{_symbol(draft, name)} {at}".strip(), place.sheet, at)
    return row + 1


def _told(draft: Draft, sheet: str) -> str:
    """What a sheet shows; of training also which way its samples run, and whether its epochs fold."""
    words, old = draft.words, draft.layout
    if sheet != "train":
        key = f"contents.sheet.{sheet}"
        return words(key) if key in words.table else ""
    samples = [(block, place) for block, place in old.on(sheet) if IMAGE in block.axes]
    down = any(place.step(IMAGE)[0] for _, place in samples)
    kind = "samples" if any("feature" in block.axes for block, _ in samples) else "images"
    said = words(f"contents.sheet.train.{'down' if down else 'right'}")
    folds = words("contents.sheet.train.fold") if fold(old, sheet) else ""
    return said.replace("{samples}", words(f"contents.what.{kind}")) + folds


def _symbol(draft: Draft, name: str) -> str:
    if not draft.recipe.layers:
        return name
    return plain(equation(draft.graph, draft.recipe, name).symbol) if name != "test.verdict" else ""


def _shown(draft: Draft) -> list[tuple[str, str]]:
    """Which blocks the map names: those that have cells."""
    graph, recipe = draft.graph, draft.recipe
    if recipe.function is not None:
        wanted = [("parameters", "position"), ("gradient", "gradient"), ("cost", "value")]
    else:
        first, last = parameter_names(recipe)[0], recipe.layers[-1].name
        wanted = [
            ("parameters", first),
            ("forward", f"{first.partition('.')[0]}.z"),
            ("backward", f"{last}.delta"),
            ("gradient", f"{first}.grad"),
            ("cost", "C_T"),
            ("test", "test.verdict"),
        ]
    return [(key, name) for key, name in wanted if name in graph.blocks and name in draft.layout.places]


def _inputs(draft: Draft, row: int) -> int:
    """Which cells are meant to be changed."""
    draft.say(row, 2, "inputs", "band", last=8)
    old, graph = draft.layout, draft.graph
    names = ["eta", *(["position"] if draft.recipe.function else parameter_names(draft.recipe))]
    names += ["data.image", "data.label", "data.t", "test.x", "step/epoch", "check/number", "try/x"]
    for name in names:
        if name in graph.blocks and name in old.places and graph[name].start is not None:
            row += 1
            place = old.places[name]
            rows, columns = place.cells(graph[name].axes)
            area = f"{cell_name(rows.min(), columns.min())}:{cell_name(rows.max(), columns.max())}"
            area = area if rows.size > 1 else area.partition(":")[0]
            key = {"w": "w", "b": "b"}.get(name.rpartition(".")[2], name)
            symbol = _symbol(draft, name) if key in ("w", "b") else ""
            draft.write(row, 2, f"{draft.words(f'contents.input.{key}')} {symbol}".strip())
            _link(draft, row, 3, f"{old.sheet_name(place.sheet)}!{area}", place.sheet, area.partition(":")[0])
    return row + 1


def _legend(draft: Draft, row: int) -> int:
    draft.say(row, 2, "legend", "band", last=8)
    for role in _LEGEND:
        row += 1
        draft.write(row, 2, draft.words(f"contents.role.{role}"), f"role:{role}")
        draft.write(row, 3, draft.words(f"contents.role.{role}.text"))
    return row + 1


def _link(draft: Draft, row: int, column: int, text: str, sheet: str, target: str) -> None:
    draft.write(row, column, text, "link")
    draft.links.append(Link(draft.page, cell_name(row, column), sheet, target))
