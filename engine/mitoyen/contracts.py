"""The records that plugins yield and receive. Nothing else crosses the border between engine and plugins.

Units, everywhere in this module:

- energy is ``int64`` milliwatt-hours (1 kWh = 1 000 000), in arrays of shape ``[member, step]``;
- a share (a part of a whole) is an ``int`` in billionths: 40 % is 400 000 000;
- money is ``Decimal`` EUR;
- time is a :class:`Clock`: equal steps counted in UTC, with a zone to say what the clocks on the wall show.

An invoice and a party, which have a file each, are taken from here too. The integer :data:`API` is the version of
this border. Fields and parameters are only ever added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mitoyen.clock import Clock, Month
from mitoyen.invoice import Invoice as Invoice
from mitoyen.invoice import Note as Note
from mitoyen.invoice import Supply as Supply
from mitoyen.party import Party as Party

if TYPE_CHECKING:
    import click


API = 1

KWH = 1_000_000
"""Milliwatt-hours in one kilowatt-hour."""

WHOLE = 1_000_000_000
"""The whole that shares are parts of: 100 %."""

MISSING = -(2**63)
"""The value of a step that was not delivered. Zero is a measure; this is not."""

Energies = NDArray[np.int64]
Options = Mapping[str, Any]
Role = Literal["consumer", "producer"]
Part = Literal["consumer", "producer", "buyer"]
"""What someone is in a settled month; a buyer takes surplus, and is no participant."""
Severity = Literal["error", "warning", "note"]

NOTHING: Mapping[str, Any] = MappingProxyType({})
NO_OPTIONS: Mapping[str, Any] = MappingProxyType({"type": "object", "additionalProperties": False})


# --- what is said to people ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a value was written: a file as people name it, a line and a column counted from 1."""

    path: str
    line: int = 1
    column: int = 1
    width: int = field(default=1, compare=False)
    excerpt: str = field(default="", compare=False, repr=False)
    """The whole line, where showing it tells nothing about a person; else empty."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell: a code of the catalogue, what is wrong, where, and what to do."""

    code: str
    message: str
    place: Place | None = None
    help: str = ""
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Objection:
    """A finding of a rule about its own options: ``path`` leads to the value inside ``with:``."""

    path: tuple[str | int, ...]
    code: str
    message: str
    help: str = ""
    severity: Severity = "error"


# --- an operation, as rules and checks see it ----------------------------------------------------------------


class Locate(Protocol):
    """Says where a value of the operation was written: a file of its folder, then the keys that lead to it.

    ``locate("keys.yaml", "2026-04-01", "with", "shares", "m-3fk2")`` is the place of that value; with ``key=True``
    the place of the key itself. Dates are written as in the file; a missing path gives its nearest ancestor.
    """

    def __call__(self, file: str, *path: str | int, key: bool = False) -> Place: ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """Shares of the co-operative bought on a day."""

    start: date
    shares: int
    price: Decimal
    """EUR a share."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A metering point in the operation, from one local midnight until another (``to`` is exclusive)."""

    id: str
    role: Role
    meter: str
    start: date
    to: date | None
    tariff: str | None = None
    seller: str | None = None
    power: int | None = None
    """Installed (producer) or subscribed (consumer) power in watts."""
    payer: str | None = None
    """Whose invoices this consumer's energy is on, where it is somebody else."""
    membership: tuple[Subscription, ...] = ()
    consent: date | None = None
    """The last day on which it lets its curves be read, where that has an end."""

    def in_force(self, day: date) -> bool:
        return self.start <= day and (self.to is None or day < self.to)


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule in force from a local midnight until the next entry of its map."""

    start: date
    rule: str
    options: Options
    """As the rule's schema reads them: percents as billionths, prices as Decimal, dates as dates."""
    because: str | None = None
    serves: frozenset[str] | None = None
    """The consumers a key gives energy to, or None where it serves whoever is in force."""
    names: tuple[tuple[tuple[str | int, ...], str, str], ...] = ()
    """Each participant the options name: (path below the entry, ``consumer`` or ``producer``, id)."""


