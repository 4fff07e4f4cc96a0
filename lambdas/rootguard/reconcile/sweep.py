"""The sweep: everything in scope is seen and compared with the baseline, for changes whose event was lost.

    observe ─▶ drifts ─▶ must it be undone now, or did an earlier sweep see it? ─▶ reconcile
                                 └─ no: suspect it, its event may still come
    then: adopt what was never seen, close what is over, keep the inventory

What an event and a sweep do about a drift is the same `reconcile`. What cannot be looked at is a gap: nothing
is closed there, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rootguard.domain import rules
from rootguard.domain.case import Case, places
from rootguard.domain.change import ATTACHMENTS, ChangeKind
from rootguard.domain.drift import Drift, SubjectKind
from rootguard.domain.exceptions import covering
from rootguard.domain.ids import SERVICE_CONTROL_POLICY, is_root_id, root_first
from rootguard.domain.lockouts import is_lockout, locks_out_root
from rootguard.domain.reader import UnreadableError
from rootguard.domain.remedy import remedy_of
from rootguard.domain.verdict import Outcome, Verdict
from rootguard.incidents import life
from rootguard.incidents.life import Life, Record
from rootguard.ports import LedgerError, NoticeError, OrganizationsError, RestorerError, TargetGoneError
from rootguard.reconcile.accept import adopt
from rootguard.reconcile.aftermath import report, undecided
from rootguard.reconcile.exceptions import tell_of_exceptions
from rootguard.reconcile.guard import Undo
from rootguard.reconcile.notices import adoption_notice
from rootguard.reconcile.observation import Observation
from rootguard.reconcile.observe import observe
from rootguard.reconcile.observer import Observer
from rootguard.reconcile.reader import LazyReader, Sources
from rootguard.reconcile.reconciler import Reconciler

_EXPECTED = (OrganizationsError, LedgerError, NoticeError, RestorerError)


@dataclass(slots=True)
class Sweep:
    """One sweep by a guard.

    Attributes:
        failures: what could not be done, to be raised at the end.
    """

    guard: Reconciler
    now: datetime = field(init=False)
    sources: Sources = field(init=False)
    failures: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take the time: all that is written is true of this moment, to the second, as events tell it."""
        self.now = self.guard.clock().replace(microsecond=0)
        self.sources = replace(self.guard.sources, patient=False)

    def run(self) -> None:
        """See, compare, reconcile.

        Raises:
            OrganizationsError, LedgerError, NoticeError, RestorerError: a target could not be looked at or
                put right, or people could not be notified. Everything else was done; the sweep does not
                count as completed.
        """
        guard = self.guard
        records = guard.ledger.records()
        seen = observe(self._observer(records))
        self.failures += seen.failures
        for drift in self._in_order(seen):
            with self._or_later("could not put right"):
                if not self._meet(drift):
                    seen.drifts.remove(drift)
        is_adopted = False
        with self._or_later("could not accept what was found first"):
            self._adopt(seen)
            is_adopted = True
        for record in records:
            with self._or_later("could not close an incident"):
                self._close(record, seen)
        with self._or_later("could not tell of exceptions"):
            tell_of_exceptions(guard, self.now)
        with self._or_later("could not keep the inventory"):
            # What was not accepted must be found again, by a round that has not passed it.
            self._keep(seen if is_adopted else replace(seen, rounds={}, coverage=""))
        for gap in seen.gaps:
            guard.telemetry.warn("not looked at", what=gap)
        if seen.gaps:
            guard.telemetry.count("SweepGaps")
        if self.failures:
            raise self.failures[0]
        guard.telemetry.count("SweepCompleted")
        guard.telemetry.log(
            "swept",
            targets=len(seen.named),
            policies=len(seen.asked),
            drifts=len(seen.drifts),
            open_incidents=sum(record.is_open for record in records),
        )

    def _observer(self, records: tuple[Record, ...]) -> Observer:
        guard = self.guard
        return Observer(
            self.sources, guard.inventory, records, self.now, guard.restoration, guard.seconds_left
        )

    def _in_order(self, seen: Observation) -> list[Drift]:
        """Return the drifts in the order in which they are put right.

        From the root down; what may not be there comes off before what must be there goes on.
        """
        return sorted(
            seen.drifts,
            key=lambda drift: (
                root_first(drift.target_id or drift.policy_id),
                drift.kind is ChangeKind.DETACHED,
                drift.policy_id,
            ),
        )

    def _meet(self, drift: Drift) -> bool:
        """Undo a drift if it cannot wait or was seen before, else suspect it; False if it is no violation."""
        guard = self.guard
        record = guard.ledger.record(life.key_of(drift))
        if record is not None and record.incident is not None and _is_final(record):
            return True
        is_ripe = record is not None and record.is_ripe(self.now)
        if record is not None and is_ripe:
            # Its age is its own, not that of this sweep.
            drift = replace(drift, at=record.first_seen)
        reader = LazyReader(self.sources, drift)
        try:
            verdict = rules.decide(drift, reader, guard.guardrail)
        except UnreadableError as error:
            self._undecided(drift, error, reader, is_ripe=is_ripe)
            raise
        if not verdict.is_incident:
            return False
        if not (is_ripe or self._must_act_now(drift, verdict, reader, record)):
            guard.reporter.keep(life.suspect(record, drift, self.now))
            return True
        if verdict.outcome is Outcome.REVERT:
            guard.reporter.keep(
                (
                    record if record is not None and is_ripe else life.suspect(record, drift, self.now)
                ).set_out()
            )
        guard.reconcile(drift, verdict, reader)
        return True

    def _undecided(self, drift: Drift, error: UnreadableError, reader: LazyReader, *, is_ripe: bool) -> None:
        """Notify people of a drift that cannot be judged, once it was seen twice."""
        if is_ripe:
            undecided(self.guard, drift, error, reader, self.now)
        else:
            record = self.guard.ledger.record(life.key_of(drift))
            self.guard.reporter.keep(life.suspect(record, drift, self.now))

    def _must_act_now(
        self, drift: Drift, verdict: Verdict, reader: LazyReader, record: Record | None
    ) -> bool:
        """Tell whether a drift cannot wait for its event: a lockout on Root that no exception may cover.

        If it cannot be read, it waits, unless it was undone just now and is back.
        """
        if not is_root_id(verdict.target_id) or drift.kind not in (*ATTACHMENTS, ChangeKind.UPDATED):
            return False
        at_root = replace(drift, target_id=verdict.target_id)
        try:
            policy = drift.policy or reader.known(drift.policy_id)
            policy_type = drift.policy_type or (policy.type if policy else SERVICE_CONTROL_POLICY)
            if not locks_out_root(at_root, policy_type, reader):
                return False
            # A policy that cannot be read now is a lockout only if it is known to be one.
            policy = policy or reader.policy(drift.policy_id)
        except UnreadableError as error:
            self.guard.telemetry.warn("nobody knows whether it is a lockout", error=str(error))
            return record is not None and record.is_open
        permits = reader.permits(drift.policy_id, verdict.target_id)
        return policy is None or not covering(permits, policy, verdict.target_id, self.now)

    def _adopt(self, seen: Observation) -> None:
        """Accept what was never seen before, and notify people once. Raises LedgerError, NoticeError.

        The notice goes first: what is accepted below a protected target is not found again.
        """
        ledger = self.guard.ledger
        told = [adopt(contact, self.sources, ledger) for contact in seen.contacts]
        told += self._arrived(seen)
        if told:
            self.guard.reporter.send(adoption_notice(told, self.now))
        for policy_id, target_id, word in seen.arrivals:
            ledger.accept(policy_id, target_id, word)
        for document in seen.documents:
            ledger.accept_document(document)
        for account_id, placement in seen.places:
            ledger.place(account_id, placement)
        for account_id in seen.left:
            ledger.unplace(account_id)
        for contact in seen.contacts:
            ledger.adopt(contact.target_id, contact.types)

    def _arrived(self, seen: Observation) -> list[dict[str, object]]:
        """Return the notice's data for places below, and for policies that could not be read before.

        A first round accepts what it finds below. If a policy was adopted unread and is a lockout, people
        are notified again.
        """
        arrivals = [arrival for arrival in seen.arrivals if arrival[1] not in seen.named]
        known = self.guard.ledger.documents({policy_id for policy_id, _, _ in arrivals}) if arrivals else {}
        policies = {doc.policy.id: doc.policy for doc in (*known.values(), *seen.documents)}
        lockouts = {policy_id for policy_id, policy in policies.items() if is_lockout(policy)}
        pairs = [(policy_id, target_id, word.policy_type) for policy_id, target_id, word in arrivals]
        for policy_id in sorted(seen.unread.keys() & lockouts):
            pairs += [
                (policy_id, target_id, policies[policy_id].type) for target_id in seen.unread[policy_id]
            ]
        found: dict[str, list[dict[str, str | bool | None]]] = {}
        for policy_id, target_id, policy_type in pairs:
            name = policies[policy_id].name if policy_id in policies else None
            policy = {"id": policy_id, "name": name, "type": policy_type, "lockout": policy_id in lockouts}
            found.setdefault(target_id, []).append(policy)
        return [
            {"target_id": target_id, "protection": "", "policies": policies}
            for target_id, policies in sorted(found.items())
        ]

    def _close(self, record: Record, seen: Observation) -> None:
        """Close an incident whose subject was seen without a drift. Raises LedgerError, NoticeError."""
        guard, subject = self.guard, record.drift.subject
        if seen.drifts_in(subject) or not life.may_close(record, self.now):
            return
        if not seen.covers(record):
            if not self._is_protected(record.drift):
                # No sweep will look there again. Nobody saw that it is over, so no notice is sent.
                guard.reporter.keep(life.closed(record, self.now)[0])
            return
        if record.acting:
            # A sweep set out to undo it, and was cut off before it could say so. No event had come by then.
            drift = replace(record.drift, change=None, at=record.first_seen)
            reader = LazyReader(self.sources, drift)
            verdict = rules.decide(drift, reader, guard.guardrail)
            if verdict.outcome is Outcome.REVERT:
                actions, undone_at = remedy_of(drift, verdict, reader), reader.fight(subject).last
                is_counted = undone_at is not None and undone_at >= drift.at
                report(guard, drift, verdict, Undo(actions, () if is_counted else actions), reader)
                return
        if not guard.ledger.fight(subject).is_on(self.now):
            guard.reporter.close(record, self.now)

    def _is_protected(self, drift: Drift) -> bool:
        """Tell whether a drift still touches a protected place. Raises OrganizationsError."""
        try:
            return any(places(Case(drift, LazyReader(self.sources, drift), self.guard.guardrail)))
        except TargetGoneError:
            return False

    def _keep(self, seen: Observation) -> None:
        """Keep how far the rounds have come and what they saw. Raises LedgerError."""
        inventory, ledger = self.guard.inventory, self.guard.ledger
        for policy_type, listing in seen.listings.items():
            if listing != inventory.listing(policy_type):
                inventory.keep_listing(policy_type, listing)
        for policy_type, policy_id, located in seen.located:
            inventory.locate(policy_type, policy_id, located)
        for target_id, above in seen.above.items():
            inventory.keep_above(target_id, above)
        rounds = inventory.rounds()
        for name, turn in seen.rounds.items():
            if rounds.get(name) != turn:
                inventory.keep_round(name, turn)
        for target_id in seen.unprotected:
            ledger.unadopt(target_id)
        if seen.coverage and seen.coverage != ledger.coverage():
            ledger.keep_coverage(seen.coverage)

    @contextmanager
    def _or_later(self, what: str) -> Iterator[None]:
        """Go on with the rest of the sweep after a failure."""
        try:
            yield
        except _EXPECTED as error:
            self.guard.telemetry.warn(what, error=str(error))
            self.failures.append(error)


def _is_final(record: Record) -> bool:
    """Tell whether people know it from its event, and nothing ever undoes it."""
    return record.life is Life.CLEAN and record.drift.subject.kind is SubjectKind.ORGANIZATION


def is_overtaken(order: Mapping[str, object], now: datetime) -> bool:
    """Tell whether a later sweep was due already, which does all that this one would have done.

    So a retry by Lambda of a failed sweep, or one that was kept while it was throttled, ends well, and leaves
    no dead letter each minute. The failure itself was raised, and the sweep is missing among those completed.

    Args:
        order: what the schedule sends: `at`, when the sweep was due, and `every_minutes`. If these are
            missing, because someone invokes the function by hand, nothing has overtaken it.
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
