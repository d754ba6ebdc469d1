"""How long `sheetnn build 4-4` takes beside the bare loop that writes the same cells: wall time and peak memory.

    python benchmarks/build.py [--pairs N] [--epochs N] [--json]

First both files are compared cell by cell; then the two whole processes take turns, after one warm-up each.
Exit code 0: measured, 1: the files do not hold the same cells, 2: something failed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = {"ratio": 2.0, "peak_mb": 150.0}
RELATIVE = 1e-12  # sums taken in another order
UNITS = (3, 10)  # columns C and J, where numbers are labels: those of the units


def main() -> int:
    parser = argparse.ArgumentParser(description="Time `sheetnn build 4-4` against a bare loop.")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.pairs < 1 or (arguments.epochs is not None and arguments.epochs < 1):
        parser.error("--pairs and --epochs need a number from 1 on")
    epochs = [] if arguments.epochs is None else ["--epochs", str(arguments.epochs)]
    with tempfile.TemporaryDirectory() as folder:
        built, bare = f"{folder}/built.xlsx", f"{folder}/bare.xlsx"
        build_command = [sys.executable, "-m", "sheetnn", "build", "4-4", "-o", built, "--force", *epochs]
        bare_command = [sys.executable, str(ROOT / "benchmarks/bare.py"), bare, *epochs]
        run(build_command)
        run(bare_command)
        # In a process of its own: on Linux a child's peak memory starts at its parent's, so this one stays small.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            cells = pool.submit(compare, built, bare).result()
        if cells["differences"]:
            print(json.dumps(cells, ensure_ascii=False, indent=2) if arguments.json else told(cells))
            return 1
        pairs = [(run(build_command), run(bare_command)) for _ in range(arguments.pairs)]
        sizes = [os.path.getsize(path) for path in (built, bare)]
    result = {"schema": "sheetnn.benchmark/1", "cells": cells, **measured(pairs, sizes, cells["formulas"])}
    print(json.dumps(result, ensure_ascii=False, indent=2) if arguments.json else shown(result))
    return 0


def run(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak MB of one process. Raises RuntimeError if it fails."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        child = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            raise RuntimeError(
                f"{' '.join(command)}: exit code {child.returncode}\n{said.read().decode(errors='replace')}"
            )
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes there, kilobytes elsewhere
    return seconds, usage.ru_maxrss * unit / 1e6


def compare(built: str, bare: str) -> dict[str, Any]:
    """Whether every cell of `bare` is in `built` and every formula of `built` in `bare`."""
    sys.path.insert(0, str(ROOT))
    from sheetnn.address import cell_name
    from sheetnn.reader import Reader

    def cells(book: Reader, sheet: str) -> dict[tuple[int, int], tuple[str, Any]]:
        return {
            (row, cell.column): (cell.formula, cell.value) for row, line in book.rows(sheet) for cell in line
        }

    counts = {"formulas": 0, "constants": 0, "not_bit_identical": 0, "differences": 0}
    worst = 0.0
    examples: list[str] = []
    with Reader(built) as one, Reader(bare) as other:
        for sheet in dict.fromkeys(one.sheets + other.sheets):
            ours = cells(one, sheet) if sheet in one.sheets else {}
            floor = cells(other, sheet) if sheet in other.sheets else {}
            for at in ours.keys() | floor.keys():
                mine, theirs = ours.get(at), floor.get(at)
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


def distance(a: Any, b: Any) -> float:
    """The relative difference of two numbers; 0 for equal values, infinity for other unequal ones."""
    if a == b:
        return 0.0
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) / max(abs(a), abs(b))
    return math.inf


def measured(
    pairs: Sequence[tuple[tuple[float, float], ...]], sizes: list[int], formulas: int
) -> dict[str, Any]:
    """Medians of both programs, and the ratio of their times pair by pair."""
    ratios = [ours[0] / floor[0] for ours, floor in pairs]
    result: dict[str, Any] = {"pairs": len(pairs), "target": TARGET}
    for name, runs, size in zip(("build", "bare"), zip(*pairs, strict=True), sizes, strict=True):
        seconds = statistics.median(run[0] for run in runs)
        result[name] = {
            "seconds": seconds,
            "formulas_per_second": formulas / seconds,
            "peak_mb": max(run[1] for run in runs),
            "bytes": size,
        }
    result["ratio"] = {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)}
    result["met"] = (
        result["ratio"]["median"] <= TARGET["ratio"] and result["build"]["peak_mb"] <= TARGET["peak_mb"]
    )
    return result


def told(cells: dict[str, Any]) -> str:
    lines = [f"not the same cells: {cells['differences']:,} differ", *cells["examples"]]
    return "\n  ".join(lines)


def shown(result: dict[str, Any]) -> str:
    cells, ratio = result["cells"], result["ratio"]
    lines = [
        f"same cells: {cells['formulas']:,} formulas and {cells['constants']:,} constants, "
        f"{cells['not_bit_identical']:,} values not bit for bit (largest relative difference "
        f"{cells['largest_relative']:.1g})",
        f"{'':8}{'median':>9}{'formulas/s':>13}{'peak':>10}{'file':>10}",
    ]
    for name in ("build", "bare"):
        one = result[name]
        lines.append(
            f"{name:8}{one['seconds']:7.2f} s{one['formulas_per_second']:13,.0f}{one['peak_mb']:7.0f} MB"
            f"{one['bytes'] / 1e6:7.1f} MB"
        )
    lines += [
        f"ratio of {result['pairs']} pairs: median {ratio['median']:.2f}, {ratio['min']:.2f} to {ratio['max']:.2f}",
        f"target: at most {TARGET['ratio']:g}x and {TARGET['peak_mb']:g} MB: {'met' if result['met'] else 'missed'}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        code = main()
    except Exception as error:  # exit code 1 is kept for cells that differ
        print(f"build.py: {error}", file=sys.stderr)
        code = 2
    sys.exit(code)
