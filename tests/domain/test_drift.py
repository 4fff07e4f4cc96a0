"""A drift: what it is about, what was observed, and its way through JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from rootguard.cloudtrail.read import read_change
from rootguard.domain.drift import ChangeKind, Drift, Subject, SubjectKind
from tests.domain.records import EVERY_KIND, call, detach, move, update
from tests.given import ACCOUNT, CHILD_OU, DENY_ALL, DENY_EC2, NOW, OU, POLICY, ROOT, SCP, attach, policy


def drift_of(record: Any) -> Drift:
    drift = read_change(record)
    assert isinstance(drift, Drift)
    return drift


SUBJECTS = {
    ChangeKind.ATTACHED: f"attachment/{POLICY}/{ROOT}",
    ChangeKind.DETACHED: f"attachment/{POLICY}/{ROOT}",
    ChangeKind.UPDATED: f"content/{POLICY}",
    ChangeKind.TYPE_ENABLED: f"type/{SCP}",
    ChangeKind.TYPE_DISABLED: f"type/{SCP}",
    ChangeKind.ACCOUNT_MOVED: f"placement/{ACCOUNT}",
    ChangeKind.DELETED: f"organization/DeletePolicy/{POLICY}",
    ChangeKind.UNIT_DELETED: f"organization/DeleteOrganizationalUnit/{OU}",
    ChangeKind.ACCOUNT_CLOSED: f"organization/CloseAccount/{ACCOUNT}",
    ChangeKind.ADMINISTRATOR_REGISTERED: (
        f"organization/RegisterDelegatedAdministrator/{ACCOUNT}/config.amazonaws.com"
    ),
}


@pytest.mark.parametrize("kind", SUBJECTS)
def test_a_change_is_about_one_subject(kind: ChangeKind) -> None:
    assert drift_of(EVERY_KIND[kind]).subject.key == SUBJECTS[kind]


def test_a_change_that_names_nothing_is_a_subject_of_its_own() -> None:
    one = drift_of(call(ChangeKind.RESOURCE_POLICY_PUT, None, eventID="one"))
    other = drift_of(call(ChangeKind.RESOURCE_POLICY_PUT, None, eventID="other"))
    assert one.subject == Subject(SubjectKind.ORGANIZATION, ("PutResourcePolicy", "one"))
    assert one.subject != other.subject


def test_attach_and_detach_are_two_observations_of_one_subject() -> None:
    on, off = drift_of(attach()), drift_of(detach())
    assert on.subject == off.subject
    assert (on.observed, off.observed) == ("AttachPolicy", "DetachPolicy")


def test_two_edits_of_a_policy_differ_in_its_content() -> None:
    one, other = drift_of(update(DENY_ALL)), drift_of(update(DENY_EC2))
    assert one.subject == other.subject
    assert one.observed == policy(DENY_ALL).digest[:12] != other.observed
    assert replace(one, policy=None).observed == "edited"
    assert replace(one, policy=policy(content=None)).observed == "edited"  # type: ignore[arg-type]


def test_two_moves_of_an_account_differ_in_where_it_is() -> None:
    assert drift_of(move(OU, CHILD_OU)).observed == CHILD_OU


def test_an_event_and_a_sweep_see_the_same() -> None:
    event = drift_of(attach())
    swept = Drift(ChangeKind.ATTACHED, NOW, POLICY, ROOT, SCP)
    assert (event.subject, event.observed) == (swept.subject, swept.observed)
    edit = Drift(ChangeKind.UPDATED, NOW, POLICY, ROOT, SCP, policy())
    assert (edit.subject, edit.observed) == (drift_of(update()).subject, drift_of(update()).observed)


def test_a_drift_without_a_change_was_made_by_nobody_known() -> None:
    drift = Drift(ChangeKind.ATTACHED, NOW, POLICY, ROOT)
    assert (drift.actor, drift.event_id, drift.error_code, drift.denied) == (None, "", None, False)


@pytest.mark.parametrize("kind", ChangeKind)
def test_a_drift_of_an_event_survives_json(kind: ChangeKind) -> None:
    drift = drift_of(EVERY_KIND[kind] | {"errorCode": "AccessDenied"})
    assert Drift.from_json(json.loads(json.dumps(drift.as_json()))) == drift


@pytest.mark.parametrize("kind", ChangeKind)
def test_a_drift_of_a_sweep_survives_json(kind: ChangeKind) -> None:
    drift = Drift(kind, NOW, POLICY, ROOT, SCP, policy(), OU, CHILD_OU, "config.amazonaws.com")
    assert Drift.from_json(json.loads(json.dumps(drift.as_json()))) == drift


def test_what_is_seen_later_of_a_policy_is_kept() -> None:
    seen = drift_of(attach()).seen_as(policy())
    assert seen.policy == policy()
    again = Drift.from_json(seen.as_json())
    assert again.as_json() == seen.as_json()


@pytest.mark.parametrize("broken", [{}, {"kind": "AttachPolicy"}, {"kind": "Attach"}])
def test_other_json_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Drift.from_json(broken)
