"""What the functions need of the world, as Protocols, and the refusals that they have an answer to.

`aws` implements them; the tests' fakes implement the same ones in memory. Every time is UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from rootguard.domain.baseline import Acceptance, Placement, TargetBaseline
from rootguard.domain.drift import Subject
from rootguard.domain.exceptions import Permit
from rootguard.domain.fights import Fight
from rootguard.domain.inventory import Above, Listing, Located, Round
from rootguard.domain.policy import Policy
from rootguard.domain.reader import AcceptedDocument, UnreadableError
from rootguard.domain.remedy import Attach
from rootguard.incidents.life import Record
from rootguard.incidents.notice import Notice

# Organizations


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

    def root(self) -> Root:
        """Return the organization's root."""

    def policy(self, policy_id: str, *, patient: bool = True) -> Policy | None:
        """Return the policy, or None if there is none.

        Args:
            policy_id: the policy.
            patient: whether to try again while AWS is busy. False gives up after one attempt.
        """

    def targets(self, policy_id: str) -> frozenset[str]:
        """Return where a policy is attached; nowhere for one that does not exist."""

    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]:
        """Return the names of the policies of a type on a target, by id; none if the type is not enabled."""

    def ancestors(self, target_id: str) -> tuple[str, ...]:
        """Return the ids from a target's parent up to the root."""

    def parent(self, account_id: str) -> str:
        """Return the parent of an account."""

    def accounts_in(self, parent_id: str) -> frozenset[str]:
        """Return the accounts right below a root or an OU."""

    def policies(self, policy_type: str, token: str = "") -> tuple[frozenset[str], str]:
        """Return one page of the ids of all policies of a type, and the token of the next; "" at the end.

        Args:
            policy_type: the type.
            token: what the page before returned; "" for the first page. A token that AWS does not take any
                more is as good as none: the listing begins anew.
        """

    def count_accounts(self, target_id: str) -> int | None:
        """Count the accounts at or below a target; None if they cannot all be counted in time."""


class Organizations(OrganizationsReader, Protocol):
    """The organization as the guard sees it, with the writes."""

    def detach(self, policy_id: str, target_id: str) -> None:
        """Detach. Raises NotAttachedError, LastPolicyError, OrganizationsError."""

    def attach(self, policy_id: str, target_id: str) -> bool:
        """Attach; False if it was attached already. Raises NoRoomError, OrganizationsError."""

    def restore(self, policy_id: str, policy: Policy) -> bool:
        """Give a policy back its name, description and content. Raises OrganizationsError.

        False if another policy has taken its name since: then it gets the rest back.
        """

    def enable_type(self, policy_type: str, root_id: str) -> None:
        """Enable a policy type; one that is enabled is fine. Raises OrganizationsError."""

    def move(self, account_id: str, source_id: str, destination_id: str) -> bool:
        """Move an account, from wherever it is by now: False if it is there. Raises OrganizationsError."""


# The ledger


class LedgerError(Exception):
    """The ledger could not be reached, or refused."""


@dataclass(frozen=True, slots=True)
class EventMark:
    """What came of a CloudTrail event: an event is applied once.

    Attributes:
        came_of: "allow", "ignore", "alert" or "revert".
        at: when that was done.
    """

    came_of: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Recall:
    """All that the ledger says about one event, read in one round trip."""

    event: EventMark | None = None
    adopted: TargetBaseline = field(default_factory=TargetBaseline)
    """The note of the adoption of the target, without its policies."""
    acceptance: Acceptance | None = None
    document: AcceptedDocument | None = None
    known: Policy | None = None
    fight: Fight = field(default_factory=Fight)
    placement: Placement | None = None
    rounds: Mapping[str, Round] = field(default_factory=dict)
    """By policy type, SERVICE_CONTROL_POLICY and RESOURCE_CONTROL_POLICY."""


class LedgerReader(Protocol):
    """The reads of the guard's memory. Each raises LedgerError."""

    def recall(
        self, event_id: str, policy_id: str, target_id: str, subject: Subject, account_id: str = ""
    ) -> Recall:
        """Return what is known about an event, in one consistent round trip. An empty id is not asked."""

    def marked(self, event_ids: Collection[str]) -> frozenset[str]:
        """Return those of some events that are marked, in one round trip for each hundred."""

    def adopted(self, target_id: str) -> TargetBaseline:
        """Return the note of a target's adoption and all that was accepted there, present or gone."""

    def acceptance(self, policy_id: str, target_id: str) -> Acceptance | None:
        """Return what was last accepted of a policy on a target."""

    def accepted_targets(self, policy_id: str) -> frozenset[str]:
        """Return where a policy is accepted, as an index has it that can be a moment behind."""

    def baseline(self) -> Mapping[str, Mapping[str, Acceptance]]:
        """Return all that may be attached: target id → policy id → since when; from the same index."""

    def documents(self, policy_ids: Collection[str]) -> Mapping[str, AcceptedDocument]:
        """Return the accepted documents of policies."""

    def known(self, policy_id: str) -> Policy | None:
        """Return a policy from the catalogue, or None if it was never learnt."""

    def fight(self, subject: Subject) -> Fight:
        """Return what was undone of a subject of late."""

    def placements(self) -> Mapping[str, Placement]:
        """Return where pinned accounts belong, by account id."""

    def placement(self, account_id: str) -> Placement | None:
        """Return where a pinned account belongs."""

    def record(self, key: str) -> Record | None:
        """Return the record of an incident, whatever its life."""

    def records(self) -> tuple[Record, ...]:
        """Return all records that are suspected or open."""

    def past_records(self) -> tuple[Record, ...]:
        """Return the incidents that are clean, the latest first, for a year. For people only."""

    def with_uses(self, permits: Collection[Permit]) -> tuple[Permit, ...]:
        """Return exceptions with `used_at` and `used_by` as the ledger has them, in one round trip."""

    def coverage(self) -> str:
        """Return what `keep_coverage` kept last; empty if it never did."""


