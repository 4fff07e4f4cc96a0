"""`rootguard validate`: is guardrail.yaml right, and what does it do?"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from cli import output
from cli.exits import ExitCode, bad_input
from cli.validate.answer import Answer
from stacks.config import ConfigError, Problem, Reading, read
from stacks.config_source import MAX_BYTES
from stacks.names import ORGANIZATIONS_REGIONS, RegionError, partition_of

if TYPE_CHECKING:
    from cli.validate.principals import Lookup

_STDIN: Final = "-"


def run(path: Path, *, region: str | None, live: bool, permissions: bool, as_json: bool) -> ExitCode:
    """Check, print, and return the exit code: problems are the finding that was asked for.

    Raises:
        TroubleError: the region is none where Rootguard works, or AWS refuses.
    """
    region = region or ORGANIZATIONS_REGIONS["aws"]
    partition = partition_of(region)
    if partition is None:
        raise bad_input(str(RegionError(region)))
    is_stdin = str(path) == _STDIN
    name = "stdin" if is_stdin else str(path)
    content = sys.stdin.buffer.read(MAX_BYTES + 1) if is_stdin else None
    try:
        reading = read(Path(name), partition, content)
    except ConfigError as error:
        if as_json:
            output.write_json(invalid(name, error.errors))
        else:
            typer.echo(_told(error.errors), err=True)
        return ExitCode.FINDING if is_stdin or _is_readable(path) else ExitCode.BAD_INPUT
    answer = Answer(
        name,
        reading,
        _lookups(reading) if live else None,
        _permissions(reading, region) if permissions else None,
    )
    if as_json:
        output.write_json(answer.as_json())
    else:
        from cli.validate.look import show  # noqa: PLC0415

        show(answer, output.stdout())
    return ExitCode.FINDING if any(lookup.trouble for lookup in answer.lookups or ()) else ExitCode.FINE


def _lookups(reading: Reading) -> tuple[Lookup, ...]:
    from cli.aws import Aws  # noqa: PLC0415 - boto3 is slow to load
    from cli.validate.principals import look_up  # noqa: PLC0415

    return look_up(reading.config, Aws())


def _permissions(reading: Reading, region: str) -> dict[str, list[dict[str, Any]]]:
    from cli.validate.permissions import statements  # noqa: PLC0415 - the CDK is slow to load, and needs Node

    return statements(reading.config, region)


def invalid(name: str, problems: tuple[Problem, ...]) -> dict[str, Any]:
    """Return the JSON answer for a file with problems. `line` counts from 1, or is null."""
    return {
        "valid": False,
        "config": name,
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
