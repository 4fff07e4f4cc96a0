"""From a notice to one page: claimed once, published whatever else fails, and free for the next attempt."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rootguard.incidents.notice import Stage
from rootguard.notify.story import Reach
from tests.fakes.directory import FakeDirectory
from tests.given import NOW, OU, POLICY, policy
from tests.notify.notifying import (
    ADOPTION,
    EXCEPTION,
    FOUND,
    NO_NOTICE,
    OVER,
    RUNBOOKS,
    TARGET,
    Bench,
    FakeClaims,
    FakeTopic,
    notice,
)
from tests.notify.stories import ID, on, story


def test_a_notice_becomes_a_page_with_what_was_looked_up() -> None:
    bench = Bench(directory=FakeDirectory(names={OU: "Workloads"}, reaches={OU: Reach(12)}))
    bench.notify(notice(told=on(OU)))
    (message,) = bench.topic.messages
    assert message["page"]["title"] == 'SCP "Quarantine" attached to OU "Workloads"'
    assert message["page"]["runbook"] == f"{RUNBOOKS}undone.md"
    assert {"label": "Reached", "lines": ["12 accounts"]} in message["page"]["fields"]
    assert message["data"] == on(OU).incident.as_json()
    assert bench.claims.published == {f"{ID}/found"}


def test_a_notice_that_is_delivered_twice_is_one_page() -> None:
    bench = Bench()
    bench.notify(FOUND)
    bench.notify(FOUND)
    assert bench.topic.kinds == ["undone"]


def test_each_stage_is_a_page_of_its_own() -> None:
    bench = Bench()
    for stage in (Stage.FOUND, Stage.ATTRIBUTED, Stage.AGAIN):
        bench.notify(notice(stage))
    assert [message["stage"] for message in bench.topic.messages] == ["found", "attributed", "again"]


def test_what_someone_else_has_claimed_is_theirs() -> None:
    bench = Bench(claims=FakeClaims(held={FOUND.key}))
    bench.notify(FOUND)
    assert bench.topic.messages == []
    assert bench.claims.published == set()


@pytest.mark.parametrize("silent", [{"claim"}, {"paged"}, {"claim", "told", "release"}], ids=sorted)
def test_a_ledger_that_does_not_answer_keeps_no_page_back(silent: set[str]) -> None:
    bench = Bench(claims=FakeClaims(fail=frozenset(silent)))
    bench.notify(FOUND)
    assert bench.topic.kinds == ["undone"]
    assert bench.telemetry.warnings


def test_what_sns_does_not_take_is_free_for_the_next_attempt() -> None:
    bench = Bench(topic=FakeTopic(refuse=1))
    assert bench.notify(FOUND) == ["0"]
    assert bench.claims.held == set()
    bench.notify(FOUND)
    assert bench.topic.kinds == ["undone"]


def test_a_claim_that_cannot_be_given_back_does_not_hide_why_it_failed() -> None:
    bench = Bench(topic=FakeTopic(refuse=1), claims=FakeClaims(fail=frozenset({"release"})))
    assert bench.notify(FOUND) == ["0"]
    assert "the claim cannot be given back" in bench.telemetry.warnings


def test_a_mistake_of_our_own_gives_the_claim_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("rootguard.notify.words.incidents.page", broken)
    bench = Bench()
    with pytest.raises(ZeroDivisionError):
        bench.notify(FOUND)
    assert (bench.claims.held, bench.topic.messages) == (set(), [])


def test_what_cannot_be_looked_up_keeps_no_page_back() -> None:
    bench = Bench(directory=FakeDirectory(fail={"name", "policy", "reach"}))
    bench.notify(notice(told=on(OU, known=None)))
    (message,) = bench.topic.messages
    assert message["page"]["title"] == f"policy {POLICY} attached to OU {OU}"
    assert "unknown number of accounts" in str(message["page"]["fields"])


def test_without_time_the_page_goes_out_at_once() -> None:
    bench = Bench(seconds=3.0)
    bench.notify(notice(told=on(OU)))
    assert (bench.directory.asked, bench.topic.kinds) == ([], ["undone"])


@pytest.mark.parametrize(("stage", "kind"), [(Stage.OVER, "clean"), (Stage.PUT_BACK, "put-back")])
def test_what_is_only_for_the_record_goes_to_a_topic_of_its_own(stage: Stage, kind: str) -> None:
    bench = Bench()
    bench.notify(notice(stage, closed_at=NOW.isoformat()))
    assert bench.closings is not None
    assert (bench.topic.kinds, bench.closings.kinds) == ([], [kind])


def test_if_nobody_listens_to_what_is_over_it_goes_nowhere() -> None:
    bench = Bench(closings=None)
    bench.notify(OVER)
    assert (bench.topic.messages, bench.claims.held) == ([], set())


def test_first_contact_is_a_page() -> None:
    bench = Bench()
    bench.notify(ADOPTION)
    assert [(m["page"]["kind"], m["page"]["severity"]) for m in bench.topic.messages] == [
        ("adopted", "critical")
    ]


def test_first_contact_with_very_much_is_several_pages_that_fit() -> None:
    targets = [TARGET | {"target_id": f"ou-exam-{number:08}"} for number in range(1_500)]
    bench = Bench()
    bench.notify(replace(ADOPTION, data={"at": NOW.isoformat(), "targets": targets}))
    assert len(bench.topic.messages) > 1
    said = [target["target_id"] for message in bench.topic.messages for target in message["data"]["targets"]]
    assert said == [target["target_id"] for target in targets]


def test_what_is_too_large_goes_without_its_data_and_says_so() -> None:
    told = story(known=policy("x" * 300_000))
    bench = Bench()
    bench.notify(notice(told=told))
    (message,) = bench.topic.messages
    assert message["data"] == {"left_out": "it is too large"}
    assert message["page"]["headline"] == "UNDONE"


def test_an_exception_is_a_page_with_its_policy() -> None:
    bench = Bench(directory=FakeDirectory(policies={POLICY: policy()}))
    bench.notify(EXCEPTION)
    (message,) = bench.topic.messages
    assert message["page"]["headline"] == "EXCEPTION GRANTED"
    assert message["page"]["title"] == 'SCP "Quarantine" on Root'
    assert message["page"]["sentences"][1].endswith(": a lockout.")


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        "not JSON",
        "null",
        "[]",
        "7",
        "[" * 100_000,
        "{}",
        json.dumps(FOUND.as_json() | {"about": "weather"}),
        json.dumps(FOUND.as_json() | {"stage": "soon"}),
        json.dumps(FOUND.as_json() | {"data": {}}),
        json.dumps(FOUND.as_json() | {"data": None}),
        json.dumps(FOUND.as_json() | {"data": {**FOUND.data} | {"result": "great"}}),
        json.dumps(FOUND.as_json() | {"data": {**FOUND.data} | {"drift": None}}),
        json.dumps(OVER.as_json() | {"data": FOUND.data}),
        json.dumps(OVER.as_json() | {"data": {**OVER.data} | {"closed_at": "soon"}}),
        json.dumps(ADOPTION.as_json() | {"data": {"at": NOW.isoformat()}}),
        json.dumps(EXCEPTION.as_json() | {"data": {"at": NOW.isoformat(), "permit": {}, "drift": None}}),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_notice_publishes_and_claims_nothing(malformed: str) -> None:
    bench = Bench()
    with pytest.raises(NO_NOTICE):
        bench.notify(malformed)
    assert (bench.topic.messages, bench.claims.held) == ([], set())


@pytest.mark.parametrize("name", sorted(FOUND.data))
def test_an_incident_without_one_of_its_parts_is_no_notice(name: str) -> None:
    data = {key: value for key, value in FOUND.data.items() if key != name}
    with pytest.raises(NO_NOTICE):
        Bench().notify(replace(FOUND, data=data))
