"""What the functions need of the world, as Protocols, and the refusals that they have an answer to.

`aws` implements them; the tests' fakes implement the same ones in memory. Every time is UTC. A comment says
what a method's name and types leave open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from rootguard.domain.baseline import Acceptance, AcceptedDocument, Placement, TargetBaseline
from rootguard.domain.drift import Subject
from rootguard.domain.exceptions import Permit
from rootguard.domain.fights import Fight
from rootguard.domain.inventory import Above, Listing, Located, Round
from rootguard.domain.policy import Policy
from rootguard.domain.reader import UnreadableError
from rootguard.domain.remedy import Attach
from rootguard.domain.watch import WatchHint, WatchOrder
from rootguard.incidents.life import Record
from rootguard.incidents.notice import Notice


class OrganizationsError(UnreadableError):
    """A call that failed for good. `code` is the API's name of the error, or the network error's class."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation} failed with {code}: {message}")
        self.operation = operation
        self.code = code


class NotAttachedError(OrganizationsError):
    """The policy is not attached to the target: what was wanted is already so."""


class LastPolicyError(OrganizationsError):
    """AWS keeps at least one policy of the type on every target, and this is the last."""


class NoRoomError(OrganizationsError):
    """The target has as many policies of the type as AWS allows."""


class TargetGoneError(OrganizationsError):
    """The root, OU or account does not exist."""


@dataclass(frozen=True, slots=True)
class Root:
    """The organization's one root, and the policy types that are enabled in it."""

    id: str
    enabled_types: frozenset[str]


class OrganizationsReader(Protocol):
    """The reads. Each raises OrganizationsError; one of a target that does not exist, TargetGoneError."""

    def root(self) -> Root: ...
    # None if there is no such policy. If not `patient`, it gives up after one attempt.
    def policy(self, policy_id: str, *, patient: bool = True) -> Policy | None: ...
    def targets(self, policy_id: str) -> frozenset[str]: ...  # nowhere if there is no such policy
    # The names of a target's policies of a type, by id; none if the type is not enabled.
    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]: ...
    def ancestors(self, target_id: str) -> tuple[str, ...]: ...  # from a target's parent up to the root
    def parent(self, account_id: str) -> str: ...
    def accounts_in(self, parent_id: str) -> frozenset[str]: ...  # right below a root or an OU
    # One page of the ids of all policies of a type, and the token of the next page, "" at the end. A token
    # that AWS does not take any more is as good as none: the listing begins anew.
    def policies(self, policy_type: str, token: str = "") -> tuple[frozenset[str], str]: ...
    def count_accounts(
        self, *target_ids: str
    ) -> int | None: ...  # at or below any; None if it takes too long


class Organizations(OrganizationsReader, Protocol):
    """The organization as the guard sees it, with the writes. Each raises OrganizationsError."""

    def detach(self, policy_id: str, target_id: str) -> None: ...  # also NotAttachedError, LastPolicyError
    # False if it was attached already. Also raises NoRoomError.
    def attach(self, policy_id: str, target_id: str) -> bool: ...
    # Name, description and content. False if another policy has taken the name since: the rest is given back.
    def restore(self, policy_id: str, policy: Policy) -> bool: ...
    def enable_type(self, policy_type: str, root_id: str) -> None: ...  # a type that is enabled is fine
    # From wherever the account is by now: False if it is where it should go.
    def move(self, account_id: str, source_id: str, destination_id: str) -> bool: ...


class LedgerError(Exception):
    """The ledger could not be reached, or refused."""


@dataclass(frozen=True, slots=True)
class EventMark:
    """What came of a CloudTrail event, "allow", "ignore", "alert" or "revert": an event is applied once."""

    came_of: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Recall:
    """All that the ledger says about one event, read in one round trip."""

    event: EventMark | None = None
    adopted: TargetBaseline = field(default_factory=TargetBaseline)  # without the policies of the target
    acceptance: Acceptance | None = None
    document: AcceptedDocument | None = None
    known: Policy | None = None  # from the catalogue
    fight: Fight = field(default_factory=Fight)
    placement: Placement | None = None  # of the target, if it is an account
    rounds: Mapping[str, Round] = field(default_factory=dict)  # of SCPs and RCPs, by policy type


