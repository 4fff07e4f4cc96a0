"""One call to the Organizations API, with a deliberate answer to each way it can fail.

The SDK makes one attempt, which ends within seconds; whether there is another is decided here, by the time
that the function has left. Errors that mean "come back", and 5xx answers, are tried again for as long as
there is time: giving up on them would leave an organization locked out until Lambda's own retry, a minute
later. Silence and broken connections are tried again a few times. What is left is an `OrganizationsError`.
Errors by call: AWS Organizations API Reference, and "Common Errors" there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore import xform_name
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
    from mypy_boto3_organizations import OrganizationsClient

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
"""Give up on a silent connection within five seconds."""

_NOT_THERE: Final = frozenset(
    {"PolicyNotAttachedException", "PolicyNotFoundException", "TargetNotFoundException"}
)
"""Answers to a detach: what does not exist is attached to nothing, and nothing is attached to it."""
_GONE: Final = frozenset(
    {
        "AccountNotFoundException",
        "ChildNotFoundException",
        "DestinationParentNotFoundException",
        "OrganizationalUnitNotFoundException",
        "ParentNotFoundException",
        "RootNotFoundException",
        "TargetNotFoundException",
    }
)
"""Answers to every other call: the root, OU or account that it names does not exist."""
_LIMITS: Final[Mapping[str, type[OrganizationsError]]] = {
    "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED": NoRoomError,
    "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED": LastPolicyError,
}
"""Reasons of a ConstraintViolationException ("ConstraintViolationException", API Reference)."""
_KEEP_FOR_THE_PAGE_SECONDS: Final = 15.0
_SILENCE: Final = (HTTPClientError, NoConnectionError)
_SILENT_ATTEMPTS: Final = 4
_SERVER_ERROR: Final = 500


def client(service: str, config: Config) -> Any:
    """Return a new client of a service."""
    return boto3.client(service, config=config)  # type: ignore[call-overload]


def connect() -> OrganizationsClient:
    """Return a client for the Organizations API."""
    made: OrganizationsClient = client("organizations", ONE_ATTEMPT)
    return made


class Calls:
    """Calls operations by their API names.

    Args:
        client: an Organizations client.
        seconds_left: how long the invocation may still run. No call is tried again in the last 15 seconds,
            so that there are ten at least to page what failed.
    """

    def __init__(self, client: OrganizationsClient, seconds_left: Callable[[], float]) -> None:
        self._client = client
        self._seconds_left = seconds_left

    def __call__(self, operation: str, **parameters: str) -> Any:
        """Return the operation's answer. Raises OrganizationsError."""
        method = getattr(self._client, xform_name(operation))
        try:
            try:
                return method(**parameters)
            except (ClientError, *_SILENCE) as error:
                if not (_may_pass(error) and self._has_time()):
                    raise
                return self._again(error, method, **parameters)
        except ClientError as error:
            raise _translated(operation, error) from error
        except BotoCoreError as error:
            raise OrganizationsError(operation, type(error).__name__, str(error)) from error

    def unless(self, code: str, operation: str, **parameters: str) -> Any:
        """Return the operation's answer; None if it fails with this code. Raises OrganizationsError."""
        try:
            return self(operation, **parameters)
        except OrganizationsError as error:
            if error.code != code:
                raise
            return None

    def pages(self, operation: str, **parameters: str) -> Iterator[Any]:
        """Yield the answers of a listing, page by page. Raises OrganizationsError."""
        # An empty page with a token is not the end ("ListAccounts", AWS Organizations API Reference).
        token: dict[str, str] = {}
        while True:
            page = self(operation, **parameters, **token)
            yield page
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def _again(self, failure: Exception, method: Callable[..., Any], **parameters: str) -> Any:
        # Imported here: it costs start-up time, and most invocations never meet a busy organization.
        from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter  # noqa: PLC0415

        failures, silences = [failure], 0

        def attempt() -> Any:
            # The failure is the first attempt: it is counted, and the second one waits.
            if failures:
                raise failures.pop()
            return method(**parameters)

        def is_over(state: RetryCallState) -> bool:
            nonlocal silences
            silences += isinstance(state.outcome and state.outcome.exception(), _SILENCE)
            return silences >= _SILENT_ATTEMPTS or not self._has_time(state.upcoming_sleep)

        return Retrying(
            retry=retry_if_exception(_may_pass),
            wait=wait_exponential_jitter(multiplier=0.25, jitter=0.25, max=4),
            stop=is_over,
            reraise=True,
        )(attempt)

    def _has_time(self, to_wait: float = 0.0) -> bool:
        return self._seconds_left() - to_wait > _KEEP_FOR_THE_PAGE_SECONDS


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, ClientError):
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return error.response["Error"]["Code"] in COME_BACK or status >= _SERVER_ERROR
    return isinstance(error, _SILENCE)


def _translated(operation: str, error: ClientError) -> OrganizationsError:
    said: Mapping[str, Any] = error.response
    code, message = said["Error"]["Code"], said["Error"].get("Message", "")
    kind: type[OrganizationsError] = OrganizationsError
    if operation == "DetachPolicy" and code in _NOT_THERE:
        kind = NotAttachedError
    elif code in _GONE:
        kind = TargetGoneError
    elif code == "ConstraintViolationException":
        kind = _LIMITS.get(said.get("Reason", ""), OrganizationsError)
    return kind(operation, code, message)
