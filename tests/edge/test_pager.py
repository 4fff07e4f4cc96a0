"""One publish, each protocol with its own text; a refusal raises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from rootguard.core.render import email, grants, sms
from rootguard.edge.pager import SnsPager, connect
from tests.core.test_render import incident
from tests.core.test_render_grants import news

TOPIC = "arn:aws:sns:us-east-1:111122223333:rootguard-incidents"


def test_each_protocol_gets_its_own_text(credentials: None) -> None:
    client = connect()
    sent: dict[str, Any] = {}
    client.meta.events.register("provide-client-params.sns.Publish", lambda params, **_: sent.update(params))
    with Stubber(client) as stub:
        stub.add_response("publish", {"MessageId": "1"})
        SnsPager(TOPIC, lambda: client).page(incident())
    texts = json.loads(sent["Message"])
    assert sent["MessageStructure"] == "json"
    assert (sent["TopicArn"], sent["Subject"]) == (TOPIC, email.subject(incident()))
    assert set(texts) == {"default", "email", "sms"}
    assert texts["email"] == email.body(incident())
    assert texts["sms"] == sms.text(incident())
    assert json.loads(texts["default"])["incident_id"] == incident().id


def test_news_of_an_exception_go_the_same_way(credentials: None) -> None:
    client = connect()
    sent: dict[str, Any] = {}
    client.meta.events.register("provide-client-params.sns.Publish", lambda params, **_: sent.update(params))
    with Stubber(client) as stub:
        stub.add_response("publish", {"MessageId": "1"})
        SnsPager(TOPIC, lambda: client).tell(news())
    texts = json.loads(sent["Message"])
    assert sent["Subject"] == grants.subject(news())
    assert (texts["email"], texts["sms"]) == (grants.body(news()), grants.sms(news()))
    assert json.loads(texts["default"])["result"] == "exception-open"


def test_a_refused_publish_raises(credentials: None) -> None:
    client = connect()
    with Stubber(client) as stub:
        stub.add_client_error("publish", "KMSAccessDenied", "no", 400)
        with pytest.raises(ClientError, match="KMSAccessDenied"):
            SnsPager(TOPIC, lambda: client).page(incident())


def test_a_policy_of_the_longest_kind_fits_into_a_message() -> None:
    from rootguard.core.render.document import document  # noqa: PLC0415
    from tests.given import policy  # noqa: PLC0415

    longest = incident(known=policy("\U0001f600" * 10_240))
    assert len(json.dumps({"default": json.dumps(document(longest))})) < 256 * 1024
