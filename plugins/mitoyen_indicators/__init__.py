"""The indicators that come with mitoyen, one a file."""

from collections.abc import Iterator

from mitoyen.contracts import Indicator
from mitoyen.hookspecs import hookimpl
from mitoyen_indicators import coverage, local_price, noon, self_consumption, simultaneity, specific_yield


@hookimpl
def mitoyen_indicators() -> Iterator[Indicator]:
    yield self_consumption.INDICATOR
    yield coverage.INDICATOR
    yield simultaneity.INDICATOR
    yield noon.INDICATOR
    yield specific_yield.INDICATOR
    yield local_price.INDICATOR
