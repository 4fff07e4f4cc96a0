"""`rootguard redrive`: show the dead letters, ask, deliver each again, delete those that succeeded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import typer

from cli import output
from cli.aws import Aws
from cli.exits import ExitCode, TroubleError, bad_input
from cli.redrive.letter import Letter
from cli.redrive.look import end, result_line, show
from cli.redrive.queues import FailedError, Queues
from cli.redrive.result import Result


def run(queue: str, *, yes: bool, as_json: bool) -> ExitCode:
    """Do all of it, print it, and return the exit code. Raises TroubleError."""
    queues, console = Queues(Aws(), queue), output.stdout()
    found = queues.take()
    results: dict[str, Result] = {}
    with _given_back(queues, found.letters, results):
        if not as_json:
            show(found, console)
        if found.letters and (yes or (not as_json and _agreed(len(found.letters)))):
            for number, letter in enumerate(found.letters, start=1):
                result = results[letter.id] = _delivered(queues, letter)
                if not as_json:
                    console.print(result_line(number, result), soft_wrap=True)
    left = [letter for letter in found.letters if not _is_done(letter, results)]
    if as_json:
        waiting = Result("waiting")
        letters = [results.get(letter.id, waiting).as_json(letter) for letter in found.letters]
        output.write_json({"dead_letters": letters, "hidden": found.hidden, "more": found.more})
    elif found.letters:
        console.print(end(len(found.letters) - len(left), len(left)))
    return ExitCode.FINDING if left or found.hidden or found.more else ExitCode.FINE


def _delivered(queues: Queues, letter: Letter) -> Result:
    try:
        came_of_it = queues.deliver(letter)
    except FailedError as failed:
        return Result("failed", str(failed))
    queues.delete(letter)
    return Result("done", came_of_it)


def _agreed(count: int) -> bool:
    try:
        return typer.confirm(f"Deliver {count} again?" if count > 1 else "Deliver it again?", err=True)
    except typer.Abort as gone:
        raise bad_input("Nobody answered, so nothing was delivered. Add --yes to be asked nothing.") from gone


@contextmanager
def _given_back(queues: Queues, letters: tuple[Letter, ...], results: dict[str, Result]) -> Iterator[None]:
    """Give back in the end what was not delivered, whatever the end is."""

    def give_back() -> None:
        queues.give_back(letter for letter in letters if not _is_done(letter, results))

    try:
        yield
    except BaseException:
        # What went wrong first is what people have to know. SQS shows the letters again by itself.
        with suppress(TroubleError):
            give_back()
        raise
    give_back()


def _is_done(letter: Letter, results: Mapping[str, Result]) -> bool:
    return letter.id in results and results[letter.id].is_done
