"""Two builds of a recipe are the same bytes: on one machine, and with every Python that is supported and here.

The other Pythons get an environment of their own with the same versions of what a build uses, once in a session.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from sheetnn.data import home
from sheetnn.workbook import build

BUILDS = (("2-11", None), ("4-4", 3), ("5-6", 1))
USED = ("numpy", "openpyxl", "lxml", "pydantic", "typer", "rich", "contourpy")
"""What a build needs; the other dependencies are imported by other verbs."""
SUPPORTED = ("3.11", "3.12", "3.13")
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
_CODE = """
import sys
from pathlib import Path
from sheetnn.workbook import build
name, epochs, target = sys.argv[1:4]
build(name, epochs=int(epochs) or None).save(Path(target))
"""


def built(python: str, folder: Path, name: str, epochs: int | None, root: Path | None) -> str:
    """SHA-256 of a build in a process of its own, with another seed of hashes, working folder and time zone."""
    target = folder / f"{name}-{len(list(folder.iterdir()))}.xlsx"
    extra = {"PYTHONHASHSEED": str(len(list(folder.iterdir())) + 1), "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    environment = {**os.environ, **extra}
    environment.pop("PYTHONPATH", None) if root is None else environment.update(PYTHONPATH=str(root))
    words = [python, "-c", _CODE, name, str(epochs or 0), str(target)]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return digest(target)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module", params=BUILDS, ids=[name for name, _ in BUILDS])
def reference(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, int | None, str]:
    """Recipe, epochs, and the SHA-256 of its build in this process."""
    name, epochs = request.param
    return name, epochs, digest(build(name, epochs=epochs).save(tmp_path_factory.mktemp("own") / f"{name}.xlsx"))


def root() -> Path:
    """The folder that this package is imported from."""
    return Path(__file__).parent.parent if (Path(__file__).parent.parent / "sheetnn").is_dir() else home("templates")


def test_two_builds_are_the_same_bytes(reference: tuple[str, int | None, str], tmp_path: Path) -> None:
    name, epochs, expected = reference
    assert built(sys.executable, tmp_path, name, epochs, root()) == expected
    assert built(sys.executable, tmp_path, name, epochs, root()) == expected
    other = build(name, epochs=epochs, eta=0.123).save(tmp_path / "other.xlsx")  # the comparison can fail
    assert digest(other) != expected


@cache
def _python(version: str) -> str | None:
    """A Python of that version that runs: on the PATH, or one that pyenv has installed."""
    found = [shutil.which(f"python{version}")]
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found += [str(path) for path in sorted(versions.glob(f"{version}.*/bin/python3"), reverse=True)]
    code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    for program in filter(None, found):
        done = subprocess.run([program, "-c", code], capture_output=True, text=True)
        if done.returncode == 0 and done.stdout.strip() == version:
            return program
    return None


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Pythons of the environments made in this session, by version."""
    return {}


def python_of(version: str, environments: dict[str, str], folder: Path) -> str:
    """The Python of an environment with the same versions as here; skips where there cannot be one."""
    if version not in environments:
        program = _python(version)
        if program is None:
            pytest.skip(f"NOT RUN: builds with Python {version}, which is not here")
        subprocess.run([program, "-m", "venv", str(folder)], check=True, capture_output=True)
        python = next(path for path in (folder / "bin/python", folder / "Scripts/python.exe") if path.exists())
        same = [f"{name}=={importlib.metadata.version(name)}" for name in USED]
        pip = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--only-binary",
            ":all:",
        ]
        done = subprocess.run([*pip, *same], capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            said = (done.stderr.strip() or "no reason given").splitlines()[-1]
            pytest.skip(f"NOT RUN: builds with Python {version}, pip cannot install {' '.join(same)} ({said})")
        done = subprocess.run([*pip[:-2], "--no-deps", str(root())], capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            said = (done.stderr.strip() or "no reason given").splitlines()[-1]
            pytest.skip(f"NOT RUN: builds with Python {version}, pip cannot install the project ({said})")
        environments[version] = str(python)
    return environments[version]


@pytest.mark.parametrize("version", [one for one in SUPPORTED if one != OWN])
def test_other_pythons_build_the_same_bytes(
    version: str,
    reference: tuple[str, int | None, str],
    environments: dict[str, str],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    name, epochs, expected = reference
    python = python_of(version, environments, tmp_path_factory.mktemp(f"python{version}"))
    found = built(python, tmp_path, name, epochs, None)
    print(f"MEASURED {name} Python {version}: {found}")
    assert found == expected


def test_supported_are_the_pythons_that_the_project_names() -> None:
    import tomllib

    path = Path(__file__).parent.parent / "pyproject.toml"
    lines = tomllib.loads(path.read_text("utf-8"))["project"]["classifiers"]
    named = [line.rpartition(" ")[2] for line in lines if line.startswith("Programming Language :: Python :: 3.")]
    assert tuple(named) == SUPPORTED
