"""Lines of a CSV file, each with its number."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from ..errors import RecipeError, counted, quoted
from ..faults import Faults


def lines(path: Path, name: str, faults: Faults, separators: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each line that is not blank, the head line first; all lines have as many cells as it.

    One that has not is among the `faults`, and comes without cells. Of `separators` the one that is most frequent in
    the first line counts. UTF-8, with or without a mark of byte order. Raises RecipeError.
    """
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=max(separators, key=first.count), strict=True)
            width = 0
            for cells in reader:
                number = reader.line_num
                if not "".join(cells).strip():
                    continue
                width = width or len(cells)
                if len(cells) != width:
                    has = counted(len(cells), "column")
                    faults.add(number, f"{name}, line {number}: has {has}, the head line has {width}")
                    cells = []
                yield number, cells
    except UnicodeDecodeError as error:
        raise RecipeError(f"{name}: cannot be read as CSV ({error}); save it as UTF-8 text") from None
    except OSError as error:
        raise RecipeError(f"{name}: cannot be read as CSV ({error.strerror or error})") from None
    except csv.Error as error:
        raise RecipeError(f"{name}: cannot be read as CSV ({error}, after line {number})") from None


def head_line(cells: list[str], name: str) -> list[str]:
    """Names of the columns, each once. Raises RecipeError."""
    names = [cell.strip() for cell in cells]
    for number, column in enumerate(names, 1):
        if not column:
            raise RecipeError(f"{name}: column {number} has no name in the head line; name it or take it out")
        if names.index(column) < number - 1:
            raise RecipeError(f"{name}: two columns are named {quoted(column)}; each needs a name of its own")
    return names
