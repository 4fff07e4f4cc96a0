"""`rootguard`, the operator's command, and its verbs.

Each verb has a folder of its own: its options in `verb.py` or `verbs.py`, what it does in `run.py`, its view
in `look.py`. Nothing is imported here that a verb does not need at once, so that help is there at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.doctor import verb as doctor
from cli.drill import verb as drill
from cli.exception import verbs as exception
from cli.exits import Verbs
from cli.explain import verb as explain
from cli.incident import verbs as incident
from cli.init import verb as init
from cli.isolation import verbs as isolation
from cli.page import verb as page
from cli.plan import verb as plan
from cli.prevention import verbs as prevention
from cli.preview import verb as preview
from cli.redrive import verb as redrive
from cli.rehearse import verb as rehearse
from cli.signals import end_like_ctrl_c
from cli.simulate import verb as simulate
from cli.status import verb as status
from cli.streams import make_ready
from cli.validate import verb as validate

app = typer.Typer(
    name="rootguard",
    cls=Verbs,
    help="Rootguard detaches the policy that would lock an AWS Organization out of its own accounts.\n\n"
    "Its verbs write and check the protection policy, explain and simulate what the guard does, rehearse the "
    "incident on a local AWS, show pages and who gets them, what is broken, the story of an incident, and "
    "who can attach a policy to Root. Only exception, isolate, release, page, rehearse and redrive change "
    "anything in AWS.",
    epilog="Exit codes: 0 fine, 1 a finding, 2 bad input, 3 AWS refused.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for single in (
    init,
    validate,
    explain,
    plan,
    drill,
    simulate,
    preview,
    page,
    rehearse,
    redrive,
    status,
    doctor,
):
    app.add_typer(single.app)
for several in (isolation, exception, incident, prevention):
    app.add_typer(several.app)


def _show_version(wanted: bool) -> None:
    if wanted:
        import tomllib  # noqa: PLC0415 - help does without

        # The command runs in its checkout, whose own word counts: what is installed may be older.
        project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
        typer.echo(f"rootguard {project['version']}")
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Take the options that stand before a verb."""


def main() -> None:
    """Run the command: the console script's entry."""
    end_like_ctrl_c()
    make_ready()
    app()
