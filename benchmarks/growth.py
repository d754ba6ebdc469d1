"""How the time and memory of `sheetnn build 5-6` grow with the epochs and with the images.

    python benchmarks/growth.py [--rounds N] [--json]

Whole processes, each size once a round. A series is told by its fastest runs and its highest peaks, and by the
straight line through them: cost = fixed + slope x formulas, least squares, with the point farthest from it.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from process import ROOT, Run, run

RECIPE = ROOT / "templates/5-6.toml"
EPOCHS = (5, 10, 20, 50)
TIMES = (1, 2, 4)  # how often the images are repeated, at 10 epochs


def main() -> None:
    parser = argparse.ArgumentParser(description="Time `sheetnn build 5-6` at several sizes.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds needs a number from 1 on")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        series = {
            "epochs": {f"{epochs} epochs": [str(RECIPE), "--epochs", str(epochs)] for epochs in EPOCHS},
            "images": dict(repeated(folder, times) for times in TIMES),
        }
        result = {name: measured(sizes, folder / "out.xlsx", arguments.rounds) for name, sizes in series.items()}
    lines = {name: {cost: line(points, cost) for cost in ("seconds", "peak_mb")} for name, points in result.items()}
    if arguments.json:
        both = {name: {"points": points, "lines": lines[name]} for name, points in result.items()}
        print(json.dumps({"schema": "sheetnn.growth/1", **both}, indent=2))
    else:
        print("\n\n".join(shown(points, lines[name]) for name, points in result.items()))


def repeated(folder: Path, times: int) -> tuple[str, list[str]]:
    """A name, and the arguments that build a recipe with the images of 5-6 `times` over, for 10 epochs."""
    text = RECIPE.read_text("utf-8")
    found = re.search(r'^images = "(.*\.csv)"$', text, re.MULTILINE)
    assert found is not None, "the recipe names its images"
    with (ROOT / "data" / found[1]).open(encoding="utf-8", newline="") as file:
        head, *lines = csv.reader(file)
    lines = [[str(number), *line[1:]] for number, line in enumerate(lines * times, 1)]
    with (folder / f"images-{times}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *lines])
    recipe = folder / f"images-{times}.toml"
    recipe.write_text(text.replace(found[0], f'images = "images-{times}.csv"'), "utf-8")
    return f"{len(lines)} images", [str(recipe), "--epochs", "10"]


def measured(sizes: dict[str, list[str]], out: Path, rounds: int) -> list[dict[str, Any]]:
    """The fastest and the highest peak of `rounds` builds of each size, after one warm-up."""
    commands = {
        name: [sys.executable, "-m", "sheetnn", "build", *what, "-o", str(out), "--force", "--no-pages", "--json"]
        for name, what in sizes.items()
    }
    run(next(iter(commands.values())))
    runs: dict[str, list[Run]] = {name: [] for name in sizes}
    for _ in range(rounds):  # each size once a round, so that a slow spell of the machine strikes them alike
        for name, command in commands.items():
            runs[name].append(run(command))
    points = []
    for name, some in runs.items():
        book = json.loads(some[0].said)["workbooks"][0]
        seconds = min(one.seconds for one in some)
        points.append(
            {
                "size": name,
                "formulas": book["formulas"],
                "seconds": seconds,
                "microseconds_per_formula": seconds / book["formulas"] * 1e6,
                "peak_mb": max(one.peak_mb for one in some),
                "file_mb": book["bytes"] / 1e6,
            }
        )
    return points


def line(points: Sequence[dict[str, Any]], cost: str) -> dict[str, float]:
    """The least-squares line of a cost over the formulas, and the largest deviation of a point from it."""
    x = [point["formulas"] for point in points]
    y = [point[cost] for point in points]
    slope, fixed = statistics.linear_regression(x, y)
    off = [abs(one - fixed - slope * at) for at, one in zip(x, y, strict=True)]
    shares = [apart / one for apart, one in zip(off, y, strict=True)]
    return {"fixed": fixed, "per_million": slope * 1e6, "largest_deviation": max(off), "largest_share": max(shares)}


def shown(points: Sequence[dict[str, Any]], lines: dict[str, dict[str, float]]) -> str:
    rows = [f"{'':12}{'formulas':>12}{'time':>10}{'a formula':>12}{'peak':>10}{'file':>10}"]
    rows += [
        f"{p['size']:12}{p['formulas']:12,}{p['seconds']:8.2f} s{p['microseconds_per_formula']:9.2f} µs"
        f"{p['peak_mb']:7.0f} MB{p['file_mb']:7.1f} MB"
        for p in points
    ]
    for cost, unit in (("seconds", "s"), ("peak_mb", "MB")):
        fit = lines[cost]
        rows.append(
            f"{fit['fixed']:.2f} {unit} + {fit['per_million']:.2f} {unit} a million formulas; largest deviation "
            f"{fit['largest_deviation']:.2f} {unit} ({fit['largest_share']:.0%})"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        print(f"growth.py: {error}", file=sys.stderr)
        sys.exit(2)
