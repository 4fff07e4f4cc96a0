"""A policy type that was disabled: how a sweep finds it, since when, and when its incident is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rootguard.cloudtrail.read import ChangeKind
from rootguard.domain.decide import decide
from rootguard.domain.drift import UNSEEN, differences, disabled_since, is_over, types_lost
from rootguard.domain.facts import BaselinePolicy, Root
from rootguard.domain.guardrail import ProtectedTarget, guardrail_from_json, types_to_restore
from rootguard.domain.verdict import Outcome, Verdict
from rootguard.incidents.incident import Result, incident_of
from rootguard.notify import document
from tests.domain.test_protection import ENTRY
from tests.domain.verdicts import ACCEPTED, FULL, known
from tests.given import NOW, OU, POLICY, RCP, ROOT, SCP, guardrail, protection

PLACE = ProtectedTarget(OU, protection(targets=frozenset({OU}), restore_policy_type=True))
BASELINE = {POLICY: ACCEPTED, "p-FullAWSAccess": FULL}
BOTH, NEITHER = Root(ROOT, frozenset({SCP, RCP})), Root(ROOT, frozenset())


def test_a_disabled_type_of_which_something_was_accepted_is_lost() -> None:
    (change,) = types_lost(PLACE, NEITHER, BASELINE, NOW)
    assert (change.kind, change.policy_type, change.target_id) == (ChangeKind.TYPE_DISABLED, SCP, ROOT)
    assert (change.actor, change.at, change.policy_id) == (UNSEEN, NOW, "")


def test_a_type_that_is_enabled_or_was_never_in_use_or_is_not_covered_is_not_lost() -> None:
    assert types_lost(PLACE, BOTH, BASELINE, NOW) == ()
    assert types_lost(PLACE, Root(ROOT, frozenset({SCP})), BASELINE, NOW) == ()
    tagging = {POLICY: BaselinePolicy("Tags", "{}", "TAG_POLICY")}
    assert types_lost(PLACE, NEITHER, tagging, NOW) == ()


def test_what_a_dropped_type_took_along_is_no_difference_of_its_own() -> None:
    rcp = {"p-ofanother": BaselinePolicy("Perimeter", "{}", RCP)}
    assert differences(PLACE, (), BASELINE, NOW, {SCP}) == ()
    assert {change.policy_id for change in differences(PLACE, (), BASELINE | rcp, NOW, {SCP})} == set(rcp)
    (stranger,) = differences(PLACE, {"p-stranger"}, BASELINE, NOW, {SCP})
    assert stranger.policy_id == "p-stranger"


def record(minutes: int, result: Result = Result.UNDONE, policy_type: str = SCP) -> dict[str, str]:
    at = NOW - timedelta(minutes=minutes)
    (change,) = types_lost(PLACE, NEITHER, {POLICY: BaselinePolicy("x", "{}", policy_type)}, at)
    verdict = decide(change, known(), guardrail(protection(restore_policy_type=True)))
    assert isinstance(verdict, Verdict)
    assert verdict.outcome is Outcome.REVERT
    incident = incident_of(result, verdict, change, known())
    return document.record(incident) | {"opened_at": at.isoformat()}


def test_a_type_is_disabled_since_the_first_open_incident_says_so() -> None:
    opened = {
        "a": record(10),
        "b": record(20, Result.NOT_UNDONE),
        "c": record(30, Result.REFUSED),
        "d": record(5, policy_type=RCP),
        "e": {"kind": "sighting", "target_id": ROOT},
        "f": {"kind": ChangeKind.ATTACHED.value, "policy_id": POLICY, "target_id": ROOT},
    }
    assert disabled_since(opened) == {SCP: NOW - timedelta(minutes=20), RCP: NOW - timedelta(minutes=5)}


@pytest.mark.parametrize("result", [Result.UNDONE, Result.NOT_UNDONE, Result.WATCHED])
def test_its_incident_is_over_when_all_of_the_type_is_back(result: Result) -> None:
    assert not is_over(record(60, result), (), NOW, {SCP})
    assert is_over(record(60, result), (), NOW, {RCP})
    assert not is_over(record(2, result), (), NOW)


def test_an_attempt_that_was_refused_dropped_nothing() -> None:
    assert is_over(record(60, Result.REFUSED), (), NOW, {SCP})


@pytest.mark.parametrize(
    ("entry", "mode", "restored"),
    [
        ({"restore_policy_type": True}, "enforce", {SCP, RCP}),
        ({"restore_policy_type": True, "policy_types": [RCP]}, "enforce", {RCP}),
        ({"restore_policy_type": False}, "enforce", set()),
        ({"restore_policy_type": True}, "observe", set()),
        ({"restore_policy_type": True, "on_violation": "alert"}, "enforce", set()),
    ],
)
def test_the_types_that_are_restored(entry: dict[str, object], mode: str, restored: set[str]) -> None:
    read = guardrail_from_json({"mode": mode, "protections": [{**ENTRY, **entry}]})
    assert types_to_restore(read) == restored
