"""A year of one small operation in a real repository with a real remote, and what people do to it afterwards.

An hour of sharing gives 2 kWh, six hours a day, from 10:00 to 16:00: 12 kWh a day. m-a consumes 1 kWh every hour,
m-b 3 kWh, m-c, who comes later, 4 kWh: there is never enough, so that all that is produced is shared. A kWh costs
10 cents. Everything expected here can be worked out with a pencil:

    kWh a day                  m-a      m-b      m-c
    m-a and m-b, pro rata      3        9                 1/4 and 3/4 of 12
    the three, pro rata        1.5      4.5      6        1/8, 3/8 and 4/8
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from neighbours import FILES, curve, git, noon, run

YEAR = [f"2026-{number:02d}" for number in range(1, 13)]
TWO = ["allocation", "pricing"]
"""What is computed where energy moves; documents have a fingerprint and nothing to compute yet."""
ALL = [*TWO, "documents"]

M_C = "m-c: {role: consumer, meter: mtr-03, from: 2026-10-01, tariff: residents}\n"


def year_curve(month: str, roof: int = 2) -> str:
    """The CSV of a month, with the meter of who comes later."""
    return curve(month, roof=lambda hour: noon(hour) and roof, consumed=(1, 3, 4))


# --- the repository ----------------------------------------------------------------------------------------------


@dataclass
class Story:
    """A clone, its remote and the curves beside it."""

    home: Path
    name: str = "voisins"

    @property
    def repo(self) -> Path:
        return self.home / "clone"

    @property
    def folder(self) -> Path:
        return self.repo / "operations" / self.name

    def git(self, *arguments: str, where: Path | None = None) -> str:
        return git(where or self.repo, *arguments)

    def run(self, *arguments: str, code: int = 0) -> str:
        done, printed = run(self.repo, *arguments)
        assert done == code, printed
        return printed

    def fetch(self, months: str) -> None:
        self.run("fetch", self.name, "--month", months, "--file", str(self.home / "curves"))

    def write(self, **texts: str) -> None:
        """``write(keys="…")``"""
        for name, text in texts.items():
            (self.folder / f"{name}.yaml").write_text(text)

    def read(self, name: str) -> str:
        return (self.folder / f"{name}.yaml").read_text()

    def commit(self, message: str, *trailers: str) -> str:
        self.git("add", "--all", "operations")
        self.git("commit", "--quiet", "--message", "\n\n".join([message, *trailers]))
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def push(self, branch: str = "main") -> None:
        self.git("push", "--quiet", "--set-upstream", "origin", branch)

    def plan(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """Made elsewhere, as on a forge: what it computed is not in the store when it comes to settling."""
        kept, status = self.store(), self.git("status", "--porcelain")
        made = json.loads(self.run("plan", "--format", "json", *arguments, code=code))
        for computed in self.store() - kept:
            computed.unlink()
        assert self.git("status", "--porcelain") == status  # a plan writes nothing that is committed
        assert made["format_version"] == 1
        return dict(made)

    def store(self) -> set[Path]:
        kinds = ("curves", "allocation", "pricing")
        return {path for kind in kinds for path in (self.repo / ".mitoyen" / kind).rglob("*") if path.is_file()}

    def settle(self) -> Settled:
        before = self.head
        units = json.loads(self.run("settle", "--changed", "--commit", "--format", "json"))["units"]
        after = self.head
        assert after == before or self.git("rev-parse", f"{after}^") == before
        return Settled(units, None if after == before else self.recorded(after))

    def recorded(self, commit: str) -> Recorded:
        """What a commit is, as ``git show`` has it."""
        author, subject, *body = self.git("show", "--no-patch", "--format=%an <%ae>%n%s%n%b", commit).splitlines()
        files = self.git("show", "--format=", "--name-status", commit).splitlines()
        trailers = [tuple(line.split(": ", 1)) for line in body if line]
        return Recorded(
            author,
            subject,
            [value.split()[0] for name, value in trailers if name == "Settled"],
            [value for name, value in trailers if name == "Cause"],
            dict(reversed(line.split("\t")) for line in files),  # type: ignore[misc]
        )

    def manifests(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.folder.glob("settlements/*.yaml"))}


@dataclass
class Recorded:
    """A commit that records a settlement."""

    author: str
    subject: str
    settled: list[str]
    causes: list[str]
    files: dict[str, str]
    """By path: A(dded), M(odified), D(eleted)."""


@dataclass
class Settled:
    """What ``settle --changed --commit`` said, and the commit it made, if it did."""

    units: list[dict[str, Any]]
    commit: Recorded | None

    @property
    def recomputed(self) -> dict[str, list[str]]:
        """The stages computed now, by month; a month that came from the store as it was is left out."""
        assert all(unit["reused"] == (not unit["recomputed"]) for unit in self.units)
        return {unit["month"]: unit["recomputed"] for unit in self.units if unit["recomputed"]}

    def bill(self, month: str) -> dict[str, str]:
        """By consumer, ``kWh = EUR``."""
        [unit] = [unit for unit in self.units if unit["month"] == month]
        return {
            one["id"]: f"{Decimal(one['shared']).normalize():f} = {one['net']}"
            for one in unit["members"]
            if one["role"] == "consumer"
        }


def changes(plan: Mapping[str, Any]) -> list[str]:
    """``keys.yaml 2026-11-15 added: …`` of the one operation."""
    [one] = plan["operations"]
    return [f"{change['file']} {' '.join(change['path'])} {change['kind']}" for change in one["changes"]]


def effect(plan: Mapping[str, Any]) -> dict[str, str]:
    """By month, ``category: before -> after, percent``."""
    [one] = plan["operations"]
    assert one["findings"] == []
    return {
        unit["month"]: f"{unit['category']}: {unit['before']} -> {unit['after']}, {unit['percent']} %"
        for unit in one["units"]
    }


def members(plan: Mapping[str, Any], month: str) -> list[str]:
    """``m-a 4.50 -> 11.70 (+7.20, 160.0 %)``, as the plan orders them."""
    [unit] = [unit for unit in plan["operations"][0]["units"] if unit["month"] == month]
    return [
        f"{one['id']} {one['before'] or '-'} -> {one['after'] or '-'} "
        f"({one['difference']}, {one['percent'] or '-'} %)"
        for one in unit["members"]
    ]


def stages(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    return {unit["month"]: unit["stages"] for unit in plan["operations"][0]["units"]}


def drafts(*months: str, letter: str = "M", folder: str = "voisins") -> dict[str, str]:
    """The manifests of these months, as a commit shows them."""
    return {f"operations/{folder}/settlements/{month}.1.yaml": letter for month in months}


# --- the year ----------------------------------------------------------------------------------------------------


def test_a_year(tmp_path: Path) -> None:
    """Each act leaves the repository to the next, settled, recorded and pushed."""
    story = founded(tmp_path)
    nothing_more(story)
    a_member_joins(story)
    the_key_changes_by_a_branch(story)
    a_price_is_backdated(story)
    january_is_restated(story)
    someone_tidies(story)
    readmes_are_renamed(story)
    the_price_is_reverted(story)
    two_branches_change_the_key(story)
    an_issued_month_is_reached(story)
    the_folder_is_renamed(story)
    nothing_more(story)


def founded(home: Path) -> Story:
    """Twelve months brought, settled, recorded and pushed."""
    story = Story(home)
    (home / "curves").mkdir()
    for month in YEAR:
        (home / "curves" / f"{month}.csv").write_text(year_curve(month))
    story.git("init", "--quiet", "--bare", "--initial-branch=main", "remote.git", where=home)
    story.git("clone", "--quiet", str(home / "remote.git"), "clone", where=home)
    story.git("checkout", "--quiet", "-b", "main")
    story.folder.mkdir(parents=True)
    story.write(**FILES)
    (story.folder / "README.md").write_text("Two neighbours and a roof.\n")
    (story.repo / "README.md").write_text("Our federation.\n")
    story.fetch("2026-01..2026-12")
    story.git("add", "README.md")
    cause = story.commit("The neighbours begin")
    settled = story.settle()
    assert settled.recomputed == dict.fromkeys(YEAR, TWO)
    # January: 31 days of 3 and 9 kWh. February: 28 of them. April: 30.
    assert settled.bill("2026-01") == {"m-a": "93 = 9.30", "m-b": "279 = 27.90"}
    assert settled.bill("2026-02") == {"m-a": "84 = 8.40", "m-b": "252 = 25.20"}
    assert settled.bill("2026-04") == {"m-a": "90 = 9.00", "m-b": "270 = 27.00"}
    # The clocks change on 29 March and 25 October, at an hour in which nothing is produced.
    assert settled.bill("2026-03") == settled.bill("2026-10") == settled.bill("2026-01")
    assert settled.commit == Recorded(
        author="mitoyen <mitoyen@localhost.invalid>",
        subject="Settle 12 months",
        settled=[f"voisins/{month}.1" for month in YEAR],
        causes=[cause],
        files=drafts(*YEAR, letter="A"),
    )
    story.push()
    return story


def nothing_more(story: Story) -> None:
    """A run that changes nothing commits nothing, so that hooks cannot loop."""
    before, kept = story.head, story.manifests()
    again = story.settle()
    assert (again.units, again.commit) == ([], None)
    story.run("settle", "--commit", "--format", "json")  # everything, and not only what changed
    assert (story.head, story.manifests()) == (before, kept)
    assert story.git("status", "--porcelain") == ""
    plan = story.plan()
    assert plan["operations"] == []


def a_member_joins(story: Story) -> None:
    """m-c, from October on: the operator sends three more curves."""
    story.write(participants=story.read("participants") + M_C)
    # Before the curve is there, nobody can say what October will cost, and the plan says so.
    [without] = story.plan(code=1)["operations"]
    assert {unit["month"]: unit["unknown"] for unit in without["units"]} == {
        "2026-10": "the data of 2026-10 lack meter mtr-03 of m-c from 2026-10-01 00:00 (+02:00)",
        "2026-11": "the data of 2026-11 lack meter mtr-03 of m-c from 2026-11-01 00:00 (+01:00)",
        "2026-12": "the data of 2026-12 lack meter mtr-03 of m-c from 2026-12-01 00:00 (+01:00)",
    }
    assert [finding["help"] for finding in without["findings"]] == [
        f"fetch again: mitoyen fetch voisins --month {month}" for month in ("2026-10", "2026-11", "2026-12")
    ]

    for month in ("2026-10", "2026-11", "2026-12"):
        (story.folder / "data" / f"{month}.yaml").unlink()
    story.fetch("2026-10..2026-12")
    plan = story.plan()
    assert changes(plan) == ["participants.yaml m-c added"]
    # What is shared stays what it was: 31 days of 12 kWh at 10 cents, among three.
    assert effect(plan) == {
        "2026-10": "changes: 37.20 -> 37.20, 0.0 %",
        "2026-11": "changes: 36.00 -> 36.00, 0.0 %",
        "2026-12": "changes: 37.20 -> 37.20, 0.0 %",
    }
    assert members(plan, "2026-10") == [  # the largest difference first
        "m-c - -> 18.60 (18.60, - %)",  # 31 x 6
        "m-b 27.90 -> 13.95 (-13.95, -50.0 %)",  # 31 x 4.5
        "m-a 9.30 -> 4.65 (-4.65, -50.0 %)",  # 31 x 1.5
    ]
    assert stages(plan) == dict.fromkeys(["2026-10", "2026-11", "2026-12"], ALL)
    cause = story.commit("m-c joins")
    assert story.plan()["digest"] == plan["digest"]  # committed or not, it is the same change
    settled = story.settle()
    assert settled.recomputed == dict.fromkeys(["2026-10", "2026-11", "2026-12"], TWO)
    assert settled.bill("2026-11") == {"m-a": "45 = 4.50", "m-b": "135 = 13.50", "m-c": "180 = 18.00"}
    assert settled.commit == Recorded(
        "mitoyen <mitoyen@localhost.invalid>",
        "Settle 3 months",
        ["voisins/2026-10.1", "voisins/2026-11.1", "voisins/2026-12.1"],
        [cause],
        drafts("2026-10", "2026-11", "2026-12"),
    )
    story.push()


def test_the_advice_can_be_followed(tmp_path: Path) -> None:
    """``fetch again``, says ACC419 of a month that lacks the curve of someone who joins."""
    story = founded(tmp_path)
    story.write(participants=story.read("participants") + M_C)
    story.fetch("2026-10..2026-12")


SHARES = "2026-11-15: {{rule: static, with: {{shares: {{m-a: {0} %, m-b: {1} %, m-c: {2} %}}}}, because: {3}}}\n"


def the_key_changes_by_a_branch(story: Story) -> None:
    """Half for m-a, a quarter for each of the others, from 15 November on: 6, 3 and 3 kWh a day."""
    story.git("checkout", "--quiet", "-b", "key")
    story.write(keys=FILES["keys"] + SHARES.format(50, 25, 25, "resolution 9"))
    story.commit("Another key, as the assembly decided")
    story.git("push", "--quiet", "origin", "key")
    story.git("checkout", "--quiet", "main")

    plan = story.plan("--base", "origin/main", "--head", "origin/key")
    assert changes(plan) == ["keys.yaml 2026-11-15 added"]
    [change] = plan["operations"][0]["changes"]
    assert change["because"] == "resolution 9"
    assert (change["before_place"], change["after_place"]) == (None, "operations/voisins/keys.yaml:2:13")
    # All that is produced is shared, before and after; members pay 36.00 for November, and 37.20 for December.
    assert effect(plan) == {
        "2026-11": "changes: 36.00 -> 36.00, 0.0 %",
        "2026-12": "changes: 37.20 -> 37.20, 0.0 %",
    }
    assert members(plan, "2026-11") == [
        "m-a 4.50 -> 11.70 (7.20, 160.0 %)",  # 14 x 1.5 + 16 x 6 = 117
        "m-c 18.00 -> 13.20 (-4.80, -26.7 %)",  # 14 x 6 + 16 x 3 = 132
        "m-b 13.50 -> 11.10 (-2.40, -17.8 %)",  # 14 x 4.5 + 16 x 3 = 111
    ]
    assert members(plan, "2026-12") == [
        "m-a 4.65 -> 18.60 (13.95, 300.0 %)",  # 31 x 6
        "m-c 18.60 -> 9.30 (-9.30, -50.0 %)",  # 31 x 3
        "m-b 13.95 -> 9.30 (-4.65, -33.3 %)",
    ]

    kept = story.manifests()
    story.git("merge", "--quiet", "--no-ff", "--message", "Merge the key", "key")
    cause = story.head
    assert story.plan()["digest"] == plan["digest"]
    settled = story.settle()
    assert settled.recomputed == {"2026-11": TWO, "2026-12": TWO}
    assert settled.bill("2026-11") == {"m-a": "117 = 11.70", "m-b": "111 = 11.10", "m-c": "132 = 13.20"}
    assert settled.commit is not None
    assert (settled.commit.causes, settled.commit.files) == ([cause], drafts("2026-11", "2026-12"))
    same = {name for name, content in story.manifests().items() if content == kept[name]}
    assert same == {f"{month}.1.yaml" for month in YEAR[:10]}
    story.push()


BACKDATED = """\
  2026-03-16: {rule: flat, with: {price: 0.2000 EUR/kWh}, because: resolution 10}
  2026-04-01: {rule: flat, with: {price: 0.1000 EUR/kWh}, because: resolution 10}
