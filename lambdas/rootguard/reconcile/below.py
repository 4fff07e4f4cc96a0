"""Below the protected targets: a sweep asks a few policies in turn where they are attached.

Its calls do not grow with the number of accounts. Those policies come first of which something is suspected;
then the round goes on. It passes a policy only when all its targets were compared. Full access is attached
nearly everywhere and is not asked: if it is taken off below, its event alone tells.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from rootguard.domain.baseline import Acceptance, Approval
from rootguard.domain.drift import ChangeKind, SubjectKind
from rootguard.domain.guardrail import ROOT, Protection, protected_targets, protection_of
from rootguard.domain.inventory import PAGE, Above, Listing, Located, Round
from rootguard.domain.policy import FULL_ACCESS, is_account_id, is_root_id
from rootguard.domain.reader import AcceptedDocument
from rootguard.ports import TargetGoneError
from rootguard.reconcile.observation import Observation
from rootguard.reconcile.restore import disabled_since, to_confirm

CALLS: Final = 15
"""How many calls of a kind a sweep takes: under 5 a second with a burst of 8, and soon over."""
CALLS_AT_FIRST_CONTACT: Final = 60


def observe(seen: Observation) -> None:
    """Look below the protected targets as far as a sweep may. Raises LedgerError."""
    coverage = _coverage(seen)
    inherit = coverage.now["inherit"].keys()
    since = disabled_since(seen.records)
    if coverage.is_new:
        known = seen.sources.ledger.above(seen.baseline.keys())
        seen.unprotected += sorted(t for t, above in known.items() if coverage.has_left(t, above.ancestors))
    asked = sorted((inherit | seen.restored) & seen.root.enabled_types)
    for policy_type in asked:
        # If the coverage is new, from the first policy on: what was passed was asked about other places.
        turn = Round() if coverage.is_new else seen.turns.get(policy_type, Round())
        _Part(seen, policy_type, turn, coverage, since.get(policy_type)).observe(len(asked))
    # Of a type that is not enabled nothing is attached.
    rounds = {**seen.turns, **seen.rounds}
    is_done = all(rounds.get(kind, Round()).complete for kind in inherit & seen.root.enabled_types)
    before = coverage.now if is_done else coverage.before
    seen.coverage = json.dumps({"now": coverage.now, "before": before}, sort_keys=True)
    seen.unprotected += sorted(set(coverage.last.get("named", ())) - set(coverage.now["named"]))


@dataclass(frozen=True, slots=True)
class _Coverage:
    """Which places guardrail.yaml protects, which it protected last, and before the round that runs.

    What is found at a place that was protected before is compared. At a place that was not, it is accepted.
    Each is `{"named": [TARGET, …], "inherit": {POLICY_TYPE: [TARGET, …]}}`, or empty.
    """

    now: Mapping[str, Any]
    last: Mapping[str, Any]
    before: Mapping[str, Any]

    @property
    def is_new(self) -> bool:
        return self.now != self.last

    def has_left(self, target_id: str, ancestors: Iterable[str]) -> bool:
        """Tell whether a place was protected as guardrail.yaml was last, and is not any more."""
        above = {target_id, *ancestors}
        is_protected = target_id in self.now["named"] or _inherited(self.now, above)
        return bool(_inherited(self.last, above)) and not is_protected


def _inherited(coverage: Mapping[str, Any], above: Iterable[str]) -> frozenset[str]:
    """Return the policy types of the protections that hold at or above a place."""
    inherit = coverage.get("inherit", {})
    return frozenset(kind for kind, targets in inherit.items() if {ROOT, *above} & set(targets))


def _coverage(seen: Observation) -> _Coverage:
    guardrail = seen.sources.guardrail
    inherit: dict[str, list[str]] = {}
    for protection in guardrail.protections:
        if protection.include_descendants:
            for policy_type in protection.policy_types:
                inherit.setdefault(policy_type, []).extend(protection.targets)
    now = {
        "named": sorted({each.target_id for each in protected_targets(guardrail, seen.root.id)}),
        "inherit": {kind: sorted(targets) for kind, targets in inherit.items()},
    }
    said = json.loads(seen.sources.ledger.coverage() or "{}")
    last, before = said.get("now", {}), said.get("before", {})
    is_settled = said.get("now") == said.get("before")
    return _Coverage(now, last, last if last != now and is_settled else before)


@dataclass(slots=True)
class _Part:
    """A sweep's way through the policies of one type."""

    seen: Observation
    policy_type: str
    turn: Round
    coverage: _Coverage
    since: datetime | None  # when the type was disabled, if a restore runs
    _calls: int = 0
    _lookups: int = 0
    _done: dict[str, bool] = field(default_factory=dict)
    _located: Mapping[str, Located] = field(default_factory=dict)
    _accepted: dict[str, set[str]] = field(default_factory=dict)
    _moved_at: datetime | None = None

    def observe(self, types: int) -> None:
        """Ask as many policies as a sweep may. What cannot be asked now is a gap."""
        listing = self._list()
        self.seen.listings[self.policy_type] = listing
        if listing.at is None:
            return
        calls = (CALLS if self.turn.complete else CALLS_AT_FIRST_CONTACT) // types
        self._calls = self._lookups = max(calls, 1)
        self._moved_at = self.seen.sources.ledger.moved_at()
        for target_id, words in self.seen.baseline.items():
            for policy_id in words:
                self._accepted.setdefault(policy_id, set()).add(target_id)
        self.seen.rounds[self.policy_type] = self._go_round(listing.policies)

    def _list(self) -> Listing:
        seen, listing = self.seen, self.seen.sources.ledger.listing(self.policy_type)
        if not listing.is_due(seen.at):
            return listing
        with seen.part(f"could not list the policies of type {self.policy_type}"):
            for _ in range(CALLS):
                page, token = seen.sources.organizations.policies(self.policy_type, listing.token)
                listing = listing.listed(page, token, seen.at)
                if not token or not seen.has_time():
                    break
        return listing

    def _go_round(self, policies: frozenset[str]) -> Round:
        seen, turn = self.seen, self.turn
        # One that was deleted since, or is newer than the listing, is asked too: its incident must end.
        urgent = seen.suspected(SubjectKind.ATTACHMENT, self.policy_type)
        urgent |= seen.suspected(SubjectKind.ATTACHMENT) & policies
        if self.since is not None and seen.restored:
            urgent |= to_confirm(seen.sources, self.policy_type, self.since) & policies
        first, order = turn.order(urgent), turn.order(policies)
        chosen = (*first, *order)[: self._calls + len(urgent)]
        self._located = seen.sources.ledger.located(self.policy_type, frozenset(chosen))
        for policy_id in first:
            self._try(policy_id)
        # Whatever was suspected, the round goes on by one policy at least.
        self._calls, self._lookups = max(self._calls, 1), max(self._lookups, 1)
        for policy_id in order:
            if not self._try(policy_id):
                break
            turn = turn.passed(policy_id, policies)
        return turn if policies else Round(complete=True)

    def _try(self, policy_id: str) -> bool:
        """Ask a policy, unless it was asked or no calls are left; tell whether its turn is over."""
        if policy_id in self._done:
            return self._done[policy_id]
        if self._calls <= 0 or not self.seen.has_time():
            return False
        self._done[policy_id] = False
        with self.seen.part(f"could not ask where policy {policy_id} is attached"):
            self._done[policy_id] = self._ask(policy_id)
            return self._done[policy_id]
        # After the first round a policy that cannot be read waits for its next turn.
        return self.turn.complete

    def _ask(self, policy_id: str) -> bool:
        """Compare where a policy is attached; tell whether all of it was compared."""
        seen, now = self.seen, self.coverage.now
        targets = seen.sources.organizations.targets(policy_id)
        self._calls -= 1 + len(targets) // PAGE
        known, at = self._located.get(policy_id), seen.sources.clock()
        located = known.seen(targets, at, self.since) if known else Located(targets, at)
        # What has not changed is on record. While a restore runs, that it was seen again counts.
        if known is None or known.targets != targets or self.since is not None:
            seen.located.append((self.policy_type, policy_id, located))
        compared = [True]
        if self.policy_type in now["inherit"]:
            accepted = self._accepted.get(policy_id, set())
            rest = {t for t in targets | accepted if t not in now["named"] and not is_root_id(t)}
            above = dict(seen.sources.ledger.above(rest)) if rest else {}
            in_turn = sorted(rest, key=lambda target: (above[target].at if target in above else at, target))
            compared = [self._compare(policy_id, target, targets, above.get(target)) for target in in_turn]
        if all(compared):
            seen.asked.add(policy_id)
        return all(compared)

    def _compare(self, policy_id: str, target_id: str, targets: Collection[str], above: Above | None) -> bool:
        """Compare one target; False if it was not known what lies above it and no calls are left."""
        ancestors = self._ancestors(target_id, above)
        if ancestors is None:
            return False
        word = self.seen.baseline.get(target_id, {}).get(policy_id)
        protection = self._protection(target_id, ancestors)
        if protection is None and word is None and is_account_id(target_id) and target_id in targets:
            # It may have come under protection since, by a move whose event is lost.
            ancestors = self._look_up(target_id) or ancestors
            protection = self._protection(target_id, ancestors)
        if not ancestors or protection is None or self.policy_type not in protection.policy_types:
            return True  # A target without anything above it does not exist any more.
        if target_id in targets and word is None:
            was_protected = self.policy_type in _inherited(self.coverage.before, {target_id, *ancestors})
            if not self.turn.complete and not was_protected:
                self._arrived(policy_id, target_id)
            elif policy_id not in protection.allow and policy_id not in FULL_ACCESS.values():
                self.seen.drifted(ChangeKind.ATTACHED, policy_id, target_id, self.policy_type)
        elif target_id not in targets and word is not None and self.policy_type not in self.seen.dropped:
            self.seen.drifted(ChangeKind.DETACHED, policy_id, target_id, self.policy_type)
        return True

    def _arrived(self, policy_id: str, target_id: str) -> None:
        """Accept what is found, and read it if it is accepted nowhere yet: a lockout must not go unsaid."""
        seen, word = self.seen, Acceptance(True, self.policy_type, self.seen.at, Approval.ADOPTED)
        seen.arrivals.append((policy_id, target_id, word))
        if policy_id in self._accepted or policy_id in FULL_ACCESS.values():
            return
        self._accepted[policy_id] = set()
        self._calls -= 1
        with seen.part(f"could not read policy {policy_id}"):
            policy = seen.sources.policy(policy_id)
            if policy is not None:
                seen.documents.append(AcceptedDocument(policy, seen.at, Approval.ADOPTED))

    def _ancestors(self, target_id: str, known: Above | None) -> tuple[str, ...] | None:
        known = self.seen.above.get(target_id, known)
        if known is not None and known.holds(target_id, self.seen.at, self._moved_at):
            return known.ancestors
        found = self._look_up(target_id)
        return found if found is not None or known is None else known.ancestors

    def _look_up(self, target_id: str) -> tuple[str, ...] | None:
        """Read what lies above a target; None if that was read in this sweep, or no calls are left."""
        if self._lookups <= 0 or target_id in self.seen.above:
            return None
        self._lookups -= 1
        try:
            ancestors = self.seen.sources.organizations.ancestors(target_id)
        except TargetGoneError:
            ancestors = ()
        self.seen.above[target_id] = Above(ancestors, self.seen.at)
        return ancestors

    def _protection(self, target_id: str, ancestors: Collection[str]) -> Protection | None:
        return protection_of(target_id, self.seen.sources.guardrail, lambda _: tuple(ancestors))
