"""A story: an incident at one of its stages, with what is looked up around it for people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from rootguard.domain.drift import PLACINGS, ChangeKind, Drift
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import Policy
from rootguard.domain.verdict import Obstacle, Reason
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.notice import Stage
from rootguard.notify.phrases import label_of, target_label


@dataclass(frozen=True, slots=True)
class Reach:
    """How many member accounts are at or below a target: SCPs and RCPs bind no management account."""

    accounts: int | None = None
    """None if they could not be counted."""
    complete: bool = True
    """False if counting ended early, so that there are at least so many."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is looked up for people. Each is left out if it cannot be read."""

    target_name: str | None = None
    policy: Policy | None = None
    """As it is now."""
    policy_is_gone: bool = False
    """Whether it is known not to exist any more."""
    reach: Reach = Reach()


@dataclass(frozen=True, slots=True)
class Story:
    """What one page says of an incident. `closed_at` is when a sweep found it over; None before."""

    incident: Incident
    stage: Stage = Stage.FOUND
    around: Around = Around()
    closed_at: datetime | None = None

    @property
    def drift(self) -> Drift:
        """What differs."""
        return self.incident.drift

    @property
    def kind(self) -> ChangeKind:
        """The call that leads to such a state."""
        return self.drift.kind

    @property
    def place(self) -> str:
        """Where it happened, as people name it."""
        return target_label(self.incident.target_id, self.around.target_name)

    def named(self, *, with_id: bool = False) -> str:
        """Return the policy as people name it: its type and its name, or its id if no more is known."""
        return label_of(self.policy, self.drift.policy_id or "unknown", with_id=with_id)

    @property
    def policy(self) -> Policy | None:
        """The policy as the drift left it, as far as it is known.

        It may read otherwise by now. So what is looked up gives the content of an attached policy, but only
        the name and type of any other.
        """
        seen, now = self.drift.policy, self.around.policy
        if now is None or now.id != self.drift.policy_id:
            return seen
        if seen is None:
            return now if self.kind is ChangeKind.ATTACHED else replace(now, content=None, description=None)
        return replace(seen, name=seen.name or now.name, type=seen.type or now.type)

    @property
    def is_lockout(self) -> bool:
        """Whether it puts a policy in force that denies everything to everyone."""
        return self.incident.lockout or (self.kind in PLACINGS and is_lockout(self.policy))

    @property
    def is_policy_gone(self) -> bool:
        """Whether the policy was deleted, so that no command on it can work."""
        if self.kind is ChangeKind.DETACHED and self.incident.verdict.obstacle is Obstacle.NO_WAY_BACK:
            return True
        not_found = "PolicyNotFoundException" in (self.incident.error or "")
        return self.around.policy_is_gone or self.kind is ChangeKind.DELETED or not_found

    @property
    def is_undone(self) -> bool:
        """Whether what was changed is changed back, if maybe not everything that hung on it."""
        return self.incident.result in (Result.UNDONE, Result.ALREADY_UNDONE)

    @property
    def is_undecided(self) -> bool:
        """Whether the guard could not decide about it."""
        return self.incident.verdict.reason is Reason.UNDECIDED and not self.is_undone
