"""The eight rules, in order, each with its reason code, for an attached policy."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.domain.guardrail import Mode, OnViolation
from rootguard.domain.policy import FULL_ACCESS, digest_of
from rootguard.domain.rules import RULES
from rootguard.domain.verdict import Obstacle, Outcome, Reason
from tests.domain.verdicts import TRUSTING, accepted, at_root, document, fresh, judge, known, permit, reported
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_ALL,
    DENY_EC2,
    NOW,
    OU,
    OWN_ROLE,
    PIPELINE,
    POLICY,
    RCP,
    ROOT,
    SCP,
    attach,
    by_role,
    guardrail,
    policy,
    protection,
    real,
)

HARMLESS = {"policies": {POLICY: policy(DENY_EC2)}}


def test_there_are_eight_rules_and_each_reason_belongs_to_one() -> None:
    assert len(RULES) == 8
    rules = [[reason.value for reason in Reason if reason.rule == rule] for rule in range(1, 9)]
    assert rules == [
        ["call-failed", "denied-attempt"],
        ["own-change"],
        [
            "not-a-policy-change",
            "malformed-record",
            "target-not-protected",
            "lockout-on-unprotected",
            "stands-nowhere-protected",
        ],
        ["policy-type-not-covered"],
        ["full-access-policy", "allow-listed", "in-baseline", "not-in-baseline", "first-contact"],
        ["trusted-principal"],
        ["exception"],
        ["violation", "lockout-on-root", "undecided"],
    ]
    assert all(Reason(reason.value) is reason for reason in Reason)
    with pytest.raises(ValueError, match="no-such-code"):
        Reason("no-such-code")


def test_each_rule_says_its_number_first() -> None:
    numbers = [str(rule.__doc__)[:2] for rule in RULES]
    assert numbers == [f"{number}." for number in range(1, 9)]


# Rule 1


def test_1_a_failed_call_is_ignored_even_on_root() -> None:
    verdict = judge(attach(errorCode="PolicyTypeNotEnabledException"))
    assert reported(verdict) == ("ignore", "call-failed", 1, None)


def test_1_a_refused_call_on_a_protected_target_alerts_and_needs_no_read() -> None:
    reader = fresh()
    verdict = judge(attach(errorCode="AccessDenied"), reader)
    assert (reported(verdict), reader.asked) == (at_root("alert", "denied-attempt", 1), [])
    assert not verdict.accept


def test_1_a_refused_call_elsewhere_is_ignored() -> None:
    assert reported(judge(attach(OU, errorCode="AccessDenied"))) == ("ignore", "call-failed", 1, None)


def test_1_a_refused_call_by_someone_trusted_there_is_ignored() -> None:
    record = attach(errorCode="AccessDenied", userIdentity=by_role())
    assert reported(judge(record, policy_of=TRUSTING)) == ("ignore", "call-failed", 1, None)
    assert judge(record).outcome is Outcome.ALERT


def test_1_that_the_guard_itself_was_refused_is_an_alert() -> None:
    verdict = judge(attach(errorCode="AccessDenied", userIdentity=by_role(OWN_ROLE)))
    assert reported(verdict) == at_root("alert", "denied-attempt", 1)


# Rule 2


def test_2_the_guards_own_change_is_ignored() -> None:
    assert reported(judge(attach(userIdentity=by_role(OWN_ROLE)))) == ("ignore", "own-change", 2, None)


def test_2_each_of_the_guards_roles_is_its_own() -> None:
    restore = "arn:aws:iam::111122223333:role/rootguard-restore"
    reader = fresh(own_roles=frozenset({OWN_ROLE, restore}))
    assert judge(attach(userIdentity=by_role(restore)), reader).reason is Reason.OWN_CHANGE


def test_2_a_session_named_like_the_guards_role_is_not_its_own() -> None:
    identity = by_role("arn:aws:iam::111122223333:role/Admin", session="rootguard-guard")
    assert judge(attach(userIdentity=identity)).outcome is Outcome.REVERT


def test_2_a_user_whose_arn_reads_like_the_role_is_not_its_own() -> None:
    identity = {"type": "IAMUser", "arn": OWN_ROLE, "accountId": "111122223333"}
    assert judge(attach(userIdentity=identity)).outcome is Outcome.REVERT


# Rule 3


@pytest.mark.parametrize("target", [OU, CHILD_OU, ACCOUNT])
def test_3_what_no_protection_names_is_ignored_without_a_read(target: str) -> None:
    reader = fresh()
    verdict = judge(attach(target), reader)
    assert (reported(verdict), reader.asked) == (("ignore", "target-not-protected", 3, None), [])


@pytest.mark.parametrize("target", [ROOT, OU, ACCOUNT])
def test_3_root_an_ou_and_an_account_can_be_protected(target: str) -> None:
    name = "root" if target == ROOT else target
    reader = fresh(adopted={target: frozenset({SCP})})
    verdict = judge(attach(target), reader, guardrail(protection(targets=frozenset({name}))))
    assert (verdict.outcome, verdict.target_id) == (Outcome.REVERT, target)


def test_3_descendants_of_root_are_protected_without_asking_for_their_parents() -> None:
    reader = fresh(adopted={ACCOUNT: frozenset({SCP})}, unreadable=frozenset({"ancestors"}))
    verdict = judge(attach(ACCOUNT), reader, guardrail(protection(include_descendants=True)))
    assert verdict.outcome is Outcome.REVERT


BELOW = {"parents": {ACCOUNT: CHILD_OU, CHILD_OU: OU, OU: ROOT}, "adopted": {ACCOUNT: frozenset({SCP})}}


def test_3_descendants_of_an_ou_are_protected_however_deep() -> None:
    below = guardrail(protection(name="workload", targets=frozenset({OU}), include_descendants=True))
    assert reported(judge(attach(ACCOUNT), fresh(**BELOW), below)) == ("revert", "violation", 8, "workload")


def test_3_an_ou_without_include_descendants_protects_only_itself() -> None:
    alone = guardrail(
        protection(name="workload", targets=frozenset({OU})),
        protection(name="other", targets=frozenset({"ou-exam-elsewhere"}), include_descendants=True),
    )
    verdict = judge(attach(ACCOUNT), fresh(**BELOW), alone)
    assert reported(verdict) == ("ignore", "target-not-protected", 3, None)


def test_3_the_nearest_protection_counts() -> None:
    sandbox = protection(
        name="sandbox", targets=frozenset({OU}), include_descendants=True, on_violation=OnViolation.ALERT
    )
    both = guardrail(protection(include_descendants=True), sandbox)
    assert reported(judge(attach(ACCOUNT), fresh(**BELOW), both)) == ("alert", "violation", 8, "sandbox")


# Rule 4


@pytest.mark.parametrize("other", ["TAG_POLICY", "BACKUP_POLICY", "DECLARATIVE_POLICY_EC2", "CHATBOT_POLICY"])
def test_4_a_policy_that_does_not_authorize_is_left_alone(other: str) -> None:
    verdict = judge(attach(), fresh(policies={POLICY: policy(type=other)}))
    assert reported(verdict) == at_root("ignore", "policy-type-not-covered", 4)


def test_4_a_protection_may_cover_only_one_type() -> None:
    scps = guardrail(protection(policy_types=frozenset({SCP})))
    rcp = {"policies": {POLICY: policy(type=RCP)}}
    assert judge(attach(), fresh(**rcp), scps).reason is Reason.POLICY_TYPE_NOT_COVERED
    assert judge(attach(), fresh(), scps).outcome is Outcome.REVERT
    assert judge(attach(), fresh(**rcp)).outcome is Outcome.REVERT


def test_4_a_policy_that_was_deleted_since_may_have_been_of_any_type() -> None:
    verdict = judge(attach(), fresh(policies={}))
    assert reported(verdict) == at_root("revert", "violation", 8)


def test_4_a_type_that_only_the_catalogue_tells_of_lets_nothing_pass() -> None:
    reader = fresh(catalogue={POLICY: policy(type="TAG_POLICY")})
    assert reported(judge(attach(), reader)) == at_root("revert", "violation", 8)
    assert set(reader.asked) == {("policy", POLICY)}


# Rule 5


@pytest.mark.parametrize("full_access", FULL_ACCESS.values())
def test_5_full_access_is_always_allowed_and_needs_no_read(full_access: str) -> None:
    reader = fresh()
    verdict = judge(attach(policy=full_access), reader)
    assert (reported(verdict), reader.asked) == (at_root("allow", "full-access-policy", 5), [])


def test_5_the_allow_list_allows() -> None:
    listed = guardrail(protection(allow=frozenset({POLICY})))
    assert reported(judge(attach(), policy_of=listed)) == at_root("allow", "allow-listed", 5)


def test_5_the_baseline_allows_the_same_document_however_it_is_spaced() -> None:
    spaced = policy(DENY_ALL.replace(",", ", "))
    verdict = judge(attach(), known(documents={POLICY: document(spaced)}))
    assert reported(verdict) == at_root("allow", "in-baseline", 5)
    assert not verdict.accept


def test_5_the_baseline_does_not_allow_what_was_rewritten_since() -> None:
    assert judge(attach(), known()).outcome is Outcome.REVERT


def test_5_the_catalogue_never_acquits() -> None:
    reader = known(catalogue={POLICY: policy(DENY_EC2)})
    assert judge(attach(), reader).outcome is Outcome.REVERT


def test_5_what_was_accepted_unread_is_allowed() -> None:
    assert judge(attach(), known(documents={})).reason is Reason.IN_BASELINE


def test_5_the_baseline_of_another_target_allows_nothing() -> None:
    reader = known(words={(POLICY, OU): accepted()}, documents={POLICY: document(policy())})
    assert judge(attach(), reader).outcome is Outcome.REVERT


def test_5_what_was_accepted_to_be_gone_may_not_come_back() -> None:
    gone = {(POLICY, ROOT): accepted(present=False)}
    assert (
        judge(attach(), known(words=gone, documents={POLICY: document(policy())})).outcome is Outcome.REVERT
    )


# Rule 6


def test_6_a_trusted_role_is_allowed_and_what_it_did_is_accepted() -> None:
    verdict = judge(attach(userIdentity=by_role()), fresh(**HARMLESS), TRUSTING)
    assert reported(verdict) == at_root("allow", "trusted-principal", 6)
    assert verdict.accept


def test_6_a_session_named_like_a_trusted_role_is_not_trusted() -> None:
    impostor = by_role("arn:aws:iam::111122223333:role/Admin", session="scp-deployer")
    assert judge(attach(userIdentity=impostor), fresh(**HARMLESS), TRUSTING).outcome is Outcome.REVERT


@pytest.mark.parametrize(
    "near", [PIPELINE.upper(), PIPELINE + "2", PIPELINE[:-1], PIPELINE.replace("pipeline/", "")]
)
def test_6_trust_is_by_exact_arn(near: str) -> None:
    assert judge(attach(userIdentity=by_role(near)), fresh(**HARMLESS), TRUSTING).outcome is Outcome.REVERT


@pytest.mark.parametrize("identity", [None, {}, {"arn": PIPELINE}, {"type": None, "arn": PIPELINE}, "x"])
def test_6_an_actor_whom_the_record_does_not_name_is_never_trusted(identity: object) -> None:
    verdict = judge(attach(userIdentity=identity), fresh(**HARMLESS), TRUSTING)
    assert reported(verdict) == at_root("revert", "violation", 8)


def test_6_nobody_may_lock_everyone_out_at_the_root() -> None:
    verdict = judge(attach(userIdentity=by_role()), fresh(), TRUSTING)
    assert reported(verdict) == at_root("revert", "lockout-on-root", 8)


def test_6_a_trusted_role_may_quarantine_an_ou() -> None:
    ou = guardrail(protection(targets=frozenset({OU}), trusted_principals=frozenset({PIPELINE})))
    verdict = judge(attach(OU, userIdentity=by_role()), fresh(adopted={OU: frozenset({SCP})}), ou)
    assert reported(verdict) == at_root("allow", "trusted-principal", 6)


# Rule 7


def test_7_an_exception_granted_by_someone_else_allows_and_accepts_even_a_lockout_on_root() -> None:
    verdict = judge(attach(), fresh(granted=(permit(),)))
    assert reported(verdict) == at_root("allow", "exception", 7)
    assert (verdict.accept, verdict.permit) == (True, permit())


@pytest.mark.parametrize(
    "mismatch",
    [
        {"policy_id": "p-anotherone"},
        {"target_id": OU},
        {"content_sha256": digest_of(DENY_EC2)},
        {"granted_by": "111122223333"},  # the root user's principalId: granted to oneself
        {"expires_at": NOW.replace(second=27)},  # the second of the change
        {"granted_at": NOW.replace(second=28)},  # a second after it
        {"revoked_at": NOW.replace(second=27)},
        {"used_at": NOW, "used_by": "another event"},
    ],
    ids=lambda mismatch: next(iter(mismatch)),
)
def test_7_an_exception_covers_only_what_it_names(mismatch: dict[str, Any]) -> None:
    assert judge(attach(), fresh(granted=(permit(**mismatch),))).outcome is Outcome.REVERT


def test_7_an_exception_of_ones_own_hides_none_of_another_granter() -> None:
    both = (permit(granted_by="111122223333"), permit())
    assert judge(attach(), fresh(granted=both)).permit == permit()


def test_7_an_actor_without_a_principal_id_cannot_use_an_exception() -> None:
    identity = real("attach-policy-to-account-by-root-user")["userIdentity"] | {"principalId": None}
    verdict = judge(attach(userIdentity=identity), fresh(granted=(permit(),)))
    assert verdict.outcome is Outcome.REVERT


# Rule 8


def test_8_everything_else_is_a_violation() -> None:
    assert reported(judge(attach(), fresh(**HARMLESS))) == at_root("revert", "violation", 8)


def test_8_observe_only_watches() -> None:
    verdict = judge(attach(), policy_of=guardrail(mode=Mode.OBSERVE))
    assert reported(verdict) == at_root("alert", "violation", 8)
    assert verdict.obstacle is Obstacle.OBSERVED


def test_8_a_protection_may_ask_for_an_alert_only() -> None:
    verdict = judge(attach(), policy_of=guardrail(protection(on_violation=OnViolation.ALERT)))
    assert reported(verdict) == at_root("alert", "violation", 8)
    assert verdict.obstacle is Obstacle.ALERT_ONLY


def test_8_without_the_ledger_an_attach_is_undone() -> None:
    assert judge(attach(), known(remembers=False)).outcome is Outcome.REVERT
