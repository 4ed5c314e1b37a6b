"""Commits are signed, where the federation asks for it (ACC526)."""

from __future__ import annotations

from mitoyen.contracts import Finding
from mitoyen.diagnostics import Refused
from mitoyen.repository import line
from mitoyen.verify.past import Past, who
from mitoyen.verify.verified import Verified
from mitoyen.workspace import Workspace


def signed(here: Workspace, past: Past, since: str | None, done: Verified) -> None:
    """ACC526: every commit made while the federation asks for signatures has a good one.

    The commit that sets ``require_signed`` must be signed, and so must the one that takes it away: a setting that
    an unsigned commit could switch off would protect nothing.
    """
    setting = {
        touch.commit.id: touch.files["mitoyen.yaml"][1] for touch in past.touches if "mitoyen.yaml" in touch.files
    }
    contents = here.repository.contents(blob for blob in setting.values() if blob)
    required, wanted = False, []
    for commit in past.line:
        before = required
        if commit in setting:
            required = _asks(here, contents.get(setting[commit] or ""), before)
        if before or required:
            wanted.append(commit)
    if here.settings.require_signed and not required:
        done.notes.append("require_signed is not committed yet: no signature was looked at")
    if since is not None:
        after = set(line.first_parents(here.repository, f"{here.repository.resolve(since)}..{past.head}"))
        wanted = [commit for commit in wanted if commit in after]
    done.signatures = len(wanted)
    words = dict(line.unsigned(here.repository, wanted))
    for one in line.about(here.repository, words):
        done.findings.append(
            Finding(
                "ACC526",
                f"{who(one)} has no good signature: {words[one.id]}",
                None,
                "its author signs what they have looked at (git config commit.gpgsign true); git must know the "
                "keys (gpg.ssh.allowedSignersFile, or GPG's keyring)",
            )
        )


def _asks(here: Workspace, content: bytes | None, before: bool) -> bool:
    """Whether operations/mitoyen.yaml asks for signatures; one that cannot be read leaves it as it was."""
    if content is None:
        return False
    try:
        return here.cache.parse(content, "operations/mitoyen.yaml").value.get("require_signed") is True
    except Refused:
        return before
