"""The page of an exception: what it permits, who granted it, until when, and whether it was used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from rootguard.domain.change import ChangeKind
from rootguard.domain.drift import Drift
from rootguard.domain.exceptions import Permit, State
from rootguard.domain.ids import is_root_id
from rootguard.domain.policy import Policy
from rootguard.notify.page import Field, Kind, Page, Severity
from rootguard.notify.words.phrases import (
    actor_label,
    capital,
    clean,
    denies_label,
    how_label,
    label_of,
    target_label,
    time_label,
    type_label,
    who_label,
)

HEADLINES: Final = {
    State.OPEN: "EXCEPTION GRANTED",
    State.USED: "EXCEPTION USED",
    State.REVOKED: "EXCEPTION REVOKED",
    State.EXPIRED: "EXCEPTION OVER",
}
SHORT_DIGEST: Final = 12
"""Hex digits that people compare."""
_WORTH_A_LOOK: Final = (State.OPEN, State.USED)
"""Someone should look at these; the others are for the record."""
_REASON_LIMIT: Final = 500
"""Characters. People can write a reason as long as DynamoDB takes it, which is more than SNS does."""
_DONE: Final = {
    ChangeKind.ATTACHED: ("attached", "to"),
    ChangeKind.DETACHED: ("detached", "from"),
    ChangeKind.UPDATED: ("edited", "on"),
}


@dataclass(frozen=True, slots=True)
class Exempted:
    """An exception, and what is known around it.

    Attributes:
        at: as of when, UTC.
        policy: the policy as it is now; None if it could not be read.
        use: the change that it permitted; None if no event has said so.
    """

    permit: Permit
    at: datetime
    policy: Policy | None = None
    use: Drift | None = None

    @property
    def state(self) -> State:
        """Where the exception is in its life."""
        return self.permit.state(self.at)

    @classmethod
    def from_notice(cls, data: Mapping[str, Any]) -> Self:
        """Return what a notice's data says. Raises KeyError, TypeError, ValueError for others."""
        use = Drift.from_json(data["drift"]) if data["drift"] is not None else None
        permit = Permit.from_json(data["permit"])
        policy = use.policy if use else None
        return cls(permit, datetime.fromisoformat(data["at"]), policy, use)


def page(exempted: Exempted) -> Page:
    """Return the page."""
    permit, denies = exempted.permit, _denies(exempted)
    granted = f"Granted by {granter_label(permit.granted_by)}"
    who = f"By {actor_label(exempted.use.actor)}" if exempted.use else granted
    ends = permit.expires_at.isoformat()
    return Page(
        kind=Kind.EXCEPTION,
        severity=Severity.WARNING if exempted.state in _WORTH_A_LOOK else Severity.INFO,
        about=clean(f"exception {permit.policy_id} {permit.target_id} {permit.granted_by} {ends}"),
        at=exempted.at,
        headline=HEADLINES[exempted.state],
        title=_what(exempted),
        sentences=(_first_sentence(exempted), *([f"It {denies}: a lockout."] if denies else [])),
        aside=f". {who}",
        fields=tuple(_fields(exempted)),
        steps=_steps(exempted),
    )


def document(exempted: Exempted) -> dict[str, Any]:
    """Return it as JSON data. Times are ISO 8601 in UTC, or null."""
    use, actor, permit = exempted.use, exempted.use.actor if exempted.use else None, exempted.permit
    return {
        "result": f"exception-{exempted.state.value}",
        "exception": {
            "state": exempted.state.value,
            **permit.as_json(),
            "reason": _cut(permit.reason),
        },
        "policy": {"name": exempted.policy.name, "type": exempted.policy.type} if exempted.policy else None,
        "lockout": _denies(exempted) is not None,
        "used_by": {
            "arn": actor.arn,
            "principal_id": actor.principal_id,
            "event": {"id": use.event_id, "name": use.kind.value},
        }
        if use and actor
        else None,
    }


def granter_label(granted_by: str) -> str:
    """Return an `aws:userid` in words: a session has a name, a user only an id."""
    user_id, _, session = who_label(granted_by).partition(":")
    return f"{session} ({user_id})" if session else user_id


def _what(exempted: Exempted) -> str:
    done = " ".join(_done(exempted)) if exempted.use else "on"
    return f"{_policy(exempted)} {done} {target_label(exempted.permit.target_id)}"


