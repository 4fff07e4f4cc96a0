"""Invoking a function of the stack, waiting for it, and reading what it answers."""

from __future__ import annotations

import json
from typing import Any, Final

from botocore.config import Config

from cli.aws import Aws
from cli.exits import ExitCode, TroubleError

_LONGEST: Final = 910
"""Lambda runs no function longer than 900 seconds ("Lambda quotas", AWS Lambda Developer Guide)."""


class DeployedFunction:
    """One function, by its name. It is invoked once, and waited for: only then is it known how it ended.

    Args:
        aws: where it is.
        name: what Lambda calls it.
        seconds: how long to wait for its answer.
        fix: what to do if IAM refuses, if it is something special.
        advice: what to do if the function fails.
    """

    def __init__(
        self,
        aws: Aws,
        name: str,
        *,
        seconds: int = _LONGEST,
        fix: str = "",
        advice: str = "Its log says more.",
    ) -> None:
        self._aws, self._name, self._fix, self._advice = aws, name, fix, advice
        once = Config(
            connect_timeout=2, read_timeout=seconds, retries={"mode": "standard", "total_max_attempts": 1}
        )
        self._client = aws.connected("lambda", config=once)

    def invoke(self, payload: Any) -> dict[str, Any]:
        """Return what it answers. Raises TroubleError for what AWS refuses, and if it fails."""
        with self._aws.asking("InvokeFunction", fix=self._fix):
            answer = self._client.invoke(FunctionName=self._name, Payload=json.dumps(payload).encode())
            said = json.loads(answer["Payload"].read())
        is_understood = isinstance(said, dict)
        if "FunctionError" in answer or not is_understood:
            why = f"{said.get('errorType')}: {said.get('errorMessage')}" if is_understood else repr(said)
            raise TroubleError(
                ExitCode.AWS_REFUSED, f"The function {self._name} failed: {why}\n{self._advice}"
            )
        return dict(said)
