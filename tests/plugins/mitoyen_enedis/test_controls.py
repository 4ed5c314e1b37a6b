"""Curves held against registers: what does not add up is told, and what a factor explains is an error."""

from __future__ import annotations

import json
from datetime import date

import enedis_files as enedis
from mitoyen.clock import Clock

DAYS = (date(2026, 1, 15), date(2026, 1, 17))
CLOCK = Clock.of_days(*DAYS, 1800, "Europe/Paris")
PRM = enedis.number(1)
CURVE = enedis.account_csv(PRM, CLOCK, [2] * 48 + [4] * 48)
"""48 Wh the first day, 96 the second."""

AGREES = {"2026-01-15T00:00:00+01:00": 1000, "2026-01-16T00:00:00+01:00": 1048, "2026-01-17T00:00:00+01:00": 1144}


def test_registers_that_agree(fetch_files):
    result = fetch_files({"a.csv": CURVE, "b.csv": enedis.registers_csv(PRM, AGREES)}, period=DAYS)
    assert result.codes == []
    curve, registers = result.data.readings
    assert curve.facts["registers"] == "2 periods agree with what the registers counted"
    assert (registers.rows, registers.taken) == (3, 0)


def test_registers_whose_hour_is_off_by_the_offset(fetch_files):
    """Exports keep one offset all year: 23:00+01:00 is the midnight of its date all the same."""
    shifted = {stamp.replace("T00", "T23"): total for stamp, total in AGREES.items()}
    result = fetch_files({"a.csv": CURVE, "b.csv": enedis.registers_csv(PRM, shifted)}, period=DAYS)
    assert result.codes == []
    assert "registers" in result.data.readings[0].facts


def test_registers_that_do_not_agree(fetch_files):
    wrong = {**AGREES, "2026-01-17T00:00:00+01:00": 1150}
    result = fetch_files({"a.csv": CURVE, "b.csv": enedis.registers_csv(PRM, wrong)}, period=DAYS)
    assert [(one.code, one.severity) for one in result.data.findings] == [("ACC436", "warning")]
    assert result.finding.message == (
        "the curve of mtr-01 comes to 0.096000 kWh on 2026-01-16, its registers counted 0.102000 kWh"
    )
    assert result.finding.place.line == 6


def test_watts_taken_for_watt_hours(fetch_files):
    """The unit of a raw curve is a setting: the registers show where it is wrong."""
    quarters = Clock.of_days(*DAYS, 900, "Europe/Paris")
    raw = enedis.raw_curve(quarters, [2] * 96 + [4] * 96, column=PRM)
    registers = enedis.registers_csv(PRM, AGREES)
    right = fetch_files({"a.txt": raw, "b.csv": registers}, period=DAYS, step=900, unit="W")
    assert right.codes == []
    wrong = fetch_files({"a.txt": raw, "b.csv": registers}, period=DAYS, step=900, unit="Wh")
    assert [(one.code, one.severity) for one in wrong.data.findings] == [("ACC436", "error")]
    assert "one is 4 times the other" in wrong.finding.help


def test_daily_energies_of_data_connect(fetch_files):
    daily = {
        "meter_reading": {
            "usage_point_id": PRM,
            "reading_type": {"unit": "Wh", "measuring_period": "P1D"},
            "interval_reading": [{"value": "48", "date": "2026-01-15"}, {"value": "97", "date": "2026-01-16"}],
        }
    }
    result = fetch_files({"a.csv": CURVE, "b.json": json.dumps(daily).encode()}, period=DAYS)
    assert result.codes == []
    assert result.data.readings[0].facts["registers"].startswith("2 periods")


def test_registers_of_r64(fetch_files):
    def register(day: str, total: int) -> dict[str, object]:
        return {"d": f"{day} 00:00:00", "v": total, "iv": 0}

    dial = {"valeur": [register("2026-01-15", 7)]}
    quantity = {
        "grandeurMetier": "CONS",
        "grandeurPhysique": "EA",
        "unite": "Wh",
        "calendrier": [{"classeTemporelle": [dial]}],
        "cadranTotalisateur": {"valeur": [register("2026-01-15", 1000), register("2026-01-16", 1048)]},
    }
    r64 = {"header": {"codeFlux": "R64"}, "mesures": [{"idPrm": PRM, "contexte": [{"grandeur": [quantity]}]}]}
    result = fetch_files({"a.csv": CURVE, "b.json": json.dumps(r64).encode()}, period=DAYS)
    assert result.codes == []
    curve, registers = result.data.readings
    assert curve.facts["registers"].startswith("1 periods agree")
    assert dict(registers.left) == {
        "not of a curve": 1,
        "totals and registers, which the curves are held against": 2,
    }


def r15(*classes: tuple[str, int]) -> bytes:
    some = "".join(
        "<Classe_Temporelle_Distributeur><Id_Classe_Temporelle>BASE</Id_Classe_Temporelle>"
        f"<Classe_Mesure>{measure}</Classe_Mesure><Unite_Mesure>kWh</Unite_Mesure><Valeur>{kwh}</Valeur>"
        "</Classe_Temporelle_Distributeur>"
        for measure, kwh in classes
    )
    return (
        f"<R15><PRM><Id_PRM>{PRM}</Id_PRM><Donnees_Releve><Date_Releve>2026-01-17T00:01:00+01:00</Date_Releve>"
        f"<Date_Releve_Precedent>2026-01-15T00:00:00+01:00</Date_Releve_Precedent>{some}</Donnees_Releve></PRM></R15>"
    ).encode()


def test_what_r15_says_was_shared_and_was_not(fetch_files):
    """Classes 3 and 4 are all that a consumer consumed: 144 kWh in two days."""
    curve = enedis.account_csv(PRM, CLOCK, [2000] * 48 + [4000] * 48)
    result = fetch_files({"a.csv": curve, "b.xml": r15(("3", 100), ("4", 44), ("1", 7))}, period=DAYS)
    assert result.codes == []
    assert result.data.readings[0].facts["registers"].startswith("1 periods agree")
    wrong = fetch_files({"a.csv": curve, "b.xml": r15(("3", 100), ("4", 54))}, period=DAYS)
    assert wrong.codes == ["ACC436"]
    assert wrong.finding.message == (
        "the curve of mtr-01 comes to 144.000000 kWh on 2026-01-15 to 2026-01-17, "
        "its registers counted 154.000000 kWh"
    )
