"""`rootguard plan`: what the next sweep would find and do, from the organization as it is now.

The function's own sweep looks, compares and decides, and stops before it writes anything.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cli import output
from cli.exits import ExitCode
from cli.inputs import read_config
from cli.plan.findings import Findings
from cli.plan.live import findings_of
from cli.plan.look import show
from cli.progress import steps


def run(config: Path, *, as_json: bool) -> ExitCode:
    """Look, print, and return the exit code. Raises TroubleError."""
    wanted = read_config(config)
    with steps(output.stderr()) as begin:
        begin("Look at the organization, and compare it with what was accepted")
        findings = findings_of(wanted)
    report(findings, as_json=as_json)
    return ExitCode.FINDING if findings.found else ExitCode.FINE


def report(findings: Findings, *, as_json: bool) -> None:
    """Print what was found."""
    if as_json:
        output.write_json(findings.as_json())
    else:
        show(findings, datetime.now(UTC), output.stdout())
