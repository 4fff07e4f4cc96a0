"""A lockout that reaches many accounts is paged, wherever it is and whoever made it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rootguard.cloudtrail.read import read_change
from rootguard.domain.drift import Drift
from rootguard.domain.lockouts import denial_of
from rootguard.domain.policy import RESOURCE_CONTROL_POLICY
from rootguard.domain.reader import UnreadableError
from rootguard.domain.remedy import remedy_of
from rootguard.domain.rules import decide
from rootguard.domain.verdict import Obstacle, Verdict
from rootguard.domain.widespread import paged_if_widespread
from tests.domain.records import update
from tests.domain.verdicts import FULL, accepted, fresh, reported
from tests.fakes.reader import FakeReader
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_ALL,
    DENY_EC2,
    OU,
    PIPELINE,
    POLICY,
    ROOT,
    attach,
    by_role,
    guardrail,
    policy,
    protection,
)

LIMITED = replace(guardrail(), lockout_alert_accounts=10)
PAGED = ("alert", "lockout-on-unprotected", 3, None)
IGNORED = ("ignore", "target-not-protected", 3, None)
UNATTACHED = ("ignore", "stands-nowhere-protected")
OTHER, ALLOWS = "p-another01", "p-allowing1"
ALLOW_ALL = DENY_ALL.replace("Deny", "Allow")
HALF, OTHER_HALF = (
    DENY_EC2.replace('"ec2:*"', json.dumps([f"{letter}*" for letter in letters]))
    for letters in ("abcdefghijklm", "nopqrstuvwxyz")
)


def drift_of(event: Any) -> Drift:
    found = read_change(event)
    assert isinstance(found, Drift)
    return found


def judge(event: Any, reader: FakeReader, limits: Any = LIMITED) -> Verdict:
    drift = drift_of(event)
    return paged_if_widespread(decide(drift, reader, limits), drift, reader, limits)


def outside(content: str = DENY_ALL, accounts: int | None = 11, **changed: Any) -> FakeReader:
    return fresh(policies={POLICY: policy(content)}, accounts={OU: accounts}, **changed)


@pytest.mark.parametrize("accounts", [11, None])
def test_a_lockout_elsewhere_is_paged_if_it_reaches_many_accounts(accounts: int | None) -> None:
    reader = outside(accounts=accounts)
    verdict = judge(attach(OU), reader)
    assert reported(verdict) == PAGED
    assert (verdict.target_id, verdict.obstacle, verdict.accept) == (OU, Obstacle.NOT_PROTECTED, False)
    assert remedy_of(drift_of(attach(OU)), verdict, reader) == ()


def test_anything_less_elsewhere_is_ignored() -> None:
    assert reported(judge(attach(OU), outside(accounts=10))) == IGNORED
    assert reported(judge(attach(OU), outside(DENY_EC2))) == IGNORED
    assert reported(judge(attach(OU), outside(), guardrail())) == IGNORED
    assert reported(judge(attach(OU, FULL), outside())) == IGNORED


def test_what_a_policy_reaches_is_counted_only_if_it_is_a_lockout() -> None:
    harmless, unlimited = outside(DENY_EC2.replace("ec2:*", "ec2:RunInstances")), outside()
    judge(attach(OU), harmless)
    judge(attach(OU), unlimited, guardrail())
    assert "reach" not in {what for what, _ in harmless.asked}
    assert unlimited.asked == []


# Edits: one change, and every target that it touches

SECOND_OU = "ou-exam-sandboxes"
PARENTS = {OU: ROOT, SECOND_OU: ROOT, CHILD_OU: OU, ACCOUNT: CHILD_OU}


def edited(accounts: dict[str, int | None]) -> Verdict:
    attachments = {target: frozenset({POLICY}) for target in accounts}
    return judge(update(), fresh(accounts=accounts, attachments=attachments, parents=PARENTS))


def test_an_edit_reaches_all_targets_of_its_policy_together() -> None:
    assert reported(edited({OU: 6, SECOND_OU: 5})) == PAGED
    assert reported(edited({OU: 5, SECOND_OU: 5}))[:2] == UNATTACHED
    assert reported(edited({OU: 5, SECOND_OU: None})) == PAGED


def test_the_verdict_says_where_else_the_policy_is() -> None:
    verdict = edited({OU: 6, SECOND_OU: 5})
    assert {verdict.target_id, *verdict.also} == {OU, SECOND_OU}


def test_an_account_below_two_targets_of_a_policy_counts_once() -> None:
    assert reported(edited({OU: 10, CHILD_OU: 6, ACCOUNT: 1}))[:2] == UNATTACHED
    assert reported(edited({OU: 10, CHILD_OU: 6, SECOND_OU: 1})) == PAGED


def test_an_edit_of_what_is_attached_nowhere_reaches_nobody() -> None:
    assert edited({}).outcome.value == "ignore"


# Together with what else is attached


def beside(event: Any, *others: str, content: str = DENY_ALL, **changed: Any) -> Verdict:
    policies = {
        POLICY: policy(content),
        OTHER: policy(OTHER_HALF, id=OTHER),
        ALLOWS: policy(ALLOW_ALL, id=ALLOWS),
        FULL: policy("", id=FULL),
    }
    attachments = {OU: frozenset(others)}
    return judge(event, fresh(policies=policies, accounts={OU: 11}, attachments=attachments, **changed))


def detach(policy_id: str) -> dict[str, Any]:
    return {**attach(OU, policy_id), "eventName": "DetachPolicy"}


def test_whoever_takes_the_last_allow_away_locks_everyone_out() -> None:
    assert reported(beside(detach(FULL), OTHER)) == PAGED
    assert reported(beside(detach(ALLOWS), OTHER)) == PAGED
    assert reported(beside(detach(ALLOWS), OTHER, FULL)) == IGNORED
    assert reported(beside(detach(FULL), OTHER, ALLOWS)) == IGNORED


def test_what_nothing_allowed_before_is_no_news() -> None:
    assert reported(beside(detach(POLICY), OTHER)) == IGNORED


def test_whoever_completes_a_lockout_is_paged() -> None:
    assert reported(beside(attach(OU), POLICY, OTHER, FULL, content=HALF)) == PAGED
    assert reported(beside(attach(OU), POLICY, FULL, content=HALF)) == IGNORED


def test_two_narrow_policies_can_complete_a_lockout_too() -> None:
    reads = ["*:Get*", "*:List*", "*:Describe*", "*:Batch*", "*:Query*", "*:Receive*"]
    writes = DENY_EC2.replace('"Action":"ec2:*"', f'"NotAction":{json.dumps(reads)}')
    assert writes != DENY_EC2
    half = DENY_EC2.replace('"ec2:*"', json.dumps(reads))
    policies = {POLICY: policy(half), OTHER: policy(writes, id=OTHER), FULL: policy("", id=FULL)}
    attachments = {OU: frozenset({POLICY, OTHER, FULL})}
    reader = fresh(policies=policies, accounts={OU: 11}, attachments=attachments)
    assert denial_of(policies[POLICY], reader.now) == "narrow"
    assert reported(judge(attach(OU), reader)) == PAGED


def test_an_edit_of_the_last_allow_counts_all_targets_though_it_looks_at_ten() -> None:
    accounts: dict[str, int | None] = {f"{number:012}": 1 for number in range(40)}
    narrow = DENY_EC2.replace("Deny", "Allow")
    attachments = {target: frozenset({POLICY}) for target in accounts}
    parents = dict.fromkeys(accounts, ROOT)
    reader = fresh(accounts=accounts, attachments=attachments, parents=parents)
    verdict = judge(update(content=narrow), reader)
    assert reported(verdict) == PAGED
    assert {verdict.target_id, *verdict.also} == accounts.keys()
    assert sum(what == "attached" for what, _ in reader.asked) <= 20  # ten, before and after
    open_to_all = {target: frozenset({POLICY, FULL}) for target in accounts}
    reader = fresh(accounts=accounts, attachments=open_to_all, parents=parents)
    assert reported(judge(update(content=narrow), reader))[:2] == UNATTACHED


def test_an_edit_that_takes_the_last_allow_away_is_paged() -> None:
    narrow = DENY_EC2.replace("ec2:*", "ec2:RunInstances")
    assert reported(beside(update(content=narrow), POLICY, content=narrow)) == PAGED
    assert reported(beside(update(content=narrow), POLICY, FULL, content=narrow))[:2] == UNATTACHED


def test_a_target_that_was_locked_out_before_is_no_news() -> None:
    policies = {POLICY: policy(DENY_EC2), OTHER: policy(DENY_ALL, id=OTHER)}
    attachments = {OU: frozenset({POLICY, OTHER})}
    reader = fresh(policies=policies, accounts={OU: 11}, attachments=attachments)
    assert reported(judge(attach(OU), reader)) == IGNORED


# On protected targets

TRUSTING = replace(
    guardrail(protection(targets=frozenset({OU}), trusted_principals=frozenset({PIPELINE}))),
    lockout_alert_accounts=10,
)


def test_a_trusted_lockout_below_the_root_is_accepted_and_paged() -> None:
    reader = outside(words={(FULL, OU): accepted()}, adopted={OU: frozenset({"SERVICE_CONTROL_POLICY"})})
    verdict = judge({**attach(OU), "userIdentity": by_role()}, reader, TRUSTING)
    assert reported(verdict)[:3] == ("alert", "trusted-principal", 6)
    assert (verdict.accept, verdict.obstacle, verdict.target_id) == (True, Obstacle.APPROVED, OU)


def test_a_lockout_of_a_type_that_is_not_covered_is_paged() -> None:
    rcp = policy(DENY_ALL.replace('"Resource"', '"Principal": "*", "Resource"'), type=RESOURCE_CONTROL_POLICY)
    reader = fresh(policies={POLICY: rcp}, accounts={ROOT: 11})
    only = guardrail(protection(policy_types=frozenset({"SERVICE_CONTROL_POLICY"})))
    verdict = judge(attach(ROOT), reader, replace(only, lockout_alert_accounts=10))
    assert reported(verdict) == PAGED


def test_what_is_undone_or_paged_anyway_is_not_counted() -> None:
    reader = fresh(policies={POLICY: policy()})
    assert judge(attach(ROOT), reader).outcome.value == "revert"
    assert ("reach", ROOT) not in reader.asked


def test_what_cannot_be_read_is_not_taken_for_harmless() -> None:
    with pytest.raises(UnreadableError):
        judge(attach(OU), outside(unreadable=frozenset({"policy"})))