@dataclass(frozen=True, slots=True)
class Regime:
    """How a seller is taxed from a date on, until its next entry."""

    start: date
    vat: str
    """The regime's name under the operation's law."""


@dataclass(frozen=True, slots=True)
class ExciseDue:
    """Whether the operation holds that the excise is due from a date on, until its next entry."""

    start: date
    due: bool
    because: str
    """The law is contested: why they hold so."""


@dataclass(frozen=True, slots=True)
class SurplusSale:
    """Who takes a producer's surplus from a date on, until its next entry, and on what terms."""

    start: date
    buyer: str | None
    """None where it is given to nobody who is named."""
    price: Decimal
    """EUR a kWh, excluding tax; zero where it is given."""
    given: bool = False
    reverse_charge: bool = False
    """Whether the buyer owes the VAT."""
    resells: bool = False
    """Whether it is on record that the buyer buys to resell."""
    invoiced_by: Literal["seller", "buyer"] = "seller"
    mandate: date | None = None
    """The day on which the seller let the buyer write its invoices."""
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One collective self-consumption operation as its files say it."""

    id: str
    title: str
    organiser: str
    opened: date
    zone: str
    steps: Mapping[date, int]
    """Seconds in a step, by the date from which it holds."""
    participants: Mapping[str, Participant]
    keys: Sequence[Entry]
    tariffs: Mapping[str, Sequence[Entry]]
    source: str | None
    source_options: Options
    formats: Sequence[str]
    format_options: Options
    law: str | None
    details: Mapping[str, Any]
    """The rest of operation.yaml as written (agreement, perimeter, limits...)."""
    months: Mapping[str, Mapping[str, Any]]
    """The pointers of data/, by month."""
    files: Mapping[str, str | None]
    """Every file of the folder by its path inside it: its text, or None where it is not UTF-8 text or too large."""
    locate: Locate = field(compare=False, repr=False)
    sellers: Mapping[str, Sequence[Regime]] = field(default_factory=lambda: NOTHING)
    """Who sells, with the VAT regimes of each by date; where nobody is named, amounts are excluding tax."""
    territory: str = "mainland"
    """Where the energy is delivered, by the name the law's rates go by."""
    packages: Mapping[str, Sequence[Package]] = field(default_factory=lambda: NOTHING)
    """What each member bought ahead, by day."""
    exports: Mapping[str, Options] = field(default_factory=lambda: NOTHING)
    """The options of each export that operation.yaml names, by its id, as its schema reads them."""
    excise: Sequence[ExciseDue] = ()
    surplus: Mapping[str, Sequence[SurplusSale]] = field(default_factory=lambda: NOTHING)
    """By producer; ``otherwise`` is every producer on the days it has no entry of its own."""


