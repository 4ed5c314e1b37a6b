"""How much of what could have been shared at best was."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mitoyen.contracts import Indicator, Observed, Said
from mitoyen_indicators.parts import part, total


def measure(months: Sequence[Observed]) -> Fraction | None:
    most = min(total(one.produced for one in months), total(one.consumed for one in months))
    return part(total(one.shared for one in months), most)


INDICATOR = Indicator(
    id="simultaneity",
    version=1,
    title="Production and consumption at the same time",
    said={
        "fr": Said(
            name="Simultanéité",
            definition=(
                "On ne peut partager ni plus que ce qui est produit, ni plus que ce qui est consommé : sur la "
                "période, le plus petit des deux est un maximum. La simultanéité dit quelle part de ce maximum a "
                "vraiment été partagée. Ce qui manque tient surtout aux heures (on produit à midi, on consomme le "
                "soir) et aux saisons, parfois aussi à une clé de répartition qui réserve de l'énergie à qui n'en "
                "a pas besoin."
            ),
            formula=(
                "énergie partagée ÷ la plus petite des deux sommes, énergie produite ou énergie consommée, chacune "
                "sur toute la période"
            ),
            source=(
                "Convention de mitoyen, sans définition officielle. Plus la période est longue, plus les saisons "
                "la font baisser : ne comparer que des périodes de même durée."
            ),
        ),
        "en": Said(
            name="Simultaneity",
            definition=(
                "No more can be shared than is produced, nor more than is consumed: over the period, the smaller "
                "of the two is the most there could be. Simultaneity says how much of it was in fact shared. What "
                "is missing is mostly due to the hours (the sun at noon, the neighbours at home in the evening) "
                "and the seasons, at times also to a key that keeps energy for those who do not need it."
            ),
            formula=(
                "energy shared ÷ the smaller of two sums, energy produced or energy consumed, each over the whole "
                "period"
            ),
            source=(
                "A convention of mitoyen, no official definition. The longer the period, the more the seasons "
                "lower it: compare only periods of the same length."
            ),
        ),
    },
    unit="%",
    measure=measure,
)
