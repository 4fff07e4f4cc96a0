"""A guard in its house: the organization behind the real client, the ports in memory, a clock, and people.

Someone does something (`attach`, `edit`, `move` …), which changes the organization and gives back the record
of it. The test says when its event comes (`event`), if it ever comes, and when a sweep looks (`sweep`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from drill.api_error import ApiError
from rootguard.aws.calls import connect
from rootguard.aws.organizations import AwsOrganizations
from rootguard.domain.baseline import Acceptance, AcceptedDocument, Approval
from rootguard.domain.exceptions import Permit
from rootguard.domain.guardrail import Guardrail
from rootguard.domain.policy import digest_of
from rootguard.domain.watch import WatchHint
from rootguard.incidents.incident import Incident
from rootguard.incidents.life import Record
from rootguard.incidents.notice import WAKING, About, Notice
from rootguard.reconcile.guard import Guard
from rootguard.reconcile.reconciler import on_event
from rootguard.reconcile.sweep import answer_hint, sweep
from tests.domain import records
from tests.fakes.exceptions import FakeExceptions
from tests.fakes.ledger import FakeLedger
from tests.fakes.people import FakeLastResort, FakeNotices, FakeRestorer, FakeTelemetry, FakeWatch
from tests.fakes.wire import Wire, attached, create
from tests.given import DENY_EC2, NOW, OWN_ROLE, SCP, by_role, guardrail

RESTORER_ROLE = "arn:aws:iam::111122223333:role/rootguard-restorer"
GRANTER = "AROAGRANTER00EXAMPLE:anna"
FULL = "p-FullAWSAccess"
_WRITES = ("AttachPolicy", "DetachPolicy", "UpdatePolicy", "EnablePolicyType", "MoveAccount")


class KilledError(BaseException):
    """Lambda ended the invocation in the middle: nothing catches it."""


@dataclass(slots=True)
class Traced:
    """A port whose calls are kept in order, and at one of which the invocation may be killed."""

    name: str
    port: Any
    house: House

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: self._call(method, *args, **kwargs)

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        self.house.trace.append(f"{self.name}.{method}")
        if self.house.killed_at == f"{self.name}.{method}":
            self.house.killed_at = ""
            raise KilledError
        return getattr(self.port, method)(*args, **kwargs)


@dataclass
class House:
    """A guard in its house.

    Attributes:
        trace: every call to Organizations by its API name, and to each port as "ledger.recall", in order.
        killed_at: the call to a port at which Lambda ends the next invocation.
    """

    wire: Wire
    rules: Guardrail = field(default_factory=guardrail)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    exceptions: FakeExceptions = field(default_factory=FakeExceptions)
    queue: FakeNotices = field(default_factory=FakeNotices)
    last_resort: FakeLastResort = field(default_factory=FakeLastResort)
    restorer: FakeRestorer = field(default_factory=FakeRestorer)
    watch: FakeWatch = field(default_factory=FakeWatch)
    telemetry: FakeTelemetry = field(default_factory=FakeTelemetry)
    now: datetime = NOW
    seconds_left: float = 60.0
    killed_at: str = ""
    events: int = 0

    # The guard

    @property
    def guard(self) -> Guard:
        client = connect()
        self.wire.plug(client)
        organizations = AwsOrganizations(client, lambda: self.seconds_left)
        return Guard(
            guardrail=self.rules,
            organizations=organizations,
            ledger=Traced("ledger", self.ledger, self),
            exceptions=Traced("exceptions", self.exceptions, self),
            notices=Traced("notices", self.queue, self),
            last_resort=Traced("topic", self.last_resort, self),
            telemetry=self.telemetry,
            clock=lambda: self.now,
            own_roles=frozenset({OWN_ROLE, RESTORER_ROLE}),
            restorer=self.restorer if self.rules.types_to_restore else None,
            watch=self.watch,
            seconds_left=lambda: self.seconds_left,
        )

    def event(self, *records: object) -> dict[str, Any]:
        """Deliver events, one after the other; return the answer to the last."""
        answer: dict[str, Any] = {}
        for record in records:
            answer = on_event(self.guard, record)
        return answer

    def sweep(self, times: int = 1, minutes: float = 1) -> None:
        """Sweep, each time so many minutes after the last."""
        for _ in range(times):
            self.now += timedelta(minutes=minutes)
            self.trace.clear()
            sweep(self.guard, self.now + timedelta(minutes=minutes))

    def hint(self, seconds_old: float = 0) -> None:
        """Let the watch say that Root is not as accepted."""
        self.trace.clear()
        until = self.now + timedelta(seconds=30 - seconds_old)
        answer_hint(self.guard, WatchHint((), until))

    def wait(self, seconds: float = 0, minutes: float = 0) -> None:
        self.now += timedelta(seconds=seconds, minutes=minutes)

    # What happens in the organization; each returns its record

    def attach(self, policy_id: str, target_id: str, by: str = "", **changed: Any) -> dict[str, Any]:
        self.call("AttachPolicy", PolicyId=policy_id, TargetId=target_id)
        return self.record(records.attach(target_id, policy_id), by, **changed)

    def detach(self, policy_id: str, target_id: str, by: str = "", **changed: Any) -> dict[str, Any]:
        self.call("DetachPolicy", PolicyId=policy_id, TargetId=target_id)
        return self.record(records.detach(target_id, policy_id), by, **changed)

    def edit(
        self, policy_id: str, content: str, by: str = "", name: str = "", **changed: Any
    ) -> dict[str, Any]:
        answer = self.call(
            "UpdatePolicy", PolicyId=policy_id, Content=content, **({"Name": name} if name else {})
        )
        summary = answer["Policy"]["PolicySummary"]
        record = records.update(content, policy_id, summary["Name"], summary["Type"], summary["Description"])
        record["responseElements"]["policy"]["policySummary"]["arn"] = summary["Arn"]
        return self.record(record, by, **changed)

    def move(
        self, account_id: str, source_id: str, destination_id: str, by: str = "", **changed: Any
    ) -> dict[str, Any]:
        self.call(
            "MoveAccount", AccountId=account_id, SourceParentId=source_id, DestinationParentId=destination_id
        )
        return self.record(records.move(source_id, destination_id, account_id), by, **changed)

    def disable(self, policy_type: str = SCP, by: str = "", **changed: Any) -> dict[str, Any]:
        self.call("DisablePolicyType", RootId=self.root, PolicyType=policy_type)
        record = records.disable(policy_type)
        record["requestParameters"] = {"rootId": self.root, "policyType": policy_type}
        return self.record(record, by, **changed)

    def record(self, record: dict[str, Any], by: str = "", **changed: Any) -> dict[str, Any]:
        """Return a record of something that happens now; by the root user, or by a role's session."""
        self.events += 1
        stamp = {"eventTime": f"{self.now:%Y-%m-%dT%H:%M:%SZ}", "eventID": f"event-{self.events}"}
        who = {"userIdentity": by_role(by)} if by else {}
        return record | stamp | who | changed

    def call(self, operation: str, **parameters: str) -> dict[str, Any]:
        return self.wire.organization.call(operation, parameters)

    def placed(self, target_id: str, name: str = "Quarantine", **policy: Any) -> str:
        """A new policy that is attached to a target, without an event; its id."""
        policy_id = create(self.wire, name=name, **policy)
        self.call("AttachPolicy", PolicyId=policy_id, TargetId=target_id)
        return policy_id

    def accepted(self, target_id: str, name: str = "Accepted", content: str = DENY_EC2, **policy: Any) -> str:
        """A policy that is attached to an adopted target, and accepted; its id."""
        self.first_contact()
        policy_id = self.placed(target_id, name, content=content, **policy)
        read = self.guard.organizations.policy(policy_id)
        assert read is not None
        yesterday = self.now - timedelta(days=1)
        self.ledger.accept(policy_id, target_id, Acceptance(True, read.type, yesterday, Approval.ADOPTED))
        self.ledger.accept_document(AcceptedDocument(read, yesterday, Approval.ADOPTED))
        self.forget()
        return policy_id

    def first_contact(self, times: int = 1) -> None:
        """Have sweeps adopt what is there, and forget what was said and counted meanwhile."""
        self.sweep(times)
        self.wait(minutes=1)
        self.forget()

    def forget(self) -> None:
        self.queue.sent.clear()
        self.trace.clear()
        self.telemetry.metrics.clear()

    def grant(self, policy_id: str, target_id: str, content: str, **changed: Any) -> Permit:
        """An exception that someone grants now, for an hour."""
        fields: dict[str, Any] = {
            "policy_id": policy_id,
            "target_id": target_id,
            "content_sha256": digest_of(content),
            "granted_by": GRANTER,
            "granted_at": self.now,
            "expires_at": self.now + timedelta(hours=1),
            "reason": "a rehearsal",
        }
        permit = Permit(**fields | changed)
        assert self.exceptions.grant(permit)
        return permit

    def refuse(self, operation: str, code: str = "AccessDeniedException", times: int = 1) -> None:
        """Have AWS refuse the next calls of an operation."""
        self.wire.fail(operation, ApiError(code, "no"), times)

    # What came of it

    @property
    def root(self) -> str:
        return self.wire.organization.tree.root_id

    @property
    def trace(self) -> list[str]:
        return self.wire.calls

    @property
    def calls(self) -> list[str]:
        """The calls to Organizations since the last sweep began, or since `forget`."""
        return [call for call in self.trace if "." not in call]

    @property
    def writes(self) -> list[str]:
        return [call for call in self.trace if call in _WRITES]

    def on(self, target_id: str, policy_type: str = SCP) -> set[str]:
        """The policies that are attached to a target."""
        return set(attached(self.wire, target_id, policy_type))

    def parent(self, account_id: str) -> str:
        return str(self.call("ListParents", ChildId=account_id)["Parents"][0]["Id"])

    def says(self, policy_id: str) -> str:
        return str(self.call("DescribePolicy", PolicyId=policy_id)["Policy"]["Content"])

    def accepts(self, target_id: str) -> set[str]:
        """The policies that are accepted on a target."""
        return set(self.ledger.adopted(target_id).accepted)

    @property
    def notices(self) -> list[Notice]:
        """The notices as a person sees them: of those with one key, the first."""
        first: dict[str, Notice] = {}
        for notice in self.queue.sent:
            first.setdefault(notice.key, notice)
        return list(first.values())

    @property
    def pages(self) -> list[Notice]:
        """The notices of incidents that may wake people."""
        return [n for n in self.notices if n.about is About.INCIDENT and n.stage in WAKING]

    @property
    def stages(self) -> list[str]:
        """The stages of the incidents that people hear of, in order."""
        return [notice.stage.value for notice in self.notices if notice.about is About.INCIDENT]

    @property
    def incidents(self) -> list[Incident]:
        """The incidents as they were paged."""
        return [Incident.from_json(dict(notice.data)) for notice in self.pages]

    @property
    def results(self) -> list[str]:
        return [incident.result.value for incident in self.incidents]

    @property
    def adoptions(self) -> dict[str, dict[str, bool]]:
        """What people were told of first contact: target → policy → whether it is a lockout."""
        told: dict[str, dict[str, bool]] = {}
        for notice in self.notices:
            if notice.about is About.ADOPTION:
                for target in notice.data["targets"]:
                    policies = {policy["id"]: policy["lockout"] for policy in target["policies"]}
                    told.setdefault(target["target_id"], {}).update(policies)
        return told

    @property
    def open(self) -> list[Record]:
        """The incidents that are open."""
        return [record for record in self.ledger.records() if record.is_open]
