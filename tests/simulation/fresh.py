"""Seeds that nobody ran before: each run of the tests takes some, from a start that it prints.

The start comes from the clock, or from ROOTGUARD_FRESH_SEEDS, so that a run can be repeated. All processes
of one run share it.
"""

from __future__ import annotations

import os
import time
from typing import Final

import pytest

COUNT: Final = 60
_VARIABLE: Final = "ROOTGUARD_FRESH_SEEDS"
_AFTER_THE_FIXED: Final = 1_000_000


def start() -> int:
    """Return the first fresh seed of this run."""
    return int(os.environ.setdefault(_VARIABLE, str(_AFTER_THE_FIXED + int(time.time()) % 1_000_000_000)))


def pytest_configure() -> None:
    """Settle the start before other processes of this run begin: they take over the environment."""
    start()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how to run the same fresh seeds again."""
    command = f"rootguard simulate --seeds {COUNT} --start {start()}"
    terminalreporter.write_line(f"fresh seeds: {start()} to {start() + COUNT - 1}; again: {command}")
