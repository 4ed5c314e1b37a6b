"""What a forge runs for a co-operative: one description of the jobs, told in each forge's words.

The lines that run are the same on every forge. What differs between forges (the base of a pull request, how
findings are shown) reaches them as variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from textwrap import indent

from mitoyen.repository.record import ROBOT

PYTHON = "3.12"
INSTALL = "pip install {}"
BARE = "mitoyen"
WITH_COMMENT = "'mitoyen[github]'"
WITH_REPORT = "'mitoyen[report]'"
"""What a job installs: the commands, and what it takes to speak to GitHub, or to draw the site."""
NIGHT = "17 3 * * *"
"""Every night, UTC, at a minute when not everyone else's jobs start."""
PUBLISHED = "public"
"""The folder that is put on line, in the repository: GitLab takes one of this name. Git must not see it."""


@dataclass(frozen=True, slots=True)
class Job:
    """What runs on one occasion."""

    name: str
    on: str
    """proposed (a pull or merge request), ours (one from a branch of the repository itself), merged (a push to the
    branch), night, or settled (a job that settles has succeeded, and the site is wanted)."""
    why: str
    """The comment above it, French."""
    steps: tuple[tuple[str, str], ...]
    """What each step is called, and the lines of shell it runs."""
    writes: bool = False
    """Whether it pushes a commit."""
    needs: str = BARE
    """What it installs."""

    @property
    def runs(self) -> tuple[str, ...]:
        """Everything it runs, in order."""
        return (INSTALL.format(self.needs), *(lines for _name, lines in self.steps))

    @property
    def proposed(self) -> bool:
        return self.on in ("proposed", "ours")

    @property
    def group(self) -> str | None:
        """Jobs of one group run one after the other, each from the branch as it is then, which they may pull."""
        return "mitoyen" if self.writes else self.name if self.on == "settled" else None


HAS_STORE = 'test -d "${MITOYEN_STORE:?the folder that holds the frozen curves}"'

# A month that is refused does not keep the others from the record: what was settled is pushed, then the job fails.
SETTLE = """\
code=0
mitoyen settle {what}--commit || code=$?
git push origin HEAD:{branch}
exit $code"""

# A plan beyond the limits fails, once it has been shown. In Actions it is in the run's summary as well.
PLAN = """\
code=0
mitoyen plan --base "$(git merge-base "$BASE" HEAD)" --format markdown > plan.md || code=$?
cat plan.md
exit $code"""

# A commit without a past: what the site no longer says is nowhere. It is made in the folder, and pushed from the
# repository around it, whose configuration holds the credentials of the job.
PUSH_SITE = f"""\
git init --quiet {PUBLISHED}
git -C {PUBLISHED} add --all
git -C {PUBLISHED} -c user.name={ROBOT[0]} -c user.email={ROBOT[1]} commit --quiet -m "Publish the site"
git fetch --quiet ./{PUBLISHED} HEAD
git push --quiet --force origin FETCH_HEAD:refs/heads/pages"""

CHECK = 'mitoyen check --format "$FORMAT"'
ANNOTATE = 'mitoyen github annotate --base "$(git merge-base "$BASE" HEAD)"'

COMMENT = Job(
    "comment",
    "ours",
    "Le même plan, en un commentaire de la proposition, toujours le même. D'une copie (fork), le jeton du job ne\n"
    "peut pas écrire : le plan est alors dans le résumé de « check ».",
    (("comment", 'mitoyen github comment --base "$(git merge-base "$BASE" HEAD)"'),),
    needs=WITH_COMMENT,
)


def jobs(branch: str, check: str = CHECK) -> tuple[Job, ...]:
    """The jobs of a co-operative whose decisions are merged into ``branch``; ``check`` shows what is to mend."""
    latest = f"git pull --quiet --ff-only origin {branch}"
    return (
        Job(
            "check",
            "proposed",
            "Sur une proposition : est-elle valable, et qui paierait combien de plus ou de moins ?\n"
            "Sans secret ni droit d'écrire, car elle peut venir de n'importe qui. Sans les courbes non plus : les\n"
            "montants restent inconnus là où il faudrait les lire.",
            (("check", check), ("plan", PLAN)),
        ),
        Job(
            "settle",
            "merged",
            "Ce qui vient d'être adopté : seuls les mois touchés sont recalculés, et consignés dans un commit.",
            (("settle", "\n".join((latest, HAS_STORE, SETTLE.format(what="--changed ", branch=branch)))),),
            writes=True,
        ),
        Job(
            "monthly",
            "night",
            "Une fois par mois, la nuit du 6 (ou du jour que dit la variable MITOYEN_DAY, sur deux chiffres) :\n"
            "tous les mois qui ont des données, y compris ceux qui ont dû attendre les leurs.",
            (
                (
                    "settle every month",
                    "\n".join(
                        (
                            'test "$(date -u +%d)" = "${MITOYEN_DAY:-06}" || exit 0',
                            latest,
                            HAS_STORE,
                            SETTLE.format(what="", branch=branch),
                        )
                    ),
                ),
            ),
            writes=True,
        ),
        Job(
            "verify",
            "night",
            "Chaque nuit : tout est-il encore ce qui a été consigné ?",
            (("verify", f"{HAS_STORE}\nmitoyen verify"),),
        ),
        Job(
            "report",
            "settled",
            "Publie le site public. Il faut d'abord `audience: public` (ou members) dans operations/mitoyen.yaml,\n"
            "puis MITOYEN_PAGES=1 (une variable, là où est MITOYEN_STORE). Après une adoption, et chaque nuit.",
            (("report", "\n".join((latest, HAS_STORE, f"mitoyen report --out {PUBLISHED}"))),),
            needs=WITH_REPORT,
        ),
    )


