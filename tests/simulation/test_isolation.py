"""Isolation in the simulator: the real function, asked by people, with everything going wrong around it."""

from __future__ import annotations

import pytest

from simulation.run import Outcome, run
from simulation.trace import Answered, AwsCall, Delivered, Paged
from tests.simulation.stories import history, of

GIVEN = """
guardrail: {quarantine: {}}
organization: {units: {Prod: root}, accounts: {shop: Prod, lab: root}}
"""
ISOLATE = "{at: 100, by: sara, isolate: [shop, lab]}"
AGAIN = ISOLATE.replace("100", "700")


def told(*steps: str, expect: str = "") -> Outcome:
    listed = "".join(f"  - {step}\n" for step in steps)
    return run(history(f"{GIVEN}steps:\n{listed}{expect}"))


def answered(*steps: str) -> list[str]:
    """What people are answered: what came of each account, or why nothing came of any."""
    return [
        answer.error or " ".join(account["outcome"] for account in (answer.answer or {})["accounts"])
        for answer in of(told(*steps), Answered)
    ]


def pages(outcome: Outcome) -> list[str]:
    return [page.subject for page in of(outcome, Paged) if page.kind == "isolation"]


def test_accounts_go_into_quarantine_and_come_back() -> None:
    expect = """expect:
  - {at: 200, account: shop, in: Quarantine}
  - {at: 800, account: shop, in: Prod}
  - {at: 800, account: lab, in: Quarantine}
"""
    outcome = told(ISOLATE, "{at: 700, by: sara, release: [shop]}", expect=expect)
    assert outcome.unmet == ()
    assert [subject.split(" [")[0] for subject in pages(outcome)] == [
        "Rootguard ISOLATED: 2 accounts",
        "Rootguard RELEASED: account shop (103067787467)",
    ]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("proof: forged", "SignatureDoesNotMatch"),
        ("proof: of another request", "belongs to another request"),
        ("proof: of another account", "is of account 999988887777"),
        ("proof: old", "is 10 minutes from now"),
        ("proof: none", "says nothing of who asks"),
        ("by: refused mallory", "AccessDeniedException"),
    ],
)
def test_whoever_does_not_prove_who_they_are_moves_nothing(how: str, said: str) -> None:
    by = how if how.startswith("by") else f"by: mallory, {how}"
    outcome = told(f"{{at: 100, {by}, isolate: [shop]}}")
    assert said in of(outcome, Answered)[0].error
    assert not [call for call in of(outcome, AwsCall) if call.call == "MoveAccount"]


def test_a_dry_run_moves_nothing() -> None:
    assert answered("{at: 100, by: sara, isolate: [shop], dry_run: true}") == ["would-isolate"]


def test_what_needs_to_be_named_twice_can_be_in_a_history() -> None:
    delegated = "{at: 50, by: ann, call: EnableAWSServiceAccess, service: sso.amazonaws.com}"
    registered = delegated.replace("EnableAWSServiceAccess", "RegisterDelegatedAdministrator, account: shop")
    asked = "{at: 100, by: sara, isolate: [shop]}"
    twice = "{at: 200, by: sara, isolate: [shop, shop]}"
    assert answered(delegated, registered, asked, twice) == ["refused", "isolated"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "call", ["GetCallerIdentity", "DescribeAccount", "PutItem", "TagResource", "MoveAccount", "SendMessage"]
)
def test_a_killed_isolation_is_finished_by_the_same_command(moment: str, call: str) -> None:
    expect = """expect:
  - {at: 1000, account: shop, in: Quarantine}
  - {at: 1000, account: lab, in: Quarantine}
"""
    outcome = told(f"{{at: 90, kill: {moment} {call}, function: isolation}}", ISOLATE, AGAIN, expect=expect)
    assert outcome.unmet == ()
    first, second = of(outcome, Answered)
    assert (first.error, second.error) == (f"{moment} {call}", "")
    assert len(pages(outcome)) == 1


@pytest.mark.parametrize(
    ("fault", "first"),
    [
        ("{call: MoveAccount, error: AccessDeniedException, until: 500}", "failed failed"),
        ("{call: MoveAccount, error: ConcurrentModificationException, until: 105}", "isolated isolated"),
        ("{call: GetCallerIdentity, error: ServiceUnavailable, until: 500}", "STS does not answer"),
        ("{call: GetCallerIdentity, error: timeout, until: 500}", "STS does not answer"),
        ("{ledger: down, until: 500}", "failed failed"),
        ("{notices: down, until: 500}", "isolated isolated"),
    ],
)
def test_what_fails_is_told_and_the_same_command_finishes_it(fault: str, first: str) -> None:
    before, after = answered(f"{{at: 90, fault: {fault}}}", ISOLATE, AGAIN)
    assert before.startswith(first)
    assert after == "isolated isolated"


def test_a_lost_event_of_a_move_wakes_nobody() -> None:
    lost = told("{at: 100, by: sara, isolate: [shop], event: []}", "{at: 130, redrive: true}")
    heard = told("{at: 100, by: sara, isolate: [shop]}", "{at: 130, redrive: true}")
    assert [_hears_of_moves(outcome) for outcome in (lost, heard)] == [0, 1]


def _hears_of_moves(outcome: Outcome) -> int:
    return sum(record.event_name == "MoveAccount" for record in of(outcome, Delivered))


def test_two_requests_can_run_side_by_side() -> None:
    both = [f"{{at: 100, by: {name}, isolate: [shop, lab], interleave: 3}}" for name in ("sara", "tom")]
    outcome = told(*both)
    calls = [call.invocation for call in of(outcome, AwsCall) if call.function == "isolation"]
    assert calls != sorted(calls)
