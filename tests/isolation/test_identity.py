"""What passes for a proof of who asks, before STS is asked: nothing but a fresh one for this request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from cli.isolation.signing import signed
from rootguard.isolation.identity import HEADERS, IdentityError, checked
from rootguard.isolation.request import digest_of

ASKED = {"verb": "list", "accounts": [], "reason": "", "dry_run": True, "twice": [], "destination": None}
REGION = "us-east-1"
TEMPORARY = Credentials("AKIAIOSFODNN7EXAMPLE", "secret", "a-token")


def proof(request: dict[str, Any] | None = None, credentials: Any = TEMPORARY, region: str = REGION) -> Any:
    return signed(ASKED if request is None else request, credentials, region)["identity"]


def check(identity: Any, after: timedelta = timedelta(0)) -> dict[str, str]:
    return checked(identity, digest_of(ASKED), REGION, datetime.now(UTC) + after)


@pytest.mark.parametrize("credentials", [TEMPORARY, Credentials("AKIAIOSFODNN7EXAMPLE", "secret")])
def test_the_commands_own_proof_passes(credentials: Any) -> None:
    headers = check(proof(credentials=credentials))
    assert ("x-amz-security-token" in headers) == (credentials is TEMPORARY)
    assert headers["x-rootguard-request"] == digest_of(ASKED)
    assert "secret" not in str(headers)


def test_one_for_another_request_does_not() -> None:
    with pytest.raises(IdentityError, match="belongs to another request"):
        check(proof({**ASKED, "verb": "isolate"}))


def test_nor_does_one_whose_named_request_was_changed_without_signing_it() -> None:
    identity = proof()
    identity["Authorization"] = identity["Authorization"].replace(";x-rootguard-request", "")
    with pytest.raises(IdentityError, match="leaves out the header x-rootguard-request"):
        check(identity)


@pytest.mark.parametrize("header", ["host", "content-type", "x-amz-date", "x-amz-security-token"])
def test_each_header_is_signed(header: str) -> None:
    identity = proof()
    names = identity["Authorization"].split("SignedHeaders=")[1].split(",")[0]
    fewer = ";".join(name for name in names.split(";") if name != header)
    identity["Authorization"] = identity["Authorization"].replace(names, fewer)
    with pytest.raises(IdentityError, match=f"leaves out the header {header}"):
        check(identity)


@pytest.mark.parametrize(
    "name", ["Host", "X-Forwarded-Host", "Transfer-Encoding", "X-Amz-Target", "Connection"]
)
def test_no_other_header_goes_along(name: str) -> None:
    with pytest.raises(IdentityError, match="must not have"):
        check(proof() | {name: "sts.example.com"})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"authorization": "x"}, "there twice"),
        ({"X-Amz-Date": ""}, "empty"),
        ({"X-Amz-Date": "20261127T190000Z\r\nHost: a"}, "characters"),
        ({"X-Amz-Date": "tomorrow"}, "cannot be read"),
        ({"X-Amz-Date": "20269927T190000Z"}, "is none"),
        ({"Authorization": "Bearer abc"}, "not signed as AWS signs"),
        ({"Authorization": 7}, "no text"),
    ],
)
def test_what_is_odd_about_a_header_is_said(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(IdentityError, match=message):
        check(proof() | changed)


def test_another_place_and_another_service_do_not_count() -> None:
    with pytest.raises(IdentityError, match="must be for sts in us-east-1"):
        check(proof(region="eu-west-1"))
    identity = proof()
    identity["Authorization"] = identity["Authorization"].replace("/sts/", "/iam/")
    with pytest.raises(IdentityError, match="is for iam"):
        check(identity)


@pytest.mark.parametrize("minutes", [-7, 7])
def test_an_old_proof_does_not_pass_and_none_from_the_future(minutes: int) -> None:
    with pytest.raises(IdentityError, match="minutes from now"):
        check(proof(), after=timedelta(minutes=minutes))


@pytest.mark.parametrize("identity", [None, "x", [], {}, 7])
def test_without_a_proof_nobody_asks(identity: Any) -> None:
    with pytest.raises(IdentityError):
        check(identity)


@given(st.dictionaries(st.sampled_from([*HEADERS, "Host", "x"]), st.text() | st.integers()))
def test_whatever_comes_is_refused_in_words_if_it_is_not_signed(identity: Any) -> None:
    with pytest.raises(IdentityError, match=r"\w"):
        check(identity)
