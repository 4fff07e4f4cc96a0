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
# These start a local AWS or other commands, and take long. They print through the same console.
SLOW = {
    "test_command.py",
    "test_exception.py",
    "test_exception_ends.py",
    "test_doctor.py",
    "test_explain_aws.py",
    "test_explain_ledger.py",
    "test_incident.py",
    "test_init_live.py",
    "test_pictures.py",
    "test_plan_live.py",
    "test_redrive.py",
    "test_status.py",
    "test_validate_live.py",
}
FAST = sorted(str(path) for path in HERE.glob("test_*.py") if path.name not in {*SLOW, Path(__file__).name})
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
    assert len(FAST) > len(SLOW)
    assert run.returncode == 0, shown.decode(errors="replace")
    assert b" passed" in shown
