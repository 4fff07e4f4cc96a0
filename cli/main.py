"""`rootguard`, the operator's command: its verbs, their options and what their help says.

Nothing is imported here that a verb does not need at once, so that help is there at once; each verb
lives in a module of its own, which returns the exit code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import exception_verbs, incident_verbs
from cli.exits import Verbs, told
from cli.streams import make_ready

app = typer.Typer(
    name="rootguard",
    cls=Verbs,
    help="Rootguard detaches the policy that would lock an AWS Organization out of its own accounts.\n\n"
    "This command checks the protection policy, explains what the guard would do with an event, "
    "rehearses the incident on a local AWS, simulates years of them, shows what pages look like, tells the "
    "story of an incident, and grants exceptions. Nothing else of it writes to AWS.",
    epilog="Exit codes: 0 fine, 1 a finding, 2 bad input, 3 AWS refused.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", metavar="FILE", help="The protection policy.", show_default=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document, and nothing else.")]

_CONFIG = Path("guardrail.yaml")


@app.command(epilog="Exit codes: 0 valid, 1 the file has problems, 2 it cannot be read.")
def validate(config: ConfigOption = _CONFIG, as_json: JsonOption = False) -> None:
    """Check guardrail.yaml and show what it protects.

    Every problem is shown at once, each with its line, what is wrong and what would be right.
    """
    with told(as_json=as_json):
        from cli.validate import run  # noqa: PLC0415

        raise typer.Exit(run(config, as_json=as_json))


@app.command(
    epilog="Exit codes: 0 allow or ignore, 1 alert or revert, 2 a file that cannot be used, 3 AWS refused."
)
def explain(
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT.json",
            help="One CloudTrail record, bare, alone in a log file, or as EventBridge delivers it; "
            "- for stdin.",
        ),
    ],
    config: ConfigOption = _CONFIG,
    facts: Annotated[
        Path | None,
        typer.Option(
            metavar="FACTS.json",
            help="What is known of the organization. Without it, AWS and the deployed stack's ledger are "
            "asked; with it, neither.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the guard would do with a record, by which of its eight rules, and why.

    It decides with the code that runs in the function, and writes nothing.
    """
    with told(as_json=as_json):
        from cli.explain import run  # noqa: PLC0415

        raise typer.Exit(run(event, config, facts, as_json=as_json))


@app.command(
    epilog="Exit codes: 0 Root ended clean and the page arrived, 1 it did not, 2 no such drill, "
    "3 the local AWS did not play along."
)
def drill(
    scenario: Annotated[
        str, typer.Option("--scenario", "-s", metavar="NAME", help="Which incident to rehearse.")
    ] = "deny-all-on-root",
    list_them: Annotated[bool, typer.Option("--list", help="List the incidents and stop.")] = False,
    all_of_them: Annotated[bool, typer.Option("--all", help="Rehearse every incident.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Rehearse an incident against the real stack, deployed to a local AWS.

    Needs no AWS account. What it starts, it stops, also on Ctrl-C.
    """
    with told(as_json=as_json):
        from cli.drill import list_all, run, run_all  # noqa: PLC0415

        if list_them:
            raise typer.Exit(list_all(as_json=as_json))
        raise typer.Exit(run_all(as_json=as_json) if all_of_them else run(scenario, as_json=as_json))


@app.command(
    epilog="Exit codes: 0 shown, 1 no incident of that id, 2 input that cannot be used, 3 AWS refused."
)
def preview(
    incident: Annotated[
        str,
        typer.Argument(
            metavar="INCIDENT.json|ID", help="An incident's JSON, or its CloudTrail event's id; - for stdin."
        ),
    ] = "sample",
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Only this page: undone, not-undone, clean …; without it, all."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the pages side by side to an HTML file.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the pages of an incident as e-mail, SMS, Slack and PagerDuty bring them.

    Without an incident, a made-up one. Nothing is sent, and without an ID, AWS is not asked.
    """
    with told(as_json=as_json):
        from cli.preview import run  # noqa: PLC0415

        raise typer.Exit(run(incident, kind, html, as_json=as_json))


@app.command(
    epilog="Exit codes: 0 all is as it must be, 1 something is not, 2 a history that cannot be used."
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
    with told(as_json=as_json):
        from cli.simulate import run  # noqa: PLC0415

        raise typer.Exit(run([*(history or ()), *(more or ())], seeds, start, out, as_json=as_json))


app.add_typer(exception_verbs.app)
app.add_typer(incident_verbs.app)


def main() -> None:
    """Run the command: the console script's entry."""
    make_ready()
    app()
