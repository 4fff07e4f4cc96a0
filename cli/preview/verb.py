"""The verb `rootguard preview`: its options and what its help says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import reported
from cli.helped import Verb
from cli.options import JsonOption

app = typer.Typer()


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 shown, 1 no incident of that id, 2 input that cannot be used, 3 AWS refused.",
)
def preview(
    incident: Annotated[
        str,
        typer.Argument(metavar="INCIDENT.json|ID", help="An incident's JSON, or its id; - for stdin."),
    ] = "sample",
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Only this page: undone, not-undone, clean …; without it, all."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the pages side by side to an HTML file.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the pages of an incident as e-mail, SMS, Slack and PagerDuty bring them.

    Without an incident, a made-up one. Nothing is sent, and without an ID, AWS is not asked.
    """
    with reported(as_json=as_json):
        from cli.preview.run import run  # noqa: PLC0415

        raise typer.Exit(run(incident, kind, html, as_json=as_json))
