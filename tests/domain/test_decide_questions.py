"""What deciding asks for: in which order, and only where a rule needs it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rootguard.cloudtrail.read import ChangeKind, read_change
from rootguard.domain.decide import REPEATABLE, decide
from rootguard.domain.facts import BaselinePolicy, Facts, Policy, Recollection
from rootguard.domain.guardrail import AncestorsOf, Guardrail
from rootguard.domain.hindrances import FIGHT_LIMIT
from rootguard.domain.questions import PolicyOf, Question, Recall, TargetsOf
from rootguard.domain.verdict import Verdict
from tests.domain.records import EVERY_KIND, create, delete, detach, update
from tests.domain.verdicts import ACCEPTED, TRUSTING, permit
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_EC2,
    NOW,
    OU,
    OWN_ROLE,
    PIPELINE,
    POLICY,
    ROOT,
    SCP,
    attach,
    by_role,
    facts,
    guardrail,
    policy,
    protection,
)

BELOW_OU = guardrail(protection(targets=frozenset({OU}), include_descendants=True))
Baseline = dict[str, dict[str, BaselinePolicy]]


def knowing_nothing() -> Facts:
    return facts(policies={}, memory=Recollection.NOT_ASKED)


def asked(
    event: object,
    policy_of: Guardrail | None = None,
    *,
    baseline: Baseline | None = None,
    catalogue: Policy | None = None,
    targets: frozenset[str] = frozenset(),
    ledger: bool = True,
) -> tuple[list[Question], Verdict]:
    """Decide an event, with each question answered from these; return the questions, and the verdict."""
    given, questions = knowing_nothing(), []
    while isinstance(answer := decide(read_change(event), given, policy_of or guardrail()), Question):
        questions.append(answer)
        match answer:
            case Recall():
                given = given.remembering(baseline or {}, (), catalogue) if ledger else given.without_memory()
            case PolicyOf(policy_id):
                given = given.with_policy(policy_id, policy())
            case TargetsOf(policy_id):
                given = given.with_targets(policy_id, targets)
            case AncestorsOf():
                given = given.with_parents({ACCOUNT: CHILD_OU, CHILD_OU: OU, OU: ROOT})
    return questions, answer


def test_an_attach_asks_the_ledger_and_then_for_the_policy() -> None:
    questions, verdict = asked(attach())
    assert questions == [Recall(POLICY, ROOT), PolicyOf(POLICY)]
    assert verdict.reason.code == "violation"


def test_an_attach_of_what_the_catalogue_knows_reads_nothing() -> None:
    questions, verdict = asked(attach(), catalogue=policy())
    assert questions == [Recall(POLICY, ROOT)]
    assert verdict.reason.code == "violation"


@pytest.mark.parametrize("catalogue", [None, policy(DENY_EC2)])
def test_what_is_let_through_is_read_first_as_the_catalogue_may_be_behind(
    catalogue: Policy | None,
) -> None:
    # Answered with a lockout: what was accepted, or known, was edited since.
    read = [Recall(POLICY, ROOT), PolicyOf(POLICY)]
    questions, verdict = asked(attach(), baseline={ROOT: {POLICY: ACCEPTED}}, catalogue=catalogue)
    assert (questions, verdict.reason.code) == (read, "violation")
    trusted = attach(userIdentity=by_role(PIPELINE))
    questions, verdict = asked(trusted, TRUSTING, catalogue=catalogue)
    assert (questions, verdict.reason.code) == (read, "lockout-on-root")


def test_a_type_that_only_the_catalogue_tells_of_lets_nothing_pass() -> None:
    questions, verdict = asked(attach(), catalogue=policy(type="TAG_POLICY"))
    assert questions == [Recall(POLICY, ROOT), PolicyOf(POLICY)]
    assert verdict.reason.code == "violation"


def test_a_fight_is_left_only_after_a_look_at_what_the_policy_is_now() -> None:
    given = replace(knowing_nothing().remembering({}, (), policy(DENY_EC2)), reverts=(NOW,) * FIGHT_LIMIT)
    assert decide(read_change(attach()), given, guardrail()) == PolicyOf(POLICY)
    found = decide(read_change(attach()), given.with_policy(POLICY, policy()), guardrail())
    assert isinstance(found, Verdict)
    assert found.outcome.value == "revert"


def test_without_the_ledger_an_attach_takes_one_read() -> None:
    questions, verdict = asked(attach(), ledger=False)
    assert questions == [Recall(POLICY, ROOT), PolicyOf(POLICY)]
    assert verdict.reason.code == "violation"


def test_the_ancestors_come_before_the_ledger() -> None:
    questions, verdict = asked(attach(ACCOUNT), BELOW_OU)
    assert questions == [AncestorsOf(ACCOUNT), Recall(POLICY, ACCOUNT), PolicyOf(POLICY)]
    assert verdict.reason.code == "violation"


@pytest.mark.parametrize(
    "event",
    [
        attach(OU),
        detach(OU),
        create(),
        attach(errorCode="ServiceException"),
        attach(errorCode="AccessDenied"),
        attach(userIdentity=by_role(OWN_ROLE)),
        update(userIdentity=by_role(OWN_ROLE)),
        attach(requestParameters=None),
        {},
    ],
)
def test_what_touches_nothing_protected_asks_nothing(event: object) -> None:
    assert asked(event)[0] == []


@pytest.mark.parametrize(
    "kind",
    [kind for kind in ChangeKind if kind not in {*REPEATABLE, ChangeKind.DELETED}],
)
def test_what_is_about_no_policy_asks_nothing(kind: ChangeKind) -> None:
    pinning = guardrail(protection(pin_accounts=frozenset({ACCOUNT}), restore_policy_type=True))
    assert asked(EVERY_KIND[kind], pinning)[0] == []


def test_a_detach_asks_the_ledger_and_reads_only_what_it_does_not_know() -> None:
    read = [Recall(POLICY, ROOT), PolicyOf(POLICY)]
    assert asked(detach(), baseline={ROOT: {POLICY: ACCEPTED}}, catalogue=policy(DENY_EC2))[0] == read
    assert asked(detach(), baseline={ROOT: {}})[0] == [Recall(POLICY, ROOT), PolicyOf(POLICY)]
    assert asked(detach(policy="p-FullAWSAccess"))[0] == [Recall("p-FullAWSAccess", ROOT)]


def test_a_refused_edit_asks_where_the_policy_stands() -> None:
    refused = update(errorCode="AccessDenied")
    questions, verdict = asked(refused, baseline={ROOT: {POLICY: ACCEPTED}})
    assert questions == [Recall(POLICY)]
    assert (verdict.reason.code, verdict.target_id) == ("denied-attempt", ROOT)
    questions, verdict = asked(refused)
    assert questions == [Recall(POLICY), TargetsOf(POLICY)]
    assert verdict.reason.code == "call-failed"


def test_an_edit_of_a_baseline_policy_reads_nothing() -> None:
    questions, verdict = asked(update(), baseline={ROOT: {POLICY: ACCEPTED}})
    assert (questions, verdict.reason.code) == ([Recall(POLICY)], "violation")


def test_an_edit_that_the_ledger_knows_nothing_of_reads_where_the_policy_stands() -> None:
    questions, verdict = asked(update())
    assert questions == [Recall(POLICY), TargetsOf(POLICY)]
    assert verdict.reason.code == "stands-nowhere-protected"
    _, verdict = asked(update(), targets=frozenset({OU, ROOT}))
    assert (verdict.reason.code, verdict.target_id) == ("violation", ROOT)


def test_an_edit_is_not_approved_of_before_every_place_is_known() -> None:
    listed = guardrail(
        protection(name="work", targets=frozenset({OU}), allow=frozenset({POLICY})), protection()
    )
    questions, verdict = asked(
        update(), listed, baseline={OU: {POLICY: ACCEPTED}}, targets=frozenset({OU, ROOT})
    )
    assert questions == [Recall(POLICY), TargetsOf(POLICY), PolicyOf(POLICY)]
    assert (verdict.reason.code, verdict.protection) == ("violation", "root")


def test_without_the_ledger_an_edit_reads_where_the_policy_stands() -> None:
    questions, verdict = asked(update(), ledger=False, targets=frozenset({ROOT}))
    assert questions == [Recall(POLICY), TargetsOf(POLICY)]
    assert (verdict.outcome.value, verdict.target_id) == ("revert", ROOT)


def test_once_there_is_someone_to_page_no_ancestry_is_read_for_more() -> None:
    both = guardrail(*BELOW_OU.protections, protection(name="top"))
    questions, verdict = asked(update(), both, ledger=False, targets=frozenset({ROOT, ACCOUNT}))
    assert questions == [Recall(POLICY), TargetsOf(POLICY)]
    assert verdict.protection == "top"
    assert AncestorsOf(ACCOUNT) in asked(update(), BELOW_OU, targets=frozenset({ROOT, ACCOUNT}))[0]


def test_a_deleted_policy_is_looked_for_in_the_ledger_alone() -> None:
    assert asked(delete(), baseline={ROOT: {POLICY: ACCEPTED}})[0] == [Recall(POLICY)]
    assert asked(delete())[0] == [Recall(POLICY)]
    assert asked(delete(), ledger=False)[0] == [Recall(POLICY)]


def test_a_lockout_that_the_catalogue_knows_is_undone_without_a_read_whoever_made_it() -> None:
    questions, verdict = asked(attach(userIdentity=by_role(PIPELINE)), TRUSTING, catalogue=policy())
    assert (questions, verdict.reason.code) == ([Recall(POLICY, ROOT)], "lockout-on-root")


def test_the_answers_of_the_ledger_are_used_together() -> None:
    given = knowing_nothing().remembering({}, (permit(),), policy(type=SCP))
    assert decide(read_change(attach()), given, guardrail()) == PolicyOf(POLICY)
    given = given.with_policy(POLICY, policy())
    answer = decide(read_change(attach()), given, guardrail())
    assert isinstance(answer, Verdict)
    assert answer.reason.code == "exception"
