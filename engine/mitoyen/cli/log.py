"""``mitoyen log``: the history of an operation in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from mitoyen import history
from mitoyen.changes import plain
from mitoyen.cli.common import emit, escaped, filled, format_option, workspace
from mitoyen.history import History
from mitoyen.history.sentences import heading, say, told
from mitoyen.history.steps import Data, Effect, Step
from mitoyen.repository.line import commit_data


@click.command("log")
@click.argument("operation")
@format_option("text", "json", "markdown")
@click.option("--limit", type=click.IntRange(min=1), help="So many commits at most, the newest.")
@click.option("--all", "everything", is_flag=True, help="Also the commits that only tidy, rename or note.")
@click.pass_obj
def command(repo: Path, operation: str, form: str, limit: int | None, everything: bool) -> None:
    """The history of OPERATION in words, newest first: who changed which value, from when, decided where.

    Data that were frozen or restated and months that were settled are part of it, with the difference they made
    in kWh and EUR and the commits it follows.
    """
    here = workspace(repo, bare=True)
    here.repository.select((operation,))
    lang = here.settings.lang
    past = history.read(here, operation)
    if not past.steps:
        here.repository.resolve("HEAD")  # says why, where there is no history at all
    steps = [step for step in past.steps if everything or step.tells][:limit]
    if form == "json":
        emit(data(past, steps, operation, lang))
    else:
        click.echo("\n".join((_markdown if form == "markdown" else _text)(past, steps, lang)))


# --- forms -----------------------------------------------------------------------------------------------------


def _text(past: History, steps: Sequence[Step], lang: str) -> Iterator[str]:
    for index, step in enumerate(steps):
        if index:
            yield ""
        yield from filled(heading(step, lang), "")
        for sentence, additions in told(past, step, lang):
            for line, indent in ((sentence, "  "), *((addition, "    ") for addition in additions)):
                yield from filled(line, indent)
    if past.cut:
        yield "\n" + say(lang, "shallow")
    if not steps:
        yield say(lang, "nothing")


def _markdown(past: History, steps: Sequence[Step], lang: str) -> Iterator[str]:
    for step in steps:
        yield f"- **{escaped(heading(step, lang))}**"
        for sentence, additions in told(past, step, lang):
            yield f"  - {escaped(sentence)}"
            yield from (f"    - {escaped(addition)}" for addition in additions)
    if past.cut:
        yield "\n" + say(lang, "shallow")
    if not steps:
        yield say(lang, "nothing")


def data(past: History, steps: Sequence[Step], operation: str, lang: str) -> dict[str, Any]:
    return {
        "format_version": 1,
        "operation": operation,
        "shallow": past.cut,
        "steps": [_step(past, step, lang) for step in steps],
    }


def _step(past: History, step: Step, lang: str) -> dict[str, Any]:
    return {
        **commit_data(step.commit),
        "operation": step.operation,
        "renamed_from": step.was,
        "merges": [commit_data(one) for one in past.merged(step)],
        "text": [line for sentence, additions in told(past, step, lang) for line in (sentence, *additions)],
        "changes": [
            {
                **one.change.as_data(),
                "first": _iso(one.first),
                "last": _iso(one.last),
                "instead_of": plain(one.instead_of),
            }
            for one in step.decisions
        ],
        "data": [_pointer(one) for one in step.data],
        "settlements": [_settlement(one) for one in step.effects],
        "effects": [
            {"settled_by": settled.commit.id if settled.commit else None, **_settlement(effect)}
            for settled, effect in past.reached.get(step.commit.id if step.commit else None, ())
            if settled is not step
        ],
        "unreadable": list(step.unreadable),
    }


def _pointer(one: Data) -> dict[str, Any]:
    place = str(one.place) if one.place else None
    return {"month": one.month, "what": one.what, "source": one.source, "snapshot": one.snapshot, "place": place}


def _settlement(effect: Effect) -> dict[str, Any]:
    def sides(both: tuple[Decimal | None, Decimal | None]) -> dict[str, str | None]:
        before, after = both
        difference = None if before is None or after is None else after - before
        names = ("before", "after", "difference")
        return {n: None if v is None else str(v) for n, v in zip(names, (*both, difference), strict=True)}

    return {
        "month": effect.month,
        "revision": effect.revision,
        "state": effect.state,
        "what": effect.what,
        "shared": sides(effect.shared),
        "net": sides(effect.net),
        **({"surplus": sides(effect.surplus)} if any(one is not None for one in effect.surplus) else {}),
        "follows": [one.id if one else None for one in effect.follows],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
