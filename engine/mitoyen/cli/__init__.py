"""The command line: one command a file, found when it is called for, so that ``mitoyen --help`` is quick.

Exit codes: 0 done, 1 findings or refused, 2 usage, configuration or internal error, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mitoyen import __version__
from mitoyen.commands import COMMANDS

if TYPE_CHECKING:
    from mitoyen.contracts import Command


class Commands(click.Group):
    """Imports a command's module only when that command runs; a plugin's is asked for where none of ours is."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [*COMMANDS, *_brought()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name in COMMANDS:
            command: click.Command = import_module(f"mitoyen.cli.{cmd_name}").command
            return command
        offer = _brought().get(cmd_name)
        if offer is None:
            return None
        from mitoyen.host import loaded

        return loaded(offer)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-") and args[0] not in _brought():
            from mitoyen.diagnostics import nearest

            known = self.list_commands(ctx)
            raise click.UsageError(f'no command "{args[0]}"; {nearest(args[0], known)}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        from mitoyen.diagnostics import Refused

        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        try:
            brought = [(name, offer.title) for name, offer in _brought().items()]
        except Refused:  # who asks for help gets it; `mitoyen plugins` says what is wrong
            brought = [("?", "a plugin cannot be loaded: `mitoyen plugins` says which")]
        if brought:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(brought)


def _brought() -> Mapping[str, Command]:
    """The commands of plugins, by name; raise Refused where a plugin cannot be loaded."""
    from mitoyen.contracts import Command
    from mitoyen.host import installed

    return {offer.id: offer for offer in installed().all(Command)}


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mitoyen")
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The repository, a folder that holds operations/ (default: this one, or the nearest above).",
)
@click.pass_context
def root(ctx: click.Context, repo: Path) -> None:
    """Share local solar electricity between neighbours: settle, price, explain.

    Run it in a folder that holds operations/.
    """
    ctx.obj = repo


def main() -> None:
    """Run a command and exit with its code."""
    from mitoyen.diagnostics import Refused, UsageError, ordered, text

    kernel = os.environ.get("MITOYEN_KERNEL", "")
    try:
        if kernel not in ("", "numpy"):
            raise UsageError(f'MITOYEN_KERNEL is "{kernel}"; it is "numpy", or absent')
        result = root(prog_name="mitoyen", standalone_mode=False)
        sys.exit(result if isinstance(result, int) else 0)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except Refused as refused:
        click.echo(text(ordered(refused.findings)), err=True)
        sys.exit(1)
    except UsageError as error:
        click.echo(f"mitoyen: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:  # a full disk, a folder that may not be written
        click.echo(f"mitoyen: {error}; nothing is half-written, run it again once that is mended", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        traceback.print_exc()
        click.echo(
            f"\nmitoyen {__version__}: this is a fault of mitoyen, not yours ({type(error).__name__}). Nothing was "
            "half-written. Please report it with the text above; look first that it names no person.",
            err=True,
        )
        sys.exit(2)
