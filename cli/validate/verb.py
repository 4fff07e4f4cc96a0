"""The verb `rootguard validate`: its options and what its help says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import reported
from cli.helped import Verb
from cli.options import CONFIG, JsonOption

app = typer.Typer()


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 valid, 1 problems, or a principal that IAM does not have, 2 it cannot be read, "
    "3 AWS refused.",
)
def validate(
    config: Annotated[
        Path,
        typer.Option(
            "--config", "-c", metavar="FILE", help="The protection policy; - for stdin.", show_default=True
        ),
    ] = CONFIG,
    region: Annotated[
        str | None,
        typer.Option(
            metavar="REGION",
            help="Where it will be deployed: us-east-1 unless you say us-gov-west-1 or cn-northwest-1.",
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Look each trusted principal up in IAM (iam:GetRole, iam:GetUser).")
    ] = False,
    permissions: Annotated[
        bool, typer.Option("--permissions", help="Show what the roles may write in Organizations.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check guardrail.yaml and show what it does.

    Every problem is shown at once, each with its line, what is wrong and what would be right.

    What synth would refuse of the file is refused here.
    """
    with reported(as_json=as_json):
        from cli.validate.run import run  # noqa: PLC0415

        raise typer.Exit(run(config, region=region, live=live, permissions=permissions, as_json=as_json))
