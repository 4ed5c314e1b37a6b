"""How much of what was consumed was shared energy: the taux d'autoproduction."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mitoyen.contracts import Indicator, Observed, Said
from mitoyen_indicators.parts import part, total


def measure(months: Sequence[Observed]) -> Fraction | None:
    return part(total(one.shared for one in months), total(one.consumed for one in months))


INDICATOR = Indicator(
    id="coverage",
    version=1,
    title="Coverage of consumption (taux d'autoproduction)",
    said={
        "fr": Said(
            name="Taux d'autoproduction",
            definition=(
                "La part de la consommation des participants que l'énergie partagée a couverte. Le reste est le "
                "complément, que livre à chacun son fournisseur habituel. Le surplus n'y compte pas : produire "
                "plus ne suffit pas à faire monter ce taux, il faut produire quand on consomme."
            ),
            formula="énergie partagée ÷ énergie consommée, sur les mêmes mois",
            source=(
                "Usage courant du solaire, que nous suivons ; les articles L. 315-2 et L. 315-4 du code de "
                "l'énergie, d'où vient la notion d'énergie partagée, n'en font pas un taux. On dit aussi « taux de "
                "couverture », mais certains nomment ainsi toute la production, surplus compris, divisée par la "
                "consommation : ce n'est pas ce qui est compté ici."
            ),
        ),
        "en": Said(
            name="Coverage of consumption",
            definition=(
                "The part of the participants' consumption that shared energy covered. The rest is the complement, "
                "which each one's usual supplier delivers. Surplus does not count: to produce more is not enough "
                "to raise this rate, it takes production at the hours of consumption."
            ),
            formula="energy shared ÷ energy consumed, over the same months",
            source=(
                "Common usage for solar power, which we follow (in French also « taux d'autoproduction »); "
                "articles L. 315-2 and L. 315-4 of the French energy code, where the notion of shared energy comes "
                "from, make no rate of it. Some call coverage all the production, surplus included, divided by the "
                "consumption: that is not what is counted here."
            ),
        ),
    },
    unit="%",
    measure=measure,
)
