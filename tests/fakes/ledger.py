"""The guard's memory in plain dicts, with the meaning of `DynamoLedger`; with `fail` it does not answer."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from rootguard.aws.dynamo import word
from rootguard.domain.baseline import Acceptance, AcceptedDocument, Placement, TargetBaseline
from rootguard.domain.drift import Subject
from rootguard.domain.exceptions import Permit
from rootguard.domain.fights import Fight
from rootguard.domain.inventory import Above, Listing, Located, Round
from rootguard.domain.json_data import made, plain
from rootguard.domain.policy import Policy
from rootguard.incidents.life import Life, Record
from rootguard.ports import EventMark, LedgerError, Recall


@dataclass(slots=True)
class FakeLedger:
    """`ports.Ledger` in memory. Its attributes are there for tests to look at."""

    fail: bool = False
    marks: dict[str, EventMark] = field(default_factory=dict)
    notes: dict[str, TargetBaseline] = field(default_factory=dict)
    words: dict[tuple[str, str], Acceptance] = field(default_factory=dict)
    """By policy and target."""
    accepted_documents: dict[str, AcceptedDocument] = field(default_factory=dict)
    catalogue: dict[str, tuple[datetime, Policy]] = field(default_factory=dict)
    fights: dict[str, Fight] = field(default_factory=dict)
    places: dict[str, Placement] = field(default_factory=dict)
    uses: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    incidents: dict[str, Record] = field(default_factory=dict)
    """All records by key, clean ones among them."""
    past: dict[tuple[str, datetime], Record] = field(default_factory=dict)
    covered: str = ""
    rounds_reached: dict[str, Round] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)
    attached: dict[tuple[str, str], Located] = field(default_factory=dict)
    """By policy type and policy."""
    over: dict[str, Above] = field(default_factory=dict)
    moved: datetime | None = None

    # Reads

    def recall(self, event_id: str, policy_id: str, target_id: str, subject: Subject) -> Recall:
        self._answer()
        known = self.catalogue.get(policy_id)
        return Recall(
            event=self.marks.get(event_id),
            adopted=self.notes.get(target_id, TargetBaseline()),
            acceptance=self.words.get((policy_id, target_id)),
            document=self.accepted_documents.get(policy_id),
            known=known[1] if known else None,
            fight=self.fights.get(subject.key, Fight()),
            placement=self.places.get(target_id),
            rounds=self.rounds(),
        )

    def marked(self, event_ids: Collection[str]) -> frozenset[str]:
        self._answer()
        return frozenset(event_ids) & self.marks.keys()

    def adopted(self, target_id: str) -> TargetBaseline:
        self._answer()
        there = {policy: said for (policy, target), said in self.words.items() if target == target_id}
        return replace(self.notes.get(target_id, TargetBaseline()), policies=there)

    def accepted_targets(self, policy_id: str) -> frozenset[str]:
        self._answer()
        return frozenset(target for (policy, target), said in self._present() if policy == policy_id)

    def baseline(self) -> Mapping[str, Mapping[str, Acceptance]]:
        self._answer()
        found: dict[str, dict[str, Acceptance]] = {}
        for (policy, target), said in self._present():
            found.setdefault(target, {})[policy] = said
        return found

    def documents(self, policy_ids: Collection[str]) -> Mapping[str, AcceptedDocument]:
        self._answer()
        return {name: self.accepted_documents[name] for name in policy_ids if name in self.accepted_documents}

    def fight(self, subject: Subject) -> Fight:
        self._answer()
        return self.fights.get(subject.key, Fight())

    def placements(self) -> Mapping[str, Placement]:
        self._answer()
        return dict(self.places)

    def record(self, key: str) -> Record | None:
        self._answer()
        return self.incidents.get(key)

    def records(self) -> tuple[Record, ...]:
        self._answer()
        return tuple(record for record in self.incidents.values() if record.life is not Life.CLEAN)

    def past_records(self) -> tuple[Record, ...]:
        self._answer()
        return tuple(self.past.values())

    def with_uses(self, permits: Collection[Permit]) -> tuple[Permit, ...]:
        self._answer()
        return tuple(
            replace(permit, used_at=use[0], used_by=use[1]) if (use := self.uses.get(permit.key)) else permit
            for permit in permits
        )

    def coverage(self) -> str:
        self._answer()
        return self.covered

    def rounds(self) -> Mapping[str, Round]:
        self._answer()
        return dict(self.rounds_reached)

    def listing(self, policy_type: str) -> Listing:
        self._answer()
        return self.listings.get(policy_type, Listing())

    def located(self, policy_type: str, only: Collection[str] | None = None) -> Mapping[str, Located]:
        self._answer()
        return {
            policy: located
            for (kind, policy), located in self.attached.items()
            if kind == policy_type and (only is None or policy in only)
        }

    def above(self, target_ids: Collection[str]) -> Mapping[str, Above]:
        self._answer()
        return {target: self.over[target] for target in target_ids if target in self.over}

    def moved_at(self) -> datetime | None:
        self._answer()
        return self.moved

    # Writes

    def mark(self, event_id: str, mark: EventMark) -> None:
        self._answer()
        self.marks.setdefault(event_id, mark)

    def adopt(self, target_id: str, policy_types: Collection[str]) -> None:
        self._answer()
        known = self.notes.get(target_id, TargetBaseline())
        self.notes[target_id] = TargetBaseline(known.types | frozenset(policy_types))

    def unadopt(self, target_id: str) -> None:
        self._answer()
        self.notes.pop(target_id, None)
        self.words = {pair: said for pair, said in self.words.items() if pair[1] != target_id}

    def accept(self, policy_id: str, target_id: str, acceptance: Acceptance) -> None:
        self._answer()
        known = self.words.get((policy_id, target_id), acceptance)
        self.words[policy_id, target_id] = max(known, acceptance, key=lambda each: word(each, each.at))

    def accept_document(self, document: AcceptedDocument) -> None:
        self._answer()
        known = self.accepted_documents.get(document.policy.id, document)
        self.accepted_documents[document.policy.id] = max(
            known, document, key=lambda each: word(each, each.at)
        )

    def learn(self, policy: Policy, at: datetime) -> None:
        self._answer()
        known = self.catalogue.get(policy.id, (at, policy))
        self.catalogue[policy.id] = max(known, (at, policy), key=lambda each: word(each[1], each[0]))

    def place(self, account_id: str, placement: Placement) -> None:
        self._answer()
        known = self.places.get(account_id, placement)
        self.places[account_id] = max(known, placement, key=lambda each: word(each, each.at))

    def unplace(self, account_id: str) -> None:
        self._answer()
        self.places.pop(account_id, None)

    def keep_fight(self, subject: Subject, fight: Fight) -> None:
        self._answer()
        if fight.last is not None:
            known = self.fights.get(subject.key, fight)
            self.fights[subject.key] = max(known, fight, key=lambda each: word(each, each.last or fight.last))

    def use(self, permit: Permit, event_id: str, at: datetime) -> bool:
        self._answer()
        return self.uses.setdefault(permit.key, (at, event_id))[1] == event_id

    def keep_record(self, record: Record) -> bool:
        self._answer()
        # As the table keeps it: JSON, so what JSON cannot hold comes to light.
        data = plain(replace(record, revision=record.revision + 1))
        kept: Record = made(Record, json.loads(json.dumps(data)))
        found = self.incidents.get(record.key)
        if found != kept and (found.revision if found else 0) != record.revision:
            return False
        self.incidents[record.key] = kept
        if kept.life is Life.CLEAN and kept.incident is not None:
            self.past[kept.key, kept.opened_at] = kept
        return True

    def keep_coverage(self, coverage: str) -> None:
        self._answer()
        self.covered = coverage

    def keep_round(self, policy_type: str, reached: Round) -> None:
        self._answer()
        self.rounds_reached[policy_type] = reached

    def keep_listing(self, policy_type: str, listing: Listing) -> None:
        self._answer()
        self.listings[policy_type] = listing

    def locate(self, policy_type: str, policy_id: str, located: Located) -> None:
        self._answer()
        known = self.attached.get((policy_type, policy_id), located)
        self.attached[policy_type, policy_id] = max(known, located, key=lambda look: word(look, look.at))

    def keep_above(self, target_id: str, above: Above) -> None:
        self._answer()
        known = self.over.get(target_id, above)
        self.over[target_id] = max(known, above, key=lambda look: word(look, look.at))

    def keep_moved(self, at: datetime) -> None:
        self._answer()
        self.moved = max(at, self.moved or at)

    def _present(self) -> list[tuple[tuple[str, str], Acceptance]]:
        return [(pair, said) for pair, said in self.words.items() if said.present]

    def _answer(self) -> None:
        if self.fail:
            raise LedgerError("the ledger does not answer")
