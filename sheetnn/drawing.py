"""`plot`: the cost by epoch and the weights of the last one as a picture outside the sheet, drawn by matplotlib.

`panels` says what there is to draw, `draw` makes a figure of it, `plot` does both and writes the file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .descent import Evaluate
from .equations import equation
from .errors import FileError, RecipeError
from .graph import Values
from .labels import words
from .model import Model, from_name
from .network import parameter_names
from .stored import read_inputs, read_model, refuse_edited_formulas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

SUFFIXES = (".png", ".svg")
FOLDER = Path("output")
MOST = 24
"""Units of one layer that are drawn; the heading says so where there are more."""
_ACROSS = 8  # pictures in a row
_WIDE, _CURVES, _PICTURES = 10.0, 3.6, 1.7  # inches: the figure's width, the height of a row
_COLORS = "PuOr"  # violet and orange: told apart with any common colour blindness
_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "Noto Sans CJK JP",  # the name under which matplotlib knows a collection of all of them
    "Noto Serif CJK SC",
    "Noto Serif CJK JP",
    "Arial Unicode MS",
)


@dataclass(frozen=True)
class Panel:
    """One picture and its numbers.

    `kind`: curve or logarithm (numbers by epoch), path (epochs x 2 positions), picture (the weights of one `unit`,
    maps x rows x columns) or matrix (the weights of a whole layer, units x inputs). `units`: how many the layer has.
    """

    kind: str
    block: str
    data: NDArray[Any]
    unit: int | None = None
    units: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"kind": self.kind, "block": self.block, "unit": self.unit, "shape": list(self.data.shape)}


@dataclass(frozen=True)
class Picture:
    """A picture that was written, and what is on it."""

    path: Path
    panels: tuple[Panel, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "schema": "sheetnn.plot/1",
            "path": str(self.path),
            "panels": [panel.as_dict() for panel in self.panels],
        }


def plot(
    source: str | Path, target: str | Path | None = None, *, language: str = "zh", force: bool = False
) -> Picture:
    """Draw a recipe, or what stands in the input cells of a workbook, into a `.png` or `.svg` file.

    A trained network gives C_T of every epoch (epochs numbers) on a linear and a logarithmic scale and the weights of
    the last epoch: for every unit or filter the picture that it looks at (maps x rows x columns, the first 24 of a
    layer), or one matrix (units x inputs) where its inputs are no picture. Without training there are the weights
    only. A function gives its value at every step and, of two variables, the path (steps x 2) over contours.
    `target` is `output/<id>.png` if None, and that folder is made; `language` is that of the words on the picture:
    zh needs a font with Chinese signs, without one they are English. The same numbers give the same bytes.

    Raises FileError for a target that exists (without `force`) or cannot be written, before anything is computed, and
    for a workbook that cannot be read or whose formulas were edited; RecipeError where there is nothing to draw;
    DivergedError for a value that is not finite. Nothing half-written is left.

    >>> plot("4-4", "4-4.svg").panels[0].data.shape  # doctest: +SKIP
    (50,)
    """
    words(language)
    if target is not None:
        check_picture(Path(target), force)
    model = _model(source, language)
    path = FOLDER / f"{model.recipe.id}.png" if target is None else Path(target)
    if target is None:
        _check_name(path, force)
    drawn = panels(model, _values(source, model))
    if target is None:
        _make_folder(path.parent)
    _save(draw(model, drawn, language), path, force)
    return Picture(path, tuple(drawn))


def check_picture(target: Path, force: bool) -> Path:
    """Refuse a target that is no picture, exists (without `force`), or has no folder. Raises FileError."""
    _check_name(target, force)
    if not target.parent.is_dir():
        raise FileError(f"{target}: its folder does not exist; create {target.parent} first or choose another place")
    return target


def _check_name(target: Path, force: bool) -> None:
    if target.suffix.lower() not in SUFFIXES:
        raise FileError(f"{target}: a picture's name ends in {' or '.join(SUFFIXES)}; name it so")
    try:
        there = target.exists()
    except OSError as error:
        raise FileError(f"{target}: cannot be written ({error.strerror}); choose another name") from None
    if target.is_dir():
        raise FileError(f"{target}: is a folder; name a file ending in {SUFFIXES[0]}")
    if there and not target.is_file():
        raise FileError(f"{target}: is no ordinary file; name another")
    if there and not force:
        raise FileError(f"{target}: already exists; choose another name, or replace it with force (--force)")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: the folder cannot be made ({error.strerror}); choose another place") from None


def _from_file(source: str | Path) -> bool:
    return Path(source).suffix.lower() == ".xlsx"


def _model(source: str | Path, language: str) -> Model:
    if not _from_file(source):
        return from_name(source, language, pages=())
    model = read_model(Path(source))
    if model.exercise is not None:
        raise RecipeError(f"{source}: is an exercise, which has blank cells; plot the workbook that it was made of")
    return model


def _values(source: str | Path, model: Model) -> Values:
    """The values of all blocks, from the numbers of a workbook if `source` is one."""
    if not _drawable(model):
        raise RecipeError(f"{model.recipe.id}: has neither a cost by epoch nor weights, so there is nothing to draw")
    if not _from_file(source):
        return model.graph.evaluate()
    path = Path(source)
    refuse_edited_formulas(path, model)
    return model.graph.evaluate(read_inputs(path, model))


def _drawable(model: Model) -> bool:
    recipe = model.recipe
    return bool(recipe.layers) or recipe.training is not None


def panels(model: Model, values: Values) -> list[Panel]:
    """What there is to draw: curves, the path, and the weights of the last epoch, layer by layer."""
    recipe, found = model.recipe, []
    cost = "C_T" if "C_T" in values else "value"
    if recipe.training is not None:
        numbers = values[cost]
        found.append(Panel("curve", cost, numbers))
        if (numbers > 0).any() and (numbers >= 0).all():
            found.append(Panel("logarithm", cost, numbers))
    if recipe.function is not None and len(recipe.function.variables) == 2:
        found.append(Panel("path", "position", values["position"]))
    for name in parameter_names(recipe) if recipe.layers else []:
        if name.endswith(".w"):
            found += _weights(model, name, values[name])
    return found


def _weights(model: Model, name: str, values: NDArray[Any]) -> list[Panel]:
    """A picture for each unit where the last two axes are one, else the matrix of all units."""
    block = model.graph[name]
    last = values[-1] if block.repeated else values
    units, inner = len(last), list(block.axes)[-2:]
    if last.ndim < 3 or not (inner[0].endswith(("row", "_i")) and inner[1].endswith(("col", "_j"))):
        return [Panel("matrix", name, last.reshape(units, -1), None, units)]
    maps = last.reshape(units, -1, *last.shape[-2:])
    return [Panel("picture", name, unit, number, units) for number, unit in enumerate(maps[:MOST], 1)]


def tiled(maps: NDArray[Any]) -> NDArray[Any]:
    """Maps (maps x rows x columns) side by side as one picture; more than four fill a square, with NaN at its end."""
    count, rows, columns = maps.shape
    across = count if count <= 4 else int(np.ceil(np.sqrt(count)))
    down = -(-count // across)
    picture = np.full((down, across, rows, columns), np.nan)
    picture.reshape(down * across, rows, columns)[:count] = maps
    return picture.transpose(0, 2, 1, 3).reshape(down * rows, across * columns)


def draw(model: Model, drawn: list[Panel], language: str) -> Figure:
    """The figure of `panels`: a subfigure with the curves, then one for the weights of each layer."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    chinese = _chinese_font()
    said = words(language if language != "zh" or chinese else "en")
    families = ["DejaVu Sans", chinese or ""] if said.language != "zh" else [chinese or "", "DejaVu Sans"]
    families = [name for name in families if name]
    with _style(families):
        curves = [panel for panel in drawn if panel.kind in ("curve", "logarithm", "path")]
        rest = (panel for panel in drawn if panel not in curves)
        layers = [list(group) for _, group in groupby(rest, lambda panel: panel.block)]
        heights = [_CURVES] * bool(curves) + [0.4 + _PICTURES * -(-len(layer) // _ACROSS) for layer in layers]
        figure = Figure(figsize=(_WIDE, sum(heights) + 0.5), layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.05))
        title = next((text for text in _titles(model, said.language) if _known(text, families)), "")
        figure.suptitle(title, fontsize=14, fontweight="bold", parse_math=False)
        parts = iter(np.ravel(figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)))
        if curves:
            spots = np.ravel(next(parts).subplots(1, len(curves)))
            for axes, panel in zip(spots, curves, strict=True):
                name = "$C_T$" if panel.block == "C_T" else said("plot.value")
                names = {"curve": name, "logarithm": f"{name} ({said('plot.logarithm')})", "path": said("plot.path")}
                axes.set_title(names[panel.kind])
                _curve(axes, panel, model)
        for part, layer in zip(parts, layers, strict=True):
            first, recipe = layer[0], model.recipe
            symbol = equation(model.graph, recipe, first.block).symbol
            heading = said("plot.weights").format(layer=first.block.partition(".")[0], symbol=f"${symbol}$")
            if model.graph[first.block].repeated:
                heading += said("plot.epoch").format(epoch=model.graph.first_epoch + model.graph.epochs - 1)
            if first.unit is not None and len(layer) < (first.units or 0):
                heading += said("plot.first").format(shown=len(layer), units=first.units)
            part.suptitle(heading, fontsize=11)
            _layer(part, layer, model)
    return figure


