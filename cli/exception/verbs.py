"""The verbs below `rootguard exception`, their options and what their help says."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import reported
from cli.helped import Group, Verb
from cli.options import JsonOption

app = typer.Typer(
    name="exception",
    help="Grant someone else an exception: two pairs of eyes for one change that Rootguard would undo.\n\n"
    "Needs the managed policy RootguardExceptionGranter, which the stack makes, and read access to the "
    "organization and the stack.",
    cls=Group,
    no_args_is_help=True,
)

PolicyOption = Annotated[str, typer.Option(metavar="p-…", help="The policy's id.")]
TargetOption = Annotated[
    str, typer.Option(metavar="root|ou-…|ACCOUNT", help="Where it may be changed: root, an OU or an account.")
]


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 granted, 1 granted before, 2 an option that cannot be used, 3 AWS refused.",
)
def grant(
    policy: PolicyOption,
    target: TargetOption,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What for; on-call reads it.")],
    length: Annotated[
        str, typer.Option("--for", metavar="2h", help="For how long: 30m, 2h, 1h30m; at most 24h.")
    ] = "2h",
    as_json: JsonOption = False,
) -> None:
    """Let anyone but yourself change this policy on this target, once, within a time.

    Holds for the policy's content as it is now. It is paged when it is granted, used and over.
    """
    with reported(as_json=as_json):
        from cli.exception import run  # noqa: PLC0415

        raise typer.Exit(run.grant(policy, target, length, reason, as_json=as_json))


@app.command("list", cls=Verb, epilog="Exit codes: 0 listed, 3 AWS refused.")
def list_them(
    ended_too: Annotated[
        bool, typer.Option("--all", help="Also those used, revoked or over in the last 90 days.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the open exceptions, whoever granted them."""
    with reported(as_json=as_json):
        from cli.exception import run  # noqa: PLC0415

        raise typer.Exit(run.list_all(ended_too=ended_too, as_json=as_json))


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 revoked, 1 nothing to revoke, 2 an option that cannot be used, 3 AWS refused.",
)
def revoke(policy: PolicyOption, target: TargetOption, as_json: JsonOption = False) -> None:
    """Take your own exception back before it is used."""
    with reported(as_json=as_json):
        from cli.exception import run  # noqa: PLC0415

        raise typer.Exit(run.revoke(policy, target, as_json=as_json))
