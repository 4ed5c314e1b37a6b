"""A co-operative writes a plugin of its own: a folder, one module, one cases.yaml; nothing of ours is touched.

It is built and installed by pip as a stranger would do it, into a folder of its own and without a network.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mitoyen.clock import Clock, Month

PYPROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "mitoyen-coop"
version = "1.2"
description = "The rules of one co-operative"

[project.entry-points.mitoyen]
coop = "mitoyen_coop"

[tool.setuptools]
py-modules = ["mitoyen_coop"]
"""

MODULE = '''\
"""Half of what each one consumes, pro rata; and the first kilowatt-hours for nothing."""

from mitoyen import allocation
from mitoyen.contracts import AllocationRule, Charges, Line, Shares, TariffRule
from mitoyen.hookspecs import hookimpl


def halves(sharing):
    return Shares(allocation.prorata(sharing.pot, sharing.consumed // 2))


def welcome(energy):
    beyond = max(0, int(energy.shared.sum()) - energy.options["free"])
    return Charges((Line("energy", beyond, "kWh", energy.options["price"], ("price",)),))


@hookimpl
def mitoyen_allocation_rules():
    yield AllocationRule(id="halves", version=1, title="Half of what each one consumes", allocate=halves)


@hookimpl
def mitoyen_tariff_rules():
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["price", "free"],
        "properties": {
            "price": {"type": "string", "format": "price"},
            "free": {"type": "string", "format": "energy", "description": "what is free, such as 5 kWh"},
        },
    }
    yield TariffRule(id="welcome", version=3, title="The first kWh for nothing", schema=schema, price=welcome)
'''

CASES = """\
# mitoyen cases
cases:
  - allocation: halves
    title: 10 kWh are more than half of 2, 8 and 5
    produced: {p-roof: [10]}
    consumed: {m-a: [2], m-b: [8], m-c: [5]}
    shared: {m-a: [1], m-b: [4], m-c: [2.5]}
    surplus: {p-roof: [2.5]}
  - tariff: welcome
    title: 5 of 12 kWh are free
    with: {price: 0.1000 EUR/kWh, free: 5 kWh}
    shared: [4, 8]
    lines: [{item: energy, quantity: 7, amount: 0.70}]
"""

KIT = """\
import pytest
from mitoyen.contracts import AllocationRule
from mitoyen.host import installed
from mitoyen.testing import conforms

@pytest.mark.parametrize("seed", range(50))
def test_halves(seed):
    conforms(installed().get(AllocationRule, "halves"), seed)
"""

OPERATION = {
    "operation.yaml": """\
title: La rue
organiser: coop
opened: 2026-01-01
step: PT60M
source: {use: csv, with: {files: ["curves/*.csv"], unit: kWh}}
""",
    "participants.yaml": """\
p-roof: {role: producer, meter: mtr-90, from: 2026-01-01}
m-a: {role: consumer, meter: mtr-01, from: 2026-01-01, tariff: all}
m-b: {role: consumer, meter: mtr-02, from: 2026-01-01, tariff: all}
""",
    "keys.yaml": "2026-01-01: {rule: halves}\n",
    "tariffs.yaml": """\
all:
  2026-01-01: {rule: welcome, with: {price: 0.1000 EUR/kWh, free: 72 kWh}}
""",
}

