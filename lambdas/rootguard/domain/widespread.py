"""Beside the rules: a lockout that reaches many accounts is paged, whoever made it and wherever it is.

It is asked once the verdict stands, and takes nothing back: what was approved stays approved.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from rootguard.domain.drift import PLACINGS, ChangeKind, Drift
from rootguard.domain.guardrail import Guardrail
from rootguard.domain.lockouts import BROAD, NARROW, TOTAL, completes_lockout, denial_of
from rootguard.domain.policy import FULL_ACCESS, SERVICE_CONTROL_POLICY, full_access_of, root_first
from rootguard.domain.reader import Reader
from rootguard.domain.verdict import Obstacle, Outcome, Reason, Verdict

_LOOKED_AT: Final = 10
"""The most targets at which an edited policy is judged together with the others there. If it locks out at one
of them, the rest counts, too: nobody knows better."""
_KEPT: Final = 100  # targets that a page counts
_ANSWERED: Final = (Reason.OWN_CHANGE, Reason.CALL_FAILED, Reason.FIRST_CONTACT)
"""Nothing changed, the guard did it, or the page of first contact says so."""


def paged_if_widespread(verdict: Verdict, drift: Drift, reader: Reader, guardrail: Guardrail) -> Verdict:
    """Return the verdict, as an alert if the change locks more than `lockout_alert_accounts` accounts out.

    Accounts below several targets of an edited policy count once. If they cannot be counted, they are many.

    Raises:
        UnreadableError: a fact cannot be read now.
    """
    limit = guardrail.lockout_alert_accounts
    if limit is None or verdict.is_incident or verdict.reason in _ANSWERED:
        return verdict
    locked = _locked_out(drift, reader)
    accounts = reader.reach(*locked) if locked else 0
    if accounts is not None and accounts <= limit:
        return verdict
    is_approved = verdict.outcome is Outcome.ALLOW
    return replace(
        verdict,
        outcome=Outcome.ALERT,
        reason=verdict.reason if is_approved else Reason.LOCKOUT_ELSEWHERE,
        protection=verdict.protection if is_approved else None,
        target_id=locked[0],
        also=tuple(locked[1:_KEPT]),
        obstacle=Obstacle.APPROVED if is_approved else Obstacle.NOT_PROTECTED,
    )


def _locked_out(drift: Drift, reader: Reader) -> list[str]:
    """Return where a change puts a lockout in force, the root first.

    A policy that denies anything may complete one beside others. Whatever is edited or detached may have
    been the last that allows anything, but for where full access is attached. No RCP can be: its full access
    cannot be detached ("RCP evaluation", AWS Organizations User Guide).
    """
    targets, policy_type, denies = [drift.target_id], SERVICE_CONTROL_POLICY, False
    if drift.kind in PLACINGS and not full_access_of(drift.policy_id):
        policy = drift.policy or reader.policy(drift.policy_id)
        if policy is None or policy.type not in FULL_ACCESS:
            return []
        if drift.kind is ChangeKind.UPDATED:
            targets = sorted(reader.targets(drift.policy_id), key=root_first)
        denial, policy_type = denial_of(policy, reader.now), policy.type
        if denial == TOTAL:
            return targets
        denies = denial in (BROAD, NARROW)
        if drift.kind is ChangeKind.ATTACHED and not denies:
            return []
    elif drift.kind is not ChangeKind.DETACHED:
        return []

    def is_locked(target_id: str) -> bool:
        others = reader.attached(target_id, policy_type).keys() - {drift.policy_id}
        is_open = not denies and not others.isdisjoint(FULL_ACCESS.values())
        return not is_open and completes_lockout(replace(drift, target_id=target_id), policy_type, reader)

    locked = list(filter(is_locked, targets[:_LOOKED_AT]))
    return locked + targets[_LOOKED_AT:] if locked else []
