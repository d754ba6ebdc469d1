"""Builds and verifies large networks: time, memory, file size, and how they grow with images, epochs and units.

    python benchmarks/scale.py [RECIPE.toml ...] [--only digits wide growth] [--engine NAME] [--data csv|npz] [--json]

Without recipes: `digits` (data/digits8x8.npz: 1,797 images of 8x8 pixels, 64-16-10, 3 epochs of training), `wide`
(100 images of 28x28 pixels, 784-32-10, forward only) and `growth`, whose exponents say how a cost grows with the
formulas: 1 is linear. Recipes and data files are made in a temporary folder. Exit code 0: all verified, 1: a
workbook is not right, 2: something failed or is missing.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from process import ROOT, run

PARTS = ("digits", "wide", "growth")
GROWTH = {  # images, hidden units, epochs
    "images": [(images, 8, 2) for images in (50, 100, 200, 400)],
    "units": [(50, units, 2) for units in (8, 16, 32, 64)],
    "epochs": [(50, 8, epochs) for epochs in (4, 8, 16, 32)],
}
COSTS = {"seconds": "s", "peak_mb": "MB", "file_mb": "MB", "verify_seconds": "s", "verify_peak_mb": "MB"}


def main() -> int:
    parser = argparse.ArgumentParser(description="Build and verify large networks.")
    parser.add_argument("recipes", nargs="*", type=Path, metavar="RECIPE.toml")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--engine", default="ironcalc")
    parser.add_argument("--data", choices=("csv", "npz"), default="csv", help="how pictures are handed over")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    parts = () if arguments.recipes else arguments.only
    result: dict[str, Any] = {"schema": "sheetnn.scale/1", "recipes": {}, "growth": {}}

    def tell(text: str) -> None:
        if not arguments.json:
            print(text, flush=True)

    # In a process of its own: on Linux a child's peak memory starts at its parent's, so this one stays small.
    with (
        tempfile.TemporaryDirectory() as name,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        folder = Path(name)

        def made(title: str, pictures: str, count: int, units: int, epochs: int) -> Path:
            return pool.submit(recipe, folder, title, pictures, count, units, epochs, arguments.data).result()

        tell(f"{'':14}{'formulas':>10}{'build':>9}{'peak':>9}{'file':>10}{'verify':>10}{'peak':>9}")
        paths = {path.stem: path.resolve() for path in arguments.recipes}
        if "digits" in parts:
            paths["digits"] = made("digits", "digits", 0, 16, 3)
        if "wide" in parts:
            paths["wide"] = made("wide", "28", 100, 32, 0)
        for title, path in paths.items():
            result["recipes"][title] = measured(path, folder, arguments.engine)
            tell(shown(title, result["recipes"][title]))
        for axis, sizes in (GROWTH if "growth" in parts else {}).items():
            points = []
            for size in sizes:
                told = dict(zip(("images", "units", "epochs"), size, strict=True))
                points.append(told | measured(made("growth", "8", *size), folder, arguments.engine))
                tell(shown(f"{told[axis]:,} {axis}", points[-1]))
            slopes = {cost: exponent(points, cost) for cost in COSTS}
            result["growth"][axis] = {"points": points, "exponents": slopes}
            tell(f"{'':14}exponents: " + ", ".join(f"{cost} {slope:.2f}" for cost, slope in slopes.items()))
    if arguments.json:
        print(json.dumps(result, indent=2))
    every = [*result["recipes"].values(), *(point for one in result["growth"].values() for point in one["points"])]
    return 0 if all(point["ok"] for point in every) else 1


def recipe(folder: Path, title: str, pictures: str, count: int, units: int, epochs: int, data: str) -> Path:
    """A recipe with its data file: the shipped digits, or `count` pictures of noise of some width."""
    import numpy as np

    if pictures == "digits":
        loaded = np.load(ROOT / "data/digits8x8.npz")
        x, y = loaded["x"] / 16, loaded["y"]
    else:
        draw = np.random.default_rng(1)
        x, y = np.round(draw.random((count, int(pictures), int(pictures))), 3), np.arange(count) % 10
    if data == "npz":
        np.savez(folder / f"{title}.npz", x=x, y=y)
    else:
        with (folder / f"{title}.csv").open("w", encoding="utf-8", newline="") as file:
            rows = ("/".join(" ".join(map(repr, row)) for row in picture) for picture in x.tolist())
            csv.writer(file).writerows([("label", "pixels"), *zip(y.tolist(), rows, strict=True)])
    layers = "".join(
        f'[[layers]]\nname = "{name}"\nunits = {n}\nactivation = "sigmoid"\n'
        for name, n in (("hidden", units), ("output", 10))
    )
    key = "arrays" if data == "npz" else "images"
    training = f"[training]\neta = 0.001\nepochs = {epochs}\n" if epochs else ""
    path = folder / f"{title}.toml"
    path.write_text(
        f'id = "{title}"\nlayout = "stacked"\n[data]\n{key} = "{title}.{data}"\nclasses = {list(range(10))}\n'
        f"{layers}{training}[random]\nseed = 1\nsd = 0.1\n",
        "utf-8",
    )
    return path


def measured(path: Path, folder: Path, engine: str) -> dict[str, Any]:
    """One build and its verification, each a process of its own, beside what `info` said of it."""
    out = folder / "out.xlsx"
    program = [sys.executable, "-m", "sheetnn"]
    told = json.loads(run([*program, "info", str(path), "--json"]).said)
    built = run([*program, "build", str(path), "-o", str(out), "--force", "--json"])
    book = json.loads(built.said)["workbooks"][0]
    started = time.perf_counter()
    checked = run([sys.executable, "-c", _VERIFY, str(out), engine])
    report = json.loads(checked.said)
    return {
        "formulas": book["formulas"],
        "rows": book["rows"],
        "columns": book["columns"],
        "seconds": book["seconds"],
        "peak_mb": built.peak_mb,
        "file_mb": book["bytes"] / 1e6,
        "verify_seconds": time.perf_counter() - started,
        "verify_peak_mb": checked.peak_mb,
        "told": {"seconds": told["seconds"], "peak_mb": told["memory"] / 1e6, "file_mb": told["bytes"] / 1e6},
        "ok": report["code"] == 0 and told["formulas"] == book["formulas"],
        "said": report["said"],
    }


_VERIFY = """
import json, subprocess, sys
command = [sys.executable, "-m", "sheetnn", "verify", sys.argv[1], "--engine", sys.argv[2]]
done = subprocess.run(command, capture_output=True, text=True)
if done.returncode > 1:
    sys.exit(done.stderr)
print(json.dumps({"code": done.returncode, "said": done.stdout}))
"""
"""A verification that finds a difference (exit code 1) is a result, not a failure."""


def exponent(points: Sequence[dict[str, Any]], cost: str) -> float:
    """p of cost = c·formulas^p, least squares over the logarithms."""
    x = [math.log(point["formulas"]) for point in points]
    return statistics.linear_regression(x, [math.log(point[cost]) for point in points]).slope


def shown(title: str, one: dict[str, Any]) -> str:
    told = one["told"]
    line = (
        f"{title:14}{one['formulas']:10,}{one['seconds']:7.2f} s{one['peak_mb']:6.0f} MB{one['file_mb']:7.2f} MB"
        f"{one['verify_seconds']:8.2f} s{one['verify_peak_mb']:6.0f} MB  "
        f"told: {told['seconds']:.2f} s, {told['peak_mb']:.0f} MB, {told['file_mb']:.2f} MB"
    )
    return line if one["ok"] else f"{line}\n  NOT RIGHT: {one['said']}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception as error:
        print(f"scale.py: {error}", file=sys.stderr)
        sys.exit(2)