class LedgerReader(Protocol):
    """The reads of the guard's memory. Each raises LedgerError."""

    # In one consistent round trip. About what has an empty id nothing is known.
    def recall(self, event_id: str, policy_id: str, target_id: str, subject: Subject) -> Recall: ...
    def marked(self, event_ids: Collection[str]) -> frozenset[str]: ...  # those of some events that are
    def adopted(self, target_id: str) -> TargetBaseline: ...  # with all that is accepted, or gone
    def accepted_targets(self, policy_id: str) -> frozenset[str]: ...  # by an index that can be behind
    def baseline(self) -> Mapping[str, Mapping[str, Acceptance]]: ...  # target → policy; by that index
    def documents(self, policy_ids: Collection[str]) -> Mapping[str, AcceptedDocument]: ...
    def fight(self, subject: Subject) -> Fight: ...
    def placements(self) -> Mapping[str, Placement]: ...
    def record(self, key: str) -> Record | None: ...  # whatever its life
    def records(self) -> tuple[Record, ...]: ...  # all that are suspected or open
    def past_records(self) -> tuple[Record, ...]: ...  # incidents that are clean, for a year. For people only
    def with_uses(self, permits: Collection[Permit]) -> tuple[Permit, ...]: ...
    def coverage(self) -> str: ...  # empty if none was ever kept

    # The inventory: where policies are attached, as sweeps have seen it.
    def rounds(self) -> Mapping[str, Round]: ...  # those of the policy types, of contents, and of places
    def listing(self, policy_type: str) -> Listing: ...
    def located(self, policy_type: str, only: Collection[str] | None = None) -> Mapping[str, Located]: ...
    def above(self, target_ids: Collection[str]) -> Mapping[str, Above]: ...  # as far as it is known
    def moved_at(self) -> datetime | None: ...  # when an account was last moved, as far as events said


class Ledger(LedgerReader, Protocol):
    """The guard's memory. Each method raises LedgerError.

    `at` is since when something was so: the record's time, or that of the sweep. Of two words on one thing
    the later one counts; doubled and reordered calls end in the same state.
    """

    def mark(self, event_id: str, mark: EventMark) -> None: ...  # for 40 days, unless a mark is on record
    # All that was attached to a target, of some types, was accepted.
    def adopt(self, target_id: str, policy_types: Collection[str]) -> None: ...
    def unadopt(self, target_id: str) -> None: ...  # no protection holds the target any more
    def accept(self, policy_id: str, target_id: str, acceptance: Acceptance) -> None: ...
    def accept_document(self, document: AcceptedDocument) -> None: ...
    def learn(self, policy: Policy, at: datetime) -> None: ...  # keeps a policy in the catalogue
    def place(self, account_id: str, placement: Placement) -> None: ...
    def unplace(self, account_id: str) -> None: ...  # the account left the organization, or nothing pins it
    def keep_fight(self, subject: Subject, fight: Fight) -> None: ...
    def use(self, permit: Permit, event_id: str, at: datetime) -> bool: ...  # False if another event did
    # `record.revision` is that of the one that was read, or 0. False if that one was changed since.
    def keep_record(self, record: Record) -> bool: ...
    def keep_coverage(self, coverage: str) -> None: ...  # which places guardrail.yaml protects

    # The inventory.
    def keep_round(self, policy_type: str, reached: Round) -> None: ...
    def keep_listing(self, policy_type: str, listing: Listing) -> None: ...
    def locate(self, policy_type: str, policy_id: str, located: Located) -> None: ...
    def keep_above(self, target_id: str, above: Above) -> None: ...
    def keep_moved(self, at: datetime) -> None: ...


class Exceptions(Protocol):
    """The table that people write, without what became of an exception. Each method raises LedgerError.

    What a granter writes there hides no one else's exception.
    """

    def permits(self, policy_id: str, target_id: str) -> tuple[Permit, ...]: ...
    def all(self) -> tuple[Permit, ...]: ...


class OutboxError(Exception):
    """SQS or SNS did not take a notice, a page, or an attachment to put back."""


class Notices(Protocol):
    """The way to the notifier. Raises OutboxError, as the next two do."""

    def send(self, notice: Notice) -> None: ...


class LastResort(Protocol):
    """The way to people if the notice queue does not answer."""

    def say(self, line: str) -> None: ...


class Restorer(Protocol):
    """The function that puts attachments back; those that are attached already are fine."""

    def restore(self, policy_type: str, attachments: Sequence[Attach]) -> None: ...


class Watch(Protocol):
    """The function that watches Root between two sweeps. Raises OutboxError."""

    def start(self, order: WatchOrder) -> None: ...


class WatchedGuard(Protocol):
    """The guard as the watch knows it. Raises OutboxError."""

    def wake(self, hint: WatchHint) -> None: ...


class Telemetry(Protocol):
    """Structured log lines, of which someone should look at a warning, and metrics."""

    def log(self, message: str, **fields: object) -> None: ...
    def warn(self, message: str, **fields: object) -> None: ...
    def count(self, name: str) -> None: ...
    def seconds(self, name: str, value: float) -> None: ...
