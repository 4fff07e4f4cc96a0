"""A record and its facts to start from: the incident of 2023-12-05, for `rootguard explain --sample`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

import typer

from cli import output
from cli.exits import ExitCode, bad_input

NAMES: Final = ("event.json", "facts.json")


def write(*, as_json: bool) -> ExitCode:
    """Write both files into the current folder. Raises TroubleError if one is there already."""
    there = [name for name in NAMES if Path(name).exists()]
    if there:
        raise bad_input(f"{' and '.join(there)}: here already. Rename or remove it, or go to another folder.")
    for name in NAMES:
        output.write_file(Path(name), files(__name__).joinpath(name).read_text("utf-8"))
    if as_json:
        output.write_json({"written": list(NAMES)})
    else:
        typer.echo(
            "Wrote event.json, a CloudTrail record, and facts.json, what is known of its organization.\n"
            "Change them as you like (docs/facts.md), and run:\n\n"
            "  rootguard explain event.json --facts facts.json"
        )
    return ExitCode.FINE
