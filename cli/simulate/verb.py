"""The verb `rootguard simulate`: its options and what its help says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import reported
from cli.helped import Verb
from cli.options import JsonOption

app = typer.Typer()


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 all is as it must be, 1 something is not, 2 a history that cannot be used.",
)
def simulate(  # noqa: PLR0913, PLR0917 - its options
    history: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE…", help="Carry out these histories, and say what is not as expected."),
    ] = None,
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", hidden=True)] = None,
    seeds: Annotated[
        int | None, typer.Option(metavar="N", help="Make N histories, and judge each by what must be true.")
    ] = None,
    start: Annotated[int, typer.Option(metavar="N", help="The first seed.")] = 0,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the histories go that reproduce what broke.")
    ] = Path("broken-seeds"),
    as_json: JsonOption = False,
) -> None:
    """Run the real functions on an AWS in memory, where an hour takes a fraction of a second.

    A history says what people, AWS and faults do, second by second, and what must hold. docs/simulation.md
    describes the format. Needs no AWS account.
    """
    with reported(as_json=as_json):
        from cli.simulate.run import run  # noqa: PLC0415

        raise typer.Exit(run([*(history or ()), *(more or ())], seeds, start, out, as_json=as_json))
