"""What a sweep finds: where the live state of a protected target is not the one that was accepted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from rootguard.cloudtrail.read import Change, ChangeKind
from rootguard.cloudtrail.record import Actor
from rootguard.domain.approvals import is_unchanged
from rootguard.domain.facts import FULL_ACCESS, BaselinePolicy, Policy, Root, is_root_id
from rootguard.domain.guardrail import ProtectedTarget
from rootguard.domain.verdict import Hindrance
from rootguard.incidents.incident import Result

UNSEEN = Actor("unseen")
"""The actor of a change that no event told of."""

SIGHTING = "sighting"
"""The kind under which the ledger keeps a difference that was seen once."""
KINDS = frozenset({SIGHTING, *ChangeKind})
"""The kinds of what the ledger keeps open that a sweep can find over."""
_SEEN = (ChangeKind.ATTACHED, ChangeKind.DETACHED, ChangeKind.UPDATED, ChangeKind.TYPE_DISABLED)
_SETTLING = timedelta(minutes=3)
_RECENT = timedelta(minutes=130)
"""The time of two sweeps of the rarest kind, an hour apart, and some more."""


def differences(
    protected: ProtectedTarget,
    standing: Collection[str],
    baseline: Mapping[str, BaselinePolicy],
    now: datetime,
    dropped: Collection[str] = (),
) -> tuple[Change, ...]:
    """Return what is on a target and was not accepted, then what was accepted and is gone, as changes.

    Args:
        protected: the target.
        standing: the ids of the policies of covered types that stand there.
        baseline: what was accepted there, of any type.
        now: when they were found, UTC.
        dropped: the policy types of which everything was taken off at once: one incident of its own.
    """
    protection = protected.protection
    known = {*baseline, *FULL_ACCESS.values(), *protection.allow}
    missing = gone(standing, baseline, protection.policy_types - set(dropped))
    found = [(ChangeKind.ATTACHED, policy_id) for policy_id in standing if policy_id not in known]
    found += [(ChangeKind.DETACHED, policy_id) for policy_id in missing]
    return tuple(_unseen(kind, policy_id, protected.target_id, now) for kind, policy_id in sorted(found))


def gone(
    standing: Collection[str], baseline: Mapping[str, BaselinePolicy], policy_types: Collection[str]
) -> frozenset[str]:
    """Return the policies of some types that were accepted on a target and do not stand there."""
    return frozenset(
        policy_id
        for policy_id, policy in baseline.items()
        if policy_id not in standing and policy.type in policy_types
    )


def types_lost(
    protected: ProtectedTarget, root: Root, baseline: Mapping[str, BaselinePolicy], now: datetime
) -> tuple[Change, ...]:
    """Return the disabled types of which something was accepted on a target, as changes."""
    accepted = {policy.type for policy in baseline.values() if policy.type}
    return tuple(
        replace(_unseen(ChangeKind.TYPE_DISABLED, "", root.id, now), policy_type=policy_type)
        for policy_type in sorted((accepted & protected.protection.policy_types) - root.enabled_types)
    )


def edit(policy: Policy, accepted: Mapping[str, BaselinePolicy], now: datetime) -> Change | None:
    """Return a policy that is not as it was accepted, as a change; None where it is.

    Args:
        policy: the policy as it is.
        accepted: the policy as it was accepted, by target; the change names the first of those that differ,
            the root before others.
        now: when it was looked at, UTC.
    """
    differing = [
        target_id
        for target_id, as_accepted in accepted.items()
        if as_accepted.content is not None and not is_unchanged(policy, as_accepted, name_too=True)
    ]
    if not differing:
        return None
    first = min(differing, key=lambda target_id: (not is_root_id(target_id), target_id))
    return replace(_unseen(ChangeKind.UPDATED, policy.id, first, now), policy=policy)


def disabled_since(opened: Mapping[str, Mapping[str, str]]) -> Mapping[str, datetime]:
    """Return the policy types that open incidents say were disabled, and when first."""
    since: dict[str, datetime] = {}
    for incident in opened.values():
        if incident.get("kind") == ChangeKind.TYPE_DISABLED and incident.get("result") != Result.REFUSED:
            policy_type, at = incident["policy_type"], datetime.fromisoformat(incident["occurred_at"])
            since[policy_type] = min(at, since.get(policy_type, at))
    return since


def sighting(change: Change) -> str:
    """Return the ledger's key of a difference that was seen once."""
    subject = change.policy_id or change.policy_type
    return f"{SIGHTING}#{subject}#{change.target_id}#{change.kind.value}"


