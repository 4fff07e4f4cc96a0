"""One publish, each protocol with its own text; a refusal raises."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from rootguard.aws.pager import SnsPager, connect
from rootguard.domain.exceptions import Grant
from rootguard.domain.facts import Policy
from rootguard.incidents.adoption import Adoption
from rootguard.notify.document import document, record
from rootguard.notify.words import incidents
from rootguard.ports import PagerError
from tests.given import DENY_EC2, NOW, policy
from tests.notify import words
from tests.notify.test_render import incident
from tests.notify.test_render_grants import news

TOPIC = "arn:aws:sns:us-east-1:111122223333:rootguard-incidents"
CLOSINGS = "arn:aws:sns:us-east-1:111122223333:rootguard-closings"


def test_each_protocol_gets_its_own_text(credentials: None) -> None:
    client = connect()
    sent: dict[str, Any] = {}
    client.meta.events.register("provide-client-params.sns.Publish", lambda params, **_: sent.update(params))
    with Stubber(client) as stub:
        stub.add_response("publish", {"MessageId": "1"})
        SnsPager(TOPIC, "docs/runbooks/", CLOSINGS, lambda: client).page(incident())
    texts = json.loads(sent["Message"])
    assert sent["MessageStructure"] == "json"
    assert (sent["TopicArn"], sent["Subject"]) == (TOPIC, words.subject(incident()))
    assert set(texts) == {"default", "email", "sms"}
    assert texts["email"] == words.body(incident()) + "Runbook docs/runbooks/undone.md\n"
    assert texts["sms"] == words.sms(incident())
    assert json.loads(texts["default"])["incident_id"] == incident().id


def test_a_late_page_is_the_one_that_was_written_and_says_that_it_is_late(credentials: None) -> None:
    client = connect()
    sent: dict[str, Any] = {}
    client.meta.events.register("provide-client-params.sns.Publish", lambda params, **_: sent.update(params))
    kept = json.loads(json.dumps(record(incident()) | {"opened_at": NOW.isoformat()}))
    with Stubber(client) as stub:
        stub.add_response("publish", {"MessageId": "1"})
        SnsPager(TOPIC, "docs/runbooks/", CLOSINGS, lambda: client).page_late(kept)
    texts = json.loads(sent["Message"])
    assert (sent["TopicArn"], sent["Subject"]) == (TOPIC, words.subject(incident()))
    late = "This page is late: it could not be sent at 2023-04-25 00:33:44 UTC, and tells how it was then."
    safe = incidents.page(incident()).sentences[1]
    email = (words.body(incident()) + "Runbook docs/runbooks/undone.md\n").replace(safe, f"{safe}\n{late}")
    assert (texts["email"], texts["sms"]) == (email, words.sms(incident()))
    told = json.loads(texts["default"])
    assert told["incident_id"] == incident().id
    assert told["policy"] == document(incident())["policy"]


@pytest.mark.parametrize("kept", [{}, {"page": "?"}, {"page": {"safe": "yes"}}])
def test_what_someone_else_wrote_into_the_ledger_is_a_page_that_cannot_be_sent(kept: dict[str, Any]) -> None:
    pager = SnsPager(TOPIC, "docs/runbooks/", CLOSINGS)
    with pytest.raises(PagerError, match="cannot be read"):
        pager.page_late(kept)
    with pytest.raises(PagerError, match="cannot be read"):
        pager.close({"incident_id": "1", **kept}, NOW)


def test_news_of_an_exception_go_the_same_way(credentials: None) -> None:
    client = connect()
    sent: dict[str, Any] = {}
    client.meta.events.register("provide-client-params.sns.Publish", lambda params, **_: sent.update(params))
    with Stubber(client) as stub:
        stub.add_response("publish", {"MessageId": "1"})
        SnsPager(TOPIC, "docs/runbooks/", CLOSINGS, lambda: client).tell(news())
    texts = json.loads(sent["Message"])
    assert sent["Subject"] == words.subject(news())
    assert (texts["email"], texts["sms"]) == (
        words.body(news()) + "\nRunbook docs/runbooks/exception.md\n",
        words.sms(news()),
    )
    assert json.loads(texts["default"])["result"] == "exception-open"


def test_what_is_over_goes_where_only_channels_listen(credentials: None) -> None:
    client = connect()
    sent: list[str] = []
    client.meta.events.register(
        "provide-client-params.sns.Publish", lambda params, **_: sent.append(params["TopicArn"])
    )
    with Stubber(client) as stub:
        stub.add_response("publish", {"MessageId": "1"})
        pager = SnsPager(TOPIC, "docs/runbooks/", CLOSINGS, lambda: client)
        pager.close(json.loads(json.dumps(record(incident()))), NOW)
        # Where nobody listens nothing is said: a second publish would be one too many for the stub.
        SnsPager(TOPIC, "docs/runbooks/", connect=lambda: client).close(record(incident()), NOW)
    assert sent == [CLOSINGS]


def test_a_page_that_sns_refuses_or_never_gets_is_an_error_of_the_pager(credentials: None) -> None:
    client = connect()
    with Stubber(client) as stub:
        stub.add_client_error("publish", "KMSAccessDenied", "no", 400)
        with pytest.raises(PagerError, match="KMSAccessDenied"):
            SnsPager(TOPIC, "docs/runbooks/", CLOSINGS, lambda: client).page(incident())

    def unreachable() -> NoReturn:
        raise EndpointConnectionError(endpoint_url="https://sns.us-east-1.amazonaws.com")

    with pytest.raises(PagerError, match="Could not connect"):
        SnsPager(TOPIC, "docs/runbooks/", CLOSINGS, unreachable).tell(news())


# What a message holds


class Sns:
    """SNS as it is: a message has at most 262,144 bytes of UTF-8, and of no characters that SQS refuses."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def publish(self, **message: Any) -> None:
        assert len(message["Message"].encode()) <= 262_144
        assert not {"\ufffe", "\uffff"} & set(message["Message"])
        self.sent.append(json.loads(json.loads(message["Message"])["default"]))


