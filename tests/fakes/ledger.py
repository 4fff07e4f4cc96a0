"""A ledger in memory, with the meaning of `DynamoLedger`; `fail` makes it one that does not answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from rootguard.aws import ledger_items as items
from rootguard.aws.ledger import CLAIM
from rootguard.aws.ledger_episodes import Episodes
from rootguard.aws.ledger_table import Item
from rootguard.domain.exceptions import Grant
from rootguard.domain.facts import BaselinePolicy, Permit, Place, Policy
from rootguard.incidents.incident import RecordedIncident
from rootguard.ports import LedgerError


@dataclass(slots=True)
class FakeLedger:
    """`ports.Ledger`, and what its people's side (`Exceptions`) does."""

    fail: bool = False
    _catalogue: dict[str, tuple[datetime, str, Policy]] = field(default_factory=dict)
    _words: dict[tuple[str, str], tuple[datetime, str, BaselinePolicy | None]] = field(default_factory=dict)
    _places: dict[str, Place] = field(default_factory=dict)
    _adopted: set[str] = field(default_factory=set)
    _grants: dict[Permit, Grant] = field(default_factory=dict)
    _uses: dict[Permit, str] = field(default_factory=dict)
    _incidents: dict[str, Episodes] = field(default_factory=dict)
    _claims: dict[str, datetime] = field(default_factory=dict)
    _reverts: dict[tuple[str, str], set[datetime]] = field(default_factory=dict)
    _closed: list[RecordedIncident] = field(default_factory=list)
    kept: list[tuple[str, Episodes]] = field(default_factory=list)
    """The closed incidents by key, in the order of their closing."""

    def policy(self, policy_id: str) -> Policy | None:
        self._answer()
        found = self._catalogue.get(policy_id)
        return found[2] if found else None

    def learn(self, policy: Policy, at: datetime) -> None:
        self._answer()
        word = (at, _digest(items.catalogue_item(policy, at)), policy)
        self._catalogue[policy.id] = max(
            self._catalogue.get(policy.id, word), word, key=lambda said: said[:2]
        )

    def baseline(self, target_id: str) -> Mapping[str, BaselinePolicy] | None:
        self._answer()
        if target_id not in self._adopted:
            return None
        return {
            policy_id: policy
            for (target, policy_id), (_, _, policy) in self._words.items()
            if target == target_id and policy is not None
        }

    def adopt(self, target_id: str, policy_id: str, policy: BaselinePolicy | None, at: datetime) -> None:
        self._answer()
        word = (at, _digest(items.baseline_item(target_id, policy_id, policy, at)), policy)
        place = target_id, policy_id
        self._words[place] = max(self._words.get(place, word), word, key=lambda said: said[:2])

    def adopt_all(self, target_id: str, policies: Mapping[str, BaselinePolicy], at: datetime) -> bool:
        self._answer()
        if target_id in self._adopted:
            return False
        for policy_id, policy in policies.items():
            self.adopt(target_id, policy_id, policy, at)
        self._adopted.add(target_id)
        return True

    def place(self, account_id: str) -> Place | None:
        self._answer()
        return self._places.get(account_id)

    def placed(self, account_id: str, place: Place) -> None:
        self._answer()
        known = self._places.get(account_id, place)
        if place.accepted:
            words = [each for each in (known, place) if each.accepted]
            place = max(words, key=lambda each: (each.at, _digest(items.place_item(account_id, each))))
        else:
            place = known if known.accepted else min(known, place, key=lambda each: each.at)
        self._places[account_id] = place

    def targets_of(self, policy_id: str) -> frozenset[str]:
        self._answer()
        return frozenset(
            target
            for (target, found), (_, _, policy) in self._words.items()
            if found == policy_id and policy is not None
        )

    def accepted(self) -> Mapping[str, Mapping[str, BaselinePolicy]]:
        self._answer()
        accepted: dict[str, dict[str, BaselinePolicy]] = {}
        for (target, policy_id), (_, _, policy) in self._words.items():
            if policy is not None:
                accepted.setdefault(policy_id, {})[target] = policy
        return accepted

    def permits(self, policy_id: str, target_id: str, event_id: str | None = None) -> tuple[Permit, ...]:
        self._answer()
        return tuple(
            permit
            for permit, grant in self._grants.items()
            if (permit.policy_id, permit.target_id) == (policy_id, target_id)
            and grant.revoked_at is None
            and self._uses.get(permit) in {None, event_id}
        )

    def use(self, permit: Permit, event_id: str, at: datetime) -> bool:
        self._answer()
        if self._uses.setdefault(permit, event_id) != event_id:
            return False
        self._grants[permit] = replace(self._grants[permit], used_at=at)
        return True

    def reverts(self, policy_id: str, target_id: str) -> tuple[datetime, ...]:
        self._answer()
        return tuple(self._reverts.get((policy_id, target_id), ()))

    def reverted(self, policy_id: str, target_id: str, at: datetime) -> None:
        self._answer()
        self._reverts.setdefault((policy_id, target_id), set()).add(at)

    def open_incident(self, key: str, incident: Mapping[str, Any], at: datetime) -> bool:
        as_kept = json.loads(json.dumps(dict(incident)))
        after = self._change(key, lambda episodes: episodes.seen(as_kept, at))
        return after.is_open and not after.was_paged

    def name_incident(self, key: str, incident: Mapping[str, Any]) -> str | None:
        return self._change(key, lambda episodes: episodes.named(incident)).told_as(incident)

    def claim(self, key: str, now: datetime) -> bool:
        self._answer()
        if self._claims.get(key, now) > now:
            return False
        self._claims[key] = now + CLAIM
        return True

    def release(self, key: str, now: datetime) -> None:
        self._answer()
        self._claims[key] = now

    def paged(self, key: str, at: datetime) -> None:
        self._change(key, lambda episodes: episodes.paged(at))

    def open_incidents(self) -> Mapping[str, Mapping[str, Any]]:
        self._answer()
        return {key: episodes.document for key, episodes in self._incidents.items() if episodes.is_open}

    def unpaged(self) -> tuple[RecordedIncident, ...]:
        return tuple(i for i in self.incidents() if i.closed_at is None and not i.was_paged)

    def seen_since(self, key: str, at: datetime) -> bool:
        self._answer()
        return self._incidents.get(key, Episodes()).closed(at).is_open

    def incidents(self) -> tuple[RecordedIncident, ...]:
        self._answer()
        opened = [
            RecordedIncident(key, episodes.document, episodes.opened_at, None, episodes.was_paged)
            for key, episodes in self._incidents.items()
            if episodes.opened_at is not None and "event_id" in episodes.document
        ]
        opened.sort(key=lambda incident: incident.opened_at, reverse=True)
        return (*opened, *sorted(self._closed, key=_closed_at, reverse=True))

    def close_incident(self, key: str, at: datetime) -> bool:
        before = self._incidents.get(key, Episodes())
        after = self._change(key, lambda episodes: episodes.closed(at))
        closed = before.is_open and not after.is_open
        if closed:
            self.kept.append((key, after))
            if before.opened_at is not None and "event_id" in before.document:
                self._closed.append(
                    RecordedIncident(
                        key, before.document, before.opened_at, after.closed_at, before.was_paged
                    )
                )
        return closed

    def grant(self, permit: Permit, at: datetime) -> bool:
        self._answer()
        is_new = permit not in self._grants
        self._grants.setdefault(permit, Grant(permit, granted_at=at))
        return is_new

    def revoke(self, grant: Grant, at: datetime) -> bool:
        self._answer()
        known = self._grants.get(grant.permit)
        if known is None or known.revoked_at is not None:
            return False
        self._grants[grant.permit] = replace(known, revoked_at=at)
        return True

    def all(self) -> tuple[Grant, ...]:
        self._answer()
        return tuple(self._grants.values())

    def exceptions(self) -> tuple[Grant, ...]:
        return self.all()

    def take_out(self, permit: Permit) -> None:
        """What an administrator can do to an exception's item: delete it."""
        del self._grants[permit]

    def _change(self, key: str, change: Callable[[Episodes], Episodes]) -> Episodes:
        self._answer()
        self._incidents[key] = change(self._incidents.get(key, Episodes()))
        return self._incidents[key]

    def _answer(self) -> None:
        if self.fail:
            raise LedgerError("the ledger does not answer")


def _closed_at(incident: RecordedIncident) -> datetime:
    assert incident.closed_at is not None
    return incident.closed_at


def _digest(item: Item) -> str:
    """What decides between two words of the same second."""
    return str(item["digest"])
