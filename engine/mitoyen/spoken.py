"""Numbers and words as people read them, in French or English. Exact: digits come from integers, not floats."""

from __future__ import annotations

from decimal import Decimal

from mitoyen.contracts import KWH

_MARKS = {"fr": ("\u202f", ","), "en": (",", ".")}

_WORDS = {
    "month": ("Mois", "Month"),
    "member": ("Participant", "Member"),
    "produced": ("Produit", "Produced"),
    "consumed": ("Consommé", "Consumed"),
    "shared": ("Partagé", "Shared"),
    "complement": ("Complément", "Complement"),
    "surplus": ("Surplus", "Surplus"),
    "self_consumption": ("Autocons.", "Self-cons."),
    "coverage": ("Autoprod.", "Coverage"),
    "amount": ("HT €", "Net €"),
    "gross": ("TTC €", "Gross €"),
    "surplus_sold": ("Surplus HT €", "Surplus net €"),
    "state": ("État", "State"),
    "total": ("Total", "Total"),
    "figure": ("Grandeur", "Figure"),
    "ours": ("Nous", "Ours"),
    "theirs": ("Gestionnaire", "Operator"),
    "difference": ("Écart", "Difference"),
    "beyond": ("Pas en écart", "Steps beyond"),
    "most": ("Au plus", "Largest"),
    "at": ("Quand", "When"),
    "draft": ("brouillon", "draft"),
    "issued": ("émis", "issued"),
    "replaced": ("remplacé", "replaced"),
    "reused": ("inchangé", "unchanged"),
    "recorded": ("Consigné dans le commit {commit}", "Recorded in commit {commit}"),
    "summary": (
        "{units} mois réglés : {fresh} à neuf, {reused} sans changement",
        "{units} months settled: {fresh} computed, {reused} unchanged",
    ),
}

_ITEMS = {
    "energy": ("énergie partagée", "shared energy"),
    "tier": ("énergie partagée, tranche {}", "shared energy, tier {}"),
    "given": ("énergie partagée, donnée", "shared energy, given"),
    "fee": ("part fixe", "fixed fee"),
    "fee_per_kwh": ("frais par kWh", "fee per kWh"),
    "minimum": ("complément au minimum du mois", "top-up to the minimum of the month"),
    "package": ("forfait d'énergie", "package of energy"),
    "drawn": ("énergie prise sur le forfait", "energy taken from the package"),
    "refund": ("reste du forfait remboursé", "rest of the package, refunded"),
    "rounding": ("arrondi du forfait", "rounding of the package"),
    "membership": ("parts sociales", "membership shares"),
    "excise": ("accise sur l'électricité", "excise on electricity"),
    "surplus": ("surplus", "surplus"),
    "surplus-given": ("surplus cédé gratuitement", "surplus, given"),
}
"""The items of lines that we and our tariff rules make; ``{}`` is what follows the colon."""


_BILLING = {
    "invoice": ("facture", "invoice"),
    "deposit": ("facture d'acompte", "deposit invoice"),
    "credit": ("avoir", "credit note"),
    "unit": (
        "{operation} {month}, révision {revision}, émise le {issued} : {count} pièces, {gross} € TTC",
        "{operation} {month}, revision {revision}, issued on {issued}: {count} documents, {gross} EUR gross",
    ),
    "deferred": (
        "petit écart, sur la prochaine facture de : {members}",
        "a small difference, on the next invoice of: {members}",
    ),
    "nothing": (
        "Rien à émettre : tout ce qui est dû a été facturé",
        "Nothing to issue: all that is due was billed",
    ),
    "planned": ("{count} pièces seraient émises", "{count} documents would be issued"),
    "none": ("Aucune facture n'est au registre", "No invoice is in the register"),
}


def billing(lang: str, name: str, **values: object) -> str:
    """What is said of invoices."""
    return _BILLING[name][lang == "en"].format(**values)


def words(lang: str, name: str) -> str:
    french, english = _WORDS[name]
    return english if lang == "en" else french


def item(name: str, lang: str) -> str:
    """What a line is of: ``energy:peak`` is "shared energy (peak)"; a kind that is not ours is shown as it is."""
    kind, _, part = name.partition(":")
    french, english = _ITEMS.get(kind, (kind, kind))
    said = english if lang == "en" else french
    if "{}" in said:
        return said.format(part)
    return f"{said} ({part})" if part else said


def energy(milliwatt_hours: int, lang: str, decimals: int = 3) -> str:
    """kWh with ``decimals`` places, half up; what is shown is rounded, what is counted is not."""
    return number(Decimal(milliwatt_hours) / KWH, lang, decimals)


def money(amount: Decimal, lang: str) -> str:
    return number(amount, lang, 2)


def percent(part: int, whole: int, lang: str) -> str:
    """A rate with one place, or a dash where there is nothing to be a part of."""
    if not whole:
        return "–"
    tenths = (2000 * part + whole) // (2 * whole)
    return number(Decimal(tenths) / 10, lang, 1) + ("\u202f%" if lang != "en" else "%")


def number(value: Decimal, lang: str, decimals: int) -> str:
    """A number with its thousands apart, as the language writes it, rounded half away from zero."""
    thousands, point = _MARKS["en" if lang == "en" else "fr"]
    scaled = int(abs(value).scaleb(decimals + 1))
    scaled = (scaled + 5) // 10
    whole, rest = divmod(scaled, 10**decimals)
    sign = "-" if value < 0 and scaled else ""
    return f"{sign}{whole:,}".replace(",", thousands) + (f"{point}{rest:0{decimals}d}" if decimals else "")


def price_of(price: Decimal, unit: str, lang: str, days: int) -> str:
    """Some days at a price of a whole month: "11 jours à 2,00 €/mois"."""
    shown = str(price) if lang == "en" else str(price).replace(".", ",")
    if lang == "en":
        return f"{days} day{'s' if days > 1 else ''} at {shown} €/{unit}"
    return f"{days} jour{'s' if days > 1 else ''} à {shown} €/{ {'month': 'mois'}.get(unit, unit) }"
