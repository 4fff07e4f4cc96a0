"""Rules 5 to 8 for the changes that are no attach: what approves of them, and what is done otherwise."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from rootguard.cloudtrail.read import ChangeKind, read_change
from rootguard.domain.decide import decide
from rootguard.domain.facts import BaselinePolicy, Recollection
from rootguard.domain.guardrail import Mode, OnViolation
from rootguard.domain.questions import Recall
from rootguard.domain.remedy import Detach, plan
from rootguard.domain.verdict import Hindrance, Outcome
from tests.domain.records import (
    EVERY_KIND,
    ORGANIZATION_WIDE,
    call,
    delete,
    detach,
    disable,
    enable,
    move,
    update,
)
from tests.domain.verdicts import ACCEPTED, FULL, TRUSTING, judge, known, permit, told
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_ALL,
    DENY_ALL_OF_ANOTHER,
    DENY_EC2,
    OU,
    PIPELINE,
    POLICY,
    ROOT,
    SCP,
    by_role,
    facts,
    guardrail,
    policy,
    protection,
)

PINNING = guardrail(protection(pin_accounts=frozenset({ACCOUNT}), restore_policy_type=True))
VIOLATION = ("revert", "violation", 8, "root")
ALERT = ("alert", "violation", 8, "root")


def at(outcome: str, code: str, rule: int) -> tuple[str, str, int, str]:
    return outcome, code, rule, "root"


# Rule 5: the baseline, and the allow list


def test_8_full_access_comes_back_where_nobody_knows_what_was_accepted() -> None:
    taken = detach(policy="p-FullAWSAccess")
    assert told(judge(taken, known(baseline={}))) == VIOLATION
    # Where it is known, and full access was not part of it, it may go.
    assert told(judge(taken, known(baseline={ROOT: {}}))) == at("allow", "not-in-baseline", 5)


def test_5_what_was_never_accepted_may_be_detached() -> None:
    verdict = judge(detach(), known(baseline={ROOT: {"p-FullAWSAccess": FULL}}))
    assert told(verdict) == at("allow", "not-in-baseline", 5)
    assert not verdict.adopt


def test_5_before_first_contact_nobody_knows_what_may_go() -> None:
    verdict = judge(detach(), known(baseline={}))
    assert told(verdict) == ALERT
    assert verdict.hindrance is Hindrance.NOTHING_ACCEPTED


@pytest.mark.parametrize("policy_id", [POLICY, "p-FullAWSAccess"])
def test_5_a_baseline_policy_full_access_included_may_not_be_detached(policy_id: str) -> None:
    verdict = judge(detach(policy=policy_id), known())
    assert told(verdict) == VIOLATION


def test_8_what_was_detached_and_then_deleted_cannot_come_back() -> None:
    verdict = judge(detach(), known(policies={POLICY: None}))
    assert (told(verdict), verdict.hindrance) == (ALERT, Hindrance.NO_WAY_BACK)


def test_5_the_allow_list_says_what_may_stand_and_not_what_may_go() -> None:
    listed = guardrail(protection(allow=frozenset({POLICY})))
    assert told(judge(detach(), known(), listed)) == VIOLATION


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (DENY_EC2.replace(",", " , "), "Guardrails", at("allow", "in-baseline", 5)),
        (DENY_EC2, "Renamed", VIOLATION),
        (DENY_ALL, "Guardrails", VIOLATION),
        (DENY_ALL, "FullAWSAccess", VIOLATION),
    ],
)
def test_5_an_edit_that_leaves_name_and_document_as_accepted_is_allowed(
    content: str, name: str, expected: Any
) -> None:
    assert told(judge(update(content, name=name), known())) == expected


@pytest.mark.parametrize(
    ("described", "accepted", "expected"),
    [("Open", "Closes EC2", VIOLATION), ("Open", None, at("allow", "in-baseline", 5))],
)
def test_5_a_description_is_part_of_what_was_accepted_where_it_is_known(
    described: str, accepted: str | None, expected: Any
) -> None:
    baseline = {ROOT: {POLICY: replace(ACCEPTED, description=accepted)}}
    verdict = judge(update(DENY_EC2, name="Guardrails", description=described), known(baseline=baseline))
    assert told(verdict) == expected


def test_5_an_edit_of_what_was_accepted_unread_cannot_be_told_from_none() -> None:
    unread = BaselinePolicy("Guardrails", None, SCP)
    verdict = judge(update(DENY_EC2, name="Guardrails"), known(baseline={ROOT: {POLICY: unread}}))
    assert told(verdict) == ALERT
    assert verdict.hindrance is Hindrance.NOTHING_ACCEPTED


def test_5_a_policy_of_the_allow_list_may_be_edited_but_not_into_a_lockout_on_root() -> None:
    listed = guardrail(protection(targets=frozenset({"root", OU}), allow=frozenset({POLICY})))
    assert told(judge(update(DENY_EC2), known(), listed)) == at("allow", "allow-listed", 5)
    assert told(judge(update(DENY_ALL), known(), listed)) == VIOLATION
    on_ou = known(baseline={OU: {POLICY: ACCEPTED}}, targets={POLICY: frozenset({OU})})
    assert told(judge(update(DENY_ALL), on_ou, listed)) == at("allow", "allow-listed", 5)


def test_5_a_listed_policy_edited_into_a_lockout_comes_off_root_where_no_state_is_known() -> None:
    listed = guardrail(protection(allow=frozenset({POLICY})))
    given = known(baseline={})
    verdict = judge(update(DENY_ALL), given, listed)
    assert (told(verdict), verdict.hindrance) == (VIOLATION, None)
    assert plan(verdict, given) == (Detach(POLICY, ROOT),)


# Rules 6 and 7: who may


@pytest.mark.parametrize("kind", [kind for kind in ChangeKind if kind is not ChangeKind.CREATED])
def test_6_what_a_trusted_role_does_is_allowed_and_adopted(kind: ChangeKind) -> None:
    trusting = guardrail(
        protection(trusted_principals=frozenset({PIPELINE}), pin_accounts=frozenset({ACCOUNT}))
    )
    narrow = {ChangeKind.UPDATED: update('{"Statement":[]}')}
    record = (EVERY_KIND | narrow)[kind] | {"userIdentity": by_role()}
    verdict = judge(record, known(policies={POLICY: policy('{"Statement":[]}')}), trusting)
    assert told(verdict) == at("allow", "trusted-principal", 6)
    assert verdict.adopt


@pytest.mark.parametrize("kind", [kind for kind in ChangeKind if kind is not ChangeKind.CREATED])
def test_6_a_session_named_like_a_trusted_role_is_not_trusted(kind: ChangeKind) -> None:
    impostor = by_role("arn:aws:iam::111122223333:role/Admin", session="scp-deployer")
    trusting = guardrail(
        protection(trusted_principals=frozenset({PIPELINE}), pin_accounts=frozenset({ACCOUNT}))
    )
    verdict = judge(EVERY_KIND[kind] | {"userIdentity": impostor}, known(), trusting)
    assert verdict.reason.code == "violation"


def test_6_nobody_may_edit_a_policy_on_the_root_into_a_lockout() -> None:
    record = update(userIdentity=by_role())
    assert told(judge(record, known(), TRUSTING)) == at("revert", "lockout-on-root", 8)
    nothing = judge(record, known(baseline={}), TRUSTING)
    assert told(nothing) == at("revert", "lockout-on-root", 8)


def test_6_a_trusted_role_may_edit_a_policy_on_an_ou_into_one() -> None:
    ou = guardrail(protection(targets=frozenset({OU}), trusted_principals=frozenset({PIPELINE})))
    given = known(baseline={OU: {POLICY: ACCEPTED}}, targets={POLICY: frozenset({OU})})
    verdict = judge(update(userIdentity=by_role()), given, ou)
    assert told(verdict) == at("allow", "trusted-principal", 6)


def test_6_an_edit_is_judged_wherever_the_policy_stands_and_the_strictest_counts() -> None:
    both = guardrail(
        protection(name="sandbox", targets=frozenset({CHILD_OU}), trusted_principals=frozenset({PIPELINE})),
        protection(name="work", targets=frozenset({OU})),
    )
    given = known(baseline={CHILD_OU: {POLICY: ACCEPTED}, OU: {POLICY: ACCEPTED}})
    verdict = judge(update(userIdentity=by_role()), given, both)
    assert (told(verdict), verdict.target_id) == (("revert", "violation", 8, "work"), OU)
    only_told = guardrail(both.protections[0], protection(name="work", on_violation=OnViolation.ALERT))
    rooted = known(baseline={CHILD_OU: {POLICY: ACCEPTED}, ROOT: {POLICY: ACCEPTED}})
    verdict = judge(update(), rooted, only_told)
    assert told(verdict) == ("revert", "violation", 8, "sandbox")


def test_6_a_move_needs_the_trust_of_both_ends() -> None:
    trusted = frozenset({PIPELINE})
    both = guardrail(
        protection(
            name="from", targets=frozenset({OU}), trusted_principals=trusted, pin_accounts=frozenset({OU})
        ),
        protection(name="into", targets=frozenset({CHILD_OU}), pin_accounts=frozenset({CHILD_OU})),
    )
    assert told(judge(move(userIdentity=by_role()), policy_of=both)) == ("revert", "violation", 8, "into")


def test_6_the_organization_is_roots_protections_to_trust() -> None:
    sandbox = protection(name="sandbox", targets=frozenset({OU}), trusted_principals=frozenset({PIPELINE}))
    record = call(ChangeKind.RESOURCE_POLICY_PUT, {}, userIdentity=by_role())
    assert told(judge(record, policy_of=guardrail(sandbox, protection()))) == ALERT


def test_7_an_exception_permits_the_edit_to_its_content_and_is_adopted() -> None:
    verdict = judge(update(), known(exceptions=(permit(),)))
    assert told(verdict) == at("allow", "exception", 7)
    assert verdict.adopt
    other = permit(content_sha256=sha256(DENY_EC2.encode()).hexdigest())
    assert told(judge(update(), known(exceptions=(other,)))) == VIOLATION
    assert told(judge(update(), known(exceptions=(permit(granted_by="111122223333"),)))) == VIOLATION


def test_7_an_exception_permits_to_take_a_baseline_policy_off() -> None:
    verdict = judge(detach(), known(exceptions=(permit(),)))
    assert (told(verdict), verdict.adopt) == (at("allow", "exception", 7), True)


@pytest.mark.parametrize("record", [disable(), move(), call(ChangeKind.RESOURCE_POLICY_PUT, {})])
def test_7_an_exception_is_for_a_policy_and_nothing_else(record: dict[str, Any]) -> None:
    assert judge(record, known(exceptions=(permit(),)), PINNING).reason.code == "violation"


# Rule 8: undone, or told and why not undone

UNDOABLE = [detach(), update(), disable(), move()]


@pytest.mark.parametrize("record", UNDOABLE, ids=lambda record: record["eventName"])
def test_8_a_violation_is_undone(record: dict[str, Any]) -> None:
    assert told(judge(record, known(), PINNING)) == VIOLATION


@pytest.mark.parametrize("record", UNDOABLE, ids=lambda record: record["eventName"])
def test_8_observe_and_alert_only_tell(record: dict[str, Any]) -> None:
    watching = guardrail(*PINNING.protections, mode=Mode.OBSERVE)
    verdict = judge(record, known(), watching)
    assert (told(verdict), verdict.hindrance) == (ALERT, Hindrance.OBSERVED)
    alerting = guardrail(protection(pin_accounts=frozenset({ACCOUNT}), on_violation=OnViolation.ALERT))
    verdict = judge(record, known(), alerting)
    assert (told(verdict), verdict.hindrance) == (ALERT, Hindrance.ALERT_ONLY)


def test_8_a_disabled_type_is_only_told_unless_its_protection_wants_it_back() -> None:
    verdict = judge(disable(), known())
    assert (told(verdict), verdict.hindrance) == (ALERT, Hindrance.NOT_ASKED_FOR)


@pytest.mark.parametrize(
    "record",
    [enable(), delete(), *(call(kind, told) for kind, told in ORGANIZATION_WIDE.items())],
    ids=lambda record: record["eventName"],
)
def test_8_what_has_no_safe_way_back_is_only_told(record: dict[str, Any]) -> None:
    verdict = judge(record, known(), PINNING)
    assert (told(verdict), verdict.hindrance) == (ALERT, Hindrance.NO_WAY_BACK)


@pytest.mark.parametrize("record", [detach(), update(DENY_EC2)])
def test_8_a_lockout_found_on_root_is_never_put_back(record: dict[str, Any]) -> None:
    found = BaselinePolicy("Quarantine", DENY_ALL, SCP)
    verdict = judge(record, known(baseline={ROOT: {POLICY: found}}))
    assert (told(verdict), verdict.hindrance) == (ALERT, Hindrance.LOCKOUT_ACCEPTED)
    of_another = BaselinePolicy("Quarantine", DENY_ALL_OF_ANOTHER, SCP, organization_id="o-exampleorgid")
    assert judge(record, known(baseline={ROOT: {POLICY: of_another}})).hindrance == Hindrance.LOCKOUT_ACCEPTED
    isolated = known(baseline={OU: {POLICY: found}}, targets={POLICY: frozenset({OU})})
    on_ou = record | (
        {"requestParameters": {"policyId": POLICY, "targetId": OU}} if "Det" in str(record) else {}
    )
    assert judge(on_ou, isolated, guardrail(protection(targets=frozenset({OU})))).outcome is Outcome.REVERT


# Without the ledger


def test_without_the_ledger_an_attach_is_undone_and_what_needs_the_baseline_is_told() -> None:
    blind = known(baseline={}, memory=Recollection.UNREACHABLE)
    assert told(judge(EVERY_KIND[ChangeKind.ATTACHED], blind)) == VIOLATION
    for record in (detach(), update(DENY_EC2)):
        verdict = judge(record, blind)
        assert (told(verdict), verdict.hindrance) == (ALERT, Hindrance.NOTHING_ACCEPTED)
    # Full access is right anywhere, and a lockout on Root nowhere.
    for record in (detach(policy="p-FullAWSAccess"), update(DENY_ALL)):
        assert told(judge(record, blind)) == VIOLATION
    for record in (disable(), move()):
        assert told(judge(record, blind, PINNING)) == VIOLATION


def test_of_facts_that_nobody_asked_the_ledger_for_a_type_needs_none_and_a_move_who_made_it_before() -> None:
    unasked = facts(memory=Recollection.NOT_ASKED)
    assert told(judge(disable(), unasked, PINNING)) == VIOLATION
    assert decide(read_change(move()), unasked, PINNING) == Recall("MoveAccount", ACCOUNT)
