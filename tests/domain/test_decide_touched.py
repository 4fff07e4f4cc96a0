"""Rules 1 to 4 for the changes that are no attach: which of them touch something protected."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.cloudtrail.read import ChangeKind
from rootguard.domain.facts import BaselinePolicy
from rootguard.domain.verdict import Hindrance, Outcome
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
from tests.domain.verdicts import ACCEPTED, FULL, judge, known, told
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_EC2,
    OU,
    OWN_ROLE,
    POLICY,
    ROOT,
    by_role,
    guardrail,
    policy,
    protection,
)

PINNING = guardrail(protection(pin_accounts=frozenset({ACCOUNT}), restore_policy_type=True))
VIOLATION = ("revert", "violation", 8, "root")
ALERT = ("alert", "violation", 8, "root")


def at(outcome: str, code: str, rule: int) -> tuple[str, str, int, str]:
    return outcome, code, rule, "root"


# Rules 1 and 2: for every kind alike


@pytest.mark.parametrize("kind", ChangeKind)
def test_1_a_failed_call_is_ignored(kind: ChangeKind) -> None:
    record = EVERY_KIND[kind] | {"errorCode": "ConstraintViolationException"}
    assert told(judge(record, known(), PINNING)) == ("ignore", "call-failed", 1, None)


@pytest.mark.parametrize("record", [detach(), disable(), enable(), disable(requestParameters=None)])
def test_1_a_refused_call_on_a_protected_target_alerts(record: dict[str, Any]) -> None:
    message = "… on resource: arn:aws:organizations::111122223333:root/o-exampleorgid/r-exam because …"
    verdict = judge(record | {"errorCode": "AccessDenied", "errorMessage": message})
    assert told(verdict) == at("alert", "denied-attempt", 1)
    assert verdict.target_id == ROOT


@pytest.mark.parametrize("kind", ORGANIZATION_WIDE)
def test_1_a_refused_call_that_names_no_protected_target_is_ignored(kind: ChangeKind) -> None:
    record = call(kind, None, errorCode="AccessDenied")
    assert told(judge(record)) == ("ignore", "call-failed", 1, None)


def test_1_a_refused_closing_of_a_protected_account_alerts() -> None:
    record = call(ChangeKind.ACCOUNT_CLOSED, {"accountId": ACCOUNT}, errorCode="AccessDenied")
    prod = guardrail(protection(targets=frozenset({ACCOUNT})))
    assert told(judge(record, policy_of=prod)) == at("alert", "denied-attempt", 1)


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


@pytest.mark.parametrize("kind", ChangeKind)
def test_2_the_guards_own_change_is_ignored(kind: ChangeKind) -> None:
    record = EVERY_KIND[kind] | {"userIdentity": by_role(OWN_ROLE)}
    assert told(judge(record, known(), PINNING)) == ("ignore", "own-change", 2, None)


# Rules 3 and 4: what is touched


def test_3_a_created_policy_stands_nowhere_whatever_it_denies() -> None:
    assert told(judge(create())) == ("ignore", "stands-nowhere-protected", 3, None)


def test_3_a_detach_elsewhere_is_ignored() -> None:
    assert told(judge(detach(OU), known())) == ("ignore", "target-not-protected", 3, None)


@pytest.mark.parametrize("targets", [frozenset(), frozenset({OU, ACCOUNT, "r-other"})])
def test_3_an_edit_of_what_stands_on_nothing_protected_is_ignored(targets: frozenset[str]) -> None:
    given = known(baseline={OU: {POLICY: ACCEPTED}}, targets={POLICY: targets}, root_id=ROOT)
    assert told(judge(update(), given)) == ("ignore", "stands-nowhere-protected", 3, None)


def test_3_an_edit_of_what_stands_on_root_is_a_violation() -> None:
    verdict = judge(update(), known())
    assert told(verdict) == VIOLATION
    assert verdict.target_id == ROOT


def test_3_an_edit_of_what_was_never_adopted_and_stands_on_root_is_told() -> None:
    # Such as a policy of the allow list, which anyone may attach and nobody adopts.
    verdict = judge(update(DENY_EC2), known(baseline={ROOT: {"p-FullAWSAccess": FULL}}))
    assert told(verdict) == ALERT
    assert verdict.hindrance is Hindrance.NOTHING_ACCEPTED


def test_3_an_edit_below_a_protected_root_is_a_violation() -> None:
    below = guardrail(protection(include_descendants=True))
    given = known(baseline={OU: {POLICY: ACCEPTED}}, targets={})
    verdict = judge(update(), given, below)
    assert (told(verdict), verdict.target_id) == (VIOLATION, OU)


def test_3_deleting_what_was_never_accepted_is_ignored() -> None:
    assert told(judge(delete(), known(baseline={}, targets={}))) == (
        "ignore",
        "stands-nowhere-protected",
        3,
        None,
    )


@pytest.mark.parametrize("record", [disable("TAG_POLICY"), enable("TAG_POLICY")])
def test_4_a_type_that_no_protection_covers_may_come_and_go(record: dict[str, Any]) -> None:
    assert told(judge(record)) == ("ignore", "policy-type-not-covered", 4, None)


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
def test_3_a_move_is_a_violation_where_it_or_its_ends_are_pinned(
    source: str, destination: str, pins: set[str], rule: int
) -> None:
    verdict = judge(move(source, destination), policy_of=guardrail(protection(pin_accounts=frozenset(pins))))
    assert verdict.reason.rule == rule
    assert verdict.outcome is (Outcome.REVERT if rule == 8 else Outcome.IGNORE)
    assert verdict.target_id == (ACCOUNT if rule == 8 else "")


def test_4_a_tag_policy_may_be_detached_and_edited() -> None:
    tags = known(baseline={ROOT: {}}, policies={POLICY: policy(type="TAG_POLICY")})
    assert told(judge(detach(), tags)) == at("ignore", "policy-type-not-covered", 4)
    edited = judge(update(policy_type="TAG_POLICY"), tags)
    assert told(edited) == at("ignore", "policy-type-not-covered", 4)


def test_4_a_deleted_baseline_policy_is_told_though_it_can_no_longer_be_read() -> None:
    for given in (known(), known(policies={}), known(policies={POLICY: None})):
        assert told(judge(delete(), given)) == ALERT
    untyped = known(policies={POLICY: None}, baseline={ROOT: {POLICY: BaselinePolicy("x", None)}})
    assert told(judge(delete(), untyped)) == ALERT
