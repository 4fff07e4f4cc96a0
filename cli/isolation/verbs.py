"""The verbs `rootguard isolate`, `release`, `isolated` and `isolation report`, and what their help says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import reported
from cli.helped import Group, Verb
from cli.options import JsonOption

app = typer.Typer()
below = typer.Typer(
    name="isolation",
    help="Draft the report of an isolation.\n\n"
    "Asks the function that isolates, and needs no more permissions than `rootguard isolated`.",
    cls=Group,
    no_args_is_help=True,
)
app.add_typer(below)

AccountsArgument = Annotated[
    list[str], typer.Argument(metavar="ACCOUNT", help="The accounts' ids, 12 digits each; 20 at most.")
]
ReasonOption = Annotated[
    str, typer.Option(metavar="TEXT", help="Why, in one line. The page and the list show it.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for the account ids again.")]


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 all are isolated, 1 some are refused or left, 2 bad input, 3 AWS refused.",
)
def isolate(
    accounts: AccountsArgument,
    reason: ReasonOption,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Move accounts into the quarantine OU, whose SCP and RCP deny everything.

    All accounts are checked before the first one is moved. A delegated administrator, a closed account and
    one that guardrail.yaml protects have to be named twice; the management account cannot be isolated. If it
    ends half-way, run the same command again. With --json, only --yes moves anything.
    """
    with reported(as_json=as_json):
        from cli.isolation import function, moving  # noqa: PLC0415

        asked = function.request_for("isolate", accounts, reason)
        raise typer.Exit(moving.run(asked, dry_run=dry_run, yes=yes, as_json=as_json))


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 all are released, 1 some are refused or left, 2 bad input, 3 AWS refused.",
)
def release(  # noqa: PLR0913, PLR0917 - typer's options
    accounts: AccountsArgument,
    reason: ReasonOption,
    to: Annotated[
        str | None, typer.Option(metavar="OU", help="Bring them here instead, such as ou-exam-12345678.")
    ] = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Bring accounts back from the quarantine OU, each to the OU that it came from.

    The ledger and a tag on the account say where that is. If that OU is gone, name another one with --to. If
    it ends half-way, run the same command again. With --json, only --yes moves anything.
    """
    with reported(as_json=as_json):
        from cli.isolation import function, moving  # noqa: PLC0415

        asked = function.request_for("release", accounts, reason, to)
        raise typer.Exit(moving.run(asked, dry_run=dry_run, yes=yes, as_json=as_json))


@app.command(cls=Verb, epilog="Exit codes: 0 nobody is isolated, 1 some are, 2 bad input, 3 AWS refused.")
def isolated(as_json: JsonOption = False) -> None:
    """List the accounts in quarantine: since when, why, by whom, and where they came from."""
    with reported(as_json=as_json):
        from cli.isolation import isolated as listing  # noqa: PLC0415

        raise typer.Exit(listing.run(as_json=as_json))


@below.command(
    cls=Verb,
    epilog="Exit codes: 0 written, 1 nothing is on record of an account, 2 an option that cannot be used, "
    "3 AWS refused.",
)
def report(
    accounts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ACCOUNT",
            help="The accounts' ids, 20 at most; without any, all that are isolated. Or `sample`.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to; without it, stdout.")] = None,
    zone: Annotated[
        str | None,
        typer.Option(
            metavar="Asia/Tokyo",
            help="The zone for times beside UTC. Default: this machine's; if that is UTC, UTC alone.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Draft the report of an isolation: who asked when and why, which accounts, and how it ended.

    It is Markdown. People fill in what was found, and what follows. The last isolation of an account is on
    record until 90 days after its release. `sample` is a made-up isolation, which needs no AWS.
    """
    with reported(as_json=as_json):
        from cli.isolation.report import run  # noqa: PLC0415 - jinja2 is slow to load

        raise typer.Exit(run.run(accounts or [], out, zone, as_json=as_json))
