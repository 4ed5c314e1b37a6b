"""The allocation keys (clés de répartition) that come with mitoyen, one a file."""

from collections.abc import Iterator

from mitoyen.contracts import AllocationRule
from mitoyen.hookspecs import hookimpl
from mitoyen_keys import coefficients, distributor, equal, priority, prorata, static, static_reshared


@hookimpl
def mitoyen_allocation_rules() -> Iterator[AllocationRule]:
    yield prorata.RULE
    yield static.RULE
    yield static_reshared.RULE
    yield priority.RULE
    yield equal.RULE
    yield coefficients.RULE
    yield distributor.RULE
