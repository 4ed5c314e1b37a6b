"""How much of what was produced was shared: the taux d'autoconsommation."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mitoyen.contracts import Indicator, Observed, Said
from mitoyen_indicators.parts import part, total


def measure(months: Sequence[Observed]) -> Fraction | None:
    return part(total(one.shared for one in months), total(one.produced for one in months))


INDICATOR = Indicator(
    id="self-consumption",
    version=1,
    title="Self-consumption rate (taux d'autoconsommation)",
    said={
        "fr": Said(
            name="Taux d'autoconsommation",
            definition=(
                "La part de l'électricité produite qui a été partagée entre les consommateurs de l'opération. Le "
                "reste est le surplus, vendu ou cédé. « Produite » veut dire : injectée sur le réseau ; ce qu'un "
                "producteur consomme derrière son propre compteur n'est pas compté."
            ),
            formula="énergie partagée ÷ énergie produite, sur les mêmes mois",
            source=(
                "Code de l'énergie, art. L. 315-2 (l'opération d'autoconsommation collective) et L. 315-4 (la "
                "répartition de la production autoconsommée). Ces articles donnent la notion ; diviser par la "
                "production pour en faire un taux est un usage courant du solaire, que nous suivons."
            ),
        ),
        "en": Said(
            name="Self-consumption rate",
            definition=(
                "The part of the electricity produced that was shared between the consumers of the operation. The "
                "rest is surplus, sold or given. “Produced” means fed into the grid: what a producer uses behind "
                "its own meter is not counted."
            ),
            formula="energy shared ÷ energy produced, over the same months",
            source=(
                "French energy code, art. L. 315-2 (the collective operation) and L. 315-4 (how the self-consumed "
                "production is split). They give the notion; dividing by the production to make a rate of it is "
                "common usage for solar power, which we follow."
            ),
        ),
    },
    unit="%",
    measure=measure,
)
