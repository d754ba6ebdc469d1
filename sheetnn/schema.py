"""The schema of recipes: every key with its type, meaning, default and bounds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from .functions import ACTIVATIONS, COSTS
from .pooling import POOLINGS

Number = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(_Table):
    """Training pictures."""

    images: str = Field(description="CSV file with columns label and pixels, beside the recipe or shipped")
    targets: Literal["label", "one-hot"] = Field("label", description="what the data page holds beside a picture")
    classes: tuple[int, ...] | None = Field(None, description="labels in the order of the output units", min_length=2)


class Dense(_Table):
    """A layer in which every unit sees every input."""

    name: Name = Field(description="name of the layer, as in hidden.w")
    kind: Literal["dense"] = "dense"
    units: int = Field(description="number of units", ge=1, le=16384)
    activation: Literal[tuple(ACTIVATIONS)] = Field("sigmoid", description="activation function")  # type: ignore[valid-type]


class Convolution(_Table):
    """A layer of filters scanned over the pictures, with a bias each."""

    name: Name = Field(description="name of the layer, as in conv.w")
    kind: Literal["convolution"]
    filters: int = Field(description="number of filters", ge=1, le=1024)
    size: tuple[int, int] = Field((3, 3), description="rows and columns of a filter")
    activation: Literal[tuple(ACTIVATIONS)] = Field("sigmoid", description="activation function")  # type: ignore[valid-type]


class PoolingLayer(_Table):
    """A layer that makes one number of each window of a feature map."""

    name: Name = Field(description="name of the layer, as in pool.a")
    kind: Literal["pooling"]
    method: Literal[tuple(POOLINGS)] = Field("max", description="how a window becomes one number")  # type: ignore[valid-type]
    size: tuple[int, int] = Field((2, 2), description="rows and columns of a window")


Layer = Dense | Convolution | PoolingLayer
KINDS = ("dense", "convolution", "pooling")


def _kind(layer: Any) -> str:
    """Layers are dense unless they say otherwise."""
    return str(layer.get("kind", "dense") if isinstance(layer, dict) else layer.kind)


class BlockEntry(_Table):
    """One block of numbers: constants (`values`), or `op` applied to `args`."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.]*$", max_length=80)
    op: str | None = Field(None, description="name of an op; none for constants")
    args: tuple[str, ...] = ()
    axes: tuple[str, ...] = Field((), description="axes of the result, outermost first")
    values: Any = Field(None, description="the numbers of a constant block, nested along its axes")
    role: str = Field("plain", description="what the numbers mean: sets fill and number format")
    group: str = Field("train", description="page the block belongs to")
    options: dict[str, Any] = Field(default_factory=dict, description="settings of the op")


class Random(_Table):
    """Initial values drawn once, when the workbook is built, and stored as numbers."""

    seed: int = Field(description="seed of the generator: the same seed gives the same numbers", ge=0)
    sd: Annotated[Number, Field(gt=0)] = Field(1.0, description="standard deviation of the normal distribution")


class Training(_Table):
    """How the parameters move."""

    eta: Annotated[Number, Field(gt=0)] = Field(description="learning rate η")
    epochs: int = Field(description="number of epochs shown (for descent: rows of the table)", ge=1)
    unit_length: bool = Field(False, description="descent only: scale the gradient to length 1")


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
    """Pictures on the test page."""

    images: tuple[str, ...] = Field(description="pictures, rows apart by /", min_length=1)


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
    cost: Literal[tuple(COSTS)] = Field("squared", description="cost of one image")  # type: ignore[valid-type]
    function: Function | None = None
    training: Training | None = Field(None, description="none: forward pass only, for a solver to minimise C_T")
    start: dict[str, Any] = Field(default_factory=dict, description="initial values, by block")
    random: Random | None = Field(None, description="normal random numbers for parameters that start does not name")
    initial: dict[str, Any] = Field(
        default_factory=dict, description="values kept beside the parameters, to start from"
    )
    test: Test | None = None
    solve: Solve | None = None
    pages: tuple[Literal[PAGES], ...] = Field((), description="pages to add")  # type: ignore[valid-type]
    layout: str = Field("stacked", description="'stacked', or the name or path of a page layout")

    def titled(self, language: str) -> str:
        """The title in `language`, else in any."""
        if isinstance(self.title, str):
            return self.title or self.id
        return self.title.get(language) or next(iter(self.title.values()), self.id)
