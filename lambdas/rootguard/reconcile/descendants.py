"""The part of a sweep that looks below the protected targets, where `include_descendants` says so.

It lists the policies, then asks them in turn where they stand, for as many calls as a sweep may take: those
first of which a difference was seen, then the one that was asked longest ago, whatever it takes, then as many
more as may be. So its calls do not grow with the accounts, and a stranger is found when the round comes to
its policy. `core.survey` is what is remembered.

To compare costs no call where it is known what lies above a target. Of the others as many are looked up as a
sweep may: first those that were never seen, for which the round waits, then those that were looked up longest
ago. What was known of these is good enough to compare: before anything is undone, it is read again.

What is accepted there: at first contact, which is the first complete round, all that stands; after it, what a
target brings along that comes under protection, by a move or by a change of guardrail.yaml. A target that is
first seen after it was made since, or had full access alone: so nothing more is accepted there.

Full access stands everywhere, and is not asked: that it was taken off a descendant, its event alone tells.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Final

from rootguard.cloudtrail.read import ATTACHMENTS
from rootguard.domain.drift import SIGHTING, differences, gone, policies_open
from rootguard.domain.facts import FULL_ACCESS, BaselinePolicy, Facts, is_root_id
from rootguard.domain.guardrail import AncestorsOf, ProtectedTarget, Protection, protection_of
from rootguard.domain.snapshot import CALLS, without_full_access
from rootguard.domain.survey import Listing, Spot, Survey, Turn, chain
from rootguard.ports import OrganizationsError
from rootguard.reconcile.look import Look, in_order

CALLS_AT_FIRST_CONTACT: Final = 60
"""In a sweep of the first round: 12 seconds at 5 a second, so that few pages tell of what was accepted.

