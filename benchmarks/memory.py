"""How much memory `sheetnn build` takes as the epochs grow: it stays flat.

    python benchmarks/memory.py [4-4] [5-6] [--epochs N ...] [--rounds N] [--no-pages] [--json]

Whole processes: the highest peak of each size, and how it differs from that of the fewest epochs, beside the bytes
that the numbers of those epochs would take if all of them were kept.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from process import run

EPOCHS = {"4-4": (10, 50, 200, 1000), "5-6": (10, 50, 200)}
_COUNT = (
    "import sys; from sheetnn.workbook import build; graph = build(sys.argv[1]).graph; "
    "print(sum(block.size for block in graph if block.repeated))"
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the peak memory of `sheetnn build` by epochs.")
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="4-4 and 5-6 if none is named")
    parser.add_argument("--epochs", type=int, nargs="+")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--no-pages", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or min(arguments.epochs or [1]) < 1:
        parser.error("--rounds and --epochs need numbers from 1 on")
    more = ["--no-pages"] if arguments.no_pages else []
    results = {}
    for recipe in arguments.recipes or EPOCHS:
        epochs = sorted(arguments.epochs or EPOCHS.get(recipe, EPOCHS["5-6"]))
        results[recipe] = measured(recipe, epochs, arguments.rounds, more)
        if not arguments.json:
            print(shown(recipe, results[recipe]), flush=True)
    if arguments.json:
        print(json.dumps({"schema": "sheetnn.memory/1", "recipes": results}, indent=2))


def measured(recipe: str, epochs: list[int], rounds: int, more: list[str]) -> list[dict[str, Any]]:
    """The highest peak and the fastest of `rounds` builds with each number of epochs."""
    numbers = int(run([sys.executable, "-c", _COUNT, recipe]).said)
    points = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.xlsx"
        for count in epochs:
            command = [sys.executable, "-m", "sheetnn", "build", recipe, "--epochs", str(count), "-o", str(out)]
            runs = [run([*command, "--force", "--json", *more]) for _ in range(rounds)]
            book = json.loads(runs[0].said)["workbooks"][0]
            points.append(
                {
                    "epochs": count,
                    "formulas": book["formulas"],
                    "seconds": min(one.seconds for one in runs),
                    "cpu_seconds": min(one.cpu_seconds for one in runs),
                    "peak_mb": max(one.peak_mb for one in runs),
                    "numbers_mb": 8 * numbers * count / 1e6,
                    "file_mb": book["bytes"] / 1e6,
                }
            )
    return points


def shown(recipe: str, points: list[dict[str, Any]]) -> str:
    rows = [f"{recipe:6}{'epochs':>8}{'formulas':>12}{'time':>10}{'peak':>10}{'more':>9}{'all kept':>11}{'file':>10}"]
    first = points[0]
    for p in points:
        more, kept = p["peak_mb"] - first["peak_mb"], p["numbers_mb"] - first["numbers_mb"]
        rows.append(
            f"{'':6}{p['epochs']:8,}{p['formulas']:12,}{p['seconds']:8.2f} s{p['peak_mb']:7.1f} MB{more:6.1f} MB"
            f"{kept:8.1f} MB{p['file_mb']:7.1f} MB"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        print(f"memory.py: {error}", file=sys.stderr)
        sys.exit(2)
