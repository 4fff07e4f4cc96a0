"""What the CDK needs in the account, and the stack's own state."""

from __future__ import annotations

from cli.doctor.probe import Probe, RefusedError, Stack

BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
"""The parameter in which `cdk bootstrap` keeps its version ("Bootstrapping", AWS CDK Developer Guide)."""


def bootstrap(probe: Probe) -> int | None:
    """Read the version of the CDK's bootstrap stack; None if the account and Region have none."""
    try:
        return int(probe.ask("ssm", "GetParameter", Name=BOOTSTRAP)["Parameter"]["Value"])
    except RefusedError as refused:
        if refused.code == "ParameterNotFound":
            return None
        raise


def stack(probe: Probe) -> Stack | None:
    """Read the stack; None if there is none."""
    return probe.stack
