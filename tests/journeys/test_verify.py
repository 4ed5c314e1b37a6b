"""Whether `mitoyen verify` finds what was done to a record, each way it can be done.

Two neighbours share 2 kWh an hour from 10:00 to 16:00; one consumes 1 kWh an hour and the other 3, so that the roof
gives all it has: 12 kWh a day, 3 and 9. A kWh costs 10 cents: January is 372 kWh and 37.20 EUR, February 336 and
33.60.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import mitoyen_checks
import mitoyen_csv
import mitoyen_keys
import mitoyen_local
import mitoyen_tariffs
import mitoyen_text
from mitoyen import verify, workspace
from mitoyen.contracts import AllocationRule, Finding, Shares, Sharing
from mitoyen.diagnostics import UsageError, as_data
from mitoyen.hookspecs import hookimpl
from mitoyen.host import Host
from mitoyen.verify.verified import Verified
from mitoyen.workspace import Workspace
from neighbours import FILES, WHO, commit, curve, git, run, write

Run = Callable[..., subprocess.CompletedProcess[str]]

JANUARY = "operations/voisins/settlements/2026-01.1.yaml"
FEBRUARY = "operations/voisins/settlements/2026-02.1.yaml"
SETTINGS = "operations/mitoyen.yaml"


def configure(patch: pytest.MonkeyPatch) -> None:
    """Git as someone has it who configured nothing, whatever the machine's own configuration says."""
    for name, value in WHO.items():
        patch.setenv(name, value)
    patch.delenv("MITOYEN_STORE", raising=False)


@pytest.fixture(autouse=True)
def _someone(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch)


def edit(repo: Path, path: str, old: str, new: str) -> None:
    text = (repo / path).read_text()
    assert text.count(old) == 1, f"{text.count(old)} times {old!r} in {path}"
    (repo / path).write_text(text.replace(old, new))


def line_of(repo: Path, path: str, words: str) -> int:
    return next(n for n, line in enumerate((repo / path).read_text().splitlines(), 1) if words in line)


def issue(repo: Path, path: str = JANUARY) -> str:
    """What `mitoyen issue` will do to a manifest."""
    edit(repo, path, "state: draft", "state: issued")
    return commit(repo, "issue")


def look(repo: Path, **options: object) -> Verified:
    return verify.verify(Workspace(repo), **options)  # type: ignore[arg-type]


def only(done: Verified, code: str) -> Finding:
    assert [finding.code for finding in done.findings] == [code], [as_data(one) for one in done.findings]
    return done.findings[0]


def at(finding: Finding) -> tuple[str, int]:
    assert finding.place is not None
    return finding.place.path, finding.place.line


@pytest.fixture(scope="module")
def settled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """January and February settled from committed files, and committed; made once."""
    with pytest.MonkeyPatch.context() as patch:
        configure(patch)
        return make(tmp_path_factory.mktemp("verify") / "repo")


def make(repo: Path) -> Path:
    write(repo, **FILES)
    git(repo, "init", "--quiet", "--initial-branch=main")
    commit(repo, "an operation")
    for month in ("2026-01", "2026-02"):
        file = repo.parent / f"{month}.csv"
        file.write_text(curve(month))
        assert run(repo, "fetch", "voisins", "--month", month, "--file", str(file))[0] == 0
    commit(repo, "the data of January and February")
    assert run(repo, "settle")[0] == 0
    commit(repo, "settled")
    return repo


@pytest.fixture
def repo(settled_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(settled_once, tmp_path / "repo"))


def stored(repo: Path, path: str) -> Path:
    """The file of the store that holds a manifest's frozen data."""
    [digest] = [
        line.rpartition("sha256:")[2].strip('" ')
        for line in (repo / path).read_text().splitlines()
        if line.startswith("snapshot:")
    ]
    return repo / ".mitoyen" / "curves" / digest[:2] / digest


# --- all is well -------------------------------------------------------------------------------------------------


