"""Below the protected targets: a sweep asks a few policies in turn where they are attached.

Its calls do not grow with the number of accounts. Those policies come first of which something is suspected;
then the round goes on. It passes a policy only when all its targets were compared. Full access is attached
nearly everywhere and is not asked: if it is taken off below, its event alone tells.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rootguard.domain.drift import ChangeKind, Drift, SubjectKind
from rootguard.domain.guardrail import ROOT, Protection, protection_of
from rootguard.domain.inventory import PAGE, Above, Listing, Located, Round
from rootguard.domain.policy import is_account_id, is_root_id
from rootguard.ports import TargetGoneError
from rootguard.reconcile.observation import Observation
from rootguard.reconcile.restore import disabled_since, to_confirm

CALLS: Final = 15
"""How many calls of a kind a sweep takes: under 5 a second with a burst of 8, and soon over."""
CALLS_AT_FIRST_CONTACT: Final = 60
Places = frozenset[tuple[str, str]]
"""("", TARGET) for each that guardrail.yaml names, (POLICY_TYPE, TARGET) if it protects what lies below."""


def observe(seen: Observation) -> None:
    """Look below the protected targets as far as a sweep may. Raises LedgerError."""
    now, last, before = _coverage(seen)
    inherited = {policy_type for policy_type, _ in now if policy_type}
    if now != last:
        for target_id, above in sorted(seen.sources.ledger.above(seen.baseline.keys()).items()):
            path = {target_id, *above.ancestors}
            if _types_at(last, path) and not _types_at(now, path) and target_id not in seen.named:
                seen.unprotected.append(target_id)
        seen.unprotected += sorted({target_id for kind, target_id in last if not kind} - seen.named)
    accepted: dict[str, set[str]] = {}
    for target_id, words in seen.baseline.items():
        for policy_id in words:
            accepted.setdefault(policy_id, set()).add(target_id)
    since = disabled_since(seen.records)
    asked = sorted((inherited | seen.restored) & seen.root.enabled_types)
    for policy_type in asked:
        # If the coverage is new, from the first policy on: what was passed was asked about other places.
        done = seen.last_rounds.get(policy_type, Round()) if now == last else Round()
        calls = max((CALLS if done.complete else CALLS_AT_FIRST_CONTACT) // len(asked), 1)
        earlier = {target_id for kind, target_id in before if kind == policy_type}
        compared = policy_type in inherited
        part = _Part(seen, policy_type, done, compared, earlier, accepted, since.get(policy_type), calls)
        listing = _listing(seen, policy_type)
        if listing.at is not None:
            seen.rounds[policy_type] = part.go_round(listing.policies)
    # Of a type that is not enabled nothing is attached.
    rounds = {**seen.last_rounds, **seen.rounds}
    is_done = all(rounds.get(kind, Round()).complete for kind in inherited & seen.root.enabled_types)
    seen.coverage = json.dumps({"now": sorted(now), "before": sorted(now if is_done else before)})


def _coverage(seen: Observation) -> tuple[Places, Places, Places]:
    """Return which places guardrail.yaml protects, which it protected last, and before the round that runs.

    What is found at a place that was protected before is compared. At a place that was not, it is accepted.
    """
    inheriting = [p for p in seen.sources.guardrail.protections if p.include_descendants]
    below = {(kind, target) for p in inheriting for kind in p.policy_types for target in p.targets}
    now = frozenset(below | {("", target_id) for target_id in seen.named})
    said = json.loads(seen.sources.ledger.coverage() or "{}")
    last, before = (frozenset(map(tuple, said.get(name, ()))) for name in ("now", "before"))
    # If a round still runs since an earlier change, what was protected before that change counts.
    return now, last, last if before == last else before


def _types_at(places: Places, path: Collection[str]) -> frozenset[str]:
    """Return the policy types of the protections that hold below any of some targets."""
    return frozenset(kind for kind, target_id in places if kind and target_id in {ROOT, *path})


def _listing(seen: Observation, policy_type: str) -> Listing:
    """Return which policies of a type there are. If it is time for that, AWS is asked for more of them."""
    listing = seen.sources.ledger.listing(policy_type)
    if not listing.is_due(seen.at):
        return listing
    with seen.part(f"could not list the policies of type {policy_type}"):
        for _ in range(CALLS):
            page, token = seen.sources.organizations.policies(policy_type, listing.token)
            listing = listing.listed(page, token, seen.at)
            if not token or not seen.sources.has_time():
                break
    seen.to_keep.append(lambda ledger: ledger.keep_listing(policy_type, listing))
    return listing


@dataclass(slots=True)
class _Part:
    """A sweep's way through the policies of one type."""

    seen: Observation
    policy_type: str
    last: Round
    is_compared: bool  # whether a protection covers the type below its targets
    before: set[str]  # the targets below which one did before the round that runs
    accepted: dict[str, set[str]]  # where each policy is accepted
    since: datetime | None  # when the type was disabled, if a restore runs
    calls: int  # how many are left to ask where policies are attached
    lookups: int = 0  # and what lies above their targets
    located: Mapping[str, Located] = field(default_factory=dict)
    moved_at: datetime | None = None

    def go_round(self, policies: frozenset[str]) -> Round:
        """Ask as many policies as a sweep may; return how far the round has come."""
        seen = self.seen
        # One that was deleted since, or is newer than the listing, is asked too: its incident must end.
        suspected = seen.suspected(SubjectKind.ATTACHMENT)
        urgent = {key for key, kind in suspected if kind == self.policy_type or key in policies}
        if self.since is not None and seen.restored:
            urgent |= to_confirm(seen.sources, self.policy_type, self.since) & policies
        first, order = self.last.order(urgent), self.last.order(policies)
        chosen = frozenset((*first, *order)[: self.calls + len(urgent)])
        self.located = seen.sources.ledger.located(self.policy_type, chosen)
        self.lookups, self.moved_at = self.calls, seen.sources.ledger.moved_at()
        is_over = {policy_id: self._ask(policy_id) for policy_id in first}
        # Whatever was suspected, the round goes on by one policy at least.
        self.calls, self.lookups = max(self.calls, 1), max(self.lookups, 1)
        reached = self.last if policies else Round(complete=True)
        for policy_id in order:
            if not (is_over[policy_id] if policy_id in is_over else self._ask(policy_id)):
                break
            reached = reached.passed(policy_id, policies)
        return reached

    def _ask(self, policy_id: str) -> bool:
        """Compare where a policy is attached; tell whether its turn is over."""
        seen = self.seen
        if self.calls <= 0 or not seen.sources.has_time():
            return False
        self.calls -= 1
        with seen.part(f"could not ask where policy {policy_id} is attached"):
            targets = seen.sources.organizations.targets(policy_id)
            self.calls -= len(targets) // PAGE
            known, at = self.located.get(policy_id), seen.sources.clock()
            located = known.seen(targets, at, self.since) if known else Located(targets, at)
            # What has not changed is on record. While a restore runs, that it was seen again counts.
            if known is None or known.targets != targets or self.since is not None:
                seen.to_keep.append(lambda ledger: ledger.locate(self.policy_type, policy_id, located))
            is_compared = self._compare_all(policy_id, targets)
            if is_compared:
                seen.asked.add(policy_id)
            return is_compared
        # After the first round a policy that cannot be read waits for its next turn.
        return self.last.complete

    def _compare_all(self, policy_id: str, targets: frozenset[str]) -> bool:
        """Compare the targets below the named ones; tell whether that could be done for all of them."""
        if not self.is_compared:
            return True
        places = targets | self.accepted.get(policy_id, set())
        rest = {target_id for target_id in places - self.seen.named if not is_root_id(target_id)}
        above = self.seen.sources.ledger.above(rest) if rest else {}
        # What lies above a target is read again first if that was done longest ago.
        in_turn = sorted(rest, key=lambda each: (above[each].at if each in above else self.seen.at, each))
        compared = [self._compare(policy_id, each, targets, above.get(each)) for each in in_turn]
        return all(compared)

    def _compare(self, policy_id: str, target_id: str, targets: Collection[str], above: Above | None) -> bool:
        """Compare one target; False if it was not known what lies above it and no calls are left."""
        ancestors = self._ancestors(target_id, above)
        if ancestors is None:
            return False
        is_attached, is_accepted = target_id in targets, target_id in self.accepted.get(policy_id, ())
        protection = self._protection(target_id, ancestors)
        if protection is None and is_attached and not is_accepted and is_account_id(target_id):
            # It may have come under protection since, by a move whose event is lost.
            ancestors = self._look_up(target_id) or ancestors
            protection = self._protection(target_id, ancestors)
        if not ancestors or protection is None or self.policy_type not in protection.policy_types:
            return True  # A target without anything above it does not exist any more.
        was_protected = not self.before.isdisjoint({ROOT, target_id, *ancestors})
        if is_attached and not is_accepted and not self.last.complete and not was_protected:
            self.seen.arrivals.setdefault(target_id, {})[policy_id] = self.policy_type
            if policy_id not in self.accepted:
                self.calls -= 1  # It is read, so that a lockout does not go unsaid.
                self.accepted[policy_id] = set()
        else:
            kind = ChangeKind.ATTACHED if is_attached else ChangeKind.DETACHED
            drift = Drift(kind, self.seen.at, policy_id, target_id, self.policy_type)
            self.seen.compare(drift, protection.allow, accepted=is_accepted)
        return True

    def _ancestors(self, target_id: str, known: Above | None) -> tuple[str, ...] | None:
        known = self.seen.above.get(target_id, known)
        if known is not None and known.holds(target_id, self.seen.at, self.moved_at):
            return known.ancestors
        found = self._look_up(target_id)
        return found if found is not None or known is None else known.ancestors

    def _look_up(self, target_id: str) -> tuple[str, ...] | None:
        """Read what lies above a target; None if that was read in this sweep, or no calls are left."""
        seen = self.seen
        if self.lookups <= 0 or target_id in seen.above:
            return None
        self.lookups -= 1
        ancestors: tuple[str, ...] = ()
        with suppress(TargetGoneError):
            ancestors = seen.sources.organizations.ancestors(target_id)
        above = seen.above[target_id] = Above(ancestors, seen.at)
        seen.to_keep.append(lambda ledger: ledger.keep_above(target_id, above))
        return ancestors

    def _protection(self, target_id: str, ancestors: Collection[str]) -> Protection | None:
        return protection_of(target_id, self.seen.sources.guardrail, lambda _: tuple(ancestors))
