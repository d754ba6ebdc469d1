"""Lines of TOML documents: written by eye, and random ones whose writer notes where it puts what."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from sheetnn.toml_lines import line_of, locate

BY_EYE = '''\
# a comment with [brackets] and key = 1
title = "a # no comment"

[a.b]            # line 4
"quoted.key" = """
[not.a.table]
key = 1"""
c.d.e = [1, [2,
  3], # line 9
  { f = 1, "g h".i = [4] } ]

[[layers]]
name = 'x'
[layers.sub]
k = 1979-05-27 07:32:00
[[layers]]       # line 16
name = 3.14
[[layers.inner]]
z = """"quoted""""
[a]
last = true
'''
EXPECTED = {
    ("title",): 2,
    ("a",): 4,
    ("a", "b"): 4,
    ("a", "b", "quoted.key"): 5,
    ("a", "b", "c", "d", "e"): 8,
    ("a", "b", "c", "d", "e", 0): 8,
    ("a", "b", "c", "d", "e", 1, 0): 8,
    ("a", "b", "c", "d", "e", 1, 1): 9,
    ("a", "b", "c", "d", "e", 2): 10,
    ("a", "b", "c", "d", "e", 2, "g h", "i", 0): 10,
    ("layers",): 12,
    ("layers", 0): 12,
    ("layers", 0, "sub"): 14,
    ("layers", 0, "sub", "k"): 15,
    ("layers", 1): 16,
    ("layers", 1, "name"): 17,
    ("layers", 1, "inner"): 18,
    ("layers", 1, "inner", 0, "z"): 19,
    ("a", "last"): 21,
}


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every path in what tomllib returns."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield from paths(one, (*path, key))


class Writer:
    """Random TOML, and where each path of it stands."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.text, self.line, self.count = "", 1, 0
        self.lines: dict[tuple[str | int, ...], int] = {(): 1}

    def put(self, text: str) -> None:
        self.text += text
        self.line += text.count("\n")

    def note(self, path: tuple[str | int, ...]) -> None:
        for end in range(1, len(path) + 1):
            self.lines.setdefault(path[:end], self.line)

    def gap(self) -> str:
        return self.draw.choice(["", " ", "\t "])

    def rest(self) -> None:
        """The end of a line, and perhaps lines without anything."""
        self.put(self.draw.choice(["", "  # [no.table] = {", "\t#'''", '# "'])
                 + self.draw.choice(["\n", "\r\n", "\n\n", "\n  # x = [1,\n", "\n\t\n"]))  # fmt: skip

    def key(self) -> tuple[str, str]:
        """One part of a key: as written, and as read."""
        self.count += 1
        n = self.count
        return self.draw.choice(
            [
                (f"k{n}", f"k{n}"),
                (f"{n}", f"{n}"),
                (f"-{n}_", f"-{n}_"),
                (f'"a.b {n}"', f"a.b {n}"),
                (f"'[{n}] = #'", f"[{n}] = #"),
                (f'"\\u00e9 \\"{n}\\""', f'é "{n}"'),
                (f'"{n} 学"', f"{n} 学"),
            ]
        )

    def keys(self) -> tuple[str, tuple[str, ...]]:
        """A key of one to three parts."""
        parts = [self.key() for _ in range(self.draw.choice([1, 1, 1, 2, 3]))]
        return self.draw.choice([".", " . ", "\t."]).join(text for text, _ in parts), tuple(name for _, name in parts)

    def pair(self, table: tuple[str | int, ...], depth: int, lines: bool = True) -> None:
        text, names = self.keys()
        self.note((*table, *names))
        self.put(f"{text}{self.gap()}={self.gap()}")
        self.value((*table, *names), depth, lines)

    def value(self, path: tuple[str | int, ...], depth: int, lines: bool) -> None:
        kind = self.draw.choice(["scalar", "scalar", "text", "array", "inline"]) if depth else "scalar"
        if kind == "scalar":
            self.put(self.draw.choice(
                ["1", "0x1F", "3.14", "-1e-3", "true", "inf", "1979-05-27", "1979-05-27 07:32:00Z", "07:32:00.5",
                 '""', "''", '"a\\"]#,\\\\"', "'c:\\'", '"{=}"'])
            )  # fmt: skip
        elif kind == "text" and lines:
            self.put(self.draw.choice(
                ['"""\n[a]\nb = 1 # """', '"""x\\\n  y\n\\""" z""""', "'''\n'' \\\n[[b]]'''''", '""""""', "''''''",
                 '""" \\\\"""'])
            )  # fmt: skip
        elif kind == "inline":
            self.put("{" + self.gap())
            for n in range(self.draw.randrange(4)):
                self.put("," + self.gap() if n else "")
                self.pair(path, depth - 1, lines=False)
            self.put(self.gap() + "}")
        else:
            self.put("[")
            for n in range(self.draw.randrange(4)):
                self.put("," if n else "")
                self.put(self.draw.choice(["", " ", "\n", " # , ]\n\t", "\n\n  "]) if lines else "")
                self.note((*path, n))
                self.value((*path, n), depth - 1, lines)
            self.put(self.draw.choice(["", ",", ",\n", " # [\n"]) if lines and self.text[-1] != "[" else "")
            self.put("]")

    def pairs(self, table: tuple[str | int, ...]) -> None:
        for _ in range(self.draw.randrange(4)):
            self.put(self.gap())
            self.pair(table, 3)
            self.rest()

    def document(self) -> str:
        self.rest()
        self.pairs(())
        known: list[tuple[str, tuple[str | int, ...]]] = [("", ())]
        arrays: dict[str, int] = {}
        for _ in range(self.draw.randrange(8)):
            above, path = self.draw.choice(known)
            text, names = self.keys()
            text = f"{above}.{text}" if above else text
            again = [one for one in arrays if self.draw.random() < 0.3]
            if again:  # a further element; tables inside the one before cannot be reached any more
                text = again[0]
                path = next(spot for name, spot in known if name == text)
                arrays[text] += 1
                path = (*path[:-1], arrays[text])
                known = [(name, spot) for name, spot in known if not name.startswith(text)]
                arrays = {name: n for name, n in arrays.items() if name == text or not name.startswith(text)}
                self.head(text, path, array=True)
            elif self.draw.random() < 0.4:
                arrays[text] = 0
                path = (*path, *names, 0)
                self.head(text, path, array=True)
            else:
                path = (*path, *names)
                self.head(text, path, array=False)
            known.append((text, path))
        return self.text

    def head(self, text: str, path: tuple[str | int, ...], array: bool) -> None:
        self.note(path)
        self.put(f"{self.gap()}{'[' * (1 + array)}{self.gap()}{text}{self.gap()}{']' * (1 + array)}")
        self.rest()
        self.pairs(path)


