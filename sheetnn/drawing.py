"""`plot`: the cost curve and the weights of a workbook as a picture outside the sheet, drawn with matplotlib."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .descent import Evaluate
from .equations import equation
from .errors import RecipeError
from .graph import Values
from .labels import Words, plain, words
from .model import Model, from_name
from .network import parameter_names
from .output import OUTPUT, check_output, make_folder, written
from .stored import read_inputs, read_model, refuse_edited_formulas
from .unrolled import history

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

SUFFIXES = (".png", ".svg")
MOST = 24
"""Units of one layer that are drawn; the title says how many there are."""
_CHINESE = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Serif CJK SC", "Source Han Sans SC", "SimHei",
            "Microsoft YaHei", "PingFang SC", "WenQuanYi Zen Hei")  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """One picture: a curve by epoch (`kind` curve or logarithm), a path, or the weights of one unit."""

    kind: str
    title: str
    data: NDArray[Any]


def plot(
    source: str | Path, target: str | Path | None = None, *, language: str = "zh", force: bool = False
) -> tuple[Path, list[Panel]]:
    """Draw a recipe, or the numbers in a workbook's input cells, into a .png or .svg file.

    Without `target` it is the recipe's id in `output/`. Returns where it stands and the panels: C_T of every epoch,
    and the weights of the last one, a panel a unit. Raises FileError for a target that cannot be written or a
    workbook that cannot be read, RecipeError where there is nothing to draw.
    """
    if target is not None:
        check_picture(Path(target), force)
    model, values = _evaluated(source, language)
    drawn = panels(model, values, words(language))
    if target is None:
        make_folder(OUTPUT)
        target = OUTPUT / f"{model.recipe.id}.png"
    target = check_picture(Path(target), force)
    font = _chinese_font() if language == "zh" else None
    if language == "zh" and font is None:  # no signs that would be drawn as boxes
        language, drawn = "en", panels(model, values, words("en"))
    with _defaults(font):
        _save(draw(model, drawn, language), target, force)
    return target, drawn


def check_picture(target: Path, force: bool) -> Path:
    """Refuse a picture's target; see `sheetnn.output.check_output`."""
    return check_output(target, force, "a picture", SUFFIXES)


def _defaults(font: str | None) -> AbstractContextManager[None]:
    """matplotlib as it comes, whatever a person has set: the same input gives the same bytes."""
    import matplotlib

    families = [*([font] if font else []), "DejaVu Sans"]
    own = {"font.family": families, "axes.unicode_minus": False, "svg.hashsalt": "sheetnn"}
    return matplotlib.rc_context({**matplotlib.rcParamsDefault, **own})  # type: ignore[dict-item]


def _evaluated(source: str | Path, language: str) -> tuple[Model, Values]:
    path = Path(source)
    if path.suffix.lower() != ".xlsx":
        model = from_name(source, language, pages=())
        return model, model.graph.evaluate()
    model = read_model(path)
    if model.exercise is not None:
        raise RecipeError(f"{path}: is an exercise, which has no epochs to draw; name a trained workbook")
    refuse_edited_formulas(path, model)
    return model, model.graph.evaluate(read_inputs(path, model))


def panels(model: Model, values: Values, said: Words) -> list[Panel]:
    """What there is to draw. Raises RecipeError if nothing."""
    recipe, found = model.recipe, []
    value, name = ("C_T", "C_{T}") if recipe.layers else ("value", said("plot.value"))
    curve = history(model.graph, values, value)
    if recipe.training is not None and curve is not None:
        found += [Panel("curve", name, curve)]
        if (curve > 0).all():
            found += [Panel("logarithm", f"{name} ({said('plot.logarithm')})", curve)]
    if recipe.function is not None and len(recipe.function.variables) == 2:
        found.append(Panel("path", said("plot.path"), values["position"]))
    if recipe.layers:
        for name in parameter_names(recipe):
            if name.endswith(".w"):
                way = history(model.graph, values, name)
                assert way is not None
                found += _units(plain(equation(model.graph, recipe, name).symbol), way[-1])
    if not found:
        raise RecipeError(f"{recipe.id}: has neither a cost by epoch nor weights, so there is nothing to draw")
    return found


