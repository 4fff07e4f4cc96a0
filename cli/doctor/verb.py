"""The verb `rootguard doctor`: its options and what its help says."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import reported
from cli.helped import Verb
from cli.options import CONFIG, ConfigOption, JsonOption

app = typer.Typer()


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 nothing is broken, 1 something is, 2 a file that cannot be used, 3 AWS refused.",
)
def doctor(
    config: ConfigOption = CONFIG,
    before: Annotated[
        bool, typer.Option("--before", help="Look only at what a deployment needs, not at what is deployed.")
    ] = False,
    permissions: Annotated[
        bool, typer.Option("--permissions", help="Print the IAM policy that it needs, and look at nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is broken, or would break, why that matters, and the command that fixes it.

    It looks at the account, the organization, CloudTrail and the deployed stack, and writes nothing.
    """
    with reported(as_json=as_json):
        from cli.doctor.run import print_permissions, run  # noqa: PLC0415

        raise typer.Exit(
            print_permissions(config) if permissions else run(config, before=before, as_json=as_json)
        )
