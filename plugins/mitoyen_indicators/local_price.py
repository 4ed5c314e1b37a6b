"""What a shared kilowatt-hour costs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mitoyen.contracts import KWH, Indicator, Observed, Said
from mitoyen_indicators.parts import total


def measure(months: Sequence[Observed]) -> Fraction | None:
    """A month without ``net`` is not measured, since it says ``money``."""
    owed = sum((Fraction(one.net) for one in months if one.net is not None), Fraction(0))
    shared = total(one.shared for one in months)
    return owed * KWH / shared if shared else None


INDICATOR = Indicator(
    id="local-price",
    version=1,
    title="What a shared kWh costs, before tax",
    said={
        "fr": Said(
            name="Prix de l'énergie partagée",
            definition=(
                "Ce que les consommateurs doivent en moyenne pour un kilowattheure partagé, hors taxes : le prix "
                "de l'énergie et les frais de l'opération, s'il y en a. Ni le complément, ni les parts sociales, "
                "ni les forfaits payés d'avance n'en font partie (l'énergie prise sur un forfait, si). Il ne se "
                "compare pas tel quel au prix d'un fournisseur : l'acheminement par le réseau et les taxes s'y "
                "ajoutent."
            ),
            formula=(
                "montant dû pour l'énergie partagée et en frais, hors taxes ÷ énergie partagée, sur les mêmes mois"
            ),
            source="Calcul de mitoyen sur les règlements mensuels de l'opération ; pas de définition officielle.",
        ),
        "en": Said(
            name="Price of shared energy",
            definition=(
                "What consumers owe on average for a shared kilowatt-hour, before tax: the price of the energy and "
                "the fees of the operation, if any. Neither the complement, nor shares of the co-operative, nor "
                "packages paid ahead are in it (energy drawn from a package is). It does not compare as it is with "
                "a supplier's price: the use of the grid and the taxes come on top."
            ),
            formula="amount owed for shared energy and in fees, before tax ÷ energy shared, over the same months",
            source="Computed by mitoyen from the operation's monthly settlements; no official definition.",
        ),
    },
    unit="EUR/kWh",
    measure=measure,
    decimals=4,
    money=True,
)
