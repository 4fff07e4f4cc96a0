"""Whether a change leaves the root locked out, with the help of the evaluator in `lockout`.

The evaluator is loaded only if it is asked: most verdicts, and every untrusted attach, need none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from rootguard.domain.drift import PLACINGS, ChangeKind, Drift
from rootguard.domain.policy import FULL_ACCESS, SERVICE_CONTROL_POLICY, Policy, full_access_of
from rootguard.domain.reader import Reader, UnreadableError, accepted_policy

if TYPE_CHECKING:
    from rootguard.lockout.judgement import Judgement

TOTAL, BROAD, NARROW = "total", "broad", "narrow"


def is_lockout(policy: Policy | None, at: datetime) -> bool:
    """Tell whether a policy is known to deny everything to everyone, at a moment (UTC) or later.

    One of unknown type counts as an SCP.
    """
    return policy is not None and not full_access_of(policy.id) and denial_of(policy, at) == TOTAL


def denial_of(policy: Policy, at: datetime) -> str:
    """Return how much a policy denies alone, from a moment (UTC) on: "total", "broad", "narrow" or "none"."""
    policy_type = policy.type or SERVICE_CONTROL_POLICY
    return _judged([policy.content], policy_type, policy.organization_id, at, alone=False).denial


def is_closed(target_id: str, policy_type: str, reader: Reader) -> bool:
    """Tell whether all that is attached to a root denies everything together. Raises UnreadableError."""
    attached = reader.attached(target_id, policy_type)
    return _locked(_documents(attached, policy_type, reader), policy_type, reader.now)


def locks_out_root(drift: Drift, policy_type: str, reader: Reader) -> bool:
    """Tell whether an attach, a detach or an edit leaves Root locked out, by one policy or by several.

    Whoever completes a lockout is undone. A root that was locked out before is not the drift's doing, unless
    its own policy is a lockout by itself.

    Raises:
        UnreadableError: what is attached, or the policy itself, cannot be read, and what is known is none.
    """
    if drift.kind in PLACINGS and is_lockout(_policy_now(drift, reader), reader.now):
        return True
    after = _after(drift, policy_type, reader)
    return _locked(after, policy_type, reader.now) and any(
        _completes(drift, policy_type, policies, reader)
        for policies in _beside(drift, policy_type, after, reader)
    )


def completes_lockout(drift: Drift, policy_type: str, reader: Reader) -> bool:
    """Tell whether what is attached after a drift is a lockout, and was none before. May raise as above."""
    return _completes(drift, policy_type, _after(drift, policy_type, reader), reader)


def _completes(drift: Drift, policy_type: str, after: Mapping[str, Policy], reader: Reader) -> bool:
    if not _locked(after, policy_type, reader.now):
        return False
    before = {policy_id: policy for policy_id, policy in after.items() if policy_id != drift.policy_id}
    if drift.kind is not ChangeKind.ATTACHED:
        was = accepted_policy(drift.policy_id, reader)
        if was is None and drift.kind is ChangeKind.DETACHED:
            was = reader.policy(drift.policy_id)  # It reads as it did before.
        before[drift.policy_id] = was or Policy(drift.policy_id, policy_type)
    return not _locked(before, policy_type, reader.now)


def together(drift: Drift, policy_type: str, reader: Reader) -> Judgement:
    """Return how much all policies of a type deny on a target after a drift. Raises UnreadableError."""
    return _judged_together(_after(drift, policy_type, reader), policy_type, reader.now)


def _after(drift: Drift, policy_type: str, reader: Reader) -> dict[str, Policy]:
    others = reader.attached(drift.target_id, policy_type).keys() - {drift.policy_id}
    after = _documents(others, policy_type, reader)
    if drift.kind is not ChangeKind.DETACHED:
        unread = Policy(drift.policy_id, policy_type)
        after[drift.policy_id] = _policy_now(drift, reader) or unread
    return after


def _policy_now(drift: Drift, reader: Reader) -> Policy | None:
    if drift.policy is not None:
        return drift.policy
    try:
        return reader.policy(drift.policy_id)
    except UnreadableError:
        known = reader.known(drift.policy_id)
        if is_lockout(known, reader.now):
            return known
        raise


def _beside(
    drift: Drift, policy_type: str, after: dict[str, Policy], reader: Reader
) -> Iterator[dict[str, Policy]]:
    """Yield the policies that a drift is judged beside: those that are accepted.

    Whatever else is attached is judged when its own event comes. A sweep waits for none, and takes all, too:
    of two halves that nobody approved of, neither is alone the one that completes a lockout. If someone took
    full access off just now, it comes back: what was beside it is no lockout for the lack of it.
    """
    is_known = drift.kind is not ChangeKind.DETACHED and reader.remembers
    if is_known:
        accepted, full_access = reader.accepted_on(drift.target_id), FULL_ACCESS.get(policy_type, "")
        known = {drift.policy_id, *accepted, *FULL_ACCESS.values()}
        beside = {policy_id: policy for policy_id, policy in after.items() if policy_id in known}
        yield beside | ({full_access: Policy(full_access, policy_type)} if full_access in accepted else {})
    if drift.change is None or not is_known:
        yield after


def _documents(policy_ids: Iterable[str], policy_type: str, reader: Reader) -> dict[str, Policy]:
    """Return policies as they were accepted, or else as they are now."""
    return {
        policy_id: accepted_policy(policy_id, reader)
        or reader.policy(policy_id)
        or Policy(policy_id, policy_type)
        for policy_id in sorted(policy_ids)
    }


def _locked(policies: Mapping[str, Policy], policy_type: str, at: datetime) -> bool:
    return _judged_together(policies, policy_type, at).denial == TOTAL


def _judged_together(policies: Mapping[str, Policy], policy_type: str, at: datetime) -> Judgement:
    """Judge all that is attached to a target. What cannot be read may allow anything.

    Full access for RCPs is attached everywhere ("RCP evaluation", AWS Organizations User Guide).
    """
    contents = [None if full_access_of(policy.id) else policy.content for policy in policies.values()]
    organization_id = next((p.organization_id for p in policies.values() if p.organization_id), None)
    is_alone = policy_type == SERVICE_CONTROL_POLICY
    return _judged(contents, policy_type, organization_id, at, alone=is_alone)


def _judged(
    texts: Iterable[str | None], kind: str, own_id: str | None, at: datetime, *, alone: bool
) -> Judgement:
    from rootguard.lockout.judgement import judge  # noqa: PLC0415

    return judge(tuple(texts), kind, own_id, at=at, alone=alone)
