"""Engines run without a network: what they are told to fetch, they do not fetch."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from conftest import demanded

from sheetnn.engines import ENGINES, base, sealed
from sheetnn.errors import EngineError, FileError

needs_a_wall = pytest.mark.skipif(
    not sealed.sealed(), reason="NOT RUN: engines cannot be cut off from the network here (unshare --net is refused)"
)


class Listener:
    """Somebody who listens on this machine and counts who calls."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            with caller:
                caller.settimeout(5)
                caller.recv(1000)
                caller.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\n42")

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.close()


def call(port: int) -> list[str]:
    """A program that calls."""
    code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5).sendall(b'x')"
    return [sys.executable, "-c", code]


@needs_a_wall
def test_an_engine_reaches_nobody(listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match=r"fake failed with code 1: OSError.*unreachable"):
        base.run("fake", call(listener.port), tmp_path)
    assert listener.calls == 0
    monkeypatch.setattr(base, "sealed", lambda: ())  # the control: without the wall the same program gets through
    base.run("fake", call(listener.port), tmp_path)
    assert listener.calls == 1


def test_proxies_that_do_not_answer_stand_before_every_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no wall: whoever follows the proxies of the environment gets nowhere."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org:3128")
    code = "import os, urllib.request; print(sorted(urllib.request.getproxies().items())); print(os.environ['HOME'])"
    base.run("fake", [sys.executable, "-c", code], tmp_path)
    proxies, home = (tmp_path / "engine.log").read_text().splitlines()
    dead = "http://127.0.0.1:9"
    assert proxies == str([(kind, dead) for kind in ("all", "ftp", "http", "https")])
    assert home == str(tmp_path)


def fetching(folder: Path, port: int) -> Path:
    """A workbook that fetches from a port of this machine when it is recalculated."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "s"
    page["A1"] = f'=_xlfn.WEBSERVICE("http://127.0.0.1:{port}/")'
    page["A2"] = "=1+1"
    path = folder / "fetches.xlsx"
    book.save(path)
    return path


def test_libreoffice_fetches_nothing(listener: Listener, tmp_path: Path) -> None:
    """Also where a workbook that every verb refuses is handed to it: it recalculates, saves, and is refused then.

    LibreOffice 7.4 without a window does not fetch behind a wall or not; that the wall holds is shown above.
    """
    demanded("libreoffice")
    (tmp_path / "engine").mkdir()
    with pytest.raises(FileError, match=r"out/in\.xlsx: sheet 's' near row 1: refused, a formula calls WEBSERVICE"):
        ENGINES["libreoffice"].recalculate(fetching(tmp_path, listener.port), {"s": (2, 1)}, tmp_path / "engine")
    assert listener.calls == 0


def test_the_time_limit_can_be_chosen(tmp_path: Path) -> None:
    slow = ENGINES["ironcalc"].within(0.01)
    assert ENGINES["ironcalc"].limit is None
    with pytest.raises(EngineError, match=r"engine ironcalc took more than 0\.01 s and was stopped"):
        slow.recalculate(fetching(tmp_path, 9), {"s": (2, 1)}, tmp_path)


def test_the_memory_of_an_engine_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("NOT RUN: the memory of engines is limited on Linux only")
    command = [sys.executable, "-c", "import time; time.sleep(0.5); bytes(900 << 20)"]
    base.run("fake", command, tmp_path)  # the control: within the limit
    monkeypatch.setattr(sealed, "MEMORY_LIMIT", 600 << 20)
    with pytest.raises(EngineError, match="fake failed with code 1: MemoryError"):
        base.run("fake", command, tmp_path)
