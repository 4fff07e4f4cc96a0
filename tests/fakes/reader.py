"""The world that the rules ask, in plain dicts: what the ledger remembers, and what is attached where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rootguard.domain.baseline import Acceptance, AcceptedDocument, Placement
from rootguard.domain.drift import Subject
from rootguard.domain.exceptions import Permit
from rootguard.domain.fights import Fight
from rootguard.domain.policy import Policy, full_access_of
from rootguard.domain.reader import UnreadableError
from tests.given import NOW, OWN_ROLE, RCP, ROOT, SCP


@dataclass(slots=True)
class FakeReader:
    """`domain.reader.Reader` in memory.

    Attributes:
        adopted: the policy types that were adopted, by target.
        words: what was accepted, by policy and target.
        policies: as they are now; one that is missing, or None, does not exist.
        attachments: the policies of every type on each target.
        unreadable: what Organizations does not answer now: "policy", "targets", "attached", "ancestors".
        asked: what Organizations was asked, in order.
    """

    now: datetime = NOW
    own_roles: frozenset[str] = frozenset({OWN_ROLE})
    remembers: bool = True
    adopted: Mapping[str, frozenset[str]] = field(default_factory=lambda: {ROOT: frozenset({SCP, RCP})})
    words: Mapping[tuple[str, str], Acceptance] = field(default_factory=dict)
    documents: Mapping[str, AcceptedDocument] = field(default_factory=dict)
    catalogue: Mapping[str, Policy] = field(default_factory=dict)
    granted: tuple[Permit, ...] = ()
    fights: Mapping[str, Fight] = field(default_factory=dict)
    placements: Mapping[str, Placement] = field(default_factory=dict)
    policies: Mapping[str, Policy | None] = field(default_factory=dict)
    attachments: Mapping[str, frozenset[str]] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, int | None] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()
    asked: list[tuple[str, str]] = field(default_factory=list)

    # The ledger

    def is_adopted(self, target_id: str, policy_type: str) -> bool:
        return not self.remembers or policy_type in self.adopted.get(target_id, frozenset())

    def acceptance(self, policy_id: str, target_id: str) -> Acceptance | None:
        return self.words.get((policy_id, target_id)) if self.remembers else None

    def accepted_on(self, target_id: str) -> Mapping[str, Acceptance]:
        return {policy: word for policy, target, word in self._accepted() if target == target_id}

    def accepted_targets(self, policy_id: str) -> frozenset[str]:
        return frozenset(target for policy, target, _ in self._accepted() if policy == policy_id)

    def document(self, policy_id: str) -> AcceptedDocument | None:
        return self.documents.get(policy_id) if self.remembers else None

    def known(self, policy_id: str) -> Policy | None:
        return self.catalogue.get(policy_id) if self.remembers else None

    def permits(self, policy_id: str, target_id: str) -> tuple[Permit, ...]:
        here = (policy_id, target_id)
        return tuple(p for p in self.granted if (p.policy_id, p.target_id) == here and self.remembers)

    def fight(self, subject: Subject) -> Fight:
        return self.fights.get(subject.key, Fight()) if self.remembers else Fight()

    def placement(self, account_id: str) -> Placement | None:
        return self.placements.get(account_id) if self.remembers else None

    # Organizations

    def policy(self, policy_id: str) -> Policy | None:
        self._ask("policy", policy_id)
        return self.policies.get(policy_id)

    def type_on(self, policy_id: str, target_id: str) -> str | None:
        try:
            policy = self.policy(policy_id)
        except UnreadableError:
            for policy_type in (SCP, RCP):
                if policy_id in self.attached(target_id, policy_type):
                    return policy_type
            raise
        return policy.type if policy else None

    def attached(self, target_id: str, policy_type: str) -> Mapping[str, str]:
        self._ask("attached", target_id)
        return self._on(target_id, policy_type)

    def targets(self, policy_id: str) -> frozenset[str]:
        self._ask("targets", policy_id)
        return frozenset(target for target, policies in self.attachments.items() if policy_id in policies)

    def ancestors(self, target_id: str) -> tuple[str, ...]:
        self._ask("ancestors", target_id)
        return self._above(target_id)

    def reach(self, *target_ids: str) -> int | None:
        """The accounts of each but for those below another: `accounts` has what is at or below a target."""
        self._ask("reach", " ".join(target_ids))
        highest = [each for each in target_ids if not set(target_ids) & set(self._above(each))]
        counts = [self.accounts[each] for each in highest]
        return None if None in counts else sum(count or 0 for count in counts)

    def _above(self, target_id: str) -> tuple[str, ...]:
        found: list[str] = []
        while target_id in self.parents:
            target_id = self.parents[target_id]
            found.append(target_id)
        return tuple(found)

    def _accepted(self) -> list[tuple[str, str, Acceptance]]:
        if not self.remembers:
            return []
        return [(policy, target, word) for (policy, target), word in self.words.items() if word.present]

    def _on(self, target_id: str, policy_type: str) -> Mapping[str, str]:
        here = self.attachments.get(target_id, frozenset())
        return {policy_id: policy_id for policy_id in here if self._type(policy_id) == policy_type}

    def _type(self, policy_id: str) -> str | None:
        policy = self.policies.get(policy_id)
        return full_access_of(policy_id) or (policy.type if policy else None)

    def _ask(self, what: str, of: str) -> None:
        self.asked.append((what, of))
        if what in self.unreadable:
            raise UnreadableError(f"{what} of {of} cannot be read now")