# --- offers: what a plugin brings ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something YAML can name by ``id``.

    ``version`` is raised when the same input may give another result; an issued month keeps the version it was
    issued with. ``schema`` is the JSON Schema (draft-07 words) of the ``with:`` block. Its string formats say how
    a value is read before the offer sees it: ``percent`` (int, billionths), ``price`` (Decimal, EUR/kWh),
    ``fee`` (Decimal, EUR/month), ``energy`` (int, milliwatt-hours), ``power`` (int, watts), ``date``, ``time``
    (minutes since midnight), and ``consumer``, ``producer``, ``meter``, which name a participant or meter of the
    operation and are checked against it.
    """

    id: str
    version: int
    title: str
    schema: Mapping[str, Any] = field(default_factory=lambda: NO_OPTIONS)


# --- meter data ----------------------------------------------------------------------------------------------

Kind = Literal["measured", "shared", "complement", "surplus", "coefficient"]


@dataclass(frozen=True, slots=True)
class Point:
    """One meter a source is asked for, and the window of the month in which it counts."""

    meter: str
    participant: str
    role: Role
    first: int
    """First step of the clock in force."""
    last: int
    """One past the last step in force."""
    power: int | None
    """Watts, or None where the operation does not say."""
    place: Place


@dataclass(frozen=True, slots=True)
class Request:
    """What a source is asked: these points, on this clock."""

    points: tuple[Point, ...]
    clock: Clock
    options: Options
    folders: tuple[Path, ...]
    """Where relative files are looked for, first match wins."""
    files: tuple[Path, ...]
    """Files named on the command line; where present they replace the ones of the options."""
    locate: Callable[..., Place]
    """``locate("files", 0)`` is the place of that option in operation.yaml."""
    numbers: Mapping[str, str] = field(default_factory=lambda: NOTHING, repr=False)
    """The operator's number (PRM) of meters by alias, from the vault: only for a source that ``needs_numbers``."""
    agreement: str = ""
    """The operation's agreement with the grid operator; empty where its files name none."""
    kept: Path | None = None
    """A folder of this source's own for this month, that git ignores and that may be deleted at any time; it may
    not be there yet. None where nothing can be kept."""


@dataclass(frozen=True, slots=True)
class Series:
    """One curve of one meter, ``values`` of shape [step]: milliwatt-hours, or billionths for a coefficient."""

    meter: str
    kind: Kind
    values: Energies
    toward: str | None = None
    """For a coefficient of a producer-consumer pair: the producer's participant id."""
    at: Callable[[int], Place] | None = field(default=None, compare=False, repr=False)
    """The place of a step's value, or of the last one before a hole, in the file it was read from."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The account of one file (or one reply): ``taken`` + the sum of ``left`` is what was in it."""

    name: str
    facts: Mapping[str, str]
    """What was found by looking: layout, unit, delimiter, step, stamp, zone..."""
    rows: int
    taken: int
    left: Mapping[str, int]
    """Rows not taken, by reason."""


@dataclass(frozen=True, slots=True)
class MeterData:
    """What a source brings back. Holes are MISSING; the source fills nothing."""

    series: tuple[Series, ...]
    readings: tuple[Reading, ...] = ()
    findings: tuple[Finding, ...] = ()
    gaps: Literal["refuse", "zero", "estimate"] = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Offer):
    """Brings meter data: curve files, an operator's API, a simulation."""

    fetch: Callable[[Request], MeterData]
    needs_numbers: bool = False
    """True where it knows meters by the operator's number: the engine then opens the vault."""
    asks: Callable[[Request], Iterable[str]] | None = None
    """What it would read, or ask of whom, a line each, for ``fetch --dry-run``: nothing is read or sent. No line
    holds a whole number of a meter. Raise Refused where the options do not hold. None where it does not say."""


# --- sharing -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sharing:
    """The energy of some consecutive steps during which one key is in force.

    Rows are sorted by participant id. Arrays may be read-only; a rule does not write into them.
    """

    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    produced: Energies
    """[producer, step]"""
    consumed: Energies
    """[consumer, step]"""
    clock: Clock
    options: Options = field(default_factory=lambda: NOTHING)
    published: Energies | None = None
    """[consumer, step]: the shares the grid operator published, MISSING where it did not."""
    published_surplus: Energies | None = None
    """[producer, step]: likewise."""
    coefficients: Energies | None = None
    """[consumer, step] or [producer, consumer, step], billionths, as delivered with the data."""

    @property
    def pot(self) -> Energies:
        """All production of each step, [step]."""
        return np.asarray(self.produced.sum(axis=0, dtype=np.int64))

    def part(self, first: int, last: int, consumed: Energies) -> Sharing:
        """Some of the steps, with another consumption in them."""

        def some(values: Energies | None) -> Energies | None:
            return None if values is None else values[..., first:last]

        return replace(
            self,
            produced=self.produced[:, first:last],
            consumed=consumed,
            clock=self.clock.part(first, last),
            published=some(self.published),
            published_surplus=some(self.published_surplus),
            coefficients=some(self.coefficients),
        )


