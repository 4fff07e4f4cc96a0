"""What the guard needs of the world, as Protocols, and the refusals it has an answer to.

`edge` implements them against AWS; the tests' fakes implement the same ones in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from rootguard.domain.exceptions import ExceptionNews, Grant
from rootguard.domain.facts import BaselinePolicy, Permit, Place, Policy, Root
from rootguard.domain.remedy import Attach
from rootguard.domain.snapshot import Seen, Snapshot
from rootguard.domain.survey import Listing, Spot, Survey, Turn
from rootguard.incidents.adoption import Adoption
from rootguard.incidents.incident import Incident, Reach, RecordedIncident

if TYPE_CHECKING:  # not loaded before the detach, which it would delay
    from rootguard.notify.page import Page


class OrganizationsError(Exception):
    """An Organizations call that failed for good: refused, or busy for as long as there was time.

    Args:
        operation: the API's name of the call, such as "DetachPolicy".
        code: the exception's name in the API, or the network error's class.
        message: what AWS said.
    """

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation} failed with {code}: {message}")
        self.operation = operation
        self.code = code


class NotAttachedError(OrganizationsError):
    """The policy does not stand on the target: what was wanted is already so."""


class LastPolicyError(OrganizationsError):
    """AWS keeps at least one policy of the type on every target, and this is the last."""


class Reader(Protocol):
    """The reads that a decision may ask for."""

    def policy(self, policy_id: str) -> Policy | None:
        """Return the policy, or None where there is none. Raises OrganizationsError."""

    def targets(self, policy_id: str) -> frozenset[str]:
        """Return where a policy stands; nowhere for one that does not exist. Raises OrganizationsError."""

    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]:
        """Return the names of the policies of a type on a target, by id. Raises OrganizationsError."""

    def count_accounts(self, target_id: str) -> int | None:
        """Count the accounts at or below a target; None where they could not all be counted in time."""

    def ancestors(self, child_id: str) -> Mapping[str, str | None]:
        """Return child → parent links from `child_id` up to the root. Raises OrganizationsError."""


class Organizations(Reader, Protocol):
    """The organization, as the function sees it."""

    def detach(self, policy_id: str, target_id: str) -> None:
        """Detach. Raises NotAttachedError, LastPolicyError, OrganizationsError."""

    def attach(self, policy_id: str, target_id: str) -> None:
        """Attach; one that already stands there is fine. Raises OrganizationsError."""

    def restore(self, policy_id: str, policy: BaselinePolicy) -> bool:
        """Give a policy back its name, description and content. Raises OrganizationsError.

        False where another policy has taken its name since: then it gets the rest back.
        """

    def enable_type(self, policy_type: str, root_id: str) -> None:
        """Enable a policy type; one that is enabled is fine. Raises OrganizationsError."""

    def move(self, account_id: str, source_id: str, destination_id: str) -> bool:
        """Move an account: False where it is there already. Raises OrganizationsError."""

    def root(self) -> Root:
        """Return the organization's root. Raises OrganizationsError."""

    def policies(self, policy_type: str) -> frozenset[str]:
        """Return the ids of all policies of a type. Raises OrganizationsError."""


class Surroundings(Protocol):
    """What only the page needs to know."""

    def target_name(self, target_id: str) -> str:
        """Return the name of an OU or account. Raises OrganizationsError."""

    def reach(self, target_id: str, management_account_id: str | None) -> Reach:
        """Count the member accounts at or below the target. Raises OrganizationsError."""


class LedgerError(Exception):
    """The ledger could not be reached, or refused; the guard goes on without it, and says so."""


