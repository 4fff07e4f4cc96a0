"""What is published: each protocol has its text, it fits, and no character of a name makes SNS refuse it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rootguard.incidents.incident import Incident
from rootguard.incidents.notice import About, Notice
from rootguard.notify.layouts import topic
from rootguard.notify.story import Story
from rootguard.notify.words import incidents
from tests.given import policy
from tests.notify.stories import ID, story

SNS_TAKES = 262_144


def notice(told: Story) -> Notice:
    return Notice(f"{ID}/found", About.INCIDENT, told.stage, told.incident.as_json())


def of(told: Story) -> str:
    return topic.message(notice(told), incidents.page(told))


def default(message: str) -> dict[str, Any]:
    return dict(json.loads(json.loads(message)["default"]))


def test_each_protocol_has_its_text() -> None:
    page = incidents.page(story())
    texts = json.loads(of(story()))
    assert set(texts) == {"default", "email", "sms"}
    assert (texts["email"], texts["sms"]) == (topic.body(page), topic.sms(page))
    assert json.loads(texts["default"]) == notice(story()).as_json() | {"page": page.as_json()}


def test_machines_get_the_whole_incident() -> None:
    assert Incident.from_json(default(of(story()))["data"]) == story().incident


def test_a_policy_of_the_largest_size_is_whole() -> None:
    content = json.dumps(
        {"Statement": [{"Effect": "Deny", "Action": "*", "Sid": "é" * 10_000}]}, ensure_ascii=False
    )
    message = of(story(known=policy(content)))
    assert topic.fits(message)
    assert default(message)["data"]["drift"]["policy"]["content"] == content


@given(st.text(max_size=50))
def test_no_text_is_unsendable(name: str) -> None:
    told = story(known=policy(name=name + "\ud800\ufffe"), target_name=name)
    sent = of(told).encode("utf-8").decode("utf-8")
    assert not set(sent) & {"\ufffe", "\uffff"}
    assert default(sent)["data"]["drift"]["policy"]["name"] == name + "\ud800\ufffe"
    assert topic.subject(incidents.page(told)).isascii()
    assert len(sent.encode()) <= SNS_TAKES
