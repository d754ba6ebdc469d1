"""Where things stand in a TOML document: the line of every table, key and element, which `tomllib` does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]
"""Keys and positions (from 0) on the way to a value, as one would index what `tomllib` returns."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+|\#[^\n]*)
      | (?P<newline>\r?\n)
      | (?P<string>\"\"\"(?:\\.|[^\\])*?\"{3,5} | '''.*?'{3,5} | "(?:\\.|[^"\\])*" | '[^']*')
      | (?P<mark>[][{}=,])
      | (?P<bare>[^]\s[{}=,"'#]+)""",
    re.VERBOSE | re.DOTALL,
)


def locate(text: str) -> dict[Path, int]:
    """Lines, counted from 1, of every path in a document that `tomllib` reads; of a table, that of its first head.

    Raises ValueError for anything that is not TOML.
    """
    tomllib.loads(text)
    return _Scanner(text).document()


def line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of a path, or of the nearest table around it that the document has."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for token in _TOKEN.finditer(text):
        if token.lastgroup != "space":
            yield str(token.lastgroup), token[0], line
        line += token[0].count("\n")
    yield "end", "", line


class _Scanner:
    """One pass over the tokens of a document that is known to be valid, so that nothing need be refused."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.lines: dict[Path, int] = {(): 1}
        self.counts: dict[Path, int] = {}  # elements of each array of tables so far
        self.step()

    def step(self) -> tuple[str, str, int]:
        """The token that stands here; go to the next one."""
        here = getattr(self, "here", ("", "", 1))
        self.here = next(self.tokens, ("end", "", 0))
        return here

    def over(self, *marks: str) -> bool:
        """Go over the mark that stands here, if it is one of these."""
        found = self.here[0] == "mark" and self.here[1] in marks
        if found:
            self.step()
        return found

    def mark(self, path: Path, line: int) -> None:
        """Note the line of a path and of the tables around it, unless they stood further up."""
        for end in range(1, len(path) + 1):
            self.lines.setdefault(path[:end], line)

    def document(self) -> dict[Path, int]:
        table: Path = ()
        while self.here[0] != "end":
            if self.here[0] == "newline":
                self.step()
            elif self.here[1] == "[":
                table = self.head()
            else:
                self.pair(table)
        return self.lines

    def head(self) -> Path:
        """`[a.b]` or `[[a.b]]`: the path of the table that starts here."""
        _, _, line = self.step()
        element = self.over("[")
        path: Path = ()
        for key in self.key():
            path += (key,)
            last = path
            if path in self.counts:
                path += (self.counts[path] - 1,)
        if element:
            self.counts[last] = self.counts.get(last, 0) + 1
            path = (*last, self.counts[last] - 1)
        self.mark(path, line)
        while self.over("]"):
            pass
        return path

    def key(self) -> list[str]:
        """A key, or several with dots between them."""
        parts = []
        while self.here[0] in ("bare", "string"):
            kind, text, _ = self.step()
            if kind == "bare":
                parts += [part for part in text.split(".") if part]  # also the dot between two strings
            else:
                parts.append(str(tomllib.loads(f"key={text}")["key"]))
        return parts

    def pair(self, table: Path) -> None:
        line = self.here[2]
        path = (*table, *self.key())
        self.mark(path, line)
        self.over("=")
        self.value(path)

    def value(self, path: Path) -> None:
        """Whatever stands to the right of a key or in an array, to its end."""
        if self.over("["):
            count = 0
            while self.here[0] != "end" and not self.over("]"):
                if self.here[0] == "newline" or self.here[1] == ",":
                    self.step()
                    continue
                self.lines[(*path, count)] = self.here[2]
                self.value((*path, count))
                count += 1
        elif self.over("{"):
            while self.here[0] != "end" and not self.over("}"):
                if self.here[0] == "newline" or self.here[1] == ",":
                    self.step()
                    continue
                self.pair(path)
        else:
            self.step()
            while self.here[0] not in ("newline", "end") and (
                self.here[0] != "mark" or self.here[1] not in (",", "]", "}")
            ):
                self.step()
