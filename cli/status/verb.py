"""The verb `rootguard status`: its options and what its help says."""

from __future__ import annotations

import typer

from cli.exits import reported
from cli.helped import Verb
from cli.options import CONFIG, ConfigOption, JsonOption

app = typer.Typer()


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 everybody gets pages, 1 somebody does not, 2 a file that cannot be used, "
    "3 AWS refused.",
)
def status(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show who gets pages, who has not confirmed yet, and whose subscription is gone.

    It compares guardrail.yaml with what the deployed stack's topic lists, and writes nothing.
    """
    with reported(as_json=as_json):
        from cli.status.run import run  # noqa: PLC0415

        raise typer.Exit(run(config, as_json=as_json))
