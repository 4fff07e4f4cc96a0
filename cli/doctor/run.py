"""`rootguard doctor`: look at everything that Rootguard needs, and print what is not well. Writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cli import output
from cli.aws import Aws
from cli.doctor.checks import CHECKS
from cli.doctor.examine import examine
from cli.doctor.finding import Level
from cli.doctor.look import show
from cli.doctor.permissions import policy
from cli.doctor.probe import Probe
from cli.exits import ExitCode, bad_input
from cli.progress import steps
from stacks.config import ConfigError, Reading, read
from stacks.names import ORGANIZATIONS_REGIONS, partition_of


def run(config: Path, *, before: bool, as_json: bool) -> ExitCode:
    """Look, print, and return the exit code. Raises TroubleError."""
    aws = Aws()
    probe = Probe(aws, _reading(config, partition_of(aws.region)), datetime.now(UTC))
    # Whoever is not signed in is told so before anything is looked at.
    aws.account()
    with steps(output.stderr()) as begin:
        begin("Look at the account, the organization and the stack")
        examination = examine(probe, CHECKS, before=before)
    if as_json:
        output.write_json(examination.as_json())
    else:
        show(examination, output.stdout())
    return ExitCode.FINDING if examination.count(Level.BROKEN) else ExitCode.FINE


def print_permissions(config: Path) -> ExitCode:
    """Print the IAM policy that it needs. Asks AWS nothing. Raises TroubleError."""
    region = Aws().region
    partition = partition_of(region) or next(iter(ORGANIZATIONS_REGIONS))
    output.write_json(policy(CHECKS, _reading(config, partition).config, partition, region))
    return ExitCode.FINE


def _reading(config: Path, partition: str | None) -> Reading:
    try:
        return read(config, partition)
    except ConfigError as error:
        raise bad_input(str(error)) from error
