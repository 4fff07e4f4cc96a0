"""The part of a sweep that looks below the protected targets, where `include_descendants` says so.

It lists the policies, then asks them in turn where they stand, for as many calls as a sweep may take: those
first that something is open of, then those that were asked longest ago. So its calls do not grow with the
accounts, and a stranger is found when the round comes to its policy. `core.survey` is what is remembered.

What is accepted there: at first contact, which is the first complete round, all that stands; after it, what a
target brings along that comes under protection, by a move or by a change of guardrail.yaml. A target that is
first seen after it was made since, or had full access alone: so nothing more is accepted there.

Full access stands everywhere, and is not asked: that it was taken off a descendant, its event alone tells.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from rootguard.core.changes import ChangeKind
from rootguard.core.differences import Place, differences, policies_open
from rootguard.core.facts import FULL_ACCESS, BaselinePolicy, Facts, is_root_id
from rootguard.core.protection import AncestorsOf, Protection, protection_of
from rootguard.core.snapshot import CALLS, without_full_access
from rootguard.core.survey import Spot, Survey, Turn, chain
from rootguard.look import Look
from rootguard.ports import OrganizationsError

CALLS_AT_FIRST_CONTACT: Final = 60
"""In a sweep of the first round: 12 seconds at 5 a second, so that few pages tell of what was accepted."""

_GONE: Final = frozenset(
    {"AccountNotFoundException", "ChildNotFoundException", "OrganizationalUnitNotFoundException"}
)
_PAGE: Final = 20
_KINDS: Final = (ChangeKind.ATTACHED, ChangeKind.DETACHED)


@dataclass(slots=True)
class Descendants:
    """One sweep's way below the protected targets.

    Attributes:
        named: the targets that the sweep looks at anyway.
        accepted: what is accepted, by policy and target.
        survey: what is remembered of the last sweeps.
        seen: where the policies stand that were asked.
    """

    look: Look
    named: Collection[str]
    accepted: Mapping[str, Mapping[str, BaselinePolicy]]
    survey: Survey
    seen: dict[str, frozenset[str]] = field(default_factory=dict)
    _listed: set[str] = field(default_factory=set)
    _failed: set[str] = field(default_factory=set)
    _welcomed: set[str] = field(default_factory=set)
    _spots: dict[str, Spot] = field(default_factory=dict)
    _calls: int = 0
    _done: bool = False

    def sweep(self) -> None:
        """Ask as many policies as a sweep may, and meet each difference.

        Raises:
            OrganizationsError, LedgerError: the policies could not be listed, or the turn not kept.
        """
        protections = self.look.guard.guardrail.protections
        covered = frozenset[str]().union(*(p.policy_types for p in protections if p.include_descendants))
        for policy_type in sorted(covered - self.look.dropped):
            turn = self.survey.turns.get(policy_type, Turn())
            after = self._go_round(policy_type, turn)
            if after != turn:
                self.look.guard.surveys.keep_turn(policy_type, after, self.look.began)
        self._done = True

    def missed(self, policy_id: str) -> bool:
        """Tell whether a policy should have been asked, and was not."""
        return policy_id not in self.seen and (policy_id in self._listed or not self._done)

    def standing(self, policy_id: str, target_id: str) -> Collection[str] | None:
        """Return what an asked policy says of a target, as the policies that stand there; None: not asked."""
        targets = self.seen.get(policy_id)
        if targets is None:
            return None
        return (policy_id,) if target_id in targets else ()

    def protects(self, target_id: str) -> bool:
        """Tell whether a target is known to be below a protected one."""
        # A spot outlives what guardrail.yaml said of it, such as that a target was to be guarded.
        inherits = any(p.include_descendants for p in self.look.guard.guardrail.protections)
        spot = self._known(target_id)
        return inherits and not is_root_id(target_id) and spot is not None and bool(spot.types)

    def _go_round(self, policy_type: str, turn: Turn) -> Turn:
        """Ask policies of a type; return how far the round has come."""
        enabled = policy_type in self.look.root.enabled_types
        listed = self.look.guard.organizations.policies(policy_type) if enabled else frozenset[str]()
        policies = without_full_access(listed)
        self._listed |= policies
        self._calls = 0
        for policy_id in sorted(policies_open(self.look.opened, _KINDS) & policies):
            self._try(policy_id, policy_type, turn)
        after = turn if policies else replace(turn, complete=True)
        for policy_id in turn.order(policies):
            if not self._try(policy_id, policy_type, turn):
                break
            after = after.passed(policy_id, policies)
        return after

    def _try(self, policy_id: str, policy_type: str, turn: Turn) -> bool:
        """Ask a policy, and tell whether its turn is over: at first contact not before all was accepted."""
        if policy_id not in self._failed:
            with self.look.or_later("could not look below the targets", policy_id=policy_id):
                return self._ask(policy_id, policy_type, turn)
            self._failed.add(policy_id)
        return turn.complete

    def _ask(self, policy_id: str, policy_type: str, turn: Turn) -> bool:
        """Ask a policy where it stands; False where no calls are left to look at all of that."""
        if policy_id in self.seen:
            return True
        if not self._may_call(turn):
            return False
        self._calls += 1
        targets = self.look.guard.organizations.targets(policy_id)
        self._calls += len(targets) // _PAGE
        accepted = self.accepted.get(policy_id, {})
        for target_id in sorted(targets | accepted.keys()):
            if target_id in self.named or is_root_id(target_id):
                continue
            if not self._may_call(turn):
                return False
            place = self._come_by(target_id, turn)
            if place is None and target_id not in targets:
                # Accepted where nothing is protected any more.
                self.look.guard.ledger.adopt(target_id, policy_id, None, self.look.began)
            elif place and target_id not in self._welcomed and policy_type in place.protection.policy_types:
                standing = (policy_id,) if target_id in targets else ()
                baseline = {policy_id: accepted[target_id]} if target_id in accepted else {}
                for change in differences(place, standing, baseline, self.look.began, self.look.dropped):
                    self.look.meet(change)
        self.seen[policy_id] = targets
        return True

    def _come_by(self, target_id: str, turn: Turn) -> Place | None:
        """Return a target with the protection that holds for it; None where none does."""
        known = self._known(target_id)
        spot, protection = self._find(target_id, known)
        place = Place(target_id, protection) if protection else None
        if place and (new := spot.types - (known.types if known else frozenset())):
            self._welcome(place, new, made_since=known is None and turn.complete)
        if spot != known:
            # Only now: what was not accepted in the end is accepted by the next sweep.
            self.look.guard.surveys.keep_spot(target_id, spot)
            self._spots[target_id] = spot
        return place

    def _find(self, target_id: str, known: Spot | None) -> tuple[Spot, Protection | None]:
        """Find out what protects a target, looking up what lies above it where that must be known anew."""
        began = self.look.began
        above, at = (known.above, known.at) if known else ((), began)
        found = self._protection(target_id, self.survey.above(target_id, began))
        if isinstance(found, AncestorsOf):
            self._calls += 1
            above, at = self._above(target_id), began
            found = self._protection(target_id, dict(pairwise((target_id, *above))))
        protection = found if isinstance(found, Protection) else None
        types = protection.policy_types if protection else frozenset[str]()
        return Spot(above, types, at), protection

    def _protection(
        self, target_id: str, parents: Mapping[str, str | None]
    ) -> Protection | AncestorsOf | None:
        facts = Facts(own_role_arn=None, now=self.look.began, parents=parents)
        return protection_of(target_id, self.look.guard.guardrail, facts)

    def _above(self, target_id: str) -> tuple[str, ...]:
        """Return the ids from a target's parent up to the root; none where it exists no more."""
        try:
            return chain(target_id, self.look.guard.organizations.ancestors(target_id))
        except OrganizationsError as error:
            if error.code not in _GONE:
                raise
            return ()

    def _welcome(self, place: Place, types: frozenset[str], *, made_since: bool) -> None:
        """Accept what stands on a target, of the types that were not guarded there so far."""
        enabled = types & self.look.root.enabled_types
        standing = self.look.standing(place.target_id, enabled)
        self._calls += len(enabled)
        if made_since:
            self.look.adopt(place, standing.keys() & FULL_ACCESS.values())
            return
        self._welcomed.add(place.target_id)
        self.look.welcome(place, standing)

    def _known(self, target_id: str) -> Spot | None:
        return self._spots.get(target_id) or self.survey.spots.get(target_id)

    def _may_call(self, turn: Turn) -> bool:
        return self._calls < (CALLS if turn.complete else CALLS_AT_FIRST_CONTACT)
