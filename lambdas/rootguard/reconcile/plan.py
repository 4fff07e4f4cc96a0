"""What the next sweep would find and do, without doing it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rootguard.domain import rules
from rootguard.domain.drift import Drift
from rootguard.domain.reader import UnreadableError
from rootguard.domain.remedy import Action, remedy_of
from rootguard.domain.verdict import Verdict
from rootguard.incidents.life import key_of
from rootguard.reconcile.observation import Observation
from rootguard.reconcile.observe import observe
from rootguard.reconcile.reader import LazyReader


@dataclass(frozen=True, slots=True)
class Planned:
    """Where the live organization differs from the baseline.

    Attributes:
        drifts: each drift that is a violation, its verdict, and the writes that it takes.
        unseen: what could not be looked at or judged, in words.
        unadopted: the targets that the next sweep would accept as they are.
    """

    drifts: tuple[tuple[Drift, Verdict, tuple[Action, ...]], ...]
    unseen: tuple[str, ...]
    unadopted: tuple[str, ...]


def planned(seen: Observation) -> Planned:
    """Return what a sweep would find now. Nothing is written. Raises OrganizationsError, LedgerError."""
    observe(seen)
    unseen = [*seen.gaps, *map(str, seen.failures)]
    since = {record.key: record.opened_at for record in seen.records}
    drifts: list[tuple[Drift, Verdict, tuple[Action, ...]]] = []
    for found in seen.drifts:
        drift = replace(found, at=since.get(key_of(found), found.at))
        reader = LazyReader(seen.sources, drift)
        try:
            verdict = rules.decide(drift, reader, seen.sources.guardrail)
            actions = remedy_of(drift, verdict, reader)
        except UnreadableError as error:
            unseen.append(f"could not judge {drift.subject.key}: {error}")
            continue
        if verdict.is_incident:
            drifts.append((drift, verdict, actions))
    return Planned(tuple(drifts), tuple(unseen), tuple(contact.target_id for contact in seen.contacts))
