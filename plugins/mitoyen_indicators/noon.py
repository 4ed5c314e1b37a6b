"""How much of the consumption falls into the hours of sun."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mitoyen.contracts import Energies, Indicator, Observed, Said
from mitoyen_indicators.parts import part, total

FIRST, LAST = 10 * 60, 16 * 60
"""Minutes since midnight on the wall, the last excluded. A step counts where it begins."""


def measure(months: Sequence[Observed]) -> Fraction | None:
    return part(total(map(within, months)), total(one.consumed for one in months))


def within(month: Observed) -> Energies:
    """What was consumed in each step of these hours, and of no other."""
    minute = month.clock.wall().minute
    return month.consumed[(minute >= FIRST) & (minute < LAST)]


INDICATOR = Indicator(
    id="noon",
    version=1,
    title="Consumption between 10:00 and 16:00",
    said={
        "fr": Said(
            name="Consommation aux heures de soleil",
            definition=(
                "La part de la consommation qui tombe entre 10 h et 16 h, quand les toits produisent le plus. "
                "Lancer une lessive, un chauffe-eau ou une recharge à ces heures la fait monter, et rend "
                "partageable de l'énergie qui partirait en surplus. Toute la consommation compte, partagée ou non, "
                "tous les jours de la semaine."
            ),
            formula="énergie consommée de 10 h à 16 h ÷ énergie consommée, sur les mêmes mois",
            source=(
                "Convention de mitoyen, sans définition officielle. Ces six heures entourent le milieu du jour : "
                "en France métropolitaine, le soleil est au plus haut vers 13 h en hiver et 14 h en été, à l'heure "
                "des montres. Un pas de mesure compte à l'heure où il commence."
            ),
        ),
        "en": Said(
            name="Consumption in the hours of sun",
            definition=(
                "The part of the consumption that falls between 10:00 and 16:00, when roofs produce most. To run a "
                "washing machine, a water heater or a charger in these hours raises it, and makes energy shareable "
                "that would be surplus. All consumption counts, shared or not, on every day of the week."
            ),
            formula="energy consumed from 10:00 to 16:00 ÷ energy consumed, over the same months",
            source=(
                "A convention of mitoyen, no official definition. These six hours are around the middle of the "
                "day: in mainland France the sun is highest at about 13:00 in winter and 14:00 in summer, on the "
                "clock. A step of the meters counts at the hour at which it begins."
            ),
        ),
    },
    unit="%",
    measure=measure,
)
