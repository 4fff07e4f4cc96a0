"""The verbs below `rootguard incident`, their options and what their help says."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.exits import reported
from cli.helped import Group, Verb
from cli.options import JsonOption

app = typer.Typer(
    name="incident",
    help="List incidents, tell one's story, draft its post-mortem.\n\n"
    "Reads the ledger of the deployed stack: AWS's ReadOnlyAccess on the management account is enough. "
    "An incident's id is short, and its beginning is enough. `sample` is a made-up one, which needs no AWS.",
    cls=Group,
    no_args_is_help=True,
)


class Format(StrEnum):
    """What a report can be written as."""

    MARKDOWN = "md"
    HTML = "html"


IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The incident's id or how it begins, or sample.")
]
ZoneOption = Annotated[
    str | None,
    typer.Option(
        metavar="Asia/Tokyo",
        help="The zone for times beside UTC. Default: this machine's; if that is UTC, UTC alone is shown.",
    ),
]


@app.command(
    "list",
    cls=Verb,
    epilog="Exit codes: 0 none is open, 1 some are, 3 AWS refused, or a record cannot be read.",
)
def list_them(
    open_only: Annotated[bool, typer.Option("--open", help="Only those that are open.")] = False,
    suspected_too: Annotated[
        bool, typer.Option("--all", help="Also what a sweep saw once and nothing confirms yet.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the incidents of the last year: the open ones first, the latest first."""
    with reported(as_json=as_json):
        from cli.incident import run  # noqa: PLC0415

        raise typer.Exit(run.list_all(open_only=open_only, suspected_too=suspected_too, as_json=as_json))


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 shown, 1 no incident of that id, 2 an option that cannot be used, 3 AWS refused, "
    "or it cannot be read.",
)
def show(incident: IdArgument, zone: ZoneOption = None, as_json: JsonOption = False) -> None:
    """Tell an incident's story: what happened when, who did what, and what the policy says."""
    with reported(as_json=as_json):
        from cli.incident import run  # noqa: PLC0415

        raise typer.Exit(run.show(incident, zone, as_json=as_json))


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 written, 1 no incident of that id, 2 an option that cannot be used, 3 AWS refused, "
    "or it cannot be read.",
)
def report(
    incident: IdArgument,
    kind: Annotated[Format, typer.Option("--format", help="Markdown, or one HTML file.")] = Format.MARKDOWN,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to; without it, stdout.")] = None,
    zone: ZoneOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draft the post-mortem of an incident, with the organization drawn.

    The organization is read as it is now. Root cause and follow-ups are left for people to fill in.
    """
    with reported(as_json=as_json):
        from cli.incident import run  # noqa: PLC0415

        raise typer.Exit(run.report(incident, kind.value, out, zone, as_json=as_json))
