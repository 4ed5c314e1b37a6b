"""What a forge runs for a co-operative: one description of the jobs, told in each forge's words.

The lines that run are the same on every forge. What differs between forges (the base of a pull request, how
findings are shown) reaches them as variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from textwrap import indent

PYTHON = "3.12"
INSTALL = "pip install {}"
BARE = "mitoyen"
WITH_COMMENT = "'mitoyen[github]'"
"""What a job installs: the commands, and what it takes to speak to GitHub."""
NIGHT = "17 3 * * *"
"""Every night, UTC, at a minute when not everyone else's jobs start."""


@dataclass(frozen=True, slots=True)
class Job:
    """What runs on one occasion."""

    name: str
    on: str
    """proposed (a pull or merge request), ours (one from a branch of the repository itself), merged (a push to the
    branch) or night."""
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
    )


HEADER = """\
Écrit par « mitoyen new ci {forge} » : ce fichier est à vous, modifiez-le.

Les courbes de charge sont des données personnelles : elles ne sont pas dans git. Ce qui calcule tourne donc sur
un exécuteur (runner) à vous, étiqueté « mitoyen », qui voit le dossier où elles sont gardées ; la variable
MITOYEN_STORE nomme ce dossier ({where}).
Ce qui vérifie une proposition tourne n'importe où, sans elles : ne donnez pas ce dossier à cet exécuteur-là.
"""


def github(branch: str) -> str:
    header = HEADER.format(forge="github", where="Settings > Secrets and variables > Actions > Variables")
    check, *others = jobs(branch, ANNOTATE)
    return _actions(
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


def forgejo(branch: str) -> str:
    header = HEADER.format(forge="forgejo", where="Paramètres > Actions > Variables")
    return _actions(
        branch,
        jobs(branch),
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
        text += indent(_comment(job.why), "  ") + f"  {job.name}:\n    if: {events[job.on]}\n"
        text += f"    runs-on: {check if job.proposed else ours}\n    timeout-minutes: 60\n"
        if job.on == "ours":
            text += "    permissions:\n      contents: read\n      pull-requests: write\n"
            text += "    concurrency:\n      group: comment-${{ github.event.pull_request.number }}\n"
        if job.writes:
            text += "    permissions:\n      contents: write\n" if permissions else ""
            text += "    concurrency:\n      group: mitoyen\n      cancel-in-progress: false\n"
        variables = (
            {**({"FORMAT": form} if form else {}), "BASE": "${{ github.event.pull_request.base.sha }}"}
            if job.proposed
            else {"MITOYEN_STORE": "${{ vars.MITOYEN_STORE }}"}
        )
        if job.name == "monthly":
            variables["MITOYEN_DAY"] = "${{ vars.MITOYEN_DAY }}"
        text += _variables("env", variables, 4)
        text += "    steps:\n      - uses: actions/checkout@v4\n        with:\n          fetch-depth: 0\n"
        text += f"          ref: {branch}\n" if job.writes else ""
        text += "" if job.writes else "          persist-credentials: false\n"
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
    rules = {
        "proposed": '$CI_PIPELINE_SOURCE == "merge_request_event"',
        "merged": f'$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "{branch}"',
        "night": '$CI_PIPELINE_SOURCE == "schedule"',
    }
    text = f"""\
{_comment(header)}default:
  image: python:{PYTHON}
variables:
  GIT_DEPTH: "0"
"""
    for job in jobs(branch):
        text += f"\n{_comment(job.why)}{job.name}:\n  rules:\n    - if: {rules[job.on]}\n"
        text += "" if job.proposed else "  tags: [mitoyen]\n"
        text += "  resource_group: mitoyen\n" if job.writes else ""
        if job.proposed:
            text += _variables("variables", {"FORMAT": "text", "BASE": "$CI_MERGE_REQUEST_DIFF_BASE_SHA"}, 2)
        text += "  script:\n"
        for lines in job.runs:
            text += "    - |\n" + indent(lines, " " * 6) + "\n"
        if job.proposed:
            text += "  artifacts:\n    when: always\n    paths: [plan.md]\n"
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
