"""How many invoices a second are written, one process and one core at a time, and how large they are.

Run by ``make bench``. Figures are of one run on one machine: read the ratios, not the seconds.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import invoices
import mitoyen_pdf
from mitoyen.invoice import Day, Invoice
from mitoyen_einvoice import process
from mitoyen_einvoice.formats import FORMATS

COUNT = 200
XML = b"<invoice>" + b"<line>127.345</line>" * 400 + b"</invoice>"
"""As long as the XML of an invoice, and nothing in it: what putting one in costs."""

CII, FACTURX, UBL = (form.render for form in FORMATS)
OWN = {"validate": "own"}

WAYS: Mapping[str, Callable[[Invoice], bytes]] = {
    "PDF": mitoyen_pdf.render,
    "PDF with an XML inside": lambda one: mitoyen_pdf.render(one, XML),
    "CII, our arithmetic": lambda one: CII(one, OWN).content,
    "CII, official rules too": lambda one: CII(one, {}).content,
    "UBL, our arithmetic": lambda one: UBL(one, OWN).content,
    "UBL, official rules too": lambda one: UBL(one, {}).content,
    "Factur-X, our arithmetic": lambda one: FACTURX(one, OWN).content,
    "Factur-X, official rules": lambda one: FACTURX(one, {}).content,
}


def cpu() -> float:
    """Seconds of CPU of this process and of the one that applies the official rules while this one waits."""
    other = process.running()._process
    # The clock of another process, as Linux numbers it.
    there = time.clock_gettime((~other.pid << 3) | 2) if other and sys.platform == "linux" else 0.0
    return time.process_time() + there


def month() -> Iterator[Invoice]:
    """Members of one month: no two invoices are alike."""
    random = Random(7)
    plain = invoices.invoice()
    for count in range(COUNT):
        days = tuple(
            Day(day=plain.first + timedelta(days=n), consumed=random.randint(5, 9) * 10**6, shared=count * 10**4)
            for n in range(31)
        )
        buyer = replace(plain.buyer, name=f"Membre {count}")
        yield replace(plain, number=f"TB2026-{count:06}", buyer=buyer, days=days)


def main() -> None:
    print(f"{COUNT} invoices of two pages, one after the other")
    for name, write in WAYS.items():
        write(invoices.invoice())  # fonts and template are read once
        start, used, size = time.perf_counter(), cpu(), 0
        for one in month():
            size += len(write(one))
        clock, used = time.perf_counter() - start, cpu() - used
        speed = f"{COUNT / clock:6.1f} a second ({COUNT / used:.1f} a second of CPU)"
        print(f"  {name:<24}{speed}, {size / COUNT / 1000:.0f} kB each")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    print(f"  peak of the process     {peak:6.0f} MiB")


if __name__ == "__main__":
    main()
