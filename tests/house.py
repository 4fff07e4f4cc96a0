"""A guard in its house, what happens there, and the sweep: what the tests of its paths start from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rootguard.aws.calls import connect
from rootguard.aws.organizations import AwsOrganizations
from rootguard.aws.surroundings import AwsSurroundings
from rootguard.domain.facts import BaselinePolicy
from rootguard.domain.guardrail import Guardrail
from rootguard.ports import PagerError
from rootguard.reconcile.respond import Guard
from rootguard.reconcile.sweep import Sweep
from tests.fakes.ledger import FakeLedger
from tests.fakes.people import FakePager, FakeTelemetry
from tests.fakes.surveys import FakeSurveys
from tests.fakes.wire import Wire, create
from tests.given import (
    DENY_EC2,
    NOW,
    OWN_ROLE,
    SCP,
    attach,
    guardrail,
    real,
)


@dataclass
class House:
    """A guard in its house: the wire to the organization, the pager, the telemetry."""

    wire: Wire
    pager: FakePager
    telemetry: FakeTelemetry
    ledger: FakeLedger = field(default_factory=FakeLedger)
    surveys: FakeSurveys = field(default_factory=FakeSurveys)
    now: datetime = NOW
    seconds_left: float = 60.0

    def guard(self, policy: Guardrail) -> Guard:
        client = connect()
        self.wire.plug(client)
        return Guard(
            guardrail=policy,
            own_role_arn=OWN_ROLE,
            organizations=AwsOrganizations(client, lambda: self.seconds_left),
            surroundings=AwsSurroundings(client),
            ledger=self.ledger,
            surveys=self.surveys,
            pager=self.pager,
            telemetry=self.telemetry,
            clock=lambda: self.now,
        )

    def attached(self, target: str, **policy: Any) -> str:
        policy_id = create(self.wire, **policy)
        self.wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": target})
        return policy_id

    @property
    def writes(self) -> list[str]:
        return [call for call in self.wire.calls if call in ("AttachPolicy", "DetachPolicy")]


def accepted_on(house: House, target: str, content: str = DENY_EC2) -> str:
    """A policy that stands on a target and is in its baseline."""
    policy_id = house.attached(target, name="Accepted", content=content)
    known = {
        policy_id: BaselinePolicy("Accepted", content, SCP, "-"),
        "p-FullAWSAccess": BaselinePolicy("FullAWSAccess", "{}", SCP),
    }
    house.ledger.adopt_all(target, known, NOW - timedelta(days=1))
    return policy_id


def event(name: str, parameters: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return attach() | {"eventName": name, "requestParameters": parameters} | changed


def edited(policy_id: str, content: str, name: str = "Harmless", description: str = "-") -> dict[str, Any]:
    record = real("update-scp-by-root-user")
    record["responseElements"]["policy"]["policySummary"] |= {
        "id": policy_id,
        "name": name,
        "description": description,
    }
    record["responseElements"]["policy"]["content"] = content
    return record


def sweep(house: House, rules: Guardrail | None = None, minutes: int = 1) -> None:
    """Sweep once, so many minutes after the last time."""
    house.now += timedelta(minutes=minutes)
    house.wire.calls.clear()
    Sweep(house.guard(rules or guardrail())).run()


def refused(record: object, at: object) -> None:
    raise PagerError("no closing")