def test_a_sound_record_holds_twice(repo: Path, mitoyen: Run) -> None:
    first = mitoyen(repo, "verify")
    assert first.stdout.startswith(
        "verified 2 manifests, 2 recomputed, 2 frozen months, 3 commits: the record holds; first look at main"
    )
    assert git(repo, "rev-parse", "refs/mitoyen/verified/main") == git(repo, "rev-parse", "HEAD")
    second = mitoyen(repo, "verify")
    assert second.stdout == "verified 2 manifests, 2 recomputed, 2 frozen months, 3 commits: the record holds\n"
    assert git(repo, "status", "--porcelain") == ""


def test_what_happens_later_does_not_touch_what_was_settled(repo: Path) -> None:
    """A new price, a tidied file and an issued month: each manifest is computed at its own commit."""
    issue(repo)
    edit(repo, "operations/voisins/tariffs.yaml", "0.1000", "0.2000")
    commit(repo, "another price, not settled yet")
    assert look(repo).findings == []
    assert look(repo).recomputed == 2


def test_a_month_settled_from_files_that_went_in_with_it(repo: Path, mitoyen: Run) -> None:
    edit(repo, "operations/voisins/tariffs.yaml", "0.1000", "0.2000")
    mitoyen(repo, "settle")
    assert "commit:" not in (repo / JANUARY).read_text()
    assert look(repo).findings == []  # at the folder as it is
    commit(repo, "price and settlement at once")
    edit(repo, "operations/voisins/tariffs.yaml", "0.2000", "0.3000")
    commit(repo, "and once more, not settled yet")
    assert look(repo).findings == []


def test_since_and_sample_recompute_less_and_still_look_at_everything(repo: Path) -> None:
    edit(repo, FEBRUARY, "net: '33.60'", "net: '33.61'")
    commit(repo, "a digit of February")
    done = look(repo, since="HEAD^")
    assert (done.manifests, done.recomputed) == (2, 1)
    assert at(only(done, "ACC520"))[0] == FEBRUARY
    assert look(repo, since="HEAD").recomputed == 0
    shutil.rmtree(repo / ".mitoyen" / "curves")
    one, again = look(repo, sample=1), look(repo, sample=1)
    assert [as_data(finding) for finding in one.findings] == [as_data(finding) for finding in again.findings]
    assert [finding.code for finding in one.findings] == ["ACC521", "ACC521"]


def test_one_operation_among_others(repo: Path) -> None:
    shutil.copytree(repo / "operations/voisins", repo / "operations/autres")
    done = look(repo, names=("voisins",))
    assert done.findings == []
    assert done.manifests == 2
    # The copy's manifests say whose they are.
    wrong = [finding for finding in look(repo).findings if finding.message.startswith("operation: ")]
    assert len(wrong) == 2
    assert "the manifest says voisins, the name of its file autres" in wrong[0].message


# --- manifests against their computation -------------------------------------------------------------------------


def test_a_draft_edited_by_one_digit(repo: Path, mitoyen: Run) -> None:
    edit(repo, JANUARY, "net: '37.20'", "net: '37.21'")
    commit(repo, "a cent")
    done = mitoyen(repo, "verify", "--format", "json", code=1)
    data = json.loads(done.stdout)
    [finding] = data["findings"]
    assert finding["code"] == "ACC520"
    assert finding["message"] == "money.net: the manifest says 37.21, the computation 37.20"
    assert (finding["path"], finding["line"]) == (JANUARY, line_of(repo, JANUARY, "37.21"))
    assert "changed after it was written" in finding["help"]
    assert data["verified"]["recomputed"] == 2
    text = mitoyen(repo, "verify", code=1).stdout
    assert f"--> {JANUARY}:{finding['line']}:" in text
    assert text.rstrip().splitlines()[-1].startswith("verified 2 manifests")
    assert mitoyen(repo, "verify", "--format", "github", code=1).stdout.startswith(f"::error file={JANUARY},line=")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("shared: '372.000000'", "shared: '372.000001'", "energy.shared"),
        ("consumers: 2", "consumers: 3", "members.consumers"),
        ("- prorata", "- equal", "rules.allocation.0"),
        ("binding: computed", "binding: published", "binding"),
        ("policy: refuse", "policy: zero", "gaps.policy"),
        ("revision: 1", "revision: 7", "revision"),
    ],
)
def test_any_field(repo: Path, old: str, new: str, field: str) -> None:
    edit(repo, JANUARY, old, new)
    finding = only(look(repo), "ACC520")
    value = new.split()[-1].strip("'")
    assert finding.message.startswith(f"{field}: the manifest says {value}, ")
    assert at(finding) == (JANUARY, line_of(repo, JANUARY, new))


