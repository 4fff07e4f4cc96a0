"""What a sweep finds on a target, which of it waits for its event, and when an incident is over."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from rootguard.cloudtrail.read import ChangeKind
from rootguard.domain.decide import decide
from rootguard.domain.drift import (
    SIGHTING,
    UNSEEN,
    differences,
    edit,
    is_over,
    is_recent,
    may_wait,
    sighted,
    sighting,
)
from rootguard.domain.facts import FULL_ACCESS, BaselinePolicy
from rootguard.domain.guardrail import ProtectedTarget, protected_targets
from rootguard.domain.verdict import Outcome, Verdict
from rootguard.incidents.incident import Result, incident_of
from rootguard.notify import document
from tests.domain.verdicts import ACCEPTED, FULL, known
from tests.given import (
    ACCOUNT,
    DENY_ALL,
    DENY_EC2,
    NOW,
    OU,
    POLICY,
    RCP,
    ROOT,
    SCP,
    facts,
    guardrail,
    policy,
    protection,
)

ON_ROOT = ProtectedTarget(ROOT, protection())
BASELINE = {POLICY: ACCEPTED, "p-FullAWSAccess": FULL}


def found(
    standing: set[str], baseline: dict[str, BaselinePolicy], protected: ProtectedTarget = ON_ROOT
) -> list[str]:
    changes = differences(protected, standing, baseline, NOW)
    return [f"{change.kind.value} {change.policy_id}" for change in changes]


# Places


def test_places_are_the_named_targets_with_the_root_by_its_id() -> None:
    work = protection(name="work", targets=frozenset({OU, "root", ACCOUNT}), include_descendants=True)
    prod = protection(name="prod", targets=frozenset({"ou-exam-elsewhere"}))
    assert protected_targets(guardrail(work, prod), ROOT) == (
        ProtectedTarget(ROOT, work),
        ProtectedTarget(ACCOUNT, work),
        ProtectedTarget(OU, work),
        ProtectedTarget("ou-exam-elsewhere", prod),
    )


# Differences


def test_what_stands_as_accepted_is_no_difference() -> None:
    assert found({POLICY, "p-FullAWSAccess"}, BASELINE) == []


def test_what_was_not_accepted_came_and_what_was_accepted_went() -> None:
    assert found({"p-stranger", "p-another1", "p-FullAWSAccess"}, BASELINE) == [
        "AttachPolicy p-another1",
        "AttachPolicy p-stranger",
        f"DetachPolicy {POLICY}",
    ]


def test_full_access_that_was_accepted_and_is_gone_is_a_difference() -> None:
    assert found({POLICY}, BASELINE) == ["DetachPolicy p-FullAWSAccess"]


@pytest.mark.parametrize("full_access", FULL_ACCESS.values())
def test_full_access_never_came_unasked(full_access: str) -> None:
    assert found({full_access}, {}) == []


def test_what_the_allow_list_names_may_come() -> None:
    listed = ProtectedTarget(ROOT, protection(allow=frozenset({"p-stranger"})))
    assert found({"p-stranger", POLICY, "p-FullAWSAccess"}, BASELINE, listed) == []


def test_what_is_of_a_type_that_is_not_covered_is_not_missed() -> None:
    scps = ProtectedTarget(ROOT, protection(policy_types=frozenset({SCP})))
    baseline = {"p-anrcp123": BaselinePolicy("x", None, RCP), "p-untyped1": BaselinePolicy("y", None)}
    assert found(set(), baseline, scps) == []
    assert found(set(), baseline) == ["DetachPolicy p-anrcp123"]


def test_a_difference_is_a_change_by_someone_unseen_at_the_time_it_was_found() -> None:
    (change,) = differences(ProtectedTarget(OU, protection()), {POLICY}, {}, NOW)
    assert (change.kind, change.policy_id, change.target_id) == (ChangeKind.ATTACHED, POLICY, OU)
    assert (change.actor, change.at, change.error_code) == (UNSEEN, NOW, None)
    assert change.event_id == "sweep of 2023-04-25T00:33:44Z"


@pytest.mark.parametrize("standing", [{POLICY, "p-FullAWSAccess"}, set[str]()])
def test_a_difference_is_decided_like_an_event(standing: set[str]) -> None:
    baseline = {} if standing else BASELINE
    given_facts = known(baseline={ROOT: baseline})
    for change in differences(ON_ROOT, standing, baseline, NOW):
        verdict = decide(change, given_facts, guardrail())
        assert isinstance(verdict, Verdict)
        assert verdict.outcome is Outcome.REVERT


# Edits


def test_a_policy_that_says_what_was_accepted_was_not_edited() -> None:
    reformatted = policy(content=json.dumps(json.loads(DENY_ALL), indent=2), name=ACCEPTED.name)
    accepted = BaselinePolicy(ACCEPTED.name, DENY_ALL, SCP)
    assert edit(reformatted, {ROOT: accepted, OU: accepted}, NOW) is None
    assert edit(reformatted, {ROOT: BaselinePolicy("Another", None, SCP)}, NOW) is None


@pytest.mark.parametrize("changed", [{"content": DENY_EC2}, {"name": "Renamed"}])
def test_one_that_says_anything_else_was_edited_where_that_differs_the_root_first(
    changed: dict[str, str],
) -> None:
    before = BaselinePolicy("Quarantine", DENY_ALL, SCP)
    now = policy(**changed)
    as_it_is = BaselinePolicy(now.name, now.content, SCP)
    for accepted, where in (({OU: before, ROOT: before}, ROOT), ({OU: before, ROOT: as_it_is}, OU)):
        change = edit(now, accepted, NOW)
        assert change is not None
        assert (change.kind, change.target_id, change.policy) == (ChangeKind.UPDATED, where, now)
        assert decide(change, known(baseline={OU: {POLICY: before}, ROOT: {POLICY: before}}), guardrail())


# Waiting


@pytest.mark.parametrize(
    ("target", "lockout", "waits"), [(ROOT, True, False), (ROOT, False, True), (OU, True, True)]
)
def test_only_a_lockout_on_root_waits_for_no_event(target: str, lockout: bool, waits: bool) -> None:
    (change,) = differences(ProtectedTarget(target, protection()), {POLICY}, {}, NOW)
    assert may_wait(change, lockout=lockout) is waits


def test_sightings_of_different_differences_have_different_keys() -> None:
    changes = [
        *differences(ON_ROOT, {POLICY, "p-stranger"}, {}, NOW),
        *differences(ON_ROOT, set(), {POLICY: ACCEPTED}, NOW),
        *differences(ProtectedTarget(OU, protection()), {POLICY}, {}, NOW),
    ]
    assert len({sighting(change) for change in changes}) == 4
    later = differences(ON_ROOT, {POLICY}, {}, NOW + timedelta(minutes=1))
    assert sighting(later[0]) in {sighting(change) for change in changes}


# The end of an incident


def record(kind: ChangeKind, minutes: float = 4, **changed: str) -> dict[str, str]:
    opened = (NOW - timedelta(minutes=minutes)).isoformat()
    return {"kind": kind.value, "policy_id": POLICY, "opened_at": opened, "result": "undone"} | changed


@pytest.mark.parametrize(
    ("kind", "standing", "over"),
    [
        (ChangeKind.ATTACHED, {"p-FullAWSAccess"}, True),
        (ChangeKind.ATTACHED, {"p-FullAWSAccess", POLICY}, False),
        (ChangeKind.DETACHED, {"p-FullAWSAccess", POLICY}, True),
        (ChangeKind.DETACHED, {"p-FullAWSAccess"}, False),
        (ChangeKind.UPDATED, {POLICY}, False),
        (ChangeKind.DELETED, set(), True),
    ],
)
def test_an_incident_is_over_when_the_target_is_as_before(
    kind: ChangeKind, standing: set[str], over: bool
) -> None:
    assert is_over(record(kind), standing, NOW) is over


@pytest.mark.parametrize("kind", [ChangeKind.ATTACHED, ChangeKind.UPDATED])
def test_an_incident_stays_open_while_its_event_may_still_come(kind: ChangeKind) -> None:
    assert not is_over(record(kind, minutes=2.9), set(), NOW, settled=True)
    assert is_over(record(kind, minutes=3), set(), NOW, settled=True)


def test_a_sighting_is_over_at_once() -> None:
    assert is_over({"kind": SIGHTING, "target_id": ROOT}, {POLICY}, NOW)


@pytest.mark.parametrize("kind", [ChangeKind.UPDATED, ChangeKind.DETACHED])
def test_an_incident_is_over_when_nothing_is_left_to_be_put_right(kind: ChangeKind) -> None:
    assert is_over(record(kind), set(), NOW, settled=True)
    assert not is_over(record(kind), set(), NOW)


@pytest.mark.parametrize("kind", [ChangeKind.ATTACHED, ChangeKind.DETACHED])
def test_a_refused_attempt_changed_nothing_and_so_ends_by_itself(kind: ChangeKind) -> None:
    refused = record(kind, result="refused", policy_id="")
    assert is_over(refused, set(), NOW)
    assert not is_over(refused | {"opened_at": NOW.isoformat()}, set(), NOW)


def test_what_an_incident_records_is_what_its_end_is_judged_by() -> None:
    (change,) = differences(ON_ROOT, {POLICY}, {}, NOW)
    verdict = decide(change, facts(), guardrail())
    assert isinstance(verdict, Verdict)
    kept = document.record(incident_of(Result.WATCHED, verdict, change, facts())) | {
        "opened_at": NOW.isoformat()
    }
    assert not is_over(kept, {POLICY}, NOW + timedelta(hours=1))
    assert is_over(kept, set(), NOW + timedelta(hours=1))


@pytest.mark.parametrize(("minutes", "recent"), [(1, True), (60, True), (121, True), (131, False)])
def test_a_difference_that_was_seen_hours_ago_is_seen_anew(minutes: int, recent: bool) -> None:
    (change,) = differences(ON_ROOT, {"p-stranger"}, {}, NOW)
    assert is_recent(sighted(change), NOW + timedelta(minutes=minutes)) is recent
    assert not is_recent({}, NOW)