Mitoyen = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin's folder as its authors have it."""
    folder = tmp_path_factory.mktemp("coop")
    for name, text in {
        "pyproject.toml": PYPROJECT,
        "mitoyen_coop.py": MODULE,
        "cases.yaml": CASES,
        "test_kit.py": KIT,
    }.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def site(source: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """PYTHONPATH with the plugin installed."""
    pytest.importorskip(
        "setuptools", minversion="77", reason="the extra [test] brings setuptools that build wheels"
    )
    target = tmp_path_factory.mktemp("site")
    options = ("--quiet", "--no-index", "--no-build-isolation", "--no-deps", "--target", str(target))
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, str(source)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return os.pathsep.join(filter(None, [str(target), os.environ.get("PYTHONPATH", "")]))


@pytest.fixture
def rue(tmp_path: Path) -> Path:
    """An operation that names the plugin's ids; 1 and 3 kWh consumed each hour, 8 produced."""
    folder = tmp_path / "operations" / "rue"
    folder.mkdir(parents=True)
    for name, text in OPERATION.items():
        (folder / name).write_text(text)
    starts = Clock.of_month(Month(2026, 1), 3600, "Europe/Paris").utc().tolist()
    rows = [f"{datetime.fromtimestamp(start, UTC):%Y-%m-%dT%H:%M:%SZ},1,3,8" for start in starts]
    (tmp_path / "curves").mkdir()
    (tmp_path / "curves" / "january.csv").write_text("\n".join(["time,mtr-01,mtr-02,mtr-90", *rows]) + "\n")
    return tmp_path


def test_it_is_listed_with_its_distribution(rue: Path, site: str, mitoyen: Mitoyen) -> None:
    offers = json.loads(mitoyen(rue, "plugins", "--format", "json", PYTHONPATH=site).stdout)["offers"]
    theirs = [offer for offer in offers if offer["plugin"] == "coop"]
    assert [(offer["kind"], offer["id"], offer["version"], offer["distribution"]) for offer in theirs] == [
        ("allocation rule", "halves", 1, "mitoyen-coop 1.2"),
        ("tariff rule", "welcome", 3, "mitoyen-coop 1.2"),
    ]


def test_an_operation_settles_by_its_rules(rue: Path, site: str, mitoyen: Mitoyen) -> None:
    assert mitoyen(rue, "check", PYTHONPATH=site).stdout == "1 operation checked, nothing to mend\n"
    mitoyen(rue, "fetch", "rue", "--month", "2026-01", PYTHONPATH=site)
    [unit] = json.loads(mitoyen(rue, "settle", "--format", "json", PYTHONPATH=site).stdout)["units"]
    members: dict[str, Any] = {member["id"]: member for member in unit["members"]}
    # 744 hours: half of 1 and of 3 kWh; 72 kWh of it for nothing.
    assert members["m-a"]["shared"] == "372.000000"
    assert members["m-a"]["net"] == "30.00"
    assert members["m-b"]["shared"] == "1116.000000"
    assert members["m-b"]["net"] == "104.40"
    assert unit["energy"]["surplus"] == "4464.000000"  # 744 x (8 - 2)
    manifest = (rue / "operations/rue/settlements/2026-01.1.yaml").read_text()
    assert "rules:\n  allocation:\n  - halves\n  tariff:\n  - welcome\n" in manifest


def test_its_options_are_checked_like_ours(rue: Path, site: str, mitoyen: Mitoyen) -> None:
    tariffs = rue / "operations/rue/tariffs.yaml"
    tariffs.write_text(tariffs.read_text().replace("free: 72 kWh", "fre: 72 kWh"))
    said = mitoyen(rue, "check", code=1, PYTHONPATH=site).stdout
    assert 'ACC110 unknown field "fre"' in said
    assert 'help: did you mean "free"?' in said


def test_editors_learn_its_ids(rue: Path, site: str, mitoyen: Mitoyen) -> None:
    schema = json.loads(mitoyen(rue, "schema", "keys", PYTHONPATH=site).stdout)
    assert "halves" in schema["definitions"]["entry"]["properties"]["rule"]["enum"]


def test_without_it_the_operation_is_refused(rue: Path, mitoyen: Mitoyen) -> None:
    said = mitoyen(rue, "check", code=1).stdout
    assert 'ACC601 no allocation rule "halves"\n  --> operations/rue/keys.yaml:1:20' in said
    assert 'ACC601 no tariff rule "welcome"' in said


def test_its_cases_and_its_kit_run_under_pytest(source: Path, site: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(source)],
        capture_output=True,
        text=True,
        check=False,
        cwd=source,
        env={**os.environ, "PYTHONPATH": site},
    )
    assert done.returncode == 0, done.stdout
    assert "52 passed" in done.stdout  # two cases, fifty seeds


def test_a_case_that_is_wrong_shows_both_sides(source: Path, site: str, tmp_path: Path) -> None:
    (tmp_path / "cases.yaml").write_text(CASES.replace("m-c: [2.5]}", "m-c: [2.4]}"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": site},
    )
    assert done.returncode == 1
    assert "cases.yaml:3: shared" in done.stdout
    assert "expected {'m-a': [1000000], 'm-b': [4000000], 'm-c': [2400000]}" in done.stdout
    assert "found    {'m-a': [1000000], 'm-b': [4000000], 'm-c': [2500000]}" in done.stdout
