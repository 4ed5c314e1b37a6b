"""An invoice, whole: what the ledger freezes and every format writes.

The record holds all that a document may say, so that a format looks nothing up and an invoice of ten years ago is
written again from its own content. Amounts are Decimal EUR, energies ``int`` milliwatt-hours. A period ends on its
last day, as people count. A credit note has negative quantities, never a negative price: the format that must show
them positive turns them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from mitoyen.party import Party

Type = Literal["invoice", "deposit", "credit"]
"""UNTDID 1001: 380, 386, 381."""

Means = Literal["transfer", "direct-debit"]

Supply = Literal["goods", "service"]
"""What a line sells: energy is goods, everything else is a service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Words that stand on an invoice; ``code`` as UNTDID 4451 (PMT, PMD, AAB...), or empty."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Another invoice that this one speaks of."""

    number: str
    issued: date


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """``quantity`` x ``price`` is ``amount``, to the cent, half up: on the document as in the computation."""

    item: str
    """What it is, for machines: ``energy``, ``energy:peak``, ``fee``."""
    label: str
    """The same for people, in the invoice's language."""
    point: str
    """The participant whose meter it is for."""
    first: date
    last: date
    quantity: Decimal
    """At most three decimals; negative where something is taken back."""
    unit: Literal["kWh", "month", "share", "one"]
    price: Decimal
    """EUR a unit, excluding tax, at most six decimals."""
    amount: Decimal
    supply: Supply
    category: str
    """Of VAT, as UNTDID 5305 codes it: S standard, E exempt, AE reverse charge, O outside the scope."""
    rate: Decimal
    """Of VAT, in percent: 20, 5.5, 0."""
    month: str
    """Which month's charges it belongs to: not the invoice's where it makes up for an earlier one."""
    kind: Literal["sale", "deposit", "drawn", "refund"] = "sale"
    """A sale; a deposit, paid before delivery; energy drawn from one, which takes it off again; what is left of one
    and given back."""
    bought: date | None = None
    """The day of the package it is, or is drawn from."""
    cites: Reference | None = None
    """The deposit invoice that it draws on, the invoice that it takes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceTax:
    """The VAT of one category and rate, on the sum of its rounded lines."""

    category: str
    rate: Decimal
    net: Decimal
    vat: Decimal
    mention: str = ""
    """The words the law wants where there is no tax."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPoint:
    """A meter the invoice is for."""

    id: str
    """The participant's pseudonym."""
    number: str | None
    """PRM, 14 digits, where the vault has it."""
    consumed: int
    shared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day's energy, all points together."""

    day: date
    consumed: int
    shared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What came from one plant."""

    producer: str
    energy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One document from one seller to one buyer."""

    number: str | None
    """None on a draft: numbers are given when it is issued."""
    type: Type
    issued: date | None
    """None on a draft."""
    operation: str
    title: str
    month: str
    revision: int
    """Of the settlement the charges are from."""
    first: date
    last: date
    seller_id: str
    seller: Party
    buyer_id: str
    buyer: Party
    organiser_id: str
    organiser: Party
    """Where it is not the seller, it invoices in the seller's name under a mandate."""
    lang: Literal["fr", "en"]
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[InvoiceTax, ...]
    net: Decimal
    vat: Decimal
    gross: Decimal
    paid: Decimal
    """Already received of ``gross``."""
    payable: Decimal
    due: date | None
    means: Means
    cites: tuple[Reference, ...] = ()
    """What a credit note takes back; what an invoice replaces."""
    reason: str = ""
    """Why it corrects another one, in a sentence."""
    notes: tuple[Note, ...] = ()
    points: tuple[DeliveryPoint, ...] = ()
    days: tuple[Day, ...] = ()
    origins: tuple[Origin, ...] = ()
    code: str = ""
    """What ``mitoyen explain`` finds the computation by."""

    @property
    def mandated(self) -> bool:
        """Whether the organiser writes it in another's name."""
        return self.organiser_id != self.seller_id

    @property
    def name(self) -> str:
        """What its files are called: by its number; a draft by its month, seller and buyer."""
        name = self.number or f"{self.month}-{self.seller_id}-{self.buyer_id}-{self.type}"
        return name.replace("/", "-")


def encode(invoice: Invoice) -> bytes:
    """Canonical JSON: one content, the same bytes anywhere."""
    import msgspec  # here and below: every command reads the records, few write them

    return msgspec.json.encode(invoice, enc_hook=_plain, order="sorted")


def decode(content: bytes) -> Invoice:
    """Raise ValueError on what is not an invoice."""
    import msgspec

    return msgspec.json.decode(content, type=Invoice)


def _plain(value: Any) -> Any:
    if isinstance(value, MappingProxyType | Mapping):
        return dict(value)
    raise NotImplementedError(f"an invoice has no {type(value).__name__}")
