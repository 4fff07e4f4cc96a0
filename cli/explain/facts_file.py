"""FACTS.json: what is known of an organization, written down, so that `explain` needs no AWS.

Every key is optional. What is there is checked strictly: a misspelt key or an id that can match nothing
would otherwise change the verdict without a word.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from cli.checked import AccountId, Digest, PolicyId, PolicyType, RootId, TargetId
from cli.exits import ExitCode, TroubleError
from rootguard.domain.policy import Policy
from stacks.config_source import dotted


def _text_of(document: object) -> object:
    """Take a policy's document as JSON, too. An exception's digest is only met by AWS's own text."""
    return json.dumps(document) if isinstance(document, dict) else document


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise PydanticCustomError(
            "refused", "is outside the years 1 to 9999 in UTC; write another time"
        ) from error


Time = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Document = Annotated[str, BeforeValidator(_text_of)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OrganizationFacts(_Model):
    """Which organization it is: another root's id is not ours, and a condition may name the `id`."""

    id: str | None = None
    root_id: RootId | None = None
    management_account_id: AccountId | None = None


class PolicyFacts(_Model):
    """One policy, as far as it is known."""

    name: str | None = None
    type: PolicyType | None = None
    content: Document | None = None

    def as_policy(self, policy_id: str, policy_type: str, organization_id: str | None) -> Policy:
        """Return the policy as the guard knows policies."""
        return Policy(
            policy_id,
            policy_type,
            self.name,
            content=self.content,
            organization_id=organization_id,
        )


class BaselineFacts(_Model):
    """One policy as it was accepted on a target."""

    name: str | None = None
    content: Document | None = None


class ExceptionFacts(_Model):
    """One exception; all of it is needed to judge it, but the reason."""

    policy_id: PolicyId
    target_id: TargetId
    content_sha256: Digest
    granted_by: str
    expires_at: Time
    reason: str = ""


class FactsFile(_Model):
    """The whole file. A key of null is left out; a null policy does not exist; a null parent is unknown."""

    organization: OrganizationFacts = OrganizationFacts()
    own_role_arn: str | None = None
    now: Time | None = None
    policies: Mapping[PolicyId, PolicyFacts | None] = Field(default_factory=dict)
    parents: Mapping[TargetId, TargetId | None] = Field(default_factory=dict)
    attachments: Mapping[TargetId, list[PolicyId]] = Field(default_factory=dict)
    baseline: Mapping[TargetId, Mapping[PolicyId, BaselineFacts]] = Field(default_factory=dict)
    exceptions: tuple[ExceptionFacts, ...] = ()


def parse(document: object, file: str) -> FactsFile:
    """Check a facts document. Raises TroubleError, a line for each thing that is wrong."""
    if isinstance(document, dict):
        document = {key: value for key, value in document.items() if value is not None}
    try:
        # By way of JSON again: only there does pydantic's strict mode take a list for a tuple.
        return FactsFile.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        lines = "\n".join(f"{file}: {problem}" for problem in _problems(error))
        raise TroubleError(ExitCode.BAD_INPUT, lines) from error


def _problems(error: ValidationError) -> Iterator[str]:
    for details in error.errors():
        # pydantic marks a key that it refused with one part more.
        path = tuple(part for part in details["loc"] if part != "[key]")
        yield f"{dotted(path)}: {_trouble(details, path)}." if path else f"{_trouble(details, path)}."


def _trouble(details: ErrorDetails, path: tuple[str | int, ...]) -> str:
    match details["type"]:
        case "extra_forbidden":
            known = list((_MODELS[str(path[0])] if len(path) > 1 else FactsFile).model_fields)
            nearest = difflib.get_close_matches(str(path[-1]), known, n=1)
            return f"unknown key; write {nearest[0] if nearest else 'one of ' + ', '.join(known)}"
        case "missing":
            return "is missing; add it, an exception cannot be judged without"
        case "timezone_aware" | "datetime_type" | "datetime_parsing" | "datetime_from_date_parsing":
            return "is no time with a time zone; write it like 2026-11-23T08:15:00Z"
        case "json_invalid":
            return f"cannot be taken as facts: {details['ctx']['error']}"
        case _:
            return details["msg"].replace("Input should be", "should be")


_MODELS: Mapping[str, type[BaseModel]] = {
    "organization": OrganizationFacts,
    "policies": PolicyFacts,
    "baseline": BaselineFacts,
    "exceptions": ExceptionFacts,
}
