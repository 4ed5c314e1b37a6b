"""``mitoyen hooks``: settle when you commit, merge or push."""

from __future__ import annotations

import io
import os
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import click

from mitoyen import hooks
from mitoyen.diagnostics import Refused, UsageError, ordered, text
from mitoyen.repository import Repository
from mitoyen.repository.hooked import Hooked


@click.group("hooks")
def command() -> None:
    """Settle when you commit, merge or push."""


@command.command("install")
@click.option("--uninstall", is_flag=True, help="Take them away again; what you wrote yourself stays.")
@click.pass_obj
def install(repo: Path, uninstall: bool) -> None:
    """Let git call mitoyen.

    In a clone: post-commit and post-merge settle what changed and commit the manifests, pre-push refuses operations
    that do not hold. In a bare repository: post-receive settles what is pushed and moves the branch to the commit
    that records it; the frozen curves are in mitoyen-store/ there, or where MITOYEN_STORE says.

    A hook of your own is kept: ours is a marked block after it. core.hooksPath is respected.
    """
    here = Hooked(repo)
    if uninstall:
        said = list(hooks.uninstall(hooks.blocks(here, here.top, "")))
        click.echo("\n".join(["taken out of", *said]) if said else "there was no hook of ours")
        return
    folder = here.top if here.bare else Repository.find(repo).root
    said = list(hooks.install(hooks.blocks(here, folder, _mitoyen())))
    click.echo("\n".join(["installed in", *said]))


@command.command("run", hidden=True)
@click.argument("hook", type=click.Choice(["post-receive"]))
@click.pass_obj
def run(repo: Path, hook: str) -> int:  # noqa: ARG001 - the name is for whoever reads the script
    """Do what a hook's script asks for."""
    here = Hooked(repo)
    if not here.bare:
        raise UsageError(f"{here.top} is not a bare repository: what is pushed to it is not settled")
    for name in here.local_variables():  # they speak of the bare repository, and the work is done elsewhere
        os.environ.pop(name, None)
    said = io.StringIO()

    def settle(folder: Path) -> int:
        said.seek(0)
        said.truncate()  # of several tries the last one counts
        # Kept until the branch has moved: a pusher who hangs up must not stop it.
        with redirect_stdout(said), redirect_stderr(said):
            return _settle(folder)

    def say(words: str) -> None:
        for one in (said.getvalue().rstrip(), words):
            with suppress(BrokenPipeError):
                if one:
                    click.echo(one, err=True)
        said.seek(0)
        said.truncate()

    code = hooks.receive(here, sys.stdin, settle, say)
    say("")
    return code


def _settle(folder: Path) -> int:
    """``mitoyen settle --changed --commit`` in this process, so that nothing is left running where it is killed."""
    from mitoyen.cli import settle

    try:
        code = settle.command.main(["--changed", "--commit"], "mitoyen settle", standalone_mode=False, obj=folder)
    except Refused as refused:
        click.echo(text(ordered(refused.findings)), err=True)
        return 1
    except (UsageError, click.ClickException) as error:
        click.echo(f"mitoyen: {error}", err=True)
        return 2
    return int(code or 0)


def _mitoyen() -> str:
    """What runs this very mitoyen: the command beside the interpreter, else the one on the path."""
    beside = Path(sys.executable).with_name("mitoyen")
    return str(beside) if beside.is_file() else shutil.which("mitoyen") or "mitoyen"