class Ledger(Protocol):
    """What Rootguard remembers. Each method raises LedgerError where the ledger does not answer.

    `at` is when something was so, UTC: the record's time, or that of the look. Doubled and reordered calls
    end in the same state.
    """

    def policy(self, policy_id: str) -> Policy | None:
        """Return a policy from the catalogue, or None where it was never learnt."""

    def learn(self, policy: Policy, at: datetime) -> None:
        """Keep a policy in the catalogue, unless what is there was learnt later than `at`."""

    def baseline(self, target_id: str) -> Mapping[str, BaselinePolicy] | None:
        """Return what is accepted on a target by policy id; None until `adopt_all` was there."""

    def adopt(self, target_id: str, policy_id: str, policy: BaselinePolicy | None, at: datetime) -> None:
        """Accept a policy on a target, or (None) its absence, unless a later word on it is there."""

    def adopt_all(self, target_id: str, policies: Mapping[str, BaselinePolicy], at: datetime) -> bool:
        """Accept all that stands on a target, once: False where a baseline is there already."""

    def place(self, account_id: str) -> Place | None:
        """Return where an account belongs; None where nobody moved it lately."""

    def placed(self, account_id: str, place: Place) -> None:
        """Keep where an account belongs, for a month.

        The latest place that was accepted counts, and where none was, the earliest of the others.
        """

    def targets_of(self, policy_id: str) -> frozenset[str]:
        """Return the targets in whose baseline the policy is."""

    def accepted(self) -> Mapping[str, Mapping[str, BaselinePolicy]]:
        """Return all that is accepted: policy id → target id → the policy as it was accepted there."""

    def permits(self, policy_id: str, target_id: str, event_id: str | None = None) -> tuple[Permit, ...]:
        """Return the exceptions for a policy on a target that have not been revoked or used.

        One that this very event used, and asks for again, is among them.
        """

    def exceptions(self) -> tuple[Grant, ...]:
        """Return every exception on record, whatever became of it; those over for 90 days are gone."""

    def use(self, permit: Permit, event_id: str, at: datetime) -> bool:
        """Use up an exception by an event: False where another one did."""

    def reverts(self, policy_id: str, target_id: str) -> tuple[datetime, ...]:
        """Return when changes of a policy on a target were undone lately, in no order."""

    def reverted(self, policy_id: str, target_id: str, at: datetime) -> None:
        """Note that a change of a policy on a target was undone."""

    def open_incident(self, key: str, incident: Mapping[str, Any], at: datetime) -> bool:
        """Open the incident of an episode: False where it is open already and was paged."""

    def name_incident(self, key: str, incident: Mapping[str, Any]) -> str | None:
        """Put who did it to an open incident that a sweep found, so that it is news once more.

        Returns the id under which the sweep told it; None where no sweep did.
        """

    def claim(self, key: str, now: datetime) -> bool:
        """Claim to be the one who pages an incident: False while another delivery's claim holds.

        A claim holds for 45 seconds, so that it is over when Lambda tries a failed invocation again.
        """

    def release(self, key: str, now: datetime) -> None:
        """Give a claim up, since the page did not go out."""

    def paged(self, key: str, at: datetime) -> None:
        """Note that the sighting opened with this `at` was paged, so that no other delivery pages it."""

    def open_incidents(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the open incidents by key."""

    def unpaged(self) -> tuple[RecordedIncident, ...]:
        """Return the open incidents whose page did not go out."""

    def seen_since(self, key: str, at: datetime) -> bool:
        """Tell whether an open incident was seen later than `at`: closed at that time, it would stay open."""

    def incidents(self) -> tuple[RecordedIncident, ...]:
        """Return every incident on record: the open ones, then the closed ones, each newest first."""

    def close_incident(self, key: str, at: datetime) -> bool:
        """Close an incident found clean at `at`: False where none was open, or it was seen again since."""


class Snapshots(Protocol):
    """Where the policies of a type stood. Each method raises LedgerError where the ledger does not answer."""

    def snapshot(self, policy_type: str) -> Snapshot:
        """Return all that was seen of a type."""

    def seen(self, policy_type: str, policy_id: str) -> Seen | None:
        """Return the sights of one policy, or None where it was never looked at."""

    def keep_listing(self, policy_type: str, policies: frozenset[str], at: datetime) -> None:
        """Keep which policies of a type there are, unless a later listing is there."""

    def keep(self, policy_type: str, policy_id: str, seen: Seen) -> None:
        """Keep the sights of a policy, unless a later one is there."""


class Surveys(Protocol):
    """What is known of the places below the protected targets, and how far each round has come.

    Each method raises LedgerError where the ledger does not answer.
    """

    def survey(self) -> Survey:
        """Return all that is remembered."""

    def keep_spot(self, target_id: str, spot: Spot) -> None:
        """Keep what lies above a target, unless it was looked up again since."""

    def keep_turn(self, name: str, turn: Turn, at: datetime) -> None:
        """Keep how far a round has come at `at`, unless it went on since."""

    def keep_listing(self, policy_type: str, listing: Listing) -> None:
        """Keep which policies of a type there are, unless a later listing is there."""

    def moved(self, at: datetime) -> None:
        """Note that an account was moved at `at`: what lies above accounts is to be looked up again."""


class RestorerError(Exception):
    """Attachments could not be queued to be put back."""


class Restorer(Protocol):
    """Who puts attachments back, one after the other, in a while."""

    def restore(self, policy_type: str, attachments: Sequence[Attach]) -> None:
        """Have attachments put back; those that stand already are fine. Raises RestorerError."""


class PagerError(Exception):
    """A page was not accepted: nobody was told."""


class Pager(Protocol):
    """Where pages go. Each method raises PagerError where the page was not accepted.

    On the path of an event that fails the invocation, and Lambda tries again; a sweep goes on with its other
    targets, fails at its end, and the next one pages what was not paged.
    """

    def page(self, incident: Incident) -> None:
        """Send the incident's page."""

    def page_late(self, record: Mapping[str, Any]) -> None:
        """Send the page of an incident that could not be sent before; `record` is what the ledger keeps."""

    def announce(self, adoptions: tuple[Adoption, ...]) -> tuple[Adoption, ...]:
        """Tell what was adopted at first contact, as much as one page holds; return the rest."""

    def tell(self, news: ExceptionNews) -> None:
        """Tell that an exception was granted, used, or ended otherwise."""

    def close(self, record: Mapping[str, Any], at: datetime) -> None:
        """Tell, for the record, that an incident was found clean.

        `record` is what the ledger keeps of it. Nobody is woken by it.
        """


class SenderError(Exception):
    """A channel did not take a page. The message says why, and holds no secret."""


class Sender(Protocol):
    """A channel's way to its people, such as a webhook."""

    def send(self, page: Page) -> None:
        """Send a page, within fifteen seconds. Raises SenderError when it was not accepted."""


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
