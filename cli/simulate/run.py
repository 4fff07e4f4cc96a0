"""What `rootguard simulate` does: histories and seeds on an AWS in memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cli.exits import ExitCode, TroubleError


def run(histories: Sequence[Path], seeds: int | None, start: int, folder: Path, *, as_json: bool) -> ExitCode:
    """Carry out what was asked for, and return the exit code. Raises TroubleError."""
    if bool(histories) == (seeds is not None):
        raise TroubleError(
            ExitCode.BAD_INPUT, "Say what to simulate: --history with files, or --seeds with a number."
        )
    _fix_the_order_of_hashes()
    if seeds is not None:
        from cli.simulate import seeds as of_seeds  # noqa: PLC0415

        return of_seeds.run(seeds, start, folder, as_json=as_json)
    from cli.simulate import histories as of_histories  # noqa: PLC0415

    return of_histories.run(histories, as_json=as_json)


def _fix_the_order_of_hashes() -> None:
    """Begin anew with one order of hashes: what goes through a set goes the same way on every run."""
    path = Path(sys.argv[0])
    is_the_command = path.name == "rootguard" or (path.parent.name, path.name) == ("rootguard", "__main__.py")
    if is_the_command and "PYTHONHASHSEED" not in os.environ:
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - this very command
