"""The schema of ``with:``, as the engine reads it."""

from __future__ import annotations

import jsonschema
import pytest

from mitoyen import schema
from mitoyen.contracts import Source
from mitoyen_csv import mitoyen_sources
from mitoyen_csv.options import SCHEMA

FULL = {
    "files": ["curves/*.csv"],
    "layout": "wide",
    "unit": "kWh",
    "delimiter": ";",
    "decimal": ",",
    "encoding": "utf-8-sig",
    "timestamp": {"column": "Horodate", "format": "%d/%m/%Y %H:%M", "zone": "Europe/Paris", "stamp": "end"},
    "columns": {"C01_cons": "mtr-01", "C01_own": "mtr-01/shared"},
    "meter": "PRM",
    "value": "Valeur",
    "missing": ["", "NA"],
    "gaps": "refuse",
    "coefficients": [{"files": ["k.csv"], "unit": 1, "columns": {"a": "mtr-01"}, "producer": "p-roof"}],
}


def test_the_offer():
    (offer,) = mitoyen_sources()
    assert isinstance(offer, Source)
    assert (offer.id, offer.version) == ("csv", 1)
    jsonschema.Draft7Validator.check_schema(offer.schema)


def test_everything_may_be_said():
    jsonschema.validate(FULL, SCHEMA)
    read = schema.read(FULL, SCHEMA)
    assert read["coefficients"][0]["missing"] == ["", "NA"]


def test_defaults_are_those_that_need_no_look():
    assert schema.read({"unit": "Wh"}, SCHEMA) == {"unit": "Wh", "missing": ["", "NA"], "gaps": "refuse"}
    assert schema.read({"unit": "Wh", "timestamp": {}}, SCHEMA)["timestamp"] == {"stamp": "start"}


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "MW"},
        {"units": "kWh"},
        {"files": "curves.csv"},
        {"files": []},
        {"delimiter": " "},
        {"delimiter": ";;"},
        {"decimal": ""},
        {"timestamp": {"colum": "x"}},
        {"timestamp": {"stamp": "middle"}},
        {"columns": {"a": "mtr-01/total"}},
        {"columns": {"a": "mtr-01/coefficient"}},
        {"columns": {"a": ""}},
        {"gaps": "ignore"},
        {"coefficients": [{"unit": 1}]},
        {"coefficients": [{"files": ["k.csv"], "gaps": "zero"}]},
        {"coefficients": [{"files": ["k.csv"], "unit": 100}]},
    ],
)
def test_what_may_not_be_said(change):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**FULL, **change}, SCHEMA)


def test_the_unit_must_be_said():
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"files": ["a.csv"]}, SCHEMA)


def test_aliases_of_coefficients_are_checked_by_the_engine():
    mentioned = {(mention.format, mention.word) for mention in schema.mentions(FULL, SCHEMA, {"meter", "producer"})}
    assert mentioned == {("meter", "mtr-01"), ("producer", "p-roof")}
