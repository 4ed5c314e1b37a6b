"""The people of the demonstration, into a vault outside git: nobody of these names lives there.

Numbers hold to their control digits, as those of the vault must, and belong to no one we know of.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ruamel.yaml import YAML

FIRST = ("Camille", "Noé", "Jeanne", "Ali", "Lucie", "Marc", "Inès", "Paul", "Awa", "Théo", "Rose", "Hugo", "Lina")
LAST = ("Exemple", "Duclos", "Prat", "Bessède", "Vidal", "Marty", "Costes", "Roques", "Azéma", "Delmas", "Pujol")
STREETS = ("rue du Four", "place de la Fontaine", "chemin des Vignes", "rue Haute", "impasse du Lavoir")
TOWNS = {
    "appy": ("09250", "Appy"),
    "saint-ruf": ("84000", "Avignon"),
    "sequestre": ("81990", "Le Séquestre"),
}
BODIES = {
    "commune-appy": ("public", "Commune d'Appy"),
    "m-commune": ("public", "Mairie d'Appy"),
    "commune-sequestre": ("public", "Commune du Séquestre"),
    "m-arrousaire": ("public", "École de l'Arrousaire"),
    "enercipa": ("business", "Enercipa"),
    "enercoop-midi-pyrenees": ("business", "Coopérative du Midi"),
    "ferme-carlus": ("business", "Ferme de Carlus"),
    "agregateur-invente": ("business", "Agrégateur Soleil"),
    "m-association": ("association", "Association de l'Arrousaire"),
    "m-atelier": ("business", "Atelier Bois et Copeaux"),
    "m-boulangerie": ("business", "Boulangerie Levain du Coin"),
    "m-cafe": ("business", "Café des Deux Platanes"),
    "m-fournil": ("business", "Fournil de la Porte"),
    "m-magasin": ("business", "Magasin Le Panier"),
    "m-pharmacie": ("business", "Pharmacie du Soleil"),
    "m-restaurant": ("business", "Restaurant La Bonne Heure"),
}
"""Who is not a household: kind and name."""
LEGAL = {
    "enercipa": {"form": "SCIC SAS", "capital": "60 000 EUR, à capital variable"},
    "enercoop-midi-pyrenees": {"form": "SCIC SA", "capital": "à capital variable"},
    "ferme-carlus": {"form": "EARL", "capital": "8 000 EUR"},
}
CHORUS = {"service": "FACTURES", "engagement": "ENG-2022-17"}


def luhn(digits: str) -> str:
    """The digits with their control digit."""
    doubled = (int(one) * (2 - index % 2) for index, one in enumerate(reversed(digits)))
    return digits + str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def siren(number: int) -> str:
    return luhn(f"{90_000_000 + number}")


def vat(number: str) -> str:
    return f"FR{(12 + 3 * int(number)) % 97:02}{number}"


def iban(number: int) -> str:
    """An account of a bank that does not exist."""
    bank, branch, account = 99999, 1, number
    key = 97 - (89 * bank + 15 * branch + 3 * account) % 97
    bban = f"{bank:05}{branch:05}{account:011}{key:02}"
    return f"FR{98 - int(bban + '152700') % 97:02}{bban}"


def party(name: str, operation: str, number: int, meter: str | None) -> dict[str, object]:
    """One party as the vault keeps it."""
    postcode, town = TOWNS[operation]
    household = f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}"
    kind, called = BODIES.get(name, ("household", household))
    body: dict[str, object] = {
        "kind": kind,
        "name": called if kind == "household" else f"{called} (démonstration)",
        "address": {"lines": [f"{number % 40 + 1} {STREETS[number % 5]}"], "postcode": postcode, "city": town},
        "email": f"{name}@exemple.invalid",
        "iban": iban(number),
    }
    if kind != "household":
        own = siren(number)
        body |= {"siren": own, "siret": luhn(f"{own}0001")} | ({"vat": vat(own)} if kind == "business" else {})
    if name in LEGAL:
        body |= {"legal": LEGAL[name] | {"rcs": town}, "creditor_id": "FR72ZZZ123456"}
    if kind == "household" and number % 2:
        body["mandate"] = {"reference": f"RUM-{number:04}", "signed": "2022-01-05"}
    if name in ("commune-sequestre", "m-commune"):
        body["chorus"] = CHORUS
    return body | ({"meters": {meter: f"{number:014}"}} if meter else {})


def main(operations: Path, vault: Path) -> None:
    yaml = YAML(typ="safe")
    vault.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = 100
    for operation in TOWNS:
        participants = yaml.load((operations / operation / "participants.yaml").read_text(encoding="utf-8"))
        settings = yaml.load((operations / operation / "operation.yaml").read_text(encoding="utf-8"))
        others = {settings["organiser"], *settings["sellers"]}
        others |= {one[field] for one in participants.values() for field in ("seller", "payer") if field in one}
        others |= {terms["buyer"] for dated in settings.get("surplus", {}).values() for terms in dated.values()}
        everyone = {name: one["meter"] for name, one in participants.items()}
        for name in [*sorted(others), *sorted(everyone)]:
            number += 1
            path = vault / f"{name}.yaml"
            with path.open("w", encoding="utf-8") as file:
                path.chmod(0o600)
                yaml.dump(party(name, operation, number, everyone.get(name)), file)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
