"""What the function's next sweep would find and do: this observes and decides, and stops there."""

from __future__ import annotations

from dataclasses import replace

from cli.plan.findings import Finding, Findings
from rootguard.domain import rules
from rootguard.domain.reader import UnreadableError
from rootguard.domain.remedy import remedy_of
from rootguard.incidents.life import key_of
from rootguard.reconcile.observe import observe
from rootguard.reconcile.reader import LazyReader, Sources


def planned(sources: Sources) -> Findings:
    """Return what a sweep would find now. Nothing is written. Raises OrganizationsError, LedgerError."""
    seen = observe(sources)
    unseen = [*seen.gaps, *map(str, seen.failures)]
    since = {record.key: record.opened_at for record in seen.records}
    found: list[Finding] = []
    for each in seen.drifts:
        drift = replace(each, at=since.get(key_of(each), each.at))
        reader = LazyReader(sources, drift)
        try:
            verdict = rules.decide(drift, reader, sources.guardrail)
            actions = remedy_of(drift, verdict, reader)
        except UnreadableError as error:
            unseen.append(f"could not judge {drift.subject.key}: {error}")
            continue
        if verdict.is_incident:
            found.append(Finding(drift, verdict, actions))
    return Findings(tuple(found), tuple(unseen), tuple(contact.target_id for contact in seen.contacts))
