"""What is published: each protocol has its text, it fits, and no character of a name makes SNS refuse it."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rootguard.notify.layouts import topic
from rootguard.notify.layouts.topic import Envelope, sealed
from rootguard.notify.story import Story
from rootguard.notify.words import incidents
from rootguard.notify.words.incidents import document
from tests.given import policy
from tests.notify.stories import story

SNS_TAKES = 262_144


def of(told: Story) -> Envelope:
    return sealed(document(told), incidents.page(told))


def test_each_protocol_has_its_text() -> None:
    page = incidents.page(story())
    envelope = sealed(document(story()), page)
    texts = json.loads(envelope.message)
    assert set(texts) == {"default", "email", "sms"}
    assert (texts["email"], texts["sms"]) == (topic.body(page), topic.sms(page))
    assert json.loads(texts["default"]) == document(story()) | {"page": page.as_json()}
    assert envelope.subject == topic.subject(page)


def test_a_policy_that_is_too_large_is_left_out_and_that_is_said() -> None:
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Sid": "x" * 300_000}
    content = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    envelope = of(story(known=policy(content)))
    assert envelope.fits
    said = json.loads(json.loads(envelope.message)["default"])
    assert (said["policy"]["content"], said["policy"]["content_left_out"]) == (None, True)
    assert said["page"]["headline"] == "UNDONE"


def test_statements_that_are_too_large_are_cut_and_say_so() -> None:
    page = replace(incidents.page(story()), statements=("s" * 150_000, "t" * 150_000))
    envelope = sealed(document(story()), page)
    (kept, cut) = json.loads(json.loads(envelope.message)["default"])["page"]["statements"]
    assert kept == "s" * 20_000
    assert cut == "… (+280000 characters, left out here)"


def test_a_policy_of_the_largest_size_is_whole() -> None:
    content = json.dumps(
        {"Statement": [{"Effect": "Deny", "Action": "*", "Sid": "é" * 10_000}]}, ensure_ascii=False
    )
    said = json.loads(json.loads(of(story(known=policy(content))).message)["default"])
    assert said["policy"]["content"] == content


@given(st.text(max_size=50))
def test_no_text_is_unsendable(name: str) -> None:
    envelope = of(story(known=policy(name=name + "\ud800\ufffe"), target_name=name))
    sent = envelope.message.encode("utf-8").decode("utf-8")
    assert not set(sent) & {"\ufffe", "\uffff"}
    assert json.loads(json.loads(sent)["default"])["policy"]["name"] == name + "\ud800\ufffe"
    assert envelope.subject.isascii()
    assert len(sent.encode()) <= SNS_TAKES
