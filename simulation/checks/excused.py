"""The changes that a limit excuses before any check looks at them: each is counted."""

from __future__ import annotations

from typing import Final

from simulation.checks.evidence import Evidence
from simulation.checks.states import subject_of
from simulation.oracle.changes import Change
from simulation.oracle.limits import Limit

_OF_THE_VALUE: Final = frozenset(
    {Limit.FIRST_CONTACT, Limit.BROUGHT_ALONG, Limit.READ_LATER, Limit.EXCEPTION_UNCLEAR}
)
"""The limits by which more than one value is accepted."""


def count_excused(case: Evidence) -> None:
    """Count each change on a protected subject for each limit that excuses it."""
    for change in case.changes:
        if change.worked:
            for limit in sorted(_limits(case, change)):
                case.excuses.by(limit)


def _limits(case: Evidence, change: Change) -> set[Limit]:
    if change.call == "DisablePolicyType":
        protection = case.scope.of_type(change.policy_type)
        return set() if protection is None or protection.restores else {Limit.TYPE_DISABLED}
    subject = subject_of(change)
    if subject is None:
        return set()
    if subject[0] == "attachment":
        protection = case.scope.covers(subject[1], subject[2], change.at)
        if protection is None:
            return set()
        if not protection.reverts:
            return {Limit.ALERT_ONLY}
    return set(case.acceptance.of(subject, change.at).limits & _OF_THE_VALUE)
