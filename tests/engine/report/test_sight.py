"""What a month may show: by hand, and for any small operation held against the rules said day by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitoyen.clock import Month
from mitoyen.contracts import Entry, Operation, Participant, Place
from mitoyen.report.sight import LEAST, Active, Sight, sight

JUNE = Month(2026, 6)
DAYS = [JUNE.first + timedelta(days=at) for at in range(JUNE.days)]
OPENED = date(2026, 1, 1)


def operation(*participants: Participant, keys: Iterable[Entry] = ()) -> Operation:
    return Operation(
        id="boucle",
        title="Une boucle",
        organiser="coop",
        opened=OPENED,
        zone="Europe/Paris",
        steps={OPENED: 3600},
        participants={one.id: one for one in participants},
        keys=list(keys) or [Entry(OPENED, "prorata", {})],
        tariffs={},
        source=None,
        source_options={},
        formats=(),
        format_options={},
        law=None,
        details={},
        months={},
        files={},
        locate=lambda *_path, key=False: Place("operation.yaml"),
    )


def consumer(
    name: str, tariff: str = "blue", *, first: date = OPENED, to: date | None = None, payer: str | None = None
) -> Participant:
    return Participant(name, "consumer", f"mtr-{name}", first, to, tariff=tariff, payer=payer)


def roof(name: str, seller: str | None = None, *, first: date = OPENED, to: date | None = None) -> Participant:
    return Participant(name, "producer", f"mtr-{name}", first, to, seller=seller)


def some(names: str, tariff: str = "blue") -> list[Participant]:
    return [consumer(name, tariff) for name in names]


def groups(seen: Sight) -> dict[str, str]:
    return {group.key: "".join(group.consumers) for group in seen.groups}


OURS = roof("p-1")


# --- by hand ---------------------------------------------------------------------------------------------------


def test_two_are_not_shown_and_three_are() -> None:
    assert not sight(operation(OURS, *some("ab")), JUNE, "members").flows
    seen = sight(operation(OURS, *some("abc")), JUNE, "members")
    assert (seen.production, seen.plants, seen.flows, seen.money, seen.groups) == (True, True, True, True, ())


def test_a_group_of_one_is_put_with_the_smallest_of_the_others() -> None:
    """Else it would be what is left of the total."""
    of = operation(OURS, *some("abcd"), *some("efg", "green"), *some("h", "red"))
    assert groups(sight(of, JUNE, "public")) == {"blue": "abcd", "green+red": "efgh"}
    assert not sight(of, JUNE, "public").money


def test_small_groups_that_are_enough_together_take_no_other() -> None:
    of = operation(OURS, *some("abc"), *some("d", "green"), *some("ef", "red"))
    assert groups(sight(of, JUNE, "members")) == {"blue": "abc", "green+red": "def"}


def test_a_payer_is_one_person() -> None:
    meters = [consumer(name, payer="town") for name in "abc"]
    assert not sight(operation(OURS, *meters, consumer("d")), JUNE, "members").flows
    assert sight(operation(OURS, *meters, consumer("d"), consumer("e")), JUNE, "members").flows


def test_the_day_on_which_they_are_fewest_counts() -> None:
    last = consumer("c", to=date(2026, 6, 30))
    assert not sight(operation(OURS, *some("ab"), last), JUNE, "members").flows
    next_one = consumer("d", first=date(2026, 6, 30))
    assert sight(operation(OURS, *some("ab"), last, next_one), JUNE, "members").flows


def test_days_before_anyone_is_there_do_not_count() -> None:
    late = [consumer(name, first=date(2026, 6, 16)) for name in "abc"]
    assert sight(operation(OURS, *late), JUNE, "public").flows


def test_whom_the_key_leaves_out_is_not_counted() -> None:
    served = Entry(date(2026, 6, 30), "static", {}, serves=frozenset("ab"))
    keys = [Entry(OPENED, "prorata", {}), served]
    assert not sight(operation(OURS, *some("abcdefghij"), keys=keys), JUNE, "members").flows


def test_who_receives_nothing_while_others_do_is_not_counted() -> None:
    """A day of the three on which nobody receives anything says nothing of one of them."""
    of = operation(OURS, *some("abc"), *some("defg", "green"))
    everyone = {name: frozenset(DAYS[1:]) for name in "abcdefg"}
    assert groups(sight(of, JUNE, "public", active=everyone)) == {"blue": "abc", "green": "defg"}
    alone = {**everyone, "c": frozenset(DAYS[2:])}
    assert groups(sight(of, JUNE, "public", active=alone)) == {}
    assert sight(of, JUNE, "public", active=alone).flows


def test_plants_of_others() -> None:
    """To everyone one by one where all are ours; as a sum where we are in it, or three are; to members always."""

    def seen(*plants: Participant, audience: str = "public") -> tuple[bool, bool, bool]:
        found = sight(operation(*plants, *some("abc")), JUNE, audience)
        return found.production, found.plants, found.flows

    farm, mill, forge = (roof(name, name) for name in ("farm", "mill", "forge"))
    assert seen(OURS, roof("p-2", "coop")) == (True, True, True)
    assert seen(OURS, farm) == (True, False, True)
    assert seen(farm) == seen(farm, mill) == (False, False, False)
    assert seen(farm, mill, forge) == (True, False, True)
    assert seen(farm, audience="members") == (True, True, True)
    assert seen(roof("p-1", to=date(2026, 6, 30)), farm) == (False, False, False)
    assert seen(roof("p-1", to=date(2026, 6, 30)), roof("farm", "farm", to=date(2026, 6, 30))) == (
        True,
        False,
        True,
    )


def test_a_day_on_which_our_plant_stands_still_is_that_of_the_other() -> None:
    of = operation(OURS, roof("farm", "farm"), *some("abc"))
    busy = {name: frozenset(DAYS) for name in ("p-1", "farm", *"abc")}
    assert sight(of, JUNE, "public", active=busy).production
    assert not sight(of, JUNE, "public", active={**busy, "p-1": frozenset(DAYS[1:])}).production


def test_the_board_sees_everyone_or_those_who_are_named() -> None:
    of = operation(OURS, *some("abc"), consumer("d", "green"))
    everyone = sight(of, JUNE, "board")
    assert (everyone.members, everyone.money) == (True, True)
    assert [(group.key, group.consumers) for group in everyone.groups] == [(x, (x,)) for x in "abcd"]
    named = sight(of, JUNE, "board", frozenset("bz"))
    assert [(group.key, group.consumers) for group in named.groups] == [("b", ("b",)), ("", ("a", "c", "d"))]


# --- whatever the operation ------------------------------------------------------------------------------------

days = st.integers(-3, JUNE.days + 3).map(lambda at: JUNE.first + timedelta(days=at))
names = st.sampled_from("abcdefghij")


@st.composite
def consumers(draw: st.DrawFn) -> list[Participant]:
    found = []
    for name in sorted(draw(st.sets(names, max_size=10))):
        first, to = draw(days), draw(st.none() | days)
        payer = draw(st.sampled_from([None, None, "x", "y"]))
        found.append(
            consumer(name, draw(st.sampled_from(["blue", "green", "red"])), first=first, to=to, payer=payer)
        )
    return found


@st.composite
def plants(draw: st.DrawFn) -> list[Participant]:
    sellers = draw(st.lists(st.sampled_from([None, "coop", "farm", "mill", "forge"]), max_size=5))
    return [
        roof(f"p-{at}", seller, first=draw(days), to=draw(st.none() | days)) for at, seller in enumerate(sellers)
    ]


@st.composite
def keys(draw: st.DrawFn) -> list[Entry]:
    starts = [OPENED, *sorted(draw(st.sets(days, max_size=2)))]
    return [Entry(start, "any", {}, serves=draw(st.none() | st.frozensets(names))) for start in starts]


@st.composite
def actives(draw: st.DrawFn, of: list[Participant]) -> Active | None:
    """Who gave or received on which days: mostly all, but for some days of some."""
    if draw(st.booleans()):
        return None
    return {
        one.id: frozenset(DAYS) - frozenset(draw(st.lists(st.sampled_from(DAYS), max_size=3)))
        for one in of
        if draw(st.integers(0, 9))
    }


def behind(of: Operation, some: Iterable[Participant], day: date, active: Active | None) -> tuple[int, int, int]:
    """Of these consumers on a day: how many take part, how many persons are served, how many received anything."""
    key = [entry for entry in of.keys if entry.start <= day][-1]
    here = [one for one in some if one.start <= day and (one.to is None or day < one.to)]
    served = [one for one in here if key.serves is None or one.id in key.serves]
    took = [one for one in served if active is None or day in active.get(one.id, ())]
    return len(here), len({one.payer or one.id for one in served}), len({one.payer or one.id for one in took})


def safe(of: Operation, some: Iterable[Participant], active: Active | None) -> bool:
    """Whether what these consumers have together is nobody's, and not that of two, on any day."""
    them = list(some)
    counts = [behind(of, them, day, active) for day in DAYS]
    return all(not here or (served >= LEAST and (took == 0 or took >= LEAST)) for here, served, took in counts)


