"""Rule 3 where no protection holds: what is ignored, and the lockout that is told all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rootguard.cloudtrail.read import read_change
from rootguard.domain.decide import decide
from rootguard.domain.facts import Recollection
from rootguard.domain.questions import PolicyOf, ReachOf, Recall
from rootguard.domain.remedy import plan
from rootguard.domain.verdict import Verdict
from tests.domain.verdicts import told
from tests.given import DENY_ALL, DENY_EC2, OU, POLICY, attach, facts, guardrail, policy


def outside(accounts: int | None = 11, content: str = DENY_ALL, limit: int | None = 10) -> Verdict:
    rules = replace(guardrail(), lockout_alert_accounts=limit)
    known = facts(policy(content), reach={OU: accounts})
    verdict = decide(read_change(attach(OU)), known, rules)
    assert isinstance(verdict, Verdict)
    return verdict


@pytest.mark.parametrize("accounts", [11, None])
def test_a_lockout_elsewhere_is_told_where_it_reaches_many_accounts(accounts: int | None) -> None:
    verdict = outside(accounts)
    assert told(verdict) == ("alert", "lockout-on-unprotected", 3, None)
    assert plan(verdict, facts()) == ()


@pytest.mark.parametrize(
    "quiet", [{"accounts": 10}, {"content": DENY_EC2}, {"limit": None}], ids=["few", "no lockout", "never"]
)
def test_anything_less_elsewhere_is_nobodys_business(quiet: Any) -> None:
    assert told(outside(**quiet)) == ("ignore", "target-not-protected", 3, None)


def test_elsewhere_asks_what_the_policy_is_and_then_what_it_reaches() -> None:
    rules = replace(guardrail(), lockout_alert_accounts=10)
    change, known = read_change(attach(OU)), facts(policies={}, memory=Recollection.NOT_ASKED)
    assert decide(change, known, rules) == Recall(POLICY, OU)
    known = known.remembering({})
    assert decide(change, known, rules) == PolicyOf(POLICY)
    known = known.with_policy(POLICY, policy(DENY_EC2))
    assert isinstance(decide(change, known, rules), Verdict)
    known = known.with_policy(POLICY, policy())
    assert decide(change, known, rules) == ReachOf(OU)