def _titles(model: Model, language: str) -> list[str]:
    return [model.recipe.titled(language), model.recipe.id]


def _layer(part: SubFigure, layer: list[Panel], model: Model) -> None:
    """The pictures of one layer on one scale from -largest to largest."""
    largest = max(float(np.abs(panel.data).max(initial=0)) for panel in layer) or 1.0
    rows = -(-len(layer) // _ACROSS)
    columns = -(-len(layer) // rows)
    spots = np.ravel(part.subplots(rows, columns))
    for axes, panel in zip(spots, layer, strict=False):
        data = panel.data if panel.kind == "matrix" else tiled(panel.data)
        image = axes.imshow(data, cmap=_COLORS, vmin=-largest, vmax=largest, interpolation="nearest")
        if panel.kind == "matrix":
            unit, *inputs = model.graph[panel.block].axes
            axes.set_ylabel(unit)
            axes.set_xlabel(" × ".join(inputs))
            for axis, size in ((axes.yaxis, data.shape[0]), (axes.xaxis, data.shape[1])):
                step = -(-size // 16)
                axis.set_ticks(range(0, size, step), [str(n + 1) for n in range(0, size, step)])
            continue
        axes.set_title(str(panel.unit), fontsize=9, pad=3)
        axes.set_xticks([])
        axes.set_yticks([])
        down, across = data.shape[0] // panel.data.shape[1], data.shape[1] // panel.data.shape[2]
        for edge in range(1, across):  # a white line parts the maps
            axes.axvline(edge * panel.data.shape[2] - 0.5, color="white", linewidth=4)
        for edge in range(1, down):
            axes.axhline(edge * panel.data.shape[1] - 0.5, color="white", linewidth=4)
    for axes in spots[len(layer) :]:
        axes.set_axis_off()
    part.colorbar(image, ax=list(spots), shrink=0.9, fraction=0.03, pad=0.02, panchor=(0.5, 0.5))


def _curve(axes: Axes, panel: Panel, model: Model) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if panel.kind == "path":
        _path(axes, panel, model)
        return
    first, count = model.graph.first_epoch, len(panel.data)
    axes.plot(range(first, first + count), panel.data, "o-" if count < 12 else "-", color="#1F4E79", markersize=4)
    axes.set_xlabel("epoch" if panel.block == "C_T" else "t")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.grid(alpha=0.3)
    if panel.kind == "logarithm":
        axes.set_yscale("log", nonpositive="mask")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        positive = panel.data[panel.data > 0]
        reach = positive.max() / positive.min()  # where few powers of ten are near, numbers between them are told
        told = "123456789" if reach < 10 else "25" if reach < 1000 else ""
        axes.yaxis.set_minor_formatter(
            FuncFormatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in told else "")
        )


def _path(axes: Axes, panel: Panel, model: Model) -> None:
    """The positions over lines of equal value, which lie closer towards the lowest one."""
    op = model.graph["value"].op
    assert isinstance(op, Evaluate)
    low, high = panel.data.min(axis=0), panel.data.max(axis=0)
    reach = 0.6 * max(float((high - low).max()), 1e-9)
    x, y = (np.linspace(middle - reach, middle + reach, 161) for middle in (low + high) / 2)
    grid = dict(zip(op.variables, np.meshgrid(x, y), strict=True))
    with np.errstate(all="ignore"):
        heights = np.broadcast_to(np.asarray(op.expressions[0].value(grid), float), (len(y), len(x)))
    finite = heights[np.isfinite(heights)]
    if finite.size and finite.min() < finite.max():
        levels = np.unique(finite.min() + np.ptp(finite) * np.linspace(0, 1, 17)[1:-1] ** 2)
        axes.contour(x, y, np.ma.masked_invalid(heights), levels=levels, colors="#A6A6A6", linewidths=0.7)
    few = len(panel.data) <= 60
    axes.plot(*panel.data.T, "o-", color="#C55A11", markersize=3 if few else 1.5, linewidth=1 if few else 0.5)
    start, end = panel.data[0], panel.data[-1]
    axes.plot(*start, "o", color="white", markeredgecolor="#C55A11", markersize=7)
    axes.plot(*end, "o", color="#C55A11", markersize=6)
    axes.set_aspect("equal")
    axes.set_xlabel(op.variables[0])
    axes.set_ylabel(op.variables[1], rotation=0)


def _chinese_font() -> str | None:
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _CHINESE if name in known), None)


