"""Runs a program and tells how long the whole process took and how much memory it had at its peak."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Run(NamedTuple):
    """Wall seconds, processor seconds, peak memory in MB (10^6 bytes), and what the program printed."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    said: str


def run(command: list[str]) -> Run:
    """Run a program in the checkout. Raises RuntimeError with what it said if it fails.

    On Linux a child's peak memory starts at its parent's: whoever calls this stays small.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as trouble:
        started = time.perf_counter()
        child = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=trouble)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
        if child.returncode:
            trouble.seek(0)
            text += trouble.read().decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)}: exit code {child.returncode}\n{text}")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes there, kilobytes elsewhere
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6, text)