@settings(max_examples=200, deadline=None)
@given(st.data(), consumers(), plants(), keys(), st.sampled_from(["members", "public"]))
def test_whatever_is_shown_is_of_three(
    data: st.DataObject, members: list[Participant], roofs: list[Participant], rules: list[Entry], audience: str
) -> None:
    of = operation(*members, *roofs, keys=rules)
    active = data.draw(actives([*members, *roofs]))
    seen = sight(of, JUNE, audience, active=active)
    here = {
        one.id: one for one in members if one.start < JUNE.next.first and (one.to is None or one.to > JUNE.first)
    }
    here = {name: one for name, one in here.items() if one.to is None or one.to > one.start}
    if not seen.production:
        assert (seen.plants, seen.flows) == (False, False)
    if not seen.flows:
        assert (seen.money, seen.groups) == (False, ())
    else:
        assert safe(of, members, active), "all consumers together"
    if seen.groups:
        assert len(seen.groups) > 1
        told = [name for group in seen.groups for name in group.consumers]
        assert sorted(told) == sorted({*told}), "everyone is in one group"
        assert {*here} <= {*told}
        for group in seen.groups:
            inside = [of.participants[name] for name in group.consumers]
            assert safe(of, inside, active), "a group"
            assert safe(of, [one for one in members if one.id not in group.consumers], active), "what is left"
            assert {of.participants[name].tariff for name in group.consumers} == set(group.tariffs)
    if seen.money:
        for tariff in {one.tariff for one in here.values()}:
            assert safe(of, [one for one in here.values() if one.tariff == tariff], active), "a tariff"
    if audience == "public":
        _production(of, roofs, seen, active)
    # No more is hidden than the rules ask for.
    assert seen.flows == (seen.production and bool(here) and safe(of, members, active))


def _production(of: Operation, roofs: list[Participant], seen: Sight, active: Active | None) -> None:
    mixed = True
    for day in DAYS:
        sellers = {
            one.seller or of.organiser
            for one in roofs
            if one.start <= day
            and (one.to is None or day < one.to)
            and (active is None or day in active.get(one.id, ()))
        }
        mixed = mixed and (of.organiser in sellers or len(sellers) in (0, 3))
    assert seen.production == mixed
    if seen.plants:
        assert {one.seller for one in roofs if behind(of, [one], JUNE.first, None)[0]} <= {None, of.organiser}


@given(consumers(), plants())
def test_everyone_sees_no_more_than_members(members: list[Participant], roofs: list[Participant]) -> None:
    of = operation(*members, *roofs)
    public, among = sight(of, JUNE, "public"), sight(of, JUNE, "members")
    for field in ("production", "plants", "flows", "money"):
        assert getattr(among, field) >= getattr(public, field)
    assert public.groups in ((), among.groups)


@pytest.mark.parametrize("audience", ["members", "public"])
def test_an_operation_without_consumers_shows_what_it_gives(audience: str) -> None:
    seen = sight(operation(OURS), JUNE, audience)
    assert (seen.production, seen.plants, seen.flows) == (True, True, False)
