"""`rootguard prevention audit`: read the account's users and roles, judge them, print. Writes nothing."""

from __future__ import annotations

from pathlib import Path

from cli import output
from cli.aws import Aws
from cli.exits import ExitCode
from cli.inputs import read_config
from cli.prevention.audit.answer import Audit
from cli.prevention.audit.live import audit_of
from cli.prevention.audit.look import show
from cli.progress import steps
from rootguard.domain.guardrail import ROOT
from stacks.config import GuardrailConfig


def run(config: Path, *, as_json: bool) -> ExitCode:
    """Audit, print, and return the exit code. Raises TroubleError."""
    trusted = trusted_on_root(read_config(config))
    with steps(output.stderr()) as begin:
        begin("Read the account's users and roles, and judge what they may do to Root")
        audit = audit_of(Aws(), trusted)
    report(audit, as_json=as_json)
    return ExitCode.FINDING if audit.unexpected or audit.reaching else ExitCode.FINE


def report(audit: Audit, *, as_json: bool) -> None:
    """Print what was found."""
    if as_json:
        output.write_json(audit.as_json())
    else:
        show(audit, output.stdout())


def trusted_on_root(config: GuardrailConfig) -> frozenset[str]:
    """Return the ARNs whose changes of Root guardrail.yaml accepts."""
    protecting = (entry for entry in config.protections if ROOT in entry.targets)
    return frozenset(arn for entry in protecting for arn in config.trusted_in(entry))
