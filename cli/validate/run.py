"""`rootguard validate`: is guardrail.yaml right, and what does it protect?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from cli import output
from cli.exits import ExitCode
from stacks.config import ConfigError, GuardrailConfig, Problem, load


def run(path: Path, *, as_json: bool) -> ExitCode:
    """Check, print, and return the exit code: problems are the finding that was asked for."""
    try:
        config = load(path)
    except ConfigError as error:
        if as_json:
            output.write_json(invalid(path, error.errors))
        else:
            typer.echo(_told(error.errors), err=True)
        return ExitCode.FINDING if _is_readable(path) else ExitCode.BAD_INPUT
    if as_json:
        output.write_json(valid(path, config))
    else:
        from cli.validate.look import show  # noqa: PLC0415

        show(path, config, output.stdout())
    return ExitCode.FINE


def valid(path: Path, config: GuardrailConfig) -> dict[str, Any]:
    """Return the JSON answer for a file without problems: all of it, with defaults filled in."""
    return {
        "valid": True,
        "config": str(path),
        **config.model_dump(mode="json"),
        "problems": [],
    }


def invalid(path: Path, problems: tuple[Problem, ...]) -> dict[str, Any]:
    """Return the JSON answer for a file with problems. `line` counts from 1, or is null."""
    return {
        "valid": False,
        "config": str(path),
        "problems": [asdict(problem) for problem in problems],
    }


def _told(problems: tuple[Problem, ...]) -> str:
    lines = [str(problem) for problem in problems]
    if len(lines) > 1:
        lines.append(f"{len(lines)} problems.")
    return "\n".join(lines)


def _is_readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False
