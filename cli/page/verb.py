"""The verb `rootguard page`: its options and what its help says."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import bad_input, reported
from cli.helped import Verb
from cli.options import CONFIG, ConfigOption, JsonOption

app = typer.Typer()


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 every channel took it, 1 one did not, 2 a file that cannot be used, 3 AWS refused.",
)
def page(
    test: Annotated[bool, typer.Option("--test", help="Send a page marked TEST. It wakes people.")] = False,
    config: ConfigOption = CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send a page marked TEST through every channel, and show which of them took it.

    It goes the way of every page: the queue of notices, the notifier, the topic, each channel. PagerDuty
    opens an incident, which someone has to resolve.
    """
    with reported(as_json=as_json):
        if not test:
            raise bad_input("There is only one page to send by hand: add --test.")
        from cli.page.run import run  # noqa: PLC0415

        raise typer.Exit(run(config, as_json=as_json))
