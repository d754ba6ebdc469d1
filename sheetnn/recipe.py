"""The recipe: one workbook, described. This module is the schema; TOML files are checked against it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .data import home
from .errors import RecipeError, nearest
from .functions import ACTIVATIONS, COSTS

Number = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(_Table):
    """Training pictures."""

    images: str = Field(description="CSV file with columns label and pixels, beside the recipe or shipped")
    classes: tuple[int, ...] | None = Field(None, description="labels in the order of the output units", min_length=2)


class Layer(_Table):
    """One layer of the network."""

    name: Name = Field(description="name of the layer, as in hidden.w")
    kind: Literal["dense"] = Field("dense", description="dense: every unit sees every input")
    units: int = Field(description="number of units", ge=1, le=16384)
    activation: Literal[tuple(ACTIVATIONS)] = Field("sigmoid", description="activation function")  # type: ignore[valid-type]


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


class Test(_Table):
    """Pictures on the test page."""

    images: tuple[str, ...] = Field(description="pictures, rows apart by /", min_length=1)


class Recipe(_Table):
    """A workbook: either a network (`data`, `layers`) or a descent table (`function`)."""

    id: str = Field(description="short name; the default file name", pattern=r"^[\w.-]+$", max_length=80)
    title: dict[str, str] | str = Field("", description="title, or one for each language")
    section: str = Field("", description="section of the book")
    data: Data | None = None
    layers: tuple[Layer, ...] = ()
    cost: Literal[tuple(COSTS)] = Field("squared", description="cost of one image")  # type: ignore[valid-type]
    function: Function | None = None
    training: Training
    start: dict[str, Any] = Field(default_factory=dict, description="initial values, by block")
    test: Test | None = None
    layout: str = Field("stacked", description="'stacked', or the name or path of a page layout")

    def titled(self, language: str) -> str:
        """The title in `language`, else in any."""
        if isinstance(self.title, str):
            return self.title or self.id
        return self.title.get(language) or next(iter(self.title.values()), self.id)


def shipped() -> dict[str, Path]:
    """Files of the recipes that come with the package, by id."""
    return dict(sorted((path.stem, path) for path in home("templates").glob("*.toml")))


def load(name: str | Path) -> tuple[Recipe, Path]:
    """The recipe of a shipped id or a `.toml` path, and the folder its data files stand in.

    Raises RecipeError for an unknown name, an unreadable file, or anything the schema refuses.
    """
    known = shipped()
    if str(name) in known:
        path = known[str(name)]
    else:
        path = Path(name)
        if path.suffix != ".toml":
            raise RecipeError(
                f"recipe {str(name)!r} is not known; expected one of {', '.join(known)} or the path of a .toml file"
                + nearest(str(name), known)
            )
    return parse(read_toml(path), str(path)), path.parent


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a table. Raises RecipeError."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise RecipeError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path}: not valid TOML: {error}") from None


def parse(table: dict[str, Any], where: str) -> Recipe:
    """A table checked against the schema. Raises RecipeError with all its mistakes in one line."""
    try:
        recipe = Recipe.model_validate(table)
    except ValidationError as error:
        raise RecipeError(f"{where}: " + "; ".join(_mistake(one) for one in error.errors())) from None
    if (recipe.function is None) == (recipe.data is None):
        raise RecipeError(f"{where}: expected either [data] with [[layers]], or [function]")
    if recipe.data is not None and not recipe.layers:
        raise RecipeError(f"{where}: a network needs at least one [[layers]]")
    names = [layer.name for layer in recipe.layers]
    for name in names:
        if names.count(name) > 1:
            raise RecipeError(f"{where}: two layers are named {name!r}; give each its own name")
    return recipe


def changed(recipe: Recipe, **training: float | int | None) -> Recipe:
    """The recipe with another number of epochs or learning rate (None leaves it). Raises RecipeError."""
    given = {key: value for key, value in training.items() if value is not None}
    table = recipe.model_dump()
    return parse({**table, "training": {**table["training"], **given}}, recipe.id)


def _mistake(error: Any) -> str:
    """One mistake: the key, what was found, what was expected, the nearest valid name."""
    path = [part for part in error["loc"] if part not in ("float", "int", "str")]
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
    if error["type"] == "extra_forbidden":
        return f"unknown key {key!r}{nearest(str(path[-1]), _keys_at(path[:-1]))}"
    message = error["msg"].replace("Input should be", "expected").replace("Field required", "this key is missing")
    found = "" if error["type"] == "missing" else f" (found {str(error['input'])[:60]!r})"
    hint = ""
    if error["type"] == "literal_error":
        choices = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        hint = nearest(str(error["input"]), choices)
    return f"{key}: {message[0].lower()}{message[1:]}{found}{hint}"


def _keys_at(path: list[Any]) -> list[str]:
    """Valid keys of the table at `path`."""
    tables: dict[str, type[BaseModel]] = {
        "data": Data, "layers": Layer, "training": Training, "function": Function, "test": Test,
    }  # fmt: skip
    table = tables.get(str(path[0]), Recipe) if path else Recipe
    return list(table.model_fields)
