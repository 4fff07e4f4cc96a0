"""What is attached to Root today, and whether it locks everyone out. The evaluator is the function's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rootguard.domain.policy import Policy, full_access_of
from rootguard.lockout.judgement import Denial, judge
from rootguard.notify.phrases import denies_label


@dataclass(frozen=True, slots=True)
class Attached:
    """A policy that is attached to Root.

    Attributes:
        name: any text; None if it is not known.
        denies: what it does, in words for "it …", if it is a lockout by itself; None if it is none.
    """

    id: str
    name: str | None
    denies: str | None = None


@dataclass(frozen=True, slots=True)
class OnRoot:
    """The policies of one type that are attached to Root.

    Attributes:
        policy_type: the type.
        policies: AWS's own full access first, the others by name.
        is_closed: whether all of them together deny everything to everyone.
    """

    policy_type: str
    policies: tuple[Attached, ...] = ()
    is_closed: bool = False

    @property
    def is_lockout(self) -> bool:
        """Whether Root is locked out, by one of them or by several together."""
        return self.is_closed or any(policy.denies for policy in self.policies)


def judged(policy_type: str, policies: Sequence[Policy], at: datetime) -> OnRoot:
    """Judge what is attached, from a moment (UTC) on. No policies of a type that is not enabled are none."""
    ordered = sorted(policies, key=lambda each: (not full_access_of(each.id), each.name or "", each.id))
    return OnRoot(
        policy_type,
        tuple(Attached(each.id, each.name, _denies(each, at)) for each in ordered),
        is_closed=bool(ordered) and _are_closed(policy_type, ordered, at),
    )


def _denies(policy: Policy, at: datetime) -> str | None:
    return None if full_access_of(policy.id) else denies_label(policy, at)


def _are_closed(policy_type: str, policies: Sequence[Policy], at: datetime) -> bool:
    # As the rules judge Root: what cannot be read, and full access, may allow anything.
    contents = tuple(None if full_access_of(each.id) else each.content for each in policies)
    organization_id = next((each.organization_id for each in policies if each.organization_id), None)
    return judge(contents, policy_type, organization_id, at=at, alone=True).denial is Denial.TOTAL
