"""An e-invoice computed again, to the cent: what the official rules do not look at, and what nobody may get wrong.

They let a line pass whose amount is not its quantity times its price, a VAT that is wrong by a cent everywhere at
once, a rate nobody has any more, a SIREN or an account that cannot exist.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from mitoyen.contracts import WHOLE, Finding
from mitoyen.quantities import half_up
from mitoyen_einvoice.document import EInvoice
from mitoyen_einvoice.numbers import identities
from mitoyen_einvoice.reading import Charge, Line, Read, Value, Values, read

CREDITS = frozenset({"261", "381", "396", "502", "503"})
DEPOSITS = frozenset({"386", "500", "503"})

LONGEST = 20
"""Signs of a number: the norm takes 35, Chorus Pro is said to take these."""

DECIMALS = {"BT-129": 4, "BT-146": 6, "BT-149": 4}
"""At most, where it is not 2."""

_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]+)?")
_KEY = re.compile(r"[A-Za-z0-9+_/-]+")


def audit(source: EInvoice) -> list[Finding]:
    """Everything our own arithmetic finds, in the order of the document."""
    document = read(source)
    form = list(_form(document))
    if form:  # what is no number is not computed with
        return [*form, *identities(document)]
    return [
        *_lines(document),
        *_totals(document),
        *_taxes(document),
        *_rates(document),
        *identities(document),
        *_number(document),
        *_days(document),
        *_quotations(document),
    ]


# --- how numbers and days are written ----------------------------------------------------------------------------

_AMOUNTS = ("BT-106", "BT-107", "BT-108", "BT-109", "BT-110", "BT-112", "BT-113", "BT-114", "BT-115")


def _form(document: Read) -> Iterator[Finding]:
    """ACC856: what is no number, has too many decimals, or is a negative price."""
    for name in _AMOUNTS:
        yield from _written(document, document.values, name)
    for line in document.lines:
        for name in ("BT-129", "BT-131", "BT-146", "BT-149", "BT-152"):
            yield from _written(document, line.values, name)
        price = line.values.get("BT-146")
        if price and price.text.startswith("-"):
            yield _finding(
                document, "ACC856", "a price is negative", price, "what is given back is a negative quantity"
            )
        base = line.values.get("BT-149")
        if base and not base.text.strip("0.-"):
            yield _finding(document, "ACC856", "a price is for a quantity of nothing", base, "it is for 1 or more")
    for tax in document.taxes:
        for name in ("BT-116", "BT-117", "BT-119"):
            yield from _written(document, tax, name)
    for charge in (*document.charges, *(one for line in document.lines for one in line.charges)):
        for name in ("amount", "rate"):
            yield from _written(document, charge.values, name)


def _written(document: Read, values: Values, name: str) -> Iterator[Finding]:
    value, most = values.get(name), DECIMALS.get(name, 2)
    if value is None:
        return
    if not _NUMBER.fullmatch(value.text):
        yield _finding(
            document, "ACC856", f"{name} is no number as the norm writes one", value, "digits, a point, no blanks"
        )
    elif len(value.text.partition(".")[2]) > most:
        yield _finding(
            document, "ACC856", f"{name}, {value.text}, has more than {most} decimals", value, f"{most} at most"
        )


# --- sums --------------------------------------------------------------------------------------------------------


def _lines(document: Read) -> Iterator[Finding]:
    """ACC850: quantity x price, rounded half up, less what is taken off, is the amount of the line."""
    for line in document.lines:
        values = line.values
        if not {"BT-129", "BT-131", "BT-146"} <= values.keys():
            continue  # the schema has told
        base = _of(values, "BT-149") if "BT-149" in values else Decimal(1)
        price = Fraction(_of(values, "BT-146")) / Fraction(base)
        expected = half_up(Fraction(_of(values, "BT-129")) * price) + sum(map(_signed, line.charges), Decimal(0))
        if _of(values, "BT-131") != expected:
            shown = f"{values['BT-129'].text} x {values['BT-146'].text} is {expected:.2f}"
            yield _finding(
                document,
                "ACC850",
                f"line {_label(line)} says {values['BT-131'].text}, but {shown}",
                values["BT-131"],
                "a line is its quantity times its price, rounded once, halves up",
            )


def _totals(document: Read) -> Iterator[Finding]:
    """ACC851: each total is what it is the total of."""
    values = document.values
    charges = {on: sum((_of(c.values, "amount") for c in document.charges if c.on is on), Decimal(0)) for on in (0, 1)}
    lines = sum((_of(line.values, "BT-131") for line in document.lines), Decimal(0))

    def has(name: str) -> Decimal:
        return _of(values, name)

    sums: list[tuple[str, str, Callable[[], Decimal]]] = [
        ("BT-107", "the allowances are", lambda: charges[False]),
        ("BT-108", "the charges are", lambda: charges[True]),
        ("BT-109", "lines less allowances plus charges are", lambda: has("BT-106") - has("BT-107") + has("BT-108")),
        ("BT-110", "the VAT of all rates is", lambda: sum((_of(tax, "BT-117") for tax in document.taxes), Decimal(0))),
        ("BT-112", "net and VAT are", lambda: has("BT-109") + has("BT-110")),
        ("BT-115", "the total less what is paid is", lambda: has("BT-112") - has("BT-113") + has("BT-114")),
    ]
    if document.lines:
        sums.insert(0, ("BT-106", "the lines are", lambda: lines))
    for name, words, expected in sums:
        if name in values and has(name) != expected():
            message = f"the total {name} is {values[name].text}, but {words} {expected():.2f}"
            yield _finding(document, "ACC851", message, values[name], "add it up again")


def _taxes(document: Read) -> Iterator[Finding]:
    """ACC852: the VAT of a rate once, on the sum of its lines, rounded half up."""
    bases: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    for line in document.lines:
        bases[_kind(line.values, "BT-151", "BT-152")] += _of(line.values, "BT-131")
    for charge in document.charges:
        bases[_kind(charge.values, "category", "rate")] += _signed(charge)
    seen = set()
    for tax in document.taxes:
        kind = _kind(tax, "BT-118", "BT-119")
        if kind in seen:
            yield _finding(
                document, "ACC852", f"VAT at {_rate(kind)} is there twice", tax["BT-117"], "one sum for each rate"
            )
        seen.add(kind)
        if document.lines and _of(tax, "BT-116") != bases.get(kind, Decimal(0)):
            message = f"VAT at {_rate(kind)} is on {tax['BT-116'].text}, but its lines are {bases.get(kind, Decimal(0)):.2f}"
            yield _finding(document, "ACC852", message, tax["BT-116"], "its base is the sum of the lines of that rate")
        expected = half_up(Fraction(_of(tax, "BT-116")) * Fraction(kind[1]) / 100)
        if _of(tax, "BT-117") != expected:
            message = f"VAT at {_rate(kind)} is {tax['BT-117'].text}, but on {tax['BT-116'].text} it is {expected:.2f}"
            yield _finding(document, "ACC852", message, tax["BT-117"], "once a rate, on the sum, rounded half up")
    for kind in sorted(bases.keys() - seen):
        if document.taxes:
            message = f"lines have VAT at {_rate(kind)}, which the VAT of the invoice has not"
            yield _finding(document, "ACC852", message, None, "one sum for each rate")


def _rates(document: Read) -> Iterator[Finding]:
    """ACC853: a rate above nothing in category S, none in the others; and in France one that is in force."""
    french = document.seller.get("country")
    day = _day(document.values.get("BT-74")) or _day(document.values.get("BT-2"))
    known = _in_force(day) if french and french.text == "FR" and day else None
    for values, category, rate in (
        *((line.values, "BT-151", "BT-152") for line in document.lines),
        *((tax, "BT-118", "BT-119") for tax in document.taxes),
    ):
        kind = _kind(values, category, rate)
        where = values.get(rate) or values.get(category)
        if (kind[1] > 0) != (kind[0] == "S"):
            message = f"category {kind[0]} has the rate {kind[1]:f} %"
            yield _finding(document, "ACC853", message, where, "only category S has VAT, and it always has")
        elif known and kind[1] and kind[1] not in known:
            rates = ", ".join(f"{one:f}" for one in sorted(known))
            message = f"no electricity is sold at {kind[1]:f} % on {day}"
            yield _finding(document, "ACC853", message, where, f"the rates then: {rates} %, by territory")


def _in_force(day: date) -> set[Decimal]:
    """The rates of VAT, in percent, of whatever territory on a day."""
    from mitoyen_france import parameter
    from mitoyen_france.vat import TERRITORIES

    found = (parameter(f"vat/{territory}/normal", on=day) for territory in TERRITORIES)
    return {(Decimal(int(one.value)) * 100 / WHOLE).normalize() for one in found if one and one.value}


# --- the number, days, other documents ---------------------------------------------------------------------------


def _number(document: Read) -> Iterator[Finding]:
    """ACC855: a number that a platform takes."""
    number = document.values.get("BT-1")
    if number is None:
        return
    if not _KEY.fullmatch(number.text):
        yield _finding(
            document, "ACC855", "the invoice's number has other signs than letters, digits and + - _ /", number, "no blanks either"
        )
    elif len(number.text) > LONGEST:
        message = f"the invoice's number has {len(number.text)} signs, {LONGEST} at most"
        yield _finding(document, "ACC855", message, number, "choose a shorter series")


def _days(document: Read) -> Iterator[Finding]:
    """ACC857: due after issue, periods that end after they begin."""
    values = document.values
    held = [values, *(line.values for line in document.lines), *document.references]
    for name in ("BT-2", "BT-9", "BT-73", "BT-74", "BT-134", "BT-135", "BT-26"):
        for one in held:
            if name in one and _day(one[name]) is None:
                yield _finding(document, "ACC857", f"{name} is no day", one[name], "a day of the calendar")
    issued, due = _day(values.get("BT-2")), _day(values.get("BT-9"))
    if issued and due and due < issued and not (_type(document) in DEPOSITS or _process(document) == "2"):
        yield _finding(document, "ACC857", f"it is due on {due}, before it is issued", values["BT-9"], "on that day at least")
    for one, first, last in ((values, "BT-73", "BT-74"), *((line.values, "BT-134", "BT-135") for line in document.lines)):
        start, end = _day(one.get(first)), _day(one.get(last))
        if start and end and end < start:
            yield _finding(document, "ACC857", f"a period ends on {end}, before it begins", one[last], "turn them round")


def _quotations(document: Read) -> Iterator[Finding]:
    """ACC858: who takes back, or follows a deposit, says what; what is paid already is paid in full."""
    values, process = document.values, _process(document)
    kind, quoted = values.get("BT-3"), [one for one in document.references if {"BT-25", "BT-26"} <= one.keys()]
    if _type(document) in CREDITS and not quoted:
        yield _finding(
            document, "ACC858", "a credit note names no invoice", kind, "the number and the day of the one it takes back"
        )
    issued = _day(values.get("BT-2"))
    for one in quoted:
        day = _day(one["BT-26"])
        if issued and day and day > issued:
            yield _finding(document, "ACC858", f"it names an invoice of {day}, later than itself", one["BT-26"], "look the day up")
        if one["BT-25"].text == (values["BT-1"].text if "BT-1" in values else None):
            yield _finding(document, "ACC858", "it names itself", one["BT-25"], "it names another invoice, or none")
    if process == "4" and _type(document) in DEPOSITS:
        yield _finding(
            document, "ACC858", "a deposit invoice says it follows a deposit (BT-23)", values["BT-23"], "B1, S1 or M1"
        )
    elif process == "4" and not quoted:
        yield _finding(
            document, "ACC858", "it follows a deposit (BT-23) and names none", values["BT-23"], "the deposit's number and day"
        )
    if process == "2" and (_of(values, "BT-113") != _of(values, "BT-112") or _of(values, "BT-115")):
        yield _finding(
            document, "ACC858", "it says it is paid (BT-23), but not all of it is", values["BT-23"], "B1, S1 or M1"
        )


# --- values ------------------------------------------------------------------------------------------------------


def _of(values: Values, name: str) -> Decimal:
    """Zero where it is not there."""
    return Decimal(values[name].text) if name in values else Decimal(0)


def _signed(charge: Charge) -> Decimal:
    amount = _of(charge.values, "amount")
    return amount if charge.on else -amount


def _kind(values: Values, category: str, rate: str) -> tuple[str, Decimal]:
    return (values[category].text if category in values else "?"), _of(values, rate).normalize()


def _rate(kind: tuple[str, Decimal]) -> str:
    return f"{kind[1]:f} % ({kind[0]})"


def _label(line: Line) -> str:
    return line.values["BT-126"].text[:20] if "BT-126" in line.values else "?"


def _day(value: Value | None) -> date | None:
    """20260331 as in CII, 2026-03-31 as in UBL."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value.text)
    except ValueError:
        return None


def _type(document: Read) -> str:
    return document.values["BT-3"].text if "BT-3" in document.values else ""


def _process(document: Read) -> str:
    """The digit of BT-23."""
    return document.values["BT-23"].text[1:] if "BT-23" in document.values else ""


def _finding(document: Read, code: str, message: str, value: Value | None, advice: str) -> Finding:
    return Finding(code, message, document.source.place(value.element if value else None), advice)