HEADER = """\
Écrit par « mitoyen new ci {forge} » : ce fichier est à vous, modifiez-le.

Les courbes de charge sont des données personnelles : elles ne sont pas dans git. Ce qui calcule tourne donc sur
un exécuteur (runner) à vous, étiqueté « mitoyen », qui voit le dossier où elles sont gardées ; la variable
MITOYEN_STORE nomme ce dossier ({where}).
Ce qui vérifie une proposition tourne n'importe où, sans elles : ne donnez pas ce dossier à cet exécuteur-là.
"""

# Ends the file: what is left of report, its last job, then the job that follows. GitHub passes over a job when any
# that came before was passed over, however far back, unless its condition says otherwise.
PUBLISH = f"""\
      - uses: actions/upload-pages-artifact@v3
        with:
          path: {PUBLISHED}
  # Met en ligne ce que « report » a écrit. D'abord : Settings > Pages > Source > GitHub Actions.
  publish:
    needs: report
    if: needs.report.result == 'success' && !cancelled()
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      pages: write
      id-token: write
    concurrency:
      group: publish
      cancel-in-progress: false
    environment:
      name: github-pages
      url: ${{{{ steps.deployment.outputs.page_url }}}}
    steps:
      - uses: actions/deploy-pages@v4
        id: deployment
"""


def github(branch: str) -> str:
    header = HEADER.format(forge="github", where="Settings > Secrets and variables > Actions > Variables")
    check, *others = jobs(branch, ANNOTATE)
    text = _actions(
        branch,
        (check, COMMENT, *others),
        _comment(
            header + "N'en donnez un à vous qu'à un dépôt privé : dans un dépôt public, une proposition peut s'en "
            "servir.\nIl pousse avec le jeton du job : une branche protégée doit l'y autoriser."
        ),
        check="ubuntu-latest",
        ours="[self-hosted, mitoyen]",
        form=None,
        permissions=True,
    )
    return text + PUBLISH


def forgejo(branch: str) -> str:
    header = HEADER.format(forge="forgejo", where="Paramètres > Actions > Variables")
    *others, report = jobs(branch)
    pushed = replace(
        report,
        why=f"{report.why}\nLe site est la branche « pages », un seul commit : c'est elle que sert Codeberg Pages.",
        steps=(*report.steps, ("publish", PUSH_SITE)),
    )
    return _actions(
        branch,
        (*others, pushed),
        _comment(header + "« docker » est l'étiquette d'un exécuteur de conteneurs où il y a node."),
        check="docker",
        ours="mitoyen",
        form="text",
        permissions=False,  # Forgejo has none: what comes from a fork may only read
    )


