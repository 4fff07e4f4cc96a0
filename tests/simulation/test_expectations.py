"""What a history expects, against guards with one plain mistake each."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from simulation.run import run
from simulation.trace import AwsCall, Began, Paged, PersonCall
from simulation.world import World, content
from tests.simulation.stories import attached, history, of
from tests.simulation.toys import deployment

EXPECT = """
expect:
  - {at: 200, target: root, has: [p-FullAWSAccess], lacks: [A]}
  - {calls: DetachPolicy, at_most: 1, at_least: 1}
  - {pages: 1}
  - {pages: 1, by: diego}
  - {page: any, has: "undone"}
  - {page: none, has: "$A"}
"""


def test_a_guard_that_does_its_work_meets_all() -> None:
    assert run(attached(expect=EXPECT), deployment=deployment("undoes")).unmet == ()


@pytest.mark.parametrize(
    ("toy", "event", "unmet"),
    [
        (
            "fails",
            "15",
            [
                "At 200 s root has A. Attached there: A, p-FullAWSAccess, p-RCPFullAWSAccess.",
                "Rootguard called DetachPolicy 0 times. Expected: at most 1 and at least 1.",
                "0 pages woke people. Expected: exactly 1.",
                "0 pages that name diego woke people. Expected: exactly 1.",
                'No page has "undone". Expected: one has.',
            ],
        ),
        (
            "undoes without a page",
            "15",
            [
                "0 pages woke people. Expected: exactly 1.",
                "0 pages that name diego woke people. Expected: exactly 1.",
                'No page has "undone". Expected: one has.',
            ],
        ),
    ],
)
def test_what_is_not_met_is_told_with_time_place_and_what_was_seen(
    toy: str, event: str, unmet: Sequence[str]
) -> None:
    outcome = run(attached(event=event, expect=EXPECT), deployment=deployment(toy))
    assert list(outcome.unmet) == list(unmet)


def test_a_lost_event_wakes_nobody() -> None:
    outcome = run(attached(event="[]"), deployment=deployment("undoes"))
    assert [record.why for record in of(outcome, Began)] == []


def test_an_event_can_arrive_twice_and_out_of_order() -> None:
    twice = attached(event="[200, 15]", expect="expect:\n  - {pages: 1}\n")
    outcome = run(twice, deployment=deployment("pages each time"))
    assert [record.at for record in of(outcome, Began)] == [115, 300]
    assert outcome.unmet == ("2 pages woke people: 115 s toy; 300 s toy. Expected: exactly 1.",)


def test_a_refused_call_changes_nothing_and_its_event_says_so() -> None:
    text = """
organization: {policies: {A: {says: deny ec2, on: []}}}
steps:
  - {at: 100, by: refused mallory, call: AttachPolicy, policy: A, target: root, event: 15}
"""
    outcome = run(history(text), deployment=deployment("undoes"))
    (call,) = of(outcome, PersonCall)
    assert (call.error, call.record["errorCode"]) == ("AccessDeniedException", "AccessDenied")
    assert outcome.world.id_of("A") not in outcome.world.attached("root")
    assert of(outcome, AwsCall) == []


def test_own_writes_come_back_as_events_after_fifteen_seconds() -> None:
    outcome = run(attached(), deployment=deployment("undoes"))
    began = [(record.at, record.payload["detail"]["eventName"]) for record in of(outcome, Began)]
    assert began == [(115, "AttachPolicy"), (130, "DetachPolicy")]


def test_every_call_carries_the_role_of_its_function() -> None:
    roles = {call.role for call in of(run(attached(), deployment=deployment("undoes")), AwsCall)}
    assert roles == {"arn:aws:iam::111122223333:role/Rootguard-GuardRole"}


def test_a_watch_looks_after_each_step_and_ends_the_run() -> None:
    def watch(world: World, now: float) -> str | None:
        return f"A on Root at {now:g} s" if world.id_of("A") in world.attached("root") else None

    outcome = run(attached(), deployment=deployment("undoes"), watch=[watch])
    assert outcome.broken == "A on Root at 100 s"
    assert of(outcome, Began) == []


def test_accounts_and_contents_are_looked_at() -> None:
    text = """
organization: {units: {X: root}, accounts: {shop: X}, policies: {A: {says: deny ec2, on: []}}}
steps:
  - {at: 10, by: diego, call: MoveAccount, account: shop, source: X, destination: root}
  - {at: 20, by: diego, call: UpdatePolicy, policy: A, says: deny s3}
expect:
  - {at: 15, account: shop, in: X}
  - {at: 15, account: shop, in: root}
  - {at: 25, policy: A, says: deny ec2}
"""
    assert run(history(text), deployment=deployment("undoes")).unmet == (
        "At 15 s shop is in root. Expected: in X.",
        f"At 25 s A says {content('deny s3')}. Expected: deny ec2.",
    )


@pytest.mark.parametrize(
    ("page", "wakes"),
    [
        ({"kind": "undone", "severity": "error"}, True),
        ({"kind": "undone", "severity": "info"}, False),
        ({"kind": "refused", "severity": "info"}, True),
        ({"kind": "clean", "severity": "info"}, False),
        ({"kind": "adopted", "severity": "critical"}, False),
        ({"kind": "exception", "severity": "warning"}, False),
        ({"kind": "put-back", "severity": "info"}, False),
    ],
)
def test_what_wakes_people_is_an_incident_that_is_not_for_the_record(
    page: dict[str, str], wakes: bool
) -> None:
    message = json.dumps({"default": json.dumps({"page": page}), "email": "words"})
    assert Paged.of(0, "topic", "subject", message).wakes is wakes


@pytest.mark.parametrize("message", ["one plain line", "[]", '{"default": "one plain line"}'])
def test_a_message_without_a_page_wakes_people(message: str) -> None:
    paged = Paged.of(0, "topic", "subject", message)
    assert paged.wakes
    assert "line" in paged.text or message == "[]"
