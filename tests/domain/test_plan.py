"""Which writes a verdict takes, and that a target is never left without a policy of a type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.facts import FULL_ACCESS, BaselinePolicy, Facts, Policy
from rootguard.domain.guardrail import Guardrail
from rootguard.domain.remedy import Action, Attach, Detach, EnableType, Move, Restore, as_json, plan
from rootguard.domain.verdict import Outcome, Verdict
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
from tests.domain.verdicts import ACCEPTED, judge, known
from tests.given import (
    ACCOUNT,
    DENY_EC2,
    OU,
    POLICY,
    RCP,
    ROOT,
    SCP,
    attach,
    facts,
    guardrail,
    policy,
    protection,
)

ASKED_FOR = guardrail(protection(restore_policy_type=True, pin_accounts=frozenset({ACCOUNT})))
DETACH = Detach(POLICY, ROOT)


def reverted(given_facts: Facts) -> Verdict:
    return judge(attach(), given_facts)


def actions(
    event: object, given_facts: Facts | None = None, policy_of: Guardrail | None = None
) -> tuple[Action, ...]:
    """What an event comes to, by verdict and plan."""
    given_facts = given_facts or known()
    return plan(judge(event, given_facts, policy_of), given_facts)


def standing(*policy_ids: str, others: tuple[Policy, ...] = ()) -> Facts:
    return facts(policy(DENY_EC2), *others, attachments={ROOT: frozenset(policy_ids)})


def test_a_revert_detaches_without_knowing_what_else_stands_there() -> None:
    assert plan(reverted(facts()), facts()) == (DETACH,)


def test_a_revert_beside_full_access_only_detaches() -> None:
    there = standing(POLICY, "p-FullAWSAccess")
    assert plan(reverted(there), there) == (DETACH,)


def test_the_last_policy_of_its_type_comes_off_after_full_access_is_on() -> None:
    there = standing(
        POLICY, "p-RCPFullAWSAccess", "p-tagpolicy", others=(Policy("p-tagpolicy", "TAG_POLICY"),)
    )
    assert plan(reverted(there), there) == (Attach("p-FullAWSAccess", ROOT), DETACH)


def test_full_access_is_not_added_beside_a_policy_that_may_be_an_allow_list() -> None:
    there = standing(POLICY, "p-notread")
    assert plan(reverted(there), there) == (DETACH,)


def test_what_no_longer_stands_there_takes_no_write() -> None:
    there = standing("p-FullAWSAccess")
    assert plan(reverted(there), there) == ()


# Each kind's way back, and nothing where it is done already


def test_what_was_detached_is_attached_again() -> None:
    again, unchanged = (Attach(POLICY, ROOT),), {POLICY: policy(DENY_EC2)}
    assert actions(detach(), known(policies=unchanged)) == again
    without = {ROOT: frozenset({"p-FullAWSAccess"})}
    assert actions(detach(), known(attachments=without, policies=unchanged)) == again
    assert actions(detach(), known(attachments={ROOT: frozenset({POLICY})})) == ()


def test_what_was_edited_since_it_was_detached_gets_its_content_back_before_it_is_attached() -> None:
    assert actions(detach(), known()) == (Restore(POLICY, ROOT, ACCEPTED), Attach(POLICY, ROOT))


def test_full_access_that_was_detached_is_attached_again() -> None:
    assert actions(detach(policy="p-FullAWSAccess")) == (Attach("p-FullAWSAccess", ROOT),)


def test_what_was_edited_gets_name_description_and_content_back() -> None:
    assert actions(update()) == (Restore(POLICY, ROOT, ACCEPTED),)


def test_an_edit_is_restored_from_the_baseline_of_the_place_that_was_judged() -> None:
    other = BaselinePolicy("Workload", DENY_EC2, SCP)
    on_ou = known(baseline={OU: {POLICY: other}})
    assert actions(update(), on_ou, guardrail(protection(targets=frozenset({OU})))) == (
        Restore(POLICY, OU, other),
    )


def test_an_edit_that_reads_as_accepted_takes_no_write() -> None:
    assert actions(update(DENY_EC2, name="Guardrails")) == ()


def test_a_disabled_type_is_enabled() -> None:
    assert actions(disable(RCP), known(), ASKED_FOR) == (EnableType(RCP, ROOT),)


def test_a_moved_account_goes_back() -> None:
    assert actions(move(OU, ROOT), known(), ASKED_FOR) == (Move(ACCOUNT, ROOT, OU),)


@pytest.mark.parametrize(
    "record",
    [create(), delete(), enable(), *(call(kind, told) for kind, told in ORGANIZATION_WIDE.items())],
    ids=lambda record: record["eventName"],
)
def test_what_is_only_told_takes_no_write(record: dict[str, Any]) -> None:
    assert actions(record, known(), ASKED_FOR) == ()
    told = judge(record, known(), ASKED_FOR)
    assert plan(replace(told, outcome=Outcome.REVERT), known()) == ()


@pytest.mark.parametrize("record", EVERY_KIND.values(), ids=lambda record: record["eventName"])
@pytest.mark.parametrize("outcome", [Outcome.ALERT, Outcome.ALLOW, Outcome.IGNORE])
def test_only_a_revert_takes_writes_whatever_the_kind(record: dict[str, Any], outcome: Outcome) -> None:
    assert plan(replace(judge(record, known(), ASKED_FOR), outcome=outcome), known()) == ()


def test_what_is_not_ours_takes_no_write() -> None:
    assert actions({}) == ()


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (Detach(POLICY, ROOT), {"action": "detach", "policy_id": POLICY, "target_id": ROOT}),
        (Attach(POLICY, ROOT), {"action": "attach", "policy_id": POLICY, "target_id": ROOT}),
        (Restore(POLICY, ROOT, ACCEPTED), {"action": "restore", "policy_id": POLICY, "target_id": ROOT}),
        (EnableType(SCP, ROOT), {"action": "enable-type", "policy_id": None, "target_id": ROOT}),
        (Move(ACCOUNT, OU, ROOT), {"action": "move", "policy_id": None, "target_id": ACCOUNT}),
    ],
)
def test_actions_as_json(action: Action, told: dict[str, str | None]) -> None:
    assert as_json(action) == told


kinds = st.sampled_from([SCP, RCP, "TAG_POLICY"])
others = st.dictionaries(st.sampled_from(["p-another1", "p-another2", "p-another3"]), kinds)


@given(st.sampled_from([SCP, RCP]), others, st.sets(st.sampled_from(sorted(FULL_ACCESS.values()))))
def test_carrying_out_a_plan_leaves_nothing_to_plan_and_every_type_standing(
    kind: str, beside: dict[str, str], full_access: set[str]
) -> None:
    there = facts(policy(DENY_EC2, type=kind), *(Policy(i, k) for i, k in beside.items()))
    there = replace(there, attachments={ROOT: frozenset({POLICY, *beside, *full_access})})
    verdict = reverted(there)
    before = {there.type_of(p) for p in there.attachments[ROOT]}
    after = set(there.attachments[ROOT])
    for action in plan(verdict, there):
        assert isinstance(action, Attach | Detach)
        after = after - {action.policy_id} if isinstance(action, Detach) else after | {action.policy_id}
        assert {there.type_of(p) for p in after} >= before
    assert POLICY not in after
    assert plan(verdict, replace(there, attachments={ROOT: frozenset(after)})) == ()
