"""An e-invoice computed again, to the cent: what the official rules do not look at, and what nobody may get wrong.

They let a line pass whose amount is not its quantity times its price, a VAT that is wrong by a cent everywhere at
once, a rate nobody has any more, a SIREN or an account that cannot exist.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from mitoyen.contracts import WHOLE, Finding
from mitoyen.quantities import half_up
from mitoyen_einvoice.document import EInvoice
from mitoyen_einvoice.fields import FRENCH
from mitoyen_einvoice.numbers import identities
from mitoyen_einvoice.reading import Charge, Read, Value, Values, read

CREDITS = frozenset({"261", "381", "396", "502", "503"})
DEPOSITS = frozenset({"386", "500", "503"})

LONGEST = 20
"""Signs of a number: the norm takes 35, Chorus Pro is said to take these."""

ZERO = Decimal(0)


def audit(source: EInvoice) -> list[Finding]:
    """Everything our own arithmetic finds. What is no number is not computed with."""
    document = read(source)
    found = list(_form(document)) or [*_lines(document), *_totals(document), *_taxes(document), *_rates(document)]
    return [*found, *identities(document), *_number(document), *_days(document), *_quotations(document)]


# --- how numbers are written -------------------------------------------------------------------------------------

_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]+)?")
_DECIMALS = {"BT-129": 4, "BT-146": 6, "BT-149": 4}
"""At most, where it is not 2."""

_AMOUNTS = ("BT-106", "BT-107", "BT-108", "BT-109", "BT-110", "BT-112", "BT-113", "BT-114", "BT-115")
_OF_LINES = ("BT-129", "BT-131", "BT-146", "BT-149", "BT-152")
_OF_TAXES = ("BT-116", "BT-117", "BT-119")


def _form(document: Read) -> Iterator[Finding]:
    """ACC856: what is no number, has too many decimals, or is a negative price."""

    def tell(message: str, value: Value, advice: str) -> Finding:
        return _finding(document, "ACC856", message, value, advice)

    charges = (*document.charges, *(one for line in document.lines for one in line.charges))
    for values, names in (
        (document.values, _AMOUNTS),
        *((line.values, _OF_LINES) for line in document.lines),
        *((tax, _OF_TAXES) for tax in document.taxes),
        *((charge.values, ("amount", "rate")) for charge in charges),
    ):
        for name in names:
            value, most = values.get(name), _DECIMALS.get(name, 2)
            if value is None:
                continue
            if not _NUMBER.fullmatch(value.text):
                yield tell(f"{name} is no number as the norm writes one", value, "digits and a point, no blanks")
            elif len(value.text.partition(".")[2]) > most:
                yield tell(f"{name}, {value.text}, has more than {most} decimals", value, f"{most} at most")
            elif name == "BT-146" and value.text.startswith("-"):
                yield tell("a price is negative", value, "what is given back is a negative quantity")
            elif name == "BT-149" and not Decimal(value.text) > 0:
                yield tell("a price is for a quantity of nothing", value, "it is for 1, or for more")


# --- sums --------------------------------------------------------------------------------------------------------


def _lines(document: Read) -> Iterator[Finding]:
    """ACC850: quantity x price, rounded half up, less what is taken off, is the amount of the line."""
    for line in document.lines:
        values = line.values
        if not {"BT-129", "BT-131", "BT-146"} <= values.keys():
            continue  # the schema tells
        price = Fraction(_of(values, "BT-146")) / Fraction(_of(values, "BT-149") or 1)
        expected = half_up(Fraction(_of(values, "BT-129")) * price) + _total(map(_signed, line.charges))
        if _of(values, "BT-131") != expected:
            which = values["BT-126"].text[:20] if "BT-126" in values else "?"
            product = f"{values['BT-129'].text} x {values['BT-146'].text} is {expected:.2f}"
            yield _finding(
                document,
                "ACC850",
                f"line {which} says {values['BT-131'].text}, but {product}",
                values["BT-131"],
                "a line is its quantity times its price, rounded once, halves up",
            )


def _totals(document: Read) -> Iterator[Finding]:
    """ACC851: each total is what it is the total of."""
    has = {name: _of(document.values, name) for name in _AMOUNTS}
    taken = _total(_of(one.values, "amount") for one in document.charges if not one.on)
    put = _total(_of(one.values, "amount") for one in document.charges if one.on)
    lines = _total(_of(line.values, "BT-131") for line in document.lines)
    vat = _total(_of(tax, "BT-117") for tax in document.taxes)
    sums = {
        "BT-106": ("the sum of the lines", "they are", lines if document.lines else has["BT-106"]),
        "BT-107": ("the sum of allowances", "they are", taken),
        "BT-108": ("the sum of charges", "they are", put),
        "BT-109": ("the net total", "lines and charges are", has["BT-106"] - has["BT-107"] + has["BT-108"]),
        "BT-110": ("the VAT", "that of all rates is", vat),
        "BT-112": ("the gross total", "net and VAT are", has["BT-109"] + has["BT-110"]),
        "BT-115": ("the sum to pay", "what is not paid yet is", has["BT-112"] - has["BT-113"] + has["BT-114"]),
    }
    for name, (what, words, expected) in sums.items():
        if name in document.values and has[name] != expected:
            message = f"{what} ({name}) is {document.values[name].text}, but {words} {expected:.2f}"
            yield _finding(document, "ACC851", message, document.values[name], f"{expected:.2f}, or mend its parts")


def _taxes(document: Read) -> Iterator[Finding]:
    """ACC852: the VAT of a rate once, on the sum of its lines, rounded half up."""

    def tell(message: str, value: Value | None, advice: str) -> Finding:
        return _finding(document, "ACC852", message, value, advice)

    bases: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    for line in document.lines:
        bases[_kind(line.values, "BT-151", "BT-152")] += _of(line.values, "BT-131")
    for charge in document.charges:
        bases[_kind(charge.values, "category", "rate")] += _signed(charge)
    seen: set[tuple[str, Decimal]] = set()
    for tax in document.taxes:
        kind, net, vat = _kind(tax, "BT-118", "BT-119"), _of(tax, "BT-116"), _of(tax, "BT-117")
        at = f"VAT at {kind[1]:f} % ({kind[0]})"
        if kind in seen:
            yield tell(f"{at} is there twice", tax.get("BT-118"), "one sum for each rate")
        elif document.lines and net != bases[kind]:
            message = f"{at} is on {net}, but its lines are {bases[kind]:.2f}"
            yield tell(message, tax.get("BT-116"), "its base is the sum of the lines of that rate")
        seen.add(kind)
        expected = half_up(Fraction(net) * Fraction(kind[1]) / 100)
        if vat != expected:
            message = f"{at} is {vat}, but on {net} it is {expected:.2f}"
            yield tell(message, tax.get("BT-117"), "once for each rate, on the sum, rounded half up")
    for kind in sorted(bases.keys() - seen) if document.taxes else ():
        message = f"lines have VAT at {kind[1]:f} % ({kind[0]}), which the VAT of the invoice has not"
        yield tell(message, None, "one sum for each rate")


def _rates(document: Read) -> Iterator[Finding]:
    """ACC853: a rate in category S, none in the others; and, of a seller in France, one that is in force."""
    country = document.seller.get("country")
    day = _day(document.values.get("BT-74")) or _day(document.values.get("BT-2"))
    known = _in_force(day) if country and country.text in FRENCH and day else None
    for values, category, rate in (
        *((line.values, "BT-151", "BT-152") for line in document.lines),
        *((tax, "BT-118", "BT-119") for tax in document.taxes),
    ):
        name, percent = _kind(values, category, rate)
        where = values.get(rate) or values.get(category)
        if (percent > 0) != (name == "S"):
            advice = "category S has VAT, always, and no other has"
            yield _finding(document, "ACC853", f"category {name} has the rate {percent:f} %", where, advice)
        elif known and percent and percent not in known:
            advice = f"the rates then, by territory: {', '.join(f'{one:f}' for one in sorted(known))} %"
            yield _finding(document, "ACC853", f"{percent:f} % was no rate of VAT on {day}", where, advice)


def _in_force(day: date) -> set[Decimal]:
    """The rates of VAT on shared electricity, in percent, of whatever territory of France on a day."""
    from mitoyen_france import parameter
    from mitoyen_france.vat import TERRITORIES

    found = (parameter(f"vat/{territory}/normal", on=day) for territory in TERRITORIES)
    return {(Decimal(int(one.value)) * 100 / WHOLE).normalize() for one in found if one and one.value}


# --- the number, days, other documents ---------------------------------------------------------------------------

_KEY = re.compile(r"[A-Za-z0-9+_/-]+")


def _number(document: Read) -> Iterator[Finding]:
    """ACC855: a number that a platform takes."""
    number = document.values.get("BT-1")
    if number and not _KEY.fullmatch(number.text):
        message = "the invoice's number has other signs than letters, digits and + - _ /"
        yield _finding(document, "ACC855", message, number, "write it like ME2026-000017, without blanks")
    elif number and len(number.text) > LONGEST:
        message = f"the invoice's number has {len(number.text)} signs"
        yield _finding(document, "ACC855", message, number, f"{LONGEST} at most: choose a shorter series")


def _days(document: Read) -> Iterator[Finding]:
    """ACC857: due after issue, periods that end after they begin."""

    def tell(message: str, value: Value, advice: str) -> Finding:
        return _finding(document, "ACC857", message, value, advice)

    values = document.values
    for one in (values, *(line.values for line in document.lines), *document.references):
        for name in ("BT-2", "BT-9", "BT-73", "BT-74", "BT-134", "BT-135", "BT-26"):
            if name in one and _day(one[name]) is None:
                yield tell(f"{name} is no day", one[name], "write a day of the calendar, as its syntax does")
        for first, last in (("BT-73", "BT-74"), ("BT-134", "BT-135")):
            start, end = _day(one.get(first)), _day(one.get(last))
            if start and end and end < start:
                yield tell(f"a period ends on {end}, before it begins", one[last], "turn the two days round")
    issued, due = _day(values.get("BT-2")), _day(values.get("BT-9"))
    before = _type(document) in DEPOSITS or _process(document) == "2"  # what was paid first is invoiced after
    if issued and due and due < issued and not before:
        yield tell(f"it is due on {due}, before it is issued", values["BT-9"], "on the day of issue at the soonest")


def _quotations(document: Read) -> Iterator[Finding]:
    """ACC858: who takes back, or follows a deposit, says what; what is paid already is paid in full."""

    def tell(message: str, value: Value | None, advice: str) -> Finding:
        return _finding(document, "ACC858", message, value, advice)

    values, process = document.values, _process(document)
    named = [one for one in document.references if {"BT-25", "BT-26"} <= one.keys()]
    issued, number = _day(values.get("BT-2")), values.get("BT-1")
    for one in named:
        day = _day(one["BT-26"])
        if issued and day and day > issued:
            yield tell(f"it names an invoice of {day}, later than itself", one["BT-26"], "look up its day")
        if number and one["BT-25"].text == number.text:
            yield tell("it names itself", one["BT-25"], "name another invoice, or none")
    if _type(document) in CREDITS and not named:
        yield tell("a credit note names no invoice", values["BT-3"], "number and day of the one it takes back")
    if process == "4" and _type(document) in DEPOSITS:
        yield tell("a deposit invoice says it follows a deposit", values["BT-23"], "B1, S1 or M1")
    elif process == "4" and not named:
        yield tell("it follows a deposit and names none", values["BT-23"], "number and day of the deposit invoice")
    unpaid = _of(values, "BT-113") != _of(values, "BT-112") or _of(values, "BT-115")
    if process == "2" and unpaid:
        yield tell("it says it is paid, but not all of it is", values["BT-23"], "B1, S1 or M1")


# --- values ------------------------------------------------------------------------------------------------------


def _of(values: Values, name: str) -> Decimal:
    """Zero where it is not there, or is no number: that is told elsewhere."""
    return Decimal(values[name].text) if name in values and _NUMBER.fullmatch(values[name].text) else ZERO


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _signed(charge: Charge) -> Decimal:
    amount = _of(charge.values, "amount")
    return amount if charge.on else -amount


def _kind(values: Values, category: str, rate: str) -> tuple[str, Decimal]:
    return (values[category].text if category in values else "?"), _of(values, rate).normalize()


def _day(value: Value | None) -> date | None:
    """20260331 as in CII, 2026-03-31 as in UBL; None for anything else."""
    if value is None or not re.fullmatch(r"[0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2}", value.text):
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
