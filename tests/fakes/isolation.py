"""An office that isolates accounts: the real desk on the strict organization, its records in memory.

Lambda can end an invocation before any effect (`killed_before`), and every call can be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rootguard.aws.calls import connect
from rootguard.aws.quarantine import Quarantine
from rootguard.domain.guardrail import Guardrail
from rootguard.isolation.desk import Desk
from rootguard.isolation.identity import Caller
from rootguard.isolation.records import TAG, Record
from rootguard.isolation.request import read_request
from rootguard.ports import LedgerError
from tests.fakes.people import FakeNotices, FakeTelemetry
from tests.fakes.wire import Wire, unit
from tests.given import NOW, guardrail

MANAGEMENT = "111122223333"
SARA = Caller("AROAEXAMPLEROLEID0002:sara", f"arn:aws:sts::{MANAGEMENT}:assumed-role/isolator/sara")
DIEGO = Caller("AROAEXAMPLEROLEID0003:diego", f"arn:aws:sts::{MANAGEMENT}:assumed-role/isolator/diego")
EFFECTS = ("keep", "place", "TagResource", "UntagResource", "MoveAccount", "send")


class KilledError(BaseException):
    """Lambda ended the invocation in the middle: nothing catches it."""


@dataclass
class FakeRecords:
    """`isolation.ports.Records` in memory; `fail` names the methods that do not answer."""

    kept: dict[str, Record] = field(default_factory=dict)
    fail: set[str] = field(default_factory=set)
    places: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def get(self, account_id: str) -> Record | None:
        self._answer("get")
        return self.kept.get(account_id)

    def keep(self, account_id: str, record: Record, instead_of: Record | None) -> bool:
        self._answer("keep")
        if self.kept.get(account_id) not in (instead_of, record):
            return False
        self.kept[account_id] = record
        return True

    def belongs(self, account_id: str) -> str:
        self._answer("belongs")
        return self.places.get(account_id, ("",))[0]

    def place(self, account_id: str, parent_id: str, at: datetime) -> None:
        self._answer("place")
        self.places[account_id] = (parent_id, at)

    def _answer(self, method: str) -> None:
        if method in self.fail:
            raise LedgerError("the ledger does not answer")


@dataclass
class Office:
    """A quarantine OU, who looks after it, and what came of it."""

    wire: Wire
    rules: Guardrail = field(default_factory=guardrail)
    records: FakeRecords = field(default_factory=FakeRecords)
    queue: FakeNotices = field(default_factory=FakeNotices)
    telemetry: FakeTelemetry = field(default_factory=FakeTelemetry)
    now: datetime = NOW
    seconds: Callable[[], float] = lambda: 60.0
    requests: int = 0
    effects: int = 0
    killed_before: int | None = None
    quarantine: str = ""

    def __post_init__(self) -> None:
        self.quarantine = unit(self.wire, self.wire.organization.tree.root_id, "Quarantine")

    def ask(self, verb: str, *accounts: str, by: Caller = SARA, **more: Any) -> dict[str, Any]:
        """Ask as the command does. An account that is named twice is meant so."""
        payload = {
            "verb": verb,
            "accounts": list(dict.fromkeys(accounts)),
            "reason": "" if verb == "list" else "forensics",
            "dry_run": False,
            "twice": [each for each in set(accounts) if accounts.count(each) > 1],
            "destination": None,
        }
        self.requests += 1
        self.effects = 0
        return self.desk.answer(read_request(payload | more), by, f"request-{self.requests}")

    def outcomes(self, verb: str, *accounts: str, **more: Any) -> list[str]:
        return [each["outcome"] for each in self.ask(verb, *accounts, **more)["accounts"]]

    @contextmanager
    def killed(self, before: int) -> Iterator[None]:
        """Have Lambda end the next invocation before so many effects are done."""
        self.killed_before = before
        try:
            yield
        except KilledError:
            pass
        finally:
            self.killed_before = None

    @property
    def desk(self) -> Desk:
        client = connect()
        client.meta.events.register("before-call.organizations", self._count)
        self.wire.plug(client)
        return Desk(
            organizations=Quarantine(client, self.seconds),
            records=_Counted(self.records, self._effect),
            notices=_Counted(self.queue, self._effect),
            guardrail=self.rules,
            quarantine=self.quarantine,
            management=MANAGEMENT,
            telemetry=self.telemetry,
            clock=lambda: self.now,
            seconds_left=self.seconds,
        )

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.wire.organization.call(operation, parameters)

    def move(self, account_id: str, to: str) -> None:
        """Somebody moves an account by hand."""
        self.call(
            "MoveAccount", AccountId=account_id, SourceParentId=self.at(account_id), DestinationParentId=to
        )

    def at(self, account_id: str) -> str:
        return str(self.call("ListParents", ChildId=account_id)["Parents"][0]["Id"])

    def tag(self, account_id: str) -> str | None:
        tags = self.call("ListTagsForResource", ResourceId=account_id)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in tags}.get(TAG)

    @property
    def pages(self) -> list[Any]:
        """The notices as a person sees them: of those with one key, the first."""
        first: dict[str, Any] = {}
        for notice in self.queue.sent:
            first.setdefault(notice.key, notice)
        return list(first.values())

    @property
    def writes(self) -> list[str]:
        return [call for call in self.wire.calls if call in EFFECTS]

    def _count(self, model: Any, **_: object) -> None:
        if model.name in EFFECTS:
            self._effect()

    def _effect(self) -> None:
        if self.killed_before is not None and self.effects >= self.killed_before:
            raise KilledError
        self.effects += 1


class _Counted:
    """A port, some of whose methods are effects."""

    def __init__(self, port: Any, effect: Callable[[], None]) -> None:
        self._port, self._effect = port, effect

    def __getattr__(self, name: str) -> Any:
        if name in EFFECTS:
            self._effect()
        return getattr(self._port, name)
