"""The accounts that entries go to: those of the French chart (PCG) unless an operation names its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mitoyen.contracts import Finding, Place
from mitoyen.diagnostics import Refused

if TYPE_CHECKING:
    from mitoyen.invoice import InvoiceLine

ROLES: Mapping[str, tuple[str, str, str]] = {
    "client": ("411000", "Clients", "who owes; the member is its auxiliary"),
    "energy": ("701000", "Ventes d'énergie", "energy sold"),
    "service": ("706000", "Prestations de services", "everything else that is sold"),
    "excise": ("447800", "Accise sur l'électricité", "the excise on electricity, owed to the State"),
    "deposit": ("419100", "Clients, avances et acomptes reçus", "paid before delivery, until it is delivered"),
    "share": ("101300", "Capital souscrit, appelé, versé", "shares of members in the capital"),
    "vat": ("445710", "TVA collectée", "VAT"),
}
"""By role: the account, its title in the books, what goes there."""

BY_RATE = ("energy", "service", "excise", "deposit", "vat")
"""The roles that may have an account for each rate of VAT."""


@dataclass(frozen=True, slots=True)
class Account:
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one operation, by role and rate of VAT."""

    chosen: Mapping[str, str | Mapping[str, str]]
    locate: Callable[..., Place]

    def of(self, role: str, rate: Decimal = Decimal(0)) -> Account:
        """Raise Refused where the options name accounts by rate, and not this one."""
        default, title, _what = ROLES[role]
        chosen = self.chosen.get(role, default)
        if isinstance(chosen, str):
            return Account(chosen, title)
        for written, number in chosen.items():
            if Decimal(written) == rate:
                return Account(number, f"{title} {shown(rate)} %")
        raise Refused(
            Finding(
                "ACC861",
                f"no account is named for {title} at {shown(rate)} % of VAT",
                self.locate("accounts", role),
                f'add it: {role}: {{…, "{shown(rate)}": "{default}"}}',
            )
        )


def role(line: InvoiceLine) -> str:
    """What a line of an invoice is in the books."""
    if line.kind != "sale":
        return "deposit"
    if line.unit == "share":
        return "share"
    if line.item.partition(":")[0] == "excise":
        return "excise"
    return "energy" if line.supply == "goods" else "service"


def shown(rate: Decimal) -> str:
    """``20``, ``5.5``"""
    return f"{rate.normalize():f}"


def _schema(name: str) -> dict[str, Any]:
    default, title, what = ROLES[name]
    number = {"type": "string", "pattern": "^[0-9]{3,15}$", "description": "an account: digits, between quotes"}
    described = f"{what}; by default {default} ({title})"
    if name not in BY_RATE:
        return {**number, "description": described}
    return {
        **number,
        "type": ["string", "object"],
        "description": f'{described}; or by rate of VAT, such as {{"20": "{default}"}}',
        "minProperties": 1,
        "propertyNames": {
            "type": "string",
            "pattern": r"^[0-9]{1,2}(\.[0-9]{1,2})?$",
            "description": "a rate of VAT in percent, between quotes, such as 5.5",
        },
        "additionalProperties": number,
    }


SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {name: _schema(name) for name in ROLES},
    "description": "accounts, where they are not those by default / comptes",
}

JOURNAL: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "description": "the journal of the entries / journal",
    "properties": {
        "code": {
            "type": "string",
            "pattern": "^[A-Za-z0-9]{1,10}$",
            "default": "VE",
            "description": "its code; another one for each operation of a seller / code du journal",
        },
        "label": {"type": "string", "minLength": 1, "default": "Ventes", "description": "its title / libellé"},
    },
    "default": {"code": "VE", "label": "Ventes"},
}
