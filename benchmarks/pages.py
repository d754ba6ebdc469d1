"""What the added pages cost: `sheetnn build` with and without them, in turn.

    python benchmarks/pages.py [--recipe 5-6] [--rounds N]

Whole processes. Told are the medians over the rounds, and their ratio.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from process import Run, run


def main() -> None:
    parser = argparse.ArgumentParser(description="Time `sheetnn build` with and without its pages.")
    parser.add_argument("--recipe", default="5-6")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    runs: dict[str, list[Run]] = {"with pages": [], "without": []}
    sizes = {}
    with tempfile.TemporaryDirectory() as name:
        target = Path(name) / "out.xlsx"
        build = [sys.executable, "-m", "sheetnn", "build", arguments.recipe, "--force", "-o", str(target)]
        for _ in range(arguments.rounds):
            for kind, extra in (("with pages", []), ("without", ["--no-pages"])):
                runs[kind].append(run([*build, *extra]))
                sizes[kind] = target.stat().st_size / 1e6
    print(f"{'':12}  wall s   cpu s  peak MB  file MB")
    middle = {}
    for kind, some in runs.items():
        middle[kind] = [statistics.median(values) for values in zip(*(one[:3] for one in some), strict=True)]
        wall, cpu, peak = middle[kind]
        print(f"{kind:12}  {wall:6.2f}  {cpu:6.2f}  {peak:7.0f}  {sizes[kind]:7.1f}")
    ratios = [a / b for a, b in zip(middle["with pages"], middle["without"], strict=True)]
    print(f"{'ratio':12}  {ratios[0]:6.3f}  {ratios[1]:6.3f}  {ratios[2]:7.3f}")


if __name__ == "__main__":
    main()
