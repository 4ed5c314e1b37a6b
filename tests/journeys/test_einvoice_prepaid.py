"""Energy bought ahead, as e-invoices: a deposit (386), the months that draw on it, what is left given back (381).

August 2026, as in test_issue_prepaid.py: m-a buys 100 kWh at 14 cents, 14.00 EUR, 16.80 with VAT; 86 kWh more cost
17 cents: 14.62, VAT 2.92.
"""

from __future__ import annotations

from pathlib import Path

from billed import OPERATION, fetch, household, issued, people, village
from mitoyen_einvoice.document import opened
from mitoyen_einvoice.reading import Read, read
from neighbours import FILES, commit, run

CARD = FILES["tariffs"] + (
    "card:\n  2026-01-01: {rule: prepaid, with: {price: 0.1400 EUR/kWh, then: 0.1700 EUR/kWh, refund: true}}\n"
)


def town(tmp_path: Path, dates: str) -> Path:
    """m-a and m-b are households that want their XML; m-a has a card from ``dates`` on."""
    repo = village(
        tmp_path / "repo",
        operation=OPERATION.replace("use: [text], with: {", "use: [cii, ubl], with: {households: true, "),
        participants=FILES["participants"].replace(
            "from: 2026-01-01, tariff: residents", f"{dates}, tariff: card", 1
        ),
        tariffs=CARD,
        packages="m-a: {2026-08-01: 100 kWh}\n",
    )
    for name in ("m-a", "m-b"):
        people(repo, **{name: household(name) + f"email: {name}@voisine.example\n"})
    fetch(repo, "2026-08", consumed=(2, 2))
    commit(repo, "The data")
    return repo


def of(repo: Path, number: str) -> Read:
    """The invoice of that number, the same in both syntaxes and proved again."""
    out = repo.parent / "out"
    run(repo, "documents", "voisins", "--month", "2026-08", "--out", str(out))
    cii, ubl = out / f"{number}.cii.xml", out / f"{number}.ubl.xml"
    code, text = run(repo, "einvoice", "check", str(cii), str(ubl))
    assert (code, text.count("nothing to mend")) == (0, 2)
    one, other = (read(opened(path.read_bytes(), path.name)) for path in (cii, ubl))
    days = {"BT-2", "BT-9", "BT-73", "BT-74"}  # written otherwise
    assert {name: value.text for name, value in one.values.items() if name not in days} == {
        name: value.text for name, value in other.values.items() if name not in days
    }
    return other


def said(invoice: Read) -> tuple[str, ...]:
    return tuple(invoice.values[name].text for name in ("BT-3", "BT-23", "BT-109", "BT-110", "BT-115"))


def quoted(invoice: Read) -> list[tuple[str, str]]:
    return [(one["BT-25"].text, one["BT-26"].text) for one in invoice.references]


def test_a_month_draws_on_its_deposit(tmp_path: Path) -> None:
    repo = town(tmp_path, "from: 2026-08-01")
    assert issued(repo, "2026-08", "2026-09-05")[:2] == [
        "VO2026-000001 deposit m-a 16.80",
        "VO2026-000002 invoice m-a 17.54",
    ]
    deposit, month = of(repo, "VO2026-000001"), of(repo, "VO2026-000002")
    assert said(deposit) == ("386", "B1", "14.00", "2.80", "16.80")
    assert said(month) == ("380", "B4", "14.62", "2.92", "17.54")
    assert quoted(month) == [("VO2026-000001", "2026-09-05")]
    drawn = [line for line in month.lines if line.values["BT-129"].text.startswith("-")]
    assert [(one.values["BT-129"].text, one.values["BT-146"].text) for one in drawn] == [("-100.000", "0.1400")]


def test_what_is_left_is_a_credit_note_of_the_deposit(tmp_path: Path) -> None:
    """Ten days of 6 kWh of a hundred: 40 are left, 5.60 EUR, 6.72 with VAT."""
    repo = town(tmp_path, "from: 2026-08-01, to: 2026-08-11")
    told = issued(repo, "2026-08", "2026-09-05")
    [number] = [one.split()[0] for one in told if one.endswith(" credit m-a -6.72")]
    left = of(repo, number)
    assert said(left) == ("381", "B1", "5.60", "1.12", "6.72")
    assert quoted(left) == [("VO2026-000001", "2026-09-05")]