def _known(text: str, families: list[str]) -> bool:
    """Whether the fonts have every sign of a text."""
    from matplotlib import font_manager

    fonts = [font_manager.get_font(font_manager.findfont(name)) for name in families]
    return all(any(font.get_char_index(ord(sign)) for font in fonts) for sign in text)


@contextmanager
def _style(families: list[str] | None = None) -> Iterator[None]:
    """matplotlib's own settings, whatever a person has set: the same numbers give the same bytes."""
    from matplotlib import rc_context, rcdefaults, rcParams

    with rc_context():
        rcdefaults()
        rcParams["svg.hashsalt"] = "sheetnn"
        if families:
            rcParams["font.family"] = families
        yield


def _save(figure: Figure, target: Path, force: bool) -> None:
    """Write to a temporary file beside the target, then rename. Raises FileError."""
    kind = target.suffix.lower().removeprefix(".")
    metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:60]}.", suffix=".part", dir=target.parent)
        with os.fdopen(handle, "wb") as file, _style():
            figure.savefig(file, format=kind, dpi=130, metadata=metadata)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        if force:
            os.replace(temporary, target)
            temporary = None
        else:
            os.link(temporary, target)  # fails where somebody else has just made the file
    except FileExistsError:
        raise FileError(
            f"{target}: already exists; choose another name, or replace it with force (--force)"
        ) from None
    except OSError as error:
        raise FileError(f"{target}: cannot be written ({error.strerror or error}); choose another place") from None
    finally:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)