def _units(symbol: str, weights: NDArray[Any]) -> list[Panel]:
    """One matrix where a unit's weights are a row, else a picture for each unit."""
    if weights.ndim == 2:
        return [Panel("weights", symbol, weights)]
    flat = [(number, unit.reshape(-1, unit.shape[-1])) for number, unit in enumerate(weights, 1)]
    return [Panel("weights", f"{symbol}  {number}/{len(flat)}", unit) for number, unit in flat[:MOST]]


def draw(model: Model, drawn: list[Panel], language: str) -> Figure:
    """The figure: curves on top, the weights below them."""
    from matplotlib.figure import Figure

    curves = [panel for panel in drawn if panel.kind != "weights"]
    maps = [panel for panel in drawn if panel.kind == "weights"]
    columns = min(6, len(maps)) or 1
    rows = -(-len(maps) // columns)
    figure = Figure(figsize=(10, 3.6 * bool(curves) + 2.0 * rows + 0.6), layout="constrained")
    figure.suptitle(model.recipe.titled(language), parse_math=False)
    heights = ([3.6] if curves else []) + ([2.0 * rows] if maps else [])
    parts = iter(figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights).ravel())
    if curves:
        for axes, panel in zip(np.atleast_1d(next(parts).subplots(1, len(curves))), curves, strict=True):
            _curve(axes, panel, model)
    if maps:
        _weights(next(parts), maps, rows, columns)
    return figure


def _weights(part: SubFigure, maps: list[Panel], rows: int, columns: int) -> None:
    """A picture for each unit, all on one scale around 0."""
    spots = np.atleast_1d(part.subplots(rows, columns)).ravel()
    largest = max(float(np.abs(panel.data).max()) for panel in maps) or 1.0
    for axes, panel in zip(spots, maps, strict=False):
        picture = axes.imshow(panel.data, cmap="PuOr", vmin=-largest, vmax=largest)
        axes.set_title(panel.title, fontsize=10)
        axes.set_xticks([])
        axes.set_yticks([])
    for axes in spots[len(maps) :]:
        axes.set_axis_off()
    part.colorbar(picture, ax=list(spots), shrink=0.8)


def _curve(axes: Axes, panel: Panel, model: Model) -> None:
    first = model.graph.first_epoch
    axes.set_title(panel.title.replace("C_{T}", "$C_T$"))
    if panel.kind == "path":
        _path(axes, panel, model)
        return
    axes.plot(np.arange(first, first + len(panel.data)), panel.data, color="#1F4E79")
    axes.set_xlabel("t")
    axes.grid(alpha=0.3)
    if panel.kind == "logarithm":
        axes.set_yscale("log")


def _path(axes: Axes, panel: Panel, model: Model) -> None:
    """The positions over contours of the function."""
    op = model.graph["value"].op
    assert isinstance(op, Evaluate)
    low, high = panel.data.min(axis=0), panel.data.max(axis=0)
    reach = 0.6 * max(float((high - low).max()), 1e-9)
    x, y = (np.linspace(middle - reach, middle + reach, 121) for middle in (low + high) / 2)
    grid = dict(zip(op.variables, np.meshgrid(x, y), strict=True))
    with np.errstate(all="ignore"):
        heights = np.broadcast_to(np.asarray(op.expressions[0].value(grid), float), (len(y), len(x)))
    axes.contour(x, y, np.ma.masked_invalid(heights), levels=15, colors="#A6A6A6", linewidths=0.7)
    axes.plot(panel.data[:, 0], panel.data[:, 1], "o-", color="#C55A11", markersize=3, linewidth=1)
    axes.set_xlabel(op.variables[0])
    axes.set_ylabel(op.variables[1])


def _chinese_font() -> str | None:
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _CHINESE if name in known), None)


def _save(figure: Figure, target: Path, force: bool) -> None:
    kind = target.suffix.lower().removeprefix(".")
    metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    with written(target, force) as file:
        figure.savefig(file, format=kind, dpi=130, metadata=metadata)
