"""The head that was seen last is still there: history only grows (ACC525)."""

from __future__ import annotations

from mitoyen.contracts import Finding
from mitoyen.diagnostics import failed
from mitoyen.repository import Repository, line
from mitoyen.repository import seen as remembered
from mitoyen.repository.trees import shown
from mitoyen.verify.manifests import FILE
from mitoyen.verify.past import Past, who
from mitoyen.verify.verified import Verified


def grown(repository: Repository, past: Past, done: Verified) -> None:
    """ACC525: the head seen last is still on the line; what is seen now is remembered where all holds."""
    branch = remembered.branch(repository)
    if branch is None:
        done.notes.append("no branch is checked out: whether history only grew was not looked at")
        return
    seen = remembered.seen(repository, branch)
    if seen is None:
        done.notes.append(f"first look at {branch}: from now on its history may only grow")
    elif seen not in set(past.line):
        was, now = line.about(repository, [seen, past.head])
        if seen in line.ancestors(repository, past.head):
            what = "a merge has put it beside the line of first parents"
            advice = f"{branch} was merged into a branch that then took its place: look who pushed it"
        else:
            what = "the branch was rewritten or put back"
            advice = (
                "look who pushed by force (the forge's log of pushes, `git reflog`) and bring the old line back"
            )
        moved = [
            shown(operation, file)
            for operation, files in repository.touched(seen, past.head).items()
            for file in sorted(files)
            if FILE.fullmatch(file)
        ]
        differ = f"; manifests that differ: {', '.join(moved[:3])}" if moved else ""
        differ += f" and {len(moved) - 3} more" if len(moved) > 3 else ""
        done.findings.append(
            Finding(
                "ACC525",
                f"{branch} has lost {who(was)}, which was its head when it was verified last: {what}; "
                f"its head is now {who(now)}{differ}",
                None,
                f"{advice}; once explained: git update-ref -d {remembered.ref(branch)}",
            )
        )
    if not failed(done.findings) and not remembered.see(repository, branch, past.head, seen):
        done.notes.append(f"{remembered.ref(branch)} could not be written: this look is not remembered")
