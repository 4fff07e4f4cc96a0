"""Rule 3 if no protection holds: what is ignored, and the lockout that is paged all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rootguard.domain.verdict import Obstacle, Verdict
from tests.domain.records import update
from tests.domain.verdicts import fresh, judge, reported, writes
from tests.fakes.reader import FakeReader
from tests.given import ACCOUNT, CHILD_OU, DENY_ALL, DENY_EC2, OU, POLICY, ROOT, attach, guardrail, policy

LIMITED = replace(guardrail(), lockout_alert_accounts=10)
PAGED = ("alert", "lockout-on-unprotected", 3, None)
IGNORED = ("ignore", "target-not-protected", 3, None)


def outside(content: str = DENY_ALL, accounts: int | None = 11, **changed: Any) -> FakeReader:
    return fresh(policies={POLICY: policy(content)}, accounts={OU: accounts}, **changed)


@pytest.mark.parametrize("accounts", [11, None])
def test_a_lockout_elsewhere_is_paged_if_it_reaches_many_accounts(accounts: int | None) -> None:
    reader = outside(accounts=accounts)
    verdict = judge(attach(OU), reader, LIMITED)
    assert reported(verdict) == PAGED
    assert (verdict.target_id, verdict.obstacle, verdict.accept) == (OU, Obstacle.NOT_PROTECTED, False)
    assert writes(attach(OU), reader, LIMITED) == ()


def test_anything_less_elsewhere_is_ignored() -> None:
    assert reported(judge(attach(OU), outside(accounts=10), LIMITED)) == IGNORED
    assert reported(judge(attach(OU), outside(DENY_EC2), LIMITED)) == IGNORED
    assert reported(judge(attach(OU), outside(), guardrail())) == IGNORED
    assert reported(judge(attach(OU, "p-FullAWSAccess"), outside(), LIMITED)) == IGNORED


def test_what_a_policy_reaches_is_counted_only_if_it_is_a_lockout() -> None:
    harmless, unlimited = outside(DENY_EC2), outside()
    judge(attach(OU), harmless, LIMITED)
    judge(attach(OU), unlimited, guardrail())
    assert (harmless.asked, unlimited.asked) == ([("policy", POLICY)], [])


# Edits: one change, and every target that it touches

SECOND_OU = "ou-exam-sandboxes"


def edited(accounts: dict[str, int | None]) -> Verdict:
    attachments = {target: frozenset({POLICY}) for target in accounts}
    parents = {OU: ROOT, SECOND_OU: ROOT, CHILD_OU: OU, ACCOUNT: CHILD_OU}
    reader = fresh(accounts=accounts, attachments=attachments, parents=parents)
    return judge(update(), reader, LIMITED)


def test_an_edit_reaches_all_targets_of_its_policy_together() -> None:
    assert reported(edited({OU: 6, SECOND_OU: 5})) == PAGED
    assert reported(edited({OU: 5, SECOND_OU: 5}))[:2] == ("ignore", "stands-nowhere-protected")
    assert reported(edited({OU: 5, SECOND_OU: None})) == PAGED


def test_an_account_below_two_targets_of_a_policy_counts_once() -> None:
    assert reported(edited({OU: 10, CHILD_OU: 6, ACCOUNT: 1}))[:2] == ("ignore", "stands-nowhere-protected")
    assert reported(edited({OU: 10, CHILD_OU: 6, SECOND_OU: 1})) == PAGED


def test_an_edit_of_what_is_attached_nowhere_reaches_nobody() -> None:
    assert edited({}).outcome.value == "ignore"
