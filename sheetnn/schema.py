"""The schema of recipes: every key with its type, meaning, default and bounds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from .functions import ACTIVATIONS, COSTS, SOFTMAX
from .optimizers import OPTIMIZERS
from .pooling import POOLINGS

Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
Share = Annotated[Number, Field(ge=0, lt=1)]
Size = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]
Margin = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(_Table):
    """Samples to learn from: exactly one of images, table, folder and arrays names where they are."""

    images: str | None = Field(
        None, description="CSV of pictures: columns label and pixels, rows of a picture apart by /"
    )
    table: str | None = Field(None, description="CSV file of numbers: a head line, then a line a sample")
    folder: str | None = Field(None, description="folder of PNG pictures, a sub-folder for each class")
    arrays: str | None = Field(
        None,
        description="NumPy .npz file: x of shape (sample, feature), (sample, row, col) or (sample, channel, row, "
        "col), and y, a label or targets for each",
    )
    label: str = Field("label", description="column of a table that holds the class")
    features: tuple[str, ...] = Field((), description="columns of a table that are inputs; none named: all others")
    outputs: tuple[str, ...] = Field(
        (),
        description="columns of a table, or names for those of y, that a regression learns in place of a label",
    )
    classes: tuple[int | str, ...] | None = Field(
        None,
        description="labels in the order of the output units; those that occur, sorted, if none are named",
        min_length=2,
    )
    targets: Literal["label", "one-hot"] = Field("label", description="what the data page holds beside a sample")
    channels: Literal["gray", "rgb"] = Field("gray", description="what a PNG picture is read as")
    scale: tuple[Number, Number] | None = Field(
        None, description="range that inputs are scaled to: every feature of a table by itself, all pixels alike"
    )
    limit: int | None = Field(None, description="how many samples are used, the first ones", ge=1)
    test: Annotated[Number, Field(gt=0, lt=1)] | None = Field(
        None, description="share of the samples kept back for the test page"
    )
    seed: int = Field(0, description="seed of the draw that keeps samples back", ge=0)


class Dense(_Table):
    """A layer in which every unit sees every input."""

    name: Name = Field(description="name of the layer, as in hidden.w")
    kind: Literal["dense"] = Field("dense", description="a layer is dense unless it says otherwise")
    units: int = Field(description="number of units", ge=1, le=16384)
    activation: Literal[(*ACTIVATIONS, SOFTMAX)] = Field(  # type: ignore[valid-type]
        "sigmoid", description="activation function; softmax on the last layer only, step without training only"
    )


class Convolution(_Table):
    """A layer of filters scanned over the pictures, with a bias each."""

    name: Name = Field(description="name of the layer, as in conv.w")
    kind: Literal["convolution"] = Field(description="says that the layer is a convolution")
    filters: int = Field(description="number of filters", ge=1, le=1024)
    size: Size = Field((3, 3), description="rows and columns of a filter")
    stride: Size = Field((1, 1), description="rows and columns from one position of a filter to the next")
    padding: tuple[Margin, Margin] = Field(
        (0, 0), description="rows and columns of zeros around the picture, each less than those of the filter's size"
    )
    activation: Literal[tuple(ACTIVATIONS)] = Field("sigmoid", description="activation function")  # type: ignore[valid-type]


class PoolingLayer(_Table):
    """A layer that makes one number of each window of a feature map."""

    name: Name = Field(description="name of the layer, as in pool.a")
    kind: Literal["pooling"] = Field(description="says that the layer is a pooling")
    method: Literal[tuple(POOLINGS)] = Field("max", description="how a window becomes one number")  # type: ignore[valid-type]
    size: Size = Field((2, 2), description="rows and columns of a window")
    stride: Size | None = Field(
        None, description="rows and columns from one window to the next; the window's size if not given"
    )


Layer = Dense | Convolution | PoolingLayer
KINDS = ("dense", "convolution", "pooling")


def _kind(layer: Any) -> str:
    """Layers are dense unless they say otherwise."""
    return str(layer.get("kind", "dense") if isinstance(layer, dict) else getattr(layer, "kind", "dense"))


class BlockEntry(_Table):
    """One block of numbers: constants (`values`), or `op` applied to `args`."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.]*$", max_length=80, description="name of the block")
    op: str | None = Field(None, description="name of an op; none for constants")
    args: tuple[str, ...] = Field((), description="names of the blocks that the op is applied to")
    axes: tuple[str, ...] = Field((), description="axes of the result, outermost first")
    values: Any = Field(None, description="the numbers of a constant block, nested along its axes")
    role: str = Field("plain", description="what the numbers mean: sets fill and number format")
    group: str = Field("train", description="page the block belongs to")
    options: dict[str, Any] = Field(default_factory=dict, description="settings of the op")


