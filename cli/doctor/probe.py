"""The probe: read-only questions about the account, its organization and the deployed stack.

Whatever AWS refuses is a `RefusedError`, which names the missing permission if it was IAM. So one refusal
spoils one line of the answer, and not all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any, Final

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from cli.aws import Aws, is_denied
from cli.exits import TroubleError
from stacks.config import Reading
from stacks.names import STACK

_REFUSALS: Final = (BotoCoreError, ClientError, ResponseParserError, TroubleError)
_NOT_THERE: Final = frozenset(
    {"CREATE_FAILED", "CREATE_IN_PROGRESS", "DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"}
)
"""States of a stack whose parts do not work yet, or no more ("Stack status codes", CloudFormation guide)."""


class RefusedError(Exception):
    """AWS did not answer a question.

    Attributes:
        action: the IAM action that the question needs.
        code: AWS's name of the error.
        is_denied: whether IAM refused.
    """

    def __init__(self, action: str, code: str, message: str) -> None:
        super().__init__(message)
        self.action = action
        self.code = code
        self.is_denied = is_denied(code)


@dataclass(frozen=True, slots=True)
class Part:
    """One resource of the stack: its logical id, its type such as AWS::SQS::Queue, and what AWS calls it."""

    name: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Stack:
    """The stack Rootguard. `created_at` is in UTC."""

    arn: str
    status: str
    created_at: datetime
    outputs: Mapping[str, str]

    @property
    def is_deployed(self) -> bool:
        """Tell whether its parts are there."""
        return self.status not in _NOT_THERE


class Probe:
    """What the checks ask. Every question raises RefusedError if it gets no answer.

    Args:
        aws: what to ask.
        reading: guardrail.yaml.
        now: the time, in UTC.
    """

    def __init__(self, aws: Aws, reading: Reading, now: datetime) -> None:
        self.aws, self.reading, self.config, self.now = aws, reading, reading.config, now
        self._client = cache(aws.connected)

    def ask(self, service: str, operation: str, *, region: str | None = None, **parameters: Any) -> Any:
        """Return AWS's answer to a call, by the API's name of it."""
        try:
            return getattr(self._client(service, region), xform_name(operation))(**parameters)
        except _REFUSALS as error:
            raise _refused(f"{service}:{operation}", error) from error

    def list(self, service: str, operation: str, what: str, **parameters: Any) -> list[Any]:
        """Return all that a call lists, of every page."""
        try:
            pages = self._client(service).get_paginator(xform_name(operation)).paginate(**parameters)
            return [each for page in pages for each in page[what]]
        except _REFUSALS as error:
            raise _refused(f"{service}:{operation}", error) from error

    @cached_property
    def organization(self) -> Mapping[str, Any] | None:
        """The organization, as DescribeOrganization describes it; None if the account is in none."""
        try:
            answer: Mapping[str, Any] = self.ask("organizations", "DescribeOrganization")["Organization"]
        except RefusedError as refused:
            if refused.code == "AWSOrganizationsNotInUseException":
                return None
            raise
        return answer

    @cached_property
    def root(self) -> Mapping[str, Any]:
        """The organization's root, as ListRoots lists it."""
        root: Mapping[str, Any] = self.list("organizations", "ListRoots", "Roots")[0]
        return root

    @cached_property
    def stack(self) -> Stack | None:
        """The stack; None if there is none."""
        try:
            (found,) = self.ask("cloudformation", "DescribeStacks", StackName=STACK)["Stacks"]
        except RefusedError as refused:
            if refused.code == "ValidationError" and "does not exist" in str(refused):
                return None
            raise
        outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", ())}
        return Stack(found["StackId"], found["StackStatus"], found["CreationTime"], outputs)

    @property
    def outputs(self) -> Mapping[str, str]:
        """What the stack says of itself; nothing if there is none."""
        return self.stack.outputs if self.stack else {}

    @cached_property
    def _parts(self) -> Sequence[Part]:
        listed = self.list("cloudformation", "ListStackResources", "StackResourceSummaries", StackName=STACK)
        return [
            Part(each["LogicalResourceId"], each["ResourceType"], each.get("PhysicalResourceId", ""))
            for each in listed
        ]

    def parts(self, kind: str) -> Sequence[Part]:
        """Return the stack's resources of a type, by their logical ids."""
        return sorted((part for part in self._parts if part.kind == kind), key=lambda part: part.name)

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in the stack's own partition, Region and account."""
        partition = self.aws.arn().split(":")[1]
        return f"arn:{partition}:{service}:{self.aws.region}:{self.aws.account()}:{resource}"


def _refused(action: str, error: Exception) -> RefusedError:
    if isinstance(error, ClientError):
        return RefusedError(action, error.response["Error"]["Code"], error.response["Error"]["Message"])
    return RefusedError(action, type(error).__name__, str(error).splitlines()[0])
