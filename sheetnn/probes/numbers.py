"""What parameters and samples tell of typed numbers: [start] and its file, [initial], [test]."""

from __future__ import annotations

from ..faults import FaultsError
from ..mistakes import Mistake
from ..model import with_file
from ..network import parameter_names
from ..starts import check_key, numbers_of
from ..testpage import typed
from .layers import shapes
from .probe import Facts, Probe, refusals


def _file(facts: Facts) -> list[Mistake]:
    found: list[Mistake] = []
    if facts.recipe.layers:
        with refusals(found, ("start", "file"), "start.file: "):
            with_file(facts.recipe, facts.folder)
    return found


def _typed(facts: Facts) -> list[Mistake]:
    """Names of parameters, and their numbers where their axes are known."""
    found: list[Mistake] = []
    recipe, known = facts.recipe, shapes(facts)
    if not recipe.layers:
        return found
    names = parameter_names(recipe)
    for table, given in (("start", recipe.start), ("initial", recipe.initial)):
        if not facts.good(table):
            continue
        drawn = recipe.random is not None or not facts.good("random") or "file" in given
        for key in given:
            if (table, key) != ("start", "file"):
                with refusals(found, (table, key), f"{table}: "):
                    check_key(table, key, names)
        for name, axes in known.items():
            if name in given or (given and not (table == "start" and drawn)):
                with refusals(found, (table, name), f"{table}: "):
                    numbers_of(given, table, name, axes)
    return found


def _test(facts: Facts) -> list[Mistake]:
    found: list[Mistake] = []
    test = facts.recipe.test
    if test is None:
        return found
    key = "samples" if test.samples else "images"
    expected = tuple(facts.axes.values()) if facts.axes else None
    try:
        with refusals(found, ("test", key), "test.samples: "):
            typed(test, expected)
    except FaultsError as error:
        found += [Mistake(("test", key, number - 1), said) for number, said in error.found]
    return found


PROBES = (
    Probe(("start", "layers.*.name", "layers.*.kind"), _file),
    Probe(("layers.*.name", "layers.*.kind"), _typed),
    Probe(("test",), _test),
)