def paged(policy: Policy) -> dict[str, Any]:
    sns: Any = Sns()
    SnsPager(TOPIC, "docs/runbooks/", connect=lambda: sns).page(incident(known=policy))
    return dict(sns.sent[0])


BEFORE, AFTER = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":["*","',
    '"]}]}',
)


@pytest.mark.parametrize("text", ["\U0001f600", "\u00e9", "\ufffe", '\\"', "\\ud83d", "\ud83d", "\x7f"])
def test_the_longest_policy_of_whatever_characters_is_told_whole(text: str) -> None:
    content = BEFORE + text * ((10_240 - len(BEFORE) - len(AFTER)) // len(text)) + AFTER
    told = paged(policy(content))
    assert told["policy"]["content"] == content
    assert json.loads(told["page"]["statements"][0]) == json.loads(content)["Statement"][0]


def test_what_is_too_large_all_the_same_is_told_without_what_the_policy_says() -> None:
    nested = '{"Bool":' * 400 + '"x"' + "}" * 400  # each of them indented
    told = paged(policy(BEFORE.replace('"Effect"', f'"Condition":{nested},"Effect"') + AFTER))
    assert (told["policy"]["content"], told["policy"]["content_left_out"]) == (None, True)
    first, left = told["page"]["statements"]
    assert (len(first), first[:16]) == (20_000, '{\n  "Condition":')
    assert left.startswith("… (+")
    assert told["page"]["sentences"][1] == "It is safe now: the change is undone."


def test_a_reason_of_any_length_is_cut() -> None:
    sns: Any = Sns()
    endless = replace(news(), grant=Grant(replace(news().grant.permit, reason="\U0001f600" * 90_000)))
    SnsPager(TOPIC, "docs/runbooks/", connect=lambda: sns).tell(endless)
    assert sns.sent[0]["exception"]["reason"] == "\U0001f600" * 497 + "..."


def test_what_was_adopted_is_told_in_as_many_pages_as_it_takes() -> None:
    policies = tuple(policy(DENY_EC2, id=f"p-policy{number:04}", name="n" * 128) for number in range(15))
    adoptions = tuple(Adoption(f"ou-exam-{number:08}", "work", policies, NOW) for number in range(100))
    sns: Any = Sns()
    pager, left, pages = SnsPager(TOPIC, "docs/runbooks/", connect=lambda: sns), adoptions, 0
    while left:
        left = pager.announce(left)
        pages += 1
    told = [target["target_id"] for sent in sns.sent for target in sent["targets"]]
    assert told == [adoption.target_id for adoption in adoptions]
    assert pages == 5
