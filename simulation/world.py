"""The organization of a run: the drill's strict model of AWS Organizations, and names for its ids."""

from __future__ import annotations

from drill.organization import Organization


class World:
    """The live organization.

    Attributes:
        organization: the strict model. `organization.tree` and `organization.policies` may be read at any time.
    """

    organization: Organization

    def id_of(self, name: str) -> str:
        """Return the id of a policy, unit, account or the root."""
        raise NotImplementedError

    def attached(self, target: str) -> frozenset[str]:
        """Return the ids of all policies on a target, of every type. `target` is a name or an id."""
        raise NotImplementedError

    def content(self, policy: str) -> str | None:
        """Return a policy's content; None if there is no such policy. `policy` is a name or an id."""
        raise NotImplementedError

    def parent(self, child: str) -> str:
        """Return the id of the parent of a unit or an account. `child` is a name or an id."""
        raise NotImplementedError
