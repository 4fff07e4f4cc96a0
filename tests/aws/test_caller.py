"""Who signed is whoever STS says: a real signature at the local AWS's STS, and every other answer refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from cli.isolation.signing import signed
from drill.local_aws import LocalAws
from drill.principals import Principal
from rootguard.aws.caller import caller_of, post, sts_endpoint
from rootguard.isolation.identity import BODY, IdentityError
from tests.fakes.http_server import Answer, Fault, HttpServer

ASKED = {"verb": "list", "accounts": [], "reason": "", "dry_run": True, "twice": [], "destination": None}
HEADERS = {"authorization": "x"}
URL = "https://sts.us-east-1.amazonaws.com/"
FINE = """<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/sara</Arn>
<UserId>AIDASARA</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>"""
EXPIRED = """<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>It is over.</Message>
</Error></ErrorResponse>"""


@pytest.fixture(scope="module")
def local() -> Iterator[LocalAws]:
    with LocalAws.start() as aws:
        yield aws


@pytest.mark.parametrize("who", [Principal(user="sara"), Principal(role="isolator", session="sara")])
def test_sts_says_who_signed(local: LocalAws, monkeypatch: pytest.MonkeyPatch, who: Principal) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", local.endpoint)
    keys = local.session(as_=who).get_credentials().get_frozen_credentials()
    headers = signed(ASKED, keys, "us-east-1")["identity"]
    told = local.client("sts", as_=who).get_caller_identity()
    found = caller_of(headers, sts_endpoint("us-east-1"))
    assert (found.user_id, found.arn, found.account) == (told["UserId"], told["Arn"], told["Account"])


def test_nobody_signed_with_keys_that_sts_does_not_know(
    local: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", local.endpoint)
    keys = local.session(as_=Principal(user="sara")).get_credentials().get_frozen_credentials()
    headers = signed(ASKED, keys._replace(access_key="AKIAFORGED0EXAMPLE00"), "us-east-1")["identity"]
    with pytest.raises(IdentityError, match="does not take the signature"):
        caller_of(headers, sts_endpoint("us-east-1"))


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("us-east-1", URL),
        ("us-gov-west-1", "https://sts.us-gov-west-1.amazonaws.com/"),
        ("cn-northwest-1", "https://sts.cn-northwest-1.amazonaws.com.cn/"),
    ],
)
def test_each_partition_has_its_sts(monkeypatch: pytest.MonkeyPatch, region: str, url: str) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
    assert sts_endpoint(region) == url


@dataclass
class Sts:
    """STS that answers as it is told, in order, the last answer again and again."""

    answers: list[tuple[int, str] | Exception]
    asked: list[tuple[str, Mapping[str, str], str]] = field(default_factory=list)

    def __call__(self, url: str, headers: Mapping[str, str], body: str) -> Any:
        self.asked.append((url, headers, body))
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return type("Response", (), {"status_code": answer[0], "headers": {}, "content": answer[1].encode()})


SILENCE = EndpointConnectionError(endpoint_url=URL)


def test_the_very_headers_and_the_fixed_body_are_sent() -> None:
    sts = Sts([(200, FINE)])
    assert caller_of(HEADERS, URL, sts).user_id == "AIDASARA"
    assert sts.asked == [(URL, HEADERS, BODY)]


@pytest.mark.parametrize("first", [SILENCE, (500, "<x/>"), (503, "")])
def test_silence_is_asked_again(first: Any) -> None:
    sts = Sts([first, (200, FINE)])
    assert caller_of(HEADERS, URL, sts).arn.endswith("user/sara")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (SILENCE, "does not answer, so nobody knows"),
        ((503, ""), "does not answer, so nobody knows who asks .status 503"),
        ((403, EXPIRED), "ExpiredToken: It is over. Sign in anew"),
        ((302, ""), "something else"),
        ((200, "<html>"), "something else"),
        ((200, "<GetCallerIdentityResponse/>"), "something else"),
        ((403, "no"), "something else"),
    ],
)
def test_without_an_answer_nobody_asked(answer: Any, message: str) -> None:
    with pytest.raises(IdentityError, match=message):
        caller_of(HEADERS, URL, Sts([answer]))


def test_the_headers_and_the_body_arrive_and_no_redirect_is_followed(http_server: HttpServer) -> None:
    elsewhere = f"{http_server.url}/elsewhere"
    http_server.answer(Answer(302, "", {"Location": elsewhere}))
    with pytest.raises(IdentityError, match="something else"):
        caller_of({"x-rootguard-request": "abc", "authorization": "x"}, f"{http_server.url}/", post)
    (request,) = http_server.requests
    assert (request.method, request.path, request.body) == ("POST", "/", BODY.encode())
    assert request.headers["x-rootguard-request"] == "abc"


def test_a_connection_that_breaks_off_is_no_answer(http_server: HttpServer) -> None:
    http_server.answer(Fault.RESET)
    with pytest.raises(IdentityError, match="does not answer"):
        caller_of(HEADERS, f"{http_server.url}/", post)
