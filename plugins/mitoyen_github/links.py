"""Permalinks on the forges whose shape is known: GitHub, and by the name of their host GitLab and Forgejo."""

from __future__ import annotations

import os
import re
from urllib.parse import quote, urlsplit

from mitoyen.contracts import Place

SHAPES = {
    "github": "{base}/blob/{commit}/{path}#L{line}",
    "gitlab": "{base}/-/blob/{commit}/{path}#L{line}",
    "forgejo": "{base}/src/commit/{commit}/{path}#L{line}",
}
HOSTS = {"codeberg.org": "forgejo", "gitea.com": "forgejo"}
"""Hosts whose name does not begin with the name of their forge."""

_SCP = re.compile(r"(?:[^@/:]+@)?([A-Za-z0-9.-]+):(?!//)(.+)")


def permalink(place: Place, commit: str, remote: str | None) -> str | None:
    """Where the forge that Actions names, or else the one this was cloned from, shows a line at a commit."""
    found = _actions() or (_address(remote) if remote else None)
    if found is None:
        return None
    forge, base = found
    return SHAPES[forge].format(base=base, commit=commit, path=quote(place.path), line=place.line)


def _actions() -> tuple[str, str] | None:
    server, repository = os.environ.get("GITHUB_SERVER_URL", ""), os.environ.get("GITHUB_REPOSITORY", "")
    host = urlsplit(server).hostname
    if not host or not repository:
        return None
    # Forgejo's runner gives GitHub's variables and one of its own; any other server is one of GitHub Enterprise.
    forge = "forgejo" if os.environ.get("GITEA_ACTIONS") else _forge(host) or "github"
    return forge, f"{server.rstrip('/')}/{quote(repository)}"


def _address(remote: str) -> tuple[str, str] | None:
    """The forge and the page of a repository, from its address in git; what it holds of a secret is left out."""
    scp = _SCP.fullmatch(remote)
    host, path = scp.groups() if scp else (urlsplit(remote).hostname or "", urlsplit(remote).path)
    path = path.strip("/").removesuffix(".git")
    forge = _forge(host)
    return (forge, f"https://{host}/{quote(path)}") if forge and path.count("/") else None


def _forge(host: str) -> str | None:
    """By the host's name: github.com, gitlab.example.org, codeberg.org."""
    first = host.partition(".")[0]
    return HOSTS.get(host) or (first if first in SHAPES else None)
