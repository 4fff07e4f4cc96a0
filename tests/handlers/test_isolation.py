"""The entry point of isolation: the proof of who asks, then the strict model, the ledger and the queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.credentials import Credentials

from cli.isolation.signing import signed
from drill.api_error import ApiError
from tests.fakes.isolation import MANAGEMENT, SARA, FakeRecords
from tests.fakes.wire import Wire, unit
from tests.handlers.conftest import Aws, Entry, Lambda

KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "secret", "a-token")
IDENTITY = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult><Arn>{SARA.arn}</Arn><UserId>{SARA.user_id}</UserId>
  <Account>{MANAGEMENT}</Account></GetCallerIdentityResult>
  <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""


class Context(Lambda):
    aws_request_id = "8f5e3c1a-4c4b-4e6e-9f57-4d9d2f0f1c11"


class Answer:
    status_code = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - nobody writes it
    content = IDENTITY.encode()


@pytest.fixture
def asked_sts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """STS, which knows Sara; the URLs that were asked."""
    urls: list[str] = []

    def send(_: object, request: Any) -> Answer:
        urls.append(request.url)
        return Answer()

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", send)
    return urls


@pytest.fixture
def ask(
    entry: Entry, wire: Wire, root: str, asked_sts: list[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    records = FakeRecords()
    quarantine = unit(wire, root, "Quarantine")
    variables = {"ROOTGUARD_QUARANTINE_OU": quarantine, "AWS_REGION": "us-east-1"}
    monkeypatch.setattr("rootguard.aws.isolations.DynamoIsolations", lambda _: records)
    module = entry("isolation", **variables)

    def ask(verb: str, *accounts: str, **changed: Any) -> dict[str, Any]:
        request = {
            "verb": verb,
            "accounts": list(accounts),
            "reason": "forensics",
            "dry_run": False,
            "twice": [],
            "destination": None,
        }
        payload = signed(request, KEYS, "us-east-1") | changed
        answer: dict[str, Any] = module.handler(json.loads(json.dumps(payload)), Context())
        json.dumps(answer)
        return answer

    return ask


def test_a_request_is_done_and_says_who_asked(
    ask: Callable[..., dict[str, Any]], aws: Aws, wire: Wire, tree: dict[str, str], asked_sts: list[str]
) -> None:
    answer = ask("isolate", tree["prod"])
    assert answer["by"] == {"user_id": SARA.user_id, "arn": SARA.arn}
    assert (answer["accounts"][0]["outcome"], answer["paged"]) == ("isolated", True)
    assert answer["request"] == Context.aws_request_id
    assert asked_sts == ["https://sts.us-east-1.amazonaws.com/"]
    (notice,) = aws.notices
    assert (notice["queue"], notice["about"]) == ("https://notices", "isolation")
    assert notice["data"]["arn"] == SARA.arn
    assert ask("release", tree["prod"])["accounts"][0]["outcome"] == "released"
    assert wire.organization.tree.parent_of(tree["prod"]) == tree["workload"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"accounts": ["444455556666"]}, "belongs to another request"),
        ({"identity": {}}, "not signed as AWS signs"),
        ({"reason": ""}, "Give a reason"),
        ({"by": "sara"}, "nobody knows"),
    ],
)
def test_what_is_refused_asks_organizations_nothing(
    ask: Callable[..., dict[str, Any]],
    wire: Wire,
    tree: dict[str, str],
    asked_sts: list[str],
    changed: dict[str, Any],
    message: str,
) -> None:
    wire.calls.clear()
    answer = ask("isolate", tree["prod"], **changed)
    assert set(answer) == {"error"}
    assert message in answer["error"]
    assert (wire.calls, asked_sts) == ([], [])


def test_what_organizations_refuses_is_an_answer_too(
    ask: Callable[..., dict[str, Any]], wire: Wire, tree: dict[str, str]
) -> None:
    wire.fail("DescribeAccount", ApiError("AccessDeniedException", "no"))
    answer = ask("isolate", tree["prod"])
    assert answer["error"].startswith("DescribeAccount failed with AccessDeniedException: no")
    assert "Nothing was moved" in answer["error"]
