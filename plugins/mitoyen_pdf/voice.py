"""How an invoice speaks: its words in French and English, its dates, amounts, quantities and prices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mitoyen.invoice import InvoiceLine
from mitoyen.spoken import energy, number, percent
from mitoyen_pdf.words import MONTHS, WORDS

_THIN = "\u202f"
_FIXED = "\u00a0"
_BREAK = "\u200b"


@dataclass(frozen=True, slots=True)
class Voice:
    lang: str
    sign: int = 1
    """-1 where what is taken back is told as positive: a credit note."""

    def say(self, name: str, *values: object) -> str:
        french, english = WORDS[name]
        return (english if self.lang == "en" else french).format(*values)

    # --- time

    def day(self, day: date) -> str:
        """8 avril 2026."""
        return f"{self._date(day)}{_FIXED}{self._month(day)}{_FIXED}{day.year}"

    def days(self, first: date, last: date) -> str:
        """1er – 31 mars 2026: no month or year is said twice."""
        if first == last:
            return self.day(first)
        if first.year != last.year:
            return f"{self.day(first)} – {self.day(last)}"
        if first.month != last.month:
            return f"{self._date(first)}{_FIXED}{self._month(first)} – {self.day(last)}"
        return f"{self._date(first)} – {self.day(last)}"

    def _date(self, day: date) -> str:
        return "1er" if day.day == 1 and self.lang != "en" else str(day.day)

    def _month(self, day: date) -> str:
        return MONTHS["en" if self.lang == "en" else "fr"].split()[day.month - 1]

    # --- numbers

    def number(self, value: Decimal, places: int) -> str:
        """With the sign that printers use for less than nothing."""
        return number(value, self.lang, places).replace("-", "−")

    def money(self, amount: Decimal) -> str:
        return f"{self.number(self.sign * amount, 2)}{_FIXED}€"

    def energy(self, milliwatt_hours: int) -> str:
        return f"{energy(milliwatt_hours, self.lang)}{_FIXED}kWh"

    def percent(self, part: int, whole: int) -> str:
        """With one place; the whole is not zero."""
        return percent(part, whole, self.lang)

    def rate(self, rate: Decimal) -> str:
        """20 %, 5,5 %, 1,05 %: no more places than it has."""
        return self.number(rate, _places(rate)) + ("%" if self.lang == "en" else f"{_THIN}%")

    def quantity(self, line: InvoiceLine) -> str:
        places = 3 if line.unit == "kWh" else _places(line.quantity)
        return f"{self.number(self.sign * line.quantity, places)}{_FIXED}{self._unit(line)}".rstrip(_FIXED)

    def price(self, line: InvoiceLine) -> str:
        """Of one unit, with the places that were decided."""
        places = max(2, -int(line.price.as_tuple().exponent))
        return f"{self.number(line.price, places)}{_FIXED}€"

    def per(self, line: InvoiceLine) -> str:
        """/kWh, /mois, or nothing."""
        return f"/{unit}" if (unit := self._unit(line)) else ""

    def _unit(self, line: InvoiceLine) -> str:
        return "kWh" if line.unit == "kWh" else self.say(line.unit)


def _places(value: Decimal) -> int:
    """The places it needs."""
    return max(0, -int(value.normalize().as_tuple().exponent))


def upper(text: str) -> str:
    """With a capital: labels are written for the middle of a sentence."""
    return text[:1].upper() + text[1:]


def breakable(text: str, longest: int = 20) -> str:
    """The same words; those of more signs than any line needs may be broken every eight of them."""
    return re.sub(rf"\S{{{longest},}}", lambda word: _BREAK.join(re.findall(r".{1,8}", word[0])), text)


def threes(siret: str) -> str:
    """552 100 554 00013: a SIREN, or a SIRET, as people read it aloud."""
    return _THIN.join(one for one in (siret[:3], siret[3:6], siret[6:9], siret[9:]) if one)


def fours(iban: str) -> str:
    """As banks print it."""
    return _FIXED.join(re.findall(r".{1,4}", iban))


def phrase(values: Mapping[str, str | None], separator: str = " · ") -> str:
    """What is known, named: ``SIRET 552… · TVA FR…``."""
    return separator.join(f"{name}{_FIXED}{value}" for name, value in values.items() if value)
