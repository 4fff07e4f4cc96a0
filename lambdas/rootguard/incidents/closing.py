"""The end of incidents: a sweep closes what it finds over, and before that pages what nobody was paged of.

Lambda tries a failed event twice more; for a failed sweep these attempts do nothing, since a later one has
been due meanwhile. So each sweep pages what is open and was not paged, and nothing is closed in silence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from rootguard.cloudtrail.read import ATTACHMENTS, ChangeKind
from rootguard.domain.drift import KINDS, is_confirmable, is_over
from rootguard.domain.guardrail import ProtectedTarget
from rootguard.incidents.incident import RecordedIncident
from rootguard.reconcile.contents import Contents
from rootguard.reconcile.descendants import Descendants
from rootguard.reconcile.look import Look


@dataclass(frozen=True, slots=True)
class Closing:
    """The last part of a look, which knows what all the others saw.

    Attributes:
        standing: the policies on each target that was looked at.
        swept: the targets that a sweep looks at, by id.
    """

    look: Look
    standing: Mapping[str, Collection[str]]
    swept: Mapping[str, ProtectedTarget]
    below: Descendants
    contents: Contents

    def run(self) -> None:
        """Page what was not paged, then close what is over. Raises LedgerError.

        What a failed look would have told is left open, and so is what nobody was told of.
        """
        look = self.look
        unpaged = self._page_late() if look.opened else ()
        for key, incident in look.opened.items():
            if incident["kind"] not in KINDS or key in look.kept or key in unpaged:
                continue
            with look.or_later("could not close an incident", key=key):
                if self._is_over(incident):
                    self._close(key, incident)

    def _page_late(self) -> Collection[str]:
        """Page the open incidents that were not paged; return the keys of those that still are not."""
        unpaged: set[str] = set()
        for incident in self.look.guard.ledger.unpaged():
            unpaged.add(incident.key)
            with self.look.or_later("could not page an incident", key=incident.key):
                if self._page(incident):
                    unpaged.remove(incident.key)
        return unpaged

    def _page(self, incident: RecordedIncident) -> bool:
        """Page an incident, unless someone else is at it; tell whether it went out."""
        guard = self.look.guard
        now = guard.clock()
        if not guard.ledger.claim(incident.key, now):
            return False
        sent = False
        try:
            guard.pager.page_late(incident.record)
            sent = True
        finally:
            if not sent:
                guard.ledger.release(incident.key, now)
        guard.ledger.paged(incident.key, incident.opened_at)
        guard.telemetry.log("paged late", key=incident.key)
        return True

    def _is_over(self, incident: Mapping[str, Any]) -> bool:
        target_id, policy_id = incident.get("target_id", ""), incident.get("policy_id", "")
        if target_id in self.swept:
            if target_id not in self.standing:
                return False
            there: Collection[str] | None = self.standing[target_id]
        elif (incident.get("of") or incident["kind"]) in ATTACHMENTS and self.below.missed(policy_id):
            return False
        else:
            there = self.below.standing(policy_id, target_id)
        return is_over(
            incident, there, self.look.began, self.look.dropped, settled=self._is_settled(incident)
        )

    def _is_settled(self, incident: Mapping[str, Any]) -> bool:
        """Tell whether nothing is left to be put right of what the target itself does not show."""
        kind, policy_id, target_id = (incident.get(name, "") for name in ("kind", "policy_id", "target_id"))
        if kind == ChangeKind.UPDATED:
            return policy_id not in self.contents.edited
        if kind not in ATTACHMENTS:
            return False
        is_accepted = policy_id in (self.look.guard.ledger.baseline(target_id) or {})
        if kind == ChangeKind.DETACHED:
            return not is_accepted
        listed = target_id in self.swept and policy_id in self.swept[target_id].protection.allow
        return is_accepted or listed

    def _close(self, key: str, incident: Mapping[str, Any]) -> None:
        """Close an incident, and before that tell so: what cannot be told stays open, and is told later."""
        guard, began = self.look.guard, self.look.began
        if guard.ledger.seen_since(key, began):
            return
        if is_confirmable(incident):
            guard.pager.close(incident, began)
        guard.ledger.close_incident(key, began)