class Unshareable(Exception):
    """A rule cannot share these steps: says why, and at which step (from the start of its sharing)."""

    def __init__(self, message: str, step: int) -> None:
        super().__init__(message)
        self.step = step


@dataclass(frozen=True, slots=True)
class Shares:
    """What a rule gives: ``shared`` of shape [consumer, step], or [producer, consumer, step] by pair.

    In the pooled form ``given`` [producer, step] may say how much each producer contributed; where absent, the
    engine attributes in proportion to each one's production at the step.
    """

    shared: Energies
    given: Energies | None = None
    notes: tuple[str, ...] = ()
    """What the rule had to do that people should know, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRule(Offer):
    """Shares production between consumers: pure, exact, conserved, capped by consumption."""

    allocate: Callable[[Sharing], Shares]
    sample: Callable[[Random, Sharing], Sharing] = lambda _random, sharing: sharing
    """For the conformance kit: the same sharing with options (or published data) that this rule can use."""
    serves: Callable[[Options], Iterable[str] | None] = lambda _options: None
    """The consumers these options name, or None where the rule serves whoever is in force."""
    needs: Callable[[Options], Literal["published", "coefficients"] | None] = lambda _options: None
    """What must have been delivered beside the measures, under these options."""
    check: Callable[[Options], Iterable[Objection]] = lambda _options: ()
    """What no schema sees in the options."""
    binding: bool = False
    """True where the shares are the operator's own, not a computation of ours."""


# --- pricing -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Energy:
    """What one consumer received in a stretch of one month during which one tariff entry is in force."""

    clock: Clock
    shared: Energies
    """[step]"""
    consumed: Energies
    """[step]"""
    by_producer: Mapping[str, Energies]
    """The same energy by producer, [step] each; sums to ``shared``."""
    days: int
    """Days of the stretch in which the consumer takes part."""
    days_in_month: int
    options: Options = field(default_factory=lambda: NOTHING)
    carried: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """What the rule carried on from the days before these, where it ``carries``; empty at the member's first."""
    packages: tuple[Package, ...] = ()
    """What the member bought ahead in these days, in their order (packages.yaml)."""
    ends: bool = False
    """Whether these are the member's last days under this rule: it leaves, or another rule follows."""


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """Energy bought ahead on a day, in milliwatt-hours."""

    day: date
    energy: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill, not yet rounded: the engine multiplies and rounds once, half up, to the cent."""

    item: str
    """What it is, for machines: ``energy``, ``energy:peak``, ``tier:1``, ``given``, ``fee``."""
    quantity: int | Fraction
    """Milliwatt-hours where the unit is kWh, else a count (a part of a month is a Fraction). May be negative."""
    unit: Literal["kWh", "month", "share", "one"]
    price: Decimal
    """EUR per unit, excluding tax. Never negative."""
    option: tuple[str | int, ...]
    """The path in ``with:`` of the value that set the price, so that the line can show its place.

    Empty where the rule itself sets it: energy that is given.
    """
    days: tuple[date, date] | None = None
    """The first day of the line and the one after its last, where they are not those of the whole stretch."""
    by_producer: Mapping[str, int] | None = None
    """Milliwatt-hours by producer, where the rule knows whose energy the line is: its amount is split between them.

    Where it does not, the amount is split by what each gave in the whole stretch.
    """
    supply: Supply | None = None
    """What it sells; None for what its unit says, energy where that is kWh and a service elsewhere.

    A service is sold by the organiser, once a member: the same line of several sellers' energy is one line.
    """
    kind: Literal["sale", "deposit", "drawn", "refund"] = "sale"
    """A deposit is paid ahead and is an invoice of its own; what is drawn deducts a sale from it; a refund gives
    back what is left of it, by a credit note of its own."""
    bought: date | None = None
    """The day of the package the line is about: whose deposit, and whose price, where that is not of these days."""


@dataclass(frozen=True, slots=True)
class Least:
    """The least that the energy of a stretch costs, EUR, exact: the engine tops up the month to it, in one line."""

    amount: Fraction
    option: tuple[str | int, ...]
    """The path in ``with:`` of the value that set it."""


@dataclass(frozen=True, slots=True)
class Charges:
    """What one consumer owes for one stretch."""

    lines: tuple[Line, ...]
    least: Least | None = None
    carried: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """What goes on to the member's next days, in this month or a later one: plain JSON values, all of them exact
    (whole milliwatt-hours as int, money and days as text)."""


class Unpriced(Exception):
    """A rule has no price for some energy, through no fault of its own: says why, and what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffRule(Offer):
    """Prices one consumer's energy: pure, in Decimal."""

    price: Callable[[Energy], Charges]
    check: Callable[[Options], Iterable[Objection]] = lambda _options: ()
    """What no schema sees in the options."""
    begins: Callable[[Options], date | None] = lambda _options: None
    """The first day that these options have a price for, None where they have one for any day."""
    in_force: Callable[[Options, date, date], Mapping[str, Any]] = lambda options, _first, _last: options
    """What the options come to from a day to another (exclusive), in named values for the fingerprint.

    A rule with dates in its options leaves out the others: a value of next year moves no month of this one.
    """
    carries: bool = False
    """Whether the rule hands on a state from one stretch of a member to the next, over the months.

    Such a rule prices the energy of one seller. Its months are settled in order.
    """
    balance: Callable[[Mapping[str, Any]], int] | None = None
    """Of what is carried: the energy paid for and not received yet, in milliwatt-hours; None where none is."""
    empty: Callable[[Options], Literal["others", "surplus"] | None] = lambda _options: None
    """Who receives what a member without a balance would have; None where it goes on receiving, at another price.

    ``others``: the key shares it between those who are left; ``surplus``: it is no longer shared.
    """


