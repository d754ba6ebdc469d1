"""`grade`: the answers of a class, each judged by what follows from the learner's own earlier answers.

Model, tolerance and given numbers are the key's; marks, score and recipe in a submission are not looked at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .address import cell_name
from .answerkey import Key, Keys, keys, read_identity
from .console import short
from .errors import SheetnnError
from .reader import Error
from .submission import LARGEST, Changed, Submission, number, read_submission


@dataclass(frozen=True)
class Answer:
    """One cell that was to be filled in: what stands there, and what follows from the earlier ones."""

    block: str
    where: str
    cell: str
    got: Any
    follows: float
    right: bool

    @property
    def blank(self) -> bool:
        return self.got is None

    @property
    def told(self) -> str:
        """Such as `output.delta[2]: you have 0.12, it follows 0.21 from your own earlier cells`."""
        if self.blank:
            return f"{self.where} is blank; it follows {figure(self.follows)} from your own earlier cells"
        got = figure(number(self.got)) if np.isfinite(number(self.got)) else short(self.got)
        return f"{self.where}: you have {got}, it follows {figure(self.follows)} from your own earlier cells"


@dataclass(frozen=True)
class Grade:
    """The result of one submission; `trouble` says why there is none."""

    path: str
    exercise: str = ""
    answers: tuple[Answer, ...] = ()
    changed: tuple[Changed, ...] = ()
    remarks: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def right(self) -> int:
        return sum(answer.right for answer in self.answers)

    @property
    def asked(self) -> int:
        return len(self.answers)

    @property
    def score(self) -> float:
        """Right answers among those asked and the given numbers that were changed, each as one that is wrong."""
        return self.right / (self.asked + len(self.changed)) if self.answers else 0.0

    @property
    def ok(self) -> bool:
        """Whether every answer is right, from the numbers as they were given."""
        return not self.trouble and self.right == self.asked and not self.changed

    @property
    def parts(self) -> dict[str, tuple[int, int]]:
        """Right and asked by block, in the order in which they are worked out."""
        blocks: dict[str, tuple[int, int]] = {}
        for answer in self.answers:
            right, asked = blocks.get(answer.block, (0, 0))
            blocks[answer.block] = right + answer.right, asked + 1
        return blocks

    @property
    def first(self) -> Answer | None:
        """The first wrong step; if nothing is wrong, the first blank one."""
        wrong = [answer for answer in self.answers if not answer.right]
        return next((answer for answer in wrong if not answer.blank), wrong[0] if wrong else None)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        first = self.first
        return {
            **asdict(self),
            "answers": [{**asdict(one), "got": _plain(one.got)} for one in self.answers],
            "changed": [{**asdict(one), "got": _plain(one.got)} for one in self.changed],
            "right": self.right,
            "asked": self.asked,
            "score": self.score,
            "ok": self.ok,
            "parts": {block: {"right": right, "asked": asked} for block, (right, asked) in self.parts.items()},
            "first": None if first is None else {"where": first.where, "told": first.told},
        }


def grade(key: str | Path, submissions: str | Path | Iterable[str | Path]) -> list[Grade]:
    """Grade filled-in exercises by a solution (.xlsx) or by the recipe (id or .toml) that they were built from.

    A submission that cannot be read has its `trouble`. Raises FileError or RecipeError for a key that is none.
    """
    given = [submissions] if isinstance(submissions, str | Path) else list(submissions)
    known, seen, grades = keys(key), dict[str, str](), []
    for path in map(Path, given):
        try:
            made = _grade(known, path)
            with path.open("rb") as file:
                same = seen.setdefault(hashlib.file_digest(file, "sha256").hexdigest(), str(path))
        except (SheetnnError, OSError, MemoryError) as error:
            made, same = Grade(str(path), trouble=str(error).removeprefix(f"{path}: ") or "out of memory"), str(path)
        if same != str(path):
            made = Grade(
                made.path, made.exercise, made.answers, made.changed, (*made.remarks, f"the same file as {same}")
            )
        grades.append(made)
    return grades


def _grade(known: Keys, path: Path) -> Grade:
    identity = read_identity(path)
    if identity.solved:
        return Grade(str(path), trouble="is a solution; expected a filled-in exercise")
    key = known.of(identity)
    submission = read_submission(path, key)
    answers = _judged(key, submission)
    remarks = (*submission.remarks, *_void(key, answers))
    return Grade(str(path), str(identity), answers, submission.changed, remarks)


def _judged(key: Key, submission: Submission) -> tuple[Answer, ...]:
    """Block by block, each cell from the earlier ones as they were typed, or as they were before rounding.

    Rounded answers add up: whoever goes on from what the calculator shows is as right as who goes on from the page.
    Where there is no number to go on from, later cells go on from the one that follows.
    """
    answers: list[Answer] = []
    graph, places = key.model.graph, key.model.layout.places
    typed = dict(key.givens) | {name: np.full(graph[name].shape, np.nan) for name in key.asked}
    exact = dict(typed)
    for name in key.asked:
        numbers = np.where(np.abs(submission.numbers[name]) <= LARGEST, submission.numbers[name], np.nan)
        ways = [graph.evaluate({**inputs, name: numbers}) for inputs in (typed, exact)]
        follows, unrounded = (values[f"key/{name}"] for values in ways)
        right = np.any([values[f"mark/{name}"] == 1 for values in ways], axis=0)
        rows, columns = places[name].cells(graph[name].axes)
        for index, got in np.ndenumerate(submission.stand[name]):
            where = name + (f"[{','.join(str(n + 1) for n in index)}]" if index else "")
            cell = cell_name(int(rows[index]), int(columns[index]))
            answers.append(Answer(name, where, cell, got, float(follows[index]), bool(right[index])))
        typed[name] = np.where(np.isnan(numbers), follows, numbers)
        exact[name] = np.where(right | np.isnan(numbers), unrounded, numbers)
    return tuple(answers)


def _void(key: Key, answers: tuple[Answer, ...]) -> tuple[str, ...]:
    """A remark on zeros that are right only because an earlier wrong one is 0."""
    small = float(key.givens["tolerance"])
    solution = [value for name in key.asked for value in key.solution[name].ravel().tolist()]
    void = sum(
        answer.right and abs(answer.follows) <= small < abs(value)
        for answer, value in zip(answers, solution, strict=True)
    )
    return (f"{void} right answers are 0 only because a wrong one before is",) if void else ()


def figure(value: float) -> str:
    """A number as a person writes it: five decimals, or three digits if it is small."""
    text = f"{value:.3g}" if 0 < abs(value) < 1e-3 or abs(value) >= 1e7 else f"{value:.5f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Error) else value
