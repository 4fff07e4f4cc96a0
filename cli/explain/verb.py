"""The verb `rootguard explain`: its options and what its help says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import reported
from cli.helped import Verb
from cli.options import CONFIG, ConfigOption, JsonOption

app = typer.Typer()


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 allow or ignore, 1 alert or revert, 2 a file that cannot be used, 3 AWS refused.",
)
def explain(
    event: Annotated[
        str | None,
        typer.Argument(
            metavar="EVENT.json",
            help="One CloudTrail record: bare, alone in a log file, in a dead letter, or as EventBridge "
            "delivers it; - for stdin.",
        ),
    ] = None,
    config: ConfigOption = CONFIG,
    facts: Annotated[
        Path | None,
        typer.Option(
            metavar="FACTS.json",
            help="What is known of the organization. Without it, AWS and the deployed stack's ledger are "
            "asked; with it, neither. docs/facts.md describes it.",
        ),
    ] = None,
    sample: Annotated[
        bool,
        typer.Option("--sample", help="Write event.json and facts.json into this folder, to start from."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what the guard would do with a record, by which of its eight rules, and why.

    It decides with the code that runs in the function, and writes nothing to AWS.
    """
    if (event is None) is not sample or (sample and facts):
        raise typer.BadParameter("Give either EVENT.json, or --sample alone.")
    with reported(as_json=as_json):
        if event is None:
            from cli.explain.sample import write  # noqa: PLC0415

            raise typer.Exit(write(as_json=as_json))
        from cli.explain.run import run  # noqa: PLC0415

        raise typer.Exit(run(event, config, facts, as_json=as_json))
