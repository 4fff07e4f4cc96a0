"""FACTS.json: what is known of an organization, written down, so that `explain` needs no AWS.

Every key is optional. What is there is checked strictly: a misspelt key or an id that can match nothing
would otherwise change the verdict without a word.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
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

from cli.exits import ExitCode, TroubleError
from rootguard.domain.facts import (
    BaselinePolicy,
    Facts,
    Permit,
    Policy,
    is_account_id,
    is_policy_id,
    is_root_id,
    is_target_id,
)
from stacks.config_source import dotted


def _checked(is_valid: Callable[[str], object], trouble: str, mend: str) -> AfterValidator:
    def check(value: str) -> str:
        if not is_valid(value):
            raise PydanticCustomError("refused", f"is {trouble}; {mend}")
        return value

    return AfterValidator(check)


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


_POLICY_TYPE = re.compile(r"([A-Z0-9]+_)+POLICY(_[A-Z0-9]+)*")
_DIGEST = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)

PolicyId = Annotated[str, _checked(is_policy_id, "no policy's id", "write it like p-12345678")]
TargetId = Annotated[str, _checked(is_target_id, "no target", "write the id of a root, an OU or an account")]
RootId = Annotated[str, _checked(is_root_id, "no root's id", "write it like r-exam")]
AccountId = Annotated[str, _checked(is_account_id, "no account's id", "write its 12 digits in quotes")]
PolicyType = Annotated[
    str, _checked(_POLICY_TYPE.fullmatch, "no policy type", "write it like SERVICE_CONTROL_POLICY")
]
Digest = Annotated[
    str, _checked(_DIGEST.fullmatch, "no SHA-256", "write 64 hex digits"), AfterValidator(str.lower)
]
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
    aws_managed: bool = False
    content: Document | None = None

    def as_policy(self, policy_id: str, policy_type: str, organization_id: str | None) -> Policy:
        """Return the policy as the guard knows policies."""
        return Policy(
            policy_id,
            policy_type,
            self.name,
            self.aws_managed,
            self.content,
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

    def as_facts(self, at: datetime) -> Facts:
        """Return the guard's facts; `at` is the time of the decision where the file gives none.

        A policy without a type is left out, so that a rule that needs its type asks for it.
        """
        policies = dict(self._typed())
        return Facts(
            own_role_arn=self.own_role_arn,
            now=self.now or at,
            root_id=self.organization.root_id,
            policies=policies,
            looked=frozenset(policies),
            parents=self.parents,
            attachments={key: frozenset(ids) for key, ids in self.attachments.items()},
            baseline={
                target: {
                    key: BaselinePolicy(entry.name, entry.content, organization_id=self.organization.id)
                    for key, entry in standing.items()
                }
                for target, standing in self.baseline.items()
            },
            exceptions=tuple(
                Permit(
                    policy_id=entry.policy_id,
                    target_id=entry.target_id,
                    content_sha256=entry.content_sha256,
                    granted_by=entry.granted_by,
                    expires_at=entry.expires_at,
                    reason=entry.reason,
                )
                for entry in self.exceptions
            ),
        )

    def _typed(self) -> Iterator[tuple[str, Policy | None]]:
        for policy_id, policy in self.policies.items():
            if policy is None:
                yield policy_id, None
            elif policy.type is not None:
                yield policy_id, policy.as_policy(policy_id, policy.type, self.organization.id)


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
