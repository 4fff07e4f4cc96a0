"""A verdict: what the guard does about a drift, and why, with the reason code of one of the eight rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from rootguard.domain.exceptions import Permit


class Outcome(StrEnum):
    ALLOW = "allow"
    IGNORE = "ignore"
    ALERT = "alert"
    REVERT = "revert"


class Reason(StrEnum):
    """Why, as a code, and which of the eight rules says so."""

    rule: int

    CALL_FAILED = ("call-failed", 1)
    DENIED_ATTEMPT = ("denied-attempt", 1)
    OWN_CHANGE = ("own-change", 2)
    NOT_A_POLICY_CHANGE = ("not-a-policy-change", 3)
    MALFORMED_RECORD = ("malformed-record", 3)
    TARGET_NOT_PROTECTED = ("target-not-protected", 3)
    LOCKOUT_ELSEWHERE = ("lockout-on-unprotected", 3)
    STANDS_NOWHERE_PROTECTED = ("stands-nowhere-protected", 3)
    POLICY_TYPE_NOT_COVERED = ("policy-type-not-covered", 4)
    FULL_ACCESS_POLICY = ("full-access-policy", 5)
    ALLOW_LISTED = ("allow-listed", 5)
    IN_BASELINE = ("in-baseline", 5)
    NOT_IN_BASELINE = ("not-in-baseline", 5)
    FIRST_CONTACT = ("first-contact", 5)
    TRUSTED_PRINCIPAL = ("trusted-principal", 6)
    EXCEPTION = ("exception", 7)
    VIOLATION = ("violation", 8)
    LOCKOUT_ON_ROOT = ("lockout-on-root", 8)
    UNDECIDED = ("undecided", 8)  # a fact that a rule needs cannot be read: a violation until it can

    def __new__(cls, code: str, rule: int = 0) -> Self:
        """Make a member of its code and its rule. `Reason(code)` finds it again, or raises ValueError."""
        reason = str.__new__(cls, code)
        reason._value_, reason.rule = code, rule
        return reason


class Obstacle(StrEnum):
    """Why a violation is only paged and not undone, in words that complete "because …"."""

    OBSERVED = "mode is observe"
    ALERT_ONLY = "on_violation is alert"
    NOT_ASKED_FOR = "restore_policy_type is false"
    NOTHING_ACCEPTED = "no accepted state is known to go back to"
    LOCKOUT_ACCEPTED = "what was accepted on Root denies everything to everyone"
    NO_WAY_BACK = "nothing undoes it safely"
    NOT_PROTECTED = "no protection holds there"
    APPROVED = "it was approved there"
    APPROVED_SINCE = "someone approved of it afterwards"
    FIGHT = "it was undone five times in ten minutes, and something keeps doing it again"


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    reason: Reason
    protection: str | None = None  # the name of the one that holds
    target_id: str = ""  # the protected target: the drift's own, or where an edited policy is attached
    accept: bool = False  # whether the observed state becomes part of the baseline
    obstacle: Obstacle | None = None  # why a violation is an alert and not a revert
    permit: Permit | None = None  # the exception that permits it
    also: tuple[str, ...] = ()  # where else an edit put a lockout in force, if it is paged beside the rules

    @property
    def is_incident(self) -> bool:
        """Whether people are notified."""
        return self.outcome in (Outcome.ALERT, Outcome.REVERT)

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as JSON data, as logs and the function's answer show it."""
        why = {"reason": self.reason.value, "rule": self.reason.rule}
        return {"verdict": self.outcome.value, **why, "protection": self.protection}