# --- tax -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Levy:
    """The VAT on a supply on a day."""

    rate: int
    """Billionths: 20 % is 200 000 000."""
    category: str
    """As EN 16931 codes it (UNTDID 5305): S standard, E exempt, AE reverse charge, O outside the scope."""
    mention: str = ""
    """The words the law wants on the document, where there is no tax."""


@dataclass(frozen=True, slots=True)
class Excise:
    """What is owed to the State on each kilowatt-hour sold, on a day."""

    rate: Decimal
    """EUR a kWh."""
    reference: str = ""
    """The text that sets it, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax(Offer):
    """The VAT and the excise of one law: pure, by date. A function raises ValueError on a day it does not know."""

    law: str
    regimes: Sequence[str]
    """The names a seller's ``vat:`` may have."""
    territories: Sequence[str]
    levy: Callable[[str, str, Supply, date], Levy]
    """(regime, territory, supply, day) -> the VAT that day."""
    changes: Callable[[str, date, date], Iterable[date]]
    """(territory, first, last exclusive) -> the days on which a rate or a mention changes."""
    resale: Callable[[str, str, date], Levy] | None = None
    """(regime, territory, day) -> likewise of energy that a buyer resells and owes the VAT on."""
    excise: Callable[[str, int, date], Excise] | None = None
    """(territory, the consumer's subscribed power in watts, day) -> the excise that day, where it is due."""
    excise_changes: Callable[[str, date, date], Iterable[date]] = lambda _territory, _first, _last: ()
    """(territory, first, last exclusive) -> the days on which a rate changes, or is no longer known."""