class Random(_Table):
    """Initial values drawn once, when the workbook is built, and stored as numbers."""

    seed: int = Field(description="seed of the generator: the same seed gives the same numbers", ge=0)
    kind: Literal["normal", "uniform", "xavier", "he"] = Field(
        "normal",
        description="distribution: normal, uniform, or normal with a deviation by the layer's inputs and outputs "
        "(xavier: √(2/(in+out)); he: √(2/in)), then with biases 0",
    )
    sd: Positive = Field(1.0, description="standard deviation of kind normal")
    range: tuple[Number, Number] = Field((-1.0, 1.0), description="least and largest value of kind uniform")


class Training(_Table):
    """How the parameters move."""

    mode: Literal["descent", "solver"] = Field(
        "descent", description="solver: forward pass only, for Data › Solver or `sheetnn solve`; takes no other key"
    )
    eta: Positive | Annotated[tuple[Positive, ...], Field(min_length=1)] | None = Field(
        None, description="learning rate η, or one for each epoch (the last one stays)"
    )
    epochs: int | None = Field(
        None, description="number of epochs shown; with batch, of steps (for descent: rows of the table)", ge=1
    )
    optimizer: Literal[tuple(OPTIMIZERS)] = Field(  # type: ignore[valid-type]
        "gradient", description="how a step follows from the gradient"
    )
    momentum: Share = Field(0.9, description="share of the last step kept by optimizer momentum")
    beta1: Share = Field(0.9, description="share of the mean gradient kept by optimizer adam")
    beta2: Share = Field(0.999, description="share of the mean squared gradient kept by optimizer adam")
    epsilon: Positive = Field(1e-8, description="what optimizer adam adds below the fraction line")
    decay: Annotated[Number, Field(ge=0)] = Field(
        0.0, description="weight decay λ: λw is added to ∂C_T/∂w, before unit_length and the optimizer"
    )
    unit_length: bool = Field(False, description="scale the gradient of all parameters to length 1")
    batch: int | None = Field(
        None, description="samples in each step, taken in order; it must divide their number; all if not given", ge=1
    )


class Function(_Table):
    """A function for gradient descent: expressions in the variables, with + - * / ^ and portable functions."""

    variables: tuple[Name, ...] = Field(description="names of the variables", min_length=1)
    value: str = Field(description="the function, for example x^2+y^2")
    gradient: tuple[str, ...] = Field(description="its partial derivative for each variable")


class Solve(_Table):
    """What `sheetnn solve` minimises and changes; for a network C_T and all parameters."""

    cost: str = Field("C_T", description="block to minimise, one number")
    change: tuple[str, ...] = Field(description="blocks to change", min_length=1)


class Test(_Table):
    """Samples on the test page."""

    images: tuple[str, ...] = Field((), description="pictures, rows apart by /, scaled as the data are")
    samples: tuple[tuple[Number, ...], ...] = Field(
        (), description="samples of a table, its features in order, scaled as the data are"
    )


PAGES = ("contents", "step", "cost", "check", "try")
"""Pages that look at the workbook (see `sheetnn.views`)."""


class Recipe(_Table):
    """A workbook: either a network (`data`, `layers`) or a descent table (`function`)."""

    id: str = Field(description="short name; the default file name", pattern=r"^\w[\w.-]*$", max_length=80)
    title: dict[str, str] | str = Field("", description="title, or one for each language")
    section: str = Field("", description="section of the book")
    data: Data | None = None
    layers: tuple[
        Annotated[
            Annotated[Dense, Tag("dense")]
            | Annotated[Convolution, Tag("convolution")]
            | Annotated[PoolingLayer, Tag("pooling")],
            Discriminator(_kind),
        ],
        ...,
    ] = ()
    blocks: tuple[BlockEntry, ...] = Field((), description="further blocks, beside those of the network")
    cost: Literal[tuple(COSTS)] = Field(  # type: ignore[valid-type]
        "squared", description="cost of one sample; cross-entropy after softmax is the categorical one"
    )
    reduction: Literal["sum", "mean"] = Field("sum", description="how C_T follows from the samples' costs")
    function: Function | None = None
    training: Training | None = Field(None, description="none: forward pass only, for a solver to minimise C_T")
    start: dict[str, Any] = Field(
        default_factory=dict, description="initial values, by block; `file` names a file that `sheetnn pull` wrote"
    )
    random: Random | None = Field(None, description="normal random numbers for parameters that start does not name")
    initial: dict[str, Any] = Field(
        default_factory=dict, description="values kept beside the parameters, to start from"
    )
    test: Test | None = None
    solve: Solve | None = None
    pages: tuple[Literal[PAGES], ...] = Field((), description="pages to add")  # type: ignore[valid-type]
    layout: str = Field(
        "stacked",
        description="'stacked' (samples down), 'right' (samples to the right), 'sheets' (a sheet an epoch), "
        "or the name or path of a page layout",
    )

    def titled(self, language: str) -> str:
        """The title in `language`, else in any."""
        if isinstance(self.title, str):
            return self.title or self.id
        return self.title.get(language) or next(iter(self.title.values()), self.id)
