"""A fake of what the notifier looks up, in plain dicts; `fail` names the reads that fail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from rootguard.domain.policy import Policy
from rootguard.notify.story import Reach
from rootguard.ports import OrganizationsError

ORGANIZATION = "o-exampleorgid"


@dataclass(slots=True)
class FakeDirectory:
    """`notify.notifier.Directory` in memory.

    Attributes:
        fail: "name", "policy", "reach", "resource policy" or "organization".
        asked: what was asked, in order.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, Policy | None] = field(default_factory=dict)
    reaches: Mapping[str, Reach] = field(default_factory=dict)
    resource: str = ""
    fail: Collection[str] = ()
    asked: list[tuple[str, str]] = field(default_factory=list)

    def organization(self) -> str:
        self._ask("organization", "")
        return ORGANIZATION

    def resource_policy(self) -> str:
        self._ask("resource policy", "")
        return self.resource

    def target_name(self, target_id: str) -> str | None:
        self._ask("name", target_id)
        return self.names.get(target_id)

    def policy(self, policy_id: str) -> Policy | None:
        self._ask("policy", policy_id)
        return self.policies.get(policy_id)

    def reach(self, *target_ids: str) -> Reach:
        self._ask("reach", " ".join(target_ids))
        found = [self.reaches.get(target_id, Reach(0)) for target_id in target_ids]
        if len(found) == 1:
            return found[0]
        return Reach(sum(each.accounts or 0 for each in found), all(each.complete for each in found))

    def _ask(self, what: str, of: str) -> None:
        self.asked.append((what, of))
        if what in self.fail:
            raise OrganizationsError("Describe", "TooManyRequestsException", "busy")
