"""Below the protected targets: a sweep asks a few policies in turn where they are attached.

Its calls do not grow with the number of accounts. Those policies come first of which something is suspected;
then the round goes on. It passes a policy only when all its targets were compared. Full access is attached
nearly everywhere and is not asked: if it is taken off below, its event alone tells.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from rootguard.domain.baseline import Acceptance, Approval
from rootguard.domain.change import ChangeKind
from rootguard.domain.drift import Drift, SubjectKind
from rootguard.domain.guardrail import ROOT, Protection, protection_of
from rootguard.domain.ids import FULL_ACCESS, is_account_id, is_root_id
from rootguard.domain.inventory import PAGE, Above, Listing, Located, Round
from rootguard.domain.reader import AcceptedDocument
from rootguard.ports import TargetGoneError
from rootguard.reconcile.observation import Observation
from rootguard.reconcile.observer import Baseline, Observer
from rootguard.reconcile.restore import disabled_since

CALLS: Final = 15
"""How many calls of a kind a sweep takes: under 5 a second with a burst of 8, and soon over."""
CALLS_AT_FIRST_CONTACT: Final = 60


def observe(observer: Observer, seen: Observation, baseline: Baseline, rounds: Mapping[str, Round]) -> None:
    """Look below the protected targets as far as a sweep may. Raises LedgerError."""
    coverage = _coverage(observer, seen)
    restoring = observer.restoration.policy_types if observer.restoration else frozenset()
    types = frozenset(coverage.now["inherit"]) | restoring
    since = disabled_since(observer.records)
    if coverage.is_new:
        known = observer.inventory.above(baseline.keys())
        seen.unprotected += sorted(t for t, above in known.items() if coverage.has_left(t, above.ancestors))
    asked = sorted(types & seen.root.enabled_types)
    for policy_type in asked:
        turn = rounds.get(policy_type, Round())
        if coverage.is_new:
            turn = Round()  # from the first policy on: what was passed was asked about other places
        part = _Part(observer, seen, policy_type, baseline, turn, coverage, since.get(policy_type))
        part.observe(len(asked))
    coverage.note(seen, {**rounds, **seen.rounds})


@dataclass(frozen=True, slots=True)
class _Coverage:
    """Which places guardrail.yaml protects, and which it protected before the round that runs.

    What is found at a place that was protected before is compared. At a place that was not, it is accepted.
    """

    now: Mapping[str, Any]
    before: Mapping[str, Any]
    last: Mapping[str, Any]

    @property
    def is_new(self) -> bool:
        return self.now != self.last

    def was_protected(self, target_id: str, ancestors: Collection[str], policy_type: str) -> bool:
        return _inherits(self.before, target_id, ancestors, policy_type)

    def has_left(self, target_id: str, ancestors: Collection[str]) -> bool:
        """Tell whether a place was protected as guardrail.yaml was last, and is not any more."""
        types = self.last.get("inherit", {})
        was = any(_inherits(self.last, target_id, ancestors, kind) for kind in types)
        return (
            was
            and target_id not in self.now["named"]
            and not any(_inherits(self.now, target_id, ancestors, kind) for kind in self.now["inherit"])
        )

    def note(self, seen: Observation, rounds: Mapping[str, Round]) -> None:
        # Of a type that is not enabled nothing is attached.
        asked = self.now["inherit"].keys() & seen.root.enabled_types
        is_done = all(rounds.get(kind, Round()).complete for kind in asked)
        before = self.now if is_done else self.before
        seen.coverage = json.dumps({"now": self.now, "before": before}, sort_keys=True)
        gone = set(self.last.get("named", ())) - set(self.now["named"])
        seen.unprotected += sorted(gone)


def _inherits(
    coverage: Mapping[str, Any], target_id: str, ancestors: Collection[str], policy_type: str
) -> bool:
    inherit = coverage.get("inherit", {}).get(policy_type, ())
    above = {target_id, *ancestors}
    return any(target in above or target == ROOT for target in inherit)


def _coverage(observer: Observer, seen: Observation) -> _Coverage:
    guardrail = observer.sources.guardrail
    named = {
        seen.root.id if target == ROOT else target for p in guardrail.protections for target in p.targets
    }
    inherit: dict[str, list[str]] = {}
    for protection in guardrail.protections:
        if protection.include_descendants:
            for policy_type in protection.policy_types:
                inherit.setdefault(policy_type, []).extend(protection.targets)
    now = {"named": sorted(named), "inherit": {kind: sorted(on) for kind, on in inherit.items()}}
    kept = observer.sources.ledger.coverage()
    last = json.loads(kept) if kept else {}
    known = last.get("now", {})
    return _Coverage(now, known if known != now and _is_settled(last) else last.get("before", {}), known)


def _is_settled(last: Mapping[str, Any]) -> bool:
    return bool(last.get("now") == last.get("before"))


@dataclass(slots=True)
class _Part:
    """A sweep's way through the policies of one type."""

    observer: Observer
    seen: Observation
    policy_type: str
    baseline: Baseline
    turn: Round
    coverage: _Coverage
    since: datetime | None
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
        calls = (CALLS if self.turn.complete else CALLS_AT_FIRST_CONTACT) // max(types, 1)
        self._calls = self._lookups = max(calls, 1)
        self._moved_at = self.observer.inventory.moved_at()
        for target_id, words in self.baseline.items():
            for policy_id in words:
                self._accepted.setdefault(policy_id, set()).add(target_id)
        self.seen.rounds[self.policy_type] = self._go_round(listing.policies)

    def _list(self) -> Listing:
        listing = self.observer.inventory.listing(self.policy_type)
        if not listing.is_due(self.seen.at):
            return listing
        with self.seen.part(f"could not list the policies of type {self.policy_type}"):
            for _ in range(CALLS):
                page, token = self.observer.sources.organizations.policies(self.policy_type, listing.token)
                listing = listing.listed(page, token, self.seen.at)
                if not token or not self.observer.has_time():
                    break
        return listing

    def _go_round(self, policies: frozenset[str]) -> Round:
        # One that was deleted since, or is newer than the listing, is asked too: its incident must end.
        urgent = self.observer.open_policies(SubjectKind.ATTACHMENT, self.policy_type)
        urgent |= self.observer.open_policies(SubjectKind.ATTACHMENT) & policies
        if self.since is not None and self.observer.restoration is not None:
            urgent |= self.observer.restoration.to_confirm(self.policy_type, self.since) & policies
        order = self.turn.order(policies)
        chosen = (*self.turn.order(urgent), *order)[: self._calls + len(urgent)]
        self._located = self.observer.inventory.located(self.policy_type, frozenset(chosen))
        for policy_id in self.turn.order(urgent):
            self._try(policy_id)
        # Whatever was suspected, the round goes on by one policy at least.
        self._calls, self._lookups = max(self._calls, 1), max(self._lookups, 1)
        after = self.turn
        for policy_id in order:
            if not self._try(policy_id):
                break
            after = after.passed(policy_id, policies)
        return after if policies else Round(complete=True)

    def _try(self, policy_id: str) -> bool:
        """Ask a policy, unless it was asked or no calls are left; tell whether its turn is over."""
        if policy_id in self._done:
            return self._done[policy_id]
        if self._calls <= 0 or not self.observer.has_time():
            return False
        self._done[policy_id] = False
        with self.seen.part(f"could not ask where policy {policy_id} is attached"):
            self._done[policy_id] = self._ask(policy_id)
            return self._done[policy_id]
        # After the first round a policy that cannot be read waits for its next turn.
        return self.turn.complete

    def _ask(self, policy_id: str) -> bool:
        """Compare where a policy is attached; tell whether all of it was compared."""
        targets = self.observer.sources.organizations.targets(policy_id)
        self._calls -= 1 + len(targets) // PAGE
        known, at = self._located.get(policy_id), self.observer.sources.clock()
        located = known.seen(targets, at, self.since) if known else Located(targets, at)
        # What has not changed is on record. While a restore runs, that it was seen again counts.
        if known is None or known.targets != targets or self.since is not None:
            self.seen.located.append((self.policy_type, policy_id, located))
        if self.policy_type not in self.coverage.now["inherit"]:
            self.seen.asked.add(policy_id)
            return True
        accepted = self._accepted.get(policy_id, set())
        rest = {t for t in targets | accepted if t not in self.coverage.now["named"] and not is_root_id(t)}
        above = dict(self.observer.inventory.above(rest)) if rest else {}
        in_turn = sorted(rest, key=lambda target: (above[target].at if target in above else at, target))
        compared = [self._compare(policy_id, target, targets, above) for target in in_turn]
        if all(compared):
            self.seen.asked.add(policy_id)
        return all(compared)

    def _compare(
        self, policy_id: str, target_id: str, targets: Collection[str], above: Mapping[str, Above]
    ) -> bool:
        """Compare one target; False if it was not known what lies above it and no calls are left."""
        ancestors = self._ancestors(target_id, above.get(target_id))
        if ancestors is None:
            return False
        word = self.baseline.get(target_id, {}).get(policy_id)
        protection = self._protection(target_id, ancestors)
        if protection is None and word is None and is_account_id(target_id) and target_id in targets:
            # It may have come under protection since, by a move whose event is lost.
            ancestors = self._look_up(target_id) or ancestors
            protection = self._protection(target_id, ancestors)
        if not ancestors or protection is None or self.policy_type not in protection.policy_types:
            return True  # A target without anything above it does not exist any more.
        if target_id in targets and word is None:
            self._found(policy_id, target_id, ancestors, protection)
        elif target_id not in targets and word is not None and self.policy_type not in self.seen.dropped:
            self.seen.drifts.append(self._drift(ChangeKind.DETACHED, policy_id, target_id))
        return True

    def _found(
        self, policy_id: str, target_id: str, ancestors: Collection[str], protection: Protection
    ) -> None:
        was_protected = self.coverage.was_protected(target_id, ancestors, self.policy_type)
        if not self.turn.complete and not was_protected:
            word = Acceptance(True, self.policy_type, self.seen.at, Approval.ADOPTED)
            self.seen.arrivals.append((policy_id, target_id, word))
            self._read(policy_id)
        elif policy_id not in protection.allow and policy_id not in FULL_ACCESS.values():
            self.seen.drifts.append(self._drift(ChangeKind.ATTACHED, policy_id, target_id))

    def _read(self, policy_id: str) -> None:
        """Read what is accepted for the first time, so that a lockout does not go unsaid."""
        if policy_id in self._accepted or policy_id in FULL_ACCESS.values():
            return
        self._accepted[policy_id] = set()
        self._calls -= 1
        with self.seen.part(f"could not read policy {policy_id}"):
            policy = self.observer.sources.policy(policy_id)
            if policy is not None:
                self.seen.documents.append(AcceptedDocument(policy, self.seen.at, Approval.ADOPTED))

    def _drift(self, kind: ChangeKind, policy_id: str, target_id: str) -> Drift:
        return Drift(kind, self.seen.at, policy_id, target_id, self.policy_type)

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
            ancestors = self.observer.sources.organizations.ancestors(target_id)
        except TargetGoneError:
            ancestors = ()
        self.seen.above[target_id] = Above(ancestors, self.seen.at)
        return ancestors

    def _protection(self, target_id: str, ancestors: Collection[str]) -> Protection | None:
        guardrail = self.observer.sources.guardrail
        return protection_of(target_id, guardrail, lambda _: tuple(ancestors))
