"""Money: what members paid, what producers earned, the prices by date, and what it saves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from mitoyen.contracts import KWH
from mitoyen.history.sentences import rule
from mitoyen.quantities import half_up
from mitoyen.report import pseudonyms
from mitoyen.report.pseudonyms import Pseudonyms
from mitoyen.report.savings import Reference, reference_of, saving
from mitoyen.report.seen import Money, Paid, Seen
from mitoyen.spoken import money, number
from mitoyen_report import charts
from mitoyen_report.charts import Frame
from mitoyen_report.figure import Figure, picture
from mitoyen_report.gathered import NAMED, Gathered
from mitoyen_report.pages import Page
from mitoyen_report.table import Column, Table, drawn
from mitoyen_report.words import Words


def page(of: Gathered, words: Words) -> Page:
    paid = [one for one in of.last if one.money is not None]
    figures: list[Figure] = []
    if paid:
        figures += [_paid(of, paid, words), *_average(of, paid, words)]
    saved = _saved(of, paid, words)
    prices = _prices(of, words)
    people = list(_people(of.last[-1], words)) if of.last else []
    return Page(
        "argent.html",
        "money.html",
        of.operation.title,
        {
            "figures": figures,
            "hidden": words("money hidden") if len(paid) < len(of.last) else "",
            "saved": saved,
            "no_reference": words("no reference") if of.audience == "board" and not saved else "",
            "prices": prices,
            "people": people,
        },
        (*figures, *([saved] if saved else []), prices, *people),
    )


def _of(one: Seen) -> Money:
    assert one.money is not None  # noqa: S101 - asked by whoever calls
    return one.money


def _paid(of: Gathered, paid: Sequence[Seen], words: Words) -> Figure:
    board = _of(paid[-1]).net is not None
    sold = any(one.surplus is not None for one in paid)
    names = ["energy", "fees", *(["other"] if board else [])]
    columns = [Column(words("month")), *(Column(f"{words(name)} €", "money") for name in names)]
    columns += [Column(words(name), "money") for name in ("net", "vat", "gross") if board]
    columns += [Column(words("surplus sold"), "money")] if sold else []
    rows = tuple(
        (
            words.month(one.month),
            *(getattr(_of(one), name) for name in names),
            *((getattr(_of(one), name) for name in ("net", "vat", "gross")) if board else ()),
            *([one.surplus] if sold else []),
        )
        for one in paid
    )
    sums = [sum((row[index] or Decimal(0) for row in rows), Decimal(0)) for index in range(1, len(columns))]
    table = Table(tuple(columns), rows, (words("twelve") if len(paid) == 12 else "", *sums))
    drawn_ones = [name for name in names if any(getattr(_of(one), name) for one in paid)]  # a colour for nothing
    sides = [{name: [drawn(getattr(_of(one), name), "money") for one in paid] for name in drawn_ones}]
    if sold:
        sides.append({"surplus": [drawn(one.surplus, "money") for one in paid]})
    colours = {name: f"var(--c-{name})" for name in (*drawn_ones, "surplus")}
    labels = [words.short(one.month) for one in paid]
    surplus = sums[-1] if sold else None
    said = words(
        "paid says",
        First=words.month(paid[0].month).capitalize(),
        months="" if len(paid) == len(of.last) else words("paid months", n=len(paid)),
        last=words.month(paid[-1].month),
        energy=money(sums[0], words.lang),
        fees=money(sums[1], words.lang),
        earned=money(sums[0], words.lang),
        surplus="" if surplus is None else words("paid surplus", amount=money(surplus, words.lang)),
    )
    legend = [(f"c-{name}", words(name)) for name in drawn_ones]
    legend += [("c-surplus", words("surplus sold"))] if sold else []
    return picture(
        "argent",
        words("paid"),
        said,
        table,
        charts.bars(Frame(charts.WIDE, 250), labels, sides, colours, words("eur")),
        words.lang,
        legend=tuple(legend),
    )


def _average(of: Gathered, paid: Sequence[Seen], words: Words) -> Iterator[Figure]:
    """What a kilowatt-hour cost, by tariff where they are told apart, beside the reference."""
    tariffs = sorted({tariff.tariff for one in paid for tariff in one.tariffs})[:NAMED]
    names = [tariff or words("no group") for tariff in tariffs]
    rows = []
    for one in paid:
        of_tariff = {tariff.tariff: tariff for tariff in one.tariffs}
        prices = [_price(of_tariff[name]) if name in of_tariff else None for name in tariffs]
        reference = reference_of(of.operation, one.month)
        rows.append((words.month(one.month), *prices, reference.price if reference else None))
    table = Table(
        (
            Column(words("month")),
            *(Column(f"{name} {words('eur kwh')}", "price") for name in names),
            Column(words("reference price"), "price"),
        ),
        tuple(rows),
    )
    series = {f"p{index}": [drawn(row[1 + index], "price") for row in rows] for index in range(len(names))}
    series["reference"] = [drawn(row[-1], "price") for row in rows]
    colours = {name: "var(--c-consumed)" if name == "reference" else f"var(--{name})" for name in series}
    if any(value is not None for of_ in series.values() for value in of_):
        labels = [words.short(one.month) for one in paid]
        top = max(value for of_ in series.values() for value in of_ if value is not None)
        spec = charts.lines(Frame(charts.WIDE, 250), labels, series, colours, words("eur kwh"), top=_round_up(top))
        legend = [(f"p{index}", name) for index, name in enumerate(names)]
        legend += [("c-consumed", words("reference"))] if any(row[-1] is not None for row in rows) else []
        yield picture(
            "prix", words("average"), words("average says"), table, spec, words.lang, legend=tuple(legend)
        )


def _round_up(value: float) -> float:
    """The next twentieth."""
    return (int(value * 20) + 1) / 20


def _price(paid: Paid) -> Decimal | None:
    return half_up(Fraction(paid.net) / Fraction(paid.energy, KWH), 6) if paid.energy else None


def _saved(of: Gathered, paid: Sequence[Seen], words: Words) -> Figure | None:
    rows: list[tuple[object, ...]] = []
    energy, total = 0, Decimal(0)
    used: dict[str, Reference] = {}
    for one in paid:
        reference, shared = reference_of(of.operation, one.month), one.energy["shared"]
        if reference is None or shared is None:
            continue
        amount = saving(shared, _of(one).energy + _of(one).fees, reference)
        energy, total = energy + shared, total + amount
        used[reference.source] = reference
        rows.append((words.month(one.month), shared, reference.price, _of(one).energy + _of(one).fees, amount))
    if not rows:
        return None
    each = half_up(Fraction(total) / Fraction(energy, KWH), 4) if energy else Decimal(0)
    said = words("saving says", saving=money(total, words.lang), months=len(rows), each=number(each, words.lang, 4))
    sources = "; ".join(_source(one, words) for one in used.values())
    columns = (
        *(Column(words("month")), Column(f"{words('Shared')} kWh", "energy")),
        *(
            Column(words("reference price"), "price"),
            Column(words("paid"), "money"),
            Column(words("saved"), "money"),
        ),
    )
    table = Table(columns, tuple(rows), ("", energy, None, None, total))
    return Figure(
        "economie",
        words("saving"),
        f"{said} {words('source')}{' : ' if words.lang == 'fr' else ': '}{sources}.",
        table,
    )


def _source(one: Reference, words: Words) -> str:
    return f"{one.source}, {words('checked', day=words.day(one.checked))}" if one.checked else one.source


def _prices(of: Gathered, words: Words) -> Figure:
    people = _people_named(of)
    rows = [
        (group, str(start), *_without(people, rule(entry, words.lang), str(entry.get("because", "")), words.lang))
        for group, entries in sorted(of.tariffs.items())
        for start, entry in sorted(entries.items(), key=lambda item: str(item[0]), reverse=True)
    ]
    columns = (Column(words("tariff")), Column(words("since")), Column(words("what")), Column(words("because")))
    return Figure("tarifs", words("prices"), words("prices says"), Table(columns, tuple(rows)))


def _people_named(of: Gathered) -> Pseudonyms | None:
    """Whom the words of a tariff may not name; None where they may name anybody."""
    if of.audience == "board":
        return None
    rows = {one.id: {"meter": one.meter, "payer": one.payer} for one in of.operation.participants.values()}
    return pseudonyms.of(of.past, rows)


def _without(people: Pseudonyms | None, what: str, because: str, lang: str) -> tuple[str, str]:
    if people is None:
        return what, because
    return people.hidden(what, lang), people.reason(because, lang)


def _people(now: Seen, words: Words) -> Iterator[Figure]:
    """For the board: everyone's month, and every producer's."""
    month = words.month(now.month)
    consumers = [one for one in now.members if one["role"] == "consumer"]
    if consumers:
        columns = (
            Column(words("member")),
            *(Column(f"{words(name.capitalize())} kWh", "energy") for name in ("consumed", "shared", "complement")),
            *(Column(words(name), "money") for name in ("net", "vat", "gross")),
        )
        rows = tuple(
            (
                one["id"],
                *(one[name] for name in ("consumed", "shared", "complement")),
                *(Decimal(one[name]) for name in ("net", "vat", "gross")),
            )
            for one in consumers
        )
        yield Figure("chacun", words("everyone", month=month), "", Table(columns, rows))
    producers = [one for one in now.members if one["role"] == "producer"]
    if producers:
        columns = (
            Column(words("producer")),
            *(Column(f"{words(name.capitalize())} kWh", "energy") for name in ("produced", "shared", "surplus")),
            *(Column(words(name), "money") for name in ("from neighbours", "from surplus")),
        )
        rows = tuple(
            (
                one["id"],
                *(one[name] for name in ("produced", "shared", "surplus")),
                Decimal(one["revenue"]) if "revenue" in one else None,
                Decimal(one["surplus_revenue"]) if "surplus_revenue" in one else None,
            )
            for one in producers
        )
        yield Figure("producteurs", words("revenue", month=month), "", Table(columns, rows))