def _actions(
    branch: str, what: Iterable[Job], header: str, *, check: str, ours: str, form: str | None, permissions: bool
) -> str:
    """The form that GitHub and Forgejo share."""
    events = {
        "proposed": "github.event_name == 'pull_request'",
        "ours": "github.event_name == 'pull_request'"
        " && github.event.pull_request.head.repo.full_name == github.repository",
        "merged": "github.event_name == 'push'",
        "night": "github.event_name == 'schedule'",
        # On either occasion one of the two is passed over: without a word on how it goes on, this one would be too.
        "settled": "(needs.settle.result == 'success' || needs.monthly.result == 'success')"
        " && !cancelled() && vars.MITOYEN_PAGES != ''",
    }
    text = f"""\
{header}name: mitoyen
on:
  pull_request:
  push:
    branches: [{branch}]
  schedule:
    - cron: "{NIGHT}"
"""
    if permissions:
        text += "permissions:\n  contents: read\n"
    text += "jobs:\n"
    for job in what:
        text += indent(_comment(job.why), "  ") + f"  {job.name}:\n"
        text += "    needs: [settle, monthly]\n" if job.on == "settled" else ""
        text += f"    if: {events[job.on]}\n"
        text += f"    runs-on: {check if job.proposed else ours}\n    timeout-minutes: 60\n"
        if job.on == "ours":
            text += "    permissions:\n      contents: read\n      pull-requests: write\n"
            text += "    concurrency:\n      group: comment-${{ github.event.pull_request.number }}\n"
        if job.writes and permissions:
            text += "    permissions:\n      contents: write\n"
        if job.group:
            text += f"    concurrency:\n      group: {job.group}\n      cancel-in-progress: false\n"
        variables = (
            {**({"FORMAT": form} if form else {}), "BASE": "${{ github.event.pull_request.base.sha }}"}
            if job.proposed
            else {"MITOYEN_STORE": "${{ vars.MITOYEN_STORE }}"}
        )
        if job.name == "monthly":
            variables["MITOYEN_DAY"] = "${{ vars.MITOYEN_DAY }}"
        text += _variables("env", variables, 4)
        text += "    steps:\n      - uses: actions/checkout@v4\n        with:\n          fetch-depth: 0\n"
        text += f"          ref: {branch}\n" if job.group else "          persist-credentials: false\n"
        text += f'      - uses: actions/setup-python@v5\n        with:\n          python-version: "{PYTHON}"\n'
        text += f"      - run: {INSTALL.format(job.needs)}\n"
        for name, lines in job.steps:
            text += f"      - name: {name}\n"
            text += _variables("env", {"GITHUB_TOKEN": "${{ github.token }}"}, 8) if job.on == "ours" else ""
            text += "        run: |\n" + indent(lines, " " * 10) + "\n"
    return text


def gitlab(branch: str) -> str:
    header = HEADER.format(
        forge="gitlab", where="Settings > CI/CD > Variables, protégée pour qu'une proposition ne la voie pas"
    )
    header += (
        'Pour que le job pousse : Settings > CI/CD > Job token permissions > "Allow Git push requests to the '
        'repository".\nLa nuit se programme dans Build > Pipeline schedules : une seule programmation, chaque nuit.'
    )
    merged = f'$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "{branch}"'
    night = '$CI_PIPELINE_SOURCE == "schedule"'
    rules = {
        "proposed": '$CI_PIPELINE_SOURCE == "merge_request_event"',
        "merged": merged,
        "night": night,
        "settled": f"({merged} || {night}) && $MITOYEN_PAGES",
    }
    text = f"""\
{_comment(header)}default:
  image: python:{PYTHON}
variables:
  GIT_DEPTH: "0"
"""
    for job in jobs(branch):
        name = "pages" if job.on == "settled" else job.name  # by its name GitLab knows what to put on line
        text += f"\n{_comment(job.why)}{name}:\n  rules:\n    - if: {rules[job.on]}\n"
        text += "" if job.proposed else "  tags: [mitoyen]\n"
        text += f"  resource_group: {job.group}\n" if job.group else ""
        if job.on == "settled":  # a pipeline has one of the two
            text += "  needs:\n" + "".join(
                f"    - job: {one}\n      optional: true\n" for one in ("settle", "monthly")
            )
        if job.proposed:
            text += _variables("variables", {"FORMAT": "text", "BASE": "$CI_MERGE_REQUEST_DIFF_BASE_SHA"}, 2)
        text += "  script:\n"
        for lines in job.runs:
            text += "    - |\n" + indent(lines, " " * 6) + "\n"
        if job.proposed:
            text += "  artifacts:\n    when: always\n    paths: [plan.md]\n"
        if job.on == "settled":
            text += f"  artifacts:\n    paths: [{PUBLISHED}]\n"
    return text


def _comment(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def _variables(key: str, variables: Mapping[str, str], depth: int) -> str:
    lines: Iterable[str] = (f"  {name}: {value}" for name, value in variables.items())
    return indent("\n".join([f"{key}:", *lines]) + "\n", " " * depth)


FORGES = {
    "github": (".github/workflows/mitoyen.yml", github),
    "gitlab": (".gitlab-ci.yml", gitlab),
    "forgejo": (".forgejo/workflows/mitoyen.yml", forgejo),
}
"""By forge: the file it reads, and what writes it."""

BESIDE = {
    "github": {"proposal.md": ".github/PULL_REQUEST_TEMPLATE.md", "owners": ".github/CODEOWNERS"},
    "gitlab": {"proposal.md": ".gitlab/merge_request_templates/Default.md", "owners": ".gitlab/CODEOWNERS"},
    "forgejo": {"proposal.md": ".forgejo/PULL_REQUEST_TEMPLATE.md", "owners": ".forgejo/CODEOWNERS"},
}
"""By forge: where it looks for the form of a proposal, and for who must be asked."""
