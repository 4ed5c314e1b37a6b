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

COUNT = 200
XML = b"<invoice>" + b"<line>127.345</line>" * 400 + b"</invoice>"
"""As long as the XML of an invoice, and nothing in it: what putting one in costs."""

WAYS: Mapping[str, Callable[[Invoice], bytes]] = {
    "PDF": mitoyen_pdf.render,
    "PDF with an XML inside": lambda one: mitoyen_pdf.render(one, XML),
}


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
        start, cpu, size = time.perf_counter(), time.process_time(), 0
        for one in month():
            size += len(write(one))
        clock, cpu = time.perf_counter() - start, time.process_time() - cpu
        speed = f"{COUNT / clock:6.1f} a second ({COUNT / cpu:.1f} a second of CPU)"
        print(f"  {name:<24}{speed}, {size / COUNT / 1000:.0f} kB each")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    print(f"  peak of the process     {peak:6.0f} MiB")


if __name__ == "__main__":
    main()
