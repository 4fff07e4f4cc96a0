"""These tests see a terminal of 80 columns, whatever the real one has: most run once in a wide one."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
# Those that start a local AWS or other commands take long. They print through the same console.
STARTING = ("LocalAws", "tests.cli.deployed", "subprocess", " process(")
TESTS = sorted(HERE.glob("test_*.py"))
FAST = [str(path) for path in TESTS if not any(word in path.read_text("utf-8") for word in STARTING)]
# What else makes a terminal of a test's output, or another one.
OTHERS = ("COLUMNS", "LINES", "TERMINAL_WIDTH", "FORCE_COLOR", "NO_COLOR", "GITHUB_ACTIONS", "PY_COLORS")
WORKER = "PYTEST_"


def test_in_a_wide_terminal_they_see_80_columns_all_the_same() -> None:
    leader, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    outside = {
        name: value
        for name, value in os.environ.items()
        if name not in OTHERS and not name.startswith(WORKER)
    }
    # In a worker, as with `make test`: pytest leaves the terminal to it as its standard error.
    options = ("-q", "--numprocesses=1", "-p", "no:cacheprovider")
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, *FAST],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=outside | {"TERM": "xterm-256color"},
    ) as run:
        os.close(terminal)
        shown = b""
        with suppress(OSError):  # how a terminal of Linux ends
            while chunk := os.read(leader, 65_536):
                shown += chunk
        os.close(leader)
    assert len(FAST) > len(TESTS) / 2
    assert run.returncode == 0, shown.decode(errors="replace")
    assert b" passed" in shown
