"""The samples that a recipe's [data] names."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .data import find, read_images
from .errors import RecipeError
from .samples import Dataset, Samples
from .schema import Data


def load(data: Data, folder: Path | None, where: str) -> Dataset:
    images = read_images(find(str(data.images), folder))
    classes = data.classes or tuple(int(label) for label in np.unique(images.labels))
    unknown = sorted(set(images.labels.tolist()) - set(classes))
    if unknown:
        raise RecipeError(f"{data.images}: label {unknown[0]} is not among the classes {list(classes)}")
    return Dataset(Samples(images.pixels, images.labels), None, classes)
