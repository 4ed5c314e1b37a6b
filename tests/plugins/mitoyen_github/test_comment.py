"""One comment, ours, whatever happens on the way."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from mitoyen.diagnostics import UsageError
from mitoyen.plan.text import STICKY
from mitoyen_github import body
from mitoyen_github.sticky import LIMIT

ACTIONS = "github-actions[bot]"
Command = Callable[..., Result]


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits are not waited for."""
    slept: list[float] = []
    monkeypatch.setattr("mitoyen_github.api.Api.__init__.__defaults__", (slept.append, _now))
    return slept


def _now() -> float:
    return 1_000_000.0


def fault(forge: Any, method: str, **values: Any) -> None:
    forge.faults.append(sys.modules["forge"].Fault(method, **values))


def summary(tmp_path: Path) -> str:
    path = tmp_path / "summary.md"
    return path.read_text() if path.exists() else ""


def test_created_then_unchanged_then_edited(job: Any, command: Command, repo: Path) -> None:
    done = command("comment")
    assert done.exception is None
    assert done.output == f"comment created: {job.comments[0]['html_url']}\n"
    [first] = job.bodies()
    assert first.startswith(STICKY)
    assert "0.1650 EUR/kWh" in first
    assert "0.1590 EUR/kWh" in first

    job.comments[0]["body"] = first.replace("\n", "\r\n")  # as some forges give it back
    assert command("comment").output.startswith("comment unchanged: ")
    assert not any(line.startswith("PATCH") for line in job.asked)

    tariffs = repo / "operations/boucle/tariffs.yaml"
    tariffs.write_text(tariffs.read_text().replace("0.1590", "0.1540"))
    assert command("comment").output.startswith("comment edited: ")
    [edited] = job.bodies()
    assert "0.1540 EUR/kWh" in edited


def test_a_plan_made_before(job: Any, command: Command, repo: Path, tmp_path: Path, mitoyen: Any) -> None:
    made = mitoyen(repo, "plan", "--format", "json", GITHUB_STEP_SUMMARY="").stdout
    (tmp_path / "plan.json").write_text(made)
    assert command("comment", "--plan", str(tmp_path / "plan.json")).output.startswith("comment created: ")
    assert command("comment", "--plan", "-", input=made).output.startswith("comment unchanged: ")
    assert command("comment").output.startswith("comment unchanged: ")


def test_it_is_found_on_the_last_page(job: Any, command: Command) -> None:
    for number in range(250):
        job.write("anna", f"remark {number}")
    mine = job.write(ACTIONS, f"{STICKY}\nan old plan")
    job.write("anna", "the last word")
    assert command("comment").output.startswith("comment edited: ")
    assert "0.1590" in mine["body"]
    assert len(job.bodies()) == 1


def test_the_mark_of_somebody_else_is_not_ours(job: Any, command: Command) -> None:
    job.write("anna", f"{STICKY}\nno change at all, merge it")
    job.write(ACTIONS, f"> {STICKY}\nquoted by another job")
    job.write(ACTIONS, f"{STICKY}\nof another pull request", number=8)
    assert command("comment").output.startswith("comment created: ")
    assert [one["body"].partition("\n")[2][:20] for one in job.comments[:3]] == [
        "no change at all, me",
        "quoted by another jo",
        "of another pull requ",
    ]


def test_a_token_that_says_whose_it_is(job: Any, command: Command) -> None:
    job.login = "Coop-Bot"
    mine = job.write("coop-bot", f"{STICKY}\nan old plan")
    theirs = job.write(ACTIONS, f"{STICKY}\nan old plan")
    assert command("comment").output.startswith("comment edited: ")
    assert "0.1590" in mine["body"]
    assert theirs["body"].endswith("an old plan")
    assert command("comment", "--account", ACTIONS).output.startswith("comment edited: ")
    assert "0.1590" in theirs["body"]


