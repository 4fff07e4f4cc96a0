"""The verb `rootguard rehearse`: its options and what its help says."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import reported
from cli.helped import Verb
from cli.options import JsonOption

app = typer.Typer()


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 it succeeded, 1 it failed or was interrupted, 2 something is in the way, "
    "3 AWS refused, or the function failed.",
)
def rehearse(
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Begin even if guardrail.yaml blocks this window or date."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Rehearse in production: a harmless SCP goes onto an empty OU, and the guard has to detach it.

    It takes as long as an event takes to arrive: with the default within_seconds, up to five minutes. If the
    guard is in time, nobody is woken. If it is late, the function detaches the SCP, and on-call is paged.
    """
    with reported(as_json=as_json):
        from cli.rehearse.run import run  # noqa: PLC0415

        raise typer.Exit(run(anyway=anyway, as_json=as_json))
