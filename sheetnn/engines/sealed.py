"""What an engine's program may reach: no network, no profile of the user's, no more memory than it needs.

A workbook may come from anybody, and a spreadsheet program follows what stands in it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

MEMORY_LIMIT = 16 << 30
"""Bytes of address space; the largest workbook shipped takes LibreOffice 2.5 GB, a user's may be 5 times larger."""
_WAYS = (
    ("--net",),  # for root
    ("--user", "--map-current-user", "--net"),
    ("--user", "--map-root-user", "--net"),  # before util-linux 2.35
)
_NOWHERE = "http://127.0.0.1:9"  # the port of the discard service: nothing listens there


@cache
def sealed() -> tuple[str, ...]:
    """The words that start a program in a network of its own, without any way out; none where that cannot be."""
    program = shutil.which("unshare") if sys.platform == "linux" else None
    for way in _WAYS if program else ():
        assert program is not None
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            trial = [program, *way, sys.executable, "-c", ""]
            if subprocess.run(trial, capture_output=True, stdin=subprocess.DEVNULL, timeout=30).returncode == 0:
                return (program, *way)
    return ()


def environment_of(scratch: Path) -> dict[str, str]:
    """The environment of a program that keeps its settings and files in `scratch` and finds no proxy that answers."""
    proxies = [f"{kind}_proxy" for kind in ("http", "https", "ftp", "all")]
    ours = {name: _NOWHERE for proxy in proxies for name in (proxy, proxy.upper())}
    folders = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR"), str(scratch))
    kept = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
    return {**kept, **ours, **folders}


def limit_memory(process: int) -> None:
    """Hold a process to MEMORY_LIMIT, where the system can."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError, ValueError):
            hard = resource.prlimit(process, resource.RLIMIT_AS)[1]
            most = MEMORY_LIMIT if hard == resource.RLIM_INFINITY else min(MEMORY_LIMIT, hard)
            resource.prlimit(process, resource.RLIMIT_AS, (most, most))
