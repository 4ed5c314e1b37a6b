"""The tariff rules that come with mitoyen, one a file."""

from collections.abc import Iterator

from mitoyen.contracts import TariffRule
from mitoyen.hookspecs import hookimpl
from mitoyen_tariffs import discount, flat, free, indexed, producers, slots, tiers


@hookimpl
def mitoyen_tariff_rules() -> Iterator[TariffRule]:
    yield flat.RULE
    yield slots.RULE
    yield tiers.RULE
    yield producers.RULE
    yield discount.RULE
    yield indexed.RULE
    yield free.RULE