# --- the law of invoices ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLaw(Offer):
    """What one law wants of invoices beside their VAT: pure, by date."""

    law: str
    notes: Callable[[str, str, date], Sequence[Note]]
    """(kind of buyer, language, day of issue) -> the words it wants there, in their order."""
    horizon: Callable[[str, date], int | None]
    """(kind of buyer, day of issue) -> how many months back more may still be asked for, None without a limit."""


# --- documents -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    media_type: str
    content: bytes
    notes: tuple[str, ...] = ()
    """What people should know of it, in a sentence each: no name, no number of a meter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFormat(Offer):
    """Renders one member's month. ``statement`` is the member's record of the settle JSON, with its unit."""

    render: Callable[[Mapping[str, Any], Options], Document]
    roles: frozenset[Part] = frozenset({"consumer"})
    """Whose statements it writes; that of a producer has ``revenue`` and ``sales``, and ``surplus_revenue`` and
    ``surplus_sales`` where somebody takes its surplus; that of a buyer has the lines of that surplus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFormat(Offer):
    """Writes an invoice, a deposit invoice or a credit note; one without a number is a draft, and says so."""

    render: Callable[[Invoice, Options], Document]
    """Pure: the same bytes for the same invoice. Raise Refused where it cannot be written: none is issued then."""
    applies: Callable[[Invoice, Options], bool] = lambda _invoice, _options: True
    """Whether this one is written so: not everyone is sent an e-invoice."""
    replaces: frozenset[str] = frozenset()
    """The ids of formats that are not written where this one is: a PDF that is an e-invoice is a PDF too."""


# --- exports -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Allocated:
    """A month's energy as the keys in force share it, rows by participant id.

    ``produced`` [producer, step], ``consumed`` [consumer, step], ``shared`` [producer, consumer, step].
    """

    month: Month
    clock: Clock
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    produced: Energies
    consumed: Energies
    shared: Energies
    binding: bool
    """Whether the shares are the grid operator's own, not a computation of ours."""


@dataclass(frozen=True, slots=True)
class Export:
    """Some months of one operation, for another program. Nothing is looked up before it is asked for."""

    operation: Operation
    months: tuple[Month, ...]
    """One after another, without a hole."""
    invoices: Callable[[], Iterator[Invoice]]
    """What is issued of these months, corrections too, by series and number, one at a time. Raises Refused where
    nothing is."""
    issued: Callable[[date, date], Iterator[Invoice]]
    """What was issued from a day to another, both counted in, whatever its month; likewise."""
    producers: Callable[[], Iterator[Mapping[str, Any]]]
    """The record of each producer in the settle JSON, by month and issued revision, with both of them and the day
    ``issued``; likewise."""
    party: Callable[[str], Party | None]
    """Who is behind a pseudonym today; None where the vault does not say."""
    options: Options
    locate: Callable[..., Place]
    """``locate("accounts", "vat")`` is the place of that option in operation.yaml."""
    allocated: Callable[[], Iterator[Allocated]] = lambda: iter(())
    """The energy of each month, step by step, whether it is issued or not. Raises Refused where one has no data."""
    numbers: Callable[[], Mapping[str, str]] = dict
    """The operator's number (PRM) of meters by alias, from the vault; raises Refused where it does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFormat(Offer):
    """Writes for another program: an accountant's, a bank's. Its options are in ``exports: {<id>: …}``."""

    export: Callable[[Export], Iterable[Document]]
    """Pure: same input, same bytes. Raise Refused where something is missing: nothing is written then."""


# --- indicators ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Observed:
    """A month of an operation as an indicator sees it: totals only, nobody's curve.

    Every step has its value, none is MISSING, and 0 <= shared <= produced and consumed. Arrays may be read-only.
    """

    month: Month
    clock: Clock
    produced: Energies
    """[step], of all producers."""
    consumed: Energies
    """[step], of all consumers."""
    shared: Energies
    """[step], what all consumers received."""
    power: int
    """Watts of the plants in force at the end of the month, all of them; 0 where it is not known of each."""
    consumers: int
    """How many take part in the month, on one day at least."""
    producers: int
    net: Decimal | None = None
    """EUR before tax: what consumers owe for the energy of the month and in its fees. Shares of the co-operative
    and packages paid ahead are not in it; energy drawn from a package is. None where it may not be seen."""
    gross: Decimal | None = None
    """The same with its taxes. None also where only ``net`` is told."""


@dataclass(frozen=True, slots=True)
class Said:
    """An indicator in one language, for members who do not code: a page shows all four."""

    name: str
    definition: str
    """What it says, and what it does not."""
    formula: str
    source: str
    """Who defines it so; what is only a convention says that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator(Offer):
    """A figure of some consecutive months, for the report. Pure: it reads nothing but what it is given."""

    said: Mapping[str, Said]
    """By language: ``fr``, always; ``en`` where there is one."""
    unit: str
    """``%``, ``kWh``, ``kWh/kWp``, ``EUR/kWh``, ``h``…"""
    measure: Callable[[Sequence[Observed]], Fraction | None]
    """The value over the months, of which there is one at least; None where it has none, as of months without any
    production. Exact: sums are ``int`` before they are divided. In ``%`` it is a part of 1: 2/5 is shown 40 %."""
    decimals: int = 1
    """How many are shown."""
    money: bool = False
    """Whether it reads ``net`` or ``gross``: it is not measured over a month whose ``net`` is None."""

    def over(self, months: Sequence[Observed]) -> Fraction | None:
        """The value to show; None where there is none, or where it reads money that is not told.

        Raise ValueError where what it gives is not exact: an indicator is not taken on trust either.
        """
        if not months or (self.money and any(one.net is None for one in months)):
            return None
        value: object = self.measure(months)
        if value is None or (
            isinstance(value, Fraction) and type(value.numerator) is type(value.denominator) is int
        ):
            return value
        raise ValueError(
            f"the indicator {self.id} gives {value!r}: a value is a Fraction of two int, such as "
            "Fraction(int(part.sum()), int(whole.sum())), or None"
        )


