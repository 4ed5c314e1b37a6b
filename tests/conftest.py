"""What the tests share: the command line in another process, the real data, an operation to start from."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
BASE = ROOT / "tests" / "errors" / "base"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository under test."""
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """A folder of real meter data by name; the test is skipped where it is not there."""
    folder = Path(os.environ.get("MITOYEN_REAL_DATA", ROOT.parent / "shared" / "data"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.is_dir():
            pytest.skip(f"no real data {name} here (MITOYEN_REAL_DATA names their folder)")
        return path

    return find


@pytest.fixture
def mitoyen() -> Run:
    """``mitoyen(repo, "settle", …)``: the command as a user runs it, in a process of its own."""

    def run(
        repo: Path, *arguments: str, code: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "mitoyen", "--repo", str(repo), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            env={**os.environ, "PYTHONUTF8": "1", **environment},
            cwd=repo,
        )
        if code is not None:
            assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.fixture
def boucle(tmp_path: Path) -> Path:
    """A repository with one small operation, ``boucle``, that holds."""
    shutil.copytree(BASE, tmp_path / "repo")
    return tmp_path / "repo"


@pytest.fixture
def forge() -> Iterator[Any]:
    """A server of this machine that behaves as GitHub's API (tests/forge.py), and what it holds."""
    spec = importlib.util.spec_from_file_location("forge", ROOT / "tests" / "forge.py")
    assert spec
    assert spec.loader
    module = sys.modules.get("forge") or importlib.util.module_from_spec(spec)
    if "forge" not in sys.modules:
        sys.modules["forge"] = module
        spec.loader.exec_module(module)
    with module.serving() as served:
        yield served
