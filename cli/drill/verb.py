"""The verb `rootguard drill`: its options and what its help says."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from cli.exits import bad_input, reported
from cli.helped import Verb
from cli.options import JsonOption

app = typer.Typer()

_FIRST: Final = "deny-all-on-root"


@app.command(
    cls=Verb,
    epilog="Exit codes: 0 Root ended clean and the page arrived, 1 it did not, 2 no such drill, "
    "3 the local AWS did not play along.",
)
def drill(  # noqa: PLR0913, PLR0917 - typer: one parameter an option
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario", "-s", metavar="NAME", help=f"Which incident to rehearse; without it, {_FIRST}."
        ),
    ] = None,
    list_them: Annotated[bool, typer.Option("--list", help="List the incidents and stop.")] = False,
    all_of_them: Annotated[bool, typer.Option("--all", help="Rehearse every incident.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the local AWS afterwards, to try other verbs on it.")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the local AWS that is kept.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Rehearse an incident against the real stack, deployed to a local AWS.

    Needs no AWS account. What it starts, it stops, also on Ctrl-C and SIGTERM.
    """
    with reported(as_json=as_json):
        asked = {
            "--scenario": scenario is not None and not keep,
            "--list": list_them,
            "--all": all_of_them,
            "--keep": keep,
            "--stop": stop,
        }
        if sum(asked.values()) > 1:
            named = " and ".join(option for option, given in asked.items() if given)
            raise bad_input(f"{named} exclude each other: give one of them.")
        from cli.drill.run import keep_running, list_all, run, run_all, stop_kept  # noqa: PLC0415

        if list_them:
            raise typer.Exit(list_all(as_json=as_json))
        if all_of_them:
            raise typer.Exit(run_all(as_json=as_json))
        if stop:
            raise typer.Exit(stop_kept())
        if keep:
            raise typer.Exit(keep_running(scenario or _FIRST))
        raise typer.Exit(run(scenario or _FIRST, as_json=as_json))
