"""What the formats may be told in ``documents: {with: …}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TREATMENTS: Mapping[str, str] = {"household": "B2C", "business": "B2B", "public": "none", "association": "none"}
"""The note BAR by the buyer's kind: how the platform treats the invoice. Public buyers go through Chorus Pro."""

OPTIONS: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "households": {
            "type": "boolean",
            "default": False,
            "description": "whether households are sent it too; each then needs a mail address / aux foyers aussi",
        },
        "validate": {
            "type": "string",
            "enum": ["full", "own"],
            "default": "full",
            "description": "official rules and our arithmetic, or that alone / règles officielles, ou nos calculs",
        },
        "treatment": {
            "type": "object",
            "additionalProperties": False,
            "description": "the note BAR by kind of buyer, such as {public: B2B} / note BAR par genre de client",
            "properties": {
                kind: {
                    "type": "string",
                    "enum": ["B2B", "B2C", "OUTOFSCOPE", "none"],
                    "description": f"of a buyer that is {kind}, {one} unless it is said / d'un client {kind}",
                }
                for kind, one in TREATMENTS.items()
            },
        },
    },
}
