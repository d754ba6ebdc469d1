"""The process around the command line: signals, exit codes, and one line for whatever goes wrong."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import NoReturn

from .cli import app
from .errors import SheetnnError


def _fail(message: str, code: int = 2) -> NoReturn:
    line = "".join(letter if letter.isprintable() else "?" for letter in " ".join(message.split()))
    print(f"sheetnn: {line}", file=sys.stderr)
    sys.exit(code)


class _Stopped(BaseException):
    """A signal asked us to end; not KeyboardInterrupt, which the command line library swallows."""


def _stop(number: int, frame: object) -> NoReturn:
    for other in (signal.SIGINT, signal.SIGTERM):
        signal.signal(other, signal.SIG_IGN)  # a second one must not cut the cleaning up short
    raise _Stopped(number)


def main() -> NoReturn:
    """Run the command line: exit code 0 same or done, 1 different, 2 trouble, 130 interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    arguments = [word for word in sys.argv[1:] if word != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    try:
        code = app(arguments, standalone_mode=False, prog_name="sheetnn")
        sys.stdout.flush()
    except _Stopped as stopped:
        _fail("interrupted; nothing half-written was left", 128 + stopped.args[0])
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(2)
    except Exception as error:
        if debug:
            traceback.print_exc()
            sys.exit(2)
        _fail(_told(error))
    sys.exit(code if isinstance(code, int) else 0)


def _told(error: Exception) -> str:
    """One line for what went wrong."""
    if isinstance(error, SheetnnError):
        return str(error)
    if hasattr(error, "format_message"):  # usage errors; typer brings click along under its own name
        return f"{error.format_message()} (see sheetnn -h)"
    if isinstance(error, OSError) and error.filename is None:
        return f"the output cannot be written ({error.strerror or error})"
    if isinstance(error, MemoryError):
        return "out of memory; use fewer epochs, images or units"
    return f"unexpected {type(error).__name__}: {error}; run again with --debug and report it"
