"""The command line: results to stdout, everything else to stderr, an exit code for each outcome.

0 all ran · 1 some cells failed or --fail-under not met · 2 usage · 3 not found · 4 bad input file ·
5 plugin failure · 69 no network or offline · 74 disk · 130 interrupted
"""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import Any

import click

from embkit.errors import EmbkitError, suggestion

__all__ = ["cli", "main"]

# Where each command lives; imported when it is run or when help is shown.
_COMMANDS = {
    "eval": "eval",
    "list": "list",
    "info": "list",
    "plugins": "list",
    "fetch": "fetch",
    "audit": "audit",
    "report": "report",
    "compare": "compare",
    "embed": "embed",
    "neighbors": "neighbors",
    "map": "map",
    "new": "new",
    "check": "check",
    "doctor": "doctor",
    "completion": "completion",
}


class _Commands(click.Group):
    """embkit's own commands and those of plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS, *sorted(_plugin_commands())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _COMMANDS:
            module = import_module(f"embkit.cli.{_COMMANDS[cmd_name]}")
            command: click.Command = getattr(module, f"{cmd_name}_command")
            return command
        return _plugin_commands().get(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        unknown = name[:1].isalnum() and self.get_command(ctx, name) is None
        if unknown and not ctx.resilient_parsing:
            near = suggestion(name, self.list_commands(ctx)) or "; `embkit --help` lists them"
            ctx.fail(f"no command is called '{name}'{near}")
        return super().resolve_command(ctx, args)


def _plugin_commands() -> dict[str, Any]:
    from embkit.registry import registry

    try:
        return {name: c for name, c in registry().commands.items() if name not in _COMMANDS}
    except EmbkitError:
        return {}  # two plugins clash: help still works, and any other command says so


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="embkit")
def cli() -> None:
    """Measure embeddings for your language, and use the one that wins.

    \b
    embkit eval --lang mr                      what needs no download
    embkit eval --lang mr --plugin indicft     an embedding, on everything there is
    embkit compare                             which of them can be told apart
    embkit list --lang mr                      what there is
    embkit audit train.csv test.csv            what is wrong with data
    embkit embed t.txt -p indicft -o t.npy     the vectors of texts, for a program of yours
    embkit new language ne                     a plugin of yours, to start from
    """


def _close_stdout() -> None:
    """Keep Python from saying that what is left to write cannot be written when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]


def main() -> None:
    """Entry point of the `embkit` command."""
    stdout = sys.stdout
    try:
        status = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        status = 0
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except EmbkitError as error:
        from embkit.reporters.cells import printable

        # It quotes files and plugins, whose text a terminal must not obey.
        click.echo(f"embkit: {printable(str(error))}", err=True)
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("embkit: interrupted; run the same command again to go on", err=True)
        status = 130
    except BrokenPipeError:
        _close_stdout()
        status = 141
    except SystemExit:
        # Where the reader has gone click mutes stdout and ends with 1, as if a cell had failed.
        if sys.stdout is stdout:
            raise
        _close_stdout()
        status = 141
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _close_stdout()
        click.echo(f"embkit: output cannot be written: {error.strerror}", err=True)
        status = 74
    sys.exit(status if isinstance(status, int) else 0)
