"""Which writes a verdict takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rootguard.cloudtrail.read import read_change
from rootguard.domain.baseline import Placement
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.remedy import (
    Action,
    Attach,
    Detach,
    EnableType,
    Move,
    Restore,
    as_json,
    remedy_of,
)
from rootguard.domain.verdict import Outcome, Reason, Verdict
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
from tests.domain.verdicts import ACCEPTED, FULL, accepted, document, fresh, judge, known, on, writes
from tests.given import (
    ACCOUNT,
    CHILD_OU,
    DENY_ALL,
    DENY_EC2,
    NOW,
    OU,
    POLICY,
    RCP,
    ROOT,
    SCP,
    attach,
    guardrail,
    policy,
    protection,
)

ASKED_FOR = guardrail(protection(restore_policy_type=True, pin_accounts=frozenset({ACCOUNT})))
DETACH = Detach(POLICY, ROOT)
REVERT = Verdict(Outcome.REVERT, Reason.VIOLATION, "root", ROOT)
UNEDITED: dict[str, Any] = {"policies": {POLICY: ACCEPTED}}

# Detach


def test_a_policy_is_detached_without_a_look_at_what_else_is_there() -> None:
    reader = fresh(catalogue={POLICY: policy()})
    assert writes(attach(), reader) == (DETACH,)
    assert "attached" not in {what for what, _ in reader.asked}


def test_an_accepted_policy_that_was_edited_before_it_was_attached_again_gets_its_content_back() -> None:
    assert writes(attach(), known()) == (Restore(POLICY, ROOT, ACCEPTED),)


def test_an_accepted_lockout_that_was_edited_comes_off_when_it_is_attached_again() -> None:
    lockout = {POLICY: document(policy(DENY_ALL))}
    assert writes(attach(), known(documents=lockout, policies={POLICY: policy(DENY_EC2)})) == (DETACH,)


def test_a_policy_that_is_accepted_elsewhere_comes_off() -> None:
    work = guardrail(protection(targets=frozenset({OU})))
    adopted = known(adopted={OU: frozenset({SCP})})
    assert writes(attach(OU), adopted, work) == (Detach(POLICY, OU),)


# Attach


def test_what_was_detached_is_attached_again() -> None:
    assert writes(detach(), known(**UNEDITED)) == (Attach(POLICY, ROOT),)


def test_what_was_edited_since_it_was_detached_gets_its_content_back_before_it_is_attached() -> None:
    assert writes(detach(), known()) == (Restore(POLICY, ROOT, ACCEPTED), Attach(POLICY, ROOT))


def test_what_was_accepted_unread_is_attached_as_it_is() -> None:
    assert writes(detach(), known(documents={})) == (Attach(POLICY, ROOT),)
    unread = {POLICY: document(replace(ACCEPTED, content=None))}
    assert writes(detach(), known(documents=unread)) == (Attach(POLICY, ROOT),)


def test_full_access_that_was_detached_is_attached_again() -> None:
    assert writes(detach(policy=FULL), known()) == (Attach(FULL, ROOT),)


# Restore


def test_what_was_edited_gets_name_description_and_content_back() -> None:
    assert writes(update(), known()) == (Restore(POLICY, ROOT, ACCEPTED),)


def test_a_policy_has_one_accepted_document_wherever_the_edit_is_judged() -> None:
    work = guardrail(protection(targets=frozenset({OU})))
    assert writes(update(), on(OU), work) == (Restore(POLICY, OU, ACCEPTED),)


def test_an_edit_that_reads_as_accepted_takes_no_write() -> None:
    assert writes(update(DENY_EC2, name="Guardrails"), known()) == ()


def test_a_lockout_that_nobody_knows_how_to_edit_back_comes_off_root() -> None:
    assert writes(update(), known(documents={})) == (DETACH,)


# Types and accounts


def test_a_disabled_type_is_enabled() -> None:
    assert writes(disable(RCP), known(), ASKED_FOR) == (EnableType(RCP, ROOT),)


def test_a_moved_account_goes_back_where_it_belongs() -> None:
    belongs = known(placements={ACCOUNT: Placement(CHILD_OU, NOW)})
    assert writes(move(OU, ROOT), belongs, ASKED_FOR) == (Move(ACCOUNT, ROOT, CHILD_OU),)


def test_before_the_first_sweep_an_account_goes_back_where_the_event_says_it_came_from() -> None:
    assert writes(move(OU, ROOT), known(), ASKED_FOR) == (Move(ACCOUNT, ROOT, OU),)


# No write


@pytest.mark.parametrize(
    "record",
    [create(), delete(), enable(), *(call(kind, named) for kind, named in ORGANIZATION_WIDE.items())],
    ids=lambda record: record["eventName"],
)
def test_what_is_only_paged_takes_no_write(record: dict[str, Any]) -> None:
    assert writes(record, known(), ASKED_FOR) == ()
    change = read_change(record)
    assert isinstance(change, Drift)
    assert remedy_of(change, REVERT, known()) == ()


@pytest.mark.parametrize("kind", ChangeKind)
@pytest.mark.parametrize("outcome", [Outcome.ALERT, Outcome.ALLOW, Outcome.IGNORE])
def test_only_a_revert_takes_writes_whatever_the_kind(kind: ChangeKind, outcome: Outcome) -> None:
    change = read_change(EVERY_KIND[kind])
    assert isinstance(change, Drift)
    verdict = replace(judge(EVERY_KIND[kind], known(), ASKED_FOR), outcome=outcome)
    assert remedy_of(change, verdict, known()) == ()


def test_what_is_not_ours_takes_no_write() -> None:
    assert writes({}) == ()


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (DETACH, {"action": "detach", "policy_id": POLICY, "target_id": ROOT}),
        (Attach(POLICY, ROOT), {"action": "attach", "policy_id": POLICY, "target_id": ROOT}),
        (Restore(POLICY, ROOT, ACCEPTED), {"action": "restore", "policy_id": POLICY, "target_id": ROOT}),
        (EnableType(SCP, ROOT), {"action": "enable-type", "policy_id": None, "target_id": ROOT}),
        (Move(ACCOUNT, OU, ROOT), {"action": "move", "policy_id": None, "target_id": ACCOUNT}),
    ],
)
def test_actions_as_json(action: Action, expected: dict[str, str | None]) -> None:
    assert as_json(action) == expected


def test_the_accepted_words_alone_take_no_write() -> None:
    assert writes(attach(), known(words={(POLICY, ROOT): accepted()}, **UNEDITED)) == ()