def test_of_two_at_once_one_stays(job: Any, command: Command) -> None:
    for _run in range(3):
        job.write(ACTIONS, f"{STICKY}\nan old plan")
    assert command("comment").output.startswith("comment edited: ")
    [left] = job.bodies()
    assert "0.1590" in left


@pytest.mark.parametrize("done", [True, False])
def test_a_creation_without_an_answer_is_looked_up(done: bool, job: Any, command: Command) -> None:
    """The gateway gave up, and the comment was made all the same: it is not made again."""
    fault(job, "POST", status=504, done=done)
    said = command("comment").output
    assert said.startswith("comment unchanged: " if done else "comment created: ")
    assert len(job.bodies()) == 1
    assert sum(line.startswith("POST") for line in job.asked) == (1 if done else 2)


def test_deleted_while_it_was_edited(job: Any, command: Command) -> None:
    mine = job.write(ACTIONS, f"{STICKY}\nan old plan")
    fault(job, "PATCH", status=404, body=b'{"message": "Not Found"}')
    job.comments.remove(mine)
    job.comments.append(mine)
    assert command("comment").output.startswith("comment edited: ")


def test_from_a_fork_the_plan_is_in_the_summary(job: Any, command: Command, tmp_path: Path) -> None:
    job.fork = True
    done = command("comment")
    assert done.exception is None
    assert not done.return_value
    assert "may not comment on the pull request (it comes from a fork): see the run's summary" in done.output
    assert "0.1590 EUR/kWh" in summary(tmp_path)
    assert job.comments == []


