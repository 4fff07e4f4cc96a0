"""The sweep: the scheduled look at what stands on the protected targets, for what no event told.

It takes one listing per target and policy type, asks policies where they stand below (`descendants`), reads a
few again (`contents`), and decides and acts by the very path of an event. A difference that is seen for the
first time waits for its event until the next sweep, except a lockout on the root. The first sweep of a target
accepts what it finds, and says so once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from rootguard.domain.drift import (
    differences,
    disabled_since,
    gone,
    types_lost,
)
from rootguard.domain.facts import FULL_ACCESS, Facts, Root
from rootguard.domain.guardrail import ProtectedTarget, protected_targets, protection_of
from rootguard.domain.survey import Spot, Survey, Turn
from rootguard.incidents.closing import Closing
from rootguard.reconcile.contents import TURN, Contents
from rootguard.reconcile.descendants import Descendants
from rootguard.reconcile.look import Look, Open, in_order
from rootguard.reconcile.respond import Guard

_LEAVING_A_SWEEP: Final = 200
"""How many targets at most, so that a sweep stays short when thousands leave at once."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """One sweep by a guard."""

    guard: Guard

    def run(self) -> None:
        """Look at every protected target, then confirm the open incidents.

        Raises:
            OrganizationsError, LedgerError, PagerError, RestorerError: a target could not be looked at, or
                not put right, or nobody told. The others were; the sweep does not count as completed.
        """
        guard = self.guard
        began = guard.clock().replace(microsecond=0)
        opened, survey = guard.ledger.open_incidents(), guard.surveys.survey()
        root = guard.organizations.root()
        look = Look(guard, began, opened, root, set(disabled_since(opened)))
        with look.or_later("could not follow policy types"):
            look = replace(look, dropped=self._dropped(root, opened))
        standing: dict[str, Collection[str]] = {}
        swept = {protected.target_id: protected for protected in protected_targets(guard.guardrail, root.id)}
        for target_id, protected in swept.items():
            with look.or_later("could not sweep", target_id=target_id):
                found = self._sweep(protected, look, survey.spots.get(target_id))
                if found is not None:
                    standing[target_id] = found
        accepted = guard.ledger.accepted()
        below = Descendants(look, swept.keys(), accepted, survey)
        below.sweep()
        with look.or_later("could not note what is protected no more"):
            self._leave(look, survey, swept.keys())
        with look.or_later("could not tell what was accepted"):
            self._announce(look)
        contents = Contents(
            look,
            accepted,
            lambda target_id: target_id in swept or below.protects(target_id),
            survey.turns.get(TURN, Turn()),
        )
        with look.or_later("could not read policies again"):
            contents.sweep()
        with look.or_later("could not tell which incidents were paged"):
            Closing(look, standing, swept, below, contents).run()
        with look.or_later("could not tell of exceptions"):
            guard.exceptions.catch_up(opened, began)
        with look.or_later("could not take the snapshot"):
            # Last: nothing that has to be undone waits for it.
            self._take_snapshots(root.enabled_types - look.dropped)
        if look.failures:
            raise look.failures[0]
        guard.telemetry.count("SweepCompleted")
        guard.telemetry.log(
            "swept", targets=len(standing), policies=len(below.seen), open_incidents=len(opened)
        )

    def _leave(self, look: Look, survey: Survey, swept: Collection[str]) -> None:
        """Note of targets that no protection holds any more that nothing is guarded there.

        When one comes under protection again, what stands there then is accepted anew. Raises LedgerError.
        """
        left = (
            (target_id, spot)
            for target_id, spot in survey.spots.items()
            if spot.types and target_id not in swept and self._is_let_alone(target_id, survey, look.began)
        )
        for target_id, spot in islice(left, _LEAVING_A_SWEEP):
            self.guard.surveys.keep_spot(target_id, replace(spot, types=frozenset()))

    def _is_let_alone(self, target_id: str, survey: Survey, now: datetime) -> bool:
        facts = Facts(own_role_arn=None, now=now, parents=survey.above(target_id, now))
        return protection_of(target_id, self.guard.guardrail, facts) is None

    def _announce(self, look: Look) -> None:
        """Tell what was accepted at first contact: in this sweep, or in one whose page did not go out."""
        left = (*look.untold(), *look.adopted)
        while left:
            rest = self.guard.pager.announce(left)
            for adoption in left[: len(left) - len(rest)]:
                self.guard.ledger.close_incident(adoption.key, look.began)
            left = rest

    def _dropped(self, root: Root, opened: Open) -> set[str]:
        """Return the types that were disabled and are not all back. Raises as `run`."""
        since, restoration = disabled_since(opened), self.guard.restoration
        disabled = since.keys() - root.enabled_types
        if restoration is None:
            return disabled
        enabled = restoration.policy_types & root.enabled_types & since.keys()
        return disabled | {kind for kind in enabled if not restoration.is_done(kind, since[kind])}

    def _take_snapshots(self, policy_types: frozenset[str]) -> None:
        restoration = self.guard.restoration
        if restoration is not None:
            for policy_type in sorted(restoration.policy_types & policy_types):
                restoration.take(policy_type)

    def _sweep(self, protected: ProtectedTarget, look: Look, known: Spot | None) -> Collection[str] | None:
        """Put right what differs on one target, adopt what is first seen; return what was found there.

        First seen is all of it where the target was not guarded so far, or not any more: what was accepted
        there once and stands no more has long been nobody's to put back. A policy type that cannot be listed
        is left as it is; then not all is known of what is there, and None is returned.
        """
        all_types = protected.protection.policy_types
        standing, types = self._listed(protected, look)
        if all_types and not types:
            return None
        protected = replace(protected, protection=replace(protected.protection, policy_types=types))
        baseline = self.guard.ledger.baseline(protected.target_id)
        guarded = frozenset[str]() if baseline is None else known.types if known else all_types
        found = {policy_id for policy_id, policy_type in standing.items() if policy_type not in guarded}
        if baseline is None or found:
            look.welcome(protected, found)
        left = gone(standing, baseline or {}, types - guarded)
        look.forget(protected, left)
        guarded = types | (guarded & all_types)
        if known is None or known.types != guarded:
            self.guard.surveys.keep_spot(protected.target_id, Spot((), guarded, look.began))
        baseline = {policy_id: was for policy_id, was in (baseline or {}).items() if policy_id not in left}
        # Full access may stand anywhere, and where it stands it must stay: a type that was enabled since
        # brought it along.
        unknown = standing.keys() & FULL_ACCESS.values() - baseline.keys() - found
        if unknown:
            look.adopt(protected, unknown)
        lost = [
            change
            for change in types_lost(protected, look.root, baseline, look.began)
            if change.policy_type not in look.dropped
        ]
        # Whichever target tells of it first: it is one incident of the whole organization.
        look.dropped.update(change.policy_type for change in lost)
        for change in (*lost, *differences(protected, standing, baseline, look.began, look.dropped)):
            if change.policy_id not in found:
                look.meet(change)
        return standing if types == all_types else None

    def _listed(self, protected: ProtectedTarget, look: Look) -> tuple[Mapping[str, str], frozenset[str]]:
        """Return the types of the policies on a target, by id, and of which types these are all."""
        standing, types = dict[str, str](), set[str]()
        for policy_type in in_order(protected.protection.policy_types):
            with look.or_later("could not list", target_id=protected.target_id, policy_type=policy_type):
                standing |= look.standing(protected.target_id, (policy_type,))
                types.add(policy_type)
        return standing, frozenset(types)


def is_overtaken(order: Mapping[str, object], now: datetime) -> bool:
    """Tell whether a later sweep was due already, which does all that this one would have done.

    So what Lambda tries again of a failed sweep, or kept while it was throttled, ends well, and leaves no
    dead letter each minute. The failure itself was raised, and the sweep is missing among those completed.

    Args:
        order: what the schedule sends: `at`, when the sweep was due, and `every_minutes`. Without these, as
            when someone invokes the function, nothing has overtaken it.
        now: UTC.
    """
    at, minutes = order.get("at"), order.get("every_minutes")
    if not isinstance(at, str) or not isinstance(minutes, int):
        return False
    try:
        due = datetime.fromisoformat(at)
    except ValueError:
        return False
    return due.tzinfo is not None and now - due >= timedelta(minutes=minutes)
