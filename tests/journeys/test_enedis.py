"""An organiser saves the two mails of the month in a folder: it is fetched, settled, and nobody is named.

January 2026 in quarter-hours. The roof gives 2 kWh an hour from 10:00 to 16:00, m-a consumes 1 kWh an hour, m-b 3:
each quarter of those hours 500 Wh are shared, 125 to m-a and 375 to m-b.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import enedis_files as enedis
from mitoyen.clock import Clock, Month
from neighbours import FILES, commit, git, run, write

CLOCK = Clock.of_month(Month(2026, 1), 900, "Europe/Paris")
NUMBERS = {"mtr-01": enedis.number(1), "mtr-02": enedis.number(2), "mtr-90": enedis.number(90)}
PARTIES = {"m-a": "mtr-01", "m-b": "mtr-02", "p-roof": "mtr-90"}
SOURCE = "source: {use: enedis, with: {unit: Wh}}"
HOME = """\
kind: household
name: Camille Exemple
address: {lines: ["1 rue de l'Exemple"], postcode: "81000", city: Albi}
"""
PASSWORD = "k8#Lm!2"  # noqa: S105 - of an archive made here


def roof(minute: int) -> int:
    return 500 if 600 <= minute < 960 else 0


CURVES = {
    "mtr-01": [250] * CLOCK.steps,
    "mtr-02": [750] * CLOCK.steps,
    "mtr-90": [roof(minute) for minute in CLOCK.wall().minute.tolist()],
}


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The operation, its people in the vault, the mails in a folder beside it."""
    repo, vault, mails = tmp_path / "repo", tmp_path / "vault", tmp_path / "mails"
    monkeypatch.setenv("MITOYEN_VAULT", str(vault))
    monkeypatch.setenv("MITOYEN_DATA", str(mails))
    operation = re.sub("source: .*", SOURCE, FILES["operation"]).replace("PT60M", "PT15M")
    write(repo, **{**FILES, "operation": operation.replace("unit: Wh", 'files: ["*.eml"], unit: Wh')})
    (repo / "operations" / "mitoyen.yaml").write_text("vault: {use: plain}\n")
    vault.mkdir(mode=0o700)
    for party, meter in PARTIES.items():
        (vault / f"{party}.yaml").write_text(f'{HOME}meters: {{{meter}: "{NUMBERS[meter]}"}}\n')
        (vault / f"{party}.yaml").chmod(0o600)
    mails.mkdir()
    files = {
        f"CdC_{NUMBERS[meter]}.txt": enedis.raw_curve(
            CLOCK, values, column=NUMBERS[meter] if meter == "mtr-90" else ""
        )
        for meter, values in CURVES.items()
    }
    (mails / "courbes.eml").write_bytes(enedis.mail({"export.zip": enedis.archive(files, PASSWORD)}))
    (mails / "mot de passe.eml").write_bytes(enedis.password_mail(PASSWORD))
    git(repo, "init", "--quiet")
    commit(repo, "The neighbours")
    return repo


def test_the_mails_of_the_month(repo: Path) -> None:
    code, said = run(repo, "fetch", "voisins", "--month", "2026-01")
    assert code == 0, said
    assert "courbes.eml/export.zip/CdC_…0001.txt" in said
    assert "format raw curves of the operation; meter mtr-90" in said
    assert f"values: {CLOCK.steps} read = {CLOCK.steps} taken" in said
    assert f"frozen: 3 meters x {CLOCK.steps} steps" in said
    commit(repo, "January")
    code, said = run(repo, "settle", "voisins", "--format", "json")
    assert code == 0, said
    (unit,) = json.loads(said)["units"]
    shared = {member["id"]: member["shared"] for member in unit["members"] if member["role"] == "consumer"}
    # 24 quarters a day in 31 days.
    assert shared == {"m-a": "93.000000", "m-b": "279.000000"}


def test_no_number_of_a_meter_is_shown_or_committed(repo: Path) -> None:
    outputs = [run(repo, "fetch", "voisins", "--month", "2026-01")[1]]
    (repo.parent / "mails" / "mot de passe.eml").unlink()
    outputs.append(run(repo, "fetch", "voisins", "--month", "2026-01", "--format", "json")[1])
    assert "ACC432" in outputs[-1]
    commit(repo, "January")
    outputs.append(git(repo, "log", "-p", "--all"))
    for text in outputs:
        assert not [number for number in NUMBERS.values() if number in text]
        assert PASSWORD not in text


def test_what_a_month_lacks_is_told_with_the_way_to_mend_it(repo: Path) -> None:
    (repo.parent / "vault" / "m-b.yaml").unlink()
    code, said = run(repo, "fetch", "voisins", "--month", "2026-01")
    assert code == 1
    assert "ACC418 no file has the curve of mtr-02" in said
    assert "help: the vault has no number for it: `mitoyen parties edit m-b`, meters:" in said
    assert "nothing was frozen" in said


def test_without_a_vault_the_numbers_are_in_a_file(repo: Path) -> None:
    (repo / "operations" / "mitoyen.yaml").write_text("lang: fr\n")
    text = (repo / "operations" / "voisins" / "operation.yaml").read_text()
    write(repo, operation=text.replace("unit: Wh", "unit: Wh, numbers: numbers.yaml"))
    lines = [f'{meter}: "{number}"\n' for meter, number in NUMBERS.items()]
    (repo.parent / "mails" / "numbers.yaml").write_text("".join(lines))
    code, said = run(repo, "fetch", "voisins", "--month", "2026-01")
    assert code == 0, said


def test_files_may_be_named(repo: Path, tmp_path: Path) -> None:
    """The same month from the account of each member and R63 of the roof: the same data, to the last digit."""
    mails = tmp_path / "mails"
    for meter in ("mtr-01", "mtr-02"):
        watts = [4 * value for value in CURVES[meter]]
        (mails / f"{meter}.csv").write_bytes(enedis.account_csv(NUMBERS[meter], CLOCK, watts))
    injected = enedis.r63_csv(NUMBERS["mtr-90"], CLOCK, [4 * value for value in CURVES["mtr-90"]], kind="PROD")
    (mails / "roof.csv").write_bytes(injected)
    names = [f"--file={mails / name}.csv" for name in ("mtr-01", "mtr-02", "roof")]
    code, said = run(repo, "fetch", "voisins", "--month", "2026-01", *names)
    assert code == 0, said
    by_account = (repo / "operations" / "voisins" / "data" / "2026-01.yaml").read_text()
    assert run(repo, "fetch", "voisins", "--month", "2026-01")[0] == 0
    by_mail = (repo / "operations" / "voisins" / "data" / "2026-01.yaml").read_text()
    assert by_account == by_mail
