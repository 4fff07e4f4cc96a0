"""The verb `rootguard plan`: its options and what its help says."""

from __future__ import annotations

import typer

from cli.exits import reported
from cli.helped import Verb
from cli.options import CONFIG, ConfigOption, JsonOption

app = typer.Typer()


@app.command(cls=Verb, epilog="Exit codes: 0 no drift, 1 drift, 2 a file that cannot be used, 3 AWS refused.")
def plan(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show what the next sweep would find in the organization, and what it would do.

    It compares what AWS says now with what the deployed stack accepted, and writes nothing.
    """
    with reported(as_json=as_json):
        from cli.plan.run import run  # noqa: PLC0415

        raise typer.Exit(run(config, as_json=as_json))
