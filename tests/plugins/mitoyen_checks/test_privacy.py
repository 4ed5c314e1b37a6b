"""What is a secret, what only looks like one, and that no message repeats a secret."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitoyen.contracts import Finding
from mitoyen_checks.privacy import SHOWN, STAMPED_ROWS, check

DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.fixture(scope="module")
def found_in(made: Any) -> Any:
    def look(text: str | None, name: str = "README.md") -> list[Finding]:
        return list(check(made.operation(files={name: text})))

    return look


SECRETS = [
    ("ACC701", "12345678901234"),
    ("ACC701", "12 345 678 901 234"),
    ("ACC701", "123.456.789.01234"),
    ("ACC701", "123\u00a0456\u00a0789\u00a001234"),
    ("ACC701", "1234 5678 9012 34"),
    ("ACC702", "FR76 3000 6000 0112 3456 7890 189"),
    ("ACC702", "FR7630006000011234567890189"),
    ("ACC702", "fr7630006000011234567890189"),
    ("ACC702", "BE68 5390 0754 7034"),
    ("ACC702", "DE89370400440532013000"),
    ("ACC703", "jeanne.durand+solaire@exemple.fr"),
    ("ACC703", "jeanne@mail.exemple.org"),
    ("ACC704", "06 12 34 56 78"),
    ("ACC704", "0612345678"),
    ("ACC704", "01.23.45.67.89"),
    ("ACC704", "02-34-56-78-90"),
    ("ACC704", "+33 6 12 34 56 78"),
    ("ACC704", "+33612345678"),
    ("ACC704", "+33 (0)6 12 34 56 78"),
    ("ACC704", "0033 6 12 34 56 78"),
    ("ACC704", "+262 6 92 12 34 56"),
]


@pytest.mark.parametrize(("code", "secret"), SECRETS)
@pytest.mark.parametrize(
    "around", ["{}", "see {}.", "a: {} # b", "a;{};0.5", "1,{},0.5", "({})", "PRM:{}", "l'adresse «{}»"]
)
def test_secrets(found_in: Any, code: str, secret: str, around: str) -> None:
    text = "first line\n" + around.format(secret) + "\n"
    [finding] = found_in(text)
    assert finding.code == code
    place = finding.place
    assert (place.path, place.line, place.excerpt) == ("operations/boucle/README.md", 2, "")
    assert place.column == around.index("{") + 1
    assert place.width == len(secret)


@pytest.mark.parametrize(("code", "secret"), SECRETS)
def test_no_message_repeats_a_secret(found_in: Any, code: str, secret: str) -> None:
    [finding] = found_in(f"{secret}\n")
    said = f"{finding.message} {finding.help} {finding.place!r}"
    assert secret not in said
    digits = re.sub(r"\D", "", secret)
    shown = re.search(r"ending in (\d+)", finding.message)
    if code == "ACC703":
        assert not shown
        assert "jeanne" not in said
        assert "exemple" not in said
    else:
        assert shown is not None
        assert shown[1] == digits[-2:]
        # Nothing but those two digits, and the codes and examples of our own words.
        assert not set(re.findall(r"\d{3,}", finding.message + finding.help)) - {"14"}


@pytest.mark.parametrize(
    "text",
    [
        "agreement: ACC00000001",
        "2026-01-01: {rule: flat, with: {price: 0.1650 EUR/kWh}}",
        "from 2026-01-01 to 2026-12-31, 2025-12-11 2026-03-12 2026-04-01",
        "01/11/2024 00:00;50,81;39,86",
        "2026-03-01T00:00:00Z 2026-03-31T23:45:00Z",
        f"snapshot: sha256:{DIGEST}",
        "snapshot: sha256:" + "1" * 14,
        "digest: " + "12345678901234" + "a" * 50,
        "commit 8b618d7012345678901234567890123456789012",
        "https://www.legifrance.gouv.fr/jorf/id/JORFTEXT000039417566",
        "https://web.archive.org/web/20240301123456/https://www.enedis.fr/",
        "https://exemple.fr/0612345678/page?id=0612345678",
        "[the text](https://www.legifrance.gouv.fr/loda/id/0123456789)",
        "git@github.com:coop/operations.git",
        "uses: actions/checkout@v4, npm i left-pad@1.3.0",
        "energy: 1234.567890 kWh, 12345678901234567890",
        "0.16500000000000 and 3.14159265358979",
        "hours 10 12 14 16 18 20 22",
        "2021 2022 2023 2024 2025 2026",
        "FR76 3000 6000 0112 3456 7890 188",
        "m-3fk2 p-roof mtr-01 mtr-90",
        "550e8400-e29b-41d4-a716-446655440000",
        "version 2026.10.12, 192.168.100.101",
        "3 036 000 kWh, 1 945 opérations, 12 345 678 EUR",
        "ref 2026-06-12-34-56-78",
        "",
    ],
)
def test_what_only_looks_like_one(found_in: Any, text: str) -> None:
    assert found_in(text) == []


def test_a_meter_number_in_an_address_is_one(found_in: Any) -> None:
    [finding] = found_in("https://exemple.fr/prm/12345678901234/courbe")
    assert (finding.code, finding.message) == ("ACC701", "a 14-digit number ending in 34")


def test_many_are_counted(found_in: Any) -> None:
    findings = found_in("".join(f"{12345678900000 + number}\n" for number in range(30)))
    assert len(findings) == SHOWN
    assert [finding.place.line for finding in findings] == list(range(1, SHOWN + 1))
    assert findings[-1].message == "a 14-digit number ending in 09, and 20 more in this file"


def test_one_secret_is_told_once(found_in: Any) -> None:
    """The digits of a Belgian account number are fourteen; those of a grouped PRM begin like a telephone number."""
    assert [finding.code for finding in found_in("BE68 5390 0754 7034")] == ["ACC702"]
    assert [finding.code for finding in found_in("01234567890123")] == ["ACC701"]


@pytest.mark.parametrize(
    "name",
    [
        "curves/2026-03.csv", "a.CSV", "b.xls", "b.xlsx", "c.ods", "d.parquet", "e.zip", "f.csv.gz", "g.json",
        "h.db", "i.pdf", "j.xml", "k.docx",
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", [None, "", "12345678901234"])
def test_data_files(found_in: Any, name: str, text: str | None) -> None:
    [finding] = found_in(text, name)
    assert finding.code == "ACC705"
    assert str(finding.place) == f"operations/boucle/{name}:1:1"
    assert "MITOYEN_DATA" in finding.help


@pytest.mark.parametrize(
    "line", ["01/11/2024 00:{:02d};1,16", "2024-11-01T00:{:02d}:00Z,0.5", "mtr-01;2026-01-01 00:{:02d};3"]
)
def test_a_curve_under_another_name(found_in: Any, line: str) -> None:
    rows = [line.format(number % 60) for number in range(STAMPED_ROWS)]
    [finding] = found_in("\n".join(rows), "notes.txt")
    assert (finding.code, finding.message.split(":")[0]) == ("ACC705", "a load curve")
    assert found_in("\n".join(rows[1:]), "notes.txt") == []


def test_what_is_no_text(found_in: Any) -> None:
    assert [finding.code for finding in found_in(None, "curves")] == ["ACC705"]
    assert found_in(None, "plan.png") == []


@given(st.text() | st.text(alphabet="0123456789 .+-@:/abFR\n\u00a0", max_size=400))
def test_any_text_is_looked_at(found_in: Any, text: str) -> None:
    for finding in found_in(text):
        place = finding.place
        assert place is not None
        assert 1 <= place.line <= text.count("\n") + 1
        assert finding.severity == "error"


@given(st.integers(10**13, 10**14 - 1), st.sampled_from(["", " ", ".", "\u00a0"]))
def test_any_meter_number_is_found(found_in: Any, number: int, separator: str) -> None:
    digits = str(number)
    written = separator.join([digits[:2], digits[2:5], digits[5:8], digits[8:11], digits[11:]])
    assert [finding.code for finding in found_in(f"compteur {written} kVA")] == ["ACC701"]


def test_large_files_take_no_time(found_in: Any) -> None:
    """A megabyte of meter numbers, of one long word, of near misses."""
    for text in (
        "12345678901234 " * 70_000,
        "a" * 1_000_000,
        "a@" * 500_000,
        "12 34 " * 170_000,
        "FR76 " * 200_000,
    ):
        found_in(text)
