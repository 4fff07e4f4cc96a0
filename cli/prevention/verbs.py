"""The verbs below `rootguard prevention`, their options and what their help says."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.exits import reported
from cli.helped import Group, Verb
from cli.options import CONFIG, ConfigOption, JsonOption

app = typer.Typer(
    name="prevention",
    help="See who can attach a policy to Root, and take that from those who need it elsewhere only.\n\n"
    "Both verbs read the organization from its management account, and write nothing.",
    cls=Group,
    no_args_is_help=True,
)


class Policies(StrEnum):
    """The policy types whose management can be delegated."""

    SCP = "scp"
    RCP = "rcp"
    BOTH = "both"


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 nobody but who is meant to, 1 somebody else can or perhaps can, 2 a file that "
    "cannot be used, 3 AWS refused.",
)
def audit(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show who can attach a policy to Root today, and which policy and statement lets them.

    It judges each user and role of the management account by its policies, groups, boundary and their
    conditions, and says where that is uncertain; and whom the organization's resource policy delegates to.
    """
    with reported(as_json=as_json):
        from cli.prevention.audit.run import run  # noqa: PLC0415

        raise typer.Exit(run(config, as_json=as_json))


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 printed, 1 printed, but a statement that was there before reaches Root, 2 an "
    "option or a file that cannot be used, 3 AWS refused.",
)
def delegation(  # noqa: PLR0913, PLR0917 - its options
    account: Annotated[str, typer.Option(metavar="ACCOUNT", help="The member account that gets the work.")],
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ou-…|ACCOUNT",
            help="Where it may attach policies; several times for several. Without it: to every OU and "
            "account that guardrail.yaml does not protect.",
        ),
    ] = None,
    policies: Annotated[Policies, typer.Option(help="Which policies.")] = Policies.SCP,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to; without it, stdout.")] = None,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Print a resource policy that lets a member account work on policies, but not on Root.

    The policy goes to stdout, and what it means to stderr. Nothing is applied.
    """
    with reported(as_json=as_json):
        from cli.prevention.delegation.run import run  # noqa: PLC0415
        from cli.prevention.delegation.wish import Wish  # noqa: PLC0415

        wish = Wish(account, tuple(target or ()), policies.value)
        raise typer.Exit(run(wish, config, out, as_json=as_json))
