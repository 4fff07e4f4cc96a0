"""The page of an exception: what it permits, who granted it, until when, and whether it was used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.exceptions import Permit, State
from rootguard.domain.policy import Policy, is_root_id
from rootguard.notify import phrases
from rootguard.notify.page import Field, Kind, Page, Severity, facts
from rootguard.notify.phrases import actor_label, capital, clean, target_label, time_label

SHORT_DIGEST: Final = 12  # hex digits that people compare
STATES: Final = {
    State.OPEN: ("EXCEPTION GRANTED", "One change of {change} is let through, unless its granter makes it."),
    State.USED: ("EXCEPTION USED", "A change of {change} was let through, and the exception is used up."),
    State.REVOKED: ("EXCEPTION REVOKED", "Its granter took it back. Nobody used it to change {change}."),
    State.EXPIRED: ("EXCEPTION OVER", "Its time is over. Nobody used it to change {change}."),
}
"""The headline and the first sentence."""


@dataclass(frozen=True, slots=True)
class Exempted:
    """An exception as of `at`, UTC, as its notice says; and its policy."""

    permit: Permit
    at: datetime
    drift: Drift | None = None  # the change that it permitted; None if no event has said so
    policy: Policy | None = None  # as it is now; None if it could not be read

    @property
    def state(self) -> State:
        """Where the exception is in its life."""
        return self.permit.state(self.at)

    @property
    def is_stale(self) -> bool:
        """Whether the policy was edited since, so that the exception does not permit it any more."""
        return self.policy is not None and self.policy.digest not in ("", self.permit.content_sha256)

    @property
    def denies(self) -> str | None:
        """How much is denied by what the exception permits, if it is a lockout."""
        removes = self.drift is not None and self.drift.kind is ChangeKind.DETACHED
        return None if self.is_stale or removes else phrases.denies_label(self.policy, self.at)


def page(exempted: Exempted) -> Page:
    """Return the page."""
    permit, state, denies, use = exempted.permit, exempted.state, exempted.denies, exempted.drift
    granter, ends = granter_label(permit.granted_by), permit.expires_at.isoformat()
    policy, place = phrases.label_of(exempted.policy, permit.policy_id), target_label(permit.target_id)
    title, aside = f"{policy} on {place}", f". Granted by {granter}"
    headline, first = STATES[state]
    first = first.format(change=title)
    if use:
        who = actor_label(use.actor)
        aside = f". By {who}"
        if state is State.USED:
            first = f"{use.kind.value} of {title} by {who} was let through. The exception is used up."
    return Page(
        kind=Kind.EXCEPTION,
        severity=Severity.INFO,
        about=clean(f"exception {permit.policy_id} {permit.target_id} {permit.granted_by} {ends}"),
        at=exempted.at,
        headline=headline,
        title=title,
        sentences=(first, *([f"It {denies}: a lockout."] if denies else [])),
        aside=aside,
        fields=_fields(exempted, granter),
        steps=_steps(exempted, granter),
    )


def granter_label(granted_by: str) -> str:
    """Return an `aws:userid` in words: a session has a name, a user only an id."""
    user_id, _, session = phrases.who_label(granted_by).partition(":")
    return f"{session} ({user_id})" if session else user_id


def _fields(exempted: Exempted, granter: str) -> tuple[Field, ...]:
    permit, policy = exempted.permit, exempted.policy
    name = clean(policy.name) if policy and policy.name else "name unknown"
    kind = f", {phrases.type_label(policy.type)}" if policy and policy.type else ""
    digest = f"content SHA-256 {clean(permit.content_sha256[:SHORT_DIGEST])}"
    stale = "changed since: this content is no longer what the policy says" if exempted.is_stale else ""
    ended, actor = permit.used_at or permit.revoked_at, exempted.drift.actor if exempted.drift else None
    by = (f"by {actor_label(actor)}", phrases.how_label(actor)) if actor else ()
    return facts(
        ("Policy", f"{name} ({permit.policy_id}){kind}", digest, stale),
        ("Where", f"{target_label(permit.target_id)} ({permit.target_id})"),
        ("Granted", f"by {granter}", f"at {time_label(permit.granted_at)}" if permit.granted_at else ""),
        ("Reason", clean(permit.reason) or "none given"),
        ("Until", time_label(permit.expires_at)),
        (capital(exempted.state.value), *by, f"at {time_label(ended)}" if ended else ""),
    )


def _steps(exempted: Exempted, granter: str) -> tuple[str, ...]:
    permit = exempted.permit
    if exempted.state is State.OPEN:
        revoke = f"rootguard exception revoke --policy {permit.policy_id} --target {permit.target_id}"
        return (f"Ask {granter} whether it is planned, if you do not know.", f"This takes it back:\n{revoke}")
    if exempted.state is not State.USED:
        return ("Nothing. If the change is still wanted, have an exception granted anew.",)
    undo = ", as a trusted principal or by another exception."
    if exempted.denies and is_root_id(permit.target_id):
        # Anyone may detach a lockout from Root, although it was accepted there.
        how = f"--policy-id {permit.policy_id} --target-id {permit.target_id}"
        undo = f":\naws organizations detach-policy {how}"
    return (
        f"Ask {granter} whether this was intended. If nobody can explain it, undo it{undo}",
        "The change is accepted from now on. To change it back takes another exception.",
    )
