"""The verbs below `rootguard prevention`, their options and what their help says."""

from __future__ import annotations

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