def test_what_is_no_manifest_any_more(repo: Path) -> None:
    edit(repo, JANUARY, "net: '37.20'", "net: 'a lot'")
    done = look(repo)
    assert [finding.code[:4] for finding in done.findings] == ["ACC1"]
    assert at(done.findings[0]) == (JANUARY, line_of(repo, JANUARY, "a lot"))


def test_a_field_that_was_taken_out(repo: Path) -> None:
    edit(repo, JANUARY, "binding: computed\n", "")
    assert only(look(repo), "ACC520").message == "binding: the manifest says nothing, the computation computed"


class Keys:
    """A plugin of allocation rules, in the place of ours."""

    def __init__(self, *rules: AllocationRule) -> None:
        self.rules = rules

    @hookimpl
    def mitoyen_allocation_rules(self) -> tuple[AllocationRule, ...]:
        return self.rules


def plugins(monkeypatch: pytest.MonkeyPatch, *rules: AllocationRule) -> None:
    ours = [mitoyen_checks, mitoyen_csv, mitoyen_local, mitoyen_tariffs, mitoyen_text]
    host = Host([(one.__name__, f"{one.__name__} 1", one) for one in ours] + [("keys", "keys 2", Keys(*rules))])
    monkeypatch.setattr(workspace, "installed", lambda: host)


def all_to_the_first(sharing: Sharing) -> Shares:
    shared = np.zeros_like(sharing.consumed)
    shared[0] = np.minimum(sharing.pot, sharing.consumed[0])
    return Shares(shared)


