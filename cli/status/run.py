"""`rootguard status`: look at what on-call asks first, and print it on one screen. Writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cli import output
from cli.aws import Aws
from cli.doctor.finding import Level
from cli.doctor.probe import Probe
from cli.exits import ExitCode, bad_input
from cli.status.look import show
from cli.status.row import WORST_FIRST, look
from cli.status.rows import ROWS
from stacks.config import ConfigError, read
from stacks.names import partition_of


def run(config: Path, *, as_json: bool) -> ExitCode:
    """Look, print, and return the exit code. Raises TroubleError."""
    aws = Aws()
    try:
        reading = read(config, partition_of(aws.region))
    except ConfigError as error:
        raise bad_input(str(error)) from error
    # Where nothing is deployed, there is nothing to show.
    aws.deployed()
    at, account = datetime.now(UTC), aws.account()
    seen = look(Probe(aws, reading, at), ROWS)
    if as_json:
        worst = min((row.level for row in seen), key=WORST_FIRST.index)
        place = {"account": account, "region": aws.region, "at": at.isoformat(), "level": worst}
        output.write_json(place | {row.key: row.as_json() for row in seen})
    else:
        show(seen, f"{account}, {aws.region}", at, output.stdout())
    return ExitCode.FINE if all(row.level is Level.OK for row in seen) else ExitCode.FINDING
