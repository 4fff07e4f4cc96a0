"""A drill that is told to end in the middle of its deployment: nothing that it started or made stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.drill.workload import eventually

REPOSITORY = Path(__file__).parents[2]
# A shell that starts the tests in the background has SIGINT ignored, and nohup SIGHUP.
COMMAND = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "signal.signal(signal.SIGHUP, signal.SIG_DFL); "
    "from cli.main import main; main()"
)


def processes_that_name(folder: Path) -> list[str]:
    """The command lines of this machine that have the folder in them, as those of the CDK's commands do."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True)  # noqa: S607
    return [line for line in listed.stdout.splitlines() if str(folder) in line]


@pytest.mark.parametrize(
    ("number", "exit_code", "said"),
    [
        (signal.SIGINT, 130, "Interrupted."),
        (signal.SIGTERM, 143, "Terminated."),
        (signal.SIGHUP, 129, "Hung up."),
    ],
)
def test_nothing_stays_behind(tmp_path: Path, number: signal.Signals, exit_code: int, said: str) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, "drill"],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as drill:
        assert eventually(lambda: any("cdk" in line for line in processes_that_name(tmp_path)))
        drill.send_signal(number)
        _, stderr = drill.communicate(timeout=60)
    assert (drill.returncode, stderr.splitlines()[-1]) == (exit_code, said)
    assert processes_that_name(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