"""


def a_price_is_backdated(story: Story) -> None:
    """20 cents for the second half of March, which was settled long ago."""
    story.write(tariffs=FILES["tariffs"] + BACKDATED)
    plan = story.plan()
    assert changes(plan) == [
        "tariffs.yaml residents 2026-03-16 added",
        "tariffs.yaml residents 2026-04-01 added",
    ]
    # April to December have another entry in force, and the same price.
    assert effect(plan) == {"2026-03": "changes: 37.20 -> 56.40, 51.6 %"}
    assert stages(plan) == {"2026-03": ["pricing", "documents"]}
    assert members(plan, "2026-03") == [
        "m-b 27.90 -> 42.30 (14.40, 51.6 %)",  # 15 x 9 x 0.10 + 16 x 9 x 0.20 = 13.50 + 28.80
        "m-a 9.30 -> 14.10 (4.80, 51.6 %)",  # 15 x 3 x 0.10 + 16 x 3 x 0.20 = 4.50 + 9.60
    ]
    cause = story.commit("20 cents in the second half of March")
    settled = story.settle()
    assert settled.recomputed == {"2026-03": ["pricing"]}
    assert settled.bill("2026-03") == {"m-a": "93 = 14.10", "m-b": "279 = 42.30"}
    assert settled.commit == Recorded(
        "mitoyen <mitoyen@localhost.invalid>",
        "Settle voisins 2026-03",
        ["voisins/2026-03.1"],
        [cause],
        drafts("2026-03"),
    )
    story.push()


def january_is_restated(story: Story) -> None:
    """The operator had forgotten a third of the roof: 3 kWh an hour, 18 a day."""
    (story.home / "curves" / "2026-01.csv").write_text(year_curve("2026-01", roof=3))
    story.fetch("2026-01..2026-12")  # all of it again: eleven months are what they were
    assert story.git("status", "--porcelain") == "M operations/voisins/data/2026-01.yaml"
    plan = story.plan()
    assert effect(plan) == {"2026-01": "changes: 37.20 -> 55.80, 50.0 %"}
    assert members(plan, "2026-01") == [
        "m-b 27.90 -> 41.85 (13.95, 50.0 %)",  # 31 x 13.5
        "m-a 9.30 -> 13.95 (4.65, 50.0 %)",  # 31 x 4.5
    ]
    cause = story.commit("January as the operator restated it")
    settled = story.settle()
    assert settled.recomputed == {"2026-01": TWO}
    assert settled.bill("2026-01") == {"m-a": "139.5 = 13.95", "m-b": "418.5 = 41.85"}
    assert settled.commit is not None
    assert (settled.commit.causes, settled.commit.files) == ([cause], drafts("2026-01"))
    story.push()


def someone_tidies(story: Story) -> None:
    """Comments, order, block and flow; then a default written out and other words for the same quantities."""
    story.write(
        operation="""# The neighbours of the rue du Four.
