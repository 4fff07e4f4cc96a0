"""`rootguard isolated`: list the accounts in quarantine."""

from __future__ import annotations

from cli import output
from cli.aws import Aws
from cli.exits import ExitCode
from cli.isolation.function import Isolator, request_for
from cli.isolation.look import show_list


def run(*, as_json: bool) -> ExitCode:
    """Print them, and return the exit code. Raises TroubleError."""
    answer = Isolator(Aws()).ask(request_for("list"))
    if as_json:
        output.write_json(answer)
    else:
        show_list(answer, output.stdout())
    return ExitCode.FINDING if answer["accounts"] else ExitCode.FINE
