"""From a settled month to the PDF in the register: drafts first, then the bytes that were frozen."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from billed import OPERATION, household, issue, issued, people, village
from mitoyen.diagnostics import Refused
from neighbours import run

WITH_PDF = OPERATION + "documents: {use: [pdf], with: {series: VO, due: P30D}}\n"


def written(repo: Path, out: Path) -> dict[str, str]:
    """The documents of January, as words."""
    run(repo, "documents", "voisins", "--month", "2026-01", "--out", str(out))
    return {
        path.name: re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages))
        for path in sorted(out.iterdir())
    }


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    operation = WITH_PDF if "documents:" not in OPERATION else re.sub(r"use: \[\w+\]", "use: [pdf]", OPERATION)
    return village(tmp_path / "repo", "2026-01", operation=operation)


def test_drafts_then_what_was_frozen(repo: Path, tmp_path: Path) -> None:
    """m-a: 93 kWh x 0.10 = 9.30, VAT 1.86, 11.16. m-b: 279 kWh, 27.90, 5.58, 33.48."""
    drafts = written(repo, tmp_path / "drafts")
    assert len(drafts) == 2
    assert all("DRAFT" in text for text in drafts.values())
    assert issued(repo, "2026-01", "2026-02-05") == [
        "VO2026-000001 invoice m-a 11.16",
        "VO2026-000002 invoice m-b 33.48",
    ]
    invoices = written(repo, tmp_path / "issued")
    assert list(invoices) == ["VO2026-000001.pdf", "VO2026-000002.pdf"]
    first, second = invoices.values()
    assert "DRAFT" not in first + second
    assert "Number VO2026-000001 Date 5 February 2026 Period 1 – 31 January 2026" in first
    assert "93.000 kWh 0.1000 €/kWh 20% 9.30 €" in first
    assert "Total excluding VAT 9.30 € Total VAT 1.86 € Total including VAT 11.16 € To pay 11.16 €" in first
    assert "279.000 kWh 0.1000 €/kWh 20% 27.90 €" in second
    assert "To pay 33.48 €" in second


def test_the_code_on_the_page_is_one_that_explain_reads(repo: Path, tmp_path: Path) -> None:
    issue(repo, "2026-01", "2026-02-05")
    told = written(repo, tmp_path / "out")["VO2026-000001.pdf"]
    code = re.search(r"mitoyen explain (\S+)", told)
    assert code
    status, text = run(repo, "explain", code[1])
    assert status == 0
    assert "93.000" in text


def test_where_one_cannot_be_written_none_is_issued(repo: Path) -> None:
    people(repo, **{"m-b": household("王小明")})
    with pytest.raises(Refused) as refused:
        issue(repo, "2026-01", "2026-02-05")
    assert [one.code for one in refused.value.findings] == ["PDF101"]
    people(repo, **{"m-b": household("Wang Xiaoming")})
    assert [one.split()[0] for one in issued(repo, "2026-01", "2026-02-05")] == ["VO2026-000001", "VO2026-000002"]


def test_written_again_it_is_the_same(repo: Path, tmp_path: Path) -> None:
    """What the register froze, and what its content makes today."""
    issue(repo, "2026-01", "2026-02-05")
    written(repo, tmp_path / "once")
    written(repo, tmp_path / "twice")
    for path in (tmp_path / "once").iterdir():
        content = path.read_bytes()
        assert content == (tmp_path / "twice" / path.name).read_bytes()
        assert pypdf.PdfReader(BytesIO(content)).pages
