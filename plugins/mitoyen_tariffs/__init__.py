"""The tariff rules that come with mitoyen, one a file."""

from collections.abc import Iterator

from mitoyen.contracts import Check, TariffRule
from mitoyen.hookspecs import hookimpl
from mitoyen_tariffs import discount, flat, free, indexed, packages, prepaid, producers, slots, tiers


@hookimpl
def mitoyen_tariff_rules() -> Iterator[TariffRule]:
    yield flat.RULE
    yield slots.RULE
    yield tiers.RULE
    yield producers.RULE
    yield discount.RULE
    yield indexed.RULE
    yield free.RULE
    yield prepaid.RULE


@hookimpl
def mitoyen_checks() -> Iterator[Check]:
    yield Check(id="packages", version=1, title="What is bought ahead, by whom and when", check=packages.check)
