"""Rules 1 to 4 for the changes that are no attach: which of them touch something protected."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.domain.drift import ChangeKind
from rootguard.domain.verdict import Obstacle, Outcome
from tests.domain.records import (
    EVERY_KIND,
    ORGANIZATION_WIDE,
    call,
    create,
    delete,
    detach,
    disable,
    enable,
    move,
    update,
)
from tests.domain.verdicts import ALERT, VIOLATION, accepted, at_root, fresh, judge, known, on, reported
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_EC2,
    OU,
    OWN_ROLE,
    PIPELINE,
    POLICY,
    ROOT,
    attach,
    by_role,
    guardrail,
    policy,
    protection,
)

PINNING = guardrail(protection(pin_accounts=frozenset({ACCOUNT}), restore_policy_type=True))

# Rules 1 and 2: for every kind alike


@pytest.mark.parametrize("kind", ChangeKind)
def test_1_a_failed_call_is_ignored(kind: ChangeKind) -> None:
    record = EVERY_KIND[kind] | {"errorCode": "ConstraintViolationException"}
    assert reported(judge(record, known(), PINNING)) == ("ignore", "call-failed", 1, None)


@pytest.mark.parametrize("record", [detach(), disable(), enable(), disable(requestParameters=None)])
@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_1_a_refused_call_on_a_protected_target_alerts(record: dict[str, Any], code: str) -> None:
    message = "… on resource: arn:aws:organizations::111122223333:root/o-exampleorgid/r-exam because …"
    verdict = judge(record | {"errorCode": code, "errorMessage": message})
    assert reported(verdict) == at_root("alert", "denied-attempt", 1)
    assert verdict.target_id == ROOT


@pytest.mark.parametrize("kind", ORGANIZATION_WIDE)
def test_1_a_refused_call_that_names_no_protected_target_is_ignored(kind: ChangeKind) -> None:
    record = call(kind, None, errorCode="AccessDenied")
    assert reported(judge(record)) == ("ignore", "call-failed", 1, None)


def test_1_a_refused_closing_of_a_protected_account_alerts() -> None:
    record = call(ChangeKind.ACCOUNT_CLOSED, {"accountId": ACCOUNT}, errorCode="AccessDenied")
    prod = guardrail(protection(targets=frozenset({ACCOUNT})))
    assert reported(judge(record, policy_of=prod)) == at_root("alert", "denied-attempt", 1)


@pytest.mark.parametrize(
    ("pins", "outcome"),
    [({ACCOUNT}, "alert"), ({OU}, "alert"), ({"root"}, "alert"), ({"ou-exam-elsewhere"}, "ignore")],
)
def test_1_a_refused_move_of_what_is_pinned_alerts(pins: set[str], outcome: str) -> None:
    record = move(ROOT, OU) | {"errorCode": "AccessDenied"}
    pinning = guardrail(protection(name="other"), protection(name="root", pin_accounts=frozenset(pins)))
    verdict = judge(record, policy_of=pinning)
    assert (verdict.outcome.value, verdict.reason.rule) == (outcome, 1)
    assert verdict.protection == ("root" if outcome == "alert" else None)
    assert verdict.target_id == (ACCOUNT if outcome == "alert" else "")


@pytest.mark.parametrize("record", [update(), delete()], ids=["edit", "deletion"])
def test_1_a_refused_edit_of_an_accepted_policy_alerts_where_it_is_accepted(record: dict[str, Any]) -> None:
    reader = known()
    verdict = judge(record | {"errorCode": "AccessDenied"}, reader)
    assert (reported(verdict), verdict.target_id) == (at_root("alert", "denied-attempt", 1), ROOT)
    assert reader.asked == []


def test_1_a_refused_edit_of_what_is_only_attached_to_root_alerts() -> None:
    verdict = judge(update(errorCode="AccessDenied"), known(words={}))
    assert (verdict.reason.value, verdict.target_id) == ("denied-attempt", ROOT)


def test_1_a_refused_edit_of_what_is_attached_nowhere_is_ignored() -> None:
    assert judge(update(errorCode="AccessDenied"), fresh()).reason.value == "call-failed"


def test_1_a_refused_call_is_no_attempt_only_if_its_actor_is_trusted_at_each_place() -> None:
    trusting = protection(trusted_principals=frozenset({PIPELINE}))
    both = guardrail(trusting, protection(name="work", targets=frozenset({OU})))
    record = update(errorCode="AccessDenied", userIdentity=by_role())
    reader = known(words={(POLICY, ROOT): accepted(), (POLICY, OU): accepted()})
    verdict = judge(record, reader, both)
    assert (verdict.reason.value, verdict.target_id, verdict.protection) == ("denied-attempt", OU, "work")
    assert judge(record, reader, guardrail(trusting)).reason.value == "call-failed"


@pytest.mark.parametrize("kind", ChangeKind)
def test_2_the_guards_own_change_is_ignored(kind: ChangeKind) -> None:
    record = EVERY_KIND[kind] | {"userIdentity": by_role(OWN_ROLE)}
    assert reported(judge(record, known(), PINNING)) == ("ignore", "own-change", 2, None)


# Rules 3 and 4: what is touched


def test_3_a_created_policy_is_attached_nowhere_whatever_it_denies() -> None:
    assert reported(judge(create())) == ("ignore", "stands-nowhere-protected", 3, None)


def test_3_a_detach_elsewhere_is_ignored() -> None:
    assert reported(judge(detach(OU), known())) == ("ignore", "target-not-protected", 3, None)


@pytest.mark.parametrize("targets", [[], [OU, ACCOUNT]])
def test_3_an_edit_of_what_is_attached_to_nothing_protected_is_ignored(targets: list[str]) -> None:
    reader = known(
        words={(POLICY, OU): accepted()},
        attachments={target: frozenset({POLICY}) for target in targets},
    )
    assert reported(judge(update(), reader)) == ("ignore", "stands-nowhere-protected", 3, None)


def test_3_an_edit_of_what_is_attached_to_root_is_a_violation() -> None:
    verdict = judge(update(), known())
    assert reported(verdict) == VIOLATION
    assert verdict.target_id == ROOT


def test_3_an_edit_of_what_was_never_accepted_and_is_attached_to_root_is_an_alert() -> None:
    # Such as a policy of the allow list, which anyone may attach and nobody accepts.
    verdict = judge(update(DENY_EC2), known(words={}, documents={}))
    assert reported(verdict) == ALERT
    assert verdict.obstacle is Obstacle.NOTHING_ACCEPTED


def test_3_an_edit_below_a_protected_root_is_a_violation() -> None:
    below = guardrail(protection(include_descendants=True))
    verdict = judge(update(), on(OU), below)
    assert (reported(verdict), verdict.target_id) == (VIOLATION, OU)


def test_3_deleting_what_was_never_accepted_is_ignored() -> None:
    verdict = judge(delete(), fresh(policies={}))
    assert reported(verdict) == ("ignore", "stands-nowhere-protected", 3, None)


@pytest.mark.parametrize("record", [disable("TAG_POLICY"), enable("TAG_POLICY")])
def test_4_a_type_that_no_protection_covers_may_come_and_go(record: dict[str, Any]) -> None:
    assert reported(judge(record)) == ("ignore", "policy-type-not-covered", 4, None)


def test_4_a_type_is_guarded_by_roots_protection_before_others() -> None:
    both = guardrail(protection(name="work", targets=frozenset({OU})), protection())
    assert judge(disable(), policy_of=both).protection == "root"
    assert judge(disable(), policy_of=guardrail(both.protections[0])).protection == "work"


@pytest.mark.parametrize(
    ("source", "destination", "pins", "rule"),
    [
        (OU, CHILD_OU, {ACCOUNT}, 8),
        (OU, CHILD_OU, {OU}, 8),
        (OU, CHILD_OU, {CHILD_OU}, 8),
        (ROOT, OU, {"root"}, 8),
        (OU, ROOT, {"root"}, 8),
        (OU, CHILD_OU, {"root", "999988887777", "ou-exam-elsewhere"}, 3),
        (OU, CHILD_OU, set(), 3),
    ],
)
def test_3_a_move_is_a_violation_if_the_account_or_an_end_is_pinned(
    source: str, destination: str, pins: set[str], rule: int
) -> None:
    pinning = guardrail(protection(pin_accounts=frozenset(pins)))
    verdict = judge(move(source, destination), policy_of=pinning)
    assert verdict.reason.rule == rule
    assert verdict.outcome is (Outcome.REVERT if rule == 8 else Outcome.IGNORE)
    assert verdict.target_id == (ACCOUNT if rule == 8 else "")


def test_4_a_tag_policy_may_be_detached_and_edited() -> None:
    tags = known(words={}, policies={POLICY: policy(type="TAG_POLICY")})
    assert reported(judge(detach(), tags)) == at_root("ignore", "policy-type-not-covered", 4)
    edited = judge(update(policy_type="TAG_POLICY"), tags)
    assert reported(edited) == at_root("ignore", "policy-type-not-covered", 4)


@pytest.mark.parametrize("policy_type", ["SERVICE_CONTROL_POLICY", ""])
def test_4_a_deleted_accepted_policy_is_an_alert_though_it_can_no_longer_be_read(policy_type: str) -> None:
    reader = known(words={(POLICY, ROOT): accepted(policy_type)}, policies={})
    verdict = judge(delete(), reader)
    assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.NO_WAY_BACK)


@pytest.mark.parametrize("event", [attach(), detach(), update()], ids=["attach", "detach", "edit"])
def test_4_the_accepted_type_counts_before_a_read(event: dict[str, Any]) -> None:
    rcp = known(words={(POLICY, ROOT): accepted("TAG_POLICY")})
    expected = "violation" if event["eventName"] == "UpdatePolicy" else "policy-type-not-covered"
    assert judge(event, rcp).reason.value == expected  # an edit's own answer says the type
