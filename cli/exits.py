"""How the command ends: its exit codes, and the one place where trouble is told to people."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import typer


class ExitCode(IntEnum):
    """What the command's end tells a script."""

    FINE = 0
    FINDING = 1
    BAD_INPUT = 2
    AWS_REFUSED = 3
    INTERRUPTED = 130
    """128 + SIGINT, as shells have it."""
    BROKEN_PIPE = 141
    """128 + SIGPIPE: who read the output has had enough."""


class TroubleError(Exception):
    """Something that a person has to mend. The message says what, where and how, a line each."""

    def __init__(self, exit_code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@contextmanager
def told() -> Iterator[None]:
    """Turn trouble into words on stderr and an exit code."""
    try:
        yield
        sys.stdout.flush()
    except TroubleError as trouble:
        _say(str(trouble))
        raise typer.Exit(trouble.exit_code) from trouble
    except ModuleNotFoundError as missing:
        _say(f"{missing.name} is not installed. Install it: pip install -r requirements-dev.txt")
        raise typer.Exit(ExitCode.BAD_INPUT) from missing
    except KeyboardInterrupt as interrupt:
        _say("Interrupted.")
        raise typer.Exit(ExitCode.INTERRUPTED) from interrupt
    except BrokenPipeError as gone:
        _drop_what_is_buffered()
        raise typer.Exit(ExitCode.BROKEN_PIPE) from gone
    except OSError as refused:
        _drop_what_is_buffered()
        _say(f"The operating system refused: {refused}.")
        raise typer.Exit(ExitCode.BAD_INPUT) from refused


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _drop_what_is_buffered() -> None:
    # It would fail once more, with a complaint, when the interpreter flushes it at the end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