def _first_sentence(exempted: Exempted) -> str:
    policy, place = _policy(exempted), target_label(exempted.permit.target_id)
    match exempted.state:
        case State.OPEN:
            return f"One change of {policy} on {place} will be let through, by anyone but who granted it."
        case State.USED if exempted.use:
            (did, where), who = _done(exempted), capital(actor_label(exempted.use.actor))
            return f"{who} {did} {policy} {where} {place}. It is accepted, and the exception is used up."
        case State.USED:
            return f"A change of {policy} on {place} was let through, and the exception is used up."
        case State.REVOKED:
            return f"Its granter took it back. Nobody used it to change {policy} on {place}."
        case State.EXPIRED:
            return f"Its time is over. Nobody used it to change {policy} on {place}."


def _fields(exempted: Exempted) -> Iterator[Field]:
    permit, policy = exempted.permit, exempted.policy
    name = clean(policy.name) if policy and policy.name else "name unknown"
    kind = f", {type_label(policy.type)}" if policy and policy.type else ""
    stale = "changed since: this content is no longer what the policy says"
    yield Field(
        "Policy",
        (
            f"{name} ({permit.policy_id}){kind}",
            f"content SHA-256 {clean(permit.content_sha256[:SHORT_DIGEST])}",
            *([stale] if _is_stale(exempted) else []),
        ),
    )
    yield Field("Where", (f"{target_label(permit.target_id)} ({permit.target_id})",))
    granted_at = (f"at {time_label(permit.granted_at)}",) if permit.granted_at else ()
    yield Field("Granted", (f"by {granter_label(permit.granted_by)}", *granted_at))
    yield Field("Reason", (clean(_cut(permit.reason)) or "none given",))
    yield Field("Until", (time_label(permit.expires_at),))
    ends = {State.USED: permit.used_at, State.REVOKED: permit.revoked_at}.get(exempted.state)
    at = (time_label(ends),) if ends else ()
    actor = exempted.use.actor if exempted.use else None
    if actor:
        when = tuple(f"at {time}" for time in at)
        yield Field("Used", (f"by {actor_label(actor)}", how_label(actor), *when))
    elif at:
        yield Field(capital(exempted.state.value), at)


def _steps(exempted: Exempted) -> tuple[str, ...]:
    permit = exempted.permit
    who = granter_label(permit.granted_by)
    match exempted.state:
        case State.OPEN:
            revoke = f"rootguard exception revoke --policy {permit.policy_id} --target {permit.target_id}"
            return (
                f"Is it planned? If nobody knows of it, ask {who}.",
                f"They end it with: {revoke}",
            )
        case State.USED:
            return (
                f"Is it what {who} meant? If nobody knows of it, undo it: {_undo(exempted)}.",
                "What it let through is accepted from now on; to change it takes another exception.",
            )
        case State.REVOKED | State.EXPIRED:
            return ("Nothing. If the change is still wanted, have an exception granted anew.",)


def _undo(exempted: Exempted) -> str:
    permit = exempted.permit
    if _denies(exempted) and is_root_id(permit.target_id):
        # Anyone may detach a lockout from Root, although it was accepted there.
        how = f"--policy-id {permit.policy_id} --target-id {permit.target_id}"
        return f"aws organizations detach-policy {how}"
    return "as a trusted principal, or by an exception of its own"


def _done(exempted: Exempted) -> tuple[str, str]:
    """Return what was done, and the word that leads to the target."""
    return _DONE.get(exempted.use.kind, ("changed", "on")) if exempted.use else ("changed", "on")


def _policy(exempted: Exempted) -> str:
    return label_of(exempted.policy, exempted.permit.policy_id)


def _is_stale(exempted: Exempted) -> bool:
    policy = exempted.policy
    return (
        policy is not None and policy.content is not None and policy.digest != exempted.permit.content_sha256
    )


def _denies(exempted: Exempted) -> str | None:
    """Return how much is denied by what the exception permits, if it is a lockout."""
    return None if _is_stale(exempted) or _removes(exempted) else denies_label(exempted.policy)


def _cut(reason: str) -> str:
    return reason if len(reason) <= _REASON_LIMIT else reason[: _REASON_LIMIT - 3] + "..."


def _removes(exempted: Exempted) -> bool:
    return exempted.use is not None and exempted.use.kind is ChangeKind.DETACHED
