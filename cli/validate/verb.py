"""The verb `rootguard validate`: its options and what its help says."""

from __future__ import annotations

import typer

from cli.exits import reported
from cli.options import CONFIG, ConfigOption, JsonOption

app = typer.Typer()


@app.command(epilog="Exit codes: 0 valid, 1 the file has problems, 2 it cannot be read.")
def validate(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Check guardrail.yaml and show what it protects.

    Every problem is shown at once, each with its line, what is wrong and what would be right.
    """
    with reported(as_json=as_json):
        from cli.validate.run import run  # noqa: PLC0415

        raise typer.Exit(run(config, as_json=as_json))