# --- checks, executors, stores, vaults -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Offer):
    """Looks at one operation and yields findings. ``law`` limits it to operations under that law."""

    check: Callable[[Operation], Iterable[Finding]]
    law: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Executor(Offer):
    """Runs independent, restartable tasks and yields each result as it comes, in any order."""

    run: Callable[[Callable[[Any], Any], Sequence[Any], Options], Iterator[Any]]


class Shelf(Protocol):
    """Where a store keeps one repository's frozen data and cached results, by kind and key."""

    def read(self, kind: str, key: str) -> bytes | None: ...

    def write(self, kind: str, key: str, content: bytes) -> None:
        """Whole or not at all; writing a key again with the same content is not an error."""

    def has(self, kind: str, key: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(Offer):
    open: Callable[[Path, Options], Shelf]
    """The repository's folder and the options -> the shelf."""


class Safe(Protocol):
    """Where a vault keeps who is behind each pseudonym: one party's YAML a name, outside git."""

    def names(self) -> Iterable[str]: ...

    def read(self, name: str) -> bytes | None: ...

    def write(self, name: str, content: bytes) -> None:
        """Whole or not at all, for nobody but its owner to read."""

    def remove(self, name: str) -> bool:
        """Whether there was anything; afterwards there is nothing, and no key to read a copy with."""

    def where(self, name: str) -> str:
        """The file as people name it, in a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault(Offer):
    open: Callable[[Path, Options], Safe]
    """The repository's folder and the options -> the safe. Raise Refused where others could read it."""


# --- commands ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Offer):
    """A command of a plugin's own: ``mitoyen <id> …``. ``title`` is its line in ``mitoyen --help``."""

    version: int = 1
    load: Callable[[], click.Command]
    """Called when the command runs, and not before: what is slow to import is imported there. The context's
    ``obj`` is the folder that ``--repo`` names."""