organiser: "coop-toits"
title: Les voisins

documents:
  use: [text]
  with: {series: VO}
source:
  use: csv
  with:
    files:
      - "*.csv"
    unit: kWh
step: PT60M
opened: 2026-01-01
""",
        participants="""m-a: {role: consumer, tariff: residents, meter: mtr-01, from: 2026-01-01}
m-b: {role: consumer, tariff: residents, meter: mtr-02, from: 2026-01-01}
m-c: {role: consumer, tariff: residents, meter: mtr-03, from: 2026-10-01}

p-roof: {role: producer, power: 36 kWp, meter: mtr-90, from: 2026-01-01}   # the school
""",
        keys=f"""# first pro rata, then by shares
2026-01-01:
  rule: prorata
  because: resolution 3
{SHARES.format(50, 25, 25, "resolution 9")}""",
    )
    kept, head = story.manifests(), story.commit("Tidied up, nothing else said")
    plan = story.plan()
    assert [one["operation"] for one in plan["operations"]] == ["voisins"]  # its files were looked at
    assert (changes(plan), effect(plan), plan["operations"][0]["category"]) == ([], {}, "nothing")
    settled = story.settle()
    assert [unit["month"] for unit in settled.units] == YEAR
    assert (settled.recomputed, settled.commit, story.head) == ({}, None, head)
    assert story.manifests() == kept
    story.push()

    story.write(
        operation=story.read("operation").replace("step:", "timezone: Europe/Paris\nstep:"),
        participants=story.read("participants").replace("36 kWp", "36000 W"),
        tariffs=story.read("tariffs").replace("0.1000 EUR/kWh", "10 c€/kWh"),
    )
    plan = story.plan()  # a person sees what is written otherwise, and that it comes to the same
    assert changes(plan) == [
        "operation.yaml timezone added",
        "participants.yaml p-roof power changed",
        "tariffs.yaml residents 2026-01-01 with price changed",
        "tariffs.yaml residents 2026-04-01 with price changed",
    ]
    assert (effect(plan), plan["operations"][0]["category"]) == ({}, "nothing")
    head = story.commit("Other words")
    settled = story.settle()
    assert (settled.recomputed, settled.commit, story.head) == ({}, None, head)
    story.git("reset", "--quiet", "--hard", "HEAD^")


def readmes_are_renamed(story: Story) -> None:
    """One that is nobody's, then the operation's own."""
    kept = story.manifests()
    story.git("mv", "README.md", "LISEZMOI.md")
    head = story.commit("In French")
    assert story.plan()["operations"] == []
    # The tidying before it was settled and left no record, so that it is looked at again: nothing is computed.
    settled = story.settle()
    assert (settled.recomputed, settled.commit, story.head) == ({}, None, head)
    story.git("mv", "operations/voisins/README.md", "operations/voisins/LISEZMOI.md")
    head = story.commit("This one too")
    plan = story.plan()
    assert (changes(plan), effect(plan)) == ([], {})
    settled = story.settle()
    assert (settled.recomputed, settled.commit, story.head) == ({}, None, head)
    assert story.manifests() == kept
    story.push()


def the_price_is_reverted(story: Story) -> None:
    """March is what it was, and its result is still in the store."""
    [commit] = story.git("log", "--format=%H", "--grep=^20 cents").splitlines()
    was = story.git("show", f"{commit}:operations/voisins/settlements/2026-03.1.yaml")
    story.git("revert", "--no-edit", commit)
    cause = story.head
    plan = story.plan()
    assert changes(plan) == [
        "tariffs.yaml residents 2026-03-16 removed",
        "tariffs.yaml residents 2026-04-01 removed",
    ]
    assert effect(plan) == {"2026-03": "changes: 56.40 -> 37.20, -34.0 %"}  # 19.20 of 56.40
    settled = story.settle()
    assert settled.recomputed == {}
    assert settled.bill("2026-03") == {"m-a": "93 = 9.30", "m-b": "279 = 27.90"}
    assert settled.commit == Recorded(
        "mitoyen <mitoyen@localhost.invalid>",
        "Settle voisins 2026-03",
        ["voisins/2026-03.1"],
        [cause],
        drafts("2026-03"),
    )
    now = (story.folder / "settlements" / "2026-03.1.yaml").read_text().splitlines()
    assert [line for line in was.splitlines() if line not in now] == [
        line for line in was.splitlines() if line.startswith("commit: ")
    ]
    story.push()


def two_branches_change_the_key(story: Story) -> None:
    """Both write other shares at the same place. The first is merged; the second wins over it.

    kWh a day from 15 November on: 40, 30 and 30 % are 4.8, 3.6 and 3.6; 30, 40 and 30 % are 3.6, 4.8 and 3.6.
    """
    before = story.head
    for branch, shares in (("forty", (40, 30, 30)), ("thirty", (30, 40, 30))):
        story.git("checkout", "--quiet", "-b", branch, before)
        key = story.read("keys").replace(
            SHARES.format(50, 25, 25, "resolution 9"), SHARES.format(*shares, f"resolution {branch}")
        )
        story.write(keys=key)
        story.commit(f"The key of {branch}")
        story.git("push", "--quiet", "origin", branch)
    story.git("checkout", "--quiet", "main")
    both = {
        "2026-11": "changes: 36.00 -> 36.00, 0.0 %",
        "2026-12": "changes: 37.20 -> 37.20, 0.0 %",
    }
    # Each one alone, against what was in force when it was written.
    forty = story.plan("--base", "main", "--head", "forty")
    thirty = story.plan("--base", "main", "--head", "thirty")
    assert effect(forty) == effect(thirty) == both
    assert changes(forty) == [
        "keys.yaml 2026-11-15 because changed",
        "keys.yaml 2026-11-15 with shares m-a changed",
        "keys.yaml 2026-11-15 with shares m-b changed",
        "keys.yaml 2026-11-15 with shares m-c changed",
    ]
    assert members(forty, "2026-12") == [
        "m-a 18.60 -> 14.88 (-3.72, -20.0 %)",  # 31 x 4.8
        "m-b 9.30 -> 11.16 (1.86, 20.0 %)",  # 31 x 3.6
        "m-c 9.30 -> 11.16 (1.86, 20.0 %)",
    ]
    assert members(thirty, "2026-12") == [
        "m-a 18.60 -> 11.16 (-7.44, -40.0 %)",  # 31 x 3.6
        "m-b 9.30 -> 14.88 (5.58, 60.0 %)",  # 31 x 4.8
        "m-c 9.30 -> 11.16 (1.86, 20.0 %)",
    ]

    story.git("merge", "--quiet", "--no-ff", "--message", "Merge forty", "forty")
    settled = story.settle()
    assert settled.recomputed == {"2026-11": TWO, "2026-12": TWO}
    # 14 days pro rata, 16 by shares: 14 x 1.5 + 16 x 4.8, 14 x 4.5 + 16 x 3.6, 14 x 6 + 16 x 3.6
    assert settled.bill("2026-11") == {"m-a": "97.8 = 9.78", "m-b": "120.6 = 12.06", "m-c": "141.6 = 14.16"}
    story.push()

    story.git("merge", "--quiet", "--no-ff", "--message", "Merge thirty", "-X", "theirs", "thirty")
    cause = story.head
    plan = story.plan()  # what the merge does to the main branch: m-c stays where it is
    assert plan == story.plan("--base", "HEAD^1", "--head", "HEAD") | {"head": None, "base": plan["base"]}
    assert changes(plan) == [
        "keys.yaml 2026-11-15 because changed",
        "keys.yaml 2026-11-15 with shares m-a changed",
        "keys.yaml 2026-11-15 with shares m-b changed",
    ]
    assert effect(plan) == both
    assert members(plan, "2026-12") == [
        "m-a 14.88 -> 11.16 (-3.72, -25.0 %)",
        "m-b 11.16 -> 14.88 (3.72, 33.3 %)",
        "m-c 11.16 -> 11.16 (0.00, 0.0 %)",
    ]
    settled = story.settle()
    assert settled.recomputed == {"2026-11": TWO, "2026-12": TWO}
    # 14 x 1.5 + 16 x 3.6, 14 x 4.5 + 16 x 4.8, as it was
    assert settled.bill("2026-11") == {"m-a": "78.6 = 7.86", "m-b": "139.8 = 13.98", "m-c": "141.6 = 14.16"}
    assert settled.commit is not None
    assert (settled.commit.causes, settled.commit.files) == ([cause], drafts("2026-11", "2026-12"))
    story.push()


def dearer_february(price: str) -> str:
    return FILES["tariffs"] + (
        f"  2026-02-01: {{rule: flat, with: {{price: {price} EUR/kWh}}, because: resolution 11}}\n"
        "  2026-03-01: {rule: flat, with: {price: 0.1000 EUR/kWh}, because: resolution 11}\n"
    )


def an_issued_month_is_reached(story: Story) -> None:
    """February is issued; then its price is backdated, and once more. The first revision is never touched."""
    manifest = story.folder / "settlements" / "2026-02.1.yaml"
    manifest.write_text(manifest.read_text().replace("state: draft", "state: issued"))
    issued = manifest.read_bytes()
    story.commit("Issue February")
    story.push()
    nothing_more(story)

    story.write(tariffs=dearer_february("0.2000"))
    plan = story.plan()
    assert effect(plan) == {"2026-02": "restates: 33.60 -> 67.20, 100.0 %"}
    assert plan["operations"][0]["category"] == "restates"
    assert members(plan, "2026-02") == [
        "m-b 25.20 -> 50.40 (25.20, 100.0 %)",  # 28 x 9
        "m-a 8.40 -> 16.80 (8.40, 100.0 %)",  # 28 x 3
    ]
    cause = story.commit("20 cents in February")
    settled = story.settle()
    assert settled.recomputed == {"2026-02": ["pricing"]}
    assert settled.commit == Recorded(
        "mitoyen <mitoyen@localhost.invalid>",
        "Settle voisins 2026-02",
        ["voisins/2026-02.2"],
        [cause],
        {"operations/voisins/settlements/2026-02.2.yaml": "A"},
    )
    second = manifest.with_name("2026-02.2.yaml")
    assert manifest.read_bytes() == issued
    assert {"revision: 2", "replaces: 1", "state: draft"} <= set(second.read_text().splitlines())
    story.push()
    nothing_more(story)

    # The second revision is a draft: it is recomputed in its place, and still replaces what was issued.
    story.write(tariffs=dearer_february("0.1500"))
    plan = story.plan()
    assert effect(plan) == {"2026-02": "restates: 67.20 -> 50.40, -25.0 %"}
    story.commit("15 cents in February")
    settled = story.settle()
    assert settled.bill("2026-02") == {"m-a": "84 = 12.60", "m-b": "252 = 37.80"}
    assert settled.commit is not None
    assert settled.commit.files == {"operations/voisins/settlements/2026-02.2.yaml": "M"}
    assert manifest.read_bytes() == issued
    assert {"revision: 2", "replaces: 1", "state: draft"} <= set(second.read_text().splitlines())
    story.push()


def the_folder_is_renamed(story: Story) -> None:
    """One operation goes and another comes, with the same amounts and the same results in the store."""
    story.git("mv", "operations/voisins", "operations/rue-du-four")
    story.name = "rue-du-four"
    plan = story.plan()
    come, gone = plan["operations"]
    assert [(one["operation"], len(one["units"])) for one in plan["operations"]] == [
        ("rue-du-four", 12),
        ("voisins", 12),
    ]
    for one, other in zip(come["units"], gone["units"], strict=True):
        assert (one["month"], one["before"], one["after"]) == (other["month"], other["after"], other["before"])
        issued = one["month"] == "2026-02"
        assert (one["category"], other["category"]) == (("restates",) * 2 if issued else ("adds", "removes"))
    cause = story.commit("The street has a name")
    settled = story.settle()
    assert (settled.recomputed, [unit["month"] for unit in settled.units]) == ({}, YEAR)
    assert settled.commit is not None
    assert settled.commit.causes == [cause]
    story.push()
