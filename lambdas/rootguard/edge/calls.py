"""One call to the Organizations API, with a deliberate answer to each way it can fail.

The SDK's own "standard" retry mode takes throttling, 5xx answers and broken connections, a few times.
Errors that mean "come back" are then tried again with jitter for as long as the function has time: two of
them (another change is under way) the SDK knows nothing of, and giving up on the other two would leave an
organization locked out until Lambda's own retry, a minute later. What is left is an `OrganizationsError`.
Errors by call: AWS Organizations API Reference. Retry modes: AWS SDKs and Tools Reference Guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from rootguard.ports import LastPolicyError, NotAttachedError, OrganizationsError

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient

COME_BACK: Final = frozenset(
    {
        "ConcurrentModificationException",
        "PolicyChangesInProgressException",
        "ServiceException",
        "TooManyRequestsException",
    }
)
CONFIG: Final = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4}
)
"""Give up on a silent connection within seconds and try again: four attempts in all."""

_NOT_THERE: Final = frozenset(
    {"PolicyNotAttachedException", "PolicyNotFoundException", "TargetNotFoundException"}
)
"""Answers to a detach: what does not exist, or is on nothing, stands nowhere."""
_LAST_POLICY: Final = "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
_KEEP_FOR_THE_PAGE_SECONDS: Final = 15.0


def connect() -> OrganizationsClient:
    """Return a client for the Organizations API."""
    return boto3.client("organizations", config=CONFIG)


class Calls:
    """Calls operations by their API names.

    Args:
        client: an Organizations client.
        seconds_left: how long the invocation may still run. Waiting ends 15 seconds before, so that
            what failed can still be paged.
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
            except ClientError as error:
                if not (_means_come_back(error) and self._has_time()):
                    raise
                return self._again(method, **parameters)
        except ClientError as error:
            raise _translated(operation, error) from error
        except BotoCoreError as error:
            raise OrganizationsError(operation, type(error).__name__, str(error)) from error

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

    def _again(self, method: Callable[..., Any], **parameters: str) -> Any:
        # Imported here: it costs start-up time, and most invocations never meet a busy organization.
        from tenacity import Retrying, retry_if_exception, wait_random_exponential  # noqa: PLC0415

        return Retrying(
            retry=retry_if_exception(_means_come_back),
            wait=wait_random_exponential(multiplier=0.25, max=4),
            stop=lambda _: not self._has_time(),
            reraise=True,
        )(method, **parameters)

    def _has_time(self) -> bool:
        return self._seconds_left() > _KEEP_FOR_THE_PAGE_SECONDS


def _means_come_back(error: BaseException) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in COME_BACK


def _translated(operation: str, error: ClientError) -> OrganizationsError:
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    kind = OrganizationsError
    if operation == "DetachPolicy" and code in _NOT_THERE:
        kind = NotAttachedError
    elif code == "ConstraintViolationException" and error.response.get("Reason") == _LAST_POLICY:
        kind = LastPolicyError
    return kind(operation, code, message)
