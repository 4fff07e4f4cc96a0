"""SIGTERM and SIGHUP end the command as Ctrl-C does: what it started is stopped, what it made is removed."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Final

_WORDS: Final = {signal.SIGTERM: "Terminated", signal.SIGHUP: "Hung up"}


class EndedError(KeyboardInterrupt):
    """The command was told to end; the text says by which signal."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(_WORDS[number])
        self.exit_code = 128 + number


def end_like_ctrl_c() -> None:
    """From now on, raise EndedError in the main thread for each of them, once."""
    for number in _WORDS:
        # nohup has SIGHUP ignored, and that must stay so.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _: FrameType | None) -> None:
    # A second one must not interrupt the cleaning up.
    for each in _WORDS:
        signal.signal(each, signal.SIG_IGN)
    raise EndedError(signal.Signals(number))
