"""The verb `rootguard status`: its options and what its help says."""

from __future__ import annotations

import typer

from cli.exits import reported
from cli.helped import Verb
from cli.options import CONFIG, ConfigOption, JsonOption

app = typer.Typer()


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 all is well, 1 something is not well, or could not be read, 2 a file that cannot "
    "be used, 3 AWS refused, or nothing is deployed.",
)
def status(config: ConfigOption = CONFIG, as_json: JsonOption = False) -> None:
    """Show on one screen what is wrong, whether Rootguard is alive, what is open, and who gets pages.

    It looks at the deployed stack, and writes nothing. `rootguard doctor` looks at everything.
    """
    with reported(as_json=as_json):
        from cli.status.run import run  # noqa: PLC0415

        raise typer.Exit(run(config, as_json=as_json))
