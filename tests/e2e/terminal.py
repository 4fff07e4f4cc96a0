"""A person at a terminal: commands run as typed, and each question that one asks gets its answer."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_CHUNK = 4096
_PATIENCE_SECONDS = 180.0
"""Longer than any step shows nothing. A question that nobody answers would otherwise last for ever."""


class SilentError(AssertionError):
    """A command shows nothing more, and does not end: it may have asked what nobody answers."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended: its exit code, what was on the screen, which questions were answered."""

    code: int
    screen: str
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terminal:
    """A shell in a folder.

    Attributes:
        folder: where the commands run.
        environment: all that they know of this machine.
        answers: what to type, by the end of the question.
    """

    folder: Path
    environment: Mapping[str, str]
    answers: Mapping[str, str] = field(default_factory=dict)

    def run(self, command: str) -> Ended:
        """Run a command line to its end. Whatever it started ends with it."""
        ours, theirs = pty.openpty()
        try:
            shell = subprocess.Popen(
                ["bash", "-c", command],  # noqa: S607 - the reader's own
                cwd=self.folder,
                env=dict(self.environment),
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            )
            os.close(theirs)
            try:
                screen, asked = self._watch(ours)
                return Ended(shell.wait(), screen, asked)
            finally:
                with suppress(ProcessLookupError):  # the usual case: nobody is left
                    os.killpg(shell.pid, signal.SIGKILL)
                shell.wait()
        finally:
            os.close(ours)

    def _watch(self, terminal: int) -> tuple[str, tuple[str, ...]]:
        """Read what is shown, and answer what is asked, until nobody is left who could show anything."""
        shown, asked, answered = b"", [], 0
        while True:
            if not select.select([terminal], [], [], _PATIENCE_SECONDS)[0]:
                raise SilentError(f"nothing more is shown, and nothing ends:\n{_plain(shown)}")
            if not (chunk := _read(terminal)):
                return _plain(shown), tuple(asked)
            shown += chunk
            new = _plain(shown[answered:])
            for question, answer in self.answers.items():
                if new.rstrip().endswith(question):
                    asked.append(new.rstrip().splitlines()[-1])
                    answered = len(shown)
                    os.write(terminal, f"{answer}\n".encode())


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, _CHUNK)
    except OSError:  # as Linux ends a terminal that nobody holds any more
        return b""


def _plain(shown: bytes) -> str:
    return _COLOURS.sub("", shown.decode(errors="replace")).replace("\r\n", "\n")
