"""How the command ends: its exit codes, and the one place where trouble is reported to people."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from typing import Any, NoReturn

import typer

from cli.helped import Group
from cli.signals import EndedError

_JSON = "--json"


class ExitCode(IntEnum):
    """What the command's end tells a script."""

    FINE = 0
    FINDING = 1
    BAD_INPUT = 2
    AWS_REFUSED = 3
    HUNG_UP = 129
    """128 + SIGHUP, as shells have it: the terminal was closed."""
    INTERRUPTED = 130
    """128 + SIGINT."""
    BROKEN_PIPE = 141
    """128 + SIGPIPE: who read the output has had enough."""
    TERMINATED = 143
    """128 + SIGTERM."""


class TroubleError(Exception):
    """Something that a person has to fix. The message says what, where and how, a line each."""

    def __init__(self, exit_code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def bad_input(message: str) -> TroubleError:
    """Return the trouble with what someone wrote or handed over."""
    return TroubleError(ExitCode.BAD_INPUT, message)


@contextmanager
def reported(*, as_json: bool) -> Iterator[None]:
    """Turn trouble into words on stderr and an exit code; with `as_json`, into one JSON document, too."""
    try:
        with _flushed():
            yield
    except TroubleError as trouble:
        _end(str(trouble), trouble.exit_code, trouble, as_json=as_json)
    except ModuleNotFoundError as missing:
        said = f"{missing.name} is not installed. Install it: pip install -r requirements-dev.txt"
        _end(said, ExitCode.BAD_INPUT, missing, as_json=as_json)
    except EndedError as ended:
        _end(f"{ended}.", ExitCode(ended.exit_code), ended, as_json=as_json)
    except KeyboardInterrupt as interrupt:
        _end("Interrupted.", ExitCode.INTERRUPTED, interrupt, as_json=as_json)
    except BrokenPipeError as gone:
        _drop_what_is_buffered()
        raise typer.Exit(ExitCode.BROKEN_PIPE) from gone
    except OSError as refused:
        _end(f"The operating system refused: {refused}.", ExitCode.BAD_INPUT, refused, as_json=as_json)


@contextmanager
def _flushed() -> Iterator[None]:
    """Write out what a verb printed. At the interpreter's end, it would report a failure in its own words."""
    try:
        yield
    except typer.Exit:
        sys.stdout.flush()
        raise
    sys.stdout.flush()


class Verbs(Group):
    """The command with all its verbs, which tells in JSON, too, that it was called wrongly with --json."""

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **others: Any) -> Any:
        """Read the command line."""
        with self._telling(as_json=_JSON in args):
            context = super().make_context(info_name, list(args), *more, **others)
        context.meta[_JSON] = _JSON in args
        return context

    def invoke(self, ctx: Any) -> Any:
        """Run the verb."""
        with self._telling(as_json=ctx.meta[_JSON]):
            return super().invoke(ctx)

    @contextmanager
    def _telling(self, *, as_json: bool) -> Iterator[None]:
        try:
            yield
        except typer.TyperException as wrong:
            # typer itself tells people, and ends the command.
            if as_json:
                _write(wrong.format_message(), wrong.exit_code)
            raise


def _end(said: str, code: ExitCode, why: BaseException, *, as_json: bool) -> NoReturn:
    try:
        if as_json:
            _write(said, code)
        sys.stdout.flush()
    except OSError:
        # It may have been stdout that refused.
        _drop_what_is_buffered()
    with suppress(OSError):  # the terminal may be gone, and then nobody reads it
        typer.echo(said, err=True)
    raise typer.Exit(code) from why


def _write(said: str, code: int) -> None:
    sys.stdout.write(json.dumps({"error": said, "exit_code": int(code)}, indent=2) + "\n")


def _drop_what_is_buffered() -> None:
    # It would fail once more, with a complaint, when the interpreter flushes it at the end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
