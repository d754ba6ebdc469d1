"""How long `sheetnn build` takes beside a bare loop that writes the same cells: wall time, peak memory, file.

    python benchmarks/build.py [4-4] [5-6] [--pairs N] [--epochs N] [--json]

First both files are compared cell by cell; then the two whole processes take turns, after one warm-up each.
Exit code 0: measured, 1: the files do not hold the same cells, 2: something failed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from process import ROOT, Run, run

BARE = {"4-4": "bare.py", "5-6": "bare_conv.py"}
TARGETS: dict[str, dict[str, float]] = {
    "4-4": {"ratio": 2.0, "peak_mb": 150},
    "5-6": {"ratio": 1.5, "peak_mb": 300, "file_mb": 20},
}
RELATIVE = 1e-12  # sums taken in another order
UNITS = (3, 10)  # columns C and J, where numbers are labels: those of the units


def main() -> int:
    parser = argparse.ArgumentParser(description="Time `sheetnn build` against a bare loop.")
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help=f"{' or '.join(BARE)}; both if none is named")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.pairs < 1 or (arguments.epochs is not None and arguments.epochs < 1):
        parser.error("--pairs and --epochs need a number from 1 on")
    unknown = [recipe for recipe in arguments.recipes if recipe not in BARE]
    if unknown:
        parser.error(f"no bare loop for {unknown[0]}; there are {' and '.join(BARE)}")
    results = []
    for recipe in arguments.recipes or BARE:
        results.append(benchmark(recipe, arguments.pairs, arguments.epochs))
        if not arguments.json:
            print(shown(results[-1]), flush=True)
    if arguments.json:
        print(json.dumps({"schema": "sheetnn.benchmark/1", "recipes": results}, ensure_ascii=False, indent=2))
    return 1 if any(result["cells"]["differences"] for result in results) else 0


def benchmark(recipe: str, count: int, epochs: int | None) -> dict[str, Any]:
    """Compare the cells of both programs, and if they are the same time `count` pairs of runs."""
    more = [] if epochs is None else ["--epochs", str(epochs)]
    with tempfile.TemporaryDirectory() as folder:
        built, bare = f"{folder}/built.xlsx", f"{folder}/bare.xlsx"
        build_command = [
            sys.executable,
            "-m",
            "sheetnn",
            "build",
            recipe,
            "-o",
            built,
            "--force",
            "--no-pages",
            *more,
        ]
        bare_command = [sys.executable, str(ROOT / "benchmarks" / BARE[recipe]), bare, *more]
        run(build_command)
        run(bare_command)
        # In a process of its own: on Linux a child's peak memory starts at its parent's, so this one stays small.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            cells = pool.submit(compare, built, bare).result()
        result: dict[str, Any] = {"recipe": recipe, "cells": cells}
        if cells["differences"]:
            return result
        pairs = [(run(build_command), run(bare_command)) for _ in range(count)]
        sizes = [os.path.getsize(path) for path in (built, bare)]
    return {**result, **measured(recipe, pairs, sizes, cells["formulas"])}


def compare(built: str, bare: str) -> dict[str, Any]:
    """Whether every cell of `bare` is in `built` and every formula and typed number of `built` in `bare`."""
    sys.path.insert(0, str(ROOT))
    from sheetnn.address import cell_name
    from sheetnn.reader import Reader

    counts = {"formulas": 0, "constants": 0, "not_bit_identical": 0, "differences": 0}
    worst = 0.0
    examples: list[str] = []
    with Reader(built) as one, Reader(bare) as other:
        for sheet in dict.fromkeys(one.sheets + other.sheets):
            books = [book.rows(sheet) if sheet in book.sheets else iter(()) for book in (one, other)]
            for at, mine, theirs in paired(*books):
                if theirs is None and mine and not mine[0] and (isinstance(mine[1], str) or at[1] in UNITS):
                    continue  # a label, which the bare loop leaves out
                if mine and theirs and mine[0] == theirs[0]:
                    apart = distance(mine[1], theirs[1])
                    counts["formulas" if mine[0] else "constants"] += 1
                    counts["not_bit_identical"] += repr(mine[1]) != repr(theirs[1])
                    worst = max(worst, apart if apart <= RELATIVE else 0.0)
                    if apart <= (RELATIVE if mine[0] else 0.0):
                        continue
                counts["differences"] += 1
                if len(examples) < 10:
                    examples.append(f"{sheet}!{cell_name(*at)}: built {mine}, bare {theirs}")
    return {**counts, "largest_relative": worst, "examples": examples}


Content = tuple[str, Any]  # of a cell: formula and value


def paired(
    one: Iterator[tuple[int, Any]], other: Iterator[tuple[int, Any]]
) -> Iterator[tuple[tuple[int, int], Content | None, Content | None]]:
    """Row and column of every cell of two sheets, and what it holds in each: one row in memory at a time."""
    none = (math.inf, ())
    a, b = next(one, none), next(other, none)
    while min(a[0], b[0]) < math.inf:
        number = int(min(a[0], b[0]))
        cells = [{cell.column: (cell.formula, cell.value) for cell in line} if row == number else {}
                 for row, line in (a, b)]  # fmt: skip
        for column in cells[0].keys() | cells[1].keys():
            yield (number, column), cells[0].get(column), cells[1].get(column)
        a = next(one, none) if a[0] == number else a
        b = next(other, none) if b[0] == number else b


def distance(a: Any, b: Any) -> float:
    """The relative difference of two numbers; 0 for equal values, infinity for other unequal ones."""
    if a == b:
        return 0.0
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) / max(abs(a), abs(b))
    return math.inf


def measured(recipe: str, pairs: Sequence[tuple[Run, Run]], sizes: list[int], formulas: int) -> dict[str, Any]:
    """Medians of both programs, and the ratio of their times pair by pair."""
    ratios = [ours.seconds / floor.seconds for ours, floor in pairs]
    result: dict[str, Any] = {"pairs": len(pairs), "target": TARGETS[recipe]}
    for name, runs, size in zip(("build", "bare"), zip(*pairs, strict=True), sizes, strict=True):
        seconds = statistics.median(one.seconds for one in runs)
        result[name] = {
            "seconds": seconds,
            "cpu_seconds": statistics.median(one.cpu_seconds for one in runs),
            "formulas_per_second": formulas / seconds,
            "peak_mb": max(one.peak_mb for one in runs),
            "bytes": size,
        }
    result["ratio"] = {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)}
    got = {
        "ratio": result["ratio"]["median"],
        "peak_mb": result["build"]["peak_mb"],
        "file_mb": result["build"]["bytes"] / 1e6,
    }
    result["met"] = all(got[name] <= most for name, most in TARGETS[recipe].items())
    return result


def shown(result: dict[str, Any]) -> str:
    cells = result["cells"]
    if cells["differences"]:
        found = f"{result['recipe']}: not the same cells: {cells['differences']:,} differ"
        return "\n  ".join([found, *cells["examples"]])
    ratio, target = result["ratio"], result["target"]
    file = f" and a file of {target['file_mb']:g} MB" if "file_mb" in target else ""
    lines = [
        f"{result['recipe']}, same cells: {cells['formulas']:,} formulas and {cells['constants']:,} constants, "
        f"{cells['not_bit_identical']:,} values not bit for bit (largest relative difference "
        f"{cells['largest_relative']:.1g})",
        f"{'':8}{'median':>9}{'cpu':>9}{'formulas/s':>13}{'peak':>10}{'file':>10}",
    ]
    for name in ("build", "bare"):
        one = result[name]
        lines.append(
            f"{name:8}{one['seconds']:7.2f} s{one['cpu_seconds']:7.2f} s{one['formulas_per_second']:13,.0f}"
            f"{one['peak_mb']:7.0f} MB{one['bytes'] / 1e6:7.1f} MB"
        )
    lines += [
        f"ratio of {result['pairs']} pairs: median {ratio['median']:.2f}, {ratio['min']:.2f} to {ratio['max']:.2f}",
        f"target: at most {target['ratio']:g}x, {target['peak_mb']:g} MB{file}: "
        f"{'met' if result['met'] else 'missed'}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        code = main()
    except Exception as error:  # exit code 1 is kept for cells that differ
        print(f"build.py: {error}", file=sys.stderr)
        code = 2
    sys.exit(code)
