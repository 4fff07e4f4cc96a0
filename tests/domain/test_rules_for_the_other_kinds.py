"""Rules 5 to 8 for the changes that are no attach: what approves of them, and what is done otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rootguard.domain.drift import ChangeKind
from rootguard.domain.guardrail import Mode, OnViolation
from rootguard.domain.policy import digest_of
from rootguard.domain.remedy import Detach
from rootguard.domain.verdict import Obstacle, Outcome, Reason
from tests.domain.records import (
    EVERY_KIND,
    ORGANIZATION_WIDE,
    call,
    delete,
    detach,
    disable,
    enable,
    joined,
    move,
    update,
)
from tests.domain.verdicts import (
    ACCEPTED,
    ALERT,
    FULL,
    TRUSTING,
    VIOLATION,
    accepted,
    at_root,
    document,
    fresh,
    judge,
    known,
    on,
    permit,
    reported,
    writes,
)
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
    attach,
    by_role,
    guardrail,
    policy,
    protection,
)

PINNING = guardrail(protection(pin_accounts=frozenset({ACCOUNT}), restore_policy_type=True))

# Rule 5: the baseline, and the allow list


def test_5_what_was_never_accepted_may_be_detached() -> None:
    verdict = judge(detach(), fresh())
    assert reported(verdict) == at_root("allow", "not-in-baseline", 5)
    assert not verdict.accept


@pytest.mark.parametrize("policy_id", [POLICY, FULL])
def test_5_an_accepted_policy_full_access_included_may_not_be_detached(policy_id: str) -> None:
    assert reported(judge(detach(policy=policy_id), known())) == VIOLATION


def test_5_what_was_accepted_to_be_gone_may_be_detached() -> None:
    gone = known(words={(POLICY, ROOT): accepted(present=False)})
    assert reported(judge(detach(), gone)) == at_root("allow", "not-in-baseline", 5)


def test_5_the_allow_list_says_what_may_be_attached_and_not_what_may_go() -> None:
    listed = guardrail(protection(allow=frozenset({POLICY})))
    assert reported(judge(detach(), known(), listed)) == VIOLATION


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (DENY_EC2.replace(",", " , "), "Guardrails", at_root("allow", "in-baseline", 5)),
        (DENY_EC2, "Renamed", VIOLATION),
        (DENY_ALL, "Guardrails", VIOLATION),
        (DENY_ALL, "FullAWSAccess", VIOLATION),
    ],
)
def test_5_an_edit_that_leaves_name_and_document_as_accepted_is_allowed(
    content: str, name: str, expected: Any
) -> None:
    assert reported(judge(update(content, name=name), known())) == expected


@pytest.mark.parametrize(
    ("described", "before", "expected"),
    [("Open", "Closes EC2", VIOLATION), ("Open", None, at_root("allow", "in-baseline", 5))],
)
def test_5_a_description_is_part_of_what_was_accepted_if_it_is_known(
    described: str, before: str | None, expected: Any
) -> None:
    reader = known(documents={POLICY: document(replace(ACCEPTED, description=before))})
    edited = update(DENY_EC2, name="Guardrails", description=described)
    assert reported(judge(edited, reader)) == expected


def test_5_an_edit_of_what_was_accepted_unread_cannot_be_told_from_none() -> None:
    unread = known(documents={POLICY: document(replace(ACCEPTED, content=None))})
    verdict = judge(update(DENY_EC2, name="Guardrails"), unread)
    assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.NOTHING_ACCEPTED)


def test_5_a_policy_of_the_allow_list_may_be_edited_but_not_into_a_lockout_on_root() -> None:
    listed = guardrail(protection(targets=frozenset({"root", OU}), allow=frozenset({POLICY})))
    assert reported(judge(update(DENY_EC2), known(), listed)) == at_root("allow", "allow-listed", 5)
    assert reported(judge(update(DENY_ALL), known(), listed)) == VIOLATION
    assert reported(judge(update(DENY_ALL), on(OU), listed)) == at_root("allow", "allow-listed", 5)


@pytest.mark.parametrize("identity", [by_role(), attach()["userIdentity"]], ids=["trusted", "anyone"])
def test_5_a_listed_policy_edited_into_a_lockout_comes_off_root_if_no_state_is_known(identity: Any) -> None:
    listed = guardrail(protection(allow=frozenset({POLICY}), trusted_principals=frozenset({PIPELINE})))
    reader, record = known(words={}, documents={}), update(DENY_ALL, userIdentity=identity)
    verdict = judge(record, reader, listed)
    assert (verdict.outcome, verdict.obstacle, verdict.accept) == (Outcome.REVERT, None, False)
    assert writes(record, reader, listed) == (Detach(POLICY, ROOT),)


def test_5_a_trusted_edit_of_a_listed_policy_is_accepted_unless_it_locks_out_root() -> None:
    listed = guardrail(protection(allow=frozenset({POLICY}), trusted_principals=frozenset({PIPELINE})))
    verdict = judge(update(DENY_EC2, userIdentity=by_role()), known(), listed)
    assert (reported(verdict), verdict.accept) == (at_root("allow", "allow-listed", 5), True)
    assert not judge(attach(userIdentity=by_role()), known(), listed).accept


# Rules 6 and 7: who may

MAY_BE_TRUSTED = [kind for kind in ChangeKind if kind is not ChangeKind.CREATED]
TRUSTING_MOVES = guardrail(
    protection(
        targets=frozenset({"root", OU}),
        trusted_principals=frozenset({PIPELINE}),
        pin_accounts=frozenset({ACCOUNT}),
    )
)


@pytest.mark.parametrize("kind", MAY_BE_TRUSTED)
def test_6_what_a_trusted_role_does_is_allowed_and_accepted(kind: ChangeKind) -> None:
    narrow = {ChangeKind.UPDATED: update('{"Statement":[]}')}
    record = (EVERY_KIND | narrow)[kind] | {"userIdentity": by_role()}
    reader = known(policies={POLICY: policy('{"Statement":[]}')})
    verdict = judge(record, reader, TRUSTING_MOVES)
    assert reported(verdict) == at_root("allow", "trusted-principal", 6)
    assert verdict.accept


@pytest.mark.parametrize("kind", MAY_BE_TRUSTED)
def test_6_a_session_named_like_a_trusted_role_is_not_trusted(kind: ChangeKind) -> None:
    impostor = by_role("arn:aws:iam::111122223333:role/Admin", session="scp-deployer")
    verdict = judge(EVERY_KIND[kind] | {"userIdentity": impostor}, known(), TRUSTING_MOVES)
    assert verdict.reason.value == "violation"


def test_6_nobody_may_edit_a_policy_on_the_root_into_a_lockout() -> None:
    record = update(userIdentity=by_role())
    assert reported(judge(record, known(), TRUSTING)) == at_root("revert", "lockout-on-root", 8)
    unknown = known(words={}, documents={})
    assert reported(judge(record, unknown, TRUSTING)) == at_root("revert", "lockout-on-root", 8)


def test_6_a_trusted_role_may_edit_a_policy_on_an_ou_into_one() -> None:
    ou = guardrail(protection(targets=frozenset({OU}), trusted_principals=frozenset({PIPELINE})))
    verdict = judge(update(userIdentity=by_role()), on(OU), ou)
    assert reported(verdict) == at_root("allow", "trusted-principal", 6)


def test_6_an_edit_is_judged_wherever_the_policy_is_attached_and_the_strictest_verdict_counts() -> None:
    both = guardrail(
        protection(name="sandbox", targets=frozenset({CHILD_OU}), trusted_principals=frozenset({PIPELINE})),
        protection(name="work", targets=frozenset({OU})),
    )
    reader = known(words={(POLICY, CHILD_OU): accepted(), (POLICY, OU): accepted()})
    verdict = judge(update(userIdentity=by_role()), reader, both)
    assert (reported(verdict), verdict.target_id) == (("revert", "violation", 8, "work"), OU)
    alerting = guardrail(both.protections[0], protection(name="work", on_violation=OnViolation.ALERT))
    rooted = known(words={(POLICY, CHILD_OU): accepted(), (POLICY, ROOT): accepted()})
    assert reported(judge(update(), rooted, alerting)) == ("revert", "violation", 8, "sandbox")
    trusted = judge(update(userIdentity=by_role()), rooted, alerting)
    assert (reported(trusted), trusted.accept) == (("alert", "violation", 8, "work"), False)


def test_6_a_move_needs_the_trust_of_both_ends() -> None:
    both = guardrail(
        protection(
            name="from",
            targets=frozenset({OU}),
            trusted_principals=frozenset({PIPELINE}),
            pin_accounts=frozenset({OU}),
        ),
        protection(name="into", targets=frozenset({CHILD_OU}), pin_accounts=frozenset({CHILD_OU})),
    )
    assert reported(judge(move(userIdentity=by_role()), policy_of=both)) == ("revert", "violation", 8, "into")


def test_6_the_organization_is_roots_protections_to_trust() -> None:
    sandbox = protection(name="sandbox", targets=frozenset({OU}), trusted_principals=frozenset({PIPELINE}))
    record = call(ChangeKind.RESOURCE_POLICY_PUT, {}, userIdentity=by_role())
    assert reported(judge(record, policy_of=guardrail(sandbox, protection()))) == ALERT


def test_7_an_exception_permits_the_edit_to_its_content_which_is_accepted() -> None:
    verdict = judge(update(), known(granted=(permit(),)))
    assert (reported(verdict), verdict.accept) == (at_root("allow", "exception", 7), True)
    other = permit(content_sha256=digest_of(DENY_EC2))
    assert reported(judge(update(), known(granted=(other,)))) == VIOLATION
    assert reported(judge(update(), known(granted=(permit(granted_by="111122223333"),)))) == VIOLATION


def test_7_an_exception_permits_to_take_an_accepted_policy_off() -> None:
    verdict = judge(detach(), known(granted=(permit(),)))
    assert (reported(verdict), verdict.accept) == (at_root("allow", "exception", 7), True)


@pytest.mark.parametrize("record", [disable(), move(), call(ChangeKind.RESOURCE_POLICY_PUT, {})])
def test_7_an_exception_is_for_a_policy_and_nothing_else(record: dict[str, Any]) -> None:
    assert judge(record, known(granted=(permit(),)), PINNING).reason.value == "violation"


@pytest.mark.parametrize("pin", ["root", ACCOUNT])
def test_8_an_account_that_enters_a_pinned_root_without_a_move_is_paged(pin: str) -> None:
    pinned = guardrail(protection(pin_accounts=frozenset({pin})))
    verdict = judge(joined(), known(), pinned)
    assert (verdict.outcome, verdict.reason, verdict.obstacle) == (
        Outcome.ALERT,
        Reason.VIOLATION,
        Obstacle.NO_WAY_BACK,
    )


@pytest.mark.parametrize("pins", [(), (OU,), ("111122223333",)])
def test_3_an_account_that_joins_where_nothing_is_pinned_is_the_daily_course(pins: tuple[str, ...]) -> None:
    elsewhere = guardrail(protection(pin_accounts=frozenset(pins)))
    assert judge(joined(), known(), elsewhere).reason is Reason.TARGET_NOT_PROTECTED


# Rule 8: undone, or only paged, and why

UNDOABLE = [detach(), update(), disable(), move()]


@pytest.mark.parametrize("record", UNDOABLE, ids=lambda record: record["eventName"])
def test_8_a_violation_is_undone(record: dict[str, Any]) -> None:
    assert reported(judge(record, known(), PINNING)) == VIOLATION


@pytest.mark.parametrize("record", UNDOABLE, ids=lambda record: record["eventName"])
def test_8_observe_and_alert_only_page(record: dict[str, Any]) -> None:
    watching = guardrail(*PINNING.protections, mode=Mode.OBSERVE)
    verdict = judge(record, known(), watching)
    assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.OBSERVED)
    alerting = guardrail(protection(pin_accounts=frozenset({ACCOUNT}), on_violation=OnViolation.ALERT))
    verdict = judge(record, known(), alerting)
    assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.ALERT_ONLY)


def test_8_a_disabled_type_only_pages_unless_its_protection_restores_it() -> None:
    verdict = judge(disable(), known())
    assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.NOT_ASKED_FOR)


@pytest.mark.parametrize(
    "record",
    [enable(), delete(), *(call(kind, named) for kind, named in ORGANIZATION_WIDE.items())],
    ids=lambda record: record["eventName"],
)
def test_8_what_nothing_undoes_safely_only_pages(record: dict[str, Any]) -> None:
    verdict = judge(record, known(), PINNING)
    assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.NO_WAY_BACK)


def test_8_what_was_detached_and_then_deleted_cannot_come_back() -> None:
    verdict = judge(detach(), known(policies={}))
    assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.NO_WAY_BACK)


LOCKOUTS = [policy(), policy(DENY_ALL_OF_ANOTHER, organization_id="o-exampleorgid")]


@pytest.mark.parametrize("found", LOCKOUTS, ids=["everyone", "everyone of another organization"])
@pytest.mark.parametrize("record", [detach(), update(DENY_EC2)], ids=["detach", "edit"])
def test_8_an_accepted_lockout_on_root_is_never_put_back(record: dict[str, Any], found: Any) -> None:
    verdict = judge(record, known(documents={POLICY: document(found)}))
    assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.LOCKOUT_ACCEPTED)


@pytest.mark.parametrize("record", [detach(OU), update(DENY_EC2)], ids=["detach", "edit"])
def test_8_an_accepted_lockout_on_an_ou_is_put_back(record: dict[str, Any]) -> None:
    isolated = on(OU, documents={POLICY: document(policy())})
    work = guardrail(protection(targets=frozenset({OU})))
    assert judge(record, isolated, work).outcome is Outcome.REVERT


@pytest.mark.parametrize("names", [{"root", OU}, {OU}], ids=["root is protected", "root is not"])
def test_8_a_lockout_is_not_given_back_to_a_policy_for_an_ou_while_root_has_it(names: set[str]) -> None:
    # A policy has one document wherever it is attached: what is right for the OU would lock out Root.
    reader = known(
        words={(POLICY, ROOT): accepted(), (POLICY, OU): accepted()},
        documents={POLICY: document(policy())},
        attachments={ROOT: frozenset({POLICY, FULL}), OU: frozenset({POLICY, FULL})},
    )
    verdict = judge(update(DENY_EC2), reader, guardrail(protection(targets=frozenset(names))))
    assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.LOCKOUT_ACCEPTED)


# Without the ledger


def test_without_the_ledger_what_needs_the_baseline_only_pages() -> None:
    # A move may lead back to where an earlier one began.
    for record in (detach(), update(DENY_EC2), move()):
        verdict = judge(record, known(remembers=False), PINNING)
        assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.NOTHING_ACCEPTED)
    # Full access is right anywhere, and a lockout on Root nowhere.
    for record in (detach(policy=FULL), update(DENY_ALL)):
        assert reported(judge(record, known(remembers=False))) == VIOLATION
    assert reported(judge(disable(), known(remembers=False), PINNING)) == VIOLATION
