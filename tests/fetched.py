"""What a source gave for one fetch, with the questions tests ask."""

from __future__ import annotations

from collections.abc import Mapping

from mitoyen.clock import Clock
from mitoyen.contracts import Finding, MeterData


class Fetched:
    def __init__(self, data: MeterData, clock: Clock) -> None:
        self.data, self.clock = data, clock

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.data.findings]

    @property
    def finding(self) -> Finding:
        (finding,) = self.data.findings
        return finding

    @property
    def left(self) -> dict[str, int]:
        (reading,) = self.data.readings
        return dict(reading.left)

    @property
    def facts(self) -> Mapping[str, str]:
        (reading,) = self.data.readings
        return reading.facts

    def check_account(self) -> None:
        """Every row was taken or left, and for a reason."""
        for reading in self.data.readings:
            assert reading.rows == reading.taken + sum(reading.left.values())
            assert reading.taken >= 0
            assert all(count > 0 for count in reading.left.values())
