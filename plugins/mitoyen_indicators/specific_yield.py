"""What a kilowatt-peak of roof gave."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mitoyen.contracts import Indicator, Observed, Said
from mitoyen_indicators.parts import total

KWH_PER_KWP = 1_000_000 // 1000
"""Milliwatt-hours of a kWh by watts of a kWp."""


def measure(months: Sequence[Observed]) -> Fraction | None:
    """Month by month, for a roof may be added between two; None where the power of one of them is not known."""
    if not all(one.power for one in months):
        return None
    return sum((Fraction(total([one.produced]), one.power * KWH_PER_KWP) for one in months), Fraction(0))


INDICATOR = Indicator(
    id="specific-yield",
    version=1,
    title="Energy produced by installed power (productible)",
    said={
        "fr": Said(
            name="Production par kilowatt-crête",
            definition=(
                "Les kilowattheures produits par kilowatt-crête (kWc) installé. Ce rapport permet de comparer des "
                "toits de tailles différentes, ou un mois au même mois d'une autre année ; sur douze mois, c'est "
                "le productible constaté. Seule l'énergie injectée sur le réseau compte. Un mois où une "
                "installation entre dans l'opération, ou en sort, ne se compare pas aux autres."
            ),
            formula="énergie produite dans le mois ÷ puissance installée à la fin du mois, additionné sur les mois",
            source=(
                "Notion de la norme IEC 61724 (l'énergie livrée, divisée par la puissance nominale). La puissance "
                "est celle que déclarent les fichiers de l'opération ; prendre celle de la fin du mois est une "
                "convention de mitoyen."
            ),
        ),
        "en": Said(
            name="Yield per kilowatt-peak",
            definition=(
                "Kilowatt-hours produced per kilowatt-peak (kWp) installed, to compare roofs of different sizes, "
                "or a month with the same month of another year; over twelve months, the yield of a year. Only "
                "energy fed into the grid counts. A month in which a plant enters or leaves the operation does not "
                "compare with the others."
            ),
            formula="energy produced in the month ÷ power installed at the end of the month, added over the months",
            source=(
                "A notion of the standard IEC 61724 (energy delivered, divided by the rated power). The power is "
                "what the operation's files declare; to take that of the end of the month is a convention of "
                "mitoyen."
            ),
        ),
    },
    unit="kWh/kWp",
    measure=measure,
)
