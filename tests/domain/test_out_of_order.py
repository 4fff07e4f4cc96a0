"""Changes whose events come late or in another order: what someone approved of since, and what counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rootguard.domain.baseline import Acceptance, Approval, Placement, TargetBaseline
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.guardrail import Mode
from rootguard.domain.rules import decide
from rootguard.domain.verdict import Obstacle, Outcome, Reason
from tests.domain.records import detach, move, update
from tests.domain.verdicts import ALERT, FULL, TRUSTING, accepted, document, judge, known, reported, writes
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_EC2,
    NOW,
    OU,
    POLICY,
    ROOT,
    SCP,
    attach,
    by_role,
    guardrail,
    policy,
    protection,
)

CHANGED = NOW.replace(second=27)
"""The records' time."""
BEFORE, AFTER = CHANGED - timedelta(seconds=1), CHANGED + timedelta(seconds=1)
PEOPLE = [Approval.TRUSTED, Approval.EXCEPTION]
NOBODY = [Approval.ADOPTED, Approval.GIVEN_UP]
CURRENT: dict[str, Any] = {
    "documents": {POLICY: document(policy(DENY_EC2))},
    "policies": {POLICY: policy(DENY_EC2)},
}
"""It is accepted as it is."""


def word(at: Any, by: Approval = Approval.TRUSTED, *, present: bool = True) -> Any:
    return {(POLICY, ROOT): accepted(at=at, by=by, present=present), (FULL, ROOT): accepted()}


# Approved since


@pytest.mark.parametrize("by", PEOPLE)
@pytest.mark.parametrize("record", [attach(), detach()], ids=["attach", "detach"])
def test_what_someone_approved_of_after_an_untrusted_change_is_paged_and_stays(
    record: Any, by: Approval
) -> None:
    reader = known(words=word(AFTER, by), **CURRENT)
    verdict = judge(record, reader)
    assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.APPROVED_SINCE)
    assert writes(record, reader) == ()


@pytest.mark.parametrize("at", [BEFORE, CHANGED])
def test_what_someone_approved_of_before_it_does_not_excuse_a_detach(at: Any) -> None:
    assert judge(detach(), known(words=word(at), **CURRENT)).outcome is Outcome.REVERT


@pytest.mark.parametrize("at", [BEFORE, CHANGED])
def test_what_someone_approved_of_before_it_may_be_attached_again(at: Any) -> None:
    assert judge(attach(), known(words=word(at), **CURRENT)).reason is Reason.IN_BASELINE


@pytest.mark.parametrize("by", NOBODY)
def test_what_nobody_approved_of_is_no_approval(by: Approval) -> None:
    reader = known(words=word(AFTER, by), **CURRENT)
    assert judge(attach(), reader).reason is Reason.IN_BASELINE
    assert judge(detach(), reader).outcome is Outcome.REVERT


def test_the_approval_of_its_removal_does_not_excuse_an_attach() -> None:
    reader = known(words=word(AFTER, present=False), **CURRENT)
    assert judge(attach(), reader).outcome is Outcome.REVERT
    assert judge(detach(), reader).reason is Reason.NOT_IN_BASELINE


@pytest.mark.parametrize(
    ("at", "by", "now", "obstacle"),
    [
        (AFTER, Approval.TRUSTED, DENY_EC2, Obstacle.APPROVED_SINCE),
        (AFTER, Approval.EXCEPTION, DENY_EC2, Obstacle.APPROVED_SINCE),
        (AFTER, Approval.ADOPTED, DENY_EC2, None),
        (CHANGED, Approval.TRUSTED, DENY_EC2, None),
        (AFTER, Approval.TRUSTED, '{"Statement":[]}', None),  # it does not read as approved
    ],
)
def test_an_edit_that_someone_overwrote_since_stays_overwritten(
    at: Any, by: Approval, now: str, obstacle: Obstacle | None
) -> None:
    reader = known(
        documents={POLICY: document(policy(DENY_EC2), at=at, by=by)}, policies={POLICY: policy(now)}
    )
    verdict = judge(update(), reader)
    assert (verdict.reason, verdict.obstacle) == (Reason.VIOLATION, obstacle)
    assert verdict.outcome is (Outcome.ALERT if obstacle else Outcome.REVERT)


