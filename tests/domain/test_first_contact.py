"""First contact: what was never adopted is accepted as it is, unless it locks out Root."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.domain.policy import FULL_ACCESS
from rootguard.domain.verdict import Obstacle, Outcome, Reason
from tests.domain.records import detach, update
from tests.domain.verdicts import (
    ALERT,
    FULL,
    TRUSTING,
    VIOLATION,
    accepted,
    at_root,
    fresh,
    judge,
    known,
    reported,
    writes,
)
from tests.given import (
    DENY_ALL,
    DENY_EC2,
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

NEW: dict[str, Any] = {"adopted": {}, "words": {}}
HARMLESS: dict[str, Any] = {"policies": {POLICY: policy(DENY_EC2)}}
ALLOWS = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


def test_an_attach_to_a_target_that_was_never_adopted_is_accepted_with_all_that_is_there() -> None:
    verdict = judge(attach(), fresh(**NEW, **HARMLESS))
    assert (reported(verdict), verdict.accept) == (at_root("allow", "first-contact", 5), True)


def test_a_lockout_on_root_is_undone_even_at_first_contact() -> None:
    assert reported(judge(attach(), fresh(**NEW))) == VIOLATION


def test_a_lockout_on_an_ou_is_accepted_at_first_contact() -> None:
    ou = guardrail(protection(targets=frozenset({OU})))
    assert judge(attach(OU), fresh(**NEW), ou).reason is Reason.FIRST_CONTACT


def test_a_target_is_adopted_type_by_type() -> None:
    reader = fresh(adopted={ROOT: frozenset({RCP})}, words={}, **HARMLESS)
    assert judge(attach(), reader).reason is Reason.FIRST_CONTACT
    scps = fresh(adopted={ROOT: frozenset({SCP})}, words={}, **HARMLESS)
    assert judge(attach(), scps).reason is Reason.VIOLATION


def test_nothing_is_adopted_on_the_word_of_a_silent_ledger() -> None:
    assert judge(attach(), fresh(**NEW, **HARMLESS, remembers=False)).outcome is Outcome.REVERT


def test_a_detach_at_first_contact_adopts_what_is_left() -> None:
    verdict = judge(detach(), fresh(**NEW, **HARMLESS))
    assert (reported(verdict), verdict.accept) == (at_root("allow", "first-contact", 5), True)


@pytest.mark.parametrize("full_access", FULL_ACCESS.values())
def test_full_access_is_put_back_even_if_nothing_was_adopted(full_access: str) -> None:
    record = detach(policy=full_access)
    verdict = judge(record, fresh(**NEW))
    assert (reported(verdict), verdict.obstacle) == (VIOLATION, None)
    assert [action.target_id for action in writes(record, fresh(**NEW))] == [ROOT]


def test_someone_trusted_may_take_full_access_off_at_first_contact() -> None:
    listed = {ROOT: frozenset({POLICY})}
    reader = fresh(**NEW, policies={POLICY: policy(ALLOWS)}, attachments=listed)
    verdict = judge(detach(policy=FULL, userIdentity=by_role()), reader, TRUSTING)
    assert (reported(verdict), verdict.accept) == (at_root("allow", "trusted-principal", 6), True)


def test_full_access_below_a_protected_target_is_accepted_without_a_word() -> None:
    below = guardrail(protection(include_descendants=True))
    adopted = fresh(adopted={OU: frozenset({SCP})}, words={})
    assert judge(detach(OU, FULL), adopted, below).outcome is Outcome.REVERT
    assert judge(detach(OU), adopted, below).reason is Reason.NOT_IN_BASELINE


@pytest.mark.parametrize("adopted", [{}, {ROOT: frozenset({SCP})}], ids=["first contact", "adopted"])
def test_whoever_takes_the_last_allow_off_root_is_not_let_through(adopted: Any) -> None:
    """Full access gave way to a list of what is allowed, which nobody accepted yet, beside a Deny."""
    listed, denies = "p-allowlist", "p-denyall01"
    reader = known(
        adopted=adopted,
        words={(denies, ROOT): accepted()} if adopted else {},
        documents={},
        policies={denies: policy(DENY_EC2, id=denies), listed: policy(ALLOWS, id=listed)},
        attachments={ROOT: frozenset({denies})},
    )
    verdict = judge(detach(policy=listed), reader)
    assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.NOTHING_ACCEPTED)


def test_an_edit_before_first_contact_is_an_alert_as_nobody_knows_how_it_read() -> None:
    verdict = judge(update(DENY_EC2), known(adopted={}, words={}, documents={}))
    assert (reported(verdict), verdict.obstacle) == (ALERT, Obstacle.NOTHING_ACCEPTED)
    lockout = judge(update(DENY_ALL), known(adopted={}, words={}, documents={}))
    assert reported(lockout) == VIOLATION
