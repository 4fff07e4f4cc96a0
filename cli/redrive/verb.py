"""The verb `rootguard redrive`: its options and what its help says."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import reported
from cli.helped import Verb
from cli.options import JsonOption

app = typer.Typer()


@app.command(
    cls=Verb, epilog="Exit codes: 0 nothing is left, 1 something is left, 2 nobody answered, 3 AWS refused."
)
def redrive(
    queue: Annotated[
        str, typer.Option(metavar="NAME", help="Only these: guard, notices, restore, slack or pagerduty.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Deliver them again without asking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the dead letters, ask, deliver each again, and delete those that succeeded.

    The guard's are events: its function is invoked with each, and waited for. The others go back to the queue
    that they were given up from. What fails stays where it is. With --json, only --yes delivers anything.
    """
    with reported(as_json=as_json):
        from cli.redrive import run  # noqa: PLC0415

        raise typer.Exit(run.run(queue, yes=yes, as_json=as_json))
