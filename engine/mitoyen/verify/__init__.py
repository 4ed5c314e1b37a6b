"""Whether the record holds: what is written is what the frozen data give, and nobody has touched it since.

    manifests --computed again from frozen data, at the files of their commit--> the same      ACC520, ACC527
    frozen data --read and digested again--------------------------------------> their digest  ACC521
    first-parent line --every version of every manifest------------------------> issued: kept  ACC522, ACC523
    revisions of a month ------------------------------------------------------> one chain     ACC524
    head seen last ------------------------------------------------------------> still there   ACC525
    commits, where the federation asks for signatures -------------------------> signed        ACC526
    issued manifests, each with the digest of the one before ------------------> one chain     ACC546
    register of invoices, row by row, and against the manifests ---------------> it holds      ACC540 to ACC545

Nothing cached is believed and nothing is written but the head that was seen, and that only when all holds.
"""

from __future__ import annotations

from mitoyen import model
from mitoyen.contracts import Store
from mitoyen.verify.computed import chosen, recomputed, settled_at
from mitoyen.verify.frozen import FrozenOnly, frozen
from mitoyen.verify.grown import grown
from mitoyen.verify.issued import kept
from mitoyen.verify.linked import linked
from mitoyen.verify.manifests import Record, chain, records
from mitoyen.verify.numbered import recorded, register
from mitoyen.verify.past import look_back
from mitoyen.verify.signed import signed
from mitoyen.verify.verified import Verified
from mitoyen.workspace import Workspace


def verify(
    here: Workspace, names: tuple[str, ...] = (), since: str | None = None, sample: int | None = None
) -> Verified:
    """Verify operations (all of them where none is named). Raise UsageError in a shallow clone.

    ``since`` recomputes only the manifests that changed since a revision, ``sample`` so many of them: which ones
    follows from the head, so that a second look looks at the same. Everything else is looked at whole.
    """
    repository, done = here.repository, Verified()
    past = look_back(repository, since, done)
    settings = here.settings
    results = FrozenOnly(
        here.host.get(Store, settings.store).open(repository.root, settings.store_options),
    )
    manifests: list[Record] = []
    lost: set[str] = set()
    for name in repository.select(names):
        loaded = model.load(repository.working, name, here.host, here.cache)
        manifests += records(loaded, done)
        frozen(loaded, results, done, lost)
        done.findings += (*chain(loaded), *linked(loaded))
        if here.ledger is not None:
            recorded(here.ledger, loaded, done)
    done.manifests = len(manifests)
    wanted = chosen(repository, manifests, past, since, sample)
    recomputed(here, results, settled_at(repository, wanted, past), lost, done)
    if here.ledger is not None:
        register(here.ledger, done)
    if past is not None:
        kept(here, past, set(names), done)
        signed(here, past, since, done)
        grown(repository, past, done)
    return done