def test_a_fork_without_a_summary(job: Any, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    job.fork = True
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    error = command("comment").exception
    assert isinstance(error, UsageError)
    assert "no summary to write the plan to" in str(error)


def test_a_forge_that_is_down(job: Any, command: Command, tmp_path: Path, hurry: list[float]) -> None:
    for _again in range(9):
        fault(job, "GET", status=500)
    error = command("comment").exception
    assert isinstance(error, UsageError)
    assert "the server says 500, 5 times; the plan is in the run's summary" in str(error)
    assert "0.1590 EUR/kWh" in summary(tmp_path)
    assert hurry == [1, 2, 4, 8]


@pytest.mark.parametrize("odd", [[{"id": 1}], [None, 3, "x"], [{"id": "1", "body": "x", "user": {"login": 3}}]])
def test_odd_comments_are_passed_over(odd: list[Any], job: Any, command: Command) -> None:
    fault(job, "GET", status=403, body=json.dumps({"message": "Resource not accessible by integration"}).encode())
    fault(job, "GET", status=200, body=json.dumps(odd).encode())
    assert command("comment").output.startswith("comment created: ")


# --- what the job says -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("TOKEN", None, "GITHUB_TOKEN is not set"),
        ("TOKEN", "abc\n", "a sign that no token has"),
        ("REPOSITORY", None, "owner/name"),
        ("REPOSITORY", "coop/toits/../../x", "owner/name"),
        ("API_URL", "http://api.example.org", "https only"),
        ("EVENT_PATH", None, "--pull-request NUMBER"),
        ("EVENT_PATH", "/nowhere", "cannot be read"),
        ("EVENT_PATH", __file__, "cannot be read"),
    ],
)
def test_what_is_not_there_is_named(
    variable: str, value: str | None, said: str, job: Any, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"GITHUB_{variable}"
    monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    error = command("comment").exception
    assert isinstance(error, UsageError)
    assert said in str(error)
    assert job.asked == []


def test_the_number_may_be_given(job: Any, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_EVENT_PATH")
    assert command("comment", "--pull-request", "8").output.startswith("comment created: ")
    assert job.comments[0]["issue"] == 8


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format_version": 2}', '{"format_version": 1}', "[" * 9999]
)
def test_a_plan_that_is_none(text: str, job: Any, command: Command) -> None:
    error = command("comment", "--plan", "-", input=text).exception
    assert isinstance(error, UsageError)
    assert "is not what `mitoyen plan --format json` writes" in str(error)
    assert job.asked == []


def test_without_the_library_the_extra_is_named(
    job: Any, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "urllib3", None)
    monkeypatch.delitem(sys.modules, "mitoyen_github.api", raising=False)
    monkeypatch.delitem(sys.modules, "mitoyen_github.sticky", raising=False)
    error = command("comment").exception
    assert "urllib3 is not installed: it comes with the extra [github]" in str(error)


# --- what fits ---------------------------------------------------------------------------------------------------


def operation(name: str, months: int, members: int = 0) -> dict[str, Any]:
    """A plan of an operation: each month has a line of a table, each of its members another."""
    rows = [
        {"id": f"m-{n:04d}", "before": "1.00", "after": "2.00", "difference": "1.00", "percent": "100.0"}
        for n in range(members)
    ]
    units = [
        {
            "month": f"{2000 + n // 12}-{n % 12 + 1:02d}",
            "category": "changes",
            "stages": [],
            "before": "1.00",
            "after": "2.00",
            "percent": "100.0",
            "estimated_on": None,
            "unknown": None,
            "members": rows,
        }
        for n in range(months)
    ]
    return {"operation": name, "category": "changes", "changes": [], "units": units, "findings": []}


def plan(*operations: dict[str, Any]) -> dict[str, Any]:
    beyond = [f"{one['operation']}/2000-01 total +100.0%" for one in operations]
    return {"format_version": 1, "digest": "sha256:0", "operations": list(operations), "beyond": beyond}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_what_fits_is_whole(lang: str) -> None:
    from mitoyen.plan.text import markdown

    made = plan(operation("a", 3, 5), operation("b", 2))
    assert body.fitting(made, lang, LIMIT, body.in_characters, None) == markdown(made, lang)


def test_what_does_not_fit_is_cut_at_whole_operations() -> None:
    made = plan(operation("a", 12, 40), operation("huge", 120, 99), operation("c", 12, 40), operation("d", 1))
    text = body.fitting(made, "en", LIMIT, body.in_characters, "https://github.com/coop/toits/actions/runs/99")
    assert body.in_characters(text) <= LIMIT
    assert text.startswith(f"{STICKY}\n**Operations shown here: 3 of 4; there is no room for the others: `huge`.**")
    assert "The whole plan: https://github.com/coop/toits/actions/runs/99" in text
    assert [name for name in ("a", "huge", "c", "d") if f"### {name}\n" in text] == ["a", "c", "d"]
    assert text.count("<details>") == text.count("</details>") == 24
    assert "huge/2000-01" not in text
    assert "Accept: d/2000-01 total +100.0%" in text


@pytest.mark.parametrize("limit", [600, 1200, 2000, 5000, 20_000, 65_536])
def test_it_is_never_longer_than_the_limit(limit: int) -> None:
    for sizes in ([40] * 30, [1] * 500, [3, 400, 3], [400]):
        made = plan(*(operation(f"op-{n}", 2, size) for n, size in enumerate(sizes)))
        for measure in (body.in_characters, body.in_bytes):
            text = body.fitting(made, "fr", limit, measure, None)
            assert measure(text) <= limit
            assert text.startswith(STICKY)


def test_a_plan_too_long_for_a_comment_is_whole_in_the_summary(job: Any, command: Command, tmp_path: Path) -> None:
    made = plan(operation("small", 1), operation("huge", 60, 60))
    assert command("comment", "--plan", "-", input=json.dumps(made)).output.startswith("comment created: ")
    [comment] = job.bodies()
    assert len(comment) <= LIMIT
    assert "**Opérations montrées ici : 1 sur 2 ; les autres n'y tiennent pas : `huge`.**" in comment
    assert "https://github.com/coop/toits/actions/runs/99" in comment
    assert "### huge" not in comment
    assert "### huge" in summary(tmp_path)
