"""One delivery: everything that was asked of a month, received page by page, and what was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mitoyen.contracts import Finding, Place, Point, Request
from mitoyen.diagnostics import Refused
from mitoyen.intake import privacy
from mitoyen_enedis.api import answers
from mitoyen_enedis.api.access import variables
from mitoyen_enedis.api.asked import Ask, asked
from mitoyen_enedis.api.client import Client, Denied, Failed
from mitoyen_enedis.api.kept import Kept
from mitoyen_enedis.api.options import Settings
from mitoyen_enedis.payload import NUMBER, Payload

PAGES = 200
"""Of one request."""

MOST_HELD = 2 << 30
"""Bytes of all replies."""

HELP: Mapping[str, str] = {
    "ACC442": "are {client} and {secret} those of this agreement? The operator's portal has the valid ones",
    "ACC443": "is this client that of the agreement, and does each member still consent to its curve being read?",
    "ACC444": "are `agreement:`, the number in the vault and the dates in participants.yaml as in the convention?",
    "ACC445": "fetch again in an hour: what was received is kept, and only the rest is asked for",
    "ACC446": "fetch again later: what was received is kept, and only the rest is asked for",
    "ACC447": "is `base:` right? If it is, tell the authors of mitoyen: nothing is guessed",
}


@dataclass(slots=True)
class Delivery:
    """What was received; ``whole`` where everything that was asked for is there."""

    request: Request
    settings: Settings
    client: Client
    kept: Kept
    payloads: list[tuple[Ask, Payload]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    pages: Counter[str] = field(default_factory=Counter)
    """Replies read, by meter."""
    before: Counter[str] = field(default_factory=Counter)
    """Of these, kept from a run before."""
    held: int = 0
    """Bytes of all replies: findings show places in them."""
    whole: bool = False

    def receive(self) -> None:
        """Ask for everything that is not kept. What fails is a finding, and the rest is asked for all the same."""
        denied: dict[tuple[str, str, bool], list[Ask]] = {}
        try:
            self._over()
            for ask in asked(self.request, self.settings):
                if ask.alias in {one.alias for some in denied.values() for one in some if not one.energies}:
                    continue
                try:
                    self._ask(ask)
                except Denied as one:
                    denied.setdefault((one.code, str(one), ask.energies), []).append(ask)
        except Failed as failure:
            self.findings.append(self._finding(failure.code, str(failure), self.request.locate("base")))
        except Refused as refused:
            self.findings += refused.findings
        self.findings += [self._denied(*reason, asks) for reason, asks in denied.items()]
        self.whole = not any(finding.severity == "error" for finding in self.findings)

    def _over(self) -> None:
        """Raise Refused (ACC448) where the month has not ended by the server's clock."""
        end = self.request.clock.end
        if end > self.client.now():
            self.client.token()  # its reply tells the server's time
        if end > self.client.now():
            message = f"the month ends at {self.request.clock.stamp(self.request.clock.steps)}, and that is to come"
            hint = "definitive data are there some days after it; is the clock of this machine right?"
            raise Refused(Finding("ACC448", message, self.request.locate("base"), hint))

    def _ask(self, ask: Ask) -> None:
        """Every page of a request, read before it is kept."""
        url, seen = ask.url, set[str]()
        while url:
            if url in seen or len(seen) == PAGES:
                raise Failed("ACC447", f"the pages of {ask.name} do not end")
            seen.add(url)
            page = self.kept.page(url)
            known = page is not None
            page = page or self.client.get(url)
            name = ask.name if len(seen) == 1 else f"{ask.name}, page {len(seen)}"
            self._read(page.content, name, ask)
            if not known:
                self.kept.keep(url, page)
            self.pages[ask.alias] += 1
            self.before[ask.alias] += known
            url = page.following

    def _read(self, content: bytes, name: str, ask: Ask) -> None:
        self.held += len(content)
        if self.held > MOST_HELD:
            raise Failed("ACC447", f"the replies come to more than {MOST_HELD >> 30} GiB")
        number = self.request.numbers.get(ask.alias, "")
        read = answers.read(content, name, ask, number, self.request.clock.zone)
        self.payloads += [(ask, payload) for payload in read]

    def _point(self, ask: Ask) -> Point | None:
        every = self.request.points
        return next((point for point in every if (point.meter, point.role) == (ask.alias, ask.role)), None)

    def _denied(self, code: str, message: str, energies: bool, asks: list[Ask]) -> Finding:
        """One finding for all meters that were refused alike; a warning where only energies are missing."""
        point = self._point(asks[0])
        meters = sorted({ask.alias for ask in asks if ask.alias})
        whose = [f"{alias} ({privacy.masked(self.request.numbers[alias])})" for alias in meters]
        more = f" and {len(whose) - 3} more" if len(whose) > 3 else ""
        what = "the definitive energies" if energies else "the curve"
        about = f"{what} of {', '.join(whose[:3])}{more}" if whose else f"{what}s of the agreement"
        place = point.place if point else self.request.locate("base")
        finding = self._finding(code, f"{about}: {message}", place)
        if not energies:
            return finding
        hint = "the curves are not held against them; `energies: false` asks for none"
        return Finding(code, finding.message, place, hint, "warning")

    def _finding(self, code: str, message: str, place: Place) -> Finding:
        client, secret = variables(self.request.agreement)
        return Finding(code, message, place, HELP[code].format(client=client, secret=secret))


def unknown(request: Request) -> Iterator[Finding]:
    """ACC418 for each meter without a number: it cannot be asked for."""
    for point in request.points:
        if point.first < point.last and not NUMBER.fullmatch(request.numbers.get(point.meter, "")):
            message = f"the vault has no number for {point.meter}, which cannot be asked for"
            yield Finding("ACC418", message, point.place, f"`mitoyen parties edit {point.participant}`, meters:")
