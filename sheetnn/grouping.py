"""Differences of two workbooks that carry a model: named, sorted into causes and consequences, counted by block."""

from __future__ import annotations

from array import array
from itertools import chain, islice

import numpy as np

from .changes import recipe_changes, same_places
from .comparison import PARTS, BlockChanges, Comparison, Difference
from .consequences import SINGLE, Judgement, Positions, judge
from .formulas import same_formula
from .model import Model
from .naming import Owner, SheetNames
from .writer import STORE


class Grouping:
    """Takes in differences as they are found: keeps the places of all, and the details of `limit` of each part.

    `formulas` tells whether formulas are compared at all.
    """

    def __init__(self, one: Model, other: Model, formulas: bool, limit: int) -> None:
        self._models = [one] if same_places(one, other) else [one, other]
        self._graph, self._formulas, self._limit = one.graph, formulas, limit
        self._sizes = {block.name: block.size for block in one.graph}
        self._recipe = recipe_changes(one, other)
        self._names: list[SheetNames] = []
        self._sheet = ""
        self._kept: dict[str, list[Difference]] = {part: [] for part in PARTS}
        self._heads: list[Difference] = []  # the first causes, and the first of each block
        self._causes: Positions = {}
        self._follow: Positions = {}
        self._blocks: dict[tuple[str, str], BlockChanges] = {}
        self._judged: Judgement | None = None

    def note(self, found: Difference) -> None:
        """Take in one difference."""
        if found.sheet != self._sheet:
            self._sheet = found.sheet
            self._names = [SheetNames(model, found.sheet) for model in self._models]
        owners = [names.owners(found.row).get(found.column) for names in self._names]
        part = self._part(found, owners[0], owners[-1])
        owner = owners[0] or owners[-1]
        wanted = len(self._kept[part]) < self._limit
        if owner is not None:
            head = part == "cause" and (len(self._heads) < SINGLE or owner.block not in self._causes)
            if wanted or head:
                found = self._named(found, part, owners)
            if head:
                self._heads.append(found)
            self._count(found, part, owner, "" if part != "one-model" else "A" if owners[0] else "B")
        elif wanted:
            found = found._replace(part=part)
        if wanted:
            self._kept[part].append(found)

    def _part(self, found: Difference, owner: Owner | None, theirs: Owner | None) -> str:
        if owner is None and theirs is None:
            return "recipe" if found.sheet == STORE else "outside"
        if owner is None or theirs is None:
            return "one-model"
        texts = [cell.formula for cell in (found.left, found.right) if cell is not None]
        if len(texts) == 1:  # where formulas are not compared, one without a value is no change of it
            return "consequence" if texts[0] and not self._formulas else "cause"
        return "consequence" if all(texts) and same_formula(*texts) else "cause"

    def _named(self, found: Difference, part: str, owners: list[Owner | None]) -> Difference:
        names = [owner.name(model.graph) if owner else "" for owner, model in zip(owners, self._models, strict=True)]
        block = next(owner.block for owner in owners if owner)
        return found._replace(part=part, block=block, name=names[0], name_b=names[-1], owner=owners[0])

    def _count(self, found: Difference, part: str, owner: Owner, only_in: str) -> None:
        changes = self._blocks.get((owner.block, only_in))
        if changes is None:
            changes = self._blocks[owner.block, only_in] = BlockChanges(owner.block, only_in)
        if found.kind == "value" and changes.worst < found.apart < np.inf:
            changes.worst, changes.worst_at = found.apart, found.where
        if only_in:
            changes.one_model += 1
            return
        places = self._causes if part == "cause" else self._follow
        places.setdefault(owner.block, array("q")).append(owner.flat(self._sizes[owner.block]))
        changes.causes += part == "cause"

    def judge(self) -> set[tuple[str, int, int]]:
        """Tell consequences from what no cause explains; the cells of the latter that are to be noted once more."""
        judged = self._judged = judge(self._models[0], self._heads, self._causes, self._follow)
        for name, places in self._follow.items():
            changes = self._blocks[name, ""]
            changes.unexplained = int(judged.stale[name].sum())
            changes.consequences = len(places) - changes.unexplained
        kept = self._kept["consequence"]
        self._kept["consequence"] = [one for one in kept if not self._is_stale(one)]
        self._kept["unexplained"] = [one._replace(part="unexplained") for one in kept if self._is_stale(one)]
        known = {(one.sheet, one.row, one.column) for one in self._kept["unexplained"]}
        lacking = (place for place in judged.places(self._models[0]) if place not in known)
        return set(islice(lacking, self._limit - len(known)))

    def _is_stale(self, one: Difference) -> bool:
        assert one.owner is not None and self._judged is not None
        return self._judged.is_stale(one.owner, self._graph)

    def take_unexplained(self, again: Grouping) -> None:
        """Take over the differences that were noted once more, as unexplained ones."""
        found = [one._replace(part="unexplained") for one in again._kept["consequence"]]
        self._kept["unexplained"] += found

    def tell(self, result: Comparison) -> None:
        """Put causes, blocks and the differences that are kept into the result: causes before consequences."""
        assert self._judged is not None
        names = dict.fromkeys(chain(*(model.graph.blocks for model in self._models)))
        order = {name: number for number, name in enumerate(names)}
        result.modelled = True
        if result.different:
            result.causes = [*self._recipe, *self._judged.causes]
        result.blocks = sorted(self._blocks.values(), key=lambda one: (order[one.block], one.only_in))
        result.unexplained = sum(one.unexplained for one in result.blocks)
        kept = (sorted(self._kept[part], key=lambda one: order.get(one.block, -1)) for part in PARTS)
        result.differences = list(islice(chain(*kept), self._limit))