def test_observe_says_first_that_it_was_approved_since() -> None:
    watching = guardrail(mode=Mode.OBSERVE)
    verdict = judge(attach(), known(words=word(AFTER), **CURRENT), watching)
    assert verdict.obstacle is Obstacle.APPROVED_SINCE


def test_a_drift_that_a_sweep_found_has_no_change_that_anyone_could_approve_of_later() -> None:
    found = Drift(ChangeKind.DETACHED, NOW, POLICY, ROOT, SCP)
    verdict = decide(found, known(words=word(AFTER), **CURRENT), guardrail())
    assert (verdict.outcome, verdict.obstacle) == (Outcome.REVERT, None)


# Trusted changes: each is accepted with its own time, so that the later one counts


@pytest.mark.parametrize("present", [True, False])
def test_a_trusted_attach_is_accepted_whatever_was_accepted_since(present: bool) -> None:
    reader = known(
        words=word(AFTER, present=present), documents={}, policies={POLICY: policy('{"Statement":[]}')}
    )
    verdict = judge(attach(userIdentity=by_role()), reader, TRUSTING)
    assert (verdict.outcome, verdict.accept) == (Outcome.ALLOW, True)


@pytest.mark.parametrize("present", [True, False])
def test_a_trusted_detach_is_accepted_whatever_was_accepted_since(present: bool) -> None:
    reader = known(words=word(AFTER, present=present), **CURRENT)
    verdict = judge(detach(userIdentity=by_role()), reader, TRUSTING)
    assert (verdict.outcome, verdict.accept) == (Outcome.ALLOW, True)


def test_a_trusted_edit_is_accepted_even_if_it_reads_as_accepted() -> None:
    reader = known(
        documents={POLICY: document(policy(DENY_EC2, name="Quarantine", description="Closes EC2"))}
    )
    verdict = judge(update(DENY_EC2, userIdentity=by_role()), reader, TRUSTING)
    assert (verdict.reason, verdict.accept) == (Reason.IN_BASELINE, True)
    assert not judge(update(DENY_EC2), reader, TRUSTING).accept


# Accounts

PINNING = guardrail(protection(pin_accounts=frozenset({ACCOUNT})))


def test_an_account_that_is_moved_where_it_belongs_is_left_there() -> None:
    reader = known(placements={ACCOUNT: Placement(CHILD_OU, BEFORE)})
    assert judge(move(OU, CHILD_OU), reader, PINNING).reason is Reason.IN_BASELINE


@pytest.mark.parametrize("at", [BEFORE, AFTER])
def test_an_account_belongs_where_it_was_accepted_whenever_it_was_moved(at: Any) -> None:
    reader = known(placements={ACCOUNT: Placement(OU, at)})
    (action,) = writes(move(CHILD_OU, ROOT), reader, PINNING)
    assert (action.target_id, getattr(action, "destination_id", None)) == (ACCOUNT, OU)


def test_an_account_that_comes_from_nowhere_known_has_nowhere_to_go_back_to() -> None:
    found = Drift(ChangeKind.ACCOUNT_MOVED, NOW, target_id=ACCOUNT, destination_id=CHILD_OU)
    verdict = decide(found, known(), PINNING)
    assert (verdict.outcome, verdict.obstacle) == (Outcome.ALERT, Obstacle.NOTHING_ACCEPTED)


# The baseline


def test_a_targets_baseline_says_what_may_be_attached_there() -> None:
    gone = Acceptance(False, SCP, NOW, Approval.TRUSTED)
    baseline = TargetBaseline(frozenset({SCP}), {POLICY: accepted(), "p-another1": gone})
    assert baseline.accepted == {POLICY: accepted()}
    assert TargetBaseline().accepted == {}
    assert not TargetBaseline().types
