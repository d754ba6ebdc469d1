"""Faults from outside: engines that die or hang, interruption, unwritable folders, odd names, two at once.

Each ends with the right exit code and leaves nothing: no file in the folder for temporary ones, no process.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import demanded

from sheetnn.engines import ENGINES, base
from sheetnn.errors import EngineError
from sheetnn.verifier import verify
from sheetnn.workbook import build

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/cmdline").exists(), reason="NOT RUN: needs /proc to see processes"
)


@pytest.fixture(scope="module")
def slow_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook that keeps an engine busy for a second or more."""
    return build("4-4", pages=(), epochs=10).save(tmp_path_factory.mktemp("slow") / "slow.xlsx")


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def started(folder: Path, *words: object, **environment: str) -> subprocess.Popen[str]:
    """The command line, in a group of its own, with these variables."""
    return subprocess.Popen(
        [sys.executable, "-m", "sheetnn", *map(str, words)],
        env={**os.environ, **environment},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    try:
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
        process.communicate()
    return process.returncode, out, err


def processes(word: str) -> list[int]:
    """Living processes whose command line holds a word."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                state = re.search(r"State:\s+(\w)", (folder / "status").read_text())
                if word.encode() in command and state and state[1] not in "ZX" and int(folder.name) != os.getpid():
                    found.append(int(folder.name))
    return found


def engine_of(process: subprocess.Popen[str], folder: Path) -> int:
    """The number of the engine's process that works in a folder, once it is there."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        found = [one for one in processes(f"{folder}/sheetnn-") if one != process.pid]
        if found:
            return found[0]
        time.sleep(0.005)
    raise AssertionError(f"no engine was started: {process.communicate()}")


def clean(temporary: Path) -> None:
    assert list(temporary.iterdir()) == []
    if Path("/proc").exists():
        end = time.monotonic() + 10  # a killed process ends a moment after the signal
        while processes(str(temporary)) and time.monotonic() < end:
            time.sleep(0.05)
        assert processes(str(temporary)) == []


@needs_proc
@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (None, 0, ""),  # the control
        (signal.SIGKILL, 2, r"sheetnn: [^\n]*slow\.xlsx: engine ironcalc was killed \(signal 9\)[^\n]*\n"),
        (signal.SIGSEGV, 2, r"sheetnn: [^\n]*slow\.xlsx: engine ironcalc was killed \(signal 11\)[^\n]*\n"),
    ],
)
def test_an_engine_that_is_killed(
    number: signal.Signals | None, code: int, said: str, slow_file: Path, temporary: Path
) -> None:
    process = started(temporary.parent, "verify", slow_file, TMPDIR=str(temporary))
    engine = engine_of(process, temporary)
    if number is not None:
        os.kill(engine, number)
    found, out, err = ended(process)
    assert found == code, err
    assert re.fullmatch(said, err)
    assert (out == "") == (code == 2)
    clean(temporary)


@needs_proc
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_while_an_engine_runs(
    number: signal.Signals, code: int, slow_file: Path, temporary: Path
) -> None:
    process = started(temporary.parent, "verify", slow_file, TMPDIR=str(temporary))
    engine_of(process, temporary)
    process.send_signal(number)
    found, out, err = ended(process)
    assert (found, out) == (code, "")
    assert re.fullmatch(r"sheetnn: interrupted[^\n]*\n", err)
    clean(temporary)


@needs_proc
def test_an_engine_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is stopped with all that it started."""
    monkeypatch.setattr(base, "TIME_LIMIT", 1.0)
    child = f"[sys.executable, '-c', 'import time; time.sleep(300)', {str(tmp_path)!r}]"
    code = f"import subprocess, sys; subprocess.run({child})"
    with pytest.raises(EngineError, match="hanging took more than 1 s and was stopped"):
        base.run("hanging", [sys.executable, "-c", code], tmp_path)
    end = time.monotonic() + 10
    while processes(str(tmp_path)) and time.monotonic() < end:
        time.sleep(0.05)
    assert processes(str(tmp_path)) == []


def test_an_engine_that_hangs_leaves_no_folder(
    small_file: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(base, "TIME_LIMIT", 0.01)
    with pytest.raises(EngineError, match="ironcalc took more than"):
        verify(small_file, ["ironcalc"])
    clean(temporary)
    monkeypatch.setattr(base, "TIME_LIMIT", 600)
    assert verify(small_file, ["ironcalc"]).ok
    clean(temporary)


@pytest.mark.parametrize("engine", list(ENGINES))
def test_two_at_once(engine: str, small_file: Path, temporary: Path) -> None:
    demanded(engine)
    both = [started(temporary, "verify", "--engine", engine, small_file, TMPDIR=str(temporary)) for _ in range(2)]
    for process in both:
        code, out, err = ended(process)
        assert (code, err) == (0, "")
        assert f"{engine}: 15,352 cells, all agree" in out
    clean(temporary)


NAMES = ["a b", "王 小明", 'it\'s "q" & $HOME,%41#']


@pytest.mark.parametrize("engine", list(ENGINES))
@pytest.mark.parametrize("name", NAMES)
def test_odd_names_of_people_and_folders(name: str, engine: str, small_file: Path, tmp_path: Path) -> None:
    """The home, the folder for temporary files and the workbook all stand in a folder of that name."""
    demanded(engine)
    home = tmp_path / name
    temporary = home / "tmp"
    temporary.mkdir(parents=True)
    file = home / f"{name}.xlsx"
    file.write_bytes(small_file.read_bytes())
    process = started(home, "verify", "--engine", engine, file, HOME=str(home), TMPDIR=str(temporary))
    code, _, err = ended(process)
    assert (code, err) == (0, "")
    assert sorted(path.name for path in home.iterdir()) == sorted([file.name, "tmp"])
    clean(temporary)


@pytest.mark.parametrize("engine", list(ENGINES))
def test_a_home_that_cannot_be_written(engine: str, small_file: Path, temporary: Path) -> None:
    """/proc binds the administrator too; a home that does not exist as well."""
    demanded(engine)
    for home in ("/proc", str(temporary.parent / "none")):
        code, _, err = ended(
            started(temporary, "verify", "--engine", engine, small_file, HOME=home, TMPDIR=str(temporary))
        )
        assert (code, err) == (0, "")
        clean(temporary)
    assert not (temporary.parent / "none").exists()


@pytest.mark.parametrize("folder", ["/proc", "none", "file"])
def test_a_folder_for_temporary_files_that_cannot_be_used(folder: str, small_file: Path, tmp_path: Path) -> None:
    """Another one is used where there is one."""
    (tmp_path / "file").write_text("mine")
    code, _, err = ended(started(tmp_path, "verify", small_file, TMPDIR=str(tmp_path / folder)))
    assert (code, err) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_no_folder_for_temporary_files_at_all(small_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/proc")
    with pytest.raises(EngineError, match=r"engine ironcalc: no room to work in .*; set TMPDIR to another folder"):
        verify(small_file, ["ironcalc"])


def test_a_folder_that_libreoffice_cannot_write_to(small_file: Path, tmp_path: Path) -> None:
    demanded("libreoffice")
    temporary = tmp_path / "a;b"
    temporary.mkdir()
    found = started(tmp_path, "verify", "--engine", "libreoffice", small_file, TMPDIR=str(temporary))
    code, out, err = ended(found)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"sheetnn: [^\n]*4-4\.xlsx: engine libreoffice cannot work in .*; set TMPDIR[^\n]*\n", err)
    clean(temporary)
