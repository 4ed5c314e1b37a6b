"""A month of twenty meters from the operator's API: errors, a kill in the middle, what is corrected afterwards.

March 2026 in quarter-hours. The roof gives 2 kWh an hour; each of nineteen homes consumes 1 kWh an hour and home n
more by n Wh a quarter, of which 25 Wh a quarter are shared.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from enedis_api import AGREEMENT, CLIENT, SECRET, Operator, serving
from enedis_files import number
from mitoyen_enedis.api import source
from mitoyen_enedis.api.client import Time
from neighbours import FILES, commit, git, run, write

HOMES = range(1, 20)
NUMBERS = {**{f"mtr-{home:02}": number(home) for home in HOMES}, "mtr-90": number(90)}
PARTY = """\
kind: household
name: Camille Exemple
address: {{lines: ["1 rue de l'Exemple"], postcode: "81000", city: Albi}}
meters: {{{meter}: "{number}"}}
"""
WHO = [
    f"m-{home:02}: {{role: consumer, meter: mtr-{home:02}, from: 2026-01-01, tariff: residents}}" for home in HOMES
]
ROOF = "p-roof: {role: producer, meter: mtr-90, from: 2026-01-01, power: 36 kWp}"
LOST = 5
"""Of a hundred requests, those that fail: 429, 500, 503, a broken connection, a token that expired."""


def home(extra: int, kind: str) -> int:
    """Watt-hours of a quarter-hour."""
    return {"cons": 250 + extra, "autocons": 25, "complement": 225 + extra}[kind]


@pytest.fixture
def operator() -> Iterator[Operator]:
    with serving() as served:
        for alias, meter in NUMBERS.items():
            extra = int(alias[-2:])
            served.meters[meter] = ("cons", lambda kind, _moment, extra=extra: home(extra, kind))
        served.meters[NUMBERS["mtr-90"]] = ("prod", lambda kind, _moment: {"prod": 500, "surplus": 25}[kind])
        yield served


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits, which nobody waits for."""
    waits: list[float] = []
    monkeypatch.setattr(source, "Time", lambda: Time(sleep=waits.append))
    return waits


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "vault"
    folder.mkdir(mode=0o700)
    for alias, meter in NUMBERS.items():
        path = folder / f"{'p-roof' if alias == 'mtr-90' else f'm-{alias[-2:]}'}.yaml"
        path.write_text(PARTY.format(meter=alias, number=meter))
        path.chmod(0o600)
    monkeypatch.setenv("MITOYEN_VAULT", str(folder))
    monkeypatch.setenv(f"MITOYEN_ENEDIS_CLIENT_ID_{AGREEMENT}", CLIENT)
    monkeypatch.setenv(f"MITOYEN_ENEDIS_CLIENT_SECRET_{AGREEMENT}", SECRET)


def operation(repo: Path, operator: Operator, homes: int = len(HOMES)) -> Path:
    """The operation in a repository of its own, committed."""
    use = f'source: {{use: enedis-api, with: {{base: "{operator.base}", rate: 100000}}}}\nagreement: {AGREEMENT}'
    text = re.sub("source: .*", use, FILES["operation"]).replace("PT60M", "PT15M")
    people = "\n".join([*WHO[:homes], ROOF]) + "\n"
    write(repo, **{**FILES, "operation": text, "participants": people})
    (repo / "operations" / "mitoyen.yaml").write_text("lang: en\nvault: {use: plain}\n")
    git(repo, "init", "--quiet")
    commit(repo, "Begin")
    return repo


def pointer(repo: Path) -> bytes:
    return (repo / "operations" / "voisins" / "data" / "2026-03.yaml").read_bytes()


FETCH = ("fetch", "voisins", "--month", "2026-03")


