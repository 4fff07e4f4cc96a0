"""The ledger on DynamoDB: what Rootguard remembers between events, in one table.

Events come doubled, late and out of order. So every write is conditional and says since when something was
so, and the later word counts. `ledger_items` and `ledger_records` have the layout, `ledger_table` says what
happens if DynamoDB does not answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from rootguard.aws import inventory_items
from rootguard.aws import ledger_items as items
from rootguard.aws import ledger_records as incidents
from rootguard.aws.ledger_table import NEW, Key, Table, Written
from rootguard.domain.baseline import Acceptance, Approval, Placement, TargetBaseline
from rootguard.domain.drift import Subject
from rootguard.domain.exceptions import Permit
from rootguard.domain.fights import Fight
from rootguard.domain.ids import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY
from rootguard.domain.policy import Policy
from rootguard.domain.reader import AcceptedDocument
from rootguard.incidents.life import Record
from rootguard.ports import EventMark, LedgerError, Recall

_T = TypeVar("_T")
_TYPES: Final = (SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY)


class DynamoLedger:
    """`ports.Ledger` on the stack's table, for one invocation.

    Args:
        table: the ledger's table.
        warn: is called with a line on each item that a listing leaves out, since it cannot be read.
    """

    def __init__(self, table: Table, warn: Callable[[str], None]) -> None:
        self._table = table
        self._warn = warn

    # Reads

    def recall(
        self, event_id: str, policy_id: str, target_id: str, subject: Subject, account_id: str = ""
    ) -> Recall:
        """Return what is known about an event, in one BatchGetItem."""
        asked: dict[str, tuple[Key, bool]] = {
            "event": (items.mark_key(event_id), bool(event_id)),
            "adopted": (items.adopted_key(target_id), bool(target_id)),
            "acceptance": (items.acceptance_key(policy_id, target_id), bool(policy_id and target_id)),
            "document": (items.document_key(policy_id), bool(policy_id)),
            "known": (items.known_key(policy_id), bool(policy_id)),
            "fight": (items.fight_key(subject), True),
            "placement": (items.place_key(account_id), bool(account_id)),
            **{name: (inventory_items.round_key(name), True) for name in _TYPES},
        }
        found = self._table.get_all([key for key, wanted in asked.values() if wanted])

        def said(name: str, parse: Callable[[Written], _T]) -> _T | None:
            key, _ = asked[name]
            return items.read(key, parse, found.get(key))

        rounds = {name: said(name, inventory_items.round_of) for name in _TYPES}
        return Recall(
            event=said("event", items.mark_of),
            adopted=said("adopted", items.adopted_of) or TargetBaseline(),
            acceptance=said("acceptance", items.acceptance_of),
            document=said("document", items.document_of),
            known=said("known", items.known_of),
            fight=said("fight", items.fight_of) or Fight(),
            placement=said("placement", items.place_of),
            rounds={name: turn for name, turn in rounds.items() if turn is not None},
        )

    def marked(self, event_ids: Collection[str]) -> frozenset[str]:
        """Return those of some events that are marked."""
        keys = {event_id: items.mark_key(event_id) for event_id in event_ids}
        found = self._table.get_all(keys.values())
        return frozenset(event_id for event_id, key in keys.items() if key in found)

    def adopted(self, target_id: str) -> TargetBaseline:
        """Return the note of a target's adoption and all that was accepted there, present or gone."""
        pk, note = items.adopted_key(target_id)
        found = {item["sk"]: item for item in self._table.partition(pk)}
        adopted = items.read((pk, note), items.adopted_of, found.pop(note, None)) or TargetBaseline()
        words = {sk: items.read((pk, sk), items.acceptance_of, item) for sk, item in found.items()}
        return replace(adopted, policies={sk: word for sk, word in words.items() if word is not None})

    def acceptance(self, policy_id: str, target_id: str) -> Acceptance | None:
        """Return what was last accepted of a policy on a target."""
        return self._get(items.acceptance_key(policy_id, target_id), items.acceptance_of)

    def accepted_targets(self, policy_id: str) -> frozenset[str]:
        """Return where a policy is accepted."""
        listed = self._table.listed(items.BASELINE, f"{policy_id}#")
        return frozenset(item["pk"].partition("#")[2] for item in listed if item["sk"] == policy_id)

    def baseline(self) -> Mapping[str, Mapping[str, Acceptance]]:
        """Return all that may be attached.

        An item that cannot be read counts as accepted, with a warning: a policy that was approved must not
        be detached because of it.
        """
        found: dict[str, dict[str, Acceptance]] = {}
        for item in self._table.listed(items.BASELINE):
            word = self._readable(items.acceptance_of, item)
            if word is None:
                word = Acceptance(
                    True, item.get("type", ""), datetime.fromtimestamp(0, UTC), Approval.ADOPTED
                )
            if word.present:
                found.setdefault(item["pk"].partition("#")[2], {})[item["sk"]] = word
        return found

    def documents(self, policy_ids: Collection[str]) -> Mapping[str, AcceptedDocument]:
        """Return the accepted documents of policies, a hundred in one round trip."""
        keys = {policy_id: items.document_key(policy_id) for policy_id in policy_ids}
        found = self._table.get_all(keys.values())
        read = {name: items.read(key, items.document_of, found.get(key)) for name, key in keys.items()}
        return {name: document for name, document in read.items() if document is not None}

    def known(self, policy_id: str) -> Policy | None:
        """Return a policy from the catalogue."""
        return self._get(items.known_key(policy_id), items.known_of)

    def fight(self, subject: Subject) -> Fight:
        """Return what was undone of a subject of late."""
        return self._get(items.fight_key(subject), items.fight_of) or Fight()

    def placements(self) -> Mapping[str, Placement]:
        """Return where pinned accounts belong, as the index has it."""
        found = {}
        for item in self._table.listed(items.PLACE):
            placement = self._readable(items.place_of, item)
            if placement is not None:
                found[item["pk"].partition("#")[2]] = placement
        return found

    def placement(self, account_id: str) -> Placement | None:
        """Return where a pinned account belongs."""
        return self._get(items.place_key(account_id), items.place_of)

    def record(self, key: str) -> Record | None:
        """Return the record of an incident."""
        return self._get(incidents.record_key(key), incidents.record_of)

    def records(self) -> tuple[Record, ...]:
        """Return all records that are suspected or open; those that cannot be read cost a warning."""
        return tuple(self._listed(incidents.INCIDENT))

    def past_records(self) -> tuple[Record, ...]:
        """Return the incidents that are clean, the latest first."""
        return tuple(self._listed(incidents.CLOSED, newest_first=True))

    def with_uses(self, permits: Collection[Permit]) -> tuple[Permit, ...]:
        """Return exceptions with who used them and when."""
        keys = {permit.key: items.use_key(permit) for permit in permits}
        found = self._table.get_all(keys.values())

        def used(permit: Permit) -> Permit:
            key = keys[permit.key]
            use = items.read(key, items.use_of, found.get(key))
            return replace(permit, used_at=use[0], used_by=use[1]) if use else permit

        return tuple(used(permit) for permit in permits)

    def coverage(self) -> str:
        """Return what `keep_coverage` kept last."""
        return self._get(items.COVERAGE_KEY, items.coverage_of) or ""

    # Writes

    def mark(self, event_id: str, mark: EventMark) -> None:
        """Keep what came of an event, unless that is on record."""
        self._table.put(items.mark_item(event_id, mark), NEW)

    def adopt(self, target_id: str, policy_types: Collection[str], at: datetime) -> None:
        """Note that a target was adopted: the types add up, and the earliest time stays."""
        key, stamp = items.adopted_key(target_id), items.stamp(at)
        more: dict[str, Any] = {"types": frozenset(policy_types)} if policy_types else {}
        adding = "ADD types :types " if policy_types else ""
        earliest = "SET adopted_at = if_not_exists(adopted_at, :at)"
        note = self._table.update(key, f"{adding}{earliest}", at=stamp, **more)
        if note is not None and note["adopted_at"] > stamp:
            self._table.update(key, "SET adopted_at = :at", "adopted_at > :at", at=stamp)

    def unadopt(self, target_id: str) -> None:
        """Forget that a target was adopted, and what was accepted there."""
        note = items.adopted_key(target_id)
        # First the note: without it, nothing that is left means anything.
        self._table.delete(note)
        for item in self._table.partition(note[0]):
            self._table.delete((item["pk"], item["sk"]))

    def accept(self, policy_id: str, target_id: str, acceptance: Acceptance) -> None:
        """Accept a policy on a target, or that it is gone."""
        self._table.put_later(items.acceptance_item(policy_id, target_id, acceptance))

    def accept_document(self, document: AcceptedDocument) -> None:
        """Accept a policy's document."""
        self._table.put_later(items.document_item(document))

    def learn(self, policy: Policy, at: datetime) -> None:
        """Keep a policy in the catalogue."""
        self._table.put_later(items.known_item(policy, at))

    def place(self, account_id: str, placement: Placement) -> None:
        """Accept where an account belongs."""
        self._table.put_later(items.place_item(account_id, placement))

    def unplace(self, account_id: str) -> None:
        """Forget where an account belongs."""
        self._table.delete(items.place_key(account_id))

    def keep_fight(self, subject: Subject, fight: Fight) -> None:
        """Keep what was undone of a subject of late."""
        if fight.last is not None:
            self._table.put_later(items.fight_item(subject, fight))

    def use(self, permit: Permit, event_id: str, at: datetime) -> bool:
        """Note that an event used an exception."""
        item = items.use_item(permit, event_id, at)
        return self._table.put(item, f"{NEW} OR used_by = :used_by", used_by=event_id)

    def keep_record(self, record: Record) -> bool:
        """Write the record of an incident over the one that was read."""
        item, past = incidents.record_item(record), incidents.past_item(record)
        # The SDK tries again if an answer was lost. What it finds then is what it wrote itself.
        condition = (
            f"{'revision = :read' if record.revision else NEW} OR (revision = :next AND digest = :digest)"
        )
        values: dict[str, str | int] = {"next": record.revision + 1, "digest": item["digest"]}
        if record.revision:
            values["read"] = record.revision
        if past is None:
            return self._table.put(item, condition, **values)
        return self._table.put_both(item, past, condition, **values)

    def keep_coverage(self, coverage: str) -> None:
        """Keep which places guardrail.yaml protects."""
        self._table.put(items.coverage_item(coverage))

    def _get(self, key: Key, parse: Callable[[Written], _T]) -> _T | None:
        return items.read(key, parse, self._table.get(key))

    def _listed(self, kind: str, *, newest_first: bool = False) -> Iterator[Record]:
        for item in self._table.listed(kind, newest_first=newest_first):
            record = self._readable(incidents.record_of, item)
            if record is not None:
                yield record

    def _readable(self, parse: Callable[[Written], _T], item: Written) -> _T | None:
        """Return what an item says; None, with a warning, if it cannot be read: others must not be hidden."""
        try:
            return items.read((item["pk"], item["sk"]), parse, item)
        except LedgerError as error:
            self._warn(str(error))
            return None
