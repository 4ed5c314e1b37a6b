"""The whole of a fetch: files found and opened, read one by one, merged, and what is missing named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from mitoyen.contracts import Finding, MeterData, Reading, Request
from mitoyen.diagnostics import Refused
from mitoyen.intake import privacy
from mitoyen.intake.files import Found, find
from mitoyen.intake.text import unpack
from mitoyen_enedis import controls, faults, numbers
from mitoyen_enedis.containers import MOST_BYTES, Opener, Piece
from mitoyen_enedis.merged import Merged, merge
from mitoyen_enedis.numbers import Numbers
from mitoyen_enedis.options import Settings
from mitoyen_enedis.pages import edition_of, shown
from mitoyen_enedis.payload import NUMBER, Payload, broken
from mitoyen_enedis.placing import Account, Placer
from mitoyen_enedis.reading import read

ENDINGS = ("*.csv", "*.txt", "*.zip", "*.eml", "*.msg", "*.xml", "*.json", "*.xlsx")


SMALL = 1 << 20
"""Bytes: a mail that tells a password has no attachment."""

MOST_HELD = 2 << 30
"""Bytes of all files of a fetch."""


@dataclass(slots=True)
class _Fetch:
    """What was read so far."""

    request: Request
    placer: Placer
    accounts: list[Account] = field(default_factory=list)
    payloads: list[tuple[Payload, str]] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    """Of what held no curve: a file that is refused, a mail that tells a password."""
    findings: list[Finding] = field(default_factory=list)
    held: int = 0
    """Bytes of what was read: findings show places in it."""

    def open(self, found: Sequence[Found]) -> None:
        """Read these files, the mails that tell passwords first."""
        opener = Opener()
        told = {one.path for one in found if (raw := self._bytes(one, quiet=True)) and opener.learn(raw, one.name)}
        for one in found:
            if one.path in told:
                self.readings.append(Reading(shown(one.name), {"format": "mail that tells a password"}, 0, 0, {}))
                continue
            raw = self._bytes(one)
            if raw is not None:
                before = len(self.readings) + len(self.accounts)
                for piece in opener.pieces(raw, one.name):
                    self._piece(piece)
                if len(self.readings) + len(self.accounts) == before:
                    self.readings.append(Reading(shown(one.name), {"format": "nothing is in it"}, 0, 0, {}))

    def _bytes(self, one: Found, *, quiet: bool = False) -> bytes | None:
        """The file's content; for a first look only of a small mail, and then nothing is said."""
        try:
            if quiet and (one.path.stat().st_size > SMALL or not _may_be_mail(one)):
                return None
            return unpack(one.path, shown(one.name), MOST_BYTES)
        except Refused as refused:
            if not quiet:
                self._refuse(shown(one.name), refused.findings)
        except OSError:
            pass  # told when it is read
        return None

    def _piece(self, piece: Piece | Finding) -> None:
        if isinstance(piece, Finding):
            self._refuse(piece.place.path if piece.place else "", (piece,))
            return
        self.held += len(piece.content)
        try:
            if self.held > MOST_HELD:
                message = f"with this one the files come to more than {MOST_HELD >> 30} GiB"
                raise broken(piece.name, message, "narrow `files:`, or read a month at a time")
            for payload in read(piece.content, piece.name, workbook=piece.workbook):
                payload.edition = payload.edition or edition_of(piece.path) or piece.edition
                self.accounts.append(self.placer.account(payload, piece.path))
                self.payloads.append((payload, piece.path))
        except Refused as refused:
            self._refuse(piece.name, refused.findings)

    def _refuse(self, name: str, findings: Sequence[Finding]) -> None:
        self.findings += findings
        self.readings.append(Reading(name, {"format": "not read"}, 0, 0, {}))


def _may_be_mail(one: Found) -> bool:
    with one.path.open("rb") as file:
        head = file.read(2048)
    from mitoyen_enedis.mails import is_mail

    return is_mail(head) or head.startswith(b"\xd0\xcf\x11\xe0")


def fetch(request: Request) -> MeterData:
    """Never raises for what a file or an option holds: findings say it, and each file is accounted for."""
    settings = Settings.of(request.options)
    wrong = list(_options(settings, request))
    try:
        known = numbers.gathered(request, settings)
    except Refused as refused:
        wrong += refused.findings
    if wrong:
        return MeterData((), (), tuple(wrong), settings.gaps)
    (chosen,), lost = find([settings], request, "enedis", ENDINGS)
    run = _Fetch(request, Placer(settings, request.clock, known))
    run.open(chosen)
    merged = merge(run.accounts, request.clock)
    held = controls.held(run.payloads, known)
    contradicted, agreed = controls.findings(held, merged.series, request.clock)
    findings = [*lost, *run.findings, *merged.findings, *contradicted]
    for account in run.accounts:
        findings += faults.findings(account, request.clock)
    # What a file that could not be read holds is not known to be missing.
    if not lost and not run.findings:
        findings += _absent(request, run.accounts, known)
    readings = [*run.readings, *(_reading(account, request, agreed, merged) for account in run.accounts)]
    return MeterData(merged.series, tuple(readings), tuple(findings), settings.gaps)


def _options(settings: Settings, request: Request) -> Iterator[Finding]:
    if settings.zone is not None:
        try:
            ZoneInfo(settings.zone)
        except (LookupError, ValueError, OSError):
            place = request.locate("zone")
            message = f"no time zone is named {settings.zone!r}"
            yield Finding("ACC416", message, place, "for example Europe/Paris or UTC")


def _absent(request: Request, accounts: Sequence[Account], known: Numbers) -> Iterator[Finding]:
    """ACC418 for meters whose curve no file has, with what the files have that is nobody's."""
    if any(account.left[numbers.CONTRADICTED] for account in accounts):
        return
    there = {whose.alias for account in accounts for whose in account.whose}
    unknown = sorted(privacy.masked(number) for number in known.nobodys)
    unclear = sorted(shown(path) for path in known.unclear)
    for point in request.points:
        if point.meter in there or point.first >= point.last:
            continue
        number = known.known.get(point.meter, "")
        if not NUMBER.fullmatch(number):
            hint = f"the vault has no number for it: `mitoyen parties edit {point.participant}`, meters:"
        elif unknown:
            hint = f"its number ends in {number[-4:]}; in the files and nobody's: {privacy.names(unknown)}"
        else:
            hint = f"its number ends in {number[-4:]}, and no file has it"
        if unclear:
            hint += f"; these files do not say whose they are, `whose:` may: {privacy.names(unclear)}"
        yield Finding("ACC418", f"no file has the curve of {point.meter}", point.place, hint)


def _reading(account: Account, request: Request, agreed: dict[str, int], merged: Merged) -> Reading:
    left = {reason: count for reason, count in sorted(account.left.items()) if count}
    facts = faults.facts(account, request.clock, agreed, merged.rounded)
    return Reading(account.sheet.name, facts, account.rows, account.rows - sum(left.values()), left)
