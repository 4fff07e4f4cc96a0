"""The ledger on DynamoDB: what Rootguard remembers between events, in one table.

Events come doubled, late and out of order, so every write is conditional and says what was so at a time, and
the later word wins; of two words of the same second one wins, always the same. `ledger_items` has the layout,
`ledger_table` what happens when DynamoDB does not answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, Final, TypeVar

from rootguard.aws import ledger_items as items
from rootguard.aws.ledger_episodes import Episodes
from rootguard.aws.ledger_exceptions import recorded
from rootguard.aws.ledger_table import Item, Table
from rootguard.domain.exceptions import Grant
from rootguard.domain.facts import BaselinePolicy, Permit, Place, Policy
from rootguard.incidents.incident import RecordedIncident
from rootguard.ports import LedgerError

_NEW: Final = "attribute_not_exists(pk)"
_LATER: Final = f"{_NEW} OR as_of < :as_of OR (as_of = :as_of AND digest < :digest)"
_ATTEMPTS: Final = 5
CLAIM: Final = timedelta(seconds=45)
MOST_PERMITS: Final = 100
_T = TypeVar("_T")


class DynamoLedger:
    """`ports.Ledger` on the stack's table, for one invocation.

    Args:
        table: what the invocation asks, here and for surveys and snapshots.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def policy(self, policy_id: str) -> Policy | None:
        """Return a policy from the catalogue."""
        item = self._table.get(f"{items.CATALOGUE}#{policy_id}", items.LATEST)
        return _read(partial(items.policy_of, policy_id, item)) if item else None

    def learn(self, policy: Policy, at: datetime) -> None:
        """Keep a policy in the catalogue."""
        self._put_later(items.catalogue_item(policy, at))

    def baseline(self, target_id: str) -> Mapping[str, BaselinePolicy] | None:
        """Return what is accepted on a target, once all that stood there was."""
        found = {item["sk"]: item for item in self._table.partition(f"{items.BASELINE}#{target_id}")}
        if items.ADOPTED not in found:
            return None
        words = {policy_id: items.accepted_of(item) for policy_id, item in found.items()}
        return {policy_id: policy for policy_id, policy in words.items() if policy is not None}

    def adopt(self, target_id: str, policy_id: str, policy: BaselinePolicy | None, at: datetime) -> None:
        """Accept a policy on a target, or its absence."""
        self._put_later(items.baseline_item(target_id, policy_id, policy, at))

    def adopt_all(self, target_id: str, policies: Mapping[str, BaselinePolicy], at: datetime) -> bool:
        """Accept all that stands on a target, once; the note that it was adopted comes last.

        Interrupted on the way, the target is not adopted yet, and the next adoption finishes the work.
        """
        partition = f"{items.BASELINE}#{target_id}"
        if self._table.get(partition, items.ADOPTED):
            return False
        for policy_id, policy in policies.items():
            self.adopt(target_id, policy_id, policy, at)
        return self._table.put({"pk": partition, "sk": items.ADOPTED, "as_of": items.stamp(at)}, _NEW)

    def place(self, account_id: str) -> Place | None:
        """Return where an account belongs."""
        item = self._table.get(f"{items.PLACE}#{account_id}", items.LATEST)
        return _read(partial(items.place_of, item)) if item else None

    def placed(self, account_id: str, place: Place) -> None:
        """Keep where an account belongs."""
        item = items.place_item(account_id, place)
        if place.accepted:
            self._table.put(
                item,
                f"attribute_not_exists(accepted) OR {_LATER}",
                as_of=str(item["as_of"]),
                digest=str(item["digest"]),
            )
        else:
            earlier = f"{_NEW} OR (attribute_not_exists(accepted) AND as_of > :as_of)"
            self._table.put(item, earlier, as_of=str(item["as_of"]))

    def targets_of(self, policy_id: str) -> frozenset[str]:
        """Return the targets in whose baseline the policy is."""
        return frozenset(
            target_id
            for item in self._table.listed(items.BASELINE, f"{policy_id}#")
            for kind, _, target_id in [item["pk"].partition("#")]
            if kind == items.BASELINE and item["sk"] == policy_id
        )

    def accepted(self) -> Mapping[str, Mapping[str, BaselinePolicy]]:
        """Return all that is accepted, by policy and target, as the index has it."""
        accepted: dict[str, dict[str, BaselinePolicy]] = {}
        for item in self._table.listed(items.BASELINE):
            kind, _, target_id = item["pk"].partition("#")
            policy = items.accepted_of(item)
            if kind == items.BASELINE and policy is not None:
                accepted.setdefault(item["sk"], {})[target_id] = policy
        return accepted

    def permits(self, policy_id: str, target_id: str, event_id: str | None = None) -> tuple[Permit, ...]:
        """Return the exceptions for a policy on a target, a hundred at most; no revoked or used ones."""
        scope = (policy_id, target_id)
        # The last to end first: what was over long ago must not hide what holds now.
        listed = self._table.listed(items.EXCEPTION, f"{policy_id}#{target_id}#", newest_first=True)
        # Whoever may grant can grant any number, and the detach waits for the answer.
        found = map(items.grant_of, islice(listed, MOST_PERMITS))
        return tuple(
            grant.permit
            for grant in found
            if grant is not None
            and (grant.permit.policy_id, grant.permit.target_id) == scope
            and self._holds(grant.permit, event_id)
        )

    def _holds(self, permit: Permit, event_id: str | None) -> bool:
        """Tell whether an exception holds now: the index, where it was found, can be behind."""
        item = self._table.get(*items.exception_key(permit))
        grant = items.grant_of(item) if item else None
        if grant is None or grant.revoked_at is not None:
            return False
        use = self._table.get(*items.use_key(permit))
        return use is None or (event_id is not None and use.get("used_by") == event_id)

    def exceptions(self) -> tuple[Grant, ...]:
        """Return every exception on record."""
        return recorded(self._table)

    def use(self, permit: Permit, event_id: str, at: datetime) -> bool:
        """Use up an exception by an event."""
        item = items.use_item(permit, event_id, at)
        return self._table.put(item, f"{_NEW} OR used_by = :used_by", used_by=event_id)

    def reverts(self, policy_id: str, target_id: str) -> tuple[datetime, ...]:
        """Return when changes were undone within the last day."""
        partition = items.reverts_key(policy_id, target_id)
        return tuple(datetime.fromisoformat(item["sk"]) for item in self._table.partition(partition))

    def reverted(self, policy_id: str, target_id: str, at: datetime) -> None:
        """Note that a change was undone; the same moment twice is one."""
        self._table.put(items.revert_item(policy_id, target_id, at), _NEW)

    def open_incident(self, key: str, incident: Mapping[str, Any], at: datetime) -> bool:
        """Open an incident; `incident` must be fit for JSON."""
        _, after = self._change(key, lambda episodes: episodes.seen(incident, at))
        return after.is_open and not after.was_paged

    def name_incident(self, key: str, incident: Mapping[str, Any]) -> str | None:
        """Put a name to what a sweep found."""
        _, after = self._change(key, lambda episodes: episodes.named(incident))
        return after.told_as(incident)

    def claim(self, key: str, now: datetime) -> bool:
        """Claim to be the one who pages an incident."""
        item = items.claim_item(key, now + CLAIM)
        # The SDK tries again where the answer was lost: what it finds then is its own claim.
        condition = f"{_NEW} OR claimed_until <= :now OR claimed_until = :until"
        return self._table.put(item, condition, now=items.stamp(now), until=items.stamp(now + CLAIM))

    def release(self, key: str, now: datetime) -> None:
        """Give a claim up."""
        self._table.put(items.claim_item(key, now), "attribute_exists(pk)")

    def paged(self, key: str, at: datetime) -> None:
        """Note that the sighting of time `at` was paged."""
        self._change(key, lambda episodes: episodes.paged(at))

    def open_incidents(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the open incidents by key."""
        return {
            key: _read(partial(items.document_of, item))
            for item in self._table.listed(items.INCIDENT)
            for kind, _, key in [item["pk"].partition("#")]
            if kind == items.INCIDENT and item["sk"] == items.CURRENT
        }

    def unpaged(self) -> tuple[RecordedIncident, ...]:
        """Return the open incidents whose page did not go out."""
        return tuple(incident for incident in self._recorded(items.INCIDENT) if not incident.was_paged)

    def seen_since(self, key: str, at: datetime) -> bool:
        """Tell whether an open incident was seen later than `at`."""
        item = self._table.get(f"{items.INCIDENT}#{key}", items.CURRENT)
        return item is not None and _read(partial(items.episodes_of, item)).closed(at).is_open

    def incidents(self) -> tuple[RecordedIncident, ...]:
        """Return every incident on record, the open ones first, each by its last time, newest first."""
        opened = self._recorded(items.INCIDENT)
        # One that is being closed is in the index twice for a moment: it counts as open.
        still_open = {(incident.key, incident.record["event_id"]) for incident in opened}
        closed = (
            incident
            for incident in self._recorded(items.CLOSED)
            if (incident.key, incident.record["event_id"]) not in still_open
        )
        return (*sorted(opened, key=lambda incident: incident.opened_at, reverse=True), *closed)

    def close_incident(self, key: str, at: datetime) -> bool:
        """Close an incident, and keep it for a year."""
        before, after = self._change(key, lambda episodes: episodes.closed(at), keep=True)
        return before.is_open and not after.is_open

    def _recorded(self, kind: str) -> list[RecordedIncident]:
        found = (
            _read(partial(items.incident_of, item)) for item in self._table.listed(kind, newest_first=True)
        )
        return [incident for incident in found if incident is not None]

    def _put_later(self, item: Item) -> None:
        self._table.put(item, _LATER, as_of=str(item["as_of"]), digest=str(item["digest"]))

    def _change(
        self, key: str, change: Callable[[Episodes], Episodes], *, keep: bool = False
    ) -> tuple[Episodes, Episodes]:
        """Change what is known of an incident, unless someone else just did: then look again."""
        for _ in range(_ATTEMPTS):
            item = self._table.get(f"{items.INCIDENT}#{key}", items.CURRENT)
            before = _read(partial(items.episodes_of, item)) if item else Episodes()
            after = change(before)
            if after == before:
                return before, after
            if keep and before.is_open and not after.is_open:
                # Before it is closed, or it could be lost. Should the close fail, a later one puts it right.
                kept = items.closed_item(key, before, after)
                self._table.put(kept, f"{_NEW} OR closed_at < :closed_at", closed_at=str(kept["closed_at"]))
            revision = int(item["revision"]) if item else 0
            changed = items.incident_item(key, after, revision + 1)
            if self._table.put(changed, f"{_NEW} OR revision = :revision", revision=str(revision)):
                return before, after
        raise LedgerError(f"the incident {key} was changed by others {_ATTEMPTS} times in a row; try again")


def _read(read: Callable[[], _T]) -> _T:
    """Return what an item says. Raises LedgerError where someone else wrote it, and wrote it wrongly."""
    try:
        return read()
    except (KeyError, TypeError, ValueError) as error:
        raise LedgerError(f"an item of the ledger cannot be read: {error!r}") from error
