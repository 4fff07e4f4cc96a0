"""The function that moves accounts, as the operator asks it: found by the stack's output, and invoked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.aws import Aws
from cli.exits import ExitCode, TroubleError, bad_input
from cli.functions import DeployedFunction
from cli.isolation.signing import signed
from rootguard.isolation.request import RequestError, read_request
from stacks.names import ISOLATION_OUTPUT, STACK

_MAY: Final = (
    "Use a role of the management account with the managed policy RootguardIsolator, "
    "which allows lambda:InvokeFunction on it"
)
_ADVICE: Final = "Run the same command again: it goes on where this one ended. The function's log says more."


def request_for(
    verb: str,
    accounts: Sequence[str] = (),
    reason: str = "",
    destination: str | None = None,
) -> dict[str, Any]:
    """Return a dry run of what is asked for. One that is named twice is meant so. Raises TroubleError."""
    request = {
        "verb": verb,
        "accounts": list(dict.fromkeys(accounts)),
        "reason": reason,
        "dry_run": True,
        "twice": sorted({each for each in accounts if accounts.count(each) > 1}),
        "destination": destination,
    }
    try:
        read_request(request)
    except RequestError as error:
        raise bad_input(str(error)) from error
    return request


class Isolator:
    """The deployed function. Methods raise TroubleError for what AWS or the function refuses."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        outputs = aws.deployed()
        if ISOLATION_OUTPUT not in outputs:
            raise TroubleError(
                ExitCode.AWS_REFUSED,
                f"The stack {STACK} has no quarantine OU, so no account can be isolated.\n"
                "Write `quarantine:` into guardrail.yaml, and deploy it with `make deploy`.",
            )
        self._function = DeployedFunction(aws, outputs[ISOLATION_OUTPUT], fix=_MAY, advice=_ADVICE)

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the function's answer, as `rootguard.isolation.desk.Desk.answer` has it."""
        said = self._function.invoke(signed(request, self._aws.credentials(), self._aws.region))
        if "error" in said:
            raise TroubleError(ExitCode.AWS_REFUSED, str(said["error"]))
        return said
