"""The eight rules, in order, each with its reason code, for an attached policy; and the real records."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from rootguard.cloudtrail.read import read_change
from rootguard.domain.decide import decide
from rootguard.domain.facts import FULL_ACCESS, BaselinePolicy
from rootguard.domain.guardrail import AncestorsOf, Mode, OnViolation
from rootguard.domain.questions import PolicyOf
from rootguard.domain.verdict import Hindrance, Outcome
from tests.domain.verdicts import TRUSTING, judge, known, permit, told
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
    facts,
    guardrail,
    policy,
    protection,
    real,
)

# The real records, under the guardrail.yaml that ships and where everything is protected and known.

EVERYTHING = guardrail(
    protection(include_descendants=True, restore_policy_type=True, pin_accounts=frozenset({ACCOUNT}))
)
REAL = {
    "attach-policy-to-account-by-root-user": ("ignore target-not-protected 3", "revert violation 8"),
    "attach-policy-to-ou-failed-by-iam-user": ("ignore call-failed 1", "ignore call-failed 1"),
    "close-account-result-service-event": ("ignore not-a-policy-change 3", "ignore not-a-policy-change 3"),
    "create-scp-by-root-user": ("ignore stands-nowhere-protected 3", "ignore stands-nowhere-protected 3"),
    "disable-scp-type-by-root-user": ("alert violation 8", "revert violation 8"),
    "eventbridge-move-account-by-assumed-role": ("ignore target-not-protected 3", "revert violation 8"),
    "leave-organization-denied-by-assumed-role": ("ignore call-failed 1", "ignore call-failed 1"),
    "update-scp-by-root-user": ("ignore stands-nowhere-protected 3", "revert violation 8"),
}


@pytest.mark.parametrize("name", REAL)
def test_each_real_record_has_its_verdict_as_shipped(name: str) -> None:
    verdict = judge(real(name), facts(targets={POLICY: frozenset()}))
    assert f"{verdict.outcome.value} {verdict.reason.code} {verdict.reason.rule}" == REAL[name][0]


@pytest.mark.parametrize("name", REAL)
def test_each_real_record_has_its_verdict_where_everything_is_protected(name: str) -> None:
    verdict = judge(real(name), known(), EVERYTHING)
    assert f"{verdict.outcome.value} {verdict.reason.code} {verdict.reason.rule}" == REAL[name][1]


# Rule 1


def test_1_a_failed_call_is_ignored_even_on_root() -> None:
    verdict = judge(attach(errorCode="PolicyTypeNotEnabledException"))
    assert told(verdict) == ("ignore", "call-failed", 1, None)


def test_1_a_refused_call_on_a_protected_target_alerts_and_needs_no_read() -> None:
    verdict = judge(attach(errorCode="AccessDenied"), facts(policies={}))
    assert told(verdict) == ("alert", "denied-attempt", 1, "root")


def test_1_a_refused_call_elsewhere_is_ignored() -> None:
    assert told(judge(attach(OU, errorCode="AccessDenied"))) == ("ignore", "call-failed", 1, None)


def test_1_that_the_guard_itself_was_refused_is_told() -> None:
    verdict = judge(attach(errorCode="AccessDenied", userIdentity=by_role(OWN_ROLE)))
    assert told(verdict) == ("alert", "denied-attempt", 1, "root")


# Rule 2


def test_2_the_guards_own_change_is_ignored() -> None:
    assert told(judge(attach(userIdentity=by_role(OWN_ROLE)))) == ("ignore", "own-change", 2, None)


def test_2_a_session_named_like_the_guards_role_is_not_its_own() -> None:
    identity = by_role("arn:aws:iam::111122223333:role/Admin", session="rootguard-guard")
    assert judge(attach(userIdentity=identity)).outcome is Outcome.REVERT


def test_2_a_user_whose_arn_reads_like_the_role_is_not_its_own() -> None:
    identity = {"type": "IAMUser", "arn": OWN_ROLE, "accountId": "111122223333"}
    assert judge(attach(userIdentity=identity)).outcome is Outcome.REVERT


# Rule 3


@pytest.mark.parametrize("target", [OU, CHILD_OU, ACCOUNT])
def test_3_what_no_protection_names_is_ignored_without_a_read(target: str) -> None:
    verdict = judge(attach(target), facts(policies={}))
    assert told(verdict) == ("ignore", "target-not-protected", 3, None)


def test_3_another_organizations_root_is_not_ours() -> None:
    verdict = judge(attach("r-other"), facts(root_id=ROOT))
    assert told(verdict) == ("ignore", "target-not-protected", 3, None)


@pytest.mark.parametrize("target", [ROOT, OU, ACCOUNT])
def test_3_root_an_ou_and_an_account_can_be_protected(target: str) -> None:
    name = "root" if target == ROOT else target
    verdict = judge(attach(target), policy_of=guardrail(protection(targets=frozenset({name}))))
    assert verdict.outcome is Outcome.REVERT


def test_3_descendants_of_root_are_protected_without_asking_for_their_parents() -> None:
    verdict = judge(attach(ACCOUNT), policy_of=guardrail(protection(include_descendants=True)))
    assert verdict.outcome is Outcome.REVERT


def test_3_descendants_of_an_ou_are_protected_however_deep() -> None:
    below = guardrail(protection(name="workload", targets=frozenset({OU}), include_descendants=True))
    known = facts(parents={ACCOUNT: CHILD_OU, CHILD_OU: OU, OU: ROOT})
    assert told(judge(attach(ACCOUNT), known, below)) == ("revert", "violation", 8, "workload")


def test_3_an_ou_without_include_descendants_protects_only_itself() -> None:
    alone = guardrail(
        protection(name="workload", targets=frozenset({OU})),
        protection(name="other", targets=frozenset({"ou-exam-elsewhere"}), include_descendants=True),
    )
    known = facts(parents={ACCOUNT: CHILD_OU, CHILD_OU: OU, OU: ROOT})
    assert told(judge(attach(ACCOUNT), known, alone)) == ("ignore", "target-not-protected", 3, None)


def test_3_the_nearest_protection_wins() -> None:
    both = guardrail(
        protection(include_descendants=True),
        protection(
            name="sandbox",
            targets=frozenset({OU}),
            include_descendants=True,
            on_violation=OnViolation.ALERT,
        ),
    )
    known = facts(parents={ACCOUNT: OU, OU: ROOT})
    assert told(judge(attach(ACCOUNT), known, both)) == ("alert", "violation", 8, "sandbox")


def test_3_asks_for_the_parents_only_when_an_ou_protects_its_descendants() -> None:
    below = guardrail(protection(targets=frozenset({OU}), include_descendants=True))
    assert decide(read_change(attach(ACCOUNT)), facts(), below) == AncestorsOf(ACCOUNT)
    known = facts(parents={ACCOUNT: CHILD_OU})
    assert decide(read_change(attach(ACCOUNT)), known, below) == AncestorsOf(CHILD_OU)


@pytest.mark.parametrize("parents", [{ACCOUNT: None}, {ACCOUNT: OU, OU: ACCOUNT}])
def test_3_an_ancestry_that_leads_nowhere_protects_nothing_but_by_root(parents: Any) -> None:
    ou_only = guardrail(protection(targets=frozenset({"ou-exam-elsewhere"}), include_descendants=True))
    assert judge(attach(ACCOUNT), facts(parents=parents), ou_only).reason.rule == 3
    with_root = replace(ou_only, protections=(*ou_only.protections, protection(include_descendants=True)))
    assert judge(attach(ACCOUNT), facts(parents=parents), with_root).outcome is Outcome.REVERT


# Rule 4


def test_4_asks_what_the_policy_is() -> None:
    assert decide(read_change(attach()), facts(policies={}), guardrail()) == PolicyOf(POLICY)


@pytest.mark.parametrize("other", ["TAG_POLICY", "BACKUP_POLICY", "DECLARATIVE_POLICY_EC2", "CHATBOT_POLICY"])
def test_4_a_policy_that_does_not_authorize_is_left_alone(other: str) -> None:
    verdict = judge(attach(), facts(policy(type=other)))
    assert told(verdict) == ("ignore", "policy-type-not-covered", 4, "root")


def test_4_a_protection_may_cover_only_one_type() -> None:
    scps = guardrail(protection(policy_types=frozenset({SCP})))
    assert judge(attach(), facts(policy(type=RCP)), scps).reason.code == "policy-type-not-covered"
    assert judge(attach(), facts(policy(type=SCP)), scps).outcome is Outcome.REVERT
    assert judge(attach(), facts(policy(type=RCP))).outcome is Outcome.REVERT


def test_4_a_policy_that_does_not_exist_stands_nowhere() -> None:
    verdict = judge(attach(), facts(policies={POLICY: None}))
    assert told(verdict) == ("ignore", "policy-gone", 4, "root")


# Rule 5


@pytest.mark.parametrize("full_access", FULL_ACCESS.values())
def test_5_full_access_is_always_allowed_and_needs_no_read(full_access: str) -> None:
    verdict = judge(attach(policy=full_access), facts(policies={}))
    assert told(verdict) == ("allow", "full-access-policy", 5, "root")


def test_5_the_allow_list_allows() -> None:
    listed = guardrail(protection(allow=frozenset({POLICY})))
    assert told(judge(attach(), policy_of=listed)) == ("allow", "allow-listed", 5, "root")


def test_5_the_baseline_allows_the_same_document_however_it_is_spaced() -> None:
    accepted = BaselinePolicy("Quarantine", DENY_ALL.replace(",", ", "))
    verdict = judge(attach(), facts(baseline={ROOT: {POLICY: accepted}}))
    assert told(verdict) == ("allow", "in-baseline", 5, "root")
    assert not verdict.adopt


def test_5_the_baseline_does_not_allow_what_was_rewritten_since() -> None:
    accepted = BaselinePolicy("Quarantine", DENY_EC2)
    assert judge(attach(), facts(baseline={ROOT: {POLICY: accepted}})).outcome is Outcome.REVERT


def test_5_the_baseline_of_another_target_allows_nothing() -> None:
    accepted = BaselinePolicy("Quarantine", DENY_ALL)
    assert judge(attach(), facts(baseline={OU: {POLICY: accepted}})).outcome is Outcome.REVERT


# Rule 6


def test_6_a_trusted_role_is_allowed_and_adopted() -> None:
    verdict = judge(attach(userIdentity=by_role()), facts(policy(DENY_EC2)), TRUSTING)
    assert told(verdict) == ("allow", "trusted-principal", 6, "root")
    assert verdict.adopt


def test_6_a_session_named_like_a_trusted_role_is_not_trusted() -> None:
    impostor = by_role("arn:aws:iam::111122223333:role/Admin", session="scp-deployer")
    verdict = judge(attach(userIdentity=impostor), facts(policy(DENY_EC2)), TRUSTING)
    assert verdict.outcome is Outcome.REVERT


@pytest.mark.parametrize(
    "near", [PIPELINE.upper(), PIPELINE + "2", PIPELINE[:-1], PIPELINE.replace("pipeline/", "")]
)
def test_6_trust_is_by_exact_arn(near: str) -> None:
    verdict = judge(attach(userIdentity=by_role(near)), facts(policy(DENY_EC2)), TRUSTING)
    assert verdict.outcome is Outcome.REVERT


def test_6_nobody_may_lock_everyone_out_at_the_root() -> None:
    verdict = judge(attach(userIdentity=by_role()), facts(policy(DENY_ALL)), TRUSTING)
    assert told(verdict) == ("revert", "lockout-on-root", 8, "root")


def test_6_a_trusted_role_may_quarantine_an_ou() -> None:
    ou = guardrail(protection(targets=frozenset({OU}), trusted_principals=frozenset({PIPELINE})))
    verdict = judge(attach(OU, userIdentity=by_role()), facts(policy(DENY_ALL)), ou)
    assert told(verdict) == ("allow", "trusted-principal", 6, "root")


# Rule 7


def test_7_an_exception_granted_by_someone_else_allows_and_adopts_even_a_lockout_on_root() -> None:
    verdict = judge(attach(), facts(exceptions=(permit(),)))
    assert told(verdict) == ("allow", "exception", 7, "root")
    assert verdict.adopt


@pytest.mark.parametrize(
    "mismatch",
    [
        {"policy_id": "p-anotherone"},
        {"target_id": OU},
        {"content_sha256": sha256(DENY_EC2.encode()).hexdigest()},
        {"granted_by": "111122223333"},  # the root user's principalId: granted to oneself
        {"expires_at": NOW},
    ],
    ids=lambda mismatch: next(iter(mismatch)),
)
def test_7_an_exception_holds_only_for_what_it_names(mismatch: dict[str, Any]) -> None:
    assert judge(attach(), facts(exceptions=(permit(**mismatch),))).outcome is Outcome.REVERT


def test_7_an_actor_without_a_principal_id_cannot_use_an_exception() -> None:
    identity = real("attach-policy-to-account-by-root-user")["userIdentity"] | {"principalId": None}
    verdict = judge(attach(userIdentity=identity), facts(exceptions=(permit(),)))
    assert verdict.outcome is Outcome.REVERT


# Rule 8


def test_8_everything_else_is_a_violation() -> None:
    assert told(judge(attach(), facts(policy(DENY_EC2)))) == ("revert", "violation", 8, "root")


def test_8_observe_only_watches() -> None:
    verdict = judge(attach(), policy_of=guardrail(mode=Mode.OBSERVE))
    assert told(verdict) == ("alert", "violation", 8, "root")
    assert verdict.hindrance is Hindrance.OBSERVED


def test_8_a_protection_may_ask_for_an_alert_only() -> None:
    alert = guardrail(protection(on_violation=OnViolation.ALERT))
    verdict = judge(attach(), policy_of=alert)
    assert told(verdict) == ("alert", "violation", 8, "root")
    assert verdict.hindrance is Hindrance.ALERT_ONLY
