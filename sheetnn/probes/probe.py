"""One probe: what it reads of a recipe and of its data, and the mistakes it finds there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import SheetnnError
from ..faults import FaultsError
from ..graph import Graph
from ..mistakes import Mistake
from ..ops import Axes
from ..rules.rule import meets
from ..samples import Dataset
from ..schema import Recipe
from ..toml_lines import Path as Spot


@dataclass(frozen=True)
class Facts:
    """A recipe that somewhere is wrong, and what is certain of it all the same.

    `bad` are its keys that nothing may be told by. `axes` are those of one sample; `dataset` is there only if nothing
    is wrong with it. `graph` has the network's blocks: if `exact` with their sizes, else no more than their names.
    """

    recipe: Recipe
    folder: Path | None
    bad: tuple[Spot, ...]
    axes: Axes | None = None
    dataset: Dataset | None = None
    graph: Graph | None = None
    exact: bool = False

    def good(self, *keys: str) -> bool:
        """Whether nothing is wrong with any of the keys, in them or around them."""
        return not any(meets(key, path) for key in keys for path in self.bad)


@dataclass(frozen=True)
class Probe:
    """`find` yields mistakes, and looks at nothing unless all keys of `reads` are good."""

    reads: tuple[str, ...]
    find: Callable[[Facts], Iterable[Mistake]]

    def __call__(self, facts: Facts) -> list[Mistake]:
        return list(self.find(facts)) if facts.good(*self.reads) else []


@contextmanager
def refusals(found: list[Mistake], path: Spot, *prefixes: str) -> Iterator[None]:
    """Whatever the builder refuses inside becomes a mistake at `path`, without what names the place once more."""
    try:
        yield
    except FaultsError:
        raise  # it knows a place for each
    except SheetnnError as error:
        said = str(error)
        for prefix in prefixes:
            said = said.removeprefix(prefix)
        found.append(Mistake(path, said))
