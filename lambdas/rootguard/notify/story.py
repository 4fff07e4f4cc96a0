"""A story: an incident at one of its stages, with what is looked up around it for people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from rootguard.domain.change import PLACINGS, Actor, ChangeKind
from rootguard.domain.drift import Drift
from rootguard.domain.lockouts import is_lockout
from rootguard.domain.policy import Policy
from rootguard.domain.verdict import Obstacle, Reason, Verdict
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.notice import Stage


@dataclass(frozen=True, slots=True)
class Reach:
    """How many member accounts are at or below a target. SCPs and RCPs do not bind the management account.

    Attributes:
        accounts: None if they could not be counted.
        complete: False if counting ended early, so that there are at least so many.
    """

    accounts: int | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Around:
    """What is looked up for people. Each is left out if it cannot be read.

    Attributes:
        target_name: the name of the OU or account.
        policy: the policy as it is now.
        policy_is_gone: whether the policy is known not to exist any more.
        reach: how many member accounts the target reaches.
    """

    target_name: str | None = None
    policy: Policy | None = None
    policy_is_gone: bool = False
    reach: Reach = Reach()


@dataclass(frozen=True, slots=True)
class Story:
    """What one page says of an incident.

    Attributes:
        closed_at: when a sweep found it over; None before.
    """

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
        return self.incident.drift.kind

    @property
    def verdict(self) -> Verdict:
        """What was decided about it."""
        return self.incident.verdict

    @property
    def result(self) -> Result:
        """What became of it."""
        return self.incident.result

    @property
    def actor(self) -> Actor | None:
        """Who did it; None if no event has said so yet."""
        return self.incident.drift.actor

    @property
    def target_id(self) -> str:
        """Where it happened; empty if that is the whole organization."""
        return self.incident.target_id

    @property
    def policy(self) -> Policy | None:
        """The policy as the drift left it, as far as it is known.

        Now it may read otherwise again. What is looked up says how an attached policy reads; of any other it
        says no more than name and type.
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
        if self.kind is ChangeKind.DETACHED and self.verdict.obstacle is Obstacle.NO_WAY_BACK:
            return True
        if self.around.policy_is_gone:
            return True
        return self.kind is ChangeKind.DELETED or "PolicyNotFoundException" in (self.incident.error or "")

    @property
    def is_undecided(self) -> bool:
        """Whether the guard could not decide about it."""
        return self.verdict.reason is Reason.UNDECIDED and not self.is_undone

    @property
    def is_undone(self) -> bool:
        """Whether what was changed is changed back, if maybe not everything that hung on it."""
        return self.result in (Result.UNDONE, Result.ALREADY_UNDONE)
