"""`rootguard isolate` and `release`: look, show, ask for the ids again, move, and show what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import typer

from cli import output
from cli.aws import Aws
from cli.exits import ExitCode, bad_input
from cli.isolation.function import Isolator
from cli.isolation.look import show_done, show_plan
from cli.progress import steps

_LEFT: Final = frozenset({"refused", "failed", "not-begun"})
_WORKING: Final = {"isolate": "isolating", "release": "releasing"}


def run(asked: Mapping[str, Any], *, dry_run: bool, yes: bool, as_json: bool) -> ExitCode:
    """Do all of it, print it, and return the exit code. Raises TroubleError.

    Args:
        asked: a dry run of what is asked for, by `function.request_for`.
        dry_run: look only.
        yes: do not ask for the ids again.
        as_json: print the function's last answer, and nothing else.
    """
    verb = asked["verb"]
    isolator, many = Isolator(Aws()), _many(len(asked["accounts"]))
    with steps(output.stderr()) as begin:
        begin(f"looking at {many}")
        seen = isolator.ask(asked)
    if not as_json:
        show_plan(seen, output.stdout())
    only_looked = seen["refused"] or dry_run or (as_json and not yes)
    if only_looked:
        if as_json:
            output.write_json(seen)
        return ExitCode.FINDING if seen["refused"] or not dry_run else ExitCode.FINE
    if not yes:
        _agreed(verb, asked["accounts"])
    with steps(output.stderr()) as begin:
        begin(f"{_WORKING[verb]} {many}")
        done = isolator.ask({**asked, "dry_run": False})
    if as_json:
        output.write_json(done)
    else:
        show_done(done, output.stdout())
    return ExitCode.FINE if _is_done(done) else ExitCode.FINDING


def _is_done(answer: Mapping[str, Any]) -> bool:
    left = any(account["outcome"] in _LEFT for account in answer["accounts"])
    return not left and answer["paged"] is not False


def _agreed(verb: str, accounts: Sequence[str]) -> None:
    """Ask for the ids again. Raises TroubleError if they are others, or if nobody answers."""
    try:
        typed = typer.prompt(f"Type the ids again to {verb} {_many(len(accounts))}", err=True)
    except typer.Abort as gone:
        raise bad_input(
            "Nobody answered, so nothing was moved. With --yes, the command does not ask."
        ) from gone
    if set(re.findall(r"[^\s,]+", typed)) != set(accounts):
        raise bad_input("These are not the same ids, so nothing was moved. Run the command again.")


def _many(count: int) -> str:
    return "1 account" if count == 1 else f"{count} accounts"