class Ledger(LedgerReader, Protocol):
    """The guard's memory. Each method raises LedgerError.

    `at` is since when something was so: the record's time, or that of the sweep. The later word counts;
    doubled and reordered calls end in the same state.
    """

    def mark(self, event_id: str, mark: EventMark) -> None:
        """Keep what came of an event, for 40 days, unless that is on record."""

    def adopt(self, target_id: str, policy_types: Collection[str], at: datetime) -> None:
        """Note that all that was attached to a target, of some types, was accepted."""

    def unadopt(self, target_id: str) -> None:
        """Forget that a target was adopted: no protection holds it any more."""

    def accept(self, policy_id: str, target_id: str, acceptance: Acceptance) -> None:
        """Accept a policy on a target, or that it is gone, unless a later word on it is there."""

    def accept_document(self, document: AcceptedDocument) -> None:
        """Accept a policy's document, unless a later one was accepted."""

    def learn(self, policy: Policy, at: datetime) -> None:
        """Keep a policy in the catalogue, unless what is there was learnt later."""

    def place(self, account_id: str, placement: Placement) -> None:
        """Accept where an account belongs, unless a later word on it is there."""

    def unplace(self, account_id: str) -> None:
        """Forget where an account belongs: it left the organization, or nothing pins it."""

    def keep_fight(self, subject: Subject, fight: Fight) -> None:
        """Keep what was undone of a subject of late."""

    def use(self, permit: Permit, event_id: str, at: datetime) -> bool:
        """Note that an event used an exception: False if another one did."""

    def keep_record(self, record: Record) -> bool:
        """Write the record of an incident over the one that was read: False if that was changed since.

        `record.revision` is that of the record that was read, 0 if there was none.
        """

    def keep_coverage(self, coverage: str) -> None:
        """Keep which places guardrail.yaml protects, as of this sweep."""


class Exceptions(Protocol):
    """The table that people write: what a granter writes there hides no one else's exception."""

    def permits(self, policy_id: str, target_id: str) -> tuple[Permit, ...]:
        """Return the exceptions for a policy on a target, not what became of them. Raises LedgerError."""

    def all(self) -> tuple[Permit, ...]:
        """Return every exception on record, not what became of them. Raises LedgerError."""


class Inventory(Protocol):
    """Where policies are attached, as sweeps have seen it. Each method raises LedgerError."""

    def rounds(self) -> Mapping[str, Round]:
        """Return how far each round has come: those of the policy types, of contents, and of places."""

    def keep_round(self, policy_type: str, turn: Round) -> None:
        """Keep how far a round has come."""

    def listing(self, policy_type: str) -> Listing:
        """Return which policies of a type there are, as they were listed last."""

    def keep_listing(self, policy_type: str, listing: Listing) -> None:
        """Keep it."""

    def located(self, policy_type: str, policy_ids: Collection[str] | None = None) -> Mapping[str, Located]:
        """Return where policies of a type are attached, by id: all of them, or those named."""

    def locate(self, policy_type: str, policy_id: str, located: Located) -> None:
        """Keep where a policy is attached, unless a later look is there."""

    def above(self, target_ids: Collection[str]) -> Mapping[str, Above]:
        """Return what lies above targets, as far as it is known."""

    def keep_above(self, target_id: str, above: Above) -> None:
        """Keep what lies above a target."""

    def moved_at(self) -> datetime | None:
        """Return when an account was last moved, as far as events told."""

    def keep_moved(self, at: datetime) -> None:
        """Note that an account was moved, unless a later move is noted."""


# What leaves the guard


class NoticeError(Exception):
    """The queue did not take a notice."""


class Notices(Protocol):
    """The way to the notifier."""

    def send(self, notice: Notice) -> None:
        """Queue a notice. Raises NoticeError."""


class PagerError(Exception):
    """The topic did not take a page."""


class LastResort(Protocol):
    """The way to people if the notice queue does not answer."""

    def say(self, line: str) -> None:
        """Publish one plain line. Raises PagerError."""


class RestorerError(Exception):
    """Attachments could not be queued to be put back."""


class Restorer(Protocol):
    """The function that puts attachments back."""

    def restore(self, policy_type: str, attachments: Sequence[Attach]) -> None:
        """Have attachments put back; those that are attached already are fine. Raises RestorerError."""


class Telemetry(Protocol):
    """Logs and metrics."""

    def log(self, message: str, **fields: object) -> None:
        """Write one structured log line."""

    def warn(self, message: str, **fields: object) -> None:
        """Write one structured log line that someone should look at."""

    def count(self, name: str) -> None:
        """Add one to a metric."""

    def seconds(self, name: str, value: float) -> None:
        """Record a duration in seconds."""
