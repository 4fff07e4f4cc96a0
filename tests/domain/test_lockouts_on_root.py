"""What locks everyone out of Root: a policy alone, several together, and whose doing it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rootguard.domain.case import Case
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.fights import Fight
from rootguard.domain.lockouts import is_lockout, locks_out_root
from rootguard.domain.policy import Policy
from rootguard.domain.reader import UnreadableError
from rootguard.domain.verdict import Obstacle, Outcome, Reason
from tests.domain.records import detach, update
from tests.domain.verdicts import FULL, TRUSTING, accepted, document, fresh, judge, known
from tests.fakes.reader import FakeReader
from tests.given import (
    DENY_ALL,
    DENY_ALL_OF_ANOTHER,
    DENY_EC2,
    NOW,
    OU,
    POLICY,
    RCP,
    ROOT,
    SCP,
    attach,
    by_role,
    guardrail,
    policy,
    protection,
)

OTHER = "p-another1"


def statement(effect: str, letters: str) -> str:
    """A policy about every service whose name begins with one of these letters."""
    body = {"Effect": effect, "Action": [f"{letter}*" for letter in letters], "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [body]})


DENY_A_TO_M, DENY_N_TO_Z = statement("Deny", "abcdefghijklm"), statement("Deny", "nopqrstuvwxyz")
ALLOW_A_TO_Z = statement("Allow", "abcdefghijklmnopqrstuvwxyz")


def at_root(kind: ChangeKind = ChangeKind.ATTACHED, of: Policy | None = None, **changed: Any) -> Drift:
    fields: dict[str, Any] = {"policy_id": POLICY, "target_id": ROOT, "policy": of}
    return Drift(kind, NOW, **fields | changed)


def root_with(*others: str, **contents: str) -> FakeReader:
    """Root as it is after the change, where p-another1 and the policy itself say what `contents` says."""
    named = {"other": OTHER, "itself": POLICY}
    read = {named[name]: policy(content, id=named[name]) for name, content in contents.items()}
    return fresh(policies=read, attachments={ROOT: frozenset({*others, *read})})


# Alone


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (policy(), True),
        (policy(type=""), True),  # of unknown type it counts as an SCP
        (policy(DENY_EC2), False),
        (policy("{"), False),
        (policy(id=FULL), False),
        (Policy(POLICY, SCP), False),
        (None, False),
        (policy(type="TAG_POLICY"), False),
        (policy(DENY_ALL_OF_ANOTHER), False),
        (policy(DENY_ALL_OF_ANOTHER, organization_id="o-exampleorgid"), True),
    ],
)
def test_a_policy_is_a_lockout_if_it_is_known_to_deny_everything(of: Policy | None, expected: Any) -> None:
    assert is_lockout(of, NOW) is expected


@pytest.mark.parametrize("kind", [ChangeKind.ATTACHED, ChangeKind.UPDATED])
def test_a_lockout_that_comes_to_root_needs_no_look_at_the_rest(kind: ChangeKind) -> None:
    reader = fresh()
    assert locks_out_root(at_root(kind, policy()), SCP, reader)
    assert reader.asked == []


def test_only_root_is_looked_at() -> None:
    reader = fresh()
    case = Case(at_root(of=policy()), reader, guardrail(), OU, protection())
    assert not case.leaves_root_locked
    assert reader.asked == []


def test_the_catalogue_condemns_a_policy_that_cannot_be_read_and_acquits_none() -> None:
    silent = frozenset({"policy"})
    assert locks_out_root(at_root(), SCP, fresh(catalogue={POLICY: policy()}, unreadable=silent))
    with pytest.raises(UnreadableError):
        locks_out_root(at_root(), SCP, fresh(catalogue={POLICY: policy(DENY_EC2)}, unreadable=silent))
    # What can be read counts before it.
    assert not locks_out_root(
        at_root(), SCP, fresh(policies={POLICY: policy(DENY_EC2)}, catalogue={POLICY: policy()})
    )


# Together


def test_two_policies_can_lock_out_root_together() -> None:
    both = root_with(FULL, other=DENY_N_TO_Z, itself=DENY_A_TO_M)
    assert locks_out_root(at_root(), SCP, both)
    assert not locks_out_root(at_root(), SCP, root_with(FULL, other=DENY_EC2, itself=DENY_A_TO_M))


def test_an_attach_that_no_listing_shows_yet_counts_all_the_same() -> None:
    reader = root_with(FULL, other=DENY_N_TO_Z)
    assert locks_out_root(at_root(of=policy(DENY_A_TO_M)), SCP, reader)


def test_whoever_takes_the_last_allow_off_locks_out_root() -> None:
    reader = root_with(other=DENY_EC2)
    assert locks_out_root(at_root(ChangeKind.DETACHED, policy_id=FULL), SCP, reader)
    beside = root_with(other=ALLOW_A_TO_Z)
    assert not locks_out_root(at_root(ChangeKind.DETACHED, policy_id=FULL), SCP, beside)


def test_a_detach_that_the_listing_does_not_show_yet_counts_all_the_same() -> None:
    reader = root_with(FULL, other=DENY_EC2)
    assert locks_out_root(at_root(ChangeKind.DETACHED, policy_id=FULL), SCP, reader)


def test_the_last_allow_can_be_edited_away() -> None:
    reader = root_with(itself=DENY_EC2)
    drift = at_root(ChangeKind.UPDATED, policy(DENY_EC2))
    assert locks_out_root(drift, SCP, reader)
    assert not locks_out_root(at_root(ChangeKind.UPDATED, policy(ALLOW_A_TO_Z)), SCP, reader)


def test_a_root_that_was_locked_out_before_is_not_this_drifts_doing() -> None:
    locked = root_with(FULL, other=DENY_ALL)
    assert not locks_out_root(at_root(of=policy(DENY_EC2)), SCP, locked)
    assert not locks_out_root(at_root(ChangeKind.DETACHED), SCP, locked)
    # Unless its own policy is a lockout by itself.
    assert locks_out_root(at_root(of=policy()), SCP, locked)


def test_an_edit_is_compared_with_what_was_accepted() -> None:
    reader = root_with(FULL, other=DENY_N_TO_Z, itself=DENY_A_TO_M)
    edit = at_root(ChangeKind.UPDATED, policy(DENY_A_TO_M))
    assert locks_out_root(edit, SCP, reader)
    reader.documents = {POLICY: document(policy(DENY_A_TO_M))}
    assert not locks_out_root(edit, SCP, reader)


def test_what_cannot_be_read_may_allow_anything_and_denies_nothing() -> None:
    reader = root_with("p-unreadable")
    reader.policies = {**reader.policies, "p-unreadable": Policy("p-unreadable", SCP)}
    assert not locks_out_root(at_root(ChangeKind.DETACHED, policy_id=FULL), SCP, reader)


def test_an_accepted_document_spares_a_read() -> None:
    reader = root_with(FULL, other=DENY_N_TO_Z)
    reader.documents = {OTHER: document(policy(DENY_EC2, id=OTHER))}
    assert not locks_out_root(at_root(of=policy(DENY_A_TO_M)), SCP, reader)
    assert ("policy", OTHER) not in reader.asked


def test_policies_of_another_type_are_none_of_its_business() -> None:
    reader = root_with("p-RCPFullAWSAccess", other=DENY_N_TO_Z)
    assert not locks_out_root(at_root(of=policy(DENY_A_TO_M, type=RCP)), RCP, reader)


# What the rules make of it

TRUSTED = by_role()


def test_nobody_may_complete_a_lockout_on_root() -> None:
    reader = root_with(FULL, other=DENY_N_TO_Z, itself=DENY_A_TO_M)
    # Whatever is attached and not accepted is judged when its own event comes.
    assert judge(attach(userIdentity=TRUSTED), reader, TRUSTING).reason is Reason.TRUSTED_PRINCIPAL
    beside = root_with(FULL, other=DENY_N_TO_Z, itself=DENY_A_TO_M)
    beside.words = {(FULL, ROOT): accepted(), (OTHER, ROOT): accepted()}
    assert judge(attach(userIdentity=TRUSTED), beside, TRUSTING).reason is Reason.LOCKOUT_ON_ROOT
    harmless = root_with(FULL, other=DENY_EC2, itself=DENY_A_TO_M)
    assert judge(attach(userIdentity=TRUSTED), harmless, TRUSTING).reason is Reason.TRUSTED_PRINCIPAL


def test_nobody_may_take_the_last_allow_off_root() -> None:
    reader = root_with(other=DENY_EC2)
    reader.words = {(FULL, ROOT): accepted(), (OTHER, ROOT): accepted()}
    verdict = judge(detach(policy=FULL, userIdentity=TRUSTED), reader, TRUSTING)
    assert verdict.reason is Reason.LOCKOUT_ON_ROOT


def test_a_lockout_on_root_is_undone_however_long_the_fight() -> None:
    fought = Fight(round=3, stopped_at=NOW)
    fights = {f"attachment/{POLICY}/{ROOT}": fought, f"content/{POLICY}": fought}
    harmless = '{"Statement":[]}'
    for lockout, other in ((attach(), attach()), (update(), update(harmless))):
        assert judge(lockout, known(fights=fights)).outcome is Outcome.REVERT
        quiet = known(fights=fights, policies={POLICY: policy(harmless)})
        assert judge(other, quiet).obstacle is Obstacle.FIGHT
