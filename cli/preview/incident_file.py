"""INCIDENT.json: what `incident show --json` prints, a notice from its queue, or a message of the topic.

Rootguard wrote it, but people hand it over. So all that a page is worded from is checked here, and a mistake
is reported at its field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from cli.checked import PolicyId, TargetId
from cli.exits import ExitCode, TroubleError
from rootguard.domain.drift import ChangeKind
from rootguard.domain.policy import is_policy_id, is_target_id
from rootguard.domain.verdict import Obstacle, Outcome, Reason
from rootguard.incidents.incident import Incident, Result
from rootguard.notify.page import Page
from rootguard.notify.story import Around, Reach
from stacks.config_source import dotted

_MOST: Final = 1_000_000
"""More accounts, attachments or times than there are."""
_MARGIN: Final = timedelta(days=366)
_SHOWN: Final = 5
_ACTIONS: Final = frozenset({"detach", "attach", "restore", "enable-type", "move"})
_REASONS: Final = frozenset(reason.value for reason in Reason)


def _time(value: object) -> str:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise PydanticCustomError(
            "refused", "is no time with a time zone; write it like 2026-11-23T08:15:00+00:00"
        )
    try:
        # A page says what comes before and after it.
        (at - _MARGIN).astimezone(UTC), (at + _MARGIN).astimezone(UTC)
    except OverflowError as error:
        raise PydanticCustomError(
            "refused", "is too near the end of all years; write another time"
        ) from error
    return at.astimezone(UTC).isoformat()


def _reason(value: object) -> str:
    if not isinstance(value, str) or value not in _REASONS:
        raise PydanticCustomError("refused", "is no reason code; write one like violation")
    return value


def _empty_or(is_valid: Callable[[str], bool], trouble: str) -> AfterValidator:
    def check(value: str) -> str:
        if value and not is_valid(value):
            raise PydanticCustomError("refused", trouble)
        return value

    return AfterValidator(check)


Time = Annotated[str, BeforeValidator(_time)]
ReasonCode = Annotated[str, BeforeValidator(_reason)]
Count = Annotated[int, Field(ge=0, le=_MOST)]
SomePolicyId = Annotated[str, _empty_or(is_policy_id, "is no policy's id; write it like p-12345678")]
SomeTargetId = Annotated[
    str, _empty_or(is_target_id, "is no target; write the id of a root, an OU or an account")
]


class _Model(BaseModel):
    # What else it holds is for others.
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class PolicyPart(_Model):
    """A policy. What is not known of it is null."""

    id: PolicyId
    type: str
    name: str | None
    content: str | None
    description: str | None
    organization_id: str | None


class ActorPart(_Model):
    """Who did it."""

    kind: str
    arn: str | None
    session: str | None
    principal_id: str | None
    source_ip: str | None
    user_agent: str | None
    from_console: bool
    mfa: bool | None


class EventPart(_Model):
    """The CloudTrail event."""

    id: str
    account: str | None
    error_code: str | None
    actor: ActorPart


class DriftPart(_Model):
    """What happened."""

    kind: Annotated[ChangeKind, Field(strict=False)]
    at: Time
    policy_id: SomePolicyId
    target_id: SomeTargetId
    policy_type: str
    policy: PolicyPart | None
    source_id: SomeTargetId
    destination_id: SomeTargetId
    service: str
    change: EventPart | None


class VerdictPart(_Model):
    """What was decided."""

    outcome: Annotated[Outcome, Field(strict=False)]
    reason: ReasonCode
    protection: str | None
    target_id: SomeTargetId
    also: list[TargetId]
    obstacle: Annotated[Obstacle | None, Field(strict=False)]


class AttachmentPart(_Model):
    """A policy that was attached or detached."""

    action: Literal["detach", "attach"]
    policy_id: PolicyId
    target_id: TargetId


class RestorePart(_Model):
    """A policy that was given its content back."""

    action: Literal["restore"]
    policy_id: PolicyId
    target_id: TargetId
    policy: PolicyPart


class EnablePart(_Model):
    """A policy type that was enabled again."""

    action: Literal["enable-type"]
    target_id: TargetId
    policy_type: str


class MovePart(_Model):
    """An account that was moved back."""

    action: Literal["move"]
    target_id: TargetId
    source_id: SomeTargetId
    destination_id: SomeTargetId


ActionPart = Annotated[AttachmentPart | RestorePart | EnablePart | MovePart, Field(discriminator="action")]


class RestoringPart(_Model):
    """What is being put back."""

    attachments: Count
    seen_at: Time


class IncidentFile(_Model):
    """The whole of it, as `Incident.as_json` writes it."""

    id: str
    drift: DriftPart
    verdict: VerdictPart
    result: Annotated[Result, Field(strict=False)]
    done: list[ActionPart]
    received_at: Time | None
    decided_at: Time | None
    undone_at: Time | None
    error: str | None
    remembered: bool
    restoring: RestoringPart | None
    lockout: bool
    times: Annotated[int, Field(ge=1, le=_MOST)]
    rehearsal: bool = False


class ReachFile(_Model):
    """How many accounts it reached, as `incident show` counts them."""

    accounts_reached: Count | None = None
    accounts_reached_complete: bool = True


def parse(data: object, source: str) -> tuple[Incident, Around]:
    """Return an incident, and how many accounts it reached. Raises TroubleError, a line for each mistake."""
    shown = data if isinstance(data, Mapping) else {}
    # `incident show` puts it under "incident", a notice under "data".
    place = next((name for name in ("incident", "data") if isinstance(shown.get(name), Mapping)), None)
    path = (place,) if place else ()
    try:
        incident = IncidentFile.model_validate(shown[place] if place else data)
    except ValidationError as error:
        raise _bad(source, list(_problems(error, path))) from error
    try:
        reach = ReachFile.model_validate(data)
    except ValidationError as error:
        raise _bad(source, list(_problems(error, ()))) from error
    around = Around(reach=Reach(reach.accounts_reached, complete=reach.accounts_reached_complete))
    known = incident.model_dump(mode="json")
    known["verdict"] |= {"accept": False, "permit": None}  # which no page is worded from
    return Incident.from_json(known), around


def page_in(data: object, source: str) -> Page | None:
    """Return the page in a message of the topic; None for anything else. Raises TroubleError."""
    if not isinstance(data, Mapping) or "page" not in data:
        return None
    try:
        return Page.from_json(data["page"])
    except (KeyError, TypeError, ValueError) as error:
        raise _bad(source, [f"page: {type(error).__name__}: {error}"]) from error


def _problems(error: ValidationError, path: tuple[str | int, ...]) -> Iterator[str]:
    for details in error.errors():
        field = dotted((*path, *(part for part in details["loc"] if not _is_variant(part))))
        yield f"{field}: {_trouble(details)}" if field else _trouble(details)


def _is_variant(part: str | int) -> bool:
    """Tell whether a part of a place is only the name of the variant that pydantic chose there."""
    return part in _ACTIONS


def _trouble(details: ErrorDetails) -> str:
    match details["type"]:
        case "missing" | "union_tag_not_found":
            return "is missing" if details["type"] == "missing" else "has no action"
        case "model_type" | "model_attributes_type":
            return "should be a JSON object"
        case "union_tag_invalid":
            return f"should be one of {details['ctx']['expected_tags']}" if "ctx" in details else "is none"
        case _:
            return details["msg"].replace("Input should be", "should be")


def _bad(source: str, problems: list[str]) -> TroubleError:
    problems = list(dict.fromkeys(problems))
    more = [f"{len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
    lines = (f"{source}: {problem}." for problem in ("is no incident's JSON", *problems[:_SHOWN], *more))
    fix = "Give what `rootguard incident show ID --json` prints, or a message of the topic."
    return TroubleError(ExitCode.BAD_INPUT, "\n".join((*lines, fix)))
