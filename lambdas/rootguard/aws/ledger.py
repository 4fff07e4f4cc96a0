"""The ledger on DynamoDB: what Rootguard remembers between events, in one table.

| what | pk | sk | kind, entry (in the index) |
|---|---|---|---|
| a policy accepted on a target | `BASELINE#<target>` | `<policy>` | `BASELINE`, `<policy>#<target>` |
| one that is accepted to be gone | `BASELINE#<target>` | `<policy>` | - |
| that a target's policies of a type were adopted | `BASELINE#<target>` | `#<type>` | - |
| the accepted document of a policy | `POLICY#<policy>` | `#accepted` | - |
| a policy as it was last learnt | `POLICY#<policy>` | `#latest` | - |
| where a pinned account belongs | `PLACE#<account>` | `#latest` | `PLACE`, `<account>` |
| what came of an event | `EVENT#<event id>` | `#mark` | - |
| what was undone of late | `FIGHT#<subject>` | `#latest` | - |
| that an exception was used | `USE#<exception>` | `#use` | - |
| which places are protected | `COVERAGE#` | `#latest` | - |
| a record that is suspected or open | `INCIDENT#<key>` | `#current` | `INCIDENT`, `<key>` |
| a record that is clean | `INCIDENT#<key>` | `#current` | - |
| an incident that is over | `CLOSED#<key>` | `<opened at>` | `CLOSED`, `<closed at>#<key>` |
| how far a round has come | `ROUND#` | `<what goes round>` | - |
| which policies of a type there are | `LISTING#<type>` | `#latest` | - |
| where a policy is attached | `INVENTORY#<type>` | `<policy>` | - |
| what lies above a target | `ABOVE#<target>` | `#latest` | - |
| when an account was last moved | `MOVED#` | `#latest` | - |

Events come doubled, late and out of order, so the later word counts; a round and a listing belong to the one
sweep that runs. A clean record is overwritten by the next incident of its subject, so what people heard of is
kept beside it, in the same transaction. `claims` has the notifier's notes. Only Rootguard's own roles write
here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from rootguard.aws.dynamo import LISTING, NEW, Kind, Table, Written, digest, stamp
from rootguard.domain.baseline import Acceptance, AcceptedDocument, Approval, Placement, TargetBaseline
from rootguard.domain.drift import Subject
from rootguard.domain.exceptions import Permit
from rootguard.domain.fights import Fight
from rootguard.domain.inventory import Above, Listing, Located, Round
from rootguard.domain.policy import FULL_ACCESS, Policy
from rootguard.incidents.life import Life, Record
from rootguard.ports import EventMark, LedgerError, Recall

_EVENTS_KEPT: Final = timedelta(days=40)
"""Longer than EventBridge, Lambda and the dead-letter queue keep an event together."""
_FIGHTS_KEPT: Final = timedelta(days=3)
"""Longer than twice the longest wait of a fight."""
_USES_KEPT: Final = timedelta(days=90)
_INCIDENTS_KEPT: Final = timedelta(days=365)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Use:
    """Which event used an exception, and when."""

    used_by: str
    used_at: datetime


ACCEPTANCE: Final = Kind("BASELINE", Acceptance)
ADOPTED: Final = Kind("BASELINE", str)
DOCUMENT: Final = Kind("POLICY", AcceptedDocument, "#accepted")
KNOWN: Final = Kind("POLICY", Policy)
PLACE: Final = Kind("PLACE", Placement)
MARK: Final = Kind("EVENT", EventMark, "#mark")
FIGHT: Final = Kind("FIGHT", Fight)
USE: Final = Kind("USE", Use, "#use")
COVERAGE: Final = Kind("COVERAGE", str)
RECORD: Final = Kind("INCIDENT", Record, "#current")
PAST: Final = Kind("CLOSED", Record)
ROUND: Final = Kind("ROUND", Round)
LISTED: Final = Kind("LISTING", Listing)
LOCATED: Final = Kind("INVENTORY", Located)
ABOVE: Final = Kind("ABOVE", Above)
MOVED: Final = Kind("MOVED", datetime)


class DynamoLedger:
    """`ports.Ledger` on the stack's table. `warn` gets a line for each item that a listing cannot read."""

    def __init__(self, table: Table, warn: Callable[[str], None]) -> None:
        self._table, self._warn = table, warn

    # Reads

    def recall(self, event_id: str, policy_id: str, target_id: str, subject: Subject) -> Recall:
        asked: dict[str, tuple[Kind[Any], str, *tuple[str, ...]]] = {
            "event": (MARK, event_id),
            "acceptance": (ACCEPTANCE, target_id, policy_id),
            "document": (DOCUMENT, policy_id),
            "known": (KNOWN, policy_id),
            "fight": (FIGHT, subject.key),
            "placement": (PLACE, target_id),
        }
        keys = {name: kind.key(*ids) for name, (kind, *ids) in asked.items()}
        notes = {each: ADOPTED.key(target_id, f"#{each}") for each in FULL_ACCESS}
        rounds = {each: ROUND.key(sk=each) for each in FULL_ACCESS}
        found = self._table.get_all([*keys.values(), *notes.values(), *rounds.values()])
        said: dict[str, Any] = {
            name: asked[name][0].read(found[key]) for name, key in keys.items() if key in found
        }
        adopted = TargetBaseline(frozenset(ADOPTED.read_each(notes, found)))
        return Recall(**said, adopted=adopted, rounds=ROUND.read_each(rounds, found))

    def marked(self, event_ids: Collection[str]) -> frozenset[str]:
        return frozenset(MARK.get_each(self._table, event_ids))

    def adopted(self, target_id: str) -> TargetBaseline:
        items = list(self._table.query("pk = :pk", pk=ADOPTED.key(target_id)[0]))
        types = frozenset(ADOPTED.read(item) for item in items if item["sk"].startswith("#"))
        policies = {item["sk"]: ACCEPTANCE.read(item) for item in items if not item["sk"].startswith("#")}
        return TargetBaseline(types, policies)

    def accepted_targets(self, policy_id: str) -> frozenset[str]:
        condition = "kind = :kind AND begins_with(entry, :prefix)"
        found = self._table.query(condition, LISTING, kind=ACCEPTANCE.name, prefix=f"{policy_id}#")
        return frozenset(map(_of, found))

    def baseline(self) -> Mapping[str, Mapping[str, Acceptance]]:
        # A policy that was approved must not be detached because its item cannot be read.
        doubtful = Acceptance(True, "", datetime.fromtimestamp(0, UTC), Approval.ADOPTED)
        found: dict[str, dict[str, Acceptance]] = {}
        for item, word in self._listed(ACCEPTANCE, doubtful):
            if word.present:
                found.setdefault(_of(item), {})[item["sk"]] = word
        return found

    def documents(self, policy_ids: Collection[str]) -> Mapping[str, AcceptedDocument]:
        return DOCUMENT.get_each(self._table, policy_ids)

    def fight(self, subject: Subject) -> Fight:
        return FIGHT.get(self._table, subject.key) or Fight()

    def placements(self) -> Mapping[str, Placement]:
        return {_of(item): placement for item, placement in self._listed(PLACE)}

    def record(self, key: str) -> Record | None:
        return RECORD.get(self._table, key)

    def records(self) -> tuple[Record, ...]:
        return tuple(record for _, record in self._listed(RECORD))

    def past_records(self) -> tuple[Record, ...]:
        return tuple(record for _, record in self._listed(PAST))

    def with_uses(self, permits: Collection[Permit]) -> tuple[Permit, ...]:
        uses = USE.get_each(self._table, {permit.key for permit in permits})
        return tuple(
            replace(permit, used_by=use.used_by, used_at=use.used_at)
            if (use := uses.get(permit.key))
            else permit
            for permit in permits
        )

    def coverage(self) -> str:
        return COVERAGE.get(self._table) or ""

    def rounds(self) -> Mapping[str, Round]:
        return ROUND.get_all(self._table)

    def listing(self, policy_type: str) -> Listing:
        return LISTED.get(self._table, policy_type) or Listing()

    def located(self, policy_type: str, only: Collection[str] | None = None) -> Mapping[str, Located]:
        if only is None:
            return LOCATED.get_all(self._table, policy_type)
        keys = {policy_id: LOCATED.key(policy_type, policy_id) for policy_id in only}
        return LOCATED.read_each(keys, self._table.get_all(keys.values()))

    def above(self, target_ids: Collection[str]) -> Mapping[str, Above]:
        return ABOVE.get_each(self._table, target_ids)

    def moved_at(self) -> datetime | None:
        return MOVED.get(self._table)

    # Writes

    def mark(self, event_id: str, mark: EventMark) -> None:
        self._table.put(MARK.item(mark, event_id, end=mark.at + _EVENTS_KEPT), NEW)

    def adopt(self, target_id: str, policy_types: Collection[str]) -> None:
        for each in sorted(policy_types):
            self._table.put(ADOPTED.item(each, target_id, f"#{each}"))

    def unadopt(self, target_id: str) -> None:
        # They come by their sort key, so first the notes: without them, nothing that is left means anything.
        for item in list(self._table.query("pk = :pk", pk=ADOPTED.key(target_id)[0])):
            self._table.delete((item["pk"], item["sk"]))

    def accept(self, policy_id: str, target_id: str, acceptance: Acceptance) -> None:
        entry = f"{policy_id}#{target_id}" if acceptance.present else ""
        ACCEPTANCE.put_later(self._table, acceptance, acceptance.at, target_id, policy_id, entry=entry)

    def accept_document(self, document: AcceptedDocument) -> None:
        DOCUMENT.put_later(self._table, document, document.at, document.policy.id)

    def learn(self, policy: Policy, at: datetime) -> None:
        KNOWN.put_later(self._table, policy, at, policy.id)

    def place(self, account_id: str, placement: Placement) -> None:
        PLACE.put_later(self._table, placement, placement.at, account_id, entry=account_id)

    def unplace(self, account_id: str) -> None:
        self._table.delete(PLACE.key(account_id))

    def keep_fight(self, subject: Subject, fight: Fight) -> None:
        if fight.last is not None:
            FIGHT.put_later(self._table, fight, fight.last, subject.key, end=fight.last + _FIGHTS_KEPT)

    def use(self, permit: Permit, event_id: str, at: datetime) -> bool:
        item = USE.item(Use(event_id, at), permit.key, end=permit.expires_at + _USES_KEPT)
        condition = f"{NEW} OR used_by = :used_by"
        return self._table.put(item | {"used_by": event_id}, condition, used_by=event_id)

    def keep_record(self, record: Record) -> bool:
        after, read = replace(record, revision=record.revision + 1), record.revision
        is_clean, ended = record.life is Life.CLEAN, record.closed_at or record.opened_at
        # A mere suspicion is kept as long as the marks of events: what was approved can come so late.
        end = ended + (_INCIDENTS_KEPT if record.incident else _EVENTS_KEPT) if is_clean else None
        item = RECORD.item(after, record.key, entry="" if is_clean else record.key, end=end)
        past = None
        if is_clean and record.incident is not None:
            since, entry = stamp(record.opened_at), f"{stamp(ended)}#{record.key}"
            past = PAST.item(after, record.key, since, entry=entry, end=end)
        revised: dict[str, str | int] = {"revision": after.revision, "digest": digest(after)}
        values = revised | ({"read": read} if read else {})
        # The SDK tries again if an answer was lost. What it finds then is what it wrote itself.
        condition = f"{'revision = :read' if read else NEW} OR (revision = :revision AND digest = :digest)"
        return self._table.put(item | revised, condition, beside=past, **values)

    def keep_coverage(self, coverage: str) -> None:
        self._table.put(COVERAGE.item(coverage))

    def keep_round(self, policy_type: str, reached: Round) -> None:
        self._table.put(ROUND.item(reached, sk=policy_type))

    def keep_listing(self, policy_type: str, listing: Listing) -> None:
        self._table.put(LISTED.item(listing, policy_type))

    def locate(self, policy_type: str, policy_id: str, located: Located) -> None:
        LOCATED.put_later(self._table, located, located.at, policy_type, policy_id)

    def keep_above(self, target_id: str, above: Above) -> None:
        ABOVE.put_later(self._table, above, above.at, target_id)

    def keep_moved(self, at: datetime) -> None:
        MOVED.put_later(self._table, at, at)

    def _listed(self, kind: Kind[_T], instead: _T | None = None) -> Iterator[tuple[Written, _T]]:
        """Yield the items of a kind, and what they say, or what to say `instead` if one cannot be read."""
        for item in self._table.query("kind = :kind", LISTING, kind=kind.name):
            try:
                yield item, kind.read(item)
            except LedgerError as error:
                self._warn(str(error))
                if instead is not None:
                    yield item, instead


def _of(item: Written) -> str:
    """Return what an item is about."""
    return item["pk"].partition("#")[2]