def test_a_document_by_eye() -> None:
    found = locate(BY_EYE)
    assert {path: found[path] for path in EXPECTED} == EXPECTED
    assert set(found) == set(paths(tomllib.loads(BY_EYE)))


@pytest.mark.parametrize("block", range(8))
def test_random_documents(block: int) -> None:
    held = 0
    for seed in range(block * 100, block * 100 + 100):
        writer = Writer(seed)
        text = writer.document()
        read = tomllib.loads(text)
        assert set(writer.lines) == set(paths(read)), f"the writer of this test is wrong at seed {seed}"
        assert locate(text) == writer.lines, seed
        held += len(writer.lines)
    assert held > 1500


def test_a_line_more_moves_all() -> None:
    """The comparison above is one that can fail."""
    writer = Writer(4)
    text = writer.document()
    moved = locate("\n" + text)
    assert moved != writer.lines
    assert moved == {path: line + (path != ()) for path, line in writer.lines.items()}


def test_what_is_missing_is_looked_for_around() -> None:
    lines = locate("[a]\nb = 1\n[[c]]\n[[c]]\n")
    assert line_of(("a", "b"), lines) == 2
    assert line_of(("a", "x", 3, "y"), lines) == 1
    assert line_of(("c", 1, "x"), lines) == 4
    assert line_of(("z",), lines) == 1


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid"):
        locate("a = 1\nb = ")