@pytest.mark.usefixtures("vault")
def test_errors_and_a_kill_lose_nothing_and_ask_nothing_twice(
    operator: Operator, tmp_path: Path, slept: list[float]
) -> None:
    calm = operation(tmp_path / "calm", operator)
    code, _ = run(calm, *FETCH)
    assert code == 0
    # Each home: four weeks in three pages, the last days in one, and its energies; the roof has none of these.
    requests = len(HOMES) * 14 + 13
    assert len(operator.given) == requests
    assert operator.tokens == 1
    assert not any(second > 0.1 for second in slept)

    rough = operation(tmp_path / "rough", operator)
    operator.given.clear()
    process = subprocess.Popen(
        [sys.executable, "-m", "mitoyen", "--repo", str(rough), *FETCH],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    operator.before = lambda _count: os.kill(process.pid, signal.SIGKILL) if len(operator.given) == 100 else None
    output, _ = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, output.decode()
    assert not (rough / "operations" / "voisins" / "data").exists()

    # The request during which it was killed had no answer that it could keep.
    operator.before = lambda _count: None
    received = set(operator.given[:100])
    operator.given.clear()
    operator.asked.clear()
    operator.broken = LOST / 100
    code, said = run(rough, *FETCH)
    assert code == 0, said
    assert len(operator.asked) > len(operator.given) + 3, "some had to be asked for again"
    assert any(second > 0.1 for second in slept), "and waited for"
    assert received.isdisjoint(operator.given)
    assert len(received | set(operator.given)) == requests
    assert len(operator.given) == requests - 100
    assert pointer(rough) == pointer(calm)
    assert not any((rough / ".mitoyen" / "sources").rglob("*.jsonl"))
    kept = [path for path in (rough / ".mitoyen").rglob("*") if path.is_file()]
    assert not any(meter.encode() in path.read_bytes() for path in kept for meter in NUMBERS.values())


@pytest.mark.usefixtures("vault")
def test_a_dry_run_sends_nothing(operator: Operator, tmp_path: Path) -> None:
    repo = operation(tmp_path / "repo", operator)
    code, said = run(repo, *FETCH, "--dry-run")
    assert code == 0
    lines = said.splitlines()
    assert lines[0] == "voisins 2026-03: the source enedis-api would read or ask for, and did not:"
    assert len(lines) == 1 + 1 + len(HOMES) * 6 + 5
    assert lines[2].startswith(
        f"  GET {operator.base}/agreements/{AGREEMENT}/definitive_load_curves/cons/…0001?start="
    )
    assert not any(meter in said for meter in NUMBERS.values())
    assert SECRET not in said
    assert operator.asked == []
    assert not (repo / "operations" / "voisins" / "data").exists()
    code, said = run(repo, *FETCH, "--dry-run", "--format", "json")
    [month] = json.loads(said)["dry_run"]
    assert (month["source"], month["month"], len(month["asks"])) == ("enedis-api", "2026-03", len(lines) - 1)


@pytest.mark.usefixtures("vault")
def test_what_the_operator_corrects_is_told_and_committed(operator: Operator, tmp_path: Path) -> None:
    """Three quarter-hours of home 1, on the 14th from noon, are 500 Wh more each: 1.500 kWh, all complement."""
    repo = operation(tmp_path / "repo", operator, homes=2)
    code, said = run(repo, *FETCH, "--commit")
    assert code == 0
    assert "restated" not in said
    assert re.search(r"^Recorded in commit [0-9a-f]{10}$", said, re.MULTILINE)
    assert git(repo, "log", "-1", "--format=%an: %s") == "mitoyen: Fetch voisins 2026-03"
    before = pointer(repo)
    first = re.search(r"sha256:[0-9a-f]{64}", before.decode())
    assert first

    code, said = run(repo, *FETCH, "--commit")
    assert (code, pointer(repo)) == (0, before)
    assert "restated" not in said
    assert git(repo, "rev-list", "--count", "HEAD") == "2", "nothing changed: there is nothing to commit"

    noon = [datetime.fromisoformat(f"2026-03-14T{time}+01:00") for time in ("12:00", "12:15", "12:30")]

    def corrected(kind: str, moment: datetime) -> int:
        return home(1, kind) + (500 if moment in noon and kind != "autocons" else 0)

    operator.meters[NUMBERS["mtr-01"]] = ("cons", corrected)
    code, said = run(repo, *FETCH)
    assert code == 0
    told = """\
restated: 1 meter, 6 steps: complement +1.500000 kWh, measured +1.500000 kWh
    mtr-01 (complement): 3 steps on 1 day, 2026-03-14 12:00 (+01:00) to 2026-03-14 12:30 (+01:00), +1.500000 kWh
    mtr-01: 3 steps on 1 day, 2026-03-14 12:00 (+01:00) to 2026-03-14 12:30 (+01:00), +1.500000 kWh
"""
    assert told in said
    # Committed in a run of its own: what differs is what the record does not have yet.
    code, said = run(repo, *FETCH, "--commit")
    assert "restated" not in said
    message = git(repo, "log", "-1", "--format=%B")
    assert message.startswith(
        "Restate voisins 2026-03\n\n2026-03 restated: 1 meter, 6 steps: complement +1.500000 kWh"
    )
    assert "mtr-01: 3 steps on 1 day" in message
    assert re.search(r"^Fetched: voisins/2026-03 snapshot=[0-9a-f]{12}$", message, re.MULTILINE)
    assert not any(meter in message for meter in NUMBERS.values())
    assert git(repo, "show", "--name-only", "--format=", "HEAD") == "operations/voisins/data/2026-03.yaml"
    assert re.search(rf"former:\n- snapshot: {first[0]}\n  until: '?\d{{4}}-\d\d-\d\d", pointer(repo).decode())
    assert run(repo, "check")[0] == 0

    # The former data are still in the store: going back to them is a restatement too.
    operator.meters[NUMBERS["mtr-01"]] = ("cons", lambda kind, _moment: home(1, kind))
    code, said = run(repo, *FETCH, "--format", "json")
    [month] = json.loads(said)["months"]
    assert [(one["kind"], one["steps"], one["energy"]) for one in month["restated"]["series"]] == [
        ("complement", 3, "-1.500000"),
        ("measured", 3, "-1.500000"),
    ]
    assert month["pointer"]["snapshot"] == first[0]
    assert len(month["pointer"]["former"]) == 2
