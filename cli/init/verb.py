"""The verb `rootguard init`: its options and what its help says."""

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
    epilog="Exit codes: 0 written, 1 written, and Root is locked out now, 2 the file is there already or "
    "cannot be written, 3 AWS refused.",
)
def init(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; - for stdout.", show_default=True),
    ] = CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a guardrail.yaml for the organization you are signed in to.

    It protects Root as the file that ships does, and explains each of its lines.

    Comments say what is attached to Root today, which OUs there are, and which roles you may want to trust.

    Sign in to the management account, as someone who may read the organization and list IAM roles.

    Nothing is written in AWS.
    """
    with reported(as_json=as_json):
        from cli.init.run import run  # noqa: PLC0415

        raise typer.Exit(run(output, force=force, as_json=as_json))
