"""How long `sheetnn diff` takes for two workbooks of one recipe, one with another eta: wall time, peak memory.

    python benchmarks/diff.py [--recipe 5-6] [--eta 0.1] [--rounds N] [--json]

Whole processes, of the same file twice and of both files. Exit code 0: target met, 1: missed, 2: something failed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from typing import Any

from process import run

TARGET = {"seconds": 60.0, "peak_mb": 1000.0}


def main() -> int:
    parser = argparse.ArgumentParser(description="Time `sheetnn diff` of two large workbooks.")
    parser.add_argument("--recipe", default="5-6")
    parser.add_argument("--eta", default="0.1")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        one, other = f"{folder}/a.xlsx", f"{folder}/b.xlsx"
        build = [sys.executable, "-m", "sheetnn", "build", arguments.recipe, "-o"]
        run([*build, one])
        run([*build, other, "--eta", arguments.eta])
        for title, pair in (("the same", (one, one)), ("another eta", (one, other))):
            results.append(measured(title, pair, arguments.rounds))
    if arguments.json:
        print(json.dumps({"schema": "sheetnn.benchmark.diff/1", "target": TARGET, "pairs": results}, indent=2))
    else:
        print(f"{'':12}     cells  different  wall s   cpu s  peak MB")
        for one_pair in results:
            print(
                "{pair:12}{compared:10,}{different:11,}{seconds:8.2f}{cpu_seconds:8.2f}{peak_mb:9.0f}".format(
                    **one_pair
                )
            )
    return 0 if all(pair[name] <= most for pair in results for name, most in TARGET.items()) else 1


def measured(title: str, pair: tuple[str, str], rounds: int) -> dict[str, Any]:
    """Medians of some runs of one pair of files."""
    command = [sys.executable, "-m", "sheetnn", "diff", *pair, "--exit-zero", "--json", "--max-diffs", "10"]
    runs = [run(command) for _ in range(rounds)]
    found = json.loads(runs[0].said)
    return {
        "pair": title,
        "compared": found["compared"],
        "different": found["different"],
        "seconds": statistics.median(one.seconds for one in runs),
        "cpu_seconds": statistics.median(one.cpu_seconds for one in runs),
        "peak_mb": max(one.peak_mb for one in runs),
    }


if __name__ == "__main__":
    try:
        code = main()
    except Exception as error:  # exit code 1 is kept for a target that is missed
        print(f"diff.py: {error}", file=sys.stderr)
        code = 2
    sys.exit(code)
