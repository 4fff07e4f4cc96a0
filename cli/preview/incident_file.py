"""INCIDENT.json: what the topic carries, the ledger keeps, or `incident show` prints, checked field by field.

`core.render.document` wrote it, but people hand it over: whatever a page is worded from is checked here, so
that what cannot be shown is told at its field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from cli.checked import PolicyId, TargetId
from cli.exits import ExitCode, TroubleError
from rootguard.cloudtrail.read import ChangeKind
from rootguard.domain.verdict import Hindrance, Outcome, Reason
from rootguard.incidents.incident import Result
from stacks.config_source import dotted

_MOST: Final = 1_000_000
"""More accounts or attachments than any organization has."""
_LONGEST_SECONDS: Final = 1e9
_MARGIN: Final = timedelta(days=366)
_SHOWN: Final = 5
_REASONS: Final = {reason.code: reason for reason in Reason}
_ACTIONS: Final = ("detach", "attach", "restore", "enable-type", "move")


def _time(value: object) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise PydanticCustomError(
            "refused", "is no time with a time zone; write it like 2026-11-23T08:15:00+00:00"
        )
    try:
        # A page tells of what comes before and after it.
        (at - _MARGIN).astimezone(UTC), (at + _MARGIN).astimezone(UTC)
    except OverflowError as error:
        raise PydanticCustomError(
            "refused", "is too near the end of all years; write another time"
        ) from error
    return at


def _reason(value: object) -> Reason:
    reason = _REASONS.get(value) if isinstance(value, str) else None
    if reason is None:
        raise PydanticCustomError("refused", "is no reason code; write one like violation")
    return reason


Time = Annotated[datetime, BeforeValidator(_time)]
ReasonCode = Annotated[Reason, BeforeValidator(_reason)]
Count = Annotated[int, Field(ge=0, le=_MOST)]


class _Model(BaseModel):
    # What else the record holds is for others.
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class PolicyPart(_Model):
    """The policy; it could not be read where its type is null."""

    id: PolicyId
    name: str | None
    type: str | None
    content: str | None
    organization_id: str | None = None


class TargetPart(_Model):
    """Where it happened."""

    id: TargetId | None
    name: str | None


class MovedPart(_Model):
    """From where to where an account moved."""

    source: TargetId = Field(alias="from")
    destination: TargetId = Field(alias="to")


class ActorPart(_Model):
    """Who did it."""

    type: str
    arn: str | None
    session: str | None
    principal_id: str | None
    source_ip: str | None
    user_agent: str | None
    console: bool
    mfa: bool | None


class ActionPart(_Model):
    """One write of Rootguard's."""

    action: Annotated[str, Field(pattern=f"^({'|'.join(_ACTIONS)})$")]
    policy_id: PolicyId | None
    target_id: TargetId


class RestoringPart(_Model):
    """What is being put back."""

    attachments: Count
    listed_at: Time


class EventPart(_Model):
    """The CloudTrail event."""

    id: str
    name: Annotated[ChangeKind, Field(strict=False)]
    account: str | None


class IncidentFile(_Model):
    """The whole of it."""

    result: Annotated[Result, Field(strict=False)]
    verdict: Annotated[Outcome, Field(strict=False)]
    reason: ReasonCode
    protection: str | None
    hindrance: Annotated[Hindrance | None, Field(strict=False)]
    policy: PolicyPart | None
    target: TargetPart
    moved: MovedPart | None
    policy_type: str | None
    actor: ActorPart
    actions: list[ActionPart]
    restoring: RestoringPart | None
    occurred_at: Time
    undone_at: Time | None
    accounts_reached: Count | None
    accounts_reached_complete: bool
    ledger_answered: bool
    error: str | None
    event: EventPart


class PageFieldPart(_Model):
    """One fact of a page."""

    label: str
    lines: list[str] = Field(min_length=1)


class PagePart(_Model):
    """What is told of the page that was sent, as far as `Page.from_json` leaves it open."""

    at: Time
    sentences: list[str] = Field(min_length=2)
    fields: list[PageFieldPart]


class RecordPolicyPart(PolicyPart):
    """The policy, and whether it denies everything to everyone."""

    lockout: bool


class RecordFile(IncidentFile):
    """What the ledger keeps of an incident: all of it, the page, and when it was recorded."""

    event_id: str
    kind: str
    policy: RecordPolicyPart | None
    opened_at: Time
    exposure_seconds: Annotated[float, Field(ge=0, le=_LONGEST_SECONDS, allow_inf_nan=False)] | None
    page: PagePart


def problem_of_record(record: object) -> str | None:
    """Return the first thing that is wrong with a record of the ledger, at its field, or None."""
    try:
        RecordFile.model_validate(record)
    except ValidationError as error:
        return next(_problems(error, ()))
    return None


def parse(data: object, source: str) -> IncidentFile:
    """Check an incident's JSON, and return it. Raises TroubleError, a line for each field that is wrong."""
    path: tuple[str | int, ...] = ()
    if isinstance(data, Mapping) and "incidents" in data:
        # What `incident show --json` prints. Of several, the last is the last word.
        data, path = _last(data["incidents"], source)
    try:
        return IncidentFile.model_validate(data)
    except ValidationError as error:
        raise _bad(source, list(_problems(error, path))) from error


def _last(incidents: Any, source: str) -> tuple[object, tuple[str | int, ...]]:
    last = incidents[-1] if isinstance(incidents, list) and incidents else None
    if not isinstance(last, Mapping) or "record" not in last:
        raise _bad(source, ["incidents: should be a list whose last entry has a record"])
    return last["record"], ("incidents", len(incidents) - 1, "record")


def _problems(error: ValidationError, path: tuple[str | int, ...]) -> Iterator[str]:
    for details in error.errors():
        field = dotted((*path, *details["loc"]))
        yield f"{field}: {_trouble(details)}" if field else _trouble(details)


def _trouble(details: ErrorDetails) -> str:
    match details["type"]:
        case "missing":
            return "is missing"
        case "model_type":
            return "should be a JSON object"
        case "string_pattern_mismatch":
            return f"should be one of {', '.join(_ACTIONS)}"
        case _:
            return details["msg"].replace("Input should be", "should be")


def _bad(source: str, problems: list[str]) -> TroubleError:
    more = [f"{len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
    lines = (f"{source}: {problem}." for problem in ("is no incident's JSON", *problems[:_SHOWN], *more))
    mend = "Give what the topic carries, or what `rootguard incident show ID --json` prints."
    return TroubleError(ExitCode.BAD_INPUT, "\n".join((*lines, mend)))
