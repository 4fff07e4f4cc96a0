"""The entry point of rehearsals, on the strict model, with a ledger in memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from rootguard.domain.drift import Actor, Change, ChangeKind, Drift
from rootguard.domain.policy import SERVICE_CONTROL_POLICY
from rootguard.domain.verdict import Outcome, Reason, Verdict
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import happened, key_of
from rootguard.rehearsal.record import Record
from tests.fakes.ledger import FakeLedger
from tests.fakes.wire import Wire, attached, create, unit
from tests.given import DENY_EC2
from tests.handlers.conftest import Aws, Entry, Lambda

ROLE = "arn:aws:iam::111122223333:role/Rootguard-RehearsalRole"


class Context(Lambda):
    aws_request_id = "8f5e3c1a-4c4b-4e6e-9f57-4d9d2f0f1c11"


class Records:
    """The one record of the last rehearsal."""

    def __init__(self) -> None:
        self.kept: Record | None = None

    def last(self) -> Record | None:
        return self.kept

    def keep(self, record: Record, instead_of: Record | None) -> bool:
        is_read = self.kept == instead_of
        self.kept = record if is_read else self.kept
        return is_read


@pytest.fixture
def places(wire: Wire, root: str) -> tuple[str, str]:
    """The OU and the SCP."""
    return unit(wire, root, "Rehearsal"), create(wire, "Rehearsal", content=DENY_EC2)


@pytest.fixture
def module(
    entry: Entry, places: tuple[str, str], ledger: FakeLedger, monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    records = Records()
    monkeypatch.setattr("rootguard.aws.rehearsals.DynamoRehearsals", lambda _: records)
    ou, scp = places
    ledger.adopt(ou, [SERVICE_CONTROL_POLICY])
    return entry(
        "rehearsal",
        ROOTGUARD_CALENDAR='{"blocked_windows": [], "blocked_dates": []}',
        ROOTGUARD_WITHIN_SECONDS="0",
        ROOTGUARD_MODE="enforce",
        ROOTGUARD_REHEARSAL_OU=ou,
        ROOTGUARD_REHEARSAL_POLICY=scp,
        ROOTGUARD_REHEARSAL_ROLE_ARN=ROLE,
    )


def rehearse(module: ModuleType, **payload: bool) -> dict[str, Any]:
    answer: dict[str, Any] = module.handler({"scheduled": False, **payload}, Context())
    return dict(json.loads(json.dumps(answer)))


def test_without_a_guard_it_fails_cleans_up_and_sends_a_notice(
    module: ModuleType, aws: Aws, wire: Wire, places: tuple[str, str]
) -> None:
    answer = rehearse(module)
    assert (answer["outcome"], answer["request"]) == ("FAILED", Context.aws_request_id)
    assert places[1] not in attached(wire, places[0])
    assert [call for call in wire.calls if "Policy" in call][-1] == "DetachPolicy"
    (notice,) = aws.notices
    assert (notice["queue"], notice["about"], notice["stage"]) == ("https://notices", "rehearsal", "found")


def test_it_succeeds_once_the_ledger_says_that_the_guard_undid_it(
    module: ModuleType, aws: Aws, wire: Wire, places: tuple[str, str], ledger: FakeLedger
) -> None:
    ou, scp = places
    change = Change("event-1", "111122223333", None, Actor("AssumedRole", ROLE))
    attach = wire.organization.call

    def guarded(operation: str, parameters: dict[str, Any]) -> Any:
        answer = attach(operation, parameters)
        if operation == "AttachPolicy":
            attach("DetachPolicy", parameters)
            now = datetime.now(UTC)
            drift = Drift(ChangeKind.ATTACHED, now, scp, ou, change=change)
            verdict = Verdict(Outcome.REVERT, Reason.VIOLATION, target_id=ou)
            undone = Incident(drift, verdict, Result.UNDONE, undone_at=now, rehearsal=True)
            ledger.incidents[key_of(drift)], _ = happened(None, undone, now)
        return answer

    wire.organization.call = guarded  # type: ignore[method-assign]
    answer = rehearse(module)
    assert (answer["outcome"], answer["why"]) == ("SUCCEEDED", "")
    assert aws.notices == []


def test_what_is_refused_writes_nothing(module: ModuleType, wire: Wire) -> None:
    for payload in ({"scheduled": True, "policy_id": "p-12345678"}, {"anyway": "yes"}):
        answer = module.handler(payload, Context())
        assert set(answer) == {"refused"}
    assert not [call for call in wire.calls if call == "AttachPolicy"]
