"""The page of an exception: what it permits, who granted it, until when, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rootguard.cloudtrail.read import ChangeKind
from rootguard.domain.approvals import digest_of
from rootguard.domain.exceptions import ExceptionNews, State
from rootguard.domain.facts import is_account_id, is_root_id
from rootguard.notify.page import Field, Kind, Page, Severity
from rootguard.notify.words.phrases import (
    actor_label,
    capital,
    clean,
    denies_label,
    how_label,
    label_of,
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
_OPENING: Final = (State.OPEN, State.USED)
"""The turns that someone should look at; the others are for the record."""
_REASON_LIMIT: Final = 500
"""Characters. People can write a reason as long as DynamoDB takes it, which is more than SNS does."""
_DEEDS: Final = {
    ChangeKind.ATTACHED: ("attached", "to"),
    ChangeKind.DETACHED: ("detached", "from"),
    ChangeKind.UPDATED: ("edited", "on"),
}


def page(news: ExceptionNews) -> Page:
    """Return the page."""
    permit, denies = news.grant.permit, _denies(news)
    granted = f"Granted by {granter_label(permit.granted_by)}"
    who = f"By {actor_label(news.use.actor)}" if news.use else granted
    ends = permit.expires_at.isoformat()
    return Page(
        kind=Kind.EXCEPTION,
        severity=Severity.WARNING if news.state in _OPENING else Severity.INFO,
        about=clean(f"exception {permit.policy_id} {permit.target_id} {permit.granted_by} {ends}"),
        at=news.at,
        headline=HEADLINES[news.state],
        title=_what(news),
        sentences=(_first_sentence(news), *([f"It {denies}: a lockout."] if denies else [])),
        aside=f". {who}",
        fields=tuple(_fields(news)),
        steps=_steps(news),
    )


def document(news: ExceptionNews) -> dict[str, Any]:
    """Return the news as JSON data. Times are ISO 8601 in UTC."""
    use = news.use
    return {
        "result": f"exception-{news.state.value}",
        "exception": news.grant.as_json(news.at) | {"reason": _cut(news.grant.permit.reason)},
        "policy": {"name": news.policy.name, "type": news.policy.type} if news.policy else None,
        "lockout": _denies(news) is not None,
        "used_by": {
            "arn": use.actor.arn,
            "principal_id": use.actor.principal_id,
            "event": {"id": use.event_id, "name": use.kind.value},
        }
        if use
        else None,
    }


def granter_label(granted_by: str) -> str:
    """Return an `aws:userid` in words: a session has a name, a user only an id."""
    user_id, _, session = who_label(granted_by).partition(":")
    return f"{session} ({user_id})" if session else user_id


def place_label(target_id: str) -> str:
    """Return a target as people name it, where its name is not known."""
    if is_root_id(target_id):
        return "Root"
    return f"account {target_id}" if is_account_id(target_id) else f"OU {target_id}"


def _what(news: ExceptionNews) -> str:
    deed = " ".join(_deed(news)) if news.use else "on"
    return f"{_policy(news)} {deed} {place_label(news.grant.permit.target_id)}"


def _first_sentence(news: ExceptionNews) -> str:
    policy, place = _policy(news), place_label(news.grant.permit.target_id)
    match news.state:
        case State.OPEN:
            return f"One change of {policy} on {place} will be let through, by anyone but who granted it."
        case State.USED if news.use:
            (did, where), who = _deed(news), capital(actor_label(news.use.actor))
            return f"{who} {did} {policy} {where} {place}. That stands, and the exception is used up."
        case State.USED:
            return f"A change of {policy} on {place} was let through, and the exception is used up."
        case State.REVOKED:
            return f"Its granter took it back. Nobody used it to change {policy} on {place}."
        case State.EXPIRED:
            return f"Its time is over. Nobody used it to change {policy} on {place}."


def _fields(news: ExceptionNews) -> Iterator[Field]:
    grant, permit, policy = news.grant, news.grant.permit, news.policy
    name = clean(policy.name) if policy and policy.name else "name unknown"
    kind = f", {type_label(policy.type)}" if policy else ""
    stale = "changed since: this content is no longer what the policy says"
    yield Field(
        "Policy",
        (
            f"{name} ({permit.policy_id}){kind}",
            f"content SHA-256 {clean(permit.content_sha256[:SHORT_DIGEST])}",
            *([stale] if _is_stale(news) else []),
        ),
    )
    yield Field("Where", (f"{place_label(permit.target_id)} ({permit.target_id})",))
    granted_at = (f"at {time_label(grant.granted_at)}",) if grant.granted_at else ()
    yield Field("Granted", (f"by {granter_label(permit.granted_by)}", *granted_at))
    yield Field("Reason", (clean(_cut(permit.reason)) or "none given",))
    yield Field("Until", (time_label(permit.expires_at),))
    ends = {State.USED: grant.used_at, State.REVOKED: grant.revoked_at}.get(news.state)
    at = (time_label(ends),) if ends else ()
    if news.use:
        when = tuple(f"at {time}" for time in at)
        yield Field("Used", (f"by {actor_label(news.use.actor)}", how_label(news.use.actor), *when))
    elif at:
        yield Field(capital(news.state.value), at)


def _steps(news: ExceptionNews) -> tuple[str, ...]:
    permit = news.grant.permit
    who = granter_label(permit.granted_by)
    match news.state:
        case State.OPEN:
            revoke = f"rootguard exception revoke --policy {permit.policy_id} --target {permit.target_id}"
            return (
                f"Is it planned? If nobody knows of it, ask {who}.",
                f"They end it with: {revoke}",
            )
        case State.USED:
            return (
                f"Is it what {who} meant? If nobody knows of it, undo it: {_undo(news)}.",
                "What it let through is accepted from now on; to change it takes another exception.",
            )
        case State.REVOKED | State.EXPIRED:
            return ("Nothing. If the change is still wanted, have an exception granted anew.",)


def _undo(news: ExceptionNews) -> str:
    permit = news.grant.permit
    if _denies(news) and is_root_id(permit.target_id):
        # What was accepted on Root and locks everyone out, anyone may take off.
        how = f"--policy-id {permit.policy_id} --target-id {permit.target_id}"
        return f"aws organizations detach-policy {how}"
    return "as a trusted principal, or by an exception of its own"


def _deed(news: ExceptionNews) -> tuple[str, str]:
    """Return what was done, and the word that leads to the target."""
    return _DEEDS.get(news.use.kind, ("changed", "on")) if news.use else ("changed", "on")


def _policy(news: ExceptionNews) -> str:
    return label_of(news.policy, news.grant.permit.policy_id)


def _is_stale(news: ExceptionNews) -> bool:
    content = news.policy.content if news.policy else None
    return content is not None and digest_of(content) != news.grant.permit.content_sha256


def _denies(news: ExceptionNews) -> str | None:
    """Return how much is denied by what the exception permits, where it is a lockout."""
    return None if _is_stale(news) or _removes(news) else denies_label(news.policy)


def _cut(reason: str) -> str:
    return reason if len(reason) <= _REASON_LIMIT else reason[: _REASON_LIMIT - 3] + "..."


def _removes(news: ExceptionNews) -> bool:
    return news.use is not None and news.use.kind is ChangeKind.DETACHED
