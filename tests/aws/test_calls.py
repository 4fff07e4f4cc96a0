"""One call to Organizations: how long it is tried again, and what is left of the invocation after it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from drill.api_error import ApiError
from rootguard.aws.calls import COME_BACK, ONE_ATTEMPT, connect
from rootguard.aws.organizations import AwsOrganizations
from rootguard.ports import NotAttachedError, OrganizationsError
from tests.fakes.http_server import Answer, Fault, HttpServer
from tests.fakes.wire import Wire, create


@pytest.fixture
def seconds_left() -> list[float]:
    return [60.0]


@pytest.fixture
def aws(wire: Wire, seconds_left: list[float]) -> AwsOrganizations:
    client = connect()
    wire.plug(client)
    return AwsOrganizations(client, lambda: seconds_left.pop(0) if len(seconds_left) > 1 else seconds_left[0])


@pytest.mark.parametrize("code", sorted(COME_BACK))
def test_a_busy_organization_is_given_up_while_there_is_time_for_the_page(
    aws: AwsOrganizations, wire: Wire, root: str, seconds_left: list[float], code: str
) -> None:
    seconds_left[:] = [40.0, 20.0, 14.9]
    wire.fail("DetachPolicy", ApiError(code, "later"), times=99)
    with pytest.raises(OrganizationsError, match=code):
        aws.detach(create(wire), root)
    assert len(wire.calls) == 3


@pytest.mark.parametrize("code", sorted(COME_BACK))
def test_a_busy_organization_is_left_alone_for_a_while_before_each_attempt(
    aws: AwsOrganizations, wire: Wire, root: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    wire.fail("DetachPolicy", ApiError(code, "later"), times=5)
    with pytest.raises(NotAttachedError):
        aws.detach(create(wire), root)
    assert len(waits) == 5
    assert all(
        least <= wait <= least + 0.25 for wait, least in zip(waits, (0.25, 0.5, 1, 2, 3.75), strict=True)
    )


def test_no_wait_eats_up_the_time_for_the_page(
    aws: AwsOrganizations, wire: Wire, root: str, seconds_left: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(seconds: float) -> None:
        seconds_left[0] -= seconds

    monkeypatch.setattr(time, "sleep", sleep)
    seconds_left[:] = [30.0]
    wire.fail("DetachPolicy", ApiError("ConcurrentModificationException", "busy"), times=99)
    with pytest.raises(OrganizationsError, match="busy"):
        aws.detach(create(wire), root)
    assert 15.0 < seconds_left[0] < 20.0


def test_a_busy_organization_that_then_refuses_is_final(aws: AwsOrganizations, wire: Wire, root: str) -> None:
    wire.fail("DetachPolicy", ApiError("ConcurrentModificationException", "busy"))
    with pytest.raises(NotAttachedError):
        aws.detach(create(wire), root)
    assert len(wire.calls) == 2


@pytest.mark.parametrize("kind", [ConnectTimeoutError, ReadTimeoutError])
def test_a_silent_network_is_tried_again_and_then_final(
    aws: AwsOrganizations, wire: Wire, root: str, kind: type[ConnectTimeoutError]
) -> None:
    policy_id = create(wire)
    aws.attach(policy_id, root)
    wire.fail("DetachPolicy", kind(endpoint_url="https://organizations"), times=3)
    aws.detach(policy_id, root)
    wire.fail("DetachPolicy", ApiError("ConcurrentModificationException", "busy"), times=9)
    wire.fail("DetachPolicy", kind(endpoint_url="https://organizations"), times=9)
    wire.calls.clear()
    with pytest.raises(OrganizationsError, match=kind.__name__):
        aws.detach(policy_id, root)
    assert wire.calls == ["DetachPolicy"] * (9 + 4)


HANGS = 0.2


def hanging(server: HttpServer, left: float, monkeypatch: pytest.MonkeyPatch) -> AwsOrganizations:
    """Organizations that never answers, and an invocation of which each hang takes five seconds."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_ORGANIZATIONS", server.url)
    monkeypatch.setattr("rootguard.aws.calls.ONE_ATTEMPT", ONE_ATTEMPT.merge(Config(read_timeout=HANGS)))
    server.answer(Fault.HANG)
    return AwsOrganizations(connect(), lambda: left - 5 * len(server.requests))


@pytest.mark.parametrize(("left", "attempts"), [(60.0, 4), (33.0, 4), (29.0, 3), (16.0, 1), (4.0, 1)])
def test_silence_ends_while_there_is_time_for_the_page(
    credentials: None,
    http_server: HttpServer,
    monkeypatch: pytest.MonkeyPatch,
    left: float,
    attempts: int,
) -> None:
    aws = hanging(http_server, left, monkeypatch)
    with pytest.raises(OrganizationsError, match="ReadTimeoutError"):
        aws.detach("p-bvdv3rx3", "r-exam")
    assert len(http_server.requests) == attempts


def test_one_attempt_ends_within_five_seconds() -> None:
    settings: Any = ONE_ATTEMPT
    assert settings.connect_timeout + settings.read_timeout <= 5
    assert settings.retries["total_max_attempts"] == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_in_trouble_is_asked_again(
    credentials: None, http_server: HttpServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    aws = hanging(http_server, 60.0, monkeypatch)
    http_server.answer(Answer(status, "<html>Oops</html>"), Answer(status, ""), Answer(200, "{}"))
    aws.detach("p-bvdv3rx3", "r-exam")
    assert len(http_server.requests) == 3
