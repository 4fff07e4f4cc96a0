"""`rootguard simulate --seeds N`: run many seeds, judge each, and write a small history for what breaks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cli import output
from cli.exits import ExitCode, TroubleError
from cli.simulate.seeds_view import bar, show
from simulation.campaign import Report, Reproduced, run_seeds

FOLDER: Final = Path("broken-seeds")
"""Where the histories go that reproduce what broke."""


def run(seeds: int, start: int, folder: Path, *, as_json: bool) -> ExitCode:
    """Run the seeds, print what came of them, and return the exit code. Raises TroubleError."""
    if seeds < 1 or start < 0:
        raise TroubleError(
            ExitCode.BAD_INPUT, f"--seeds {seeds} --start {start}: give 1 seed at least, from 0 on."
        )
    with bar(output.stderr(), seeds) as progress:
        report = run_seeds(start, seeds, jobs=_cores(), progress=progress)
    files = [_write(reproduced, folder) for reproduced in report.broken]
    if as_json:
        output.write_json(_as_json(report, files))
    else:
        show(report, files, start, output.stdout())
    return ExitCode.FINDING if report.broken else ExitCode.FINE


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _write(reproduced: Reproduced, folder: Path) -> Path:
    """Write the file that reproduces a break; return its path. Raises TroubleError."""
    broken = reproduced.broken
    path = folder / f"{broken.invariant}-{broken.seed}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TroubleError(ExitCode.BAD_INPUT, f"{folder}: cannot be made: {error.strerror}.") from error
    output.write_file(path, reproduced.text)
    return path


def _as_json(report: Report, files: list[Path]) -> dict[str, object]:
    return {
        "seeds": report.seeds,
        "clean": report.clean,
        "broken": [
            {
                "seed": reproduced.broken.seed,
                "invariant": reproduced.broken.invariant,
                "at": reproduced.broken.at,
                "what": reproduced.broken.what,
                "history": reproduced.text,
                "file": str(path),
            }
            for reproduced, path in zip(report.broken, files, strict=True)
        ],
        "limits": dict(report.limits),
    }
