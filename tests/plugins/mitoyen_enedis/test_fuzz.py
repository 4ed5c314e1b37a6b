"""Whatever a file holds: findings, never a crash; and every row is taken or left."""

from __future__ import annotations

from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

import enedis_files as enedis
from mitoyen.clock import Clock
from mitoyen.contracts import Finding
from mitoyen.diagnostics import Refused
from mitoyen_enedis import controls, faults
from mitoyen_enedis.containers import Opener, Piece
from mitoyen_enedis.merged import merge
from mitoyen_enedis.numbers import Numbers
from mitoyen_enedis.options import Settings
from mitoyen_enedis.placing import Placer
from mitoyen_enedis.reading import read

DAY = (date(2026, 10, 25), date(2026, 10, 26))
CLOCK = Clock.of_days(*DAY, 1800, "Europe/Paris")
PRM = enedis.number(1)
WATTS = [2 * half for half in range(50)]
R15 = (
    f"<R15><PRM><Id_PRM>{PRM}</Id_PRM><Donnees_Releve><Date_Releve>2026-10-26</Date_Releve>"
    "<Date_Releve_Precedent>2026-10-25</Date_Releve_Precedent><Classe_Temporelle_Distributeur>"
    "<Classe_Mesure>3</Classe_Mesure><Unite_Mesure>kWh</Unite_Mesure><Valeur>1</Valeur>"
    "</Classe_Temporelle_Distributeur></Donnees_Releve></PRM></R15>"
).encode()

SEEDS = {
    "account": enedis.account_csv(PRM, CLOCK, WATTS),
    "registers": enedis.registers_csv(PRM, {"2026-10-25T00:00:00+02:00": 1, "2026-10-26T00:00:00+01:00": 5}),
    "r63": enedis.r63_csv(PRM, CLOCK, WATTS),
    "raw": enedis.raw_curve(CLOCK, [f"{watts / 10}" for watts in WATTS], column=PRM),
    "r63 json": enedis.r63_json(PRM, CLOCK, WATTS),
    "data connect": enedis.data_connect(PRM, CLOCK, WATTS),
    "r50": enedis.r50(PRM, CLOCK, WATTS),
    "r4x": enedis.r4x(PRM, CLOCK, WATTS),
    "soap v2": enedis.soap(PRM, CLOCK, WATTS),
    "soap v3": enedis.soap(PRM, CLOCK, WATTS, version=3),
    "r15": R15,
    "mail": enedis.mail({"a.txt": enedis.raw_curve(CLOCK, WATTS, column=PRM)}),
    "password": enedis.password_mail("Ab12"),
    "zip": enedis.archive({"a.csv": enedis.account_csv(PRM, CLOCK, WATTS)}),
    "workbook": enedis.workbook(PRM, CLOCK, ["0,5"] * 50),
    "outlook": enedis.outlook("ACC00000001", "bonjour", {"a.txt": enedis.raw_curve(CLOCK, WATTS, column=PRM)}),
}

WORDS = st.sampled_from(
    [
        *(b"", b";", b"\n", b"\r\n", b"NA", b"-1", b"1e9", b"0,5", b"1.5", b"9" * 30, b"\xff", b"\0", b'"', b"<"),
        *(b"2026-10-25T02:30:00+02:00", b"2026-10-25 02:30:00", b"25/10/2026 02:30", b"2026-03-29 02:30:00"),
        *(b"9999-99-99T99:99:99+99:99", b"0001-01-01T00:00:00Z", b"PT5M", b"PT60M", b"PT7M", b"kW", b"VA", b"PRI"),
        *(
            b"Horodate;Valeur\n",
            b"Identifiant PRM;Type de donnees\n",
            b"Horodate;;;\n",
            b"Horodate\n",
            b"Periode;a\n",
            b"&",
        ),
        *(b'"v":', b"{}", b"<V>", b"</PDC>", b"<!DOCTYPE a>", b"<points>", b"</R50>", b"PROD", b"\xe9"),
        *(b"\xef\xbb\xbf", b"null", b"[]"),
    ]
)


@st.composite
def broken(draw, seed: bytes) -> bytes:
    """A file that somebody, or a cable, has changed in a few places."""
    content = bytearray(seed)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(content)))
        until = min(len(content), at + draw(st.sampled_from([0, 1, 2, 25, 400])))
        content[at:until] = draw(WORDS | st.binary(max_size=8))
    return bytes(content[: draw(st.sampled_from([len(content)] * 3 + [len(content) // 2]))])


def look(content: bytes) -> None:
    """Read as a fetch does, and look at the account."""
    numbers = Numbers({"mtr-01": {"consumer"}}, {"mtr-01": PRM}, {})
    placer = Placer(Settings.of({"unit": "Wh"}), CLOCK, numbers)
    accounts, payloads = [], []
    opener = Opener()
    opener.learn(content, "name")
    for piece in opener.pieces(content, "name"):
        if isinstance(piece, Finding):
            continue
        assert isinstance(piece, Piece)
        try:
            some = read(piece.content, piece.name, workbook=piece.workbook)
        except Refused:
            continue
        for payload in some:
            accounts.append(placer.account(payload, piece.path))
            payloads.append((payload, piece.path))
    merged = merge(accounts, CLOCK)
    held = controls.held(payloads, numbers)
    found, agreed = controls.findings(held, merged.series, CLOCK)
    said = [*found, *merged.findings]
    for account in accounts:
        said += faults.findings(account, CLOCK)
        faults.facts(account, CLOCK, agreed, merged.rounded)
        assert min([*account.left.values(), 0]) >= 0
        assert account.rows - sum(account.left.values()) >= 0
    taken = sum(account.rows - sum(account.left.values()) for account in accounts)
    assert taken == sum(int((one.values != -(2**63)).sum()) for one in merged.series)
    for finding in said:
        assert PRM not in f"{finding}"
    for series in merged.series:
        for step in (0, 17, 49):
            assert series.at is not None
            assert series.at(step).line >= 0


QUICK = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("seed", SEEDS)
@QUICK
@given(data=st.data())
def test_changed_in_places(seed, data):
    look(data.draw(broken(SEEDS[seed])))


@QUICK
@given(st.binary(max_size=400))
@example(b"PK\x05\x06" + bytes(18))
@example(b"Horodate\n01/01/2026\n")
@example(b"Horodate;;\n25/10/2026 01:00;1;2\n25/10/2026 02:00;1;2\n")
@example(b"{" * 5000)
@example(b"[" * 100_000)
@example(b"<a>" * 5000)
@example(b"Horodate;" + b";" * 100_000 + b"\n1")
@example(b"Horodate;Valeur;Unite\n" + b"1" * 5_000_000)
@example(b"<R50>" + b"1" * 5_000_000)
def test_any_bytes(content):
    look(content)


@QUICK
@given(st.lists(st.lists(WORDS, max_size=6), max_size=12))
def test_any_words(lines):
    look(b"\n".join(b";".join(line) for line in lines))
