"""The trusted principals, as IAM knows them."""

from __future__ import annotations

from cli.aws import DeniedError
from cli.doctor.probe import Probe, RefusedError
from cli.exits import TroubleError
from cli.validate.principals import Lookup, look_up


def principals(probe: Probe) -> tuple[Lookup, ...]:
    """Look each one up. Raises RefusedError."""
    try:
        return look_up(probe.config, probe.aws)
    except DeniedError as denied:
        raise RefusedError(
            "iam:GetRole and iam:GetUser", "AccessDenied", str(denied).splitlines()[0]
        ) from denied
    except TroubleError as trouble:
        raise RefusedError("iam:GetRole", "Trouble", str(trouble).splitlines()[0]) from trouble
