"""What goes where: a JSON document or a person's view on stdout, progress on stderr."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO, cast

from rich.console import Console
from rich.text import Text

from cli.exits import ExitCode, TroubleError
from rootguard.notify.phrases import clean

_PADDING: Final = re.compile(r" +$", re.MULTILINE)


class _PipeConsole(Console):
    """A console that leaves a closed pipe to `exits.reported`, as every other trouble."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


class _Unpadded:
    """A file or a pipe, in which the spaces with which a table fills its lines are only in the way."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(_PADDING.sub("", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def stdout() -> Console:
    """Return the console for a verb's answer; no markup, so that names are shown as they are."""
    file = sys.stdout if sys.stdout.isatty() else cast("TextIO", _Unpadded(sys.stdout))
    return _PipeConsole(file=file, markup=False, highlight=False)


def stderr() -> Console:
    """Return the console for progress."""
    return _PipeConsole(file=sys.stderr, markup=False, highlight=False)


def write_json(document: dict[str, Any]) -> None:
    """Write the one document. ASCII only, so that every terminal and every reader can take it."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def write_text(text: str) -> None:
    """Write text as it is."""
    sys.stdout.write(text)


def write_file(path: Path, text: str) -> None:
    """Write a file for people. Raises TroubleError where it cannot be written."""
    try:
        # Half a character, which JSON can hold, is no text in UTF-8: it becomes a question mark.
        path.write_text(text, "utf-8", errors="replace")
    except OSError as error:
        raise TroubleError(ExitCode.BAD_INPUT, f"{path}: cannot be written: {error.strerror}.") from error


def printable(text: str, style: str = "") -> Text:
    """Return text from a file or from AWS without what could steer the terminal."""
    return Text("\n".join(clean(line) for line in text.splitlines()), style=style)