def sighted(change: Change) -> Mapping[str, str]:
    """Return what the ledger keeps of a difference that was seen once."""
    return {
        "kind": SIGHTING,
        "of": change.kind.value,
        "policy_id": change.policy_id,
        "target_id": change.target_id,
        "seen_at": change.at.isoformat(),
    }


def is_recent(sighting: Mapping[str, str], now: datetime) -> bool:
    """Tell whether a difference was seen lately enough to be the same one now.

    While sweeps fail, what was seen once may go and come again, and its event has yet to say by whom.
    """
    seen_at = sighting.get("seen_at")
    return seen_at is not None and now - datetime.fromisoformat(seen_at) <= _RECENT


def policies_open(opened: Mapping[str, Mapping[str, str]], kinds: Collection[ChangeKind]) -> frozenset[str]:
    """Return the policies of what is open of some kinds, seen once or told: a sweep looks at them first."""
    return frozenset(
        entry.get("policy_id", "")
        for entry in opened.values()
        if (entry.get("of") or entry.get("kind")) in kinds
    )


def may_wait(change: Change, *, lockout: bool, excepted: bool = False) -> bool:
    """Tell whether a difference can wait for its event until the next sweep.

    Events take up to a minute or so. What a trusted principal has just done must not be undone before
    its event says who did it; a lockout on the root waits for nobody, unless an exception may permit it.
    """
    return excepted or not (lockout and is_root_id(change.target_id))


def is_confirmable(incident: Mapping[str, Any]) -> bool:
    """Tell whether a sweep can see that an incident is over, rather than only that time has passed.

    What was closed, removed or delegated, what no protection holds, an edit of what nobody accepted: all of
    these stay as they are, and no sweep knows what they were.
    """
    if incident.get("result") in (Result.UNDONE, Result.ALREADY_UNDONE, Result.REFUSED):
        return True
    blind = (Hindrance.NOTHING_ACCEPTED, Hindrance.NOT_PROTECTED, Hindrance.NO_WAY_BACK)
    return incident["kind"] in _SEEN and incident.get("hindrance") not in blind


def is_over(
    incident: Mapping[str, str],
    standing: Collection[str] | None,
    now: datetime,
    dropped: Collection[str] = (),
    *,
    settled: bool = False,
) -> bool:
    """Tell whether an open incident is over.

    It stays open for three minutes at least: its event may still come, and would be paged again.

    Args:
        incident: what the ledger keeps of it.
        standing: the policies on its target; None for a target that no sweep looks at, such as an account
            that was moved: then there is nothing more to see, and time alone closes it.
        now: the time of the look, UTC.
        dropped: the policy types that are disabled, or not all back yet.
        settled: whether nothing is left to be put right of what the target does not show: a policy that was
            attached may stand there now, one that was detached is not accepted there, or one that was edited
            says what was accepted.
    """
    kind, policy_id = incident["kind"], incident.get("policy_id", "")
    if kind == SIGHTING:
        return True
    if now - datetime.fromisoformat(incident["opened_at"]) < _SETTLING:
        return False
    if incident.get("result") == Result.REFUSED:
        return True  # nothing changed, so nothing has to come clean
    if kind == ChangeKind.TYPE_DISABLED:
        return incident["policy_type"] not in dropped
    if kind == ChangeKind.UPDATED:
        return settled
    if standing is None:
        return True
    if kind == ChangeKind.ATTACHED:
        return policy_id not in standing or settled
    return kind != ChangeKind.DETACHED or policy_id in standing or settled


def _unseen(kind: ChangeKind, policy_id: str, target_id: str, now: datetime) -> Change:
    return Change(
        kind=kind,
        actor=UNSEEN,
        at=now,
        event_id=f"sweep of {now:%Y-%m-%dT%H:%M:%SZ}",
        policy_id=policy_id,
        target_id=target_id,
    )
