"""`doctor`: engines that are here are right on every portable function; those that are not are told apart."""

from __future__ import annotations

import json
import re

import pytest
from conftest import sheetnn

from sheetnn.doctor import ARRAYS, FEATURES, doctor, examine
from sheetnn.engines.base import Engine
from sheetnn.grid import read_grids
from sheetnn.portable import FUNCTIONS


def test_every_portable_function_is_examined() -> None:
    named = set(re.findall(r"([A-Z0-9]+)\(", " ".join(formula for formula, _ in (*FEATURES, *ARRAYS))))
    assert named == FUNCTIONS


def test_every_engine_is_right(engine: str) -> None:
    (found,) = (one for one in doctor() if one.engine == engine)
    assert found.ok, found
    assert re.search(r"\d", found.version)


class Idle(Engine):
    """Hands back what is stored."""

    name = "idle"

    def installed(self) -> bool:
        return True

    def recalculate(self, path, extents, scratch):  # type: ignore[no-untyped-def]
        return read_grids(path, extents)


class Absent(Engine):
    name = "absent"
    install = "install it with: apt install absent"

    def installed(self) -> bool:
        return False


def test_an_engine_that_only_reads_is_found_out() -> None:
    found = examine(Idle())
    assert not found.recalculates
    assert "SUM(A1:A3)" in found.wrong
    assert not found.ok


def test_exit_codes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from sheetnn import doctor as module
    from sheetnn.entry import main

    for engine, code, said in ((Absent(), 2, "apt install absent"), (Idle(), 1, "does NOT restore")):
        monkeypatch.setattr(module, "ENGINES", {engine.name: engine})
        monkeypatch.setattr("sys.argv", ["sheetnn", "doctor"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == code
        assert said in capsys.readouterr().out
    monkeypatch.undo()
    done = sheetnn("doctor", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["schema"] == "sheetnn.doctor/1"


@pytest.mark.parametrize("wall", [("unshare", "--net"), ()])
def test_it_says_whether_engines_are_cut_off(
    wall: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sheetnn import doctor as module
    from sheetnn.entry import main

    monkeypatch.setattr(module, "ENGINES", {"idle": Idle()})
    monkeypatch.setattr(module, "sealed", lambda: wall)
    monkeypatch.setattr("sys.argv", ["sheetnn", "doctor"])
    with pytest.raises(SystemExit):
        main()
    said = "runs without a network" if wall else "is NOT cut off from the network here"
    assert said in capsys.readouterr().out
    assert examine(Idle()).cut_off == bool(wall)


class Broken(Idle):
    """Writes something that is no workbook."""

    name = "broken"

    def recalculate(self, path, extents, scratch):  # type: ignore[no-untyped-def]
        (scratch / "out.xlsx").write_text("no workbook")
        return read_grids(scratch / "out.xlsx", extents)


def test_an_engine_that_writes_no_workbook_is_told() -> None:
    found = examine(Broken())
    assert not found.ok
    assert "not a readable xlsx" in found.said
