"""The people of the demonstration, into a vault outside git: nobody of these names lives there.

Numbers hold to their control digits, as those of the vault must, and belong to no one we know of.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ruamel.yaml import YAML

FIRST = [
    "Camille",
    "Noé",
    "Jeanne",
    "Ali",
    "Lucie",
    "Marc",
    "Inès",
    "Paul",
    "Awa",
    "Théo",
    "Rose",
    "Hugo",
    "Lina",
    "Jules",
    "Nina",
    "Omar",
    "Léa",
    "Tom",
    "Zoé",
    "Yann",
]
LAST = [
    "Exemple",
    "Duclos",
    "Prat",
    "Bessède",
    "Vidal",
    "Marty",
    "Costes",
    "Roques",
    "Azéma",
    "Delmas",
    "Pujol",
    "Serres",
    "Blanc",
    "Faure",
    "Sicre",
]
STREETS = ("rue du Four", "place de la Fontaine", "chemin des Vignes", "rue Haute", "impasse du Lavoir")
TOWNS = {
    "appy": ("09250", "Appy"),
    "saint-ruf": ("84000", "Avignon"),
    "sequestre": ("81990", "Le Séquestre"),
}
PUBLIC = {"m-mairie": "Mairie", "m-ecole": "École", "m-salle": "Salle des fêtes"}
FIRMS = {
    "m-association": "Association de l'Arrousaire",
    "m-atelier": "Atelier Bois et Copeaux",
    "m-boulangerie": "Boulangerie Levain du Coin",
    "m-cafe": "Café des Deux Platanes",
    "m-magasin": "Magasin Le Panier",
    "m-pharmacie": "Pharmacie du Soleil",
    "m-restaurant": "Restaurant La Bonne Heure",
}
SELLERS = {
    "commune-appy": ("public", "Commune d'Appy (démonstration)", {}),
    "enercipa": (
        "business",
        "Enercipa (démonstration)",
        {"form": "SCIC SAS", "capital": "60 000 EUR, à capital variable"},
    ),
    "enercoop-midi-pyrenees": (
        "business",
        "Coopérative du Midi (démonstration)",
        {"form": "SCIC SA", "capital": "à capital variable"},
    ),
    "ferme-carlus": ("business", "Ferme de Carlus (démonstration)", {"form": "EARL"}),
    "agregateur": ("business", "Agrégateur Soleil (démonstration)", {"form": "SAS"}),
}
"""Organisers and sellers: kind, name, what the law has them print."""


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
    body: dict[str, object] = {"kind": "household", "name": f"{FIRST[number % 20]} {LAST[number % 15]}"}
    legal: dict[str, str] = {}
    if name in SELLERS:
        body["kind"], body["name"], legal = SELLERS[name]
    elif name in PUBLIC:
        body = {"kind": "public", "name": f"{PUBLIC[name]} de {town} (démonstration)"}
    elif name in FIRMS:
        body = {"kind": "business", "name": FIRMS[name]}
    body["address"] = {"lines": [f"{number % 40 + 1} {STREETS[number % 5]}"], "postcode": postcode, "city": town}
    if body["kind"] != "household":
        own = siren(number)
        body |= {"siren": own, "siret": luhn(f"{own}0001")}
        body |= {"vat": vat(own)} if body["kind"] == "business" else {}
    if legal:
        body["legal"] = legal | ({"rcs": town} if body["kind"] == "business" else {})
    body |= {"email": f"{name}@exemple.invalid", "iban": iban(number)}
    if name in SELLERS:
        body["creditor_id"] = "FR72ZZZ123456"
    elif body["kind"] == "household" and number % 2:
        body["mandate"] = {"reference": f"RUM-{number:04}", "signed": "2022-01-05"}
    if name == "m-mairie":
        body["chorus"] = {"service": "FACTURES", "engagement": f"ENG-{number}"}
    return body | ({"meters": {meter: f"{number:014}"}} if meter else {})


def main(operations: Path, vault: Path) -> None:
    yaml = YAML(typ="safe")
    vault.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = 100
    for operation in TOWNS:
        participants = yaml.load((operations / operation / "participants.yaml").read_text(encoding="utf-8"))
        settings = yaml.load((operations / operation / "operation.yaml").read_text(encoding="utf-8"))
        sellers = {
            settings["organiser"],
            *settings["sellers"],
            *(one.get("seller") for one in participants.values()),
        }
        everyone = {name: one["meter"] for name, one in participants.items()}
        for name in [*sorted(filter(None, sellers)), *sorted(everyone)]:
            number += 1
            path = vault / f"{name}.yaml"
            if not path.exists():
                with path.open("w", encoding="utf-8") as file:
                    path.chmod(0o600)
                    yaml.dump(party(name, operation, number, everyone.get(name)), file)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