This many list where policies stand, and as many again look targets up; later rounds do both with `CALLS`.
"""

_GONE: Final = frozenset(
    {"AccountNotFoundException", "ChildNotFoundException", "OrganizationalUnitNotFoundException"}
)
_PAGE: Final = 20
_CALLS_TO_READ: Final = 2
"""What reading a policy counts for: AWS takes two DescribePolicy a second, and five of the other calls."""


@dataclass(slots=True)
class Descendants:
    """One sweep's way below the protected targets.

    Attributes:
        named: the targets that the sweep looks at anyway.
        accepted: what is accepted, by policy and target.
        survey: what is remembered of the last sweeps, and of this one.
        seen: where the policies stand that were asked.
    """

    look: Look
    named: Collection[str]
    accepted: Mapping[str, Mapping[str, BaselinePolicy]]
    survey: Survey
    seen: dict[str, frozenset[str]] = field(default_factory=dict)
    _listed: set[str] = field(default_factory=set)
    _asked: set[str] = field(default_factory=set)
    _unfinished: set[str] = field(default_factory=set)
    _welcomed: set[str] = field(default_factory=set)
    _spots: dict[str, Spot] = field(init=False)
    _calls_to_ask: int = 0
    _calls_to_look: int = 0
    _lists_all: bool = True
    _done: bool = False

    def __post_init__(self) -> None:
        """Have what this sweep sees remembered at once."""
        self._spots = dict(self.survey.spots)
        self.survey = replace(self.survey, spots=self._spots)

    def sweep(self) -> None:
        """Ask as many policies as a sweep may, and meet each difference. What fails is kept for the end."""
        look = self.look
        protections = look.guard.guardrail.protections
        covered = frozenset[str]().union(*(p.policy_types for p in protections if p.include_descendants))
        enabled = (covered & look.root.enabled_types) - look.dropped
        done = set[str]()
        for policy_type in in_order(covered - look.dropped):
            with look.or_later("could not look below the targets", policy_type=policy_type):
                turn = self.survey.turns.get(policy_type, Turn())
                listed = self._list(policy_type) if policy_type in enabled else frozenset[str]()
                calls = CALLS if turn.complete else CALLS_AT_FIRST_CONTACT
                self._calls_to_ask = self._calls_to_look = calls // max(len(enabled), 1)
                after = self._go_round(policy_type, listed, turn)
                if after != turn:
                    look.guard.surveys.keep_turn(policy_type, after, look.began)
                done.add(policy_type)
        self._done = done == covered - look.dropped

    def _list(self, policy_type: str) -> frozenset[str]:
        """Return the policies of a type, full access left out, as they were listed lately."""
        look, known = self.look, self.survey.listings.get(policy_type)
        if known is None or known.is_due(look.began):
            listed = without_full_access(look.guard.organizations.policies(policy_type))
            known = Listing(listed, look.began)
            look.guard.surveys.keep_listing(policy_type, known)
        self._lists_all = self._lists_all and known.at == look.began
        return known.policies

    def missed(self, policy_id: str) -> bool:
        """Tell whether a policy should have been asked, and was not, or may be newer than the listing."""
        is_gone = self._done and self._lists_all and policy_id not in self._listed
        return policy_id not in self.seen and not is_gone

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
        spot = self._spots.get(target_id)
        return inherits and not is_root_id(target_id) and spot is not None and bool(spot.types)

    def _go_round(self, policy_type: str, policies: frozenset[str], turn: Turn) -> Turn:
        """Ask policies of a type; return how far the round has come."""
        if not policies:
            return replace(turn, complete=True)
        self._listed |= policies
        opened = self.look.opened
        seen_once = {key: entry for key, entry in opened.items() if entry["kind"] == SIGHTING}
        for policy_id in turn.order(policies_open(seen_once, ATTACHMENTS) & policies):
            self._try(policy_id, policy_type, turn)
        # Whatever was seen, the round goes on.
        self._calls_to_ask, self._calls_to_look = max(self._calls_to_ask, 1), max(self._calls_to_look, 1)
        first, *others = turn.order(policies)
        is_over = self._try(first, policy_type, turn)
        for policy_id in turn.order(policies_open(opened, ATTACHMENTS) & policies):
            self._try(policy_id, policy_type, turn)
        if not is_over:
            return turn
        after = turn.passed(first, policies)
        for policy_id in others:
            if not self._try(policy_id, policy_type, turn):
                break
            after = after.passed(policy_id, policies)
        return after

    def _try(self, policy_id: str, policy_type: str, turn: Turn) -> bool:
        """Ask a policy, unless it was asked or no calls are left; tell whether its turn is over."""
        if policy_id not in self._asked:
            if self._calls_to_ask <= 0:
                return False
            self._asked.add(policy_id)
            with self.look.or_later("could not look below the targets", policy_id=policy_id):
                self._ask(policy_id, policy_type, turn)
                return policy_id not in self._unfinished
            self._failed(policy_id, turn)
        return policy_id not in self._unfinished

    def _failed(self, policy_id: str, turn: Turn) -> None:
        if not turn.complete:
            # At first contact a policy's turn is over when all of it was accepted, and not before.
            self._unfinished.add(policy_id)

    def _ask(self, policy_id: str, policy_type: str, turn: Turn) -> None:
        """Ask a policy where it stands, and compare that. Raises OrganizationsError."""
        targets = self.look.guard.organizations.targets(policy_id)
        self._calls_to_ask -= 1 + len(targets) // _PAGE
        self.seen[policy_id] = targets
        found_on = targets | self.accepted.get(policy_id, {}).keys()
        for target_id in sorted(found_on, key=self._urgency):
            if target_id in self.named or is_root_id(target_id):
                continue
            with self.look.or_later("could not look below", policy_id=policy_id, target_id=target_id):
                self._compare(target_id, policy_id, policy_type, turn)
                continue
            self._failed(policy_id, turn)

    def _urgency(self, target_id: str) -> tuple[int, datetime, str]:
        """Return what sorts targets: those that need no look-up, the never seen, those seen longest ago."""
        began, spot = self.look.began, self._spots.get(target_id)
        if spot is None:
            return (1, began, target_id)
        return (0 if self.survey.above(target_id, began) else 2, spot.at, target_id)

    def _compare(self, target_id: str, policy_id: str, policy_type: str, turn: Turn) -> None:
        """Meet what differs on a target, once it is known what protects it and what was there before.

        Raises OrganizationsError, LedgerError.
        """
        known, may_look = self._spots.get(target_id), self._calls_to_look > 0
        found = self._find(target_id, known, may_look=may_look)
        new = found[0].types - (known.types if known else frozenset()) if found else frozenset[str]()
        if found is None or (new and not may_look):
            self._unfinished.add(policy_id)
            return
        spot, protected = found
        if protected and new:
            self._welcome(protected, new, made_since=known is None and turn.complete)
        if spot != known:
            # Only now: what was not accepted in the end is accepted by the next sweep.
            self.look.guard.surveys.keep_spot(target_id, spot)
            self._spots[target_id] = spot
        targets, accepted = self.seen[policy_id], self.accepted.get(policy_id, {})
        if protected is None and target_id not in targets:
            # Accepted where nothing is protected any more.
            self.look.guard.ledger.adopt(target_id, policy_id, None, self.look.began)
        elif (
            protected and target_id not in self._welcomed and policy_type in protected.protection.policy_types
        ):
            standing = (policy_id,) if target_id in targets else ()
            baseline = {policy_id: accepted[target_id]} if target_id in accepted else {}
            for change in differences(protected, standing, baseline, self.look.began, self.look.dropped):
                self.look.meet(change)

    def _find(
        self, target_id: str, known: Spot | None, *, may_look: bool
    ) -> tuple[Spot, ProtectedTarget | None] | None:
        """Find out what protects a target, looking up what lies above it where that must be known anew.

        What cannot be looked up any more in this sweep is as it was; None where it was never known.
        """
        began = self.look.began
        above, at = (known.above, known.at) if known else ((), began)
        found = self._protection(target_id, self.survey.above(target_id, began))
        if isinstance(found, AncestorsOf):
            if may_look:
                self._calls_to_look -= 1
                above, at = self._above(target_id), began
            elif not above:
                return None
            found = self._protection(target_id, dict(pairwise((target_id, *above))))
        if isinstance(found, Protection):
            return Spot(above, found.policy_types, at), ProtectedTarget(target_id, found)
        return Spot(above, frozenset(), at), None

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

    def _welcome(self, protected: ProtectedTarget, types: frozenset[str], *, made_since: bool) -> None:
        """Accept what stands on a target, of the types that were not guarded there so far."""
        standing = self.look.standing(protected.target_id, types)
        accepted = standing.keys() & FULL_ACCESS.values() if made_since else standing.keys()
        self._calls_to_look -= len(types & self.look.root.enabled_types) + _CALLS_TO_READ * self.look.unread(
            accepted
        )
        if made_since:
            self.look.adopt(protected, accepted)
            return
        self._welcomed.add(protected.target_id)
        self.look.welcome(protected, accepted)
        target_id = protected.target_id
        here = {policy_id: on[target_id] for policy_id, on in self.accepted.items() if target_id in on}
        self.look.forget(protected, gone(standing, here, types))
