from __future__ import annotations

import mitoyen_france
from mitoyen.contracts import Check


def test_every_check_is_for_operations_under_french_law_only() -> None:
    checks = list(mitoyen_france.mitoyen_checks())
    assert all(isinstance(check, Check) and check.law == "france" for check in checks)
    assert [check.id for check in checks] == [
        *("france-perimeter", "france-power", "france-vat"),
        *("france-excise", "france-surplus", "france-step"),
    ]
