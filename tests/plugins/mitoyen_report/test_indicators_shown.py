"""A co-operative's own indicator may fail in any way: the site is made without it, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from mitoyen.clock import Clock, Month
from mitoyen.contracts import Finding, Indicator, Observed, Said
from mitoyen.hookspecs import hookimpl
from mitoyen.host import Host
from mitoyen_report import gathered

SAID = {"fr": Said("Un", "Un.", "1", "nous")}


def fails(_months: Sequence[Observed]) -> Fraction:
    raise KeyError("peak")


def of_floats(_months: Sequence[Observed]) -> Fraction:
    return 0.5  # type: ignore[return-value]


class Plugin:
    @hookimpl
    def mitoyen_indicators(self) -> list[Indicator]:
        return [
            Indicator(id="bad", version=1, title="Fails", said=SAID, unit="%", measure=fails),
            Indicator(id="floats", version=3, title="Floats", said=SAID, unit="%", measure=of_floats),
            Indicator(id="good", version=1, title="Half", said=SAID, unit="%", measure=lambda _: Fraction(1, 2)),
        ]


def test_one_that_fails_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock.of_month(Month(2026, 2), 3600, "Europe/Paris")
    nothing = np.zeros(clock.steps, dtype=np.int64)
    month = Observed(Month(2026, 2), clock, nothing, nothing, nothing, 0, 3, 1)
    monkeypatch.setattr(gathered, "observed", lambda _months: [month])
    findings: list[Finding] = []
    host = Host([("theirs", "theirs 1.0", Plugin())])
    found = list(gathered._measured(host, (), findings))
    assert [(one.indicator.id, one.now, one.twelve) for one in found] == [("good", Fraction(1, 2), Fraction(1, 2))]
    assert [(one.code, one.severity) for one in findings] == [("ACC605", "warning")] * 2
    assert "KeyError: 'peak'" in findings[0].message
    assert '"floats" (version 3)' in findings[1].message
