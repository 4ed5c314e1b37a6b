"""The manifests of the folder, and the chain of a month's revisions (ACC524)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from mitoyen.contracts import Finding
from mitoyen.located import Document
from mitoyen.model import Loaded
from mitoyen.repository.trees import shown
from mitoyen.verify.verified import Verified

FILE = re.compile(r"settlements/(\d{4}-\d{2})\.(\d+)\.yaml")

AT_ONCE = 64
"""Operations whose files are read through one process, and contents held at a time."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Record:
    """A manifest of the folder: whose, and the files it says it was made from."""

    operation: str
    file: str
    month: str
    revision: int
    snapshot: str
    commit: str | None

    @property
    def path(self) -> str:
        return shown(self.operation, self.file)


def records(loaded: Loaded, done: Verified) -> Iterator[Record]:
    """The manifests that can be read; what is wrong with the form of the others goes to the findings."""
    inside = (shown(loaded.id, "settlements") + "/", shown(loaded.id, "data") + "/")
    mine = [one for one in loaded.findings if one.place and one.place.path.startswith(inside)]
    done.findings += mine
    unsound = {one.place.path for one in mine if one.place and one.severity == "error"}
    for file, document in sorted(loaded.documents.items()):
        match = FILE.fullmatch(file)
        if match and document.path not in unsound:
            value = document.value
            yield Record(loaded.id, file, match[1], int(match[2]), value["snapshot"], value.get("commit"))


def chain(loaded: Loaded) -> Iterator[Finding]:
    """ACC524: a month has revisions 1, 2, 3…, each replacing the one before; only the last may be a draft."""
    months: dict[str, list[tuple[int, Document]]] = {}
    for file, document in sorted(loaded.documents.items()):
        if match := FILE.fullmatch(file):
            months.setdefault(match[1], []).append((int(match[2]), document))
    for month, revisions in sorted(months.items()):
        what = f"{month} of {loaded.id}"
        before: tuple[int, Document] | None = None
        for revision, document in sorted(revisions, key=lambda one: (one[0], one[1].path)):
            last = before[0] if before else 0
            replaces = document.value.get("replaces")
            act = "settled" if document.value.get("state") == "draft" else "issued"
            if revision == last:
                message = f"{what} has two manifests that are revision {revision}"
                yield document.finding(
                    "ACC524", message, "revision", help="two issues of one month: keep the first"
                )
            elif revision != last + 1:
                missing = f"revision {last + 1}" + (f" to {revision - 1}" if revision > last + 2 else "")
                message = f"{what} has a revision {revision} and no {missing}"
                yield document.finding(
                    "ACC524",
                    message,
                    "revision",
                    help="revisions are counted without a hole: look what was removed",
                )
            elif replaces != (last or None):
                says = f"says that it replaces {replaces}" if replaces else "does not say that it replaces it"
                message = (
                    f"{what} is {act} twice: revision {revision} follows {last} and {says}"
                    if before
                    else f"{what}: revision 1 says that it replaces {replaces}, and there is none before it"
                )
                yield document.finding(
                    "ACC524", message, "replaces", help="of two issues of one month only the first holds"
                )
            if before and before[1].value.get("state") == "draft":
                message = f"{what}: revision {last} is a draft, and revision {revision} follows it"
                yield before[1].finding("ACC524", message, "state", help="a draft is settled again in its place")
            before = (revision, document)


def in_parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
