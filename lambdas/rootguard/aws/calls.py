"""One call to the Organizations API, with a deliberate answer to each way it can fail.

The SDK makes one attempt, which ends within seconds; whether there is another is decided here, by the time
that the function has left. Errors that mean "come back", and 5xx answers, are tried again for as long as
there is time: giving up on them would leave an organization locked out until Lambda's own retry, a minute
later. Silence and broken connections are tried again a few times. What is left is an `OrganizationsError`.
Errors by call: AWS Organizations API Reference, and "Common Errors" there.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from rootguard.ports import (
    LastPolicyError,
    NoRoomError,
    NotAttachedError,
    OrganizationsError,
    TargetGoneError,
)

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

COME_BACK: Final = frozenset(
    {
        "ConcurrentModificationException",
        "PolicyChangesInProgressException",
        "RequestLimitExceeded",
        "ServiceException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
CONFIG: Final = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4}
)
"""Give up on a silent connection within seconds and try again: four attempts in all."""
ONE_ATTEMPT: Final = Config(
    connect_timeout=1, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 1}
)

_NOT_THERE: Final = ("PolicyNotAttachedException", "PolicyNotFoundException", "TargetNotFoundException")
"""Answers to a detach: what does not exist is attached to nothing, and nothing is attached to it."""
_NO_TARGET: Final = ("PolicyNotFoundException", "SourceParentNotFoundException")
"""Of the errors that end in NotFoundException, those that do not say that the target is gone."""
_LIMITS: Final[Mapping[str, type[OrganizationsError]]] = {
    "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED": NoRoomError,
    "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED": LastPolicyError,
}
"""Reasons of a ConstraintViolationException ("ConstraintViolationException", API Reference)."""
_KEEP_FOR_THE_PAGE, _FIRST_WAIT, _LONGEST_WAIT = 15.0, 0.25, 4.0  # seconds
_SILENCE: Final = (HTTPClientError, NoConnectionError)
_SILENT_ATTEMPTS: Final = 4
SERVER_ERROR: Final = 500
"""From this HTTP status on, the trouble is the service's own."""


def connect() -> BaseClient:
    """Return a client for the Organizations API, which makes one attempt."""
    return boto3.client("organizations", config=ONE_ATTEMPT)


def seconds_left(context: LambdaContext) -> Callable[[], float]:
    """Return what says how long the invocation may still run."""
    return lambda: context.get_remaining_time_in_millis() / 1000


class Calls:
    """Calls operations by their API names. Each method raises OrganizationsError.

    No call is tried again in the last 15 seconds of the invocation, so that there are ten at least to page
    what failed.
    """

    def __init__(self, client: BaseClient, seconds_left: Callable[[], float]) -> None:
        self._client, self._seconds_left = client, seconds_left

    def __call__(self, operation: str, unless: str = "", **parameters: str) -> Any:
        """Return the operation's answer; None if it fails with the code `unless`."""
        method = getattr(self._client, xform_name(operation))
        wait, silences = _FIRST_WAIT, 0
        while True:
            try:
                return method(**parameters)
            except (ClientError, BotoCoreError) as error:
                silences += isinstance(error, _SILENCE)
                pause = min(wait + random.uniform(0, _FIRST_WAIT), _LONGEST_WAIT)  # noqa: S311 - to spread calls
                goes_on = _may_pass(error) and silences < _SILENT_ATTEMPTS
                if not (goes_on and self._seconds_left() - pause > _KEEP_FOR_THE_PAGE):
                    failure = _translated(operation, error)
                    if failure.code == unless:
                        return None
                    raise failure from error
            time.sleep(pause)
            wait *= 2

    def pages(self, operation: str, unless: str = "", **parameters: str) -> Iterator[Any]:
        """Yield the answers of a listing, page by page, until it fails with the code `unless`."""
        # An empty page with a token is not the end ("ListAccounts", AWS Organizations API Reference).
        token: dict[str, str] = {}
        while (page := self(operation, unless, **parameters, **token)) is not None:
            yield page
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}


def _may_pass(error: ClientError | BotoCoreError) -> bool:
    if isinstance(error, ClientError):
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return error.response["Error"]["Code"] in COME_BACK or status >= SERVER_ERROR
    return isinstance(error, _SILENCE)


def _translated(operation: str, error: ClientError | BotoCoreError) -> OrganizationsError:
    if not isinstance(error, ClientError):
        return OrganizationsError(operation, type(error).__name__, str(error))
    said: Mapping[str, Any] = error.response
    code, message = said["Error"]["Code"], said["Error"].get("Message", "")
    kind = OrganizationsError
    if operation == "DetachPolicy" and code in _NOT_THERE:
        kind = NotAttachedError
    elif code.endswith("NotFoundException") and code not in _NO_TARGET:
        kind = TargetGoneError
    elif code == "ConstraintViolationException":
        kind = _LIMITS.get(said.get("Reason", ""), OrganizationsError)
    return kind(operation, code, message)
