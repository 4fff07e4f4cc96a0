"""First contact until somebody hears it, the hourly check of who is subscribed, and bursts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.incidents.notice import About, Notice, Stage
from rootguard.ports import OutboxError
from tests.given import NOW
from tests.notify.notifying import (
    ADOPTION,
    CONFIRMED,
    EXCEPTION,
    FOUND,
    OVER,
    PENDING,
    Bench,
    FakeTopic,
)

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
