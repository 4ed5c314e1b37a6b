"""Cross-file checks of any operation: what no schema sees because two places must agree."""

from __future__ import annotations

from collections.abc import Iterable

from mitoyen.contracts import Check
from mitoyen.hookspecs import hookimpl
from mitoyen_checks import consents, data, keys, participants, privacy, sellers, tariffs


@hookimpl
def mitoyen_checks() -> Iterable[Check]:
    yield Check(id="participants", version=1, title="Who takes part, and when", check=participants.check)
    yield Check(id="keys", version=1, title="The key: whom it serves, every day", check=keys.check)
    yield Check(id="tariffs", version=1, title="A price for everyone, every day", check=tariffs.check)
    yield Check(id="sellers", version=1, title="A VAT regime for whoever sells", check=sellers.check)
    yield Check(id="data", version=1, title="Frozen data that still cover the month", check=data.check)
    yield Check(id="consents", version=1, title="Consents that end before the next month", check=consents.check)
    yield Check(id="privacy", version=1, title="Nobody can be recognised in the folder", check=privacy.check)
