"""The one comment on a pull request that says what it would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from mitoyen.plan.text import STICKY
from mitoyen_github.api import Api, Failed, Gone, NotAllowed, Unsure

LIMIT = 65_536
"""Characters of a comment."""

ACTIONS = "github-actions[bot]"
"""Who the token of Actions is: it cannot ask, GitHub tells no installation its own name."""

ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Published:
    what: Literal["created", "edited", "unchanged"]
    url: str


def publish(api: Api, repository: str, number: int, text: str, account: str | None = None) -> Published:
    """Make ``text`` the comment of our account that begins with the hidden mark: create it, or edit the one there.

    A creation without an answer is never repeated blindly: whether it was made is looked up first.
    Raise NotAllowed for the token of a fork, Failed for anything else.
    """
    mine = account or _account(api)
    for attempt in range(ROUNDS):
        try:
            return _once(api, repository, number, text, mine)
        except (Unsure, _Vanished) as error:
            if attempt + 1 == ROUNDS:
                raise Failed(f"{error}, {ROUNDS} times") from error
            api.wait(attempt)
    raise AssertionError  # a round returns or raises


class _Vanished(Failed):
    """The comment was deleted between reading and editing."""


def _once(api: Api, repository: str, number: int, text: str, mine: str) -> Published:
    comments = f"/repos/{repository}/issues/{number}/comments"
    ours = [one for one in api.pages(comments) if _is_ours(one, mine)]
    if not ours:
        return Published("created", _page(api.call("POST", comments, {"body": text})))
    first, *others = ours
    for other in others:  # of two runs at once; an outdated one would mislead
        try:
            api.call("DELETE", f"/repos/{repository}/issues/comments/{other['id']}")
        except Gone:
            continue
    if first["body"].replace("\r\n", "\n").strip() == text.strip():
        return Published("unchanged", _page(first))
    try:
        edited = api.call("PATCH", f"/repos/{repository}/issues/comments/{first['id']}", {"body": text})
    except Gone as error:
        raise _Vanished(str(error)) from error
    return Published("edited", _page(edited))


def _is_ours(one: Any, mine: str) -> bool:
    """A comment that begins with the mark is not ours for that: anyone may write the mark."""
    if not isinstance(one, dict) or not isinstance(one.get("id"), int) or not isinstance(one.get("body"), str):
        return False
    user = one.get("user")
    login = user.get("login") if isinstance(user, dict) else None
    return isinstance(login, str) and login.lower() == mine.lower() and one["body"].lstrip().startswith(STICKY)


def _account(api: Api) -> str:
    try:
        user = api.call("GET", "/user")
    except NotAllowed:
        return ACTIONS
    login = user.get("login") if isinstance(user, dict) else None
    if not isinstance(login, str):
        raise Failed("GET /user: the reply names no account; say which with --account")
    return login


def _page(comment: Any) -> str:
    url = comment.get("html_url") if isinstance(comment, dict) else None
    return " ".join(url.split())[:300] if isinstance(url, str) else ""
