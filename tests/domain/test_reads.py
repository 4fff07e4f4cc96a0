"""What a verdict reads: no fact that no rule needs, and what it comes to if a fact cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.reader import UnreadableError
from rootguard.domain.remedy import Detach, remedy_of
from rootguard.domain.rules import decide
from rootguard.domain.verdict import Outcome, Reason
from tests.domain.records import EVERY_KIND, create, delete, detach, update
from tests.domain.verdicts import ACCEPTED, TRUSTING, accepted, document, fresh, judge, known, on, permit
from tests.fakes.reader import FakeReader
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_EC2,
    NOW,
    OU,
    OWN_ROLE,
    POLICY,
    ROOT,
    SCP,
    attach,
    by_role,
    guardrail,
    policy,
    protection,
)

READ = ("policy", POLICY)
BELOW_OU = guardrail(protection(targets=frozenset({OU}), include_descendants=True))
PINNING = guardrail(protection(pin_accounts=frozenset({ACCOUNT}), restore_policy_type=True))
CATALOGUED: dict[str, Any] = {"catalogue": {POLICY: policy(DENY_EC2)}}


def asked(event: object, reader: FakeReader, policy_of: Any = None) -> set[tuple[str, str]]:
    judge(event, reader, policy_of)
    return set(reader.asked)


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
def test_what_touches_nothing_protected_reads_nothing(event: object) -> None:
    assert asked(event, fresh()) == set()


WITHOUT_POLICY = sorted(
    set(ChangeKind) - {ChangeKind.ATTACHED, ChangeKind.DETACHED, ChangeKind.UPDATED, ChangeKind.DELETED}
)


@pytest.mark.parametrize("kind", WITHOUT_POLICY)
def test_what_is_about_no_policy_reads_nothing(kind: ChangeKind) -> None:
    assert asked(EVERY_KIND[kind], known(), PINNING) == set()


def test_an_untrusted_attach_of_what_the_catalogue_knows_is_undone_without_a_read() -> None:
    assert asked(attach(), fresh(**CATALOGUED)) == set()


def test_an_untrusted_attach_of_what_nobody_knows_takes_one_read() -> None:
    assert asked(attach(), fresh()) == {READ}
    assert asked(attach(), known(remembers=False)) == {READ}


def test_a_lockout_that_the_catalogue_knows_is_undone_though_the_policy_cannot_be_read() -> None:
    silent = fresh(catalogue={POLICY: policy()}, unreadable=frozenset({"policy", "attached", "targets"}))
    assert judge(attach(userIdentity=by_role()), silent, TRUSTING).reason is Reason.LOCKOUT_ON_ROOT


@pytest.mark.parametrize("catalogue", [{}, CATALOGUED], ids=["unknown", "known"])
def test_what_is_let_through_is_read_first_as_the_catalogue_may_be_old(catalogue: dict[str, Any]) -> None:
    # It reads as a lockout: what was accepted, or is known, was edited since.
    accepted_before = known(**catalogue)
    assert judge(attach(), accepted_before).reason is Reason.VIOLATION
    trusted = fresh(**catalogue)
    assert judge(attach(userIdentity=by_role()), trusted, TRUSTING).reason is Reason.LOCKOUT_ON_ROOT
    granted = fresh(**catalogue, granted=(permit(content_sha256=ACCEPTED.digest),))
    assert judge(attach(), granted).reason is Reason.VIOLATION
    assert READ in accepted_before.asked
    assert READ in trusted.asked
    assert READ in granted.asked


def test_the_type_comes_from_the_targets_listing_if_the_policy_cannot_be_read() -> None:
    silent = fresh(attachments={ROOT: frozenset({POLICY})}, unreadable=frozenset({"policy"}))
    verdict = judge(attach(), silent)
    assert verdict.outcome is Outcome.REVERT
    assert silent.asked[-1] == ("attached", ROOT)


def test_a_sweep_that_listed_a_policy_knows_its_type() -> None:
    silent = fresh(unreadable=frozenset({"policy", "attached", "targets"}))
    drift = Drift(ChangeKind.ATTACHED, NOW, POLICY, ROOT, SCP)
    verdict = decide(drift, silent, guardrail())
    assert (verdict.outcome, silent.asked) == (Outcome.REVERT, [])
    assert remedy_of(drift, verdict, silent) == (Detach(POLICY, ROOT),)


def test_what_lies_above_is_read_once_if_it_counts() -> None:
    ways = {"parents": {ACCOUNT: CHILD_OU, CHILD_OU: OU}, "adopted": {ACCOUNT: frozenset({SCP})}}
    below = fresh(**ways, **CATALOGUED)
    assert asked(attach(ACCOUNT), below, BELOW_OU) == {("ancestors", ACCOUNT)}
    assert asked(attach(ACCOUNT), fresh(), guardrail()) == set()


def test_a_detach_of_an_accepted_policy_reads_whether_it_still_exists() -> None:
    assert asked(detach(), known()) == {READ}
    assert asked(detach(policy="p-FullAWSAccess"), known()) == set()


def test_an_edit_of_an_accepted_policy_is_undone_without_a_read() -> None:
    assert asked(update(), known()) == set()


def test_an_edit_that_nothing_is_known_of_reads_where_the_policy_is_attached() -> None:
    reader = fresh()
    assert judge(update(), reader).reason is Reason.STANDS_NOWHERE_PROTECTED
    assert reader.asked == [("targets", POLICY)]


def test_an_edit_is_approved_of_only_after_a_look_at_every_place() -> None:
    work = protection(name="work", targets=frozenset({OU}), allow=frozenset({POLICY}))
    both = {OU: frozenset({POLICY}), ROOT: frozenset({POLICY})}
    verdict = judge(update(), on(OU, attachments=both), guardrail(work, protection()))
    assert (verdict.reason, verdict.protection, verdict.target_id) == (Reason.VIOLATION, "root", ROOT)


def test_once_an_edit_must_be_undone_nothing_is_read_to_find_more_of_it() -> None:
    both = guardrail(*BELOW_OU.protections, protection(name="top"))
    words = {(POLICY, ROOT): accepted(), (POLICY, ACCOUNT): accepted()}
    assert asked(update(), known(words=words), both) == set()


def test_a_deleted_policy_is_looked_for_in_the_ledger_alone() -> None:
    assert asked(delete(), fresh()) == set()
    assert asked(delete(), known(remembers=False)) == set()
    assert asked(delete(), known()) == set()


# What cannot be read now


@pytest.mark.parametrize(
    ("event", "reader", "unreadable"),
    [
        (update(), fresh(), "targets"),
        (attach(), known(), "policy"),
        (attach(userIdentity=by_role()), fresh(), "policy"),
        (attach(userIdentity=by_role()), fresh(policies={POLICY: policy(DENY_EC2)}), "attached"),
        (detach(), known(), "policy"),
        (attach(ACCOUNT), fresh(), "ancestors"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_not_guessed(event: Any, reader: FakeReader, unreadable: str) -> None:
    both = guardrail(*TRUSTING.protections, *BELOW_OU.protections)
    judge(event, reader, both)
    reader.unreadable = frozenset({unreadable})
    with pytest.raises(UnreadableError):
        judge(event, reader, both)


def test_an_accepted_document_is_enough_to_give_it_back() -> None:
    silent = known(
        documents={POLICY: document()}, unreadable=frozenset({"policy", "targets", "attached", "ancestors"})
    )
    assert judge(update(), silent).outcome is Outcome.REVERT
