"""Putting one attachment back, against the strict model: every answer of AWS, and the pace."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from drill.api_error import ApiError
from rootguard.aws.calls import COME_BACK, connect
from rootguard.aws.organizations import AwsOrganizations
from rootguard.domain.inventory import Located
from rootguard.domain.remedy import Attach
from rootguard.ports import LedgerError, OrganizationsError
from rootguard.reconcile.put_back import SECONDS, paced, put_back
from tests.fakes.ledger import FakeLedger
from tests.fakes.people import FakeTelemetry
from tests.fakes.wire import Wire, attached, create
from tests.given import NOW, SCP


@dataclass
class Bench:
    """A clock that goes on when someone sleeps, or a call takes its time."""

    wire: Wire
    ledger: FakeLedger = field(default_factory=FakeLedger)
    telemetry: FakeTelemetry = field(default_factory=FakeTelemetry)
    now: float = 100.0
    seconds_a_read: float = 0.01
    seconds_left: float = 30.0

    def put_back(self, policy_id: str, target_id: str) -> list[str]:
        client = connect()
        self.wire.plug(client)
        with paced(self._clock, self._sleep):
            organizations = AwsOrganizations(client, lambda: self.seconds_left)
            put_back(SCP, Attach(policy_id, target_id), organizations, self.ledger, self.telemetry)
        return [message for message, _ in self.telemetry.lines]

    def seen(self, policy_id: str, *targets: str) -> None:
        self.ledger.attached[SCP, policy_id] = Located(frozenset(targets), NOW)

    def _clock(self) -> float:
        self.now += self.seconds_a_read
        return self.now

    def _sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


@pytest.fixture
def bench(wire: Wire) -> Bench:
    return Bench(wire)


@pytest.fixture
def policy_id(bench: Bench, root: str) -> str:
    policy_id = create(bench.wire)
    bench.seen(policy_id, root)
    return policy_id


def test_what_was_attached_is_attached_again(bench: Bench, root: str, policy_id: str) -> None:
    assert bench.put_back(policy_id, root) == ["put back"]
    assert policy_id in attached(bench.wire, root)
    assert bench.wire.calls == ["AttachPolicy"]


def test_a_message_that_comes_twice_changes_nothing(bench: Bench, root: str, policy_id: str) -> None:
    for _ in range(2):
        bench.put_back(policy_id, root)
    assert sorted(attached(bench.wire, root)) == sorted(["p-FullAWSAccess", policy_id])


def test_what_was_attached_before_the_last_look_is_attached_too(
    bench: Bench, root: str, policy_id: str
) -> None:
    seen = bench.ledger.attached[SCP, policy_id]
    bench.ledger.attached[SCP, policy_id] = seen.seen(frozenset(), NOW)
    assert bench.put_back(policy_id, root) == ["put back"]


def test_what_the_inventory_does_not_hold_is_never_attached(
    bench: Bench, root: str, policy_id: str, tree: dict[str, str]
) -> None:
    assert bench.put_back(policy_id, tree["team"]) == ["not in the inventory"]
    assert bench.put_back(create(bench.wire, name="Another"), root)[1:] == ["not in the inventory"]
    assert bench.wire.calls == []


def test_a_policy_or_a_target_that_is_gone_is_done(bench: Bench, root: str, policy_id: str) -> None:
    bench.seen("p-notthere1", root)
    assert bench.put_back("p-notthere1", root) == ["gone: PolicyNotFoundException"]
    bench.seen(policy_id, "999999999999")
    assert bench.put_back(policy_id, "999999999999")[1:] == ["gone: TargetNotFoundException"]


@pytest.mark.parametrize(
    "code",
    [
        "AccessDeniedException",
        "ConstraintViolationException",
        "InvalidInputException",
        "PolicyTypeNotEnabledException",
        "UnsupportedAPIEndpointException",
        "AWSOrganizationsNotInUseException",
    ],
)
def test_any_other_refusal_gives_the_message_back(bench: Bench, root: str, policy_id: str, code: str) -> None:
    bench.wire.fail("AttachPolicy", ApiError(code, "no"))
    with pytest.raises(OrganizationsError, match=code):
        bench.put_back(policy_id, root)
    assert bench.wire.calls == ["AttachPolicy"]


@pytest.mark.parametrize("code", sorted(COME_BACK))
def test_a_busy_organization_is_asked_again_and_then_left_to_the_queue(
    bench: Bench, root: str, policy_id: str, code: str
) -> None:
    bench.wire.fail("AttachPolicy", ApiError(code, "later"), times=3)
    assert bench.put_back(policy_id, root) == ["put back"]
    bench.seconds_left = 14.0
    bench.wire.fail("AttachPolicy", ApiError(code, "later"), times=99)
    with pytest.raises(OrganizationsError, match=code):
        bench.put_back(policy_id, root)


def test_without_the_inventory_nothing_is_attached(bench: Bench, root: str, policy_id: str) -> None:
    bench.ledger.fail = True
    with pytest.raises(LedgerError):
        bench.put_back(policy_id, root)
    assert bench.wire.calls == []


def test_two_at_once_stay_under_two_a_second(bench: Bench, root: str, policy_id: str) -> None:
    began = bench.now
    for _ in range(10):
        bench.put_back(policy_id, root)
    assert 2 * 10 / (bench.now - began) < 2


def test_a_failure_takes_its_time_too(bench: Bench, root: str, policy_id: str) -> None:
    began = bench.now
    bench.wire.fail("AttachPolicy", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError):
        bench.put_back(policy_id, root)
    assert bench.now - began >= SECONDS


def test_what_took_longer_anyway_does_not_wait(bench: Bench, root: str, policy_id: str) -> None:
    bench.seconds_a_read = 5.0
    bench.put_back(policy_id, root)
    assert bench.now == pytest.approx(110.0)
