"""What may be written under ``with:`` for the source ``simulated``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mitoyen_simulated.loads import HABITS

OPTIONS: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["seed", "site"],
    "properties": {
        "seed": {
            "type": "string",
            "minLength": 1,
            "description": "a word that fixes the weather and the habits / un mot, qui fixe tous les tirages",
        },
        "site": {
            "type": "object",
            "additionalProperties": False,
            "required": ["latitude", "longitude"],
            "description": "where the plants stand / où sont les centrales",
            "properties": {
                "latitude": {"type": "number", "minimum": -66, "maximum": 66, "description": "degrees north"},
                "longitude": {"type": "number", "minimum": -180, "maximum": 180, "description": "degrees east"},
                "altitude": {"type": "number", "minimum": -500, "maximum": 6000, "default": 0, "description": "m"},
            },
        },
        "plants": {
            "type": "object",
            "propertyNames": {"type": "string", "format": "meter"},
            "description": "producers, by meter / producteurs, par compteur",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["power", "tilt", "azimuth"],
                "properties": {
                    "power": {
                        "type": "string",
                        "format": "power",
                        "description": "such as 36 kWp / puissance crête",
                    },
                    "tilt": {
                        "type": "number",
                        "minimum": 0,
                        "maximum": 90,
                        "description": "degrees from horizontal / inclinaison",
                    },
                    "azimuth": {
                        "type": "number",
                        "minimum": 0,
                        "exclusiveMaximum": 360,
                        "description": "degrees clockwise from north, 180 is south / orientation, 180 pour le sud",
                    },
                    "yearly": {
                        "type": "string",
                        "format": "energy",
                        "description": "what a whole calendar year yields, such as 47 MWh; absent: what the model "
                        "gives / production d'une année civile entière",
                    },
                    "from": {
                        "type": "string",
                        "format": "date",
                        "description": "first day of production / mise en service",
                    },
                },
            },
        },
        "loads": {
            "type": "object",
            "propertyNames": {"type": "string", "format": "meter"},
            "description": "consumers, by meter / consommateurs, par compteur",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["profile", "yearly"],
                "properties": {
                    "profile": {
                        "type": "string",
                        "enum": sorted(HABITS),
                        "description": "; ".join(f"{word}: {HABITS[word].title}" for word in sorted(HABITS)),
                    },
                    "yearly": {
                        "type": "string",
                        "format": "energy",
                        "description": "energy of a calendar year, such as 3200 kWh / énergie d'une année civile",
                    },
                },
            },
        },
    },
}
