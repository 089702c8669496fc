"""The command line: ``agentworlds VERB``. Verbs are imported when first used."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from agentworlds.cli.output import EXIT_USAGE, script_problem
from agentworlds.errors import AgentworldsError, ScriptError

VERBS = {
    "new": "author",
    "check": "author",
    "build": "author",
    "list": "look",
    "show": "look",
    "play": "play",
    "run": "run",
    "certify": "certify",
    "export": "run",
    "score": "run",
    "report": "report",
    "bench": "bench",
    "demo": "demo",
    "train": "train",
}
"""Each verb and the module of this folder that holds it."""


class Verbs(click.Group):
    """A group that imports a verb's module only when the verb is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click.Group."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """See click.Group."""
        if name not in VERBS:
            return None
        module = import_module(f"agentworlds.cli.{VERBS[name]}")
        command: click.Command = getattr(module, f"{name}_command")
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="agentworlds")
def cli() -> None:
    """Worlds for tool-using agents: deterministic, database-backed, exactly checked."""


def main() -> None:
    """The entry point: errors that a user can cause are one clear line, and exit codes can be trusted.

    0 is success, 1 a failure that was found (a problem in a script, a task that is not sound), 2 a wrong call,
    130 a stop by Ctrl-C.
    """
    try:
        cli.main(standalone_mode=False)
    except ScriptError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except (AgentworldsError, OSError) as error:
        click.echo(f"agentworlds: {error}", err=True)
        sys.exit(EXIT_USAGE if not isinstance(error, OSError) else 1)
    except UnicodeDecodeError as error:
        click.echo(f"agentworlds: expected UTF-8 text: {error}", err=True)
        sys.exit(EXIT_USAGE)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_USAGE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except Exception as error:
        problem = script_problem(error)
        if problem is None:
            raise
        click.echo(str(problem), err=True)
        sys.exit(1)
