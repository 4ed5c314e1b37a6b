"""Readers of XML: R50, R4x, the answers of SGE's services, R15 and R151."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from mitoyen.contracts import Kind, Role
from mitoyen.intake import privacy
from mitoyen_enedis import indexes
from mitoyen_enedis.payload import (
    ACTIVE,
    CONTROL,
    ENERGY,
    NOT_ACTIVE,
    NOT_CURVE,
    Payload,
    Stamp,
    Total,
    day_of,
    folded,
    milliwatt_hours,
    moment,
    points,
    role_of,
    unit_of,
)


class Reader:
    """One flow as its elements come by. ``said`` holds the text of each leaf, the last of its name."""

    form = ""
    stamp: Stamp | None = None

    def __init__(self, payload: Payload) -> None:
        self.payload = payload
        self.said: dict[str, str] = {}
        self.row = 0
        """The number of the last point of the page, as its ``mark`` counts them."""
        self._drop()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def end(self, name: str, text: str) -> None:
        """An element ends; ``text`` is what stands in it beside other elements."""

    def _drop(self) -> None:
        self._first = self.row + 1
        self._stamps: list[str] = []
        self._values: list[str] = []
        self._steps: list[str] = []
        self._marks: Counter[str] = Counter()

    def _point(self, stamp: str, value: str, step: str, **marks: str) -> None:
        self._stamps.append(stamp)
        self._values.append(value)
        self._steps.append(step)
        for name, mark in marks.items():
            if mark:
                self._marks[f"{name} {privacy.bare(mark)}"] += 1

    def _flush(self, number: str, role: Role | None, quantity: str, unit: str) -> None:
        """The points since the last flush are a curve, or of something that is none."""
        count = len(self._stamps)
        if count and folded(quantity) not in ACTIVE:
            self.payload.leave(NOT_ACTIVE, count)
        elif count:
            self.payload.rows += count
            self.payload.flows.append(
                points(
                    number,
                    role,
                    unit_of(unit),
                    self.stamp,
                    self._stamps,
                    self._values,
                    self._steps,
                    self._first,
                    self._marks,
                )
            )
        self._drop()


class R50(Reader):
    """C5, a day a ``Donnees_Releve``: the mean of the minutes before the time; a missing point has a time only."""

    form = "R50"
    stamp = "end"

    def end(self, name: str, text: str) -> None:
        self.said[name] = text
        if name == "PDC":
            self.row += 1
            pop = self.said.pop
            step = self.said.get("Pas_Publication", "")
            self._point(pop("H", ""), pop("V", ""), step, plausibility=pop("IV", ""))
        elif name == "PRM":
            self._flush(self.said.get("Id_PRM", ""), None, "", "W")
        elif name == "Date_Creation":
            self.payload.edition = moment(text)


class R4x(Reader):
    """C1 to C4, kW: the mean from the time on; active and reactive energy one after the other."""

    form = "R4x"
    stamp = "start"

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Donnees_Point_Mesure":
            self.row += 1
            get = attributes.get
            step = self.said.get("Granularite", "")
            self._point(get("Horodatage", ""), get("Valeur_Point", ""), step, nature=get("Statut_Point", ""))

    def end(self, name: str, text: str) -> None:
        self.said[name] = text
        said = self.said.get
        if name == "Donnees_Courbe":
            role = role_of(said("Grandeur_Metier", ""))
            self._flush(said("Identifiant_PRM", ""), role, said("Grandeur_Physique", ""), said("Unite_Mesure", ""))
        elif name == "Date_Creation":
            self.payload.edition = moment(text)


class Details(Reader):
    """ConsultationMesuresDetaillees, v2 (``mesure``, offsets) and v3 (``points``, no offsets; registers)."""

    form = "ConsultationMesuresDetaillees"

    def end(self, name: str, text: str) -> None:
        said = self.said
        if name in {"mesure", "points"}:
            self.row += 1
            pop = said.pop
            marks = {"nature": pop("n", ""), "plausibility": pop("iv", ""), "state": pop("ec", "")}
            self._point(pop("d", ""), pop("v", ""), pop("p", ""), **marks)
        elif name == "valeur" and "d" in said:
            self.row += 1
            self._point(said.pop("d", ""), said.pop("v", ""), "")
        elif name == "cadranTotalisateur":
            self._registers(self._add_index)
        elif name == "classeTemporelle":
            self.payload.leave(NOT_CURVE, len(self._stamps))
            self._drop()
        elif name == "grandeur":
            active = folded(said.get("grandeurPhysique", "")) in ACTIVE
            if active and unit_of(said.get("unite", "")) in ENERGY and not any(self._steps):
                self._registers(self._add_day)
            else:
                role = role_of(said.get("grandeurMetier", ""))
                self._flush(said.get("pointId", ""), role, said.get("grandeurPhysique", ""), said.get("unite", ""))
            for key in ("grandeurPhysique", "grandeurMetier", "unite"):
                said.pop(key, None)
        else:
            said[name] = text

    def _registers(self, add: Callable[[str, str, int], None]) -> None:
        self.payload.leave(CONTROL, len(self._stamps))
        for number, (stamp, value) in enumerate(zip(self._stamps, self._values, strict=True)):
            add(stamp, value, self._first + number)
        self._drop()

    def _add_index(self, stamp: str, value: str, row: int) -> None:
        role, unit = role_of(self.said.get("grandeurMetier", "")), unit_of(self.said.get("unite", ""))
        indexes.add(self.payload, self.said.get("pointId", ""), role, stamp, value, unit, row)

    def _add_day(self, stamp: str, value: str, row: int) -> None:
        unit, day = unit_of(self.said.get("unite", "")), day_of(stamp)
        energy = milliwatt_hours(value, unit)
        if day and energy is not None:
            role = role_of(self.said.get("grandeurMetier", ""))
            number, until = self.said.get("pointId", ""), day + timedelta(days=1)
            total = Total(number, role, "measured", day, until, energy, ENERGY[unit], row)
            self.payload.totals.append(total)


class Registers(Reader):
    """R151 and R15: what the registers showed, and in an operation what was shared, by period and time class.

    The classes of measure 3 and 4 part a consumer's energy in what the operation gave and the rest, 5 and 6 a
    producer's in what it gave to the operation and the surplus: as the public files read, not by the guide.
    """

    form = "R15"
    PARTS: Mapping[str, tuple[Role, Kind]] = {
        "3": ("consumer", "shared"),
        "4": ("consumer", "complement"),
        "5": ("producer", "shared"),
        "6": ("producer", "surplus"),
    }
    WHOLES: Mapping[str, Role] = {"34": "consumer", "56": "producer"}
    """The classes that are all of what was measured."""
    _OF_A_CLASS = ("Valeur", "Classe_Mesure", "Unite_Mesure")

    def __init__(self, payload: Payload) -> None:
        super().__init__(payload)
        self._parts: Counter[str] = Counter()
        self._classes: Counter[str] = Counter()
        self._registers: list[int] = []
        self._where = 0

    def end(self, name: str, text: str) -> None:
        said = self.said
        if name == "Classe_Temporelle_Distributeur":
            self.row += 1
            self._class()
        elif name == "Classe_Temporelle":
            self.row += 1
            self.payload.leave(NOT_CURVE)
            for key in self._OF_A_CLASS:
                said.pop(key, None)
        elif name == "Donnees_Releve":
            self._period()
        elif name != "Puissance_Maximale":
            said[name] = text

    def _class(self) -> None:
        self.payload.leave(CONTROL)
        value, measure, unit = (self.said.pop(key, "") for key in self._OF_A_CLASS)
        energy = milliwatt_hours(value, unit_of(unit or self.said.get("Unite_Mesure_Index", "")))
        if energy is None:
            return
        self._where = self._where or self.row
        if measure in self.PARTS:
            self._parts[measure] += energy
            self._classes[measure] += 1
        elif not measure:
            self._registers.append(energy)

    def _period(self) -> None:
        said, number = self.said.get, self.said.get("Id_PRM", "")
        day = _date(said("Date_Releve", ""))
        since = _date(said("Date_Releve_Precedent", ""))
        if day and self._registers:
            midnight = day + timedelta(days=1)  # R151 dates the end of its day
            indexes.add(
                self.payload, number, None, f"{midnight}", str(sum(self._registers) // 1000), "Wh", self._where
            )
        if day and since and since < day:
            for measure, energy in sorted(self._parts.items()):
                role, kind = self.PARTS[measure]
                fineness = self._classes[measure] * ENERGY["kWh"]
                self.payload.totals.append(Total(number, role, kind, since, day, energy, fineness, self._where))
            for whole, role in self.WHOLES.items():
                if all(self._classes[measure] for measure in whole):
                    energy = sum(self._parts[measure] for measure in whole)
                    fineness = sum(self._classes[measure] for measure in whole) * ENERGY["kWh"]
                    total = Total(number, role, "measured", since, day, energy, fineness, self._where)
                    self.payload.totals.append(total)
        self._parts, self._classes, self._registers, self._where = Counter(), Counter(), [], 0
        self.said.pop("Date_Releve_Precedent", None)


class R151(Registers):
    form = "R151"


class Monthly(Reader):
    """ConsultationMesures: kWh a month and time class; those of the network tariff's grid are the whole, once."""

    form = "ConsultationMesures"

    def __init__(self, payload: Payload) -> None:
        super().__init__(payload)
        self._sums: dict[tuple[date, date], tuple[int, int, int]] = {}
        self._quantity = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "grandeurPhysique":
            self._quantity = attributes.get("code", "")

    def end(self, name: str, text: str) -> None:
        said = self.said
        if name == "mesure":
            self.row += 1
            self.payload.leave(CONTROL)
            first, last = _date(said.pop("dateDebut", "")), _date(said.pop("dateFin", ""))
            energy = milliwatt_hours(said.pop("valeur", ""), unit_of(said.get("unite", "")))
            if first and last and energy is not None and self._quantity == "EA":
                before, classes, row = self._sums.get((first, last), (0, 0, self.row))
                self._sums[first, last] = before + energy, classes + 1, row
        elif name == "seriesMesuresDateesGrilleTurpe":
            for (first, last), (energy, classes, row) in self._sums.items():
                number, fineness = said.get("pointId", ""), classes * ENERGY["kWh"]
                self.payload.totals.append(Total(number, None, "measured", first, last, energy, fineness, row))
        else:
            said[name] = text


class R171(Reader):
    """Registers of C1 to C4 by time class, read at no round time: nothing to hold a curve against."""

    form = "R171"

    def end(self, name: str, text: str) -> None:  # noqa: ARG002
        if name == "mesureDatee":
            self.payload.leave(NOT_CURVE)


def _date(word: str) -> date | None:
    try:
        return date.fromisoformat(word[:10])
    except ValueError:
        return None


READERS: Mapping[str, type[Reader]] = {
    "R50": R50,
    "Courbe": R4x,
    "consulterMesuresDetailleesResponse": Details,
    "consulterMesuresDetailleesResponseV3": Details,
    "consulterMesuresResponse": Monthly,
    "R15": Registers,
    "R151": R151,
    "R171": R171,
}
"""By the element that the flow is."""

MARK = re.compile(
    rb"<(?:\w+:)?(?:PDC|Donnees_Point_Mesure|mesure|points|valeur|Classe_Temporelle(?:_Distributeur)?)[\s>/]"
)
"""What the points of all flows begin with."""