def test_a_rule_that_changed_without_a_version(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins(monkeypatch, replace(mitoyen_keys.prorata.RULE, allocate=all_to_the_first))
    done = look(repo)
    found = {finding.message.partition(":")[0]: finding for finding in done.findings if at(finding)[0] == JANUARY}
    assert {finding.code for finding in done.findings} == {"ACC520"}
    assert "fingerprint.allocation" not in found
    # One consumes 1 of the 2 kWh an hour: half of it goes back to the roof's surplus.
    assert found["energy.shared"].message.endswith("says 372.000000, the computation 186.000000")
    assert found["money.net"].message.endswith("says 37.20, the computation 18.60")
    assert at(found["result.allocation"])[1] > line_of(repo, JANUARY, "result:")
    assert "same fingerprint, other result" in found["energy.shared"].help
    assert "prorata" in found["energy.shared"].help
    assert "without a new version" in found["energy.shared"].help


def test_a_rule_that_changed_with_a_version_still_has_the_former(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = mitoyen_keys.prorata.RULE
    plugins(monkeypatch, former, replace(former, version=2, allocate=all_to_the_first))
    assert look(repo).findings == []
    plugins(monkeypatch, replace(former, version=2, allocate=all_to_the_first))
    first = look(repo).findings[0]
    assert first.message.startswith("fingerprint.allocation: ")
    assert "version of a rule" in first.help


def test_a_rule_that_is_gone(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins(monkeypatch, mitoyen_keys.equal.RULE)
    done = look(repo)
    assert [finding.code for finding in done.findings] == ["ACC527", "ACC527"]
    finding = done.findings[0]
    assert at(finding) == (JANUARY, line_of(repo, JANUARY, "commit:"))
    assert 'no allocation rule "prorata"' in finding.message
    assert "operations/voisins/keys.yaml:1" in finding.message
    assert done.recomputed == 0


def test_a_commit_that_is_not_in_this_history(repo: Path) -> None:
    base = git(repo, "rev-parse", "HEAD^")
    edit(repo, JANUARY, base, "abcdef0123" * 4)
    finding = only(look(repo), "ACC527")
    assert at(finding) == (JANUARY, line_of(repo, JANUARY, "commit:"))
    assert "abcdef0123, which is not in the history of this branch" in finding.message


# --- frozen data -------------------------------------------------------------------------------------------------


def test_data_missing_from_the_store(repo: Path, mitoyen: Run) -> None:
    stored(repo, JANUARY).unlink()
    finding = only(look(repo), "ACC521")
    assert at(finding) == (JANUARY, line_of(repo, JANUARY, "snapshot:"))
    assert "the data of 2026-01 are missing" in finding.message
    assert "1 recomputed" in mitoyen(repo, "verify", code=1).stdout


def test_data_swapped_in_the_store(repo: Path, mitoyen: Run) -> None:
    shutil.copyfile(stored(repo, FEBRUARY), stored(repo, JANUARY))
    out = mitoyen(repo, "verify", code=1).stdout
    assert (
        "ACC521 the data of 2026-01 in the store were swapped or damaged: they are not those of their digest" in out
    )
    assert f"--> {JANUARY}:{line_of(repo, JANUARY, 'snapshot:')}:" in out
    assert out.count("ACC5") == 1
    stored(repo, JANUARY).write_bytes(b"nothing of the kind")
    assert "cannot be read" in only(look(repo), "ACC521").message


def test_cached_results_are_not_believed(repo: Path) -> None:
    for stage in ("allocation", "pricing"):
        for file in (repo / ".mitoyen" / stage).rglob("*"):
            if file.is_file():
                file.write_text("{}")
    before = sorted(path for path in (repo / ".mitoyen").rglob("*") if path.suffix != ".sqlite")
    assert look(repo).findings == []
    assert before == sorted(path for path in (repo / ".mitoyen").rglob("*") if path.suffix != ".sqlite")


# --- issued is immutable -----------------------------------------------------------------------------------------


def test_an_issued_manifest_edited_by_one_digit(repo: Path, mitoyen: Run) -> None:
    issued = issue(repo)
    edit(repo, JANUARY, "net: '37.20'", "net: '37.30'")
    edited = commit(repo, "a tidying commit")
    edit(repo, "operations/voisins/keys.yaml", "resolution 3", "resolution 4")
    commit(repo, "something else")
    found = json.loads(mitoyen(repo, "verify", "--format", "json", code=1).stdout)["findings"]
    assert [one["code"] for one in found] == ["ACC520", "ACC522"]
    line = line_of(repo, JANUARY, "37.30")
    assert [(one["path"], one["line"]) for one in found] == [(JANUARY, line)] * 2
    byte = (repo / JANUARY).read_bytes().index(b"37.30") + len("37.") + 1
    message = found[1]["message"]
    assert f"issued by commit {issued[:10]}" in message
    assert f"was changed by commit {edited[:10]} (A treasurer, 2026-04-02)" in message
    assert (
        f"from byte {byte} (line {line}) on, \"net: '37.20'\" was issued, \"net: '37.30'\" stands there" in message
    )


def test_an_issued_manifest_edited_in_the_folder(repo: Path) -> None:
    issue(repo)
    (repo / JANUARY).write_text((repo / JANUARY).read_text() + "# a word\n")
    finding = only(look(repo), "ACC522")
    assert "in the folder, not committed yet" in finding.message
    assert at(finding) == (JANUARY, line_of(repo, JANUARY, "# a word"))


def test_an_issued_manifest_made_a_draft_again(repo: Path) -> None:
    issue(repo)
    edit(repo, JANUARY, "state: issued", "state: draft")
    commit(repo, "back to a draft")
    assert '"state: issued" was issued, "state: draft" stands there' in only(look(repo), "ACC522").message


def test_an_edit_that_was_put_back_is_said_and_does_not_fail(repo: Path, mitoyen: Run) -> None:
    issue(repo)
    edit(repo, JANUARY, "net: '37.20'", "net: '37.30'")
    commit(repo, "oops")
    git(repo, "revert", "--no-edit", "HEAD")
    out = mitoyen(repo, "verify").stdout
    assert "ACC522 warning: a manifest issued by" in out
    assert "back as it was" in out


def test_an_edit_within_a_merge(repo: Path) -> None:
    """What a merge itself changes is seen, though no commit of its branch did it."""
    issue(repo)
    git(repo, "switch", "--quiet", "--create", "side")
    edit(repo, "operations/voisins/keys.yaml", "resolution 3", "resolution 4")
    commit(repo, "a word")
    git(repo, "switch", "--quiet", "main")
    git(repo, "merge", "--no-ff", "--no-commit", "side")
    edit(repo, JANUARY, "net: '37.20'", "net: '37.30'")
    merge = commit(repo, "merge")
    [edited] = [finding for finding in look(repo).findings if finding.code == "ACC522"]
    assert merge[:10] in edited.message


def test_an_issued_manifest_deleted(repo: Path) -> None:
    issue(repo)
    (repo / JANUARY).unlink()
    assert "was deleted in the folder" in only(look(repo), "ACC522").message
    gone = commit(repo, "gone")
    finding = only(look(repo), "ACC522")
    assert f"was deleted by commit {gone[:10]} (A treasurer, 2026-04-02)" in finding.message
    assert at(finding)[0] == JANUARY


def test_a_draft_deleted(repo: Path, mitoyen: Run) -> None:
    (repo / JANUARY).unlink()
    assert "not committed yet" in only(look(repo), "ACC523").message
    gone = commit(repo, "gone")
    out = mitoyen(repo, "verify", code=1).stdout
    assert f"ACC523 a manifest that was committed is gone: deleted by commit {gone[:10]}" in out
    assert f"--> {JANUARY}:" in out
    advice = next(line for line in out.splitlines() if "git restore" in line)
    git(repo, *advice.partition("git ")[2].partition(",")[0].split())
    assert look(repo).findings == []
    git(repo, "restore", "--staged", ".")
    shutil.rmtree(repo / "operations" / "voisins")
    assert [finding.code for finding in look(repo).findings] == ["ACC523", "ACC523"]


def test_a_draft_may_be_settled_again(repo: Path, mitoyen: Run) -> None:
    edit(repo, "operations/voisins/tariffs.yaml", "0.1000", "0.2000")
    commit(repo, "another price")
    mitoyen(repo, "settle")
    commit(repo, "settled again")
    assert look(repo).findings == []


# --- one issue of a month ----------------------------------------------------------------------------------------


def second(repo: Path, replaces: str, state: str = "issued", number: int = 2) -> str:
    """Another manifest of January, as one that was issued beside the first."""
    text = (repo / JANUARY).read_text()
    text = text.replace("revision: 1\n", f"revision: {number}\n{replaces}")
    path = JANUARY.replace(".1.yaml", f".{number}.yaml")
    (repo / path).write_text(text.replace("state: issued", f"state: {state}"))
    commit(repo, "another")
    return path


def test_two_issues_of_one_month(repo: Path, mitoyen: Run) -> None:
    issue(repo)
    path = second(repo, "")
    out = mitoyen(repo, "verify", code=1).stdout
    assert (
        "ACC524 2026-01 of voisins is issued twice: revision 2 follows 1 and does not say that it replaces" in out
    )
    assert f"--> {path}:" in out


def test_a_replacement_holds(repo: Path) -> None:
    issue(repo)
    second(repo, "replaces: 1\n")
    assert look(repo).findings == []


def test_revisions_with_a_hole(repo: Path) -> None:
    issue(repo)
    path = second(repo, "replaces: 2\n", number=3)
    finding = only(look(repo), "ACC524")
    assert finding.message == "2026-01 of voisins has a revision 3 and no revision 2"
    assert at(finding) == (path, line_of(repo, path, "revision:"))


def test_a_replacement_of_another(repo: Path) -> None:
    issue(repo)
    path = second(repo, "replaces: 5\n")
    finding = only(look(repo), "ACC524")
    assert "says that it replaces 5" in finding.message
    assert at(finding) == (path, line_of(repo, path, "replaces:"))


def test_a_draft_that_is_followed(repo: Path) -> None:
    second(repo, "replaces: 1\n")
    finding = only(look(repo), "ACC524")
    assert at(finding) == (JANUARY, line_of(repo, JANUARY, "state:"))


def test_one_revision_under_two_names(repo: Path) -> None:
    issue(repo)
    shutil.copyfile(repo / JANUARY, repo / JANUARY.replace(".1.yaml", ".01.yaml"))
    assert "two manifests that are revision 1" in only(look(repo), "ACC524").message


# --- history only grows ------------------------------------------------------------------------------------------


def test_history_rewritten(repo: Path, mitoyen: Run) -> None:
    issue(repo)
    mitoyen(repo, "verify")
    before = git(repo, "rev-parse", "HEAD")
    edit(repo, JANUARY, "binding: computed\n", "binding: computed\n# a word more\n")
    git(repo, "commit", "--quiet", "--all", "--amend", "--no-edit")
    after = git(repo, "rev-parse", "HEAD")
    for _twice in range(2):  # the head that was seen is not forgotten by looking again
        out = mitoyen(repo, "verify", code=1).stdout
        assert f"ACC525 main has lost commit {before[:10]} (A treasurer, 2026-04-02)" in out
        assert f"its head is now commit {after[:10]}" in out
        assert f"manifests that differ: {JANUARY}" in out
        assert "by force" in out
    git(repo, "reset", "--quiet", "--hard", before)
    assert look(repo).findings == []


def test_a_branch_put_back(repo: Path) -> None:
    look(repo)
    git(repo, "reset", "--quiet", "--hard", "HEAD^")
    assert "was rewritten or put back" in only(look(repo), "ACC525").message
    git(repo, "update-ref", "-d", "refs/mitoyen/verified/main")  # what its help says, once explained
    assert look(repo).findings == []


def test_a_merge_that_puts_the_line_aside(repo: Path) -> None:
    git(repo, "switch", "--quiet", "--create", "side")
    (repo / "operations" / "README.md").write_text("A word.\n")
    commit(repo, "a word")
    git(repo, "switch", "--quiet", "main")
    edit(repo, "operations/voisins/keys.yaml", "resolution 3", "resolution 4")
    commit(repo, "another word")
    assert look(repo).findings == []
    git(repo, "switch", "--quiet", "side")
    git(repo, "merge", "--quiet", "--no-edit", "main")
    git(repo, "switch", "--quiet", "main")
    git(repo, "merge", "--quiet", "--ff-only", "side")
    finding = only(look(repo), "ACC525")
    assert "a merge has put it beside the line of first parents" in finding.message


def test_a_head_is_not_remembered_while_something_is_wrong(repo: Path) -> None:
    look(repo)
    seen = git(repo, "rev-parse", "HEAD")
    edit(repo, JANUARY, "net: '37.20'", "net: '37.30'")
    commit(repo, "a digit")
    only(look(repo), "ACC520")
    assert git(repo, "rev-parse", "refs/mitoyen/verified/main") == seen


def test_a_replaced_object_deceives_nobody(repo: Path) -> None:
    """`git replace` shows another commit under the same name."""
    issued = issue(repo)
    edit(repo, JANUARY, "net: '37.20'", "net: '37.30'")
    edited = commit(repo, "a digit")
    git(repo, "replace", "--graft", edited, f"{issued}^")
    assert "ACC522" in {finding.code for finding in look(repo).findings}


# --- signatures --------------------------------------------------------------------------------------------------


@pytest.fixture
def signing(repo: Path, tmp_path: Path) -> Callable[[str], str]:
    """``signing(message)``: a commit signed with a new SSH key that git has been told of."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed: no key to sign with")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "t", "-f", str(key)], check=True)
    (tmp_path / "allowed").write_text(f"treasurer@example.org {key.with_suffix('.pub').read_text()}")
    git(repo, "config", "gpg.format", "ssh")
    git(repo, "config", "user.signingKey", str(key))
    git(repo, "config", "gpg.ssh.allowedSignersFile", str(tmp_path / "allowed"))

    def sign(message: str) -> str:
        git(repo, "add", "--all")
        git(repo, "commit", "--quiet", "--gpg-sign", "--message", message)
        return git(repo, "rev-parse", "HEAD")

    return sign


def test_signed_where_it_is_asked_for(repo: Path, signing: Callable[[str], str], mitoyen: Run) -> None:
    (repo / SETTINGS).write_text("lang: fr\n")
    commit(repo, "settings, before anyone asked")
    (repo / SETTINGS).write_text("lang: fr\nrequire_signed: true\n")
    assert "require_signed is not committed yet" in " ".join(look(repo).notes)
    signing("from now on we sign")
    (repo / "README.md").write_text("A word.\n")
    signing("a word")
    out = mitoyen(repo, "verify").stdout
    assert "2 signatures: the record holds" in out


def test_unsigned_where_it_is_asked_for(repo: Path, signing: Callable[[str], str], mitoyen: Run) -> None:
    (repo / SETTINGS).write_text("require_signed: true\n")
    signing("from now on we sign")
    (repo / "README.md").write_text("A word.\n")
    unsigned = commit(repo, "a word")
    out = mitoyen(repo, "verify", code=1).stdout
    assert f"ACC526 commit {unsigned[:10]} (A treasurer, 2026-04-02) has no good signature: no signature" in out
    assert out.count("ACC526") == 1
    assert look(repo, since=unsigned).findings == []


def test_a_signature_nobody_knows(repo: Path, signing: Callable[[str], str], tmp_path: Path) -> None:
    (repo / SETTINGS).write_text("require_signed: true\n")
    signing("from now on we sign")
    (tmp_path / "allowed").write_text("")
    assert "No principal matched" in only(look(repo), "ACC526").message


def test_an_unsigned_commit_cannot_switch_it_off(repo: Path, signing: Callable[[str], str]) -> None:
    (repo / SETTINGS).write_text("require_signed: true\n")
    signing("from now on we sign")
    (repo / SETTINGS).write_text("require_signed: false\n")
    off = commit(repo, "no longer")
    (repo / "README.md").write_text("A word.\n")
    commit(repo, "a word")  # nobody asks any more
    assert off[:10] in only(look(repo), "ACC526").message


# --- without the history -----------------------------------------------------------------------------------------


def test_without_git(repo: Path, mitoyen: Run) -> None:
    shutil.rmtree(repo / ".git")
    out = mitoyen(repo, "verify").stdout
    assert out.startswith(
        "verified 2 manifests, 2 recomputed, 2 frozen months: the record holds; no git history here"
    )
    edit(repo, JANUARY, "net: '37.20'", "net: '37.21'")
    assert at(only(look(repo), "ACC520")) == (JANUARY, line_of(repo, JANUARY, "37.21"))
    with pytest.raises(UsageError, match="no history"):
        look(repo, since="HEAD")


def test_a_shallow_clone(repo: Path, tmp_path: Path, mitoyen: Run) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repo}", "shallow")
    done = mitoyen(tmp_path / "shallow", "verify", code=2)
    assert "git fetch --unshallow" in done.stderr


def test_no_branch_checked_out(repo: Path) -> None:
    git(repo, "switch", "--quiet", "--detach")
    done = look(repo)
    assert done.findings == []
    assert "no branch is checked out" in " ".join(done.notes)
