"""From a notice to one page: claimed once, published whatever else fails, and free for the next attempt."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.incidents.notice import About, Notice, Stage
from rootguard.notify.notifier import MOST_ALONE, Enrichment, Notifier
from rootguard.notify.story import Reach
from rootguard.ports import LedgerError, OutboxError
from tests.fakes.directory import FakeDirectory
from tests.fakes.people import FakeTelemetry
from tests.given import NOW, OU, POLICY, ROOT, SCP, policy
from tests.notify.stories import ID, on, story
from tests.notify.test_exception_page import PERMIT

ONCALL = {"Protocol": "email", "Endpoint": "oncall@example.com"}
CONFIRMED = ONCALL | {"SubscriptionArn": "arn:aws:sns:us-east-1:111122223333:pages:1f2e"}
PENDING = ONCALL | {"SubscriptionArn": "PendingConfirmation"}
RUNBOOKS = "https://example.com/runbooks/"
NO_NOTICE = (KeyError, TypeError, ValueError, RecursionError)


@dataclass
class FakeClaims:
    """`notify.notifier.Claims` in memory; `fail` names the calls that the ledger does not answer."""

    fail: frozenset[str] = frozenset()
    held: set[str] = field(default_factory=set)
    published: set[str] = field(default_factory=set)

    def claim(self, key: str, now: datetime) -> bool:  # noqa: ARG002 - as the real one
        self._answer("claim")
        if key in self.held | self.published:
            return False
        self.held.add(key)
        return True

    def paged(self, key: str, now: datetime) -> None:  # noqa: ARG002 - as the real one
        self._answer("paged")
        self.published.add(key)

    def release(self, key: str) -> None:
        self._answer("release")
        self.held.discard(key)

    def _answer(self, call: str) -> None:
        if call in self.fail:
            raise LedgerError("the ledger does not answer")


@dataclass
class FakeTopic:
    """A topic that keeps what was published, or refuses the first so many."""

    refuse: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)

    def publish(self, subject: str, message: str) -> None:
        if self.refuse:
            self.refuse -= 1
            raise OutboxError("SNS did not take it")
        assert subject.startswith("Rootguard ")
        texts = json.loads(message)
        self.messages.append(json.loads(texts["default"]))

    @property
    def kinds(self) -> list[str]:
        return [message["page"]["kind"] for message in self.messages]


@dataclass
class Bench:
    """A notifier with everything around it."""

    claims: FakeClaims = field(default_factory=FakeClaims)
    topic: FakeTopic = field(default_factory=FakeTopic)
    closings: FakeTopic | None = field(default_factory=FakeTopic)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    telemetry: FakeTelemetry = field(default_factory=FakeTelemetry)
    seconds: float = 20.0

    listed: list[dict[str, str]] | OutboxError = field(default_factory=lambda: [CONFIRMED])
    again: list[Notice] = field(default_factory=list)
    now: datetime = NOW

    def notify(self, *notices: Notice | str) -> list[str]:
        notifier = Notifier(
            claims=self.claims,
            enrichment=Enrichment(self.directory, lambda: self.seconds, self.telemetry),
            publish=self.topic.publish,
            close=self.closings.publish if self.closings else None,
            runbooks=RUNBOOKS,
            telemetry=self.telemetry,
            clock=lambda: self.now,
            subscribed=self.subscribed,
            later=self.again.append,
            is_burst=len(notices) > MOST_ALONE,
        )
        for number, notice in enumerate(notices):
            notifier.hold(notice if isinstance(notice, str) else json.dumps(notice.as_json()), str(number))
        return notifier.publish_held()

    def subscribed(self) -> list[dict[str, str]]:
        if isinstance(self.listed, OutboxError):
            raise self.listed
        return self.listed


def notice(stage: Stage = Stage.FOUND, told: Any = None, **more: Any) -> Notice:
    data = (told or story()).incident.as_json() | more
    return Notice(f"{ID}/{stage.value}", About.INCIDENT, stage, data)


FOUND = notice()
OVER = notice(Stage.OVER, closed_at=NOW.isoformat())
TARGET = {
    "target_id": ROOT,
    "protection": "root",
    "policies": [{"id": POLICY, "name": "Quarantine", "type": SCP, "lockout": True}],
}
ADOPTION = Notice("adoption/1", About.ADOPTION, Stage.FOUND, {"at": NOW.isoformat(), "targets": [TARGET]})
EXCEPTION = Notice(
    "exception/1/open",
    About.EXCEPTION,
    Stage.FOUND,
    {"at": NOW.isoformat(), "permit": PERMIT.as_json(), "drift": None},
)


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


# First contact, again until somebody hears it


def test_first_contact_that_nobody_hears_is_announced_again() -> None:
    bench = Bench(listed=[PENDING])
    for _ in range(2):
        assert bench.notify(ADOPTION) == []
    assert bench.topic.kinds == ["adopted", "adopted"]
    assert bench.again == [ADOPTION, ADOPTION]
    bench.listed = [CONFIRMED]
    bench.notify(ADOPTION)
    bench.notify(ADOPTION)
    assert (len(bench.topic.kinds), len(bench.again)) == (3, 2)


@pytest.mark.parametrize("listed", [[], OutboxError("SNS does not say")])
def test_it_is_not_announced_again_for_ever_nor_if_nobody_knows(listed: Any) -> None:
    bench = Bench(listed=listed, now=NOW if listed else NOW + timedelta(hours=48))
    bench.notify(ADOPTION)
    assert (bench.topic.kinds, bench.again) == (["adopted"], [])
    assert bench.claims.published == {ADOPTION.key}


def test_nothing_else_is_announced_again() -> None:
    bench = Bench(listed=[])
    bench.notify(FOUND)
    assert bench.again == []


# Who is subscribed


def check(hour: int = 0) -> Notice:
    at = NOW + timedelta(hours=hour)
    data = {"at": at.isoformat(), "expected": [{"protocol": "email", "endpoint": "oncall@example.com"}]}
    return Notice(f"subscribers/{at.isoformat()}", About.SUBSCRIPTIONS, Stage.FOUND, data)


def test_if_all_are_subscribed_the_check_counts_them_and_says_nothing() -> None:
    bench = Bench()
    assert bench.notify(check()) == []
    assert (bench.topic.kinds, bench.telemetry.metrics) == ([], {"Subscribers": 1})


def test_who_gets_no_pages_is_paged_once_a_day() -> None:
    bench = Bench(listed=[PENDING])
    bench.notify(check())
    bench.notify(check(hour=1))
    bench.notify(check(hour=24))
    assert bench.topic.kinds == ["subscriptions", "subscriptions"]
    assert bench.telemetry.metrics == {}


def test_a_check_that_sns_does_not_answer_comes_again() -> None:
    with pytest.raises(OutboxError):
        Bench(listed=OutboxError("SNS does not answer")).notify(check())


# A burst


def many(count: int) -> list[Notice]:
    return [
        replace(FOUND, key=f"i-{number}/found", data=FOUND.data | {"id": f"i-{number}"})
        for number in range(count)
    ]


def test_a_burst_is_one_page_and_each_notice_of_it_is_noted() -> None:
    bench = Bench()
    assert bench.notify(*many(9)) == []
    (message,) = bench.topic.messages
    assert (message["about"], message["page"]["kind"]) == ("digest", "digest")
    assert message["data"]["keys"] == [f"i-{number}/found" for number in range(9)]
    assert bench.claims.published == {f"i-{number}/found" for number in range(9)}
    assert not any(call == "reach" for call, *_ in bench.directory.asked)


def test_two_are_a_page_each() -> None:
    bench = Bench()
    bench.notify(*many(2))
    assert bench.topic.kinds == ["undone", "undone"]


def test_a_burst_that_sns_does_not_take_comes_again_as_a_whole() -> None:
    bench = Bench(topic=FakeTopic(refuse=1))
    assert bench.notify(*many(3), ADOPTION) == ["0", "1", "2"]
    assert bench.topic.kinds == ["adopted"]
    assert bench.claims.published == {ADOPTION.key}
    assert bench.notify(*many(3)) == []
    assert bench.topic.kinds == ["adopted", "digest"]


def test_a_notice_that_comes_twice_in_a_burst_is_in_it_once() -> None:
    bench = Bench()
    bench.notify(*many(3), *many(3))
    (message,) = bench.topic.messages
    assert len(message["data"]["keys"]) == 3


@given(
    st.lists(st.sampled_from([*many(4), OVER, ADOPTION, EXCEPTION, check()]), max_size=10), st.integers(0, 4)
)
def test_each_notice_is_in_one_page_or_comes_again(notices: list[Notice], refuse: int) -> None:
    bench = Bench(topic=FakeTopic(refuse=refuse), closings=FakeTopic())
    failed = bench.notify(*notices)
    assert bench.closings is not None
    said = [*bench.topic.messages, *bench.closings.messages]
    keys = [key for message in said for key in message["data"].get("keys", [message["key"]])]
    again = {notices[int(each)].key for each in failed}
    expected = {notice.key for notice in notices if notice.about is not About.SUBSCRIPTIONS}
    assert sorted([*keys, *again]) == sorted(expected)
    assert bench.claims.published == set(keys)
    assert not bench.claims.held & again
